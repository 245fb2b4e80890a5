#!/usr/bin/python3
"""kalon-plugin-check finds every fault of the gallery by name, and none in what is shipped."""
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
    "hangs": ("model-values", "did not come to an end"), "crashes": ("model-values", "crashed: Segmentation fault"),
    "exits": ("model-values", "ended the process by exit(0)"), "aborts": ("model-values", "abort"),
    "fails": ("model-values", "gives internal"), "nan": ("model-values", "not finite"),
    "out-of-range": ("model-values", "outside of its range"), "out-of-bounds": ("model-values", "outside of a buffer"),
    "writes-input": ("model-values", "only to be read"), "no-status": ("model-values", "no status"),
    "batch": ("model-batches", "alone and in a batch"), "shared": ("model-instances", "second instance"),
    "unsafe": ("model-threads", "several threads"), "wants-all": ("model-unwanted-outputs", "abort"),
    "leaks": ("model-leaks", "keeps"), "instance-leaks": ("model-leaks", "an instance keeps"),
    "rounds": ("model-floating-point", "rounding"),
}
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

    def test_the_good_one_passes(self):
        code, rows, _ = check(os.path.join(GALLERY, "good.so"), limit="60")
        self.assertEqual((code, {row["verdict"] for row in rows.values()}), (KEPT, {"passed"}), rows)

    def test_every_fault_is_found_by_name(self):
        for fault, (name, word) in FAULTS.items():
            with self.subTest(fault):
                code, rows, _ = check(os.path.join(GALLERY, "good.json"), "--filter", name, fault=fault)
                self.assertEqual(code, BROKEN, rows)
                self.assert_found(rows, name, word)

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
                    ({"summary": None}, "manifest", "summary"), ({"manifest": 2}, "manifest", "must be 1"),
                    ({"weights": {"gallery": "f" * 32}}, "model-description", "its manifest says"),
                    ({"weights": {"other": "f" * 32}}, "model-description", "knows nothing of this model"),
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
