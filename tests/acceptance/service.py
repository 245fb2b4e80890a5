"""`kalon serve` through the Python client: the same as on the command line."""
import contextlib
import os
import pathlib

import numpy

import pictures
from service_case import ServiceCase
from world import DONE, SOME_FAILED
from kalon import Error, path_of, to_uri  # service_case knows where it is


class LikeTheCommandLine(ServiceCase):
    """The same rows and summaries as `kalon COMMAND --json`."""

    def without(self, data, *names):
        if isinstance(data, list):
            return [self.without(item, *names) for item in data]
        return {name: value for name, value in data.items() if name not in names}

    def assert_same(self, result, told, passing=()):
        self.assertEqual(self.without(result.rows, *passing), self.without(told.rows, *passing), told.command)
        if told.objects and isinstance(told.objects[-1].get("summary"), dict):  # lists and tables have none on the command line
            self.assertEqual(self.without(result.summary, *passing), self.without(told.summary, *passing), told.command)
        self.assertEqual(result.partial, told.code == SOME_FAILED, told.command)

    def test_index(self):
        self.some_pictures()
        told = self.kalon("--library", self.path("told"), "index", "--json", self.pictures, code=SOME_FAILED)
        times = ["seconds", "decode_cpu_seconds", "model_cpu_seconds", "library", "library_path"]
        with self.client(self.path("served")) as kalon:
            first = kalon.call("index", paths=self.pictures, rows="all")
            for rows in (first.rows, told.rows):
                rows.sort(key=lambda row: row["uri"])
            self.assertEqual(len(first.rows), 14)
            self.assertEqual(first.rows, told.rows)
            self.assertEqual(self.without(first.summary, *times), self.without(told.summary, *times))
            self.assertTrue(first.partial)
            again = kalon.call("index", paths=[self.pictures])
            self.assertEqual((again.summary["unchanged"], again.summary["failed"], len(again.rows)), (13, 1, 1))
        self.assertEqual(self.list("--library", self.path("served")), self.list("--library", self.path("told")))
        self.assert_healthy("--library", self.path("served"))

    def test_what_is_known(self):
        shots = self.some_pictures()
        self.index(code=SOME_FAILED)
        first, second = shots[0], shots[1]
        missing = os.path.join(self.pictures, "missing.jpg")
        calls = [
            (("list",), "list", {}),
            (("list", "--where", "format = jpeg and width > 100", "--limit", "3"), "list",
             {"where": "format = jpeg and width > 100", "limit": 3}),
            (("list", self.pictures + "/series", "--after", self.pictures + "/series/shot0.jpg"), "list",
             {"paths": self.pictures + "/series", "after": self.pictures + "/series/shot0.jpg"}),
            (("info", first, self.odd), "info", {"paths": [first, self.odd]}),
            (("info", first, missing), "info", {"paths": [first, missing]}),
            (("similar", first, "-k", "4"), "similar", {"path": first, "k": 4}),
            (("similar", second, "--in", self.pictures + "/series"), "similar",
             {"path": second, "paths": self.pictures + "/series", "k": 10}),
            (("duplicates",), "duplicates", {}),
            (("duplicates", "--level", ".9"), "duplicates", {"relation": "similar", "level": .9}),
            (("duplicates", "--action", "mark", "-n"), "duplicates", {"action": "mark", "dry_run": True}),
            (("groups", "--by", "burst", "--level", ".5"), "groups", {"by": "burst", "level": .5}),
            (("groups", "--level", ".7"), "groups", {"level": .7}),
            (("groups", "--by", "cluster", "--algorithm", "kmeans", "--clusters", "3"), "groups",
             {"by": "cluster", "algorithm": "kmeans", "clusters": 3}),
            (("outliers", "--limit", "5"), "outliers", {"limit": 5}),
            (("outliers", "--reference", self.pictures + "/series", "--method", "knn", "--neighbours", "2"), "outliers",
             {"reference": self.pictures + "/series", "method": "knn", "neighbours": 2}),
            (("filters",), "filters", {}), (("scores", "list"), "scores", {}), (("attributes", "list"), "attributes", {}),
            (("plugins",), "plugins", {}), (("models",), "models", {}), (("doctor", "check"), "doctor", {"action": "check"}),
        ]
        with self.client() as kalon:
            for command, method, parameters in calls:
                told = self.kalon(*command, "--json", code=None)
                self.assertIn(told.code, (DONE, SOME_FAILED), told)
                # Which plugins were needed so far is each process's own.
                self.assert_same(kalon.call(method, **parameters), told, {"state"} if method == "plugins" else ())
            self.assertEqual(kalon.call("list", count=True).summary["count"], 14)
            # And its failures.
            for command, method, parameters, status in [
                    (("list", "--where", "nonsense = 3"), "list", {"where": "nonsense = 3"}, "invalid_argument"),
                    (("info", missing), "info", {"paths": missing}, "not_found"),
                    (("similar", first, "--model", "none"), "similar", {"path": first, "model": "none"}, None)]:
                told = self.kalon(*command, code=None).error_text
                with self.assertRaises(Error) as caught:
                    kalon.call(method, **parameters)
                # The command line names its options.
                message = told.strip().splitlines()[-1].removeprefix("kalon: ")
                self.assertEqual(str(caught.exception).replace("parameter ", "--"), message)
                self.assertEqual(caught.exception.status, status or caught.exception.status)
                self.assertTrue(caught.exception.context)

    def test_folders_of_links(self):
        self.some_pictures()
        self.index(code=SOME_FAILED)
        places = ("folder", "folder_path", "sheet", "sheet_path", "operation")
        calls = [
            (("sort", "--seconds", "0.1", "--sections", "2"), "sort", {"seconds": .1, "section_count": 2}),
            (("sort", "--by", "name", "--no-sheet", "--link", "symlink"), "sort",
             {"by": "name", "no_sheet": True, "link": "symlink"}),
            (("groups", "--by", "burst", "--level", ".5"), "groups", {"by": "burst", "level": .5}),
            (("duplicates", "--action", "folder"), "duplicates", {"action": "folder"}),
        ]
        with self.client() as kalon:
            for number, (command, method, parameters) in enumerate(calls):
                here, there = self.path(f"here{number}"), self.path(f"there{number}")
                told = self.kalon(*command, "--to", there, "--json")
                self.assert_same(kalon.call(method, to=here, **parameters), told, places)
                self.assertEqual(sorted(os.listdir(here)), sorted(os.listdir(there)), command)
                self.assertGreater(len(os.listdir(here)), 0)
            # The last result first, whoever made it.
            for number in reversed(range(len(calls))):
                undone = kalon.call("undo")
                self.assertEqual(path_of(undone.summary["folder"]), pathlib.Path(self.path(f"here{number}")))
                self.assertFalse(os.path.exists(self.path(f"here{number}")))
                self.assertEqual(self.kalon("undo", "--json").summary["folder"], to_uri(self.path(f"there{number}")))

    def test_decisions(self):
        shots = self.some_pictures()
        self.index(code=SOME_FAILED)
        excluded = lambda: [path_of(row) for row in self.list("--where", "excluded = true")]
        with self.client() as kalon:
            result = kalon.call("exclude", paths=[shots[2], os.path.join(self.pictures, "none")], reason="blurred")
            self.assertEqual((result.partial, result.summary["excluded"], result.rows[0]["status"]), (True, 1, "not_found"))
            self.assertEqual(list(map(os.fspath, excluded())), [shots[2]])
            self.assertEqual(kalon.call("info", paths=shots[2]).rows[0]["excluded_reason"], "blurred")
            # What another program decides meanwhile is seen.
            self.kalon("exclude", shots[3])
            self.assertEqual(kalon.call("list", where="excluded = true", count=True).summary["count"], 2)
            kalon.call("undo")
            kalon.call("undo")
            self.assertEqual(excluded(), [])
            marked = kalon.call("duplicates", action="mark", relation="same_payload")
            self.assertEqual(marked.summary["action"], "mark")
            trashed = kalon.call("duplicates", action="trash", keep_folder=self.pictures + "/shelf0")
            self.assertEqual([path_of(row).name for row in trashed.rows if row["fate"] == "done"], ["copy.jpg"])
            self.assertFalse(os.path.exists(self.pictures + "/copy.jpg"))
            self.assertEqual(kalon.call("undo").summary["restored"], 1)
            self.assertTrue(os.path.exists(self.pictures + "/copy.jpg"))
        self.assert_healthy()

    def test_imports_and_exports(self):
        shots = self.some_pictures()
        self.index(code=SOME_FAILED)
        self.kalon("export", "vectors", "--to", self.path("told.npy"))
        self.kalon("export", "list", "--format", "jsonl", "--to", self.path("list.told"))
        with self.client() as kalon:
            kalon.call("export_vectors", to=self.path("served.npy"))
            kalon.call("export_list", format="jsonl", to=self.path("list.served"))
            for name in (".npy", ".jsonl", "list."):
                told, served = ("told" + name, "served" + name) if name[0] == "." else (name + "told", name + "served")
                with open(self.path(told), "rb") as told, open(self.path(served), "rb") as served:
                    self.assertEqual(told.read(), served.read())
            numpy.save(self.path("mine.npy"), numpy.eye(len(shots), 8))
            pictures.write(self.path("names.txt"), "".join(shot + "\n" for shot in shots).encode())
            result = kalon.call("import_vectors", path=self.path("mine.npy"), ids=self.path("names.txt"))
            self.assertEqual((result.summary["imported"], result.summary["dimension"]), (len(shots), 8))
            # Unit vectors: every two are as far apart as any other two.
            alike = [row["similarity"] for row in kalon.call("similar", path=shots[0], model="mine").rows]
            self.assertEqual(len(alike), len(shots) - 1)
            self.assertLess(max(map(abs, alike)), 1e-6)  # single precision
            pictures.write(self.path("table.csv"), "path,beauty,mood\n".encode() + b"".join(
                f"{shot},{number},calm\n".encode() for number, shot in enumerate(shots)) + b"/no/such.jpg,1,x\n")
            scores = kalon.call("import_scores", path=self.path("table.csv"), score_column="beauty")
            self.assertEqual((scores.partial, scores.summary["imported"], len(scores.rows)), (True, len(shots), 1))
            kalon.call("import_attributes", path=self.path("table.csv"), columns=["mood"])
            listed = kalon.call("list", where="beauty >= 5 and mood = calm").rows
            self.assertEqual({os.fspath(path_of(row)) for row in listed} & set(shots), set(shots[5:]))
            self.assertEqual(kalon.call("models").rows, self.kalon("models", "--json").rows)

    def test_a_compacted_library_is_the_one_in_use(self):
        shots = self.some_pictures()
        self.index(code=SOME_FAILED)
        with self.client() as kalon:
            before = kalon.call("list").rows
            with contextlib.suppress(Error):  # that it is in use is a good reason not to
                kalon.call("doctor", action="compact")
            self.assertEqual(kalon.call("list").rows, before)
            kalon.call("exclude", paths=shots[:2])
            self.assertEqual(len(self.list("--where", "excluded = true")), 3 if shots[0] else 2)
        self.assert_healthy()
