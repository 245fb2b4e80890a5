"""An index run that is killed, or asked to stop, at any moment: nothing committed is lost, and the next run ends in the
state of an undisturbed one."""
import json
import os
import random
import shutil
import signal
import subprocess
import time

import numpy

import pictures
from world import DONE, SOME_FAILED, Case, path_of

PICTURES = 300  # some commits of 128
MOMENTS = 20
BAD = {"cut.jpg", "text.png", "empty.webp"}


class KillCase(Case):

    def setUp(self):
        super().setUp()
        pictures.assortment(self.pictures, PICTURES, size=(240, 180))
        shot = pictures.picture(900, (240, 160))
        pictures.save(shot, os.path.join(self.pictures, "DSC1.JPG"), quality=92)
        pictures.write(os.path.join(self.pictures, "DSC1.CR2"), pictures.fake_raw(shot))
        whole = pictures.jpeg_bytes(pictures.picture(901))
        for name, content in zip(sorted(BAD), (whole[:30], b"", b"no picture")):
            pictures.write(os.path.join(self.pictures, name), content)

    def begin(self, library, **popen):
        return self.start("--library", library, "--threads", "2", "index", "--quiet", self.pictures,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **popen)

    def state(self, library):
        """Everything but times: rows by path, and vectors by picture."""
        rows = self.list("--library", library)
        file = self.path("state.npy")
        self.kalon("--library", library, "export", "vectors", "--overwrite", "--to", file)
        with open(self.path("state.jsonl")) as lines:
            ids = [json.loads(line)["id"] for line in lines]
        return rows, ids, numpy.load(file)

    def assert_same_state(self, library, wanted):
        rows, ids, vectors = self.state(library)
        self.assertEqual(rows, wanted[0])
        self.assertEqual(ids, wanted[1])
        self.assertLess(numpy.abs(vectors - wanted[2]).max(), 1e-5)  # the model's tolerance

    def wait_for_size(self, process, file, size):
        while process.poll() is None and (not os.path.exists(file) or os.path.getsize(file) < size):
            time.sleep(0.001)

    def undisturbed(self):
        library = self.path("undisturbed")
        begin = time.monotonic()
        process = self.begin(library)
        self.assertEqual(process.wait(timeout=300), SOME_FAILED)
        return self.state(library), time.monotonic() - begin

    def finish(self, library, wanted):
        """Checks what an ended run left, completes it, and compares; how many files were done before."""
        committed = []
        if os.path.exists(os.path.join(library, "data.mdb")):
            result = self.kalon("--library", library, "doctor", "check", "--json", code=None)
            if "holds no library" in result.error_text:  # ended before its first moment
                self.assertEqual(result.code, 1)
            else:
                self.assertEqual((result.code, result.summary["faults"]), (DONE, 0), result)
                committed = self.list("--library", library)
        final = {path_of(row): row for row in wanted[0]}
        for row in committed:
            # RAW and JPEG find together at the end of a run.
            known = final[path_of(row)]
            self.assertEqual({**row, "photo": None}, {**known, "photo": None})
        result = self.kalon("--library", library, "index", "--json", self.pictures, code=SOME_FAILED)
        done_before = len([row for row in committed if row["status"] == "ok"])
        self.assertEqual(result.summary["unchanged"], done_before)
        self.assertEqual(result.summary["failed"], len(BAD))
        self.assert_same_state(library, wanted)
        self.assert_healthy("--library", library)
        return len(committed)


class Kill(KillCase):
    def test_twenty_moments(self):
        wanted, duration = self.undisturbed()
        self.assertEqual(len(wanted[0]), PICTURES + 2 + len(BAD))
        self.assertEqual({os.path.basename(path_of(row)).decode() for row in wanted[0] if row["status"] != "ok"}, BAD)
        final_size = os.path.getsize(self.path("undisturbed", "data.mdb"))
        source = random.Random(2)
        committed = []
        for number in range(MOMENTS):
            # Spread over the whole run, each at random within its part: half of them by the clock, and half by how much
            # is committed, since much of the time passes before the first commit.
            share = (number + source.random()) / MOMENTS
            by_clock, extra = number % 2 == 0, source.uniform(0, 0.03)
            library = self.path(f"killed{number}")
            while True:
                process = self.begin(library)
                if by_clock:
                    time.sleep(duration * share)
                else:
                    self.wait_for_size(process, os.path.join(library, "data.mdb"), final_size * share)
                    time.sleep(extra)
                process.send_signal(signal.SIGKILL)
                if process.wait(timeout=300) == -signal.SIGKILL:
                    break
                shutil.rmtree(library)  # it was done already: the machine is quicker now
                share, extra = share * 0.8, 0
            with self.subTest(share=share, by_clock=by_clock):
                committed.append(self.finish(library, wanted))
            shutil.rmtree(library)
        # The moments were worth it: some came early, some when there was something to lose.
        self.assertEqual(len(committed), MOMENTS)
        self.assertGreater(len(set(committed)), 2, committed)

    def test_killed_again_and_again(self):
        wanted, duration = self.undisturbed()
        library = self.path("often")
        source = random.Random(3)
        for _ in range(8):
            process = self.begin(library)
            time.sleep(duration * source.uniform(0.1, 0.6))
            process.send_signal(signal.SIGKILL)
            process.wait(timeout=300)
        self.finish(library, wanted)

    def test_killed_while_changed_files_are_taken_in(self):
        library = self.path("library")
        self.begin(library).wait(timeout=300)
        for seed in range(0, PICTURES, 5):  # the assortment's JPEGs
            pictures.save(pictures.picture(5000 + seed, (320, 240)),
                          os.path.join(self.pictures, f"shelf{seed % 7}", f"picture{seed:04}.jpg"))
        fresh = self.path("fresh")
        self.begin(fresh).wait(timeout=300)
        wanted = self.state(fresh)
        for fraction in (0.02, 0.05, 0.1):
            process = self.begin(library)
            time.sleep(fraction)
            process.send_signal(signal.SIGKILL)
            process.wait(timeout=300)
            self.assert_healthy("--library", library)
        self.kalon("--library", library, "index", self.pictures, code=SOME_FAILED)
        self.assert_same_state(library, wanted)
        # Each change was recorded, and once.
        self.assertEqual(self.kalon("--library", library, "doctor", "check", "--json").summary["events"], PICTURES // 5)


class Stop(KillCase):
    def stop(self, number, code):
        wanted, _ = self.undisturbed()
        for attempt in range(20):
            library = self.path(f"stopped{attempt}")
            process = self.begin(library)
            # As soon as there is a library signals are handled; a bit later there is work to keep.
            while not os.path.exists(os.path.join(library, "data.mdb")):
                self.assertIsNone(process.poll())
                time.sleep(0.001)
            time.sleep(0.05 / (attempt + 1))
            process.send_signal(number)
            ended = process.wait(timeout=300)
            if ended != SOME_FAILED:  # it was done already
                break
        self.assertEqual(ended, code)
        self.finish(library, wanted)

    def test_interrupted(self):
        self.stop(signal.SIGINT, 130)

    def test_terminated(self):
        self.stop(signal.SIGTERM, 143)

    def test_says_so(self):
        for attempt in range(20):
            process = self.start("--library", self.path(f"l{attempt}"), "--threads", "1", "index", self.pictures,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            while not os.path.exists(self.path(f"l{attempt}", "data.mdb")):
                time.sleep(0.001)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=300)
            if process.returncode != SOME_FAILED:
                break
        self.assertEqual(process.returncode, 130)
        self.assertEqual(out, b"")
        self.assertIn(b"stopped", err)

    def test_an_interrupted_sort_says_how_it_is_taken_back(self):
        self.kalon("index", "--quiet", self.pictures, code=SOME_FAILED)
        out = self.path("out")
        for _ in range(20):
            process = self.start("sort", "--by", "name", "--link", "copy", "--quiet", "--no-sheet", "--to", out,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            while process.poll() is None and not (os.path.exists(out) and os.listdir(out)):
                time.sleep(0.001)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=300)
            self.kalon("undo")
            self.assertFalse(os.path.exists(out))
            if process.returncode == 130:
                break
        self.assertEqual(process.returncode, 130)
        self.assertIn(b"stopped; `kalon undo` takes back what was placed", err)

    def test_killed_sort_can_be_taken_back(self):
        self.kalon("index", "--quiet", self.pictures, code=SOME_FAILED)
        source = random.Random(4)
        out, taken_back = self.path("out"), 0
        for number in range(8):
            process = self.start("sort", "--by", "name", "--link", "copy", "--quiet", "--to", out, stdout=subprocess.DEVNULL)
            # Within the time in which files appear: from the folder on, or from the first file on.
            while process.poll() is None and not (os.path.isdir(out) and (number % 2 == 0 or os.listdir(out))):
                time.sleep(0.0005)
            time.sleep(source.uniform(0, 0.02))
            process.send_signal(signal.SIGKILL)
            process.wait(timeout=300)
            self.assert_healthy()
            if os.path.exists(out):
                if os.listdir(out):
                    self.assertEqual(self.kalon("undo", "--json").summary["left"], 0)
                    taken_back += 1
                else:  # ended before anything was placed; what is empty may be used again
                    self.kalon("undo", code=None)
                self.assertFalse(os.path.exists(out) and os.listdir(out))
        self.assertGreater(taken_back, 2)
        self.assertEqual(len(self.list()), PICTURES + 2 + len(BAD))
