"""Pictures in a grid, each beside its like: rows, and the sheet as Pillow reads it."""
import os
import shutil

import numpy
from PIL import Image

import pictures
from world import FAILED, USAGE, Case, path_from_uri

MODEL = ("--model", "descriptor")  # the one that every installation has
GROUND = (22, 23, 26)


class Grid(Case):
    def index(self, *arguments, **options):
        return super().index(*(arguments or [self.pictures]), *MODEL, **options)

    def grid(self, *arguments, **options):
        return self.kalon("grid", "--json", *MODEL, *arguments, **options)

    def make_colours(self, count, size=(48, 48)):
        """Pictures of one colour each, from seeds; the colours by name."""
        colours = {}
        for number, colour in enumerate(numpy.random.default_rng(4).integers(0, 256, (count, 3))):
            name = f"{number:03d}.png"
            colours[name] = tuple(int(value) for value in colour)
            Image.new("RGB", size, colours[name]).save(os.path.join(self.pictures, name))
        self.index()
        return colours

    def sheet(self, path, cell):
        """The middle of each cell, row by row."""
        with Image.open(path) as opened:
            picture = opened.convert("RGB")
        across, down = picture.width // cell, picture.height // cell
        self.assertEqual(picture.size, (across * cell, down * cell))
        return numpy.array([[picture.getpixel((x * cell + cell // 2, y * cell + cell // 2)) for x in range(across)] for y in range(down)])

    def assert_each_once(self, rows, summary, count):
        columns = summary["columns"]
        self.assertEqual([(row["row"], row["column"]) for row in rows], [(i // columns, i % columns) for i in range(count)])
        self.assertEqual(len({row["id"] for row in rows}), count)
        self.assertEqual((summary["pictures"], summary["rows"]), (count, -(-count // columns)))

    # ---- what it makes

    def test_colours_lie_beside_their_like(self):
        colours = self.make_colours(120)
        to = self.path("sheet.png")
        result = self.grid("--to", to, "--cell", "20")
        rows, summary = result.rows, result.summary
        self.assert_each_once(rows, summary, 120)
        self.assertEqual((os.fsencode(to), summary["cell"], summary["without_vector"]), (path_from_uri(summary["uri"]), 20, 0))
        found = self.sheet(to, 20)
        self.assertEqual((found.shape[1], found.shape[0]), (summary["columns"], summary["rows"]))
        # The sheet shows what the rows tell. Thumbnails are JPEGs: a colour comes back within a few steps.
        for row, name in zip(rows, self.names(rows)):
            difference = numpy.abs(found[row["row"], row["column"]] - numpy.array(colours[name])).max()
            self.assertLessEqual(difference, 6, name)
        # Neighbours on it are far nearer to each other than any two pictures are.
        held = found.astype(float)
        beside = numpy.concatenate([numpy.linalg.norm(numpy.diff(held, axis=axis), axis=2).ravel() for axis in (0, 1)])
        flat = held.reshape(-1, 3)
        every = numpy.linalg.norm(flat[:, None] - flat[None, :], axis=2)
        self.assertLess(beside.mean(), 0.6 * every.mean())

    def test_empty_cells_are_the_last_and_show_the_ground(self):
        self.make_colours(11)
        result = self.grid("--columns", "4", "--to", self.path("sheet.png"), "--cell", "30")
        self.assert_each_once(result.rows, result.summary, 11)
        found = self.sheet(self.path("sheet.png"), 30)
        self.assertEqual(found.shape[:2], (3, 4))
        self.assertEqual(tuple(found[2, 3]), GROUND)
        self.assertNotIn(GROUND, [tuple(colour) for colour in found.reshape(-1, 3)[:11]])

    def test_pictures_are_cut_to_their_middle(self):
        # Red, green and blue thirds: the middle square of a picture three times as wide is green alone.
        wide = Image.new("RGB", (300, 100), (0, 200, 0))
        wide.paste((200, 0, 0), (0, 0, 100, 100))
        wide.paste((0, 0, 200), (200, 0, 300, 100))
        pictures.save(wide, os.path.join(self.pictures, "wide.png"))
        pictures.save(wide.rotate(90, expand=True), os.path.join(self.pictures, "high.png"))
        self.index()
        self.grid("--to", self.path("sheet.png"), "--cell", "64", "--columns", "2")
        with Image.open(self.path("sheet.png")) as opened:
            sheet = numpy.array(opened.convert("RGB")).astype(int)
        self.assertEqual(sheet.shape, (64, 128, 3))
        # Away from where the colours meet: the thumbnail is smaller than the picture and compressed.
        for left in (0, 64):
            middle = sheet[6:58, left + 6:left + 58]
            self.assertLess(numpy.abs(middle - (0, 200, 0)).max(), 24)

    def test_the_same_again_with_any_number_of_threads(self):
        self.make_colours(60)
        first = self.grid("--to", self.path("1.png"))
        again = self.grid("--to", self.path("2.png"), "--threads", "1")
        self.assertEqual(first.rows, again.rows)
        with open(self.path("1.png"), "rb") as one, open(self.path("2.png"), "rb") as two:
            self.assertEqual(one.read(), two.read())
        other = self.grid("--seed", "5")
        self.assertEqual({row["id"] for row in other.rows}, {row["id"] for row in first.rows})

    def test_a_jpeg_by_its_name_and_a_large_sheet_as_one(self):
        self.make_colours(12)
        self.grid("--to", self.path("small.JPG"), "--cell", "40", "--columns", "4")
        large = self.grid("--to", self.path("large.png"), "--cell", "1500", "--columns", "4").summary
        self.assertEqual((large["path"], os.path.exists(self.path("large.png"))), (self.path("large.jpg"), False))
        for name, size in (("small.JPG", (160, 120)), ("large.jpg", (6000, 4500))):
            with Image.open(self.path(name)) as opened:
                self.assertEqual((opened.format, opened.size), ("JPEG", size))
        # The name that it would get is somebody's already.
        before = os.stat(self.path("large.jpg")).st_mtime_ns
        result = self.grid("--to", self.path("large.png"), "--cell", "1500", "--columns", "4", code=USAGE)
        self.assertIn("large.jpg: exists already", result.error_text)
        self.assertEqual(os.stat(self.path("large.jpg")).st_mtime_ns, before)

    def test_for_people(self):
        self.make_colours(6)
        told = self.kalon("grid", *MODEL, "--columns", "3").text.splitlines()
        self.assertEqual([line.split()[0] for line in told[:6]], ["0,0", "1,0", "2,0", "0,1", "1,1", "2,1"])
        self.assertEqual(told[6], "6 pictures in 3 columns and 2 rows")
        told = self.kalon("grid", *MODEL, "--to", "sheet.png").text
        self.assertIn("Sheet: " + self.path("sheet.png"), told)
        self.assertNotIn("0,0", told)

    # ---- which pictures

    def test_chosen_and_excluded_pictures(self):
        self.make_colours(8)
        self.kalon("exclude", os.path.join(self.pictures, "003.png"))
        self.assertNotIn("003.png", self.names(self.grid().rows))
        self.assertEqual(self.names(self.grid("--where", "name = 005.png").rows), ["005.png"])
        self.assertEqual(len(self.grid(os.path.join(self.pictures, "001.png"), os.path.join(self.pictures, "002.png")).rows), 2)

    def test_a_picture_that_is_gone_from_disk_still_has_its_thumbnail(self):
        colours = self.make_colours(4)
        os.remove(os.path.join(self.pictures, "002.png"))
        self.grid("--to", self.path("sheet.png"), "--cell", "32")
        found = self.sheet(self.path("sheet.png"), 32).reshape(-1, 3)
        self.assertLessEqual(numpy.abs(found - numpy.array(colours["002.png"])).max(axis=1).min(), 6)

    def test_without_thumbnails_and_files_the_cell_stays_empty_and_is_told(self):
        self.make_colours(4)
        shutil.rmtree(os.path.join(self.library, "cache"))
        os.remove(os.path.join(self.pictures, "001.png"))
        result = self.grid("--to", self.path("sheet.png"), "--cell", "32")
        self.assertEqual((result.summary["pictures"], result.summary["without_thumbnail"]), (4, 1))
        self.assertIn("1 picture has no thumbnail", self.kalon("grid", *MODEL, "--to", self.path("again.png")).text)

    # ---- what is wrong

    def test_one_picture_and_none(self):
        self.make_colours(1)
        result = self.grid("--to", self.path("one.png"))
        self.assert_each_once(result.rows, result.summary, 1)
        with Image.open(self.path("one.png")) as opened:
            self.assertEqual(opened.size, (320, 320))
        none = self.grid("--to", self.path("none.png"), "--where", "name = nothing", code=FAILED)
        self.assertIn("no picture is left to arrange", none.error_text)
        self.assertFalse(os.path.exists(self.path("none.png")))

    def test_names_that_cannot_be_written(self):
        self.make_colours(2)
        with open(self.path("there.png"), "w") as file:
            file.write("mine")
        self.assertIn("there.png: exists already", self.grid("--to", self.path("there.png"), code=USAGE).error_text)
        with open(self.path("there.png")) as file:
            self.assertEqual(file.read(), "mine")
        self.grid("--to", self.path("there.png"), "--overwrite")
        with Image.open(self.path("there.png")) as opened:
            self.assertEqual(opened.format, "PNG")
        self.assertIn("no folder of this name", self.grid("--to", self.path("no", "a.png"), code=FAILED).error_text)
        self.assertIn("ends in .png or .jpg", self.grid("--to", self.path("a.gif"), code=USAGE).error_text)
        self.assertIn("is a folder", self.grid("--to", self.folder("a.png"), "--overwrite", code=USAGE).error_text)
        locked = self.folder("locked")
        os.chmod(locked, 0o555)
        self.assertIn("a.png", self.grid("--to", os.path.join(locked, "a.png"), code=FAILED).error_text)
        self.assertEqual(os.listdir(locked), [])

    def test_wrong_words(self):
        self.make_colours(3)
        for words in (["--columns", "0"], ["--columns", "x"], ["--cell", "0", "--to", "a.png"], ["--seed", "-1"], ["--cell", "9"], ["--overwrite"]):
            self.grid(*words, code=USAGE)
        large = self.grid("--to", self.path("a.png"), "--cell", "9000", "--columns", "3", code=FAILED)
        self.assertIn("cells of 5461 pixels fit", large.error_text)
        self.assertFalse(os.path.exists(self.path("a.png")))
