"""Plugins from outside the install folder, scripts and most decoders run in processes of their own: what one of these costs
when it crashes, is killed or hangs, and that none outlives the program."""
import os
import signal
import subprocess
import time

import numpy

import pictures
from apart import SOON, ApartCase, flat, workers_of
from world import DONE, FAILED, SOME_FAILED

# Moods of the gallery's plugins: the first byte of a picture.
CALM, CRASH, HANG, PROCESS, CRASH_ONCE, DESCRIPTORS = 0, 1, 2, 5, 8, 9
BATCH = 4  # pictures that the gallery's model takes at once

# Says in a file who is at work, and is as slow as a network would be.
SLOW = """
import os, time
class Model:
    def describe(self):
        return {"input": 16, "dimension": 3, "metric": "euclidean", "preferred_batch": 4}
    def embed(self, pictures):
        with open(%r, "a") as file:
            file.write("%%d\\n" %% os.getpid())
        time.sleep(%s)
        return pictures.mean(axis=(1, 2))
"""

# Works when it is tried, and never ends while a certain file is there, whatever it is told.
ENDLESS = """
import os, signal
class Model:
    def describe(self):
        return {"input": 16, "dimension": 3, "metric": "euclidean"}
    def __init__(self):
        self.stay("loading")
    def embed(self, pictures):
        self.stay("embedding")
        return pictures.mean(axis=(1, 2))
    def stay(self, where):
        if os.path.exists(os.path.join(%r, where)):
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            open(os.path.join(%r, "stays"), "w").close()
            while True:
                pass
"""


class Moody(ApartCase):
    def setUp(self):
        super().setUp()
        self.library_file = self.install("gallery_moody_model.so", {"id": "org.example.moody", "kind": "model"})

    def mood(self, name, mood, value=0):
        flat(os.path.join(self.pictures, name), (mood, value, 0), side=2)

    def test_it_runs_in_a_process_of_its_own(self):
        self.assertTrue(self.plugin("org.example.moody")["worker"])
        self.mood("process.png", PROCESS)
        self.mood("descriptors.png", DESCRIPTORS)
        process = self.start("index", "--quiet", "--model", "moody", self.pictures, stdout=subprocess.DEVNULL)
        self.assertEqual(process.wait(), DONE)
        found = self.vectors("moody")
        self.assertGreater(found["process.png"][0], 1)
        self.assertNotEqual(found["process.png"][0], process.pid)
        self.assertEqual(found["descriptors.png"][0], 0)  # none is inherited

    def test_a_crash_costs_its_pictures(self):
        for i in range(30):
            self.mood(f"calm{i:02}.png", CALM, i)
        self.mood("calm15crash.png", CRASH)
        result = self.index_with("moody", code=SOME_FAILED)
        failed = {os.path.basename(row["path"]) for row in result.rows if row.get("fate") == "failed"}
        self.assertEqual(failed, {"calm15crash.png"})
        self.assertTrue(all("process ended" in row["message"] for row in result.rows if row.get("fate") == "failed"))
        found = self.vectors("moody")
        self.assertEqual(set(found), {f"calm{i:02}.png" for i in range(30)} - failed)
        self.assertTrue(all(value[0] == int(name[4:6]) for name, value in found.items()))
        self.assertEqual(self.plugin("org.example.moody")["state"], "available")  # once is not often
        # Without the one at fault the others are made up for.
        os.remove(os.path.join(self.pictures, "calm15crash.png"))
        self.index_with("moody")
        self.assertEqual(len(self.vectors("moody")), 30)

    def test_a_hang_costs_its_pictures(self):
        for i in range(10):
            self.mood(f"calm{i:02}.png", CALM, i)
        self.mood("calm05hang.png", HANG)
        result = self.kalon("index", "--json", "--model", "moody", self.pictures, code=SOME_FAILED, environment={"KALON_WORKER_DEADLINE": "1"})
        failed = {os.path.basename(row["path"]): row["message"] for row in result.rows if row.get("fate") == "failed"}
        self.assertIn("did not answer within 1 s", failed["calm05hang.png"])
        self.assertLessEqual(len(failed), BATCH)
        self.assertEqual(set(self.vectors("moody")), {f"calm{i:02}.png" for i in range(10)} - set(failed))

    def test_quarantine_and_release(self):
        for i in range(40):
            self.mood(f"crash{i:02}.png", CRASH, i)
        self.index_with("moody", code=FAILED)
        row = self.plugin("org.example.moody")
        self.assertEqual(row["state"], "quarantined")
        self.assertIn("process ended", row["reason"])
        self.assertNotIn("moody", [model["id"] for model in self.kalon("models", "--json").rows])
        calm = self.folder("calm")
        flat(os.path.join(calm, "calm.png"), (CALM, 7, 0), side=2)
        self.index_with("moody", calm, code=FAILED)
        self.kalon("index", "--model", "descriptor", calm)  # it is nobody else's business
        summary = self.kalon("plugins", "release", "org.example.moody", "--json").summary
        self.assertEqual((summary["released"], summary["was_in_quarantine"]), ("org.example.moody", True))
        self.assertEqual(self.plugin("org.example.moody")["state"], "available")
        self.index_with("moody", calm)
        self.assertEqual(self.vectors("moody")["calm.png"][0], 7)
        summary = self.kalon("plugins", "release", "org.example.moody", "--json").summary
        self.assertFalse(summary["was_in_quarantine"])
        self.assertIn("no such plugin", self.kalon("plugins", "release", "org.example.nobody", code=FAILED).error_text)

    def test_another_file_is_given_another_chance(self):
        for i in range(40):
            self.mood(f"crash{i:02}.png", CRASH, i)
        self.index_with("moody", code=FAILED)
        self.assertEqual(self.plugin("org.example.moody")["state"], "quarantined")
        os.utime(self.library_file, (1e9, 1e9))
        self.assertEqual(self.plugin("org.example.moody")["state"], "available")


class MoodyDecoder(ApartCase):
    def setUp(self):
        super().setUp()
        self.install("gallery_moody_decoder.so", {"id": "org.example.moody-decoder", "kind": "decoder", "capabilities": ["scale"], "formats": [
            {"name": "moody", "extensions": ["moody"], "magic": [{"offset": 0, "hex": b"MOODY".hex()}]}]})

    def write(self, name, opening, reading, width=20):
        pictures.write(os.path.join(self.pictures, name), b"MOODY" + bytes([opening, reading, width, 8]) + name.encode())

    def test_a_crash_costs_its_picture(self):
        for i in range(12):
            self.write(f"calm{i:02}.moody", CALM, CALM, 20 + i)
        self.write("calm03a.moody", CRASH, CALM)
        self.write("calm07a.moody", CALM, CRASH)
        pictures.assortment(self.pictures, 10)
        result = self.index_with("descriptor", code=SOME_FAILED)
        failed = {os.path.basename(row["path"]): row["message"] for row in result.rows if row.get("fate") == "failed"}
        self.assertEqual(set(failed), {"calm03a.moody", "calm07a.moody"})
        self.assertTrue(all("process ended" in message for message in failed.values()), failed)
        self.assertEqual(result.summary["embedded"], 22)
        self.assert_healthy()

    def test_what_crashes_once_costs_nothing(self):
        for i in range(8):
            self.write(f"calm{i:02}.moody", CALM, CALM, 20 + i)
        self.write("once.moody", CALM, CRASH_ONCE)
        marker = pictures.write(self.path("marker"), b"")
        self.kalon("index", "--model", "descriptor", self.pictures, environment={"MOODY_MARKER": marker})
        self.assertFalse(os.path.exists(marker))
        self.assertEqual(len(self.vectors("descriptor")), 9)


class Ended(ApartCase):
    """Somebody ends a process."""

    def begin(self, *arguments):
        """An index run in a session of its own, as in a terminal."""
        # A shell that starts this in the background has made the keyboard's signal be ignored.
        return self.start("--threads", "2", "index", "--quiet", *arguments, self.pictures, start_new_session=True,
                          before=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def hundred(self, seconds):
        """A hundred pictures and a slow script; the file in which it says who works."""
        for i in range(100):
            flat(os.path.join(self.pictures, f"p{i:03}.png"), (i, 2 * i, 100), side=16)
        turns = self.path("turns")
        self.add(self.script("slow.py", SLOW % (turns, seconds)))
        os.remove(turns)  # it was tried
        return turns

    def turns(self, file):
        if not os.path.exists(file):
            return []
        with open(file) as lines:
            return [int(line) for line in lines.read().split("\n")[:-1]]

    def assert_hundred(self):
        found = self.vectors("slow")
        self.assertEqual(len(found), 100)
        for name, value in found.items():
            i = int(name[1:4])
            self.assertLess(numpy.abs(value - (i, 2 * i, 100)).max(), 1e-3, name)
        self.assert_healthy()

    def assert_rest_is_made_up_for(self):
        summary = self.index_with("slow").summary
        self.assertEqual((summary["embedded"] + summary["unchanged"], summary["failed"]), (100, 0), summary)
        self.assert_hundred()
        return summary

    def test_a_killed_worker_costs_nothing(self):
        file = self.hundred(0.06)
        process = self.begin("--model", "slow")
        for _ in range(2):
            # Who has taken a second turn is past what the one before it was at.
            known = len(self.turns(file))
            fresh = lambda: [one for one in set(self.turns(file)[known:]) if self.turns(file)[known:].count(one) > 1]
            victim = self.wait_for(fresh, process)[0]
            self.assertIn(victim, workers_of(process.pid))
            os.kill(victim, signal.SIGKILL)
        self.assertEqual(process.wait(timeout=SOON), DONE, process.communicate())
        process.stdout.close()
        self.assertGreater(len(set(self.turns(file))), 2)  # others went on
        self.assert_hundred()

    def test_workers_do_not_outlive_a_killed_program(self):
        file = self.hundred(0.1)
        process = self.begin("--model", "slow")
        self.wait_for(lambda: len(self.turns(file)) > 4, process)
        workers = workers_of(process.pid)
        self.assertLessEqual(set(self.turns(file)), set(workers))
        process.kill()
        process.communicate()
        self.assert_gone(workers)
        self.assert_rest_is_made_up_for()

    def test_an_interrupted_run_goes_on(self):
        file = self.hundred(0.06)
        process = self.begin("--model", "slow")
        self.wait_for(lambda: len(self.turns(file)) > 6, process)
        workers = workers_of(process.pid)
        self.assertEqual(self.interrupt(process), 130)
        self.assertIn(b"stopped; what was done is kept", process.communicate()[0])
        self.assert_gone(workers)
        self.assertGreater(self.assert_rest_is_made_up_for()["unchanged"], 0)

    def endless(self, where):
        """A run whose script hears nothing any more, at a certain place."""
        folder = self.folder("marks")
        flat(os.path.join(self.pictures, "one.png"), (1, 2, 3), side=16)
        self.add(self.script("endless.py", ENDLESS % (folder, folder)))
        open(os.path.join(folder, where), "w").close()
        process = self.begin("--model", "endless")
        self.wait_for(lambda: os.path.exists(os.path.join(folder, "stays")), process)
        workers = workers_of(process.pid)
        self.assertEqual(self.interrupt(process), 130)
        process.communicate()
        self.assert_gone(workers)
        os.remove(os.path.join(folder, where))
        self.assertEqual(self.index_with("endless").summary["embedded"], 1)  # and it is not in quarantine for that

    def test_an_interrupt_while_a_network_loads(self):
        self.endless("loading")

    def test_an_interrupt_while_it_hangs(self):
        self.endless("embedding")

    def test_killed_decoders_cost_nothing(self):
        noise = numpy.random.RandomState(1)
        for i in range(40):
            image = pictures.Image.fromarray(noise.randint(0, 256, (400, 500, 3), dtype=numpy.uint8))
            pictures.save(image, os.path.join(self.pictures, f"p{i:02}.tif"), compression="tiff_adobe_deflate")
        process = self.begin("--model", "descriptor")
        seen = set()
        for _ in range(2):
            victim = self.wait_for(lambda: set(workers_of(process.pid)) - seen, process).pop()
            seen |= set(workers_of(process.pid))
            time.sleep(0.05)
            os.kill(victim, signal.SIGKILL)
        self.assertIsNone(process.poll())
        self.assertEqual(process.wait(timeout=SOON), DONE, process.communicate())
        process.stdout.close()
        self.assertEqual(len(self.vectors("descriptor")), 40)
        self.assert_healthy()
