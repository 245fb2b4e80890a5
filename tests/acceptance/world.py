"""A folder, a home and a library of its own for each test, and the program run in it."""
import contextlib
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import tempfile
import threading
import unittest
import urllib.parse

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
KALON = os.path.abspath(os.environ.get("KALON") or os.path.join(SOURCE, "build/release/bin/kalon"))
PATIENCE = 300  # seconds after which a command counts as hanging; nothing here takes a tenth of it

DONE, FAILED, USAGE, SOME_FAILED = 0, 1, 2, 3


class Result:
    """What a command left behind."""

    def __init__(self, command, code, out, err, peak_bytes):
        self.command, self.code, self.out, self.err, self.peak_bytes = command, code, out, err, peak_bytes

    @property
    def text(self):
        return self.out.decode()

    @property
    def error_text(self):
        return self.err.decode(errors="replace")

    @property
    def objects(self):
        """Every line of standard output as a JSON object; anything else on it is an error."""
        objects = [json.loads(line) for line in self.out.splitlines()]
        assert all(isinstance(item, dict) for item in objects), self.out
        return objects

    @property
    def rows(self):
        return [item for item in self.objects if "summary" not in item or "id" in item or "uri" in item]

    @property
    def summary(self):
        return self.objects[-1]["summary"]

    def __repr__(self):
        show = lambda data: data.decode(errors="backslashreplace")[-4000:]
        return f"{self.command}\nexit code {self.code}\n-- stdout\n{show(self.out)}\n-- stderr\n{show(self.err)}"


def path_of(row):
    """The path of a row as bytes: the URI loses nothing, the display path may."""
    return path_from_uri(row["uri"])


def path_from_uri(uri):
    assert uri.startswith("file:///"), uri
    return urllib.parse.unquote_to_bytes(uri[len("file://"):])


def remove(top):
    """Removes a tree, also folders that were made unreadable."""
    for folder, below, _ in os.walk(top):
        for name in below:
            path = os.path.join(folder, name)
            if not os.path.islink(path):
                with contextlib.suppress(OSError):
                    os.chmod(path, 0o755)
    shutil.rmtree(top)


def limit_file_size(size):
    """Makes every write beyond size fail, as on a full disk, instead of ending the program."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def raise_schema(library):
    """Makes it a library of a newer program: the version is an 8-byte number under "schema" in the table "meta"; LMDB's own
    tools raise it."""
    dump = subprocess.run(["mdb_dump", "-s", "meta", library], check=True, capture_output=True).stdout.decode()
    key = "schema".encode().hex()
    raised = re.sub(rf"^( {key}\n )([0-9a-f]+)$", lambda found: f"{found[1]}{int(found[2], 16) + 1:016x}", dump, flags=re.M)
    assert raised != dump, dump
    subprocess.run(["mdb_load", "-s", "meta", library], input=raised.encode(), check=True, capture_output=True)


class Case(unittest.TestCase):
    maxDiff = 4000

    def setUp(self):
        self.top = os.path.realpath(tempfile.mkdtemp(prefix="kalon-acceptance-"))
        self.addCleanup(remove, self.top)
        self.pictures = self.folder("pictures")
        self.environment = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "HOME": self.folder("home"),
            "XDG_DATA_HOME": self.folder("data"),
            "XDG_CONFIG_HOME": self.folder("config"),
            "XDG_CACHE_HOME": self.folder("cache"),
            "TMPDIR": self.folder("tmp"),
            "LC_ALL": "C",
        }
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS"):
            if name in os.environ:
                self.environment[name] = os.environ[name]
        self.library = os.path.join(self.environment["XDG_DATA_HOME"], "kalon", "default")

    def path(self, *parts):
        return os.path.join(self.top, *parts)

    def folder(self, *parts):
        path = self.path(*parts)
        os.makedirs(path, exist_ok=True)
        return path

    def start(self, *arguments, environment=None, cwd=None, before=None, **popen):
        """The program, running."""
        return subprocess.Popen([KALON, *arguments], env={**self.environment, **(environment or {})}, cwd=cwd or self.top,
                                stdin=subprocess.DEVNULL, preexec_fn=before, **popen)

    def kalon(self, *arguments, code=DONE, environment=None, cwd=None, before=None):
        """Runs the program to its end and checks its exit code (None: any that is no signal)."""
        with tempfile.TemporaryFile(dir=self.top) as out, tempfile.TemporaryFile(dir=self.top) as err:
            process = self.start(*arguments, environment=environment, cwd=cwd, before=before, stdout=out, stderr=err)
            hanging = threading.Timer(PATIENCE, process.kill)
            hanging.start()
            # The peak that Linux reports is at least that of this process at the fork: tests must not hold much themselves.
            _, status, usage = os.wait4(process.pid, 0)
            hanging.cancel()
            process.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            err.seek(0)
            result = Result(list(process.args), process.returncode, out.read(), err.read(), usage.ru_maxrss * 1024)
        if code is None:
            self.assertGreaterEqual(result.code, 0, result)
        else:
            self.assertEqual(result.code, code, result)
        return result

    def index(self, *arguments, code=DONE):
        """Indexes self.pictures, or the given arguments, and gives the summary."""
        return self.kalon("index", "--json", *(arguments or [self.pictures]), code=code).summary

    def list(self, *arguments, code=DONE):
        return self.kalon("list", "--json", *arguments, code=code).rows

    def names(self, rows):
        """Paths of rows relative to the folder of pictures, as text."""
        return [os.fsdecode(os.path.relpath(path_of(row), os.fsencode(self.pictures))) for row in rows]

    def row(self, name, rows=None):
        """The one row of a file below self.pictures."""
        wanted = os.path.join(os.fsencode(self.pictures), os.fsencode(name))
        found = [row for row in (self.list() if rows is None else rows) if path_of(row) == wanted]
        self.assertEqual(len(found), 1, name)
        return found[0]

    def assert_healthy(self, *arguments):
        summary = self.kalon(*arguments, "doctor", "check", "--json").summary
        self.assertEqual(summary["faults"], 0)
