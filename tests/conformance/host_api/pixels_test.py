"""Pixels for hosts, kalon.pictures/1, as a program on kalon.hpp gets them. Oracles: Pillow (decoding, orientation, CMYK,
resampling), its ImageCms (colour), crops."""
import io
import os
import pathlib
import shutil
import struct
import subprocess
import unittest
import urllib.parse
import zlib

import numpy
from PIL import Image, ImageCms, ImageFilter

from programs import ENGINE, HERE, PATIENCE, ProgramCase
import pictures

CACHED_ONLY, NO_CACHE = 1, 2
# What makes a picture of an EXIF orientation upright (EXIF 2.3, tag 274).
UPRIGHT = {2: Image.FLIP_LEFT_RIGHT, 3: Image.ROTATE_180, 4: Image.FLIP_TOP_BOTTOM, 5: Image.TRANSPOSE, 6: Image.ROTATE_270,
           7: Image.TRANSVERSE, 8: Image.ROTATE_90}


def rgb_profile(gamma, primaries):
    """A version 2 ICC profile of a gamma and a matrix of colorants (columns red, green, blue; adapted to D50)."""
    def fixed(value):
        return struct.pack(">i", round(value * 65536))

    xyz = [b"XYZ \0\0\0\0" + b"".join(map(fixed, column)) for column in primaries]
    curve = b"curv\0\0\0\0" + struct.pack(">IHxx", 1, round(gamma * 256))
    text = b"A wide space\0"
    description = b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + bytes(78)
    parts = {b"desc": description + bytes(-len(description) % 4), b"cprt": b"text\0\0\0\0none\0\0\0\0",
             b"wtpt": b"XYZ \0\0\0\0" + b"".join(map(fixed, (0.9642, 1, 0.8249))),
             b"rXYZ": xyz[0], b"gXYZ": xyz[1], b"bXYZ": xyz[2], b"rTRC": curve, b"gTRC": curve, b"bTRC": curve}
    table, data, offset = struct.pack(">I", len(parts)), b"", 128 + 4 + 12 * len(parts)
    for name, part in parts.items():
        table += name + struct.pack(">II", offset + len(data), len(part))
        data += part
    size = 128 + len(table) + len(data)
    head = struct.pack(">I4sI4s4s4s", size, b"lcms", 0x02100000, b"mntr", b"RGB ", b"XYZ ") + bytes(12) + b"acsp"
    head += bytes(28) + b"".join(map(fixed, (0.9642, 1, 0.8249)))
    return head + bytes(128 - len(head)) + table + data


# The colorants of Adobe RGB (1998) adapted to D50, from its specification's profile.
WIDE = rgb_profile(2.2, ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457)))


def uri_of(path):
    return "file://" + urllib.parse.quote(os.fsencode(path))


class Host:
    """The program, as long as a test needs it."""

    def __init__(self, case, access, library):
        self.case, self.numbers = case, 0
        self.process = subprocess.Popen([case.program, ENGINE, library, access], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        env=case.environment, cwd=case.top, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        code = self.process.wait(PATIENCE)
        self.process.stdout.close()
        self.case.assertEqual(code, 0)

    def ask(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().rstrip("\n")

    def fails(self, path, side=0, flags=0):
        """(status, text)"""
        status, _, text = self.ask(f"decode {side} {flags} {self.case.top}/unused {uri_of(path)}").partition(" ")
        self.case.assertNotEqual(status, "ok", text)
        return status, text

    def decode(self, path, side=0, flags=0):
        """(pixels as an array, (full width, full height), "cache" or "file")"""
        out = self.case.top / "decoded.rgb"
        answer = self.ask(f"decode {side} {flags} {out} {uri_of(path)}").split()
        self.case.assertEqual(answer[0], "ok", " ".join(answer))
        width, height, full_width, full_height = map(int, answer[1:5])
        pixels = numpy.fromfile(out, numpy.uint8).reshape(height, width, 3)
        return pixels, (full_width, full_height), answer[5]


class Pixels(ProgramCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program = cls.built(HERE / "pixels.cpp", "c++17", "g++")

    def host(self, access="none", library=None):
        return Host(self, access, library or self.top / "library")

    def folder(self, name):
        path = self.top / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir()
        return path

    def assert_alike(self, pixels, expected, most, mean=None, what=None):
        expected = numpy.asarray(expected)
        self.assertEqual(pixels.shape, expected.shape, what)
        difference = numpy.abs(pixels.astype(int) - expected.astype(int))
        self.assertLessEqual(difference.max(), most, what)
        if mean is not None:
            self.assertLessEqual(difference.mean(), mean, what)

    def test_orientations_of_every_format(self):
        folder, picture = self.folder("orientations"), pictures.picture(1, (97, 62))
        formats = {"jpg": {"quality": 92, "subsampling": 0}, "png": {}, "tif": {}, "webp": {"lossless": True}}
        with self.host() as host:
            for orientation in range(1, 9):
                for extension, options in formats.items():
                    path = folder / f"{orientation}.{extension}"
                    picture.save(path, exif=pictures.exif(orientation), **options)
                    plain = folder / f"plain.{extension}"
                    picture.save(plain, **options)
                    with Image.open(plain) as opened:
                        expected = opened.convert("RGB")
                    if orientation > 1:
                        expected = expected.transpose(UPRIGHT[orientation])
                    pixels, full, source = host.decode(path)
                    # libjpeg and Pillow's may use different inverse transforms; the others are without loss.
                    self.assert_alike(pixels, expected, 2 if extension == "jpg" else 0, what=path.name)
                    self.assertEqual((full, source), (expected.size, "file"), path.name)

    def test_colour_is_managed(self):
        folder, picture = self.folder("colour"), pictures.picture(2, (120, 90))
        srgb = ImageCms.createProfile("sRGB")
        wide = ImageCms.ImageCmsProfile(io.BytesIO(WIDE))
        with self.host() as host:
            for name, options in (("wide.png", {}), ("wide.tif", {}), ("wide.jpg", {"quality": 95, "subsampling": 0})):
                path = folder / name
                picture.save(path, icc_profile=WIDE, **options)
                with Image.open(path) as opened:
                    plain = opened.convert("RGB")
                expected = ImageCms.profileToProfile(plain, wide, srgb, renderingIntent=1, outputMode="RGB", flags=0x2000)
                self.assertGreater(numpy.abs(numpy.asarray(plain, int) - numpy.asarray(expected, int)).max(), 10)
                pixels, _, _ = host.decode(path)
                # Two of 255: lcms2's eight-bit path has 14 fractional bits; a JPEG's decoders may differ by as much again.
                self.assert_alike(pixels, expected, 5 if name.endswith("jpg") else 2, what=name)
            # Ink without a profile, as Pillow mixes it; and light grey below what is transparent.
            picture.convert("CMYK").save(folder / "ink.jpg", quality=95)
            with Image.open(folder / "ink.jpg") as opened:
                self.assert_alike(host.decode(folder / "ink.jpg")[0], opened.convert("RGB"), 3)
            clear = picture.convert("RGBA")
            clear.putalpha(Image.linear_gradient("L").resize(picture.size))
            clear.save(folder / "clear.png")
            below = Image.new("RGBA", picture.size, (192, 192, 192, 255))
            self.assert_alike(host.decode(folder / "clear.png")[0], Image.alpha_composite(below, clear).convert("RGB"), 1)
            picture.convert("L").save(folder / "grey.png")
            self.assert_alike(host.decode(folder / "grey.png")[0], picture.convert("L").convert("RGB"), 0)

    def test_sizes(self):
        folder = self.folder("sizes")
        # Soft, and whole blocks wide, so that a JPEG decoded at a smaller scale first is the same but for its filter.
        picture = pictures.picture(3, (1504, 1000)).filter(ImageFilter.GaussianBlur(12))
        odd = picture.crop((0, 0, 1499, 997))
        odd.save(folder / "odd.png")
        picture.save(folder / "a.jpg", quality=95, subsampling=0)
        picture.save(folder / "turned.jpg", quality=95, subsampling=0, exif=pictures.exif(6))
        picture.resize((90, 60)).save(folder / "small.png")

        def reduced(image, side):  # Pillow with the same filter
            return image.resize((side, max(1, int(image.height * side / image.width + 0.5))), Image.BILINEAR)

        with self.host() as host:
            for side in (1, 2, 7, 100, 256, 512, 700, 1498):
                pixels, full, _ = host.decode(folder / "odd.png", side)
                self.assertEqual(full, odd.size)
                self.assert_alike(pixels, reduced(odd, side), 1, what=side)
                pixels, full, _ = host.decode(folder / "a.jpg", side)
                self.assertEqual(full, picture.size)
                self.assert_alike(pixels, reduced(picture, side), 16, 1.5, what=side)
                pixels, full, _ = host.decode(folder / "turned.jpg", side)
                self.assertEqual(full, picture.size[::-1])
                self.assert_alike(pixels, reduced(picture, side).transpose(Image.ROTATE_270), 16, 1.5, what=side)
            for side in (0, 1499, 1500, 4096, 2**32 - 1):  # never enlarged
                self.assert_alike(host.decode(folder / "odd.png", side)[0], odd, 0, what=side)
                self.assertEqual(host.decode(folder / "small.png", side)[0].shape, (60, 90, 3))

    def test_a_raw_file_gives_its_preview(self):
        folder, preview = self.folder("raw"), pictures.picture(4, (320, 200))
        pictures.write(folder / "a.cr2", pictures.fake_raw(preview))
        with self.host() as host, Image.open(io.BytesIO(pictures.jpeg_bytes(preview))) as expected:
            self.assert_alike(host.decode(folder / "a.cr2")[0], expected.convert("RGB"), 2)

    def test_rectangles(self):
        folder = self.folder("rectangles")
        for name, size in (("a.png", (53, 31)), ("one.png", (1, 1)), ("line.png", (40, 1)), ("column.png", (1, 40))):
            pictures.picture(5, size).save(folder / name)
        with self.host() as host:
            self.assertEqual(host.ask(f"rectangles {uri_of(folder / 'a.png')}"), "ok")
            for name in ("one.png", "line.png", "column.png"):
                with Image.open(folder / name) as opened:
                    self.assert_alike(host.decode(folder / name)[0], opened.convert("RGB"), 0, what=name)

    def test_the_cache(self):
        folder, library = self.folder("cache"), self.top / "cache.library"
        large, small = pictures.picture(6, (1200, 801)), pictures.picture(7, (200, 120))
        large.save(folder / "large.png")
        small.save(folder / "small.png")
        (folder / "broken.png").write_bytes((folder / "large.png").read_bytes()[:3000])
        with self.host("write", library) as host:
            # Nothing is indexed yet.
            self.assertEqual(host.fails(folder / "large.png", 256, CACHED_ONLY)[0], "not_found")
            self.assertEqual(host.decode(folder / "large.png", 256)[2], "file")
            self.assertTrue(host.ask(f"index {folder}").startswith("ok"))
            for access in ("write", "read"):
                with self.host(access, library) as host:
                    self.check_cache(host, folder, large, small)
        # Without a library there is no cache, and the file is not opened.
        with self.host() as host:
            self.assertEqual(host.decode(folder / "large.png", 256)[2], "file")
            self.assertEqual(host.fails(folder / "large.png", 256, CACHED_ONLY)[0], "not_found")

    def check_cache(self, host, folder, large, small):
        for side in (60, 255, 256, 257, 400, 512):
            pixels, full, source = host.decode(folder / "large.png", side)
            self.assertEqual((full, source), ((1200, 801), "cache"), side)
            self.assertEqual(max(pixels.shape), side)
            # A JPEG of quality 85 with coarse colour, resampled once or twice: alike, not equal.
            expected = large.resize((pixels.shape[1], pixels.shape[0]), Image.BILINEAR)
            self.assertLessEqual(abs(pixels.shape[0] - 801 * side / 1200), 1)
            self.assert_alike(pixels, expected, 90, 4, what=side)
        for side, flags in ((513, 0), (0, 0), (256, NO_CACHE), (1200, 0)):
            self.assertEqual(host.decode(folder / "large.png", side, flags)[2], "file")
        # A picture that is small itself: its thumbnail is all of it.
        pixels, full, source = host.decode(folder / "small.png", 512)
        self.assertEqual((pixels.shape, full, source), ((120, 200, 3), (200, 120), "cache"))
        self.assertEqual(host.decode(folder / "small.png", 100)[0].shape, (60, 100, 3))
        self.assertEqual(host.decode(folder / "small.png", 800)[2], "file")  # every pixel as it is
        self.assert_alike(host.decode(folder / "small.png")[0], small, 0)
        # Only from the cache: the best that there is, however much was asked for.
        for side in (0, 512, 800, 5000):
            pixels, full, source = host.decode(folder / "large.png", side, CACHED_ONLY)
            self.assertEqual((max(pixels.shape), full, source), (512, (1200, 801), "cache"))
        self.assertEqual(max(host.decode(folder / "large.png", 100, CACHED_ONLY)[0].shape), 100)
        self.assertEqual(host.fails(folder / "broken.png", 256, CACHED_ONLY)[0], "not_found")
        self.assertEqual(host.fails(folder / "broken.png", 256)[0], "corrupt_data")

    def test_only_the_cache_opens_no_file(self):
        folder, library = self.folder("unopened"), self.top / "unopened.library"
        picture = pictures.picture(8, (300, 200))
        picture.save(folder / "a.png")
        with self.host("write", library) as host:
            host.ask(f"index {folder}")
        kept = os.stat(folder / "a.png")
        # Other bytes of the same size and time: who opens the file sees them.
        (folder / "a.png").write_bytes(bytes(kept.st_size))
        os.utime(folder / "a.png", ns=(kept.st_atime_ns, kept.st_mtime_ns))
        with self.host("read", library) as host:
            self.assertEqual(host.decode(folder / "a.png", 256, CACHED_ONLY)[2], "cache")
            self.assertEqual(host.decode(folder / "a.png", 256)[2], "cache")
            self.assertEqual(host.fails(folder / "a.png", 256, NO_CACHE)[0], "unsupported")

    def test_changed_and_gone(self):
        folder, library = self.folder("changes"), self.top / "changes.library"
        before, after = pictures.picture(9, (300, 200)), pictures.picture(10, (310, 190))
        for name in ("changed.png", "touched.png", "gone.png"):
            before.save(folder / name)
        with self.host("write", library) as host:
            host.ask(f"index {folder}")
            after.save(folder / "changed.png")
            os.utime(folder / "touched.png", (1, 1))
            (folder / "gone.png").unlink()
            pixels, full, source = host.decode(folder / "changed.png", 256)
            self.assertEqual((full, source), ((310, 190), "file"))
            self.assert_alike(pixels, after.resize((256, 157), Image.BILINEAR), 1)
            self.assertEqual(host.fails(folder / "changed.png", 256, CACHED_ONLY)[0], "not_found")
            self.assertEqual(host.decode(folder / "touched.png", 256)[2], "file")
            for flags in (0, CACHED_ONLY, NO_CACHE):
                status, text = host.fails(folder / "gone.png", 256, flags)
                self.assertEqual(status, "not_found")
                self.assertIn(f"{folder}/gone.png", text)
            host.ask(f"index {folder}")
            self.assertEqual(host.decode(folder / "changed.png", 256)[2], "cache")
            self.assertEqual(host.decode(folder / "touched.png", 256)[2], "cache")
            # The cache may be deleted at any time; what a deleted one knew comes from the files.
        shutil.rmtree(library / "cache")
        with self.host("read", library) as host:
            self.assertEqual(host.decode(folder / "changed.png", 256)[2], "file")
            self.assertEqual(host.fails(folder / "changed.png", 256, CACHED_ONLY)[0], "not_found")

    def test_what_cannot_be_decoded(self):
        folder = self.folder("bad")
        pictures.picture(11, (200, 100)).save(folder / "whole.png")
        (folder / "cut.png").write_bytes((folder / "whole.png").read_bytes()[:2000])
        (folder / "text.txt").write_text("no picture\n")
        (folder / "empty.jpg").write_bytes(b"")
        ihdr = b"IHDR" + struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
        huge = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + ihdr + struct.pack(">I", zlib.crc32(ihdr))
        (folder / "huge.png").write_bytes(huge + (folder / "whole.png").read_bytes()[33:])
        os.mkfifo(folder / "pipe.png")
        (folder / "folder.png").mkdir()
        (folder / "odd \udcff.png").write_bytes((folder / "cut.png").read_bytes())
        with self.host() as host:
            for name, status in (("cut.png", "corrupt_data"), ("text.txt", "unsupported"), ("empty.jpg", "corrupt_data"),
                                 ("huge.png", "limit_exceeded"), ("pipe.png", "invalid_argument"), ("nothing.png", "not_found"),
                                 ("folder.png", "invalid_argument"), ("whole.png/no", "not_found"), ("odd \udcff.png", "corrupt_data")):
                for side in (0, 100):
                    found, text = host.fails(folder / name, side)
                    self.assertEqual(found, status, text)
                    self.assertIn("odd" if name.startswith("odd") else f"{folder}/{name}: ", text)
                    self.assertEqual(text.count(str(folder)), 1, text)
            for flags in (CACHED_ONLY | NO_CACHE, 4, 2**31):
                self.assertEqual(host.fails(folder / "whole.png", 0, flags)[0], "invalid_argument")
            self.assertEqual(host.ask("decode 0 0 unused relative.png").split()[0], "invalid_argument")
            if os.getuid() != 0:
                (folder / "whole.png").chmod(0)
                self.assertEqual(host.fails(folder / "whole.png")[0], "io")
                (folder / "whole.png").chmod(0o600)
            self.assertEqual(host.decode(folder / "whole.png")[0].shape, (100, 200, 3))

    def test_many_threads_at_once(self):
        folder, library = self.folder("threads"), self.top / "threads.library"
        paths = [pathlib.Path(path) for path in pictures.assortment(str(folder), 10, (400, 300))]
        cut = folder / "cut.jpg"
        cut.write_bytes(paths[0].read_bytes()[:150])
        uris = " ".join(map(uri_of, [*paths, cut, folder / "nothing.png"]))
        with self.host("write", library) as host:
            host.ask(f"index {folder}")
            for side in (200, 512, 0):
                self.assertEqual(host.ask(f"threads 8 {side} {uris}"), "ok", side)

    def test_while_the_library_grows(self):
        folder, library = self.folder("growing"), self.top / "growing.library"
        paths = [pathlib.Path(path) for path in pictures.assortment(str(folder), 40, (500, 400))]
        with self.host("write", library) as writer, self.host("write", library) as host:
            writer.process.stdin.write(f"index {folder}\n")
            writer.process.stdin.flush()
            sources = [host.decode(path, 256)[2] for path in paths]
            self.assertTrue(writer.process.stdout.readline().startswith("ok"))
            self.assertLessEqual(set(sources), {"cache", "file"})
            self.assertEqual({host.decode(path, 256)[2] for path in paths}, {"cache"})


if __name__ == "__main__":
    unittest.main()
