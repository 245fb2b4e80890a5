"""Several programs at one library: one writes, others read, copy, and wait their turn."""
import os
import shutil
import signal
import subprocess

import pictures
from world import DONE, FAILED, Case, path_of

FIRST, LATER = 10, 150


class Concurrency(Case):
    def setUp(self):
        super().setUp()
        self.first = self.folder("pictures", "first")
        pictures.assortment(self.first, FIRST)
        self.index()
        pictures.assortment(self.pictures, LATER, size=(320, 240), first=FIRST)

    def writer(self):
        return self.start("--threads", "1", "index", "--quiet", self.pictures, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE)

    def finish(self, process):
        _, err = process.communicate(timeout=300)
        self.assertEqual(process.returncode, DONE, err)

    def during(self, work):
        """Runs work() again and again while an index runs, at least twice; how many times."""
        for attempt in range(10):
            process, times = self.writer(), 0
            while process.poll() is None:
                work()
                times += process.poll() is None
            self.finish(process)
            if times >= 2:
                return
            # Quicker than its readers: give it more to do.
            pictures.assortment(self.pictures, LATER, size=(320, 240), first=FIRST + LATER * (attempt + 1))
        self.fail("index never ran long enough to be read beside")

    def test_reading_beside_a_writer(self):
        query = os.path.join(self.first, "shelf0", "picture0000.jpg")
        counts = []

        def read():
            rows = self.list()
            counts.append(len(rows))
            self.assertEqual([path_of(row) for row in rows], sorted({path_of(row) for row in rows}))
            self.assertEqual([row for row in rows if row["status"] != "ok" or len(row["id"]) != 32], [])
            self.assertEqual(len(self.kalon("similar", "--json", "-k", "5", query).rows), 5)
            self.assertGreaterEqual(int(self.kalon("list", "--count").text), len(rows))

        self.during(read)
        self.assertEqual(counts, sorted(counts))
        self.assertGreaterEqual(counts[0], FIRST)
        self.assert_healthy()

    def test_backup_beside_a_writer(self):
        copies = []

        def back_up():
            copies.append(self.path(f"copy{len(copies)}"))
            self.assertIn(copies[-1], self.kalon("doctor", "backup", copies[-1]).text)

        self.during(back_up)
        everything = {path_of(row): row for row in self.list()}
        for copy in copies:
            self.assert_healthy("--library", copy)
            rows = self.list("--library", copy)
            self.assertGreaterEqual(len(rows), FIRST)
            self.assertEqual([everything[path_of(row)] for row in rows], rows)
        # A backup is a library: it can be brought up to date.
        self.kalon("--library", copies[0], "index", self.pictures)
        self.assertEqual(self.list("--library", copies[0]), self.list())

    def test_backup_never_overwrites(self):
        there = pictures.write(self.path("there", "data.mdb"), b"mine")
        self.kalon("doctor", "backup", self.path("there"), code=None)
        with open(there, "rb") as file:
            self.assertEqual(file.read(), b"mine")
        self.assertEqual(self.kalon("doctor", "backup", self.path("there"), code=None).code in (FAILED, 2), True)

    def test_writers_wait_for_each_other(self):
        process = self.writer()
        victims = [os.path.join(self.first, name) for name in ("shelf0/picture0000.jpg", "shelf1/picture0001.png")]
        for path in victims:
            self.kalon("exclude", path)
        self.kalon("sort", self.first, "--no-sheet", "--seconds", "0.1", "--to", self.path("out"))
        self.finish(process)
        self.assertEqual(sorted(path_of(row) for row in self.list() if row.get("excluded")),
                         [os.fsencode(path) for path in victims])
        self.assertEqual(len(os.listdir(self.path("out"))), FIRST - 2 + 1)
        self.assertEqual(len(self.list()), FIRST + LATER)
        self.assert_healthy()

    def test_compact(self):
        self.index()
        for _ in range(3):  # copies of vectors that are dropped again leave room
            self.kalon("exclude", os.path.join(self.first, "shelf0", "picture0000.jpg"))
            self.kalon("undo")
        rows, size = self.list(), os.path.getsize(os.path.join(self.library, "data.mdb"))
        self.assertIn(self.library, self.kalon("doctor", "compact").text)
        self.assertLessEqual(os.path.getsize(os.path.join(self.library, "data.mdb")), size)
        self.assertEqual(self.list(), rows)
        self.assert_healthy()
        self.assertEqual(self.index()["unchanged"], FIRST + LATER)

    def mapped_by(self, process):
        with open(f"/proc/{process.pid}/maps") as maps:
            return maps.read()

    def test_compact_waits_for_nobody(self):
        process = self.writer()
        try:
            # Held in the middle of its work: whatever it has open stays open.
            data = os.path.join(self.library, "data.mdb")
            while data not in self.mapped_by(process):
                self.assertIsNone(process.poll())
            process.send_signal(signal.SIGSTOP)
            result = self.kalon("doctor", "compact", code=FAILED)
            self.assertIn("another program has the library open", result.error_text)
        finally:
            process.send_signal(signal.SIGCONT)
        self.finish(process)
        self.assertEqual(len(self.list()), FIRST + LATER)
        self.kalon("doctor", "compact")
        self.assertEqual(len(self.list()), FIRST + LATER)
        self.assert_healthy()

    def test_library_taken_away_and_given_back(self):
        rows = self.list()
        shutil.move(self.library, self.path("moved"))
        self.kalon("list", code=FAILED)
        self.assertEqual(self.list("--library", self.path("moved")), rows)
