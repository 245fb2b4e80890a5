"""Everything that the Python client of `kalon serve` promises."""
import gc
import itertools
import os
import signal
import subprocess
import sys

from PIL import ImageFilter

import pictures
from service_case import CANCELLED, CLIENT, LARGEST_MESSAGE, ServiceCase
from world import KALON, PATIENCE, SOME_FAILED
from kalon import Cancelled, Disconnected, Error, Kalon, path_of, to_uri  # service_case knows where it is


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
        with self.client() as kalon:
            alone = {shot: kalon.call("similar", path=shot, k=3).rows for shot in shots}

            def work(number):
                for turn in range(10):
                    shot = shots[(number + turn) % len(shots)]
                    self.assertEqual(kalon.call("similar", path=shot, k=3).rows, alone[shot])
                    self.assertEqual([path_of(row).name for row in kalon.stream("list", paths=shot)], [os.path.basename(shot)])
                    kalon.call("exclude", paths=self.odd, include=True)
                    with self.assertRaises(Error):
                        kalon.call("info", paths=shot + "x")

            self.side_by_side(8, work)
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
