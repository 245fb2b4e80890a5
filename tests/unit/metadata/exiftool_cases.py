"""Makes JPEG files with Pillow, lets exiftool write metadata of seeded random values into them, and prints as JSON what
exiftool reads back: the oracle of exiftool.cpp. Usage: exiftool_cases.py FOLDER {exif|xmp|sidecar} COUNT SEED"""
import datetime
import json
import os
import random
import subprocess
import sys

from PIL import Image

folder, kind, count, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
rng = random.Random(seed)
words = ["Wien", "Málaga", "東京", "été", "snow & ice", "a<b>", "rock'n'roll", "Ελλάδα", "“quoted”", "plain"]


def some_text(limit):
    return " ".join(rng.choice(words) for _ in range(rng.randint(1, limit)))


def case(index):
    time = datetime.datetime(1980, 1, 1) + datetime.timedelta(seconds=rng.randrange(50 * 365 * 86400))
    fraction = rng.choice(["", "0", "12", "123", "987654", "05"])
    offset = rng.choice(["", "+00:00", "+02:00", "-05:30", "+05:45", "-11:00"])
    make, model, camera = rng.choice([
        ("Canon", "Canon EOS R5", "Canon EOS R5"), ("NIKON CORPORATION", "NIKON D850", "NIKON D850"),
        ("SONY", "ILCE-7M3", "SONY ILCE-7M3"), ("Apple", "iPhone 12", "Apple iPhone 12"), ("", "X-T4", "X-T4")])
    tags = {"make": make, "model": model, "lens": rng.choice(["", "EF50mm f/1.8 STM", "24-70mm F2.8 DG DN"]),
            "iso": rng.choice([50, 64, 100, 320, 12800, 51200]),
            "f_number": rng.choice([0.95, 1.4, 1.8, 2.8, 3.5, 5.6, 8, 11, 22]),
            "exposure": rng.choice(["1/8000", "1/250", "1/60", "1/4", "0.3", "0.5", "1", "2.5", "30"]),
            "focal": rng.choice([4.3, 8, 24, 50, 70.5, 200, 600]), "rating": rng.randint(0, 5),
            "latitude": round(rng.uniform(-90, 90), 6), "longitude": round(rng.uniform(-180, 180), 6),
            "caption": some_text(5), "title": some_text(2), "label": some_text(1),
            "keywords": sorted({some_text(2) for _ in range(rng.randint(1, 5))}),
            "orientation": rng.randint(1, 8)}
    wall = time.strftime("%Y:%m:%d %H:%M:%S")
    path = os.path.join(folder, f"{index}.jpg")
    Image.new("RGB", (8, 8), (index % 256, 0, 0)).save(path)
    arguments = []

    def add(name, value):
        if value not in ("", None):
            arguments.append(f"-{name}={value}")

    side = [("S" if tags["latitude"] < 0 else "N"), ("W" if tags["longitude"] < 0 else "E")]
    if kind == "exif":
        add("EXIF:DateTimeOriginal", wall), add("EXIF:SubSecTimeOriginal", fraction)
        add("EXIF:OffsetTimeOriginal", offset), add("EXIF:CreateDate", "1971:01:01 00:00:00")
        add("EXIF:Make", make), add("EXIF:Model", model), add("EXIF:LensModel", tags["lens"])
        add("EXIF:ISO", tags["iso"]), add("EXIF:FNumber", tags["f_number"])
        add("EXIF:ExposureTime", tags["exposure"]), add("EXIF:FocalLength", tags["focal"])
        add("EXIF:Rating", tags["rating"]), add("EXIF:ImageDescription", tags["caption"])
        add("EXIF:XPTitle", tags["title"]), add("EXIF:XPKeywords", ";".join(tags["keywords"]))
        add("EXIF:Orientation#", tags["orientation"])
        add("EXIF:GPSLatitude", abs(tags["latitude"])), add("EXIF:GPSLatitudeRef", side[0])
        add("EXIF:GPSLongitude", abs(tags["longitude"])), add("EXIF:GPSLongitudeRef", side[1])
    else:
        dotted = wall + ("." + fraction if fraction else "") + offset
        add("XMP-exif:DateTimeOriginal", dotted), add("XMP-xmp:CreateDate", "1971:01:01 00:00:00")
        add("XMP-tiff:Make", make), add("XMP-tiff:Model", model), add("XMP-aux:Lens", tags["lens"])
        add("XMP-exif:ISO", tags["iso"]), add("XMP-exif:FNumber", tags["f_number"])
        add("XMP-exif:ExposureTime", tags["exposure"]), add("XMP-exif:FocalLength", tags["focal"])
        add("XMP-xmp:Rating", tags["rating"]), add("XMP-dc:Description", tags["caption"])
        add("XMP-dc:Title", tags["title"]), add("XMP-xmp:Label", tags["label"])
        for keyword in tags["keywords"]:
            add("XMP-dc:Subject", keyword)
        add("XMP-exif:GPSLatitude", tags["latitude"]), add("XMP-exif:GPSLongitude", tags["longitude"])
    target = path
    if kind == "sidecar":
        target = path + ".xmp" if index % 2 else os.path.splitext(path)[0] + ".xmp"
        arguments += ["-o", target]
    else:
        arguments.append("-overwrite_original")
    moment = time.replace(tzinfo=datetime.timezone.utc)
    if offset:
        sign = -1 if offset[0] == "-" else 1
        moment -= sign * datetime.timedelta(hours=int(offset[1:3]), minutes=int(offset[4:6]))
    micro = int((fraction or "0").ljust(6, "0"))
    return path, target, arguments, camera, (moment - datetime.datetime(
        1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(microseconds=1) + micro


cases = [case(i) for i in range(count)]
script = os.path.join(folder, "arguments.txt")
with open(script, "w", encoding="utf-8") as file:
    for path, target, arguments, camera, moment in cases:
        source = [path] if kind != "sidecar" else []
        file.write("\n".join(["-q", *arguments, *source, "-execute"]) + "\n")
subprocess.run(["exiftool", "-charset", "exif=utf8", "-@", script], check=True, stdout=sys.stderr)

group = "EXIF:All" if kind == "exif" else "XMP:All"
read = subprocess.run(["exiftool", "-charset", "exif=utf8", "-j", "-n", "-struct", "-sep", "\n", "-" + group,
                       *[target for _, target, _, _, _ in cases]], check=True, capture_output=True)
shown = {entry["SourceFile"]: entry for entry in json.loads(read.stdout)}
result = []
for path, target, arguments, camera, moment in cases:
    entry = shown[target]

    def text(*names):
        for name in names:
            if name in entry:
                value = entry[name]
                return "\n".join(map(str, value)) if isinstance(value, list) else str(value)
        return ""

    seconds = float(entry["ExposureTime"])
    expected = {
        "camera": camera, "lens": text("LensModel", "Lens"), "rating": text("Rating"),
        "caption": text("ImageDescription", "Description"), "title": text("XPTitle", "Title"), "label": text("Label"),
        "keywords": text("XPKeywords", "Subject").replace(";", "\n"), "iso": text("ISO"),
        # exiftool's own rule for people: fractions below a quarter of a second
        "exposure_time": f"1/{int(0.5 + 1 / seconds)}" if seconds < 0.25001 else f"{seconds:.1f}".removesuffix(".0")}
    numbers = {"aperture": float(entry["FNumber"]), "focal_length": float(entry["FocalLength"]),
               "latitude": float(entry["GPSLatitude"]), "longitude": float(entry["GPSLongitude"])}
    if kind == "exif":
        for name, reference, minus in (("latitude", "GPSLatitudeRef", "S"), ("longitude", "GPSLongitudeRef", "W")):
            numbers[name] = abs(numbers[name]) * (-1 if entry[reference] == minus else 1)
    result.append({"path": path, "sidecar": target if kind == "sidecar" else "", "capture_time": moment,
                   "orientation": entry.get("Orientation", 0), "texts": expected, "numbers": numbers})
json.dump(result, sys.stdout)
