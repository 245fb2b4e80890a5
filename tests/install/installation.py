"""An installation in a folder of its own, and programs run as somebody would who has nothing of Kalon but that."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import numpy
from PIL import Image

SOURCE = pathlib.Path(__file__).resolve().parents[2]


def build_folder():
    """The one that is named on the command line."""
    return pathlib.Path(sys.argv[1]).resolve()


def main():
    if len(sys.argv) < 2:
        sys.exit("usage: AREA.py BUILD [CLASS[.TEST]...]")
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]], verbosity=2)


def environment(top):
    """Of a user whose home is below top."""
    own = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C", "HOME": str(top / "home"),
           "XDG_DATA_HOME": str(top / "data")}
    return own | {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}


def contents(folder):
    """Every file and link below a folder, by path relative to it."""
    return {path.relative_to(folder).as_posix() for path in pathlib.Path(folder).rglob("*") if path.is_symlink() or not path.is_dir()}


def elf_files(folder):
    for path in sorted(pathlib.Path(folder).rglob("*")):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                if file.read(4) == b"\x7fELF":
                    yield path


class Installation(unittest.TestCase):
    """Installed once for a class, into top/first, and moved to top/"moved prefix"."""
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.top = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="kalon-install-"))).resolve()
        cls.environment = environment(cls.top)
        cls.first, cls.prefix = cls.top / "first", cls.top / "moved prefix"
        cls.run_command("cmake", "--install", build_folder(), "--prefix", cls.first)
        cls.before_moving()
        cls.first.rename(cls.prefix)

    @classmethod
    def before_moving(cls):
        pass

    @classmethod
    def run_command(cls, *command, code=0, cwd=None, **more):
        done = subprocess.run([str(word) for word in command], cwd=cwd or cls.top, env=cls.environment | more,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
        if code is not None and done.returncode != code:
            raise AssertionError(f"{done.args} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    def kalon(self, *arguments, code=0):
        return self.run_command(self.prefix / "bin/kalon", *arguments, code=code)

    def rows(self, *arguments):
        return [json.loads(line) for line in self.kalon("--json", *arguments).stdout.splitlines()]

    def blocks(self, count=12, cells=4, side=64):
        """A folder of pictures of cells x cells flat blocks, and their colours from 0 to 1, one row a picture."""
        folder = self.top / "pictures"
        random = numpy.random.RandomState(20)
        colours = random.randint(0, 256, (count, cells, cells, 3), dtype=numpy.uint8)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for i, grid in enumerate(colours):
            Image.fromarray(grid.repeat(side // cells, 0).repeat(side // cells, 1)).save(folder / f"{i:02}.png")
        return folder, colours.reshape(count, -1) / 255


def dynamic(path, tag):
    """The values of a tag of an ELF file's dynamic section."""
    done = subprocess.run(["readelf", "-dW", str(path)], check=True, capture_output=True, text=True, env=dict(os.environ, LC_ALL="C"))
    return re.findall(rf"\({tag}\).*?\[(.*?)\]", done.stdout)


def exported(path):
    """The names of the symbols that a library exports."""
    done = subprocess.run(["nm", "-D", "--defined-only", str(path)], check=True, capture_output=True, text=True)
    return done.stdout.split()[2::3]
