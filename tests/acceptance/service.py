"""`kalon serve` through the Python client: the same as on the command line, and everything that the client promises."""
import contextlib
import gc
import itertools
import os
import pathlib
import signal
import subprocess
import sys
import threading

import numpy
from PIL import ImageFilter

import pictures
from service_case import CANCELLED, CLIENT, LARGEST_MESSAGE, ServiceCase
from world import DONE, KALON, PATIENCE, SOME_FAILED
from kalon import Cancelled, Disconnected, Error, Kalon, path_of, to_uri  # service_case knows where it is


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


class PythonClient(ServiceCase):
    def many(self, number):
        """Parameters of `info` that give so many rows of about half a KiB."""
        name = pictures.save(pictures.picture(1), os.path.join(self.pictures, "one.png"))
        self.index()
        return {"paths": [name] * number}

    def test_names_are_bytes(self):
        self.some_pictures()
        with self.client() as kalon:
            kalon.call("index", paths=os.fsencode(self.pictures))
            (row,) = kalon.call("info", paths=self.odd).rows
            self.assertEqual(os.fsencode(path_of(row)), self.odd)
            self.assertEqual(row["uri"], to_uri(self.odd))
            self.assertEqual(kalon.call("info", paths=[path_of(row)]).rows, [row])
            self.assertEqual(kalon.call("info", paths=row["uri"]).rows, [row])
            here = os.getcwd()
            os.chdir(self.pictures)
            self.addCleanup(os.chdir, here)
            self.assertEqual(kalon.call("list", paths="series", count=True).summary["count"], 3)
            with self.assertRaises(ValueError):
                kalon.call("list", paths="")

    def test_what_cannot_be_sent_is_refused_here(self):
        with self.client() as kalon:
            deep = []
            for _ in range(100):
                deep = [deep]
            for wrong, kind in ((float("nan"), ValueError), ("\ud800", ValueError), (deep, ValueError), (object(), TypeError),
                                ("x" * LARGEST_MESSAGE, Error)):
                with self.assertRaises(kind):
                    kalon.call("list", where=wrong)
            self.assertGreater(len(kalon.call("plugins").rows), 0)

    def test_streaming(self):
        wanted = self.many(20000)
        with self.client() as kalon:
            row = kalon.call("info", paths=wanted["paths"][:1]).rows[0]
            stream = kalon.stream("info", **wanted)
            self.assertIsNone(stream.summary)
            count = 0
            for one in stream:
                if count % 5000 == 0:  # calls while a stream is open are answered
                    self.assertEqual(kalon.call("list", count=True).summary, {"count": 1})
                self.assertEqual(one, row)
                count += 1
            self.assertEqual((count, stream.summary, stream.partial), (20000, {"missing": 0}, False))
            # Two streams, read in turns.
            turns = itertools.zip_longest(kalon.stream("info", **wanted), kalon.stream("info", **wanted))
            self.assertEqual(sum(left == right == row for left, right in turns), 20000)
            # Not streamed, it is as much.
            self.assertEqual(len(kalon.call("info", **wanted).rows), 20000)
            with self.assertRaises(Error) as caught:
                list(kalon.stream("info", paths=os.path.join(self.pictures, "none")))
            self.assertEqual(caught.exception.status, "not_found")

    def test_streams_that_nobody_wants_end(self):
        wanted = self.many(50000)
        with self.client() as kalon:
            for row in kalon.stream("info", **wanted):
                break
            stream = kalon.stream("info", **wanted)
            next(stream)
            stream.close()
            self.assertEqual(list(stream), [])
            with kalon.stream("info", **wanted) as stream:
                next(stream)
            forgotten = [kalon.stream("order_vectors", **self.endless()) for _ in range(4)]
            del forgotten
            gc.collect()
            # All four places of the session were taken: that one is free again shows that they ended.
            self.assertGreater(len(kalon.call("plugins").rows), 0)

    def test_memory_of_a_stream(self):
        wanted = self.many(40000)
        script = """if True:
            import sys, resource
            from kalon import Kalon
            number, file, program = int(sys.argv[1]), sys.argv[2], sys.argv[3]
            with Kalon(program=program) as kalon:
                paths = [file] * number
                assert sum(1 for row in kalon.stream("info", paths=paths)) == number
            print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"""

        def peak(number):
            command = [sys.executable, "-B", "-c", script, str(number), wanted["paths"][0], KALON]
            done = subprocess.run(command, env={**self.environment, "PYTHONPATH": CLIENT}, capture_output=True, timeout=PATIENCE)
            self.assertEqual((done.returncode, done.stderr), (0, b""))
            return int(done.stdout) * 1024

        few, many = peak(1000), peak(40000)
        # As dictionaries the rows would be more than 2 KiB each; the request itself is some 200 bytes for each.
        self.assertLess(many - few, 40000 * 1024)

    def test_progress(self):
        seen = []

        class Enough(Exception):
            pass

        def stop(news):
            seen.append(news)
            if len(seen) == 3:
                raise Enough

        with self.client() as kalon:
            with self.assertRaises(Enough):
                kalon.call("order_vectors", progress=stop, **self.endless())
            self.assertEqual(len({news for news in seen}), 3)
            self.assertTrue(all(news.phase and news.done <= (news.total or news.done) for news in seen), seen)
            self.assertEqual([news.seconds for news in seen], sorted(news.seconds for news in seen))
            seen.clear()
            with self.assertRaises(Enough):
                for _ in kalon.stream("order_vectors", progress=stop, **self.endless()):
                    pass

    def test_cancel(self):
        with self.client() as kalon:
            running = [kalon.start("order_vectors", progress=True, **self.endless()) for _ in range(4)]
            waiting = kalon.start("order_vectors", progress=True, **self.endless())
            self.wait_until(lambda: all(call.progress for call in running))
            self.assertIsNone(waiting.progress)
            self.assertFalse(any(call.done for call in running + [waiting]))
            with self.assertRaises(TimeoutError):
                running[0].result(timeout=0)
            self.assertTrue(waiting.cancel())
            self.assertFalse(waiting.cancel())
            for call in running:
                self.assertTrue(call.cancel())
            for call in running + [waiting]:
                with self.assertRaises(Cancelled) as caught:
                    call.result()
                self.assertEqual((caught.exception.status, caught.exception.code), ("cancelled", CANCELLED))
                self.assertTrue(call.done)
                self.assertFalse(call.cancel())
            with self.assertRaises(TimeoutError):
                kalon.call("order_vectors", timeout=0.05, **self.endless())
            self.assertGreater(len(kalon.call("plugins").rows), 0)

    def test_many_threads(self):
        shots = self.some_pictures()
        self.index(code=SOME_FAILED)
        faults = []
        with self.client() as kalon:
            alone = {shot: kalon.call("similar", path=shot, k=3).rows for shot in shots}

            def work(number):
                try:
                    for turn in range(10):
                        shot = shots[(number + turn) % len(shots)]
                        self.assertEqual(kalon.call("similar", path=shot, k=3).rows, alone[shot])
                        self.assertEqual([path_of(row).name for row in kalon.stream("list", paths=shot)], [os.path.basename(shot)])
                        kalon.call("exclude", paths=self.odd, include=True)
                        with self.assertRaises(Error):
                            kalon.call("info", paths=shot + "x")
                except BaseException as fault:
                    faults.append(fault)

            threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(PATIENCE)
            self.assertEqual(faults, [])
        self.assertEqual(self.list("--where", "excluded = true"), [])
        self.assert_healthy()

    def test_a_server_that_is_killed(self):
        kalon = self.client()
        calls = [kalon.start("order_vectors", progress=True, **self.endless()) for _ in range(5)]
        stream = kalon.stream("order_vectors", **self.endless())
        self.wait_until(lambda: calls[0].progress)
        os.kill(kalon._connection.server.pid, signal.SIGKILL)
        for call in calls:
            with self.assertRaisesRegex(Disconnected, "SIGKILL"):
                call.result()
            self.assertFalse(call.cancel())
        with self.assertRaisesRegex(Disconnected, "SIGKILL"):
            next(stream)
        with self.assertRaisesRegex(Disconnected, "SIGKILL"):
            kalon.call("list")
        kalon.close()
        kalon.close()

    def test_the_end(self):
        kalon = self.client()
        pid = kalon._connection.server.pid
        call, stream = kalon.start("order_vectors", **self.endless()), kalon.stream("order_vectors", **self.endless())
        kalon.close()
        self.assertRaises(ProcessLookupError, os.kill, pid, 0)
        for after in (call.result, lambda: next(stream), lambda: kalon.call("list")):
            with self.assertRaisesRegex(Disconnected, "closed"):
                after()
        # Forgotten, it ends too.
        kalon = Kalon(program=KALON)
        pid = kalon._connection.server.pid
        del kalon
        gc.collect()
        self.assertRaises(ProcessLookupError, os.kill, pid, 0)
        # A script that dies leaves no server behind.
        script = "import sys, os, kalon; k = kalon.Kalon(program=sys.argv[1]); " \
                 "k.start('order_vectors', vectors=sys.argv[2], seconds=3600); print(k._connection.server.pid, flush=True); " \
                 "os.kill(os.getpid(), 9)"
        done = subprocess.run([sys.executable, "-B", "-c", script, KALON, self.endless()["vectors"]], capture_output=True,
                              env={**self.environment, "PYTHONPATH": CLIENT}, timeout=PATIENCE)
        self.assertEqual(done.returncode, -signal.SIGKILL, done.stderr)
        self.wait_until(lambda: self.is_gone(int(done.stdout)))

    def is_gone(self, pid):
        try:
            with open(f"/proc/{pid}/stat") as file:
                return file.read().rsplit(")", 1)[1].split()[0] == "Z"  # nobody may be there to bury it
        except FileNotFoundError:
            return True

    def test_servers_that_are_none(self):
        with open(self.path("talker"), "w", opener=lambda name, flags: os.open(name, flags, 0o755)) as file:
            file.write("#!/bin/sh\nwhile echo Hello.; do :; done\n")
        for program, kind, words in (("/no/such/kalon", FileNotFoundError, "no such program"), ("false", Disconnected, "exit code 1"),
                                     (self.path("talker"), Disconnected, "no server of Kalon"), ("cat", Disconnected, "stdio")):
            with self.assertRaisesRegex(kind, words):
                Kalon(program=program)
        with self.assertRaisesRegex(Disconnected, "exit code 2: kalon: there is no option --nonsense"):
            Kalon(program=KALON, options=["--nonsense"])
        with self.assertRaisesRegex(Disconnected, "no server can be reached there"):
            Kalon.connect(self.path("socket"))

    def test_the_example(self):
        self.some_pictures()
        for second in range(3):  # the second one is sharp
            shot = pictures.picture(31, (320, 240)).filter(ImageFilter.GaussianBlur([3, 0, 4][second]))
            pictures.save(shot, os.path.join(self.pictures, "series", f"shot{second}.jpg"), quality=90,
                          exif=pictures.exif(make="Maker", model="One", taken=f"2024:05:01 10:00:0{second}"))
        done = subprocess.run([sys.executable, "-B", os.path.join(CLIENT, "examples/best_of_folder.py"), self.pictures, "--program", KALON,
                               "--level", "0"], capture_output=True, env={**self.environment, "PYTHONPATH": CLIENT}, timeout=PATIENCE)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"left out: " + os.fsencode(self.pictures) + b"/broken.jpg: ", done.stderr)
        printed = done.stdout.splitlines()
        self.assertIn(self.odd, printed)
        self.assertEqual([os.path.basename(name) for name in printed if b"/series/" in name], [b"shot1.jpg"])
