"""Orders the other ways: along a spanning tree, from a given picture, cut into sections."""
import json
import os
import shutil

import numpy
from PIL import Image

import pictures
from world import DONE, FAILED, USAGE, Case, path_of

FAMILIES, MEMBERS = 5, 6


class OfVectors(Case):
    def save(self, vectors, name="vectors.npy"):
        numpy.save(self.path(name), numpy.asarray(vectors, numpy.float32))
        return self.path(name)

    def order(self, path, *arguments):
        return self.kalon("sort", "--vectors", path, *arguments).objects[0]

    def test_the_image_sorters_case(self):
        path = self.save([[4], [0], [1], [9], [2], [7], [15]])
        found = self.order(path, "--method", "mst")
        self.assertEqual(found["order"], [0, 4, 2, 1, 5, 3, 6])
        self.assertEqual((found["method"], found["length"], found["max_step"]), ("mst", 19, 7))
        self.assertAlmostEqual(found["mean_step"], 19 / 6)
        self.assertEqual(self.order(path)["length"], 15)
        self.assertEqual(self.order(path, "--start", "4")["order"], [4, 2, 1, 0, 5, 3, 6])

    def test_figures_and_sections_are_those_of_numpy(self):
        random = numpy.random.RandomState(1)
        centres = random.normal(size=(12, 20))
        vectors = numpy.repeat(centres, 15, axis=0) + 0.02 * random.normal(size=(180, 20))
        path = self.save(vectors[random.permutation(180)])
        values = numpy.load(path).astype(float)
        for method in ("search", "mst"):
            found = self.order(path, "--method", method)
            self.assertEqual(sorted(found["order"]), list(range(180)))
            steps = numpy.linalg.norm(numpy.diff(values[found["order"]], axis=0), axis=1)
            for name, value in (("length", steps.sum()), ("mean_step", steps.mean()), ("max_step", steps.max())):
                self.assertAlmostEqual(found[name], value, places=6)
            # Twelve tight clusters: the eleven steps between them stand out.
            cuts = sorted(int(i) + 1 for i in numpy.argsort(-steps)[:11])
            self.assertEqual(found["section_begins"], [0] + cuts)
            self.assertEqual(found["sections"], 12)
        self.assertEqual(len(self.order(path, "--sections", "5")["section_begins"]), 5)
        plain = self.order(path, "--sections", "none")
        self.assertFalse({"sections", "section_begins"} & set(plain))

    def test_few_vectors_and_a_start(self):
        for rows in (1, 2, 3):
            path = self.save(numpy.random.RandomState(rows).normal(size=(rows, 4)), f"{rows}.npy")
            for method in ("search", "mst"):
                self.assertEqual(sorted(self.order(path, "--method", method)["order"]), list(range(rows)))
                for start in range(rows):
                    found = self.order(path, "--method", method, "--start", str(start))["order"]
                    self.assertEqual((found[0], sorted(found)), (start, list(range(rows))))
            result = self.kalon("sort", "--vectors", path, "--start", str(rows), code=USAGE)
            self.assertIn(f"row {rows}", result.error_text)

    def test_no_rows_are_refused_and_zeros_are_a_place(self):
        path = self.save(numpy.zeros((0, 4)), "none.npy")
        for method in ("search", "mst"):
            self.assertIn("none.npy: holds no vectors", self.kalon("sort", "--vectors", path, "--method", method, code=USAGE).error_text)
            # Distances are Euclidean, in which zero lies between -1 and 2.
            found = self.order(self.save([[5, 0], [0, 0], [-1, 0], [2, 0]]), "--method", method)
            self.assertIn(found["order"], ([0, 3, 1, 2], [2, 1, 3, 0]))
            self.assertEqual(found["length"], 6)

    def test_the_same_order_again_and_with_any_number_of_threads(self):
        path = self.save(numpy.random.RandomState(2).normal(size=(300, 12)))
        first = self.order(path)
        self.assertEqual(self.order(path), first)
        self.assertEqual(self.order(path, "--threads", "1"), first)
        self.assertEqual(self.order(path, "--threads", "5"), first)

    def test_words_that_do_not_go_together(self):
        path = self.save([[1, 2], [3, 4]])
        for arguments, hint in ((["--method", "mst", "--seed", "3"], "--seed"),
                                (["--method", "mst", "--seconds", "3"], "--seconds"),
                                (["--method", "tree"], "--method"), (["--start", "a.jpg"], "number of a row"),
                                (["--start", "-1"], "--start"), (["--sections", "0"], "--sections"),
                                (["--sections", "many"], "--sections"), (["--sections", "3.5"], "--sections")):
            self.assertIn(hint, self.kalon("sort", "--vectors", path, *arguments, code=USAGE).error_text, arguments)
        for arguments in (["--method", "mst"], ["--start", "x"], ["--sections", "3"], ["--seconds", "1"], ["--seed", "1"]):
            result = self.kalon("sort", "--by", "name", "--to", self.path("out"), *arguments, code=USAGE)
            self.assertIn("--by name", result.error_text, arguments)


class OfPictures(Case):
    def setUp(self):
        super().setUp()
        self.family = {}
        for family in range(FAMILIES):
            for member in range(MEMBERS):
                name = f"{member}_{family}.jpg"
                pictures.save(pictures.family_member(family, member), os.path.join(self.pictures, name), quality=92)
                self.family[name] = family
        self.index()
        self.out = self.path("out")

    def sort(self, *arguments, code=DONE):
        return self.kalon("sort", "--json", "--to", self.out, *arguments, code=code)

    def test_sections_are_families(self):
        for method in ("search", "mst"):
            result = self.sort("--method", method, "--dry-run")
            self.assertEqual((result.summary["method"], result.summary["sections"]), (method, FAMILIES))
            sections = [row["section"] for row in result.rows]
            self.assertEqual(sections, sorted(sections))
            families = {}
            for name, section in zip(self.names(result.rows), sections):
                families.setdefault(section, set()).add(self.family[name])
            self.assertEqual(sorted(families), list(range(1, FAMILIES + 1)))
            self.assertTrue(all(len(found) == 1 for found in families.values()), families)
        self.assertNotIn("section", self.sort("--sections", "none", "--dry-run").rows[0])
        self.assertEqual(self.sort("--sections", "2", "--dry-run").rows[-1]["section"], 2)

    def test_the_length_is_that_of_the_vectors(self):
        self.kalon("export", "vectors", "--to", self.path("v.npy"))
        values = numpy.load(self.path("v.npy")).astype(float)
        with open(self.path("v.jsonl")) as file:
            row_of = {json.loads(line)["uri"]: i for i, line in enumerate(file)}
        result = self.sort("--method", "mst", "--dry-run")
        steps = numpy.diff(values[[row_of[row["uri"]] for row in result.rows]], axis=0)
        self.assertAlmostEqual(result.summary["length"], numpy.linalg.norm(steps, axis=1).sum(), places=5)

    def test_a_start(self):
        start = os.path.join(self.pictures, "3_2.jpg")
        for method in ("search", "mst"):
            rows = self.sort("--method", method, "--start", start, "--dry-run").rows
            self.assertEqual(os.fsdecode(path_of(rows[0])), start)
            self.assertEqual(len(rows), FAMILIES * MEMBERS)
            # Its family comes with it.
            self.assertEqual({self.family[name] for name in self.names(rows[:MEMBERS])}, {2})
        relative = self.kalon("sort", "--json", "--to", self.out, "--start", "3_2.jpg", "--dry-run", cwd=self.pictures)
        self.assertEqual(os.fsdecode(path_of(relative.rows[0])), start)
        # An exact copy elsewhere is the same picture.
        copy = os.path.join(self.pictures, "below", "copy.jpg")
        os.makedirs(os.path.dirname(copy))
        shutil.copy(start, copy)
        self.index()
        rows = self.sort("--start", copy, "--dry-run").rows
        self.assertEqual(rows[0]["id"], self.row("below/copy.jpg")["id"])
        self.assertEqual(len(rows), FAMILIES * MEMBERS)

    def test_a_start_that_cannot_be(self):
        start = os.path.join(self.pictures, "0_0.jpg")
        unknown = pictures.save(pictures.picture(1), self.path("elsewhere", "new.jpg"))
        for arguments, hint in ((["--start", unknown], "not in the library"),
                                (["--start", self.path("nothing.jpg")], "no such file"),
                                (["--start", start, "--where", "name != 0_0.jpg"], "not among the pictures"),
                                (["--start", start, "--model", "nonsense"], "nonsense")):
            result = self.sort(*arguments, code=FAILED)
            self.assertIn(hint, result.error_text, arguments)
            self.assertFalse(os.path.exists(self.out))
        self.kalon("exclude", start)
        self.assertIn("excluded", self.sort("--start", start, code=FAILED).error_text)
        os.remove(start)
        self.index()
        self.assertIn("gone", self.sort("--start", start, code=FAILED).error_text)

    def test_the_sheet_has_room_for_sections(self):
        sizes = {}
        for sections in ("auto", "none"):
            out = self.path("sheet " + sections)
            summary = self.kalon("sort", "--json", "--sections", sections, "--to", out).summary
            self.assertTrue(summary["sheet_path"].endswith("/contact-sheet.png"))
            with Image.open(summary["sheet_path"]) as sheet:
                sizes[sections] = sheet.size
                pixels = numpy.asarray(sheet.convert("L"), int)
            # Lines of one quiet grey, at least as long as a family's pictures.
            ground = pixels[0, 0]
            lines = sum(1 for row in pixels if numpy.count_nonzero((row > ground + 30) & (row < ground + 80)) > 500
                        and not (row > ground + 160).any())
            self.assertEqual(lines > 0, sections == "auto", lines)
        self.assertNotEqual(sizes["auto"], sizes["none"])
