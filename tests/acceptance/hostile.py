"""Files that lie, made by hand from the formats' specifications."""
import io
import struct
import zlib

import numpy
from PIL import Image

import pictures


def png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def deflate(start, zeros=0):
    """start and so many zeros, deflated piece by piece: what a test holds in memory would count as its child's peak."""
    packer = zlib.compressobj(9)
    parts = [packer.compress(start)] + [packer.compress(bytes(1 << 20)) for _ in range(zeros >> 20)]
    return b"".join(parts) + packer.flush()


def png(width, height, rows, extra=b"", zeros=0):
    """A grey PNG whose header says width x height and whose pixel data is rows and so many zeros."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + extra + png_chunk(b"IDAT", deflate(rows, zeros)) +
            png_chunk(b"IEND", b""))


def grey_rows(width, height):
    return (b"\0" + bytes(range(width))) * height


def png_text_bomb(kind, size):
    """A small, whole picture with a compressed text, or colour profile, that inflates to size zeros."""
    packed = deflate(b"", size)
    body = {b"zTXt": b"Comment\0\0", b"iTXt": b"Comment\0\1\0\0\0", b"iCCP": b"profile\0\0"}[kind] + packed
    return png(16, 16, grey_rows(16, 16), extra=png_chunk(kind, body))


def png_data_bomb(size):
    """16 x 16 pixels whose pixel data inflates to size bytes more than that."""
    return png(16, 16, grey_rows(16, 16), zeros=size)


def giant_headers(side=40000):
    """Headers that promise side x side pixels, with next to nothing behind them; by file name."""
    small = io.BytesIO()
    pictures.picture(1, (32, 32)).save(small, "JPEG")
    jpeg = bytearray(small.getvalue())
    frame = next(i for i in range(len(jpeg)) if jpeg[i] == 0xFF and jpeg[i + 1] in (0xC0, 0xC2))
    jpeg[frame + 5:frame + 9] = struct.pack(">HH", side, side)
    # As many bytes as the least that a true one would have: not their lack must be what gives it away.
    files = {"giant.png": png(side, side, bytes(100)), "giant.jpg": bytes(jpeg) + bytes(side * side // 500)}

    entries = [(256, 4, side), (257, 4, side), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 8), (277, 3, 1), (278, 4, side),
               (279, 4, 16)]
    directory = struct.pack("<H", len(entries))
    for tag, kind, value in entries:
        directory += struct.pack("<HHI", tag, kind, 1) + (struct.pack("<I", value) if kind == 4 else struct.pack("<HH", value, 0))
    files["giant.tif"] = struct.pack("<2sHI", b"II", 42, 24) + bytes(16) + directory + bytes(4)

    files["giant.bmp"] = (struct.pack("<2sIHHI", b"BM", 154, 0, 0, 54) +
                          struct.pack("<IiiHHIIiiII", 40, side, side, 1, 24, 0, 0, 2835, 2835, 0, 0) + bytes(100))
    files["giant.gif"] = (b"GIF89a" + struct.pack("<HHBBB", side, side, 0x80, 0, 0) + bytes(6) + b"," +
                          struct.pack("<HHHHB", 0, 0, side, side, 0) + b"\x02\x02\x4c\x01\0;")
    files["giant.tga"] = struct.pack("<BBBHHBHHHHBB", 0, 0, 2, 0, 0, 0, 0, 0, side, side, 24, 0x20) + bytes(100)
    files["giant.psd"] = (b"8BPS" + struct.pack(">H6xHIIHH", 1, 3, side, side, 8, 3) + bytes(12) + bytes(102))
    files["giant.hdr"] = f"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y {side} +X {side}\n".encode() + bytes(100)
    return files


def exr(pixels):
    """An uncompressed OpenEXR of three float channels; pixels: height x width x 3."""
    height, width, _ = pixels.shape

    def attribute(name, kind, data):
        return name + b"\0" + kind + b"\0" + struct.pack("<I", len(data)) + data

    channels = b"".join(name + b"\0" + struct.pack("<iBxxxii", 2, 0, 1, 1) for name in (b"B", b"G", b"R")) + b"\0"
    window = struct.pack("<iiii", 0, 0, width - 1, height - 1)
    header = (struct.pack("<II", 20000630, 2) + attribute(b"channels", b"chlist", channels) +
              attribute(b"compression", b"compression", b"\0") + attribute(b"dataWindow", b"box2i", window) +
              attribute(b"displayWindow", b"box2i", window) + attribute(b"lineOrder", b"lineOrder", b"\0") +
              attribute(b"pixelAspectRatio", b"float", struct.pack("<f", 1)) +
              attribute(b"screenWindowCenter", b"v2f", struct.pack("<ff", 0, 0)) +
              attribute(b"screenWindowWidth", b"float", struct.pack("<f", 1)) + b"\0")
    lines = [struct.pack("<iI", y, width * 12) + pixels[y].T[::-1].astype("<f4").tobytes() for y in range(height)]
    first = len(header) + 8 * height
    offsets = struct.pack(f"<{height}Q", *(first + y * len(lines[0]) for y in range(height)))
    return header + offsets + b"".join(lines)


def float_pictures():
    """Pictures with NaN, both infinities and huge values in them; by file name."""
    ramp = numpy.linspace(0, 1, 40 * 30, dtype=numpy.float32).reshape(30, 40)
    spoiled = ramp.copy()
    spoiled[3:9, 4:9] = numpy.nan
    spoiled[12, :] = numpy.inf
    spoiled[20:22, :] = -numpy.inf
    spoiled[25, :] = 3e38
    files = {}
    for name, values in (("spoiled", spoiled), ("all-nan", numpy.full_like(ramp, numpy.nan)), ("whole", ramp)):
        buffer = io.BytesIO()
        Image.fromarray(values).save(buffer, "TIFF")
        files[name + ".tif"] = buffer.getvalue()
        files[name + ".exr"] = exr(numpy.repeat(values[..., None], 3, axis=2))
    return files
