#!/usr/bin/python3
"""kalon-plugin-check finds every fault of the gallery by name, and none in what is shipped."""
import concurrent.futures
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

from PIL import Image

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "acceptance"))
import pictures

CHECK, GALLERY, PLUGINS = (os.environ[name] for name in ("CHECK", "GALLERY", "PLUGINS"))
KEPT, BROKEN, USAGE = 0, 1, 2

# Fault of the gallery -> the check that finds it, and a word of what it says.
FAULTS = {
    "init-fails": ("init", "missing_feature"), "init-takes-all": ("init-refused", "another revision"),
    "prints": ("silent", "standard output"), "init-rounds": ("floating-point", "rounding"),
    "any-factory": ("unknown-factory", "cannot know"), "no-factory": ("model-description", "no factory"),
    "nameless": ("model-description", "is missing"), "sizes": ("model-sizes", ""),
    "any-number": ("model-wrong-calls", "does not have"), "throws": ("model-values", "exception crossed the contract: thrown by"),
    "hangs": ("model-values", "did not come to an end"), "hides": ("model-values", "did not come to an end"), "crashes": ("model-values", "crashed: Segmentation fault"),
    "exits": ("model-values", "ended the process by exit(0)"), "aborts": ("model-values", "abort"),
    "fails": ("model-values", "gives internal"), "nan": ("model-values", "not finite"),
    "out-of-range": ("model-values", "outside of its range"), "out-of-bounds": ("model-values", "outside of a buffer"),
    "writes-input": ("model-values", "only to be read"), "no-status": ("model-values", "no status"),
    "batch": ("model-batches", "alone and in a batch"), "shared": ("model-instances", "second instance"),
    "unsafe": ("model-threads", "several threads"), "wants-all": ("model-unwanted-outputs", "abort"),
    "leaks": ("model-leaks", "keeps"), "instance-leaks": ("model-leaks", "an instance keeps"),
    "rounds": ("model-floating-point", "rounding"),
    "layout": ("model-description", "its layout is none"),
    "slow-init": ("load-time", "more than 3 s"), "failed-init-crashes": ("failed-init", "abort"),
    "failed-init-thread": ("failed-init", "touched memory"), "failed-init-stays": ("failed-init", "leaves threads behind"),
    "needs-services": ("bare-host", "abort"), "needs-call": ("model-bare-host", "abort"),
    "exact-host": ("later-host", "gives unsupported"), "exact-structs": ("model-later-structs", "gives invalid_argument"),
    "init-progress": ("callbacks", "progress() was called on the wrong thread"),
    "init-thread": ("callbacks", "cancelled() was called on the wrong thread"), "other-host": ("callbacks", "another host"),
    "wrong-thread": ("model-callbacks", "cancelled() was called on the wrong thread"),
    "more-than-all": ("model-callbacks", "more than all"),
    "ignores-cancel": ("model-cancel", "goes on for more than 3 s"), "cancel-lies": ("model-cancel", "ok and wrong values"),
    "cancel-fails": ("model-cancel", "gives internal"), "cancel-spoils": ("model-cancel", "after a cancelled batch"),
    "keeps-memory": ("model-host-memory", "keeps"), "releases-twice": ("model-host-memory", "a second time"),
    "overruns": ("model-host-memory", "behind the end"), "overruns-far": ("model-host-memory", "outside of a buffer"),
}
if os.uname().machine == "x86_64":
    FAULTS["flushes"] = ("model-floating-point", "flush-to-zero")
DECODER_FAULTS = {
    "nonsense": ("decoder-nonsense", "abort"), "info": ("decoder-reads", "orientation 9"), "changes": ("decoder-reads", "other pixels"),
    "out-of-bounds": ("decoder-reads", "outside of a buffer"), "sizes": ("decoder-sizes", ""),
    "limits": ("decoder-limits", "more pixels than allowed"), "scale": ("decoder-scales", "smaller than asked for"),
    "damaged": ("decoder-damaged", "abort"), "unsafe": ("decoder-threads", "several threads"), "leaks": ("decoder-leaks", "keeps"),
    "rounds": ("decoder-floating-point", "rounding"), "ignores-cancel": ("decoder-cancel", "more than 3 s"),
    "wrong-thread": ("decoder-callbacks", "progress() was called on the wrong thread"),
    "keeps-memory": ("decoder-host-memory", "keeps"), "needs-call": ("decoder-bare-host", "abort"),
    "exact-structs": ("decoder-later-structs", "gives invalid_argument"),
}
# Faults that show after the time that most checks need.
SLOW = {"slow-init", "ignores-cancel"}
LIBRARIES = {"wrong_size": ("entry", "8 bytes"), "wrong_magic": ("entry", "magic"),
             "exporting": ("exports", "an_open_helper"), "undefined": ("loads", "nobody_defines_this")}


def check(plugin, *arguments, fault=None, limit="3"):
    environment = dict(os.environ)
    environment.pop("KALON_BAD_PLUGIN", None)
    if fault:
        environment["KALON_BAD_PLUGIN"] = fault
    done = subprocess.run([CHECK, "--json", "--time", limit, *arguments, plugin], env=environment, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=600)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return done.returncode, {row["check"]: row for row in rows if "check" in row}, done.stderr.decode()


class Gallery(unittest.TestCase):
    def assert_found(self, rows, name, word):
        self.assertEqual(rows[name]["verdict"], "failed", rows)
        self.assertIn(word, rows[name]["message"])

    def find_all(self, faults, plugin, *arguments):
        def find(fault):
            return check(plugin, *arguments, "--filter", faults[fault][0], fault=fault, limit="20" if fault in SLOW else "3")

        # Most of the time goes by in waiting.
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for (fault, (name, word)), (code, rows, _) in zip(faults.items(), pool.map(find, faults)):
                with self.subTest(fault):
                    self.assertEqual(code, BROKEN, rows)
                    self.assert_found(rows, name, word)

    def assert_whole(self, code, rows):
        self.assertEqual((code, [row for row in rows.values() if row["verdict"] != "passed"]), (KEPT, []))

    def test_the_good_one_passes(self):
        code, rows, _ = check(os.path.join(GALLERY, "good.so"), limit="60")
        self.assert_whole(code, rows)

    def test_every_fault_is_found_by_name(self):
        self.find_all(FAULTS, os.path.join(GALLERY, "good.json"))

    def test_every_fault_of_a_decoder_is_found_by_name(self):
        with tempfile.TemporaryDirectory() as folder:
            sample = os.path.join(folder, "sample.kg")
            with open(sample, "wb") as file:
                file.write(b"KG" + bytes([16, 9]) + bytes(i * 7 % 256 for i in range(16 * 9 * 3)))
            good = os.path.join(GALLERY, "good_decoder.so")
            code, rows, _ = check(good, "--sample", sample, limit="60")
            self.assert_whole(code, rows)
            self.find_all(DECODER_FAULTS, good, "--sample", sample)

    def test_every_check_has_a_fault_that_it_finds(self):
        listed = subprocess.run([CHECK, "--list"], stdout=subprocess.PIPE, check=True).stdout.decode()
        names = {line.split()[0] for line in listed.splitlines()}
        found = {name for table in (FAULTS, DECODER_FAULTS, LIBRARIES) for name, _ in table.values()}
        self.assertEqual(names - found, {"manifest", "scan-time"}, "these are lies of the manifest, below")

    def test_faults_of_the_library(self):
        for library, (name, word) in LIBRARIES.items():
            with self.subTest(library):
                code, rows, _ = check(os.path.join(GALLERY, library + ".so"), "--filter", name)
                self.assertEqual(code, BROKEN, rows)
                self.assert_found(rows, name, word)

    def test_lies_of_the_manifest(self):
        with open(os.path.join(GALLERY, "good.json")) as file:
            truth = json.load(file)
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(os.path.join(GALLERY, "good.so"), folder)
            for change, name, word in [
                    ({"library": "other.so"}, "manifest", "another file"), ({"abi": {"major": 7, "minor": 0}}, "manifest", "abi"),
                    ({"concurrency": "sometimes"}, "manifest", "concurrency"), ({"kind": "tool"}, "manifest", "kind"),
                    ({"summary": None}, "manifest", "summary"), ({"summary": "x" * 1200000}, "scan-time", "1 MiB"), ({"manifest": 2}, "manifest", "must be 1"),
                    ({"weights": {"gallery": "f" * 32}}, "model-description", "its manifest says"),
                    ({"weights": {"other": "f" * 32}}, "model-description", "knows nothing of this model"),
                    ({"parameters": [{"name": "gain", "type": "number", "label": "Gain", "default": 9, "maximum": 8}]}, "manifest", "no default that it may have"),
                    ({"parameters": [{"name": "gain", "type": "number", "label": "Gain", "default": 1}]}, "model-description", "offers no kalon.parameters/1"),
                    ({"kind": "decoder", "formats": []}, "decoder-nonsense", "no factory")]:
                with self.subTest(change):
                    with open(os.path.join(folder, "good.json"), "w") as file:
                        json.dump(dict(truth, **change), file)
                    code, rows, _ = check(os.path.join(folder, "good.so"), "--filter", name)
                    self.assertEqual(code, BROKEN)
                    self.assert_found(rows, name, word)

    def test_words(self):
        good = os.path.join(GALLERY, "good.so")
        for arguments in ([], ["--nothing", good], [good, good], ["--filter", "no such check", good], [good + "x"],
                          ["--time", "never", good], ["--seed"]):
            done = subprocess.run([CHECK, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.assertEqual((done.returncode, done.stdout), (USAGE, b""), arguments)
            self.assertTrue(done.stderr.startswith(b"kalon-plugin-check: "), done.stderr)
        listed = subprocess.run([CHECK, "--list"], stdout=subprocess.PIPE, check=True).stdout.decode()
        self.assertIn("decoder-nonsense", listed)
        self.assertIn("--sample", subprocess.run([CHECK, "--help"], stdout=subprocess.PIPE, check=True).stdout.decode())
        text = subprocess.run([CHECK, "--filter", "entry", good], stdout=subprocess.PIPE, check=True).stdout.decode()
        self.assertIn("1 passed, 0 failed, 0 skipped (seed 1)", text)


class Shipped(unittest.TestCase):
    def test_all_pass(self):
        with tempfile.TemporaryDirectory() as folder:
            image = pictures.picture(1, (240, 160))
            samples = []
            for extension in ("jpg", "png", "tif", "webp", "bmp", "gif"):
                samples += ["--sample", pictures.save(image, os.path.join(folder, "sample." + extension))]
            names = sorted(name for name in os.listdir(PLUGINS) if name.endswith(".so"))
            self.assertGreaterEqual(len(names), 7)
            for name in names:
                with self.subTest(name):
                    code, rows, error = check(os.path.join(PLUGINS, name), *samples, limit="120")
                    failed = {row["check"]: row.get("message") for row in rows.values() if row["verdict"] == "failed"}
                    self.assertEqual((failed, code), ({}, KEPT), error)


if __name__ == "__main__":
    unittest.main(verbosity=2)
