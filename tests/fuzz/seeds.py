"""Writes sound files for the fuzzer to spoil: seeds.py FOLDER. Made by Pillow and NumPy."""
import io
import struct
import sys
from pathlib import Path

import numpy
from PIL import Image, ImageCms, PngImagePlugin

folder = Path(sys.argv[1])
picture = Image.fromarray(numpy.add.outer(numpy.arange(24), numpy.arange(32) * 3).astype("uint8")).convert("RGB")
profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

exif = Image.Exif()
exif[0x010F], exif[0x0110], exif[0x0112], exif[0x0132] = "Maker", "Maker Model 7", 6, "2023:05:14 10:22:33"
exif[0x4746], exif[0x9C9E] = 4, "a;b".encode("utf-16-le")
details = exif.get_ifd(0x8769)
details[0x9003], details[0x9291], details[0x9011] = "2023:05:14 10:22:33", "12", "+02:00"
details[0x829A], details[0x829D], details[0x8827], details[0x920A] = (1, 250), (28, 10), 400, (50, 1)
details[0xA434] = "Lens 50mm"
details[0x9286] = b"UNICODE\0" + "a comment".encode("utf-16-le")
place = exif.get_ifd(0x8825)
place[1], place[2], place[3], place[4] = "N", (52.0, 31.0, 12.5), "E", (13.0, 24.0, 18.0)
block = exif.tobytes()

xmp = b"""<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:lr="http://ns.adobe.com/lightroom/1.0/"
xmp:Rating="4" xmp:Label="Red" xmp:CreateDate="2023-05-14T10:22:33.12+02:00" exif:FNumber="28/10"><dc:subject><rdf:Bag><rdf:li>a</rdf:li>
<rdf:li>b &amp; c</rdf:li></rdf:Bag></dc:subject><dc:title><rdf:Alt><rdf:li xml:lang="x-default">Title</rdf:li></rdf:Alt></dc:title>
<lr:hierarchicalSubject><rdf:Bag><rdf:li>x|y</rdf:li></rdf:Bag></lr:hierarchicalSubject></rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


def saved(**options):
    stream = io.BytesIO()
    picture.save(stream, **options)
    return stream.getvalue()


jpeg = saved(format="JPEG", quality=80, exif=block, icc_profile=profile, comment=b"made here")
app1 = b"http://ns.adobe.com/xap/1.0/\0" + xmp
jpeg = jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(app1) + 2) + app1 + jpeg[2:]
(folder / "full.jpg").write_bytes(jpeg)
(folder / "plain.jpg").write_bytes(saved(format="JPEG", quality=85))
(folder / "progressive.jpg").write_bytes(saved(format="JPEG", progressive=True, quality=60))
(folder / "restart.jpg").write_bytes(saved(format="JPEG", quality=85)[:-2] + b"\xff\xd0\xff\xd9")

text = PngImagePlugin.PngInfo()
text.add_text("parameters", "a lake\nNegative prompt: people\nSteps: 20, Sampler: Euler, Seed: 7")
text.add_text("Comment", '{"prompt": "a tree", "seed": 3}', zip=True)
text.add_itxt("XML:com.adobe.xmp", xmp.decode())
(folder / "full.png").write_bytes(saved(format="PNG", pnginfo=text, exif=block, icc_profile=profile))
palette = io.BytesIO()
picture.convert("P").save(palette, "PNG", transparency=3)
(folder / "palette.png").write_bytes(palette.getvalue())
frames = io.BytesIO()
picture.save(frames, "PNG", save_all=True, append_images=[picture.rotate(90), picture.rotate(180)], duration=50)
(folder / "frames.png").write_bytes(frames.getvalue())

(folder / "block.exif").write_bytes(block[6:] if block.startswith(b"Exif\0\0") else block)
(folder / "packet.xmp").write_bytes(xmp)
(folder / "profile.icc").write_bytes(profile)
(folder / "grey.icc").write_bytes(ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes())

values = numpy.linspace(-1, 1, 60)
for name, table in {"single": values.astype("<f4").reshape(12, 5), "half": values.astype("<f2").reshape(5, 12),
                    "double": values.reshape(60, 1), "fortran": numpy.asfortranarray(values.reshape(4, 15).astype("<f4")),
                    "empty": numpy.zeros((0, 7), "<f4")}.items():
    numpy.save(folder / f"{name}.npy", table)
for version in ((2, 0), (3, 0)):
    with open(folder / f"version{version[0]}.npy", "wb") as file:
        numpy.lib.format.write_array(file, values.astype("<f4").reshape(6, 10), version=version)
