"""Programs of others on top of the engine: built from sdk/include alone, run in a home of their own."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[2]
sys.path.insert(0, str(SOURCE / "tests/acceptance"))

ENGINE = os.path.abspath(os.environ.get("KALON_ENGINE") or SOURCE / "build/release/lib/libkalon.so.1")
SANITIZE = os.environ.get("KALON_SANITIZED", "")
PATIENCE = 300  # seconds after which a program counts as hanging; none takes a tenth of it


class ProgramCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory(prefix="kalon-hosts-")
        cls.addClassCleanup(cls.scratch.cleanup)
        cls.top = pathlib.Path(cls.scratch.name).resolve()
        cls.environment = {name: os.environ[name] for name in ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS") if name in os.environ}
        for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "TMPDIR"):
            (cls.top / name).mkdir()
            cls.environment[name] = str(cls.top / name)

    @classmethod
    def built(cls, source, standard, compiler):
        program = cls.top / f"{source.stem}-{standard}-{compiler}".replace("+", "p")
        command = [compiler, f"-std={standard}", "-Wall", "-Wextra", "-pedantic", "-Wconversion", "-Werror", "-D_GNU_SOURCE",
                   "-I", SOURCE / "sdk/include", source, "-o", program, "-ldl", "-pthread"]
        if SANITIZE:
            command.append(f"-fsanitize={SANITIZE}")
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        return program

    def run_program(self, program, *arguments, code=0):
        done = subprocess.run([program, *map(str, arguments)], env=self.environment, cwd=self.top, capture_output=True, text=True,
                              timeout=PATIENCE)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done
