"""The main job: a folder goes in, its pictures come out in an order."""
import csv
import io
import itertools
import json
import os
import re
import shutil

import numpy
from PIL import Image

import pictures
from world import FAILED, SOME_FAILED, USAGE, Case, path_of

SHEET, MARKER = "contact-sheet.png", ".kalon-result"


def placed(folder):
    """The numbered files of a result folder, in order of their names."""
    return sorted(name for name in os.listdir(folder) if name not in (SHEET, MARKER))


def natural_key(name):
    """Digits by value, letters without case: an independent telling of what names of these tests should sort by."""
    return [(ord("0"), int(part)) if part.isdigit() else (ord(part.lower()), 0) for part in re.findall(r"\d+|\D", name)]


class MainJob(Case):
    def make_formats(self):
        """One picture of each format; the expected rows by name: format, width, height."""
        image = pictures.picture(1, (90, 60))
        expected = {}
        for name, kind, mode, options in [
                ("a.jpg", "jpeg", "RGB", {}), ("b.png", "png", "RGB", {}), ("c.webp", "webp", "RGB", {"lossless": True}),
                ("d.tif", "tiff", "RGB", {}), ("e.gif", "gif", "P", {}), ("f.bmp", "bmp", "RGB", {}),
                ("g.tga", "tga", "RGB", {}), ("h.jp2", "jp2", "RGB", {}), ("i.jpg", "jpeg", "CMYK", {}),
                ("j.png", "png", "LA", {}), ("k.png", "png", "P", {}), ("l.png", "png", "1", {}),
                ("m.tif", "tiff", "L", {"compression": "tiff_lzw"}), ("deep/er/n.JPEG", "jpeg", "L", {})]:
            pictures.save(image.convert(mode), os.path.join(self.pictures, name), **options)
            expected[name] = (kind, 90, 60)
        return expected

    def test_every_format_becomes_a_row(self):
        expected = self.make_formats()
        pictures.write(os.path.join(self.pictures, "notes.txt"), b"no picture")
        pictures.write(os.path.join(self.pictures, ".hidden.jpg"), b"not looked at")
        summary = self.index()
        self.assertEqual((summary["found"], summary["embedded"], summary["failed"], summary["unsupported"]),
                         (len(expected), len(expected), 0, 1))
        rows = self.list()
        self.assertEqual({name: (row["format"], row["width"], row["height"]) for name, row in zip(self.names(rows), rows)},
                         expected)
        for row in rows:
            self.assertRegex(row["id"], "^[0-9a-f]{32}$")
            self.assertEqual(row["status"], "ok")
            self.assertEqual(os.fsencode(row["path"]), path_of(row))
            self.assertEqual(row["size"], os.stat(path_of(row)).st_size)
        self.assertEqual([path_of(row) for row in rows], sorted(path_of(row) for row in rows))

    def test_text_for_people(self):
        pictures.save(pictures.picture(1, (90, 60)), os.path.join(self.pictures, "a.jpg"))
        indexed = self.kalon("index", self.pictures)
        self.assertIn("1 picture file found: 1 embedded", indexed.text)
        self.assertIn(self.library, indexed.text)
        listed = self.kalon("list").text.splitlines()
        self.assertEqual(len(listed), 1)
        self.assertEqual(listed[0].split()[0:2], ["90x60", "jpeg"])
        self.assertTrue(listed[0].endswith(os.path.join(self.pictures, "a.jpg")))
        shown = self.kalon("info", os.path.join(self.pictures, "a.jpg")).text
        for word in ("id", "width", "90", "height", "60", "status", "ok", "vectors"):
            self.assertIn(word, shown)

    def test_orientation_is_applied(self):
        # Pillow's own transpose of the same pixels, saved upright, is the oracle for what a turned picture looks like.
        turns = {2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
                 5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
                 8: Image.Transpose.ROTATE_90}
        image = pictures.picture(3, (128, 96))
        for orientation, turn in turns.items():
            pictures.save(image, os.path.join(self.pictures, f"turned{orientation}.jpg"), quality=95, subsampling=0,
                          exif=pictures.exif(orientation))
            upright = Image.open(os.path.join(self.pictures, f"turned{orientation}.jpg")).convert("RGB").transpose(turn)
            pictures.save(upright, os.path.join(self.pictures, f"upright{orientation}.png"))
        self.index()
        rows = self.list()
        for orientation in turns:
            turned, upright = (self.row(name, rows) for name in (f"turned{orientation}.jpg", f"upright{orientation}.png"))
            size = (96, 128) if orientation >= 5 else (128, 96)
            self.assertEqual((turned["width"], turned["height"]), size)
            nearest = self.kalon("similar", "--json", "-k", "1", path_of(turned)).rows[0]
            # The two were decoded by different programs' JPEG code; every other orientation looks far more different.
            self.assertEqual(path_of(nearest), path_of(upright), orientation)
            self.assertLess(nearest["distance"], 0.02)

    def test_copies_share_an_id(self):
        first = pictures.save(pictures.picture(1), os.path.join(self.pictures, "a.jpg"))
        os.makedirs(os.path.join(self.pictures, "more"))
        shutil.copy(first, os.path.join(self.pictures, "more", "b.jpg"))
        summary = self.index()
        self.assertEqual(summary["found"], 2)
        rows = self.list()
        self.assertEqual(rows[0]["id"], rows[1]["id"])
        info = self.kalon("info", "--json", first).rows[0]
        self.assertEqual(info["same_picture"], [rows[1]["uri"]])
        # One picture is placed once, whatever the number of its copies.
        self.kalon("sort", "--to", self.path("out"))
        self.assertEqual(placed(self.path("out")), ["1_a.jpg"])

    def test_raw_and_jpeg_are_one_photo(self):
        shot = pictures.picture(1, (240, 160))
        pictures.save(shot, os.path.join(self.pictures, "DSC1.JPG"), quality=92)
        pictures.write(os.path.join(self.pictures, "DSC1.CR2"), pictures.fake_raw(shot))
        pictures.save(pictures.picture(2), os.path.join(self.pictures, "DSC2.JPG"))
        pictures.write(os.path.join(self.pictures, "DSC3.CR2"), pictures.fake_raw(pictures.picture(3, (240, 160))))
        self.index()
        rows = self.list()
        jpeg, raw, second, lone = (self.row(name, rows) for name in ("DSC1.JPG", "DSC1.CR2", "DSC2.JPG", "DSC3.CR2"))
        self.assertEqual((raw["width"], raw["height"], raw["status"]), (240, 160, "ok"))
        self.assertNotEqual(raw["id"], jpeg["id"])
        self.assertEqual(raw["photo"], jpeg["id"])
        self.assertEqual(jpeg["photo"], jpeg["id"])
        self.assertEqual(second["photo"], second["id"])
        self.assertEqual(lone["photo"], lone["id"])
        self.kalon("sort", "--by", "name", "--to", self.path("out"))
        self.assertEqual(placed(self.path("out")), ["1_DSC1.JPG", "2_DSC2.JPG", "3_DSC3.CR2"])
        # What is decided about one file of a photo holds for the photo.
        self.kalon("exclude", os.path.join(self.pictures, "DSC1.CR2"))
        self.assertEqual([row.get("excluded", False) for row in self.list()], [True, True, False, False])
        self.kalon("sort", "--by", "name", "--to", self.path("without"))
        self.assertEqual(placed(self.path("without")), ["1_DSC2.JPG", "2_DSC3.CR2"])


class Listing(Case):
    def setUp(self):
        super().setUp()
        for i in range(11):
            pictures.save(pictures.picture(i), os.path.join(self.pictures, "foo", f"{i}.jpg"))
        for i in range(11, 15):
            pictures.save(pictures.picture(i), os.path.join(self.pictures, "foo2", f"{i}.png"))
        pictures.save(pictures.picture(15), os.path.join(self.pictures, "foo.jpg"))
        pictures.save(pictures.picture(16, (300, 40)), os.path.join(self.pictures, "foo", "below", "wide.jpg"))
        self.index()

    def page(self, after, limit, *more):
        return self.list("--limit", str(limit), *(["--after", after] if after else []), *more)

    def test_pages_cover_every_row_once(self):
        everything = [path_of(row) for row in self.list()]
        self.assertEqual(len(everything), 17)
        for limit in (1, 4, 16, 17, 18):
            seen, after = [], None
            while page := self.page(after, limit):
                self.assertLessEqual(len(page), limit)
                seen += [path_of(row) for row in page]
                after = seen[-1]
            self.assertEqual(seen, everything, limit)

    def test_pages_of_several_folders(self):
        # In bytes "foo-" < "foo/" < "foo2": the order of folders is not that of the paths inside them.
        for i in range(5):
            pictures.save(pictures.picture(30 + i), os.path.join(self.pictures, "foo-b", f"{i}.jpg"))
        self.index()
        everything = [path_of(row) for row in self.list()]
        wanted = [path for path in everything if re.search(rb"/foo(-b|2|)/", path)]
        folders = [os.path.join(self.pictures, name) for name in ("foo2", "foo", "foo-b", "foo/below")]
        self.assertEqual(len(wanted), 12 + 4 + 5)
        for limit in (1, 3, 20):
            seen, after = [], None
            while page := self.page(after, limit, *folders):
                seen += [path_of(row) for row in page]
                after = seen[-1]
                self.assertLessEqual(len(seen), len(wanted))
            self.assertEqual(sorted(seen), wanted)
            self.assertEqual(len(set(seen)), len(wanted))

    def test_paths_narrow_to_folders_not_prefixes(self):
        foo = os.path.join(self.pictures, "foo")
        inside = sorted(f"foo/{i}.jpg" for i in range(11)) + ["foo/below/wide.jpg"]
        for spelling in (foo, foo + "/", os.path.join(self.pictures, "foo2", "..", "foo"), "pictures/foo"):
            self.assertEqual(sorted(self.names(self.list(spelling))), sorted(inside), spelling)
        self.assertEqual(self.names(self.list(foo + ".jpg")), ["foo.jpg"])
        self.assertEqual(len(self.list(foo, os.path.join(foo, "below"))), len(inside))
        # What is neither on disk nor in the library is a slip, and no empty answer.
        missing = self.kalon("list", "--json", os.path.join(self.pictures, "fo"), code=FAILED)
        self.assertEqual((missing.out, "is not there" in missing.error_text), (b"", True))
        self.assertEqual(self.list(self.folder("pictures", "fo")), [])

    def test_count(self):
        foo = os.path.join(self.pictures, "foo")
        self.assertEqual(self.kalon("list", "--count").text, "17\n")
        self.assertEqual(self.kalon("list", "--count", "--json").objects, [{"count": 17}])
        self.assertEqual(self.kalon("list", "--count", foo).text, "12\n")
        self.assertEqual(self.kalon("list", "--count", "--where", "format = png").text, "4\n")

    def test_where(self):
        for expression, wanted in {
                "format = png": ["foo2/11.png", "foo2/12.png", "foo2/13.png", "foo2/14.png"],
                "width > 200 and height < 50": ["foo/below/wide.jpg"],
                'name ~ "1?.*" and not extension = png': ["foo/10.jpg"],
                "(stem = 3 or stem = 14) and status = ok": ["foo/3.jpg", "foo2/14.png"],
                "capture_time is known": [],
                "aspect > 7": ["foo/below/wide.jpg"]}.items():
            self.assertEqual(self.names(self.list("--where", expression)), wanted, expression)
        wrong = self.kalon("list", "--where", "width >", code=USAGE)
        self.assertIn("kalon:", wrong.error_text)
        self.assertEqual(wrong.out, b"")

    def test_similar(self):
        query = os.path.join(self.pictures, "foo", "3.jpg")
        alike = pictures.save(pictures.picture(3), self.path("elsewhere", "alike.png"))
        rows = self.kalon("similar", "--json", "-k", "5", query).rows
        self.assertEqual([row["rank"] for row in rows], [1, 2, 3, 4, 5])
        self.assertEqual([row["distance"] for row in rows], sorted(row["distance"] for row in rows))
        self.assertNotIn(os.fsencode(query), [path_of(row) for row in rows])
        self.assertEqual(len(self.kalon("similar", "--json", "-k", "100", query).rows), 16)
        # A picture that the library does not know, the same but for compression. (Such pictures show nothing that the
        # trained model knows; colours and layout tell them apart.)
        self.index("--model", "descriptor", self.pictures)
        nearest = self.kalon("similar", "--json", "-k", "1", "--model", "descriptor", alike).rows[0]
        self.assertEqual(path_of(nearest), os.fsencode(query))
        self.assertEqual(self.kalon("list", "--count").text, "17\n")
        foo2 = os.path.join(self.pictures, "foo2")
        self.assertEqual(sorted(self.names(self.kalon("similar", "--json", "--in", foo2, query).rows)),
                         ["foo2/11.png", "foo2/12.png", "foo2/13.png", "foo2/14.png"])
        self.assertEqual(self.names(self.kalon("similar", "--json", "--where", "stem = 7", query).rows), ["foo/7.jpg"])
        self.assertEqual(len(self.kalon("similar", "--json", "--where", "excluded = false", "-k", "100", query).rows), 16)
        self.assertIn("similarity", self.kalon("similar", query).text)
        self.kalon("similar", self.path("nothing.jpg"), code=FAILED)

    def test_similar_agrees_with_the_exported_vectors(self):
        self.kalon("export", "vectors", "--to", self.path("v.npy"))
        vectors = numpy.load(self.path("v.npy")).astype(float)
        with open(self.path("v.jsonl")) as file:
            paths = [path_of(json.loads(line)) for line in file]
        for i in (0, 7, 16):
            distances = numpy.linalg.norm(vectors - vectors[i], axis=1)
            rows = self.kalon("similar", "--json", "-k", "16", paths[i]).rows
            self.assertEqual(len(rows), 16)
            for row in rows:  # float32 sums of a few hundred terms
                self.assertAlmostEqual(row["distance"], distances[paths.index(path_of(row))], delta=1e-5)

    def test_info(self):
        path = os.path.join(self.pictures, "foo", "3.jpg")
        row = self.kalon("info", "--json", path).rows[0]
        listed = self.row("foo/3.jpg")
        self.assertEqual({key: row[key] for key in listed}, listed)
        self.assertEqual(len(row["vectors"]), 1)
        unknown = self.path("unknown.jpg")
        self.kalon("info", unknown, code=FAILED)
        both = self.kalon("info", "--json", path, unknown, code=SOME_FAILED).rows
        self.assertEqual([row["status"] for row in both], ["ok", "not_found"])


class Sorting(Case):
    def setUp(self):
        super().setUp()
        self.out = self.path("out")

    def add(self, name, seed, stamp=None, **options):
        path = pictures.save(pictures.picture(seed), os.path.join(self.pictures, name), **options)
        if stamp:
            os.utime(path, (stamp, stamp))
        return path

    def sorted_names(self, *arguments):
        rows = self.kalon("sort", "--json", "--dry-run", "--to", self.out, *arguments).rows
        self.assertEqual([row["position"] for row in rows], list(range(1, len(rows) + 1)))
        return self.names(rows)

    def test_by_name(self):
        names = ["img2.jpg", "img10.jpg", "IMG3.jpg", "img1.jpg", "b/Alpha.jpg", "b/alpha2.jpg", "c/img02b.jpg", "z.jpg",
                 "100.jpg", "20.jpg", "c/3.jpg"]
        for seed, name in enumerate(names):
            self.add(name, seed)
        self.index()
        self.assertEqual(self.sorted_names("--by", "name"),
                         sorted(names, key=lambda name: natural_key(os.path.basename(name))))

    def test_by_date(self):
        # Time of capture where the file tells it (as UTC), else the file's own time.
        self.add("c.jpg", 1, stamp=2_000_000_000, exif=pictures.exif(taken="2001:09:09 01:46:40"))  # 1,000,000,000
        self.add("b.jpg", 2, stamp=1_100_000_000)
        self.add("e.jpg", 3, stamp=5, exif=pictures.exif(taken="2020:09:13 12:26:40", subseconds="50"))  # 1,600,000,000.5
        self.add("d.jpg", 4, stamp=5, exif=pictures.exif(taken="2020:09:13 12:26:40", subseconds="25"))
        self.add("a.jpg", 5, stamp=1_700_000_000)
        self.index()
        self.assertEqual(self.sorted_names("--by", "date"), ["c.jpg", "b.jpg", "d.jpg", "e.jpg", "a.jpg"])
        self.assertTrue(self.row("c.jpg")["capture_time"].startswith("2001-09-09T01:46:40"))

    def test_by_size(self):
        paths = [self.add(f"{seed}.{'png' if seed % 3 else 'jpg'}", seed) for seed in range(12)]
        self.index()
        self.assertEqual(self.sorted_names("--by", "size"),
                         [os.path.basename(path) for path in sorted(sorted(paths), key=os.path.getsize)])

    def test_numbered_hardlinks(self):
        for seed in range(12):
            self.add(f"x/p{seed}.jpg" if seed % 2 else f"p{seed}.jpeg", seed)
        self.index()
        result = self.kalon("sort", "--json", "--by", "name", "--to", self.out)
        self.assertEqual(result.summary["placed"], 12)
        self.assertEqual(placed(self.out), [f"{i + 1:02}_p{i}.{'jpg' if i % 2 else 'jpeg'}" for i in range(12)])
        for row in result.rows:
            self.assertTrue(os.path.samefile(os.path.join(self.out, row["name"]), path_of(row)))
            self.assertEqual(os.stat(path_of(row)).st_nlink, 2)
        with Image.open(os.path.join(self.out, SHEET)) as sheet:
            self.assertGreater(len(set(sheet.convert("RGB").resize((64, 64)).getdata())), 100)
        text = self.kalon("sort", "--to", self.path("second")).text
        self.assertIn("12 pictures placed in " + self.path("second"), text)
        self.assertIn(os.path.join(self.path("second"), SHEET), text)

    def test_symlinks_and_copies(self):
        paths = [self.add(f"{seed}.jpg", seed) for seed in range(3)]
        self.index()
        self.kalon("sort", "--by", "name", "--link", "symlink", "--no-sheet", "--to", self.out)
        self.assertEqual(placed(self.out), ["1_0.jpg", "2_1.jpg", "3_2.jpg"])
        self.assertFalse(os.path.exists(os.path.join(self.out, SHEET)))
        for path, name in zip(paths, placed(self.out)):
            self.assertTrue(os.path.islink(os.path.join(self.out, name)))
            self.assertTrue(os.path.samefile(os.path.join(self.out, name), path))
        copies = self.path("copies")
        self.kalon("sort", "--by", "name", "--link", "copy", "--to", copies)
        for path, name in zip(paths, placed(copies)):
            copy = os.path.join(copies, name)
            self.assertFalse(os.path.samefile(copy, path))
            with open(copy, "rb") as left, open(path, "rb") as right:
                self.assertEqual(left.read(), right.read())

    def test_never_overwrites(self):
        self.add("a.jpg", 1)
        self.index()
        precious = pictures.write(os.path.join(self.out, "precious"), b"mine")
        refused = self.kalon("sort", "--to", self.out, code=USAGE)
        self.assertIn("not empty", refused.error_text)
        self.assertIn(self.out, refused.error_text)
        self.assertEqual(os.listdir(self.out), ["precious"])
        os.unlink(precious)
        self.kalon("sort", "--to", self.out)  # an empty folder will do
        before = sorted(os.listdir(self.out))
        self.kalon("sort", "--to", self.out, code=USAGE)
        self.assertEqual(sorted(os.listdir(self.out)), before)

    def test_dry_run_makes_nothing(self):
        self.add("a.jpg", 1)
        self.index()
        text = self.kalon("sort", "--dry-run", "--to", self.out).text
        self.assertIn("1_a.jpg", text)
        self.assertIn("Nothing was made", text)
        self.assertFalse(os.path.exists(self.out))
        self.assertEqual(os.stat(os.path.join(self.pictures, "a.jpg")).st_nlink, 1)
        self.kalon("undo", code=FAILED)

    def test_narrowed(self):
        for seed in range(4):
            self.add(f"{'in' if seed < 2 else 'in2'}/{seed}.jpg", seed)
        self.index()
        self.assertEqual(self.sorted_names("--by", "name", os.path.join(self.pictures, "in")), ["in/0.jpg", "in/1.jpg"])
        self.assertEqual(self.sorted_names("--by", "name", "--where", "stem >= 2"), ["in2/2.jpg", "in2/3.jpg"])
        self.kalon("sort", "--to", self.out, "--where", "width > 9999", code=FAILED)
        self.assertFalse(os.path.exists(self.out))

    def test_families_stay_together(self):
        families, members = 8, 7
        for family, member in itertools.product(range(families), range(members)):
            # Names that tell nothing about the family.
            pictures.save(pictures.family_member(family, member),
                          os.path.join(self.pictures, f"{(family * 5 + member * 11) * 37 % 1009:04}-f{family}.jpg"), quality=92)
        self.index()
        result = self.kalon("sort", "--json", "--to", self.out)
        order = [re.search(r"-f(\d)", row["name"]).group(1) for row in result.rows]
        self.assertEqual(len(order), families * members)
        self.assertEqual(len([family for family, _ in itertools.groupby(order)]), families, order)
        self.assertGreater(result.summary["length"], 0)

    def test_identical_looks_are_side_by_side(self):
        for seed in range(9):
            self.add(f"{seed}.png", seed)
        # The same pixels in other bytes: other pictures at distance zero.
        self.add("again4.png", 4, compress_level=1)
        self.add("once-more4.png", 4, compress_level=0)
        self.index()
        names = self.sorted_names()
        positions = sorted(names.index(name) for name in ("4.png", "again4.png", "once-more4.png"))
        self.assertEqual(positions[2] - positions[0], 2, names)

    def test_results_are_not_pictures_again(self):
        for seed in range(3):
            self.add(f"{seed}.jpg", seed)
        self.index()
        inside = os.path.join(self.pictures, "sorted")
        self.kalon("sort", "--to", inside)
        summary = self.index()
        self.assertEqual((summary["found"], summary["unchanged"], summary["embedded"]), (3, 3, 0))
        self.assertEqual(len(self.list()), 3)


class Undo(Case):
    def setUp(self):
        super().setUp()
        self.out = self.path("made", "deep", "out")
        self.sources = [pictures.save(pictures.picture(i), os.path.join(self.pictures, f"{i}.jpg")) for i in range(5)]
        self.contents = {path: self.content(path) for path in self.sources}
        self.index()

    def content(self, path):
        with open(path, "rb") as file:
            return file.read()

    def assert_sources_untouched(self):
        self.assertEqual({path: self.content(path) for path in self.sources}, self.contents)

    def test_takes_back_exactly_what_was_made(self):
        for kind in ("hardlink", "symlink", "copy"):
            self.kalon("sort", "--link", kind, "--to", self.out)
            self.assertEqual(len(os.listdir(self.out)), 7, kind)
            summary = self.kalon("undo", "--json").summary
            self.assertEqual((summary["undone"], summary["removed"], summary["left"]), ("sort", 7, 0), kind)
            self.assertFalse(os.path.exists(self.out), kind)
            self.assert_sources_untouched()
        self.kalon("undo", code=FAILED)

    def test_folders_of_ones_own_stay(self):
        os.makedirs(self.out)
        self.kalon("sort", "--to", self.out)
        self.kalon("undo")
        self.assertEqual(os.listdir(self.out), [])
        self.kalon("sort", "--to", os.path.join(self.out, "new", "and", "deep"))
        self.kalon("undo")
        self.assertEqual(os.listdir(self.out), [])

    def test_leaves_foreign_and_changed_files(self):
        for kind in ("hardlink", "symlink", "copy"):
            out = self.path("out-" + kind)
            self.kalon("sort", "--by", "name", "--link", kind, "--to", out)
            foreign = pictures.write(os.path.join(out, "notes.txt"), b"mine")
            changed = os.path.join(out, "2_1.jpg")
            os.unlink(changed)
            pictures.write(changed, b"edited by somebody")
            os.unlink(os.path.join(out, "3_2.jpg"))  # gone already: nothing to complain about
            result = self.kalon("undo", code=SOME_FAILED)
            self.assertIn("2_1.jpg", result.error_text)
            self.assertEqual(sorted(os.listdir(out)), ["2_1.jpg", "notes.txt"], kind)
            self.assertEqual(self.content(changed), b"edited by somebody")
            self.assertEqual(self.content(foreign), b"mine")
            self.assert_sources_untouched()

    def test_leaves_a_changed_sheet(self):
        self.kalon("sort", "--to", self.out)
        pictures.write(os.path.join(self.out, SHEET), b"painted over")
        rows = self.kalon("undo", "--json", code=SOME_FAILED).rows
        self.assertEqual([row["path"] for row in rows], [os.path.join(self.out, SHEET)])
        self.assertEqual(os.listdir(self.out), [SHEET])

    def test_goes_back_step_by_step(self):
        first, second = self.path("first"), self.path("second")
        self.kalon("sort", "--to", first)
        self.kalon("exclude", self.sources[0], "--reason", "blurred")
        self.kalon("sort", "--to", second)
        self.assertEqual(len(placed(second)), 4)
        self.kalon("undo")
        self.assertTrue(os.path.exists(first) and not os.path.exists(second))
        self.assertTrue(self.row("0.jpg")["excluded"])
        self.assertIn("exclude", self.kalon("undo").text)
        self.assertNotIn("excluded", self.row("0.jpg"))
        self.kalon("undo")
        self.assertFalse(os.path.exists(first))
        self.assertIn("nothing to take back", self.kalon("undo", code=FAILED).error_text)
        self.assert_healthy()

    def test_exclude(self):
        result = self.kalon("exclude", "--json", self.sources[1], self.sources[2], self.path("unknown.jpg"), code=SOME_FAILED)
        self.assertEqual((result.summary["excluded"], result.summary["missing"]), (2, 1))
        self.assertEqual([row.get("excluded", False) for row in self.list()], [False, True, True, False, False])
        self.assertNotIn("1.jpg", self.names(self.kalon("similar", "--json", self.sources[0]).rows))
        self.kalon("export", "vectors", "--to", self.path("v.npy"))
        self.assertEqual(numpy.load(self.path("v.npy")).shape[0], 3)
        self.kalon("exclude", "--include", self.sources[1])
        self.assertEqual(self.names(row for row in self.list() if row.get("excluded")), ["2.jpg"])
        self.kalon("undo")  # takes the inclusion back, then the exclusion
        self.assertEqual(self.names(row for row in self.list() if row.get("excluded")), ["1.jpg", "2.jpg"])
        self.kalon("undo")
        self.assertEqual([row for row in self.list() if row.get("excluded")], [])
        self.kalon("exclude", self.path("unknown.jpg"), code=FAILED)
        self.assert_sources_untouched()


class Vectors(Case):
    def order(self, path, *arguments):
        result = self.kalon("sort", "--vectors", path, "--seconds", "0.2", *arguments)
        self.assertEqual(len(result.objects), 1)
        self.assertFalse(os.path.exists(self.library))
        return result.objects[0]

    def test_figures_agree_with_numpy(self):
        random = numpy.random.RandomState(5)
        for kind, rows, dimension in [(numpy.float32, 400, 24), (numpy.float16, 400, 24), (numpy.float32, 30, 3),
                                      (numpy.float32, 2, 5), (numpy.float16, 1, 7), (numpy.float32, 300, 1)]:
            centres = random.normal(0, 3, (10, dimension))
            vectors = (centres[random.randint(0, 10, rows)] + random.normal(0, 0.4, (rows, dimension))).astype(kind)
            path = self.path("vectors.npy")
            numpy.save(path, vectors)
            found = self.order(path)
            self.assertLessEqual({"order", "length", "mean_step", "p99_step", "max_step"}, set(found))
            self.assertEqual(sorted(found["order"]), list(range(rows)))
            along = vectors[found["order"]].astype(float)
            steps = numpy.linalg.norm(numpy.diff(along, axis=0), axis=1)
            # Sums of float32 distances: a relative error of 1e-4 is far above rounding and far below a wrong step.
            self.assertTrue(numpy.isclose(found["length"], steps.sum(), rtol=1e-4, atol=1e-6), (found["length"], steps.sum()))
            if rows > 1:
                self.assertTrue(numpy.isclose(found["max_step"], steps.max(), rtol=1e-4))
                # The 99th percentile by any of the usual rules lies between these two order statistics.
                low, high = (numpy.percentile(steps, 99, method=method) for method in ("lower", "higher"))
                self.assertTrue(low * (1 - 1e-4) <= found["p99_step"] <= high * (1 + 1e-4), (low, found["p99_step"], high))
            if dimension == 1:  # the shortest path through points of a line is known
                self.assertTrue(numpy.isclose(found["length"], float(vectors.max()) - float(vectors.min()), rtol=1e-4))

    def test_better_than_a_greedy_walk(self):
        random = numpy.random.RandomState(6)
        vectors = random.normal(0, 1, (600, 4)).astype(numpy.float32)
        numpy.save(self.path("v.npy"), vectors)
        # Nearest neighbour from the first row, as a plain script would do it: about a quarter above the best.
        left, at, greedy = set(range(1, 600)), 0, 0.0
        while left:
            candidates = numpy.array(sorted(left))
            distances = numpy.linalg.norm(vectors[candidates] - vectors[at], axis=1)
            at = int(candidates[distances.argmin()])
            greedy += float(distances.min())
            left.remove(at)
        self.assertLess(self.order(self.path("v.npy"))["length"], 0.93 * greedy)

    def test_wrong_files(self):
        numpy.save(self.path("nan.npy"), numpy.array([[0, 1], [float("nan"), 2]], dtype=numpy.float32))
        numpy.save(self.path("text.npy"), numpy.array([["a", "b"]]))
        numpy.save(self.path("cube.npy"), numpy.zeros((2, 2, 2), dtype=numpy.float32))
        whole = io.BytesIO()
        numpy.save(whole, numpy.zeros((10, 10), dtype=numpy.float32))
        pictures.write(self.path("cut.npy"), whole.getvalue()[:-1])
        pictures.write(self.path("noise.npy"), b"\x93NUMPY\x01\0\xff\xff{")
        pictures.write(self.path("empty.npy"), b"")
        for name in ("nan", "text", "cube", "cut", "noise", "empty", "missing"):
            result = self.kalon("sort", "--vectors", self.path(name + ".npy"), code=FAILED)
            self.assertIn(name + ".npy", result.error_text)
            self.assertEqual(result.out, b"")

    def test_fortran_order_and_doubles(self):
        # So few vectors are ordered exactly, whatever the time: the answers must be the same.
        vectors = numpy.random.RandomState(7).normal(0, 1, (12, 6)).astype(numpy.float32)
        answers = []
        for name, array in [("plain", vectors), ("fortran", numpy.asfortranarray(vectors)), ("double", vectors.astype(float))]:
            numpy.save(self.path(name + ".npy"), array)
            answers.append(self.order(self.path(name + ".npy")))
        self.assertEqual(answers[1], answers[0])
        self.assertEqual(answers[2], answers[0])


class Exporting(Case):
    def setUp(self):
        super().setUp()
        names = ["plain.jpg", 'quo"ted, and comma.jpg', "new\nline.png", "ünïcode.jpg"]
        for seed, name in enumerate(names):
            pictures.save(pictures.picture(seed), os.path.join(self.pictures, name))
        pictures.write(os.path.join(self.pictures, "broken.jpg"), b"\xff\xd8\xff")
        self.index(code=SOME_FAILED)
        self.rows = self.list()

    def test_list_as_json_lines(self):
        self.kalon("export", "list", "--to", self.path("list.jsonl"))
        with open(self.path("list.jsonl")) as file:
            self.assertEqual([json.loads(line) for line in file], self.rows)

    def test_list_as_csv(self):
        result = self.kalon("export", "list", "--format", "csv", "--to", self.path("list.csv"), "--json")
        self.assertEqual(result.summary["rows"], 5)
        with open(self.path("list.csv"), newline="") as file:
            table = list(csv.DictReader(file, strict=True))
        self.assertEqual(len(table), 5)
        for cells, row in zip(table, self.rows):
            for column in ("id", "photo", "uri", "path", "format", "status"):
                self.assertEqual(cells[column], row.get(column) or "", column)
            self.assertEqual((int(cells["width"]), int(cells["height"]), int(cells["size"])),
                             (row["width"], row["height"], row["size"]))

    def test_vectors(self):
        self.kalon("export", "vectors", "--to", self.path("v.npy"))
        vectors = numpy.load(self.path("v.npy"))
        self.assertEqual(vectors.dtype, numpy.float32)
        with open(self.path("v.jsonl")) as file:
            names = [json.loads(line) for line in file]
        self.assertEqual([name["row"] for name in names], list(range(4)))
        self.assertEqual([(name["id"], name["uri"]) for name in names],
                         [(row["id"], row["uri"]) for row in self.rows if row["status"] == "ok"])
        self.assertEqual(vectors.shape[0], 4)
        self.assertTrue(numpy.allclose(numpy.linalg.norm(vectors, axis=1), 1, atol=1e-5))
        self.kalon("export", "vectors", "--precision", "float16", "--to", self.path("h.npy"))
        half = numpy.load(self.path("h.npy"))
        self.assertEqual(half.dtype, numpy.float16)
        self.assertTrue(numpy.array_equal(half, vectors.astype(numpy.float16)))
        # What was exported can be ordered.
        self.assertEqual(sorted(self.kalon("sort", "--vectors", self.path("h.npy")).objects[0]["order"]), [0, 1, 2, 3])

    def test_never_overwrites_unless_told(self):
        for kind, name in (("list", "x.jsonl"), ("vectors", "x.npy")):
            path = pictures.write(self.path(kind, name), b"mine")
            self.assertIn("exists", self.kalon("export", kind, "--to", path, code=USAGE).error_text)
            with open(path, "rb") as file:
                self.assertEqual(file.read(), b"mine")
            self.kalon("export", kind, "--overwrite", "--to", path)
            self.assertGreater(os.path.getsize(path), 100)
        self.kalon("export", "list", "--to", self.path("no", "such", "folder.jsonl"), code=FAILED)

    def test_narrowed(self):
        self.kalon("export", "list", "--where", "format = png", "--to", self.path("png.jsonl"))
        with open(self.path("png.jsonl")) as file:
            self.assertEqual([json.loads(line)["path"] for line in file], [os.path.join(self.pictures, "new\nline.png")])
