#!/usr/bin/python3
"""Makes the pictures of the decoder tests in the folder named by the first argument, each with what it must decode to.

NAME.ref holds the expected pixels: a line "width height channels u8|u16|f32", then the samples, row after row, in the
machine's order. They come from the arrays that the pictures were made of, or from another program's decoding: Pillow,
djxl, heif-convert. The seeds are fixed.
"""
import os
import struct
import subprocess
import sys
import zlib

import numpy as np
import OpenImageIO as oiio
from PIL import Image, PngImagePlugin

folder = sys.argv[1]


def path(name):
    return os.path.join(folder, name)


def write(name, data):
    with open(path(name), "wb") as file:
        file.write(data)


def read(name):
    with open(path(name), "rb") as file:
        return file.read()


def reference(name, array):
    array = np.asarray(array)
    if array.ndim == 2:
        array = array[:, :, None]
    kind = {"uint8": "u8", "uint16": "u16", "float32": "f32"}[array.dtype.name]
    height, width, channels = array.shape
    header = "%d %d %d %s\n" % (width, height, channels, kind)
    write(name + ".ref", header.encode() + np.ascontiguousarray(array).tobytes())


def run(*command):
    subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def photo(width, height, seed):
    """Soft shapes with some noise, so that lossy coders behave as on photographs."""
    rng = np.random.RandomState(seed)
    y, x = np.mgrid[0:height, 0:width].astype(float)
    planes = []
    for _ in range(3):
        plane = np.zeros((height, width))
        for _ in range(4):
            plane += rng.rand() * np.sin(x * rng.rand() * 9 / width + y * rng.rand() * 9 / height + rng.rand() * 6)
        planes.append(plane)
    picture = np.stack(planes, -1)
    picture = (picture - picture.min()) / (picture.max() - picture.min()) * 235 + 10
    return np.clip(picture + rng.normal(0, 3, picture.shape), 0, 255).astype("uint8")


rgb = photo(70, 46, 1)
alpha = np.tile(np.linspace(0, 255, 70).astype("uint8"), (46, 1))
rgba = np.dstack([rgb, alpha])
grey = rgb[:, :, 1].copy()
rgb16 = rgb.astype("uint16") * 257 + np.random.RandomState(2).randint(-90, 0, rgb.shape).astype("uint16")
image, image_alpha, image_grey = Image.fromarray(rgb), Image.fromarray(rgba), Image.fromarray(grey)
icc = np.random.RandomState(3).bytes(150000)  # no real profile, but one in three parts
xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF/></x:xmpmeta>'


def exif_block(orientation):
    exif = Image.Exif()
    exif[0x112] = orientation
    exif[0x10F] = "Maker"
    exif[0x110] = "Model 1"
    exif[0x8769] = {0x9003: "2020:01:02 03:04:05", 0x9291: "123", 0x8827: 400, 0xA434: "A lens"}
    return exif


# ---- JPEG


def jpegs():
    image.save(path("rgb.jpg"), quality=90, subsampling=2, icc_profile=icc, exif=exif_block(1))
    big = Image.fromarray(photo(333, 217, 4))
    big.save(path("big.jpg"), quality=92)
    big.save(path("progressive.jpg"), quality=85, progressive=True)
    image_grey.save(path("grey.jpg"), quality=90)
    image.convert("CMYK").save(path("cmyk.jpg"), quality=95)
    for name in ("rgb.jpg", "big.jpg", "progressive.jpg", "grey.jpg", "cmyk.jpg"):
        reference(name, Image.open(path(name)))
    for denominator in (2, 4, 8):
        part = Image.open(path("big.jpg"))
        part.draft(None, (333 // denominator, 217 // denominator))
        reference("big.jpg.%d" % denominator, part)
    for orientation in range(1, 9):
        image.save(path("orientation%d.jpg" % orientation), exif=exif_block(orientation))
        image.save(path("orientation%d.png" % orientation), exif=exif_block(orientation).tobytes())
        image.save(path("orientation%d.webp" % orientation), exif=exif_block(orientation).tobytes())
        image.save(path("orientation%d.tif" % orientation), tiffinfo={274: orientation})
    Image.fromarray(rgb[:1, :1]).save(path("one.jpg"))
    data = read("rgb.jpg")
    packet = b"http://ns.adobe.com/xap/1.0/\0" + xmp
    write("xmp.jpg", data[:2] + b"\xff\xe1" + struct.pack(">H", len(packet) + 2) + packet + data[2:])
    data = read("grey.jpg")
    frame = data.index(b"\xff\xc0")
    write("huge.jpg", data[: frame + 5] + struct.pack(">HH", 60000, 60000) + data[frame + 9 :])


# ---- PNG


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(array, depth, colour, interlaced=False, before=b"", after=b"", size=None):
    """Encodes samples (already packed to bits by their values) without filters; Adam7 when interlaced."""
    height, width = array.shape[:2]

    def rows(part):
        out = b""
        for row in part:
            samples = row.reshape(-1)
            if depth == 16:
                out += b"\0" + samples.astype(">u2").tobytes()
            elif depth == 8:
                out += b"\0" + samples.astype("uint8").tobytes()
            else:
                bits = ((samples[:, None].astype("uint8") >> np.arange(depth - 1, -1, -1, dtype="uint8")) & 1).reshape(-1)
                out += b"\0" + np.packbits(bits.astype("uint8")).tobytes()
        return out

    if interlaced:
        data = b""
        for y0, x0, dy, dx in ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)):
            part = array[y0::dy, x0::dx]
            if part.size:
                data += rows(part)
    else:
        data = rows(array)
    width, height = size or (width, height)
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 1 if interlaced else 0)
    packed = zlib.compress(data)
    half = len(packed) // 2
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before + chunk(b"IDAT", packed[:half]) + chunk(b"IDAT", packed[half:])
            + after + chunk(b"IEND", b""))


def pngs():
    image.save(path("rgb.png"))
    reference("rgb.png", rgb)
    image_alpha.save(path("rgba.png"))
    reference("rgba.png", rgba)
    image_grey.save(path("grey.png"))
    reference("grey.png", grey)
    Image.fromarray(np.dstack([grey, alpha])).save(path("grey_alpha.png"))
    reference("grey_alpha.png", np.dstack([grey, alpha]))
    write("rgb16.png", png(rgb16, 16, 2))
    reference("rgb16.png", rgb16)
    write("grey16.png", png(rgb16[:, :, 0], 16, 0))
    reference("grey16.png", rgb16[:, :, 0])
    write("interlaced.png", png(rgba, 8, 6, interlaced=True))
    reference("interlaced.png", rgba)
    write("interlaced16.png", png(rgb16, 16, 2, interlaced=True))
    reference("interlaced16.png", rgb16)
    for depth in (1, 2, 4):
        values = (grey >> (8 - depth)).astype("uint8")
        write("grey%d.png" % depth, png(values, depth, 0))
        reference("grey%d.png" % depth, (values.astype(int) * 255 // (2**depth - 1)).astype("uint8"))
    palette = image.quantize(13)
    palette.save(path("palette.png"), transparency=bytes([0, 100, 200]), bits=4)
    reference("palette.png", Image.open(path("palette.png")).convert("RGBA"))
    frames = [Image.fromarray(photo(70, 46, seed)) for seed in (5, 6, 7)]
    frames[0].save(path("animated.png"), save_all=True, append_images=frames[1:], duration=100)
    reference("animated.png", np.asarray(frames[0]))

    text = PngImagePlugin.PngInfo()
    text.add_text("parameters", "a cat\nSteps: 20\\")
    text.add_text("zipped", "z" * 3000, zip=True)
    text.add_itxt("Überschrift".encode("latin-1").decode("latin-1"), "schön €", zip=True)
    text.add_itxt("XML:com.adobe.xmp", xmp.decode())
    image.save(path("text.png"), pnginfo=text, icc_profile=read_srgb_profile())
    late = chunk(b"tEXt", b"late\0latin \xe4") + chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp)
    exif = exif_block(6).tobytes()
    late += chunk(b"eXIf", exif[6:] if exif.startswith(b"Exif") else exif)
    write("late.png", png(rgb, 8, 2, after=late))
    reference("late.png", rgb)
    write("linear.png", png(rgb16, 16, 2, before=chunk(b"gAMA", struct.pack(">I", 100000))))
    write("gamma.png", png(rgb, 8, 2, before=chunk(b"gAMA", struct.pack(">I", 45455))))
    write("one.png", png(rgb[:1, :1], 8, 2))
    write("huge.png", png(rgb, 8, 2, size=(60000, 60000)))
    bomb = zlib.compress(b"a" * (100 << 20))
    write("text_bomb.png", png(rgb, 8, 2, before=b"".join(chunk(b"zTXt", b"bomb%d\0\0" % i + bomb) for i in range(3))))
    small = zlib.compress(b"a" * (15 << 20))
    write("many_bombs.png", png(rgb, 8, 2, before=b"".join(chunk(b"zTXt", b"b%d\0\0" % i + small) for i in range(12))))


def read_srgb_profile():
    from PIL import ImageCms
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


# ---- the formats of the oiio plugin


def oiio_write(name, array, channels=None, kind="float", origin=(0, 0), full=None, tile=0):
    height, width, count = array.shape
    spec = oiio.ImageSpec(width, height, count, kind)
    spec.x, spec.y = origin
    if channels:
        spec.channelnames = channels
    if full:
        spec.full_x, spec.full_y, spec.full_width, spec.full_height = full
    if tile:
        spec.tile_width = spec.tile_height = tile
    output = oiio.ImageOutput.create(path(name))
    assert output.open(path(name), spec), oiio.geterror()
    assert output.write_image(array), output.geterror()
    output.close()


def psd(planes, depth, mode, resources=b""):
    channels, height, width = planes.shape
    data = planes.astype(">u2").tobytes() if depth == 16 else planes.tobytes()
    return (b"8BPS" + struct.pack(">H6xHIIHH", 1, channels, height, width, depth, mode) + bytes(4)
            + struct.pack(">I", len(resources)) + resources + bytes(4) + bytes(2) + data)


def others():
    srgb = read_srgb_profile()
    exif = Image.Exif()
    exif.load(exif_block(6).tobytes())
    image.save(path("rgb.tif"), icc_profile=srgb, exif=exif)
    image.save(path("deflate.tif"), compression="tiff_deflate")
    image_alpha.save(path("rgba.tif"))
    image_grey.save(path("grey.tif"), compression="tiff_lzw")
    image.convert("CMYK").save(path("cmyk.tif"))
    image.convert("CMYK").save(path("cmyk_jpeg.tif"), compression="jpeg")
    image.convert("1").save(path("fax.tif"), compression="group4")
    image.save(path("ycbcr.tif"), compression="jpeg")
    Image.fromarray(rgb16[:, :, 0]).save(path("grey16.tif"))
    reference("grey16.tif", rgb16[:, :, 0])
    reference("rgb.tif", rgb)  # Pillow turns TIFF upright
    for name in ("deflate.tif", "rgba.tif", "grey.tif", "cmyk.tif", "cmyk_jpeg.tif", "ycbcr.tif"):
        reference(name, Image.open(path(name)))
    reference("fax.tif", Image.open(path("fax.tif")).convert("L"))
    image.quantize(20).save(path("palette.tif"))
    reference("palette.tif", Image.open(path("palette.tif")).convert("RGB"))
    light = (rgb / 128.0).astype("float32")
    oiio_write("float.tif", light, kind="float")
    reference("float.tif", light)
    oiio_write("tiled.tif", rgb, kind="uint8", tile=16)
    reference("tiled.tif", rgb)
    six = np.dstack([rgba, grey, grey])
    oiio_write("six.tif", six, ("R", "G", "B", "A", "X", "Y"), kind="uint8")

    image.save(path("rgb.webp"), lossless=True, icc_profile=srgb, exif=exif_block(6).tobytes(), xmp=xmp)
    reference("rgb.webp", rgb)
    image.save(path("lossy.webp"), quality=80)
    reference("lossy.webp", Image.open(path("lossy.webp")))
    image_alpha.save(path("rgba.webp"), lossless=True, exact=True)
    premultiplied = rgba.astype(int)
    premultiplied[:, :, :3] = premultiplied[:, :, :3] * premultiplied[:, :, 3:] // 255
    reference("rgba.webp", premultiplied.astype("uint8"))
    frames = [Image.fromarray(photo(70, 46, seed)) for seed in (5, 6, 7)]
    frames[0].save(path("animated.webp"), save_all=True, append_images=frames[1:], lossless=True)
    reference("animated.webp", np.asarray(frames[0]))

    for name, picture in (("rgb", image), ("grey", image_grey)):
        picture.save(path(name + ".bmp"))
        picture.save(path(name + ".tga"), rle=True)
        picture.save(path(name + ".jp2"))
        reference(name + ".tga", np.asarray(picture))
        reference(name + ".jp2", np.asarray(picture))
    reference("rgb.bmp", rgb)
    image_alpha.save(path("rgba.tga"))
    reference("rgba.tga", rgba)
    image_alpha.save(path("rgba.jp2"))
    reference("rgba.jp2", rgba)
    image.save(path("rgb.j2k"))
    reference("rgb.j2k", rgb)
    image.quantize(30).save(path("palette.bmp"))
    reference("palette.bmp", Image.open(path("palette.bmp")).convert("RGB"))

    gif_frames = [frame.quantize(40) for frame in frames]
    gif_frames[0].save(path("animated.gif"), save_all=True, append_images=gif_frames[1:])
    reference("animated.gif", Image.open(path("animated.gif")).convert("RGBA"))
    gif_frames[1].save(path("transparent.gif"), transparency=3, interlace=1)
    reference("transparent.gif", Image.open(path("transparent.gif")).convert("RGBA"))
    # Every pixel is 200, the colour table has two entries.
    bits, out = [], b""
    for code in sum(([256, 200] for _ in range(16)), []) + [257]:
        bits += [code >> i & 1 for i in range(9)]
    bits += [0] * (-len(bits) % 8)
    packed = bytes(sum(bits[i + k] << k for k in range(8)) for i in range(0, len(bits), 8))
    write("beyond_table.gif", b"GIF89a" + struct.pack("<HHBBB", 4, 4, 0x80, 0, 0) + b"\xff\0\0\0\xff\0,"
          + struct.pack("<HHHHB", 0, 0, 4, 4, 0) + b"\x08" + bytes([len(packed)]) + packed + b"\0;")

    half = light.astype("float16").astype("float32")
    light_alpha = np.dstack([half * 0.5, np.full((46, 70), 0.5, "float32")]).astype("float16").astype("float32")
    oiio_write("rgb.exr", light, kind="half")
    reference("rgb.exr", half)
    oiio_write("rgba.exr", light_alpha, ("R", "G", "B", "A"), kind="half", tile=16)
    reference("rgba.exr", light_alpha)
    oiio_write("window.exr", light, kind="half", origin=(-5, 7), full=(0, 0, 200, 100))
    reference("window.exr", half)
    layers = np.dstack([half[:, :, 0] * 3, half, half[:, :, 1] * 5])
    oiio_write("layers.exr", layers.astype("float32"), ("depth.Z", "beauty.R", "beauty.G", "beauty.B", "mask.X"), kind="float")
    reference("layers.exr", half)
    oiio_write("rgb.hdr", light)
    reference("rgb.hdr", light)
    oiio_write("rgb.dpx", rgb, kind="uint8")
    reference("rgb.dpx", rgb)

    write("rgb.psd", psd(rgb.transpose(2, 0, 1), 8, 3))
    reference("rgb.psd", rgb)
    write("rgb16.psd", psd(rgb16.transpose(2, 0, 1), 16, 3))
    reference("rgb16.psd", rgb16)
    write("grey.psd", psd(grey[None], 8, 1))

    def resource(number, data):
        return b"8BIM" + struct.pack(">HHI", number, 0, len(data)) + data + b"\0" * (len(data) % 2)

    block = exif_block(6).tobytes()
    block = block[6:] if block.startswith(b"Exif") else block
    inks = np.random.RandomState(12).randint(0, 256, (4, 46, 70)).astype("uint8")  # PSD: 255 is no ink
    write("cmyk.psd", psd(inks, 8, 4, resource(1039, srgb)))
    reference("cmyk.psd", (inks[:3].astype(int) * inks[3] / 255 + 0.5).astype("uint8").transpose(1, 2, 0))
    write("profile.psd", psd(rgb.transpose(2, 0, 1), 8, 3, resource(1039, srgb) + resource(1058, block)))
    reference("profile.psd", rgb)
    data = read("rgb.jp2")
    header, colour = data.index(b"jp2h"), data.index(b"colr")
    size = struct.unpack(">I", data[colour - 4 : colour])[0]
    box = struct.pack(">I", 11 + len(srgb)) + b"colr\2\0\0" + srgb
    grown = struct.unpack(">I", data[header - 4 : header])[0] + len(box) - size
    write("profile.jp2", data[: header - 4] + struct.pack(">I", grown) + data[header : colour - 4] + box
          + data[colour - 4 + size :])
    reference("profile.jp2", rgb)
    reference("grey.psd", grey)

    run("heif-enc", "-q", "90", "rgb.png", "-o", "rgb.heic")
    run("heif-enc", "-q", "80", "orientation6.jpg", "-o", "exif.heic")
    run("heif-enc", "-q", "80", "rgba.png", "-o", "rgba.heic")
    run("heif-enc", "-A", "-q", "80", "rgb.png", "-o", "rgb.avif")
    run("heif-enc", "-q", "95", "-b", "10", "rgb16.png", "-o", "deep.heic")
    reference("deep.heic", rgb16)
    for name in ("rgb.heic", "rgba.heic", "rgb.avif"):
        run("heif-convert", name, name + ".png")
        reference(name, Image.open(path(name + ".png")))
    image.save(path("profile.png"), icc_profile=srgb)
    run("heif-enc", "-q", "80", "profile.png", "-o", "profile.heic")
    rotate_heif("rgb.heic", "rotated.heic")
    run("heif-convert", "rotated.heic", "rotated.heic.png")
    reference("rotated.heic", Image.open(path("rotated.heic.png")))

    one = Image.fromarray(rgb[:1, :1])
    for kind in ("tif", "webp", "gif", "bmp", "tga", "jp2"):
        one.save(path("one." + kind))
    for kind in ("exr", "hdr"):
        oiio_write("one." + kind, light[:1, :1])
    write("one.psd", psd(rgb[:1, :1].transpose(2, 0, 1), 8, 3))
    huge_headers()


def rotate_heif(source, target):
    """Adds an irot property of 90 degrees to the primary item of a file in the form that heif-enc 1.15 writes."""
    data = bytearray(read(source))

    def number(at, width):
        return int.from_bytes(data[at : at + width], "big")

    def contents(name):
        return data.index(name) + 4

    primary = number(contents(b"pitm") + 4, 2)
    # Narrow associations: item id, count, one byte each.
    at = contents(b"ipma") + 8
    while number(at, 2) != primary:
        at += 3 + data[at + 2]
    # 32-bit base offsets into mdat, which moves by ten bytes; method 1 counts from idat.
    iloc = contents(b"iloc")
    assert data[iloc] == 1 and number(iloc + 4, 2) == 0x4440, "another form than heif-enc 1.15's"
    item = iloc + 8
    for _ in range(number(iloc + 6, 2)):
        if number(item + 2, 2) == 0:
            data[item + 6 : item + 10] = struct.pack(">I", number(item + 6, 4) + 10)
        item += 12 + 8 * number(item + 10, 2)

    ipco = contents(b"ipco")
    end = ipco - 8 + number(ipco - 8, 4)
    properties, box = 0, ipco
    while box < end:
        box += number(box, 4)
        properties += 1
    data[at + 2] += 1
    last = at + 2 + data[at + 2]
    data[last:last] = bytes([0x80 | (properties + 1)])
    data[end:end] = struct.pack(">I", 9) + b"irot\x01"
    for name, by in ((b"ipma", 1), (b"ipco", 9), (b"iprp", 10), (b"meta", 10)):
        size_at = contents(name) - 8
        data[size_at : size_at + 4] = struct.pack(">I", number(size_at, 4) + by)
    write(target, bytes(data))


def patched(source, target, *changes):
    data = bytearray(read(source))
    for at, value in changes:
        data[at : at + len(value)] = value
    write(target, bytes(data))


def huge_headers():
    """Headers that claim 60000 x 60000 pixels (WebP 16384 x 16384, all that it can)."""
    patched("rgb.bmp", "huge.bmp", (18, struct.pack("<ii", 60000, 60000)))
    patched("rgb.tga", "huge.tga", (12, struct.pack("<HH", 60000, 60000)))
    patched("animated.gif", "huge.gif", (6, struct.pack("<HH", 60000, 60000)))
    patched("rgb.psd", "huge.psd", (14, struct.pack(">II", 60000, 60000)))
    data = read("rgb.tif")
    tags = struct.unpack("<I", data[4:8])[0]
    changes = []
    for i in range(struct.unpack("<H", data[tags : tags + 2])[0]):
        at = tags + 2 + 12 * i
        if struct.unpack("<H", data[at : at + 2])[0] in (256, 257):
            changes.append((at + 2, struct.pack("<HII", 4, 1, 60000)))
    patched("rgb.tif", "huge.tif", *changes)
    data = read("rgb.j2k")
    at = data.index(b"\xff\x51")
    patched("rgb.j2k", "huge.j2k", (at + 6, struct.pack(">II", 60000, 60000)))
    at = read("rgb.exr").index(b"dataWindow\0box2i\0") + 21
    patched("rgb.exr", "huge.exr", (at, struct.pack("<iiii", 0, 0, 59999, 59999)))
    at = read("rgb.heic").rindex(b"ispe") + 8  # the whole; a tile's comes before
    patched("rgb.heic", "huge.heic", (at, struct.pack(">II", 60000, 60000)))
    patched("rgb.dpx", "huge.dpx", (772, struct.pack(">II" if read("rgb.dpx")[:4] == b"SDPX" else "<II", 60000, 60000)))
    data = read("rgb.hdr")
    write("huge.hdr", data.replace(b"-Y 46 +X 70", b"-Y 60000 +X 60000"))
    frames = read("animated.webp")
    at = frames.index(b"VP8X") + 12
    patched("animated.webp", "huge.webp", (at, b"\xff\x3f\x00\xff\x3f\x00"))


# ---- RAW


def tiff(tags, offset=8, order="<"):
    """One folder of a TIFF structure: (tag, type, values). Returns its bytes for a place at offset."""
    widths = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 10: 8}
    codes = {1: "B", 3: "H", 4: "I"}
    entries, extra = b"", b""
    extra_at = offset + 2 + 12 * len(tags) + 4
    for tag, kind, values in sorted(tags):
        if kind == 2:
            data = values.encode() + b"\0"
            count = len(data)
        elif kind in (5, 10):
            data = b"".join(struct.pack(order + ("II" if kind == 5 else "ii"), *pair) for pair in values)
            count = len(values)
        else:
            data = struct.pack(order + "%d%s" % (len(values), codes[kind]), *values)
            count = len(values)
        assert len(data) == count * widths[kind]
        if len(data) > 4:
            if (extra_at + len(extra)) % 2:
                extra += b"\0"
            field = struct.pack(order + "I", extra_at + len(extra))
            extra += data
        else:
            field = data.ljust(4, b"\0")
        entries += struct.pack(order + "HHI", tag, kind, count) + field
    return struct.pack(order + "H", len(tags)) + entries + struct.pack(order + "I", 0) + extra


def jpeg_bytes(array, name):
    Image.fromarray(array).save(path(name), quality=90)
    data = read(name)
    os.remove(path(name))
    return data


def raws():
    large, small = photo(240, 160, 8), photo(60, 40, 9)
    large_jpeg, small_jpeg = jpeg_bytes(large, "large.tmp.jpg"), jpeg_bytes(small, "small.tmp.jpg")
    write("large.tmp.jpg", large_jpeg)
    pixels = np.asarray(Image.open(path("large.tmp.jpg")))

    # A camera that nobody knows: a TIFF structure that says little, previews somewhere behind it.
    header = b"II*\0" + struct.pack("<I", 8)
    tags = [(0x10F, 2, "Kalon Works"), (0x110, 2, "K-1"), (0x112, 3, (6,)), (0x132, 2, "2021:05:06 07:08:09")]
    body = header + tiff(tags) + np.random.RandomState(10).bytes(5000) + small_jpeg + b"\0" * 777 + large_jpeg + b"tail" * 99
    write("unknown.nef", body)
    reference("unknown.nef", pixels)
    # The large preview is cut: the small one is what remains.
    cut = header + tiff(tags) + small_jpeg + b"\0" * 100 + large_jpeg[:-900]
    write("half.arw", cut)
    write("small.tmp.jpg", small_jpeg)
    reference("half.arw", Image.open(path("small.tmp.jpg")))

    # DNG: sensor data of 16 bit, with a preview in the first folder, and without.
    mosaic = (np.random.RandomState(11).rand(128, 192) * 200 + np.mgrid[0:128, 0:192][1] * 300).astype("<u2")
    identity = [(1, 1), (0, 1), (0, 1), (0, 1), (1, 1), (0, 1), (0, 1), (0, 1), (1, 1)]

    def sensor(offset):
        return [(254, 4, (0,)), (256, 4, (192,)), (257, 4, (128,)), (258, 3, (16,)), (259, 3, (1,)), (262, 3, (32803,)),
                (273, 4, (offset,)), (277, 3, (1,)), (278, 4, (128,)), (279, 4, (mosaic.nbytes,)), (33421, 3, (2, 2)),
                (33422, 1, (0, 1, 1, 2)), (50714, 3, (0,)), (50717, 4, (65535,))]

    camera = [(0x10F, 2, "Kalon Works"), (0x110, 2, "K-2"), (0x112, 3, (8,)), (0x132, 2, "2021:05:06 07:08:09"),
              (50706, 1, (1, 4, 0, 0)), (50708, 2, "Kalon Works K-2"), (50721, 10, identity), (50728, 5, [(1, 1)] * 3),
              (50778, 3, (21,))]
    data_at = 8 + len(tiff(camera + sensor(0)))
    data_at += data_at % 2
    alone = (header + tiff(camera + sensor(data_at))).ljust(data_at, b"\0") + mosaic.tobytes()
    write("development.dng", alone)
    preview = [(254, 4, (1,)), (256, 4, (240,)), (257, 4, (160,)), (258, 3, (8, 8, 8)), (259, 3, (7,)), (262, 3, (6,)),
               (273, 4, (0,)), (277, 3, (3,)), (278, 4, (160,)), (279, 4, (len(large_jpeg),)), (330, 4, (0,))]
    first = len(tiff(camera + preview))
    sub_at = 8 + first + first % 2
    jpeg_at = sub_at + len(tiff(sensor(0), sub_at))
    data_at = jpeg_at + len(large_jpeg)
    data_at += data_at % 2
    fill = {273: (jpeg_at,), 330: (sub_at,)}
    preview = [(tag, kind, fill.get(tag, values)) for tag, kind, values in preview]
    both = (header + tiff(camera + preview)).ljust(sub_at, b"\0") + tiff(sensor(data_at), sub_at) + large_jpeg
    write("preview.dng", both.ljust(data_at, b"\0") + mosaic.tobytes())
    reference("preview.dng", pixels)
    for name in ("large.tmp.jpg", "small.tmp.jpg"):
        os.remove(path(name))


# ---- JPEG XL


def jxls():
    for name in ("rgb", "rgba", "grey", "rgb16"):
        run("cjxl", name + ".png", name + ".jxl", "-d", "0")
        os.link(path(name + ".png.ref"), path(name + ".jxl.ref"))
    run("cjxl", "rgb.png", "lossy.jxl", "-d", "1")
    run("cjxl", "orientation6.jpg", "turned.jxl")  # a JPEG taken over whole, its EXIF Brotli-compressed in a container
    assert b"brobExif" in read("turned.jxl")

    def box(kind, data):
        return struct.pack(">I", len(data) + 8) + kind + data

    exif = exif_block(1).tobytes()
    exif = exif[6:] if exif.startswith(b"Exif") else exif
    signature = box(b"JXL ", b"\r\n\x87\n") + box(b"ftyp", b"jxl \0\0\0\0jxl ")
    write("boxes.jxl", signature + box(b"jxlc", read("rgb.jxl")) + box(b"Exif", bytes(4) + exif) + box(b"xml ", xmp))
    run("cjxl", "animated.png", "animated.jxl", "-d", "0")
    reference("animated.jxl", photo(70, 46, 5))
    run("cjxl", "one.png", "one.jxl", "-d", "0")
    for name in ("lossy.jxl", "turned.jxl"):
        run("djxl", name, name + ".png")
        reference(name, Image.open(path(name + ".png")))


jpegs()
pngs()
others()
raws()
jxls()
