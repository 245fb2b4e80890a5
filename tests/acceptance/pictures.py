"""Pictures from seeds: the same on every machine, small, and different enough to be told apart."""
import io
import os

import numpy
from PIL import Image

ORIENTATION, MAKE, MODEL, EXIF_IFD, DATE_TAKEN, SUBSECONDS = 0x0112, 0x010F, 0x0110, 0x8769, 0x9003, 0x9291


def picture(seed, size=(96, 64)):
    """Soft random colours with a few hard-edged boxes."""
    random = numpy.random.RandomState(seed)
    soft = Image.fromarray(random.randint(0, 256, (5, 7, 3), dtype=numpy.uint8)).resize(size, Image.BICUBIC)
    pixels = numpy.array(soft)
    for _ in range(4):
        x, y = random.randint(0, size[0]), random.randint(0, size[1])
        pixels[y:y + size[1] // 4 + 1, x:x + size[0] // 5 + 1] = random.randint(0, 256, 3)
    return Image.fromarray(pixels)


def family_member(family, member, size=(120, 90)):
    """One of a family of alike pictures: families differ in hue and in the direction and pitch of their stripes; members
    are shifted a little, brightened a little, and have noise of their own."""
    random = numpy.random.RandomState(1000 * family + member)
    y, x = numpy.mgrid[0:size[1], 0:size[0]].astype(float)
    x += random.uniform(-2, 2)
    y += random.uniform(-2, 2)
    angle = family * numpy.pi / 5
    wave = numpy.sin((x * numpy.cos(angle) + y * numpy.sin(angle)) * (0.15 + 0.09 * (family % 4)))
    hue = 2 * numpy.pi * family / 8
    tint = 0.5 + 0.5 * numpy.cos(hue + numpy.array([0, 2.1, 4.2]))
    pixels = (0.35 + 0.3 * tint + 0.25 * wave[..., None] * tint) * random.uniform(0.97, 1.03)
    pixels += random.normal(0, 0.01, pixels.shape)
    return Image.fromarray((pixels.clip(0, 1) * 255).astype(numpy.uint8))


def save(image, path, **options):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    image.save(path, **options)
    return path


def jpeg_bytes(image, **options):
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90, **options)
    return buffer.getvalue()


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)
    return path


def exif(orientation=None, make=None, model=None, taken=None, subseconds=None):
    block = Image.Exif()
    if orientation:
        block[ORIENTATION] = orientation
    if make:
        block[MAKE] = make
    if model:
        block[MODEL] = model
    details = {}
    if taken:
        details[DATE_TAKEN] = taken
    if subseconds:
        details[SUBSECONDS] = subseconds
    if details:
        block[EXIF_IFD] = details
    return block.tobytes()


def xmp(**properties):
    """An XMP packet with simple properties of the xmp namespace: xmp(Rating=4, Label="Red")."""
    attributes = " ".join(f'xmp:{name}="{value}"' for name, value in properties.items())
    return ('<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
            '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
            f'<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" {attributes}/>'
            '</rdf:RDF></x:xmpmeta><?xpacket end="w"?>').encode()


def with_xmp(jpeg, packet):
    """JPEG bytes with an XMP segment in front of the others."""
    body = b"http://ns.adobe.com/xap/1.0/\0" + packet
    return jpeg[:2] + b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body + jpeg[2:]


def fake_raw(preview):
    """What no library knows but every camera makes: a TIFF-like header, unknown bytes, and a whole JPEG inside."""
    return b"II*\0\x10\0\0\0CR\x02\0" + bytes(500) + jpeg_bytes(preview) + bytes(100)


def assortment(folder, count, size=(160, 120), first=0):
    """count different pictures of several formats in subfolders; their paths."""
    formats = [("jpg", {"quality": 88}), ("png", {}), ("jpg", {"quality": 75}), ("webp", {"quality": 90}), ("tif", {})]
    paths = []
    for i in range(first, first + count):
        extension, options = formats[i % len(formats)]
        path = os.path.join(folder, f"shelf{i % 7}", f"picture{i:04}.{extension}")
        paths.append(save(picture(i, size), path, **options))
    return paths
