"""Vectors, scores and attributes that other programs made, as a user takes them in. The orders and neighbours expected are
those of the vectors before they left; numbers are NumPy's."""
import csv
import json
import os
import shutil

import numpy

import pictures
from world import DONE, FAILED, SOME_FAILED, USAGE, SOURCE, Case, path_of

GOLDEN = os.path.join(SOURCE, "tests/golden/exchange")
COUNT = 12


class Imports(Case):
    """A library of twelve pictures, picture00.png to picture11.png."""

    def setUp(self):
        super().setUp()
        for i in range(COUNT):
            pictures.save(pictures.family_member(i % 4, i), self.name(i))
        self.index()
        self.id_of = {os.path.basename(row["path"]): row["id"] for row in self.list()}

    def name(self, i):
        return os.path.join(self.pictures, f"picture{i:02}.png")

    def write(self, name, text):
        return pictures.write(self.path(name), text if isinstance(text, bytes) else text.encode())

    def npy(self, name, values):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        numpy.save(self.path(name), values)
        return self.path(name)

    def ids(self, count=COUNT, name="ids.txt"):
        return self.write(name, "".join(self.name(i) + "\n" for i in range(count)))

    def take_in(self, kind, *arguments, code=DONE):
        result = self.kalon(kind, "import", "--json", *arguments, code=code)
        return (result.objects[:-1], result.summary) if code in (DONE, SOME_FAILED) else result

    def refused(self, kind, *arguments, code):
        return self.kalon(kind, "import", *arguments, code=code).error_text

    def sorted_names(self, *arguments):
        rows = self.kalon("sort", "--json", "--dry-run", "--to", self.path("out"), *arguments).objects
        return [row["path"] for row in rows if "position" in row]

    def attributes(self, i):
        return self.row(f"picture{i:02}.png").get("attributes", {})

    def where(self, expression):
        return sorted(os.path.basename(row["path"]) for row in self.list("--where", expression))


class Vectors(Imports):
    def test_exported_vectors_come_back_under_another_name_and_give_the_same_order_and_neighbours(self):
        self.kalon("export", "vectors", "--to", self.path("out.npy"))
        rows, summary = self.take_in("vectors", self.path("out.npy"), "--model", "mine")
        self.assertEqual(rows, [])
        dimension = numpy.load(self.path("out.npy")).shape[1]
        self.assertEqual([summary[name] for name in ("rows", "imported", "not_found", "failed", "dimension", "model", "metric")],
                         [COUNT, COUNT, 0, 0, dimension, "mine", "cosine"])
        self.assertEqual(self.sorted_names("--model", "mine"), self.sorted_names())
        nearest = lambda *more: [row["id"] for row in self.kalon("similar", "--json", self.name(3), "-k", "5", *more).rows]
        self.assertEqual(nearest("--model", "mine"), nearest())
        for command in (("groups",), ("duplicates", "--level", ".5", "--hash", "8", "--distance", "24"), ("outliers", "--method", "knn", "--neighbours", "3")):
            rows = [self.kalon(*command, "--json", *more).objects[:-1] for more in (("--model", "mine"), ())]
            self.assertTrue(rows[0], command)
            self.assertEqual(*rows)
        self.kalon("export", "vectors", "--model", "mine", "--to", self.path("again.npy"))
        before, after = numpy.load(self.path("out.npy")), numpy.load(self.path("again.npy"))
        self.assertTrue((after == before).all())
        info = self.kalon("info", "--json", self.name(0)).rows[0]
        self.assertIn("mine", [space["model"] for space in info["vectors"]])
        self.assert_healthy()

    def test_the_same_file_again_changes_nothing_and_a_dry_run_neither(self):
        array = self.npy("v.npy", numpy.random.RandomState(1).standard_normal((COUNT, 7)))
        ids = self.ids()
        dry = self.take_in("vectors", array, "--ids", ids, "--dry-run")[1]
        self.assertTrue(dry["dry_run"])
        self.assertEqual(dry["imported"], COUNT)
        self.assertNotIn("v", self.spaces())
        first = self.take_in("vectors", array, "--ids", ids)[1]
        before = self.kalon("export", "vectors", "--model", "v", "--to", self.path("1.npy")) and numpy.load(self.path("1.npy"))
        self.assertEqual(self.take_in("vectors", array, "--ids", ids)[1], first)
        self.kalon("export", "vectors", "--model", "v", "--to", self.path("2.npy"))
        self.assertTrue((numpy.load(self.path("2.npy")) == before).all())
        self.assertEqual(self.spaces().count("v"), 1)

    def spaces(self):
        return [space["model"] for space in self.kalon("info", "--json", self.name(0)).rows[0]["vectors"]]

    def test_rows_come_out_as_numpy_normalises_them_whatever_type_order_and_list(self):
        values = numpy.random.RandomState(2).standard_normal((COUNT, 33)).astype("<f2").astype(float)
        wanted = (values / numpy.linalg.norm(values, axis=1, keepdims=True)).astype("<f4")
        named = [f"picture{i:02}.png" for i in range(COUNT)]
        lists = {
            "plain.txt": "".join(name + "\n" for name in named),
            "hex.txt": "".join(self.id_of[name] + "\n" for name in named),
            "uri.jsonl": "".join(json.dumps({"n": i, "uri": "file://" + self.name(i)}) + "\n" for i in range(COUNT)),
            "table.csv": "score,filename\r\n" + "".join(f"{i},{name}\r\n" for i, name in enumerate(named)),
            "own.csv": "\ufeffwhich;x\n" + "".join(f'"{name}";1\n' for name in named),
        }
        for i, (name, text) in enumerate(lists.items()):
            with self.subTest(name):
                array = numpy.asarray(values, dtype=["<f2", "<f4", "<f8"][i % 3], order="CF"[i % 2])
                more = ["--id-column", "which"] if name == "own.csv" else []
                _, summary = self.take_in("vectors", self.npy(f"a{i}.npy", array), "--ids", self.write(name, text),
                                          "--base", self.pictures, *more)
                self.assertEqual(summary["imported"], COUNT)
                self.kalon("export", "vectors", "--model", f"a{i}", "--to", self.path(f"e{i}.npy"))
                numpy.testing.assert_allclose(numpy.load(self.path(f"e{i}.npy")), wanted, rtol=2e-6, atol=1e-7)
        array = self.npy("plain.npy", values)
        self.take_in("vectors", array, "--ids", self.ids(), "--metric", "euclidean")
        self.kalon("export", "vectors", "--model", "plain", "--to", self.path("p.npy"))
        self.assertTrue((numpy.load(self.path("p.npy")) == values.astype("<f4")).all())

    def test_a_folder_of_clip_retrieval_with_its_captions(self):
        random = numpy.random.RandomState(3)
        vectors = random.standard_normal((COUNT, 16)).astype("<f2")
        folder = self.folder("embeddings")
        self.npy("embeddings/img_emb/img_emb_0.npy", vectors[:7])
        self.npy("embeddings/img_emb/img_emb_1.npy", vectors[7:])
        for part in (0, 1):
            os.makedirs(os.path.join(folder, "metadata"), exist_ok=True)
            shutil.copy(os.path.join(GOLDEN, f"metadata_{part}.parquet"), os.path.join(folder, "metadata"))
        _, summary = self.take_in("vectors", folder, "--base", self.pictures, "--attributes")
        self.assertEqual((summary["imported"], summary["parts"], summary["model"], summary["with_attributes"]),
                         (COUNT, 2, "embeddings", COUNT))
        self.kalon("export", "vectors", "--model", "embeddings", "--to", self.path("e.npy"))
        wide = vectors.astype(float)
        numpy.testing.assert_allclose(numpy.load(self.path("e.npy")), wide / numpy.linalg.norm(wide, axis=1, keepdims=True),
                                      rtol=2e-6, atol=1e-7)
        # As tests/golden/exchange/make.py wrote them.
        self.assertEqual(self.attributes(5), {"caption": "picture number 5, été", "NSFW": "UNLIKELY", "similarity": "0.3125"})
        self.assertEqual(self.attributes(3), {"NSFW": "UNLIKELY", "similarity": "0.1875"})
        # The parts flat in one folder, with tables of another kind; and one part alone.
        flat = self.folder("flat")
        self.npy("flat/img_emb_00.npy", vectors[:7])
        self.npy("flat/img_emb_01.npy", vectors[7:])
        for part, names in ((0, range(7)), (1, range(7, COUNT))):
            self.write(f"flat/metadata_{part:02}.csv", "image_path\n" + "".join(self.name(i) + "\n" for i in names))
        self.assertEqual(self.take_in("vectors", flat)[1]["imported"], COUNT)
        self.assertEqual(self.take_in("vectors", os.path.join(flat, "img_emb_01.npy"), "--model", "one")[1]["imported"], 5)
        os.remove(os.path.join(flat, "metadata_01.csv"))
        self.assertIn("metadata_01", self.refused("vectors", flat, code=FAILED))

    def test_what_the_library_does_not_know_is_told_and_the_rest_is_taken_in(self):
        values = numpy.random.RandomState(4).standard_normal((COUNT + 4, 5)).astype("<f4")
        values[2] = 0
        values[4, 3] = numpy.nan
        names = [self.name(i) for i in range(COUNT)] + ["/nowhere/else.png", "0" * 32, "http://x.org/a.png", self.name(0)]
        array, ids = self.npy("v.npy", values), self.write("ids.txt", "\n".join(names))
        rows, summary = self.take_in("vectors", array, "--ids", ids, code=SOME_FAILED)
        self.assertEqual([(row["line"], row["name"], row["status"]) for row in rows],
                         [(3, names[2], "corrupt_data"), (5, names[4], "corrupt_data"),
                          *((i + 1, names[i], "not_found") for i in (12, 13, 14))])
        self.assertIn("row 2 (counted from 0) of v.npy is all zeros", rows[0]["message"])
        self.assertIn("row 4 (counted from 0) of v.npy holds a value that is not finite", rows[1]["message"])
        self.assertEqual((summary["imported"], summary["not_found"], summary["failed"], summary["listed"]), (11, 3, 2, 5))
        self.kalon("export", "vectors", "--model", "v", "--to", self.path("e.npy"))
        exported = numpy.load(self.path("e.npy"))
        self.assertEqual(exported.shape, (10, 5))
        # The last of two rows for one picture counts.
        numpy.testing.assert_allclose(exported[0], values[-1] / numpy.linalg.norm(values[-1]), rtol=2e-6)
        text = self.kalon("vectors", "import", array, "--ids", ids, "--failures", "1", code=SOME_FAILED)
        self.assertEqual(text.text, "11 of 16 vectors of 5 values imported as v; 3 are not in the library; 2 failed\n"
                                    "4 more of them are not listed above; --failures 5 lists them all.\n")
        self.assertEqual(text.error_text.count("failed: "), 1)
        self.assertIn("failed: ids.txt, line 3: " + names[2], text.error_text)

    def test_the_name_of_vectors_that_are_there_is_not_taken_silently(self):
        random = numpy.random.RandomState(5)
        first, second = random.standard_normal((6, 4)), random.standard_normal((6, 4))
        a = self.npy("a.npy", first), "--ids", self.ids(6, "a.txt"), "--model", "mine"
        b = (self.npy("b.npy", second), "--ids", self.write("b.txt", "".join(self.name(i) + "\n" for i in range(6, 12))),
             "--model", "mine")
        self.take_in("vectors", *a)
        refused = self.refused("vectors", *b, code=USAGE)
        self.assertIn("mine", refused)
        self.assertIn("--add", refused)
        self.assertEqual(len(self.sorted_names("--model", "mine")), 6)
        self.take_in("vectors", *b, "--add")
        self.assertEqual(len(self.sorted_names("--model", "mine")), 12)
        self.take_in("vectors", *b, "--replace")
        self.assertEqual(sorted(self.sorted_names("--model", "mine")), [self.name(i) for i in range(6, 12)])
        self.assertIn("another name", self.refused("vectors", *a, code=USAGE))
        wide = self.npy("wide.npy", random.standard_normal((6, 9)))
        self.assertIn("9", self.refused("vectors", wide, *a[1:], "--add", code=USAGE))
        self.assertIn("model", self.refused("vectors", *a[:3], "--model", "descriptor", code=USAGE))
        # The same weights make one space of two files.
        self.take_in("vectors", *a[:3], "--model", "two", "--weights", "w")
        self.take_in("vectors", *b[:3], "--model", "two", "--weights", "w")
        self.assertEqual(len(self.sorted_names("--model", "two")), 12)
        self.kalon("vectors", "import", *a, "--add", "--replace", code=USAGE)

    def test_arrays_and_lists_that_do_not_fit_say_why(self):
        good = numpy.zeros((3, 2), "<f4") + 1
        ids = self.ids(3)

        def message(array, *arguments, code=FAILED):
            self.assertEqual(self.spaces(), before)
            return self.refused("vectors", array, *(arguments or ("--ids", ids)), code=code)

        before = self.spaces()
        self.assertIn("has 1 row, but ids.txt names 3", message(self.npy("g.npy", good[:1])))
        self.assertIn("has 3 rows, but four.txt names 4", message(self.npy("g.npy", good), "--ids", self.ids(4, "four.txt")))
        self.assertIn("--ids", message(self.npy("g.npy", good), "--model", "x", code=USAGE))
        self.assertIn("'|O'", message(self.npy("object.npy", numpy.array([[None, 1]] * 3))))
        self.assertIn("several fields", message(self.npy("record.npy", numpy.zeros(3, [("a", "<f4")]))))
        self.assertIn("'>f4'", message(self.npy("big.npy", good.astype(">f4"))))
        self.assertIn("shape (3,)", message(self.npy("line.npy", good[:, 0])))
        self.assertIn("no rows", message(self.npy("none.npy", good[:0]), "--ids", self.write("none.txt", "")))

        def header(shape, order="False"):
            text = f"{{'descr': '<f4', 'fortran_order': {order}, 'shape': {shape}}}".ljust(117) + "\n"
            return self.write("h.npy", b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode() + bytes(24))

        self.assertIn("cut short", message(header("(1000000000, 512)")))
        self.assertIn("no file can hold", message(header("(9000000000000000000, 9000000000000000000)")))
        self.assertIn("cannot be understood", message(header("(3, 2", "Maybe")))
        self.assertIn("none of its 3 pictures", message(self.npy("g.npy", good), "--ids", self.write("x.txt", "a\nb\nc\n")))
        self.assertIn("no column is named", message(self.npy("g.npy", good), "--ids", self.write("x.csv", "a,b\n1,2\n3,4\n5,6\n"), code=USAGE))
        self.assertIn("there is no such column", message(self.npy("g.npy", good), "--ids", self.path("x.csv"), "--id-column", "c", code=USAGE))
        self.assertIn("No such file", message(self.path("missing.npy")))
        self.assertIn("img_emb_0.npy", message(self.pictures, "--model", "x"))
        fortran = self.npy("fortran.npy", numpy.asfortranarray(numpy.arange(6, dtype="<f8").reshape(3, 2) + 1))
        self.assertEqual(self.take_in("vectors", fortran, "--ids", ids)[1]["imported"], 3)


class Scores(Imports):
    def test_scores_from_every_kind_of_table_can_be_asked_for(self):
        scores = {self.name(i): i * 0.75 for i in range(COUNT)}
        with open(self.path("s.csv"), "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerows([["path", "score", "other"], *([path, score, "x"] for path, score in scores.items())])
        self.write("s.jsonl", "".join(json.dumps({"path": path, "aesthetic": score}) + "\n" for path, score in scores.items()))
        for name in ("s.csv", "s.jsonl"):
            with self.subTest(name):
                column = name.replace(".", "-")
                rows, summary = self.take_in("scores", self.path(name), "--name", column, "--direction", "up",
                                             *(["--score-column", "aesthetic"] if name == "s.jsonl" else []))
                self.assertEqual(rows, [])
                self.assertEqual(summary["columns"], [{"name": column, "scores": COUNT, "direction": "up"}])
                self.assertEqual(self.where(f"{column} > 5"), [os.path.basename(p) for p, s in scores.items() if s > 5])
        shutil.copy(os.path.join(GOLDEN, "metadata_0.parquet"), self.path("s.parquet"))
        out = self.kalon("scores", "import", self.path("s.parquet"), "--name", "similarity", "--base", self.pictures).text
        self.assertEqual(out, "7 similarity imported from 7 rows\n")
        self.assertEqual(self.where("similarity >= 0.25"), ["picture04.png", "picture05.png", "picture06.png"])
        self.assertEqual(self.take_in("scores", self.path("s.csv"), "--name", "s-csv", "--score-column", "score")[1]["columns"],
                         [{"name": "s-csv", "scores": COUNT, "direction": "up"}])  # as it was said before
        self.assert_healthy()

    def test_wide_tables_and_rows_without_a_number(self):
        self.write("w.csv", "id;sharp;noise\n" + f"{self.id_of['picture00.png']};1.5;0\n"
                   f"{self.id_of['picture01.png']};;NaN\n{self.id_of['picture02.png']}; -2e1 ;nan\n"
                   f"{self.id_of['picture03.png']};high;3\n{self.id_of['picture04.png']};inf;1e999\n{'f' * 32};1;1\nshort\n")
        rows, summary = self.take_in("scores", self.path("w.csv"), "--score-column", "sharp,noise", code=SOME_FAILED)
        self.assertEqual([(row["line"], row["status"]) for row in rows],
                         [(5, "invalid_argument"), (6, "invalid_argument"), (7, "not_found"), (8, "corrupt_data")])
        self.assertIn("sharp: 'high' is no number", rows[0]["message"])
        self.assertIn("sharp: 'inf' is not finite", rows[1]["message"])
        self.assertIn("noise: '1e999' is not finite", rows[1]["message"])
        self.assertEqual([(column["name"], column["scores"]) for column in summary["columns"]], [("sharp", 2), ("noise", 2)])
        self.assertEqual((summary["rows"], summary["imported"], summary["without_score"]), (7, 2, 1))
        self.assertEqual(self.where("sharp is known"), ["picture00.png", "picture02.png"])
        self.assertEqual(self.where("sharp = -20"), ["picture02.png"])
        self.assertEqual(self.where("noise >= 0"), ["picture00.png", "picture03.png"])
        # Again, with another number for one picture: the others stay.
        self.write("v.csv", f"id,sharp\n{self.id_of['picture00.png']},9\n")
        self.take_in("scores", self.path("v.csv"), "--name", "sharp")
        self.assertEqual(self.where("sharp = 9 or sharp = -20"), ["picture00.png", "picture02.png"])

    def test_what_cannot_be_is_refused_with_the_reason(self):
        table = self.write("t.csv", "path,a,b\n" + self.name(0) + ",1,2\n")
        def message(*arguments, code=USAGE):
            return self.refused("scores", *arguments, code=code)

        self.assertIn("path, a, b", message(table, "--name", "c"))
        self.assertIn("no such column", message(table, "--name", "c", "--score-column", "d"))
        self.assertIn("every picture has", message(table, "--name", "width", "--score-column", "a"))
        self.assertIn("as many columns", message(table, "--name", "c,d", "--score-column", "a"))
        self.assertIn("two words", message(table, "--name", "two words", "--score-column", "a"))
        self.assertIn("its one row could not be imported", message(table, "--name", "c", "--score-column", "path", code=FAILED))
        self.assertIn("no table by its name", message(self.write("t.txt", "x"), "--name", "c", code=FAILED))
        lines = self.write("t.jsonl", json.dumps({"path": self.name(0)}) + "\n")
        self.assertIn("no row has the column z", message(lines, "--score-column", "z"))
        self.kalon("scores", "import", table, code=USAGE)
        self.kalon("scores", "import", table, "--name", "c", "--direction", "left", code=USAGE)
        # What files say of themselves would be hidden.
        for name in ("rating", "Label", "camera"):
            for more in ([], ["--dry-run"]):
                self.assertIn("files have a column of this name of their own", message(table, "--name", name, "--score-column", "a", *more))
        for column in "cd":
            refused = self.kalon("list", "--where", f"{column} is known", code=USAGE)
            self.assertIn("there is no column " + column, refused.error_text)

    def test_columns_are_listed_and_dropped(self):
        self.assertIn("There is no column of scores yet", self.kalon("scores", "list").error_text)
        table = self.write("t.csv", "path,taste,noise\n" + "".join(f"{self.name(i)},{i},{-i}\n" for i in range(3)))
        self.take_in("scores", table, "--name", "taste", "--direction", "up")
        self.take_in("scores", table, "--name", "noise", "--direction", "down")
        self.kalon("groups", "--by", "cluster", "--clusters", "2", "--as", "kind", "--model", "descriptor", code=None)
        self.kalon("groups", "--by", "cluster", "--clusters", "2", "--as", "kind")
        rows = self.kalon("scores", "list", "--json").objects[:-1]
        self.assertEqual([(row["name"], row["scores"], row["direction"]) for row in rows],
                         [("kind", COUNT, "none"), ("noise", 3, "down"), ("taste", 3, "up")])
        self.assertEqual([row["source"].split(":")[0] for row in rows], ["groups", "imported from t.csv", "imported from t.csv"])
        self.assertEqual([bool(row["model"] and row["weights"]) for row in rows], [True, False, False])
        for row in rows:
            self.assertRegex(row["time"], r"^20\d\d-\d\d-\d\dT[\d:.]+Z$")
        self.assertRegex(self.kalon("scores", "list").text, r"(?m)^noise +3 scores, lower is better, imported from t\.csv, 20")
        # What is dropped is gone, and its name is free for anything else.
        self.assertEqual(self.kalon("scores", "drop", "KIND").text, f"Dropped the column kind of {COUNT} scores.\n")
        self.assertIn("there is no column kind", self.kalon("list", "--where", "kind = 1", code=USAGE).error_text)
        self.assertIn("there are: noise, taste", self.kalon("scores", "drop", "kind", code=FAILED).error_text)
        self.assert_healthy()
        self.take_in("scores", table, "--name", "kind", "--score-column", "taste")
        self.assertEqual(self.where("kind is known"), [f"picture{i:02}.png" for i in range(3)])
        self.assertEqual(self.where("noise < 0"), ["picture01.png", "picture02.png"])
        self.kalon("scores", "drop", code=USAGE)
        self.kalon("scores", "drop", "", code=USAGE)
        self.assert_healthy()


class Attributes(Imports):
    def test_columns_become_what_pictures_can_be_asked_for(self):
        self.write("a.jsonl", "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in [
            {"path": self.name(0), "prompt": "a cat, été", "seed": 17, "cfg": 7.50, "tags": ["x", "y"], "ok": True},
            {"path": self.name(1), "prompt": "", "seed": None, "cfg": 1e-7, "width": 3},
            {"path": "/elsewhere.png", "prompt": "no"}]))
        rows, summary = self.take_in("attributes", self.path("a.jsonl"), code=SOME_FAILED)
        self.assertEqual([(row["line"], row["status"]) for row in rows], [(3, "not_found")])
        self.assertEqual(summary["columns"], ["prompt", "seed", "cfg", "tags", "ok"])
        self.assertEqual([column["name"] for column in summary["skipped"]], ["width"])
        self.assertEqual(self.attributes(0), {"prompt": "a cat, été", "seed": "17", "cfg": "7.5", "tags": '["x","y"]', "ok": "true"})
        self.assertEqual(self.attributes(1), {"cfg": "1e-07"})
        self.assertEqual(self.where("prompt ~ '*CAT*' and seed > 16 and cfg = 7.5"), ["picture00.png"])
        # Merged by name: an empty field leaves what is there.
        self.write("b.csv", "filename,prompt,seed,more\npicture00.png,,18,\"two\nlines\"\n")
        self.take_in("attributes", self.path("b.csv"), "--base", self.pictures)
        self.assertEqual(self.attributes(0), {"prompt": "a cat, été", "seed": "18", "cfg": "7.5", "tags": '["x","y"]', "ok": "true",
                                              "more": "two\nlines"})
        before = self.list()
        self.take_in("attributes", self.path("b.csv"), "--base", self.pictures)
        self.assertEqual(self.list(), before)
        self.take_in("attributes", self.path("b.csv"), "--base", self.pictures, "--columns", "more", "--dry-run")
        out = self.kalon("attributes", "import", self.path("b.csv"), "--base", self.pictures, "--columns", "more").text
        self.assertEqual(out, "1 row imported with more\n")
        shutil.copy(os.path.join(GOLDEN, "metadata_1.parquet"), self.path("m.parquet"))
        _, summary = self.take_in("attributes", self.path("m.parquet"), "--base", self.pictures)
        self.assertEqual(summary["columns"], ["caption", "NSFW", "similarity"])
        self.assertEqual(self.attributes(9)["caption"], "picture number 9, été")
        self.assert_healthy()

    def test_what_cannot_be_is_refused_with_the_reason(self):
        table = self.write("t.csv", "path,size,sharp,id of mine\n" + self.name(0) + ",1,2,3\n")
        self.take_in("scores", table, "--name", "sharp")
        def message(*arguments, code=FAILED):
            return self.refused("attributes", *arguments, code=code)

        self.assertIn("every picture has", message(table, "--columns", "size", code=USAGE))
        self.assertIn("column of scores", message(table, "--columns", "sharp", code=USAGE))
        self.assertIn("there is no such column", message(table, "--columns", "b", code=USAGE))
        self.assertIn("header names the column a twice", message(self.write("d.csv", "path,a,a\n")))
        self.assertIn("UTF-16", message(self.write("u.csv", "path,a\n".encode("utf-16"))))
        self.assertIn("JSON array", message(self.write("x.jsonl", "[\n{}]\n")))
        self.assertIn("no Parquet file", message(self.write("x.parquet", "x" * 50)))
        _, summary = self.take_in("attributes", table)
        self.assertEqual(summary["columns"], ["id of mine"])
        self.assertEqual([column["name"] for column in summary["skipped"]], ["size", "sharp"])
        # Names of pictures relative to the list, and to where one stands.
        self.write("pictures/l.csv", "path,note\npicture02.png,here\n")
        self.take_in("attributes", self.path("pictures/l.csv"))
        self.write("elsewhere/l.csv", "path,note\npicture03.png,there\n")
        self.kalon("attributes", "import", self.path("elsewhere/l.csv"), cwd=self.pictures)
        self.assertEqual((self.attributes(2), self.attributes(3)), ({"note": "here"}, {"note": "there"}))
        self.kalon("attributes", "import", self.path("elsewhere/l.csv"), code=FAILED)

    def test_columns_are_listed_and_dropped(self):
        self.assertIn("No attribute was imported yet", self.kalon("attributes", "list").error_text)
        caption = pictures.write(self.name(0) + ".txt", b"what the file says")
        self.index()
        self.assertTrue(os.path.exists(caption))
        self.write("t.csv", "path,caption,Mood\n" + "".join(f"{self.name(i)},imported,{'p' if i < 5 else ''}\n" for i in range(COUNT)))
        self.take_in("attributes", self.path("t.csv"))
        self.assertEqual(self.kalon("attributes", "list", "--json").objects[:-1],
                         [{"name": "caption", "pictures": COUNT}, {"name": "Mood", "pictures": 5}])
        self.assertRegex(self.kalon("attributes", "list").text, rf"(?m)^caption +{COUNT} pictures$")
        self.assertEqual(self.attributes(0), {"caption": "imported", "Mood": "p"})
        self.assertIn("12 pictures", self.kalon("attributes", "drop", "CAPTION").text)
        # What the file says of itself shows again.
        self.assertEqual((self.attributes(0), self.attributes(9)), ({"caption": "what the file says", "Mood": "p"}, {}))
        self.assertIn("there are: Mood", self.kalon("attributes", "drop", "caption", code=FAILED).error_text)
        self.kalon("attributes", "drop", "Mood")
        self.assertEqual(self.kalon("attributes", "list", "--json").objects, [{"summary": {"attributes": 0}}])
        self.assertIn("there is no column mood", self.kalon("list", "--where", "mood = p", code=USAGE).error_text)
        self.assert_healthy()

    def test_a_great_number_of_rows_takes_little_memory(self):
        with open(self.path("big.jsonl"), "w") as file:
            for i in range(120000):
                file.write('{"path":"%s","note":"%s"}\n' % (self.name(i % COUNT), "n" * 200 + str(i)))
        few = self.write("few.jsonl", json.dumps({"path": self.name(0), "note": "n"}) + "\n")
        small = self.kalon("attributes", "import", few)
        large = self.kalon("attributes", "import", self.path("big.jsonl"))
        self.assertEqual(self.attributes(11)["note"], "n" * 200 + "119999")
        # 34 MB of rows; a batch of them may be held, and LMDB's own pages.
        self.assertLess(large.peak_bytes - small.peak_bytes, 60 << 20)
