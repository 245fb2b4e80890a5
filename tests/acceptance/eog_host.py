"""Eye of GNOME with Kalon's plugin, on a screen of its own: what the panel shows is asserted by the plugin's log.

KALON_KEEP_SCREENSHOTS names a folder that gets pictures of the window; KALON_EOG_PICTURES a folder whose pictures are shown
by the tour instead of generated ones.
"""
import contextlib
import os
import re
import shutil
import signal
import subprocess
import time

import pictures
from world import KALON, PATIENCE, Case

PLUGIN = os.path.join(os.path.dirname(os.path.dirname(KALON)), "lib/eog/plugins/kalon-eog")
WIDTH, HEIGHT = 1280, 800
SETTINGS = """[org/gnome/eog/plugins]
active-plugins=['kalon-eog']

[org/gnome/eog/ui]
sidebar=true
"""
# Where a decoder leaves its threads, and what would ask a session for more than this one has.
QUIET = {"GIO_USE_VFS": "local", "GIO_USE_VOLUME_MONITOR": "unix", "NO_AT_BRIDGE": "1", "GTK_USE_PORTAL": "0",
         "GDK_BACKEND": "x11", "GSETTINGS_BACKEND": "keyfile", "G_MESSAGES_DEBUG": "kalon-eog"}


class Window:
    """An eog that runs, its log, and a person before it."""

    def __init__(self, case, file, environment):
        self.case, self.read = case, 0
        self.log_path = case.path(f"eog-{time.monotonic_ns()}.log")
        with open(self.log_path, "wb") as log:
            # The shell tells its number, and becomes eog.
            self.process = subprocess.Popen(
                ["dbus-run-session", "--", "sh", "-c", 'echo "eog is process $$"; exec eog "$0"', file],
                env=environment, cwd=case.top, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        case.addCleanup(self.close)
        self.environment = environment
        self.pid = int(self.wait(r"eog is process (\d+)")[1])
        self.wait("panel added")
        # No window manager is there to do any of this.
        self.window = self.xdotool("search", "--sync", "--onlyvisible", "--class", "eog").split()[-1]
        self.xdotool("windowmove", self.window, "0", "0", "windowsize", self.window, str(WIDTH), str(HEIGHT),
                     "windowfocus", self.window)

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def wait(self, *patterns):
        """The first match of each behind what was waited for before, in whatever order they come; gives that of the first."""
        end = time.monotonic() + PATIENCE
        while True:
            text = self.log()
            found = [re.compile(pattern).search(text, self.read) for pattern in patterns]
            if all(found):
                self.read = max(match.end() for match in found)
                return found[0]
            gone = self.process.poll() is not None
            if gone or time.monotonic() > end:
                self.case.fail(f"no {[pattern for pattern, match in zip(patterns, found) if not match]}{', and eog is gone,' if gone else ''} in:\n{text[self.read:][-6000:]}\n"
                               f"-- before\n{text[:self.read][-3000:]}")
            time.sleep(0.05)

    def neighbours(self, *patterns):
        """The names that the panel shows next, and whatever else it says then."""
        return self.wait(r"shown: \S+ with \d+ neighbours:(.*)", *patterns)[1].split()

    def xdotool(self, *arguments):
        return subprocess.run(["xdotool", *arguments], env=self.environment, check=True, capture_output=True, text=True,
                              timeout=PATIENCE).stdout

    def key(self, *keys):
        self.xdotool("key", *keys)

    def engine(self):
        """The process that was started last."""
        return int(re.findall(r"engine started: .* as process (\d+)", self.log())[-1])

    def screenshot(self, name):
        folder = os.environ.get("KALON_KEEP_SCREENSHOTS")
        if folder:
            time.sleep(1)  # for eyes alone: nothing is asserted of it
            os.makedirs(folder, exist_ok=True)
            subprocess.run(["import", "-window", "root", os.path.join(folder, name)], env=self.environment, check=True)

    def close(self):
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGTERM)
        self.process.wait(PATIENCE)


class EogCase(Case):
    def setUp(self):
        super().setUp()
        reading, writing = os.pipe()
        screen = subprocess.Popen(["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-nolisten", "tcp"],
                                  pass_fds=[writing], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL, env=self.environment)
        self.addCleanup(screen.wait, PATIENCE)
        self.addCleanup(screen.terminate)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            display = pipe.readline().strip()
        self.assertTrue(display, "Xvfb gave no display")
        self.environment |= QUIET | {"DISPLAY": ":" + display, "XDG_RUNTIME_DIR": self.folder("run"), "LC_ALL": "C.UTF-8"}
        os.chmod(self.environment["XDG_RUNTIME_DIR"], 0o700)
        pictures.write(os.path.join(self.environment["XDG_CONFIG_HOME"], "glib-2.0/settings/keyfile"), SETTINGS.encode())
        # Through a link, as a person would try a build: the engine is found beside where it leads to.
        plugins = os.path.join(self.environment["XDG_DATA_HOME"], "eog/plugins")
        os.makedirs(plugins)
        os.symlink(PLUGIN, os.path.join(plugins, "kalon-eog"))

    def eog(self, file, **environment):
        return Window(self, file, self.environment | environment)

    def some_pictures(self, count=12):
        self.sources = [os.path.join(self.pictures, f"{number:02}.jpg") for number in range(count)]
        for number, path in enumerate(self.sources):
            pictures.save(pictures.family_member(number // 3, number % 3, (320, 240)), path, quality=90)
        return self.sources

    def index_fast(self, *arguments):
        return self.kalon(*arguments, "index", "--quiet", "--model", "descriptor", self.pictures)


class Tour(EogCase):
    """Everything on one way, as a person goes it."""

    def test_neighbours_scores_flags_and_the_end_of_the_engine(self):
        photographs = os.environ.get("KALON_EOG_PICTURES")
        if photographs:
            self.pictures = os.path.realpath(photographs)
            self.sources = sorted(os.path.join(self.pictures, name) for name in os.listdir(self.pictures)
                                  if name.endswith((".jpg", ".png")))
        else:
            self.some_pictures()
        self.index_fast()
        pictures.write(self.path("scores.csv"), b"path,score\n" + b"".join(
            f"{path},{number / 8 - 1}\n".encode() for number, path in enumerate(self.sources)))
        self.kalon("scores", "import", self.path("scores.csv"), "--name", "beauty")
        count, expected = len(self.sources), lambda path: [
            os.path.basename(row["path"]) for row in self.kalon("similar", "--json", "-k", "8", path).rows]

        window = self.eog(self.sources[0])
        window.wait("engine started: " + re.escape(KALON), re.escape(f"picture: file://{self.sources[0]}"))
        nearest = expected(self.sources[0])
        self.assertEqual(window.neighbours("flag: none", re.escape(f"score: beauty is -1, {count}th of {count}"),
                                           *(f" thumbnail: {re.escape(name)}" for name in nearest)), nearest)
        window.screenshot("panel-first.png")

        # The next picture, and what is said of it only.
        window.key("Right")
        window.wait(re.escape(f"picture: file://{self.sources[1]}"))
        self.assertEqual(window.neighbours(re.escape(f"score: beauty is -0.875, {count - 1}th of {count}")),
                         expected(self.sources[1]))

        window.key("ctrl+alt+p")
        window.wait(re.escape(f"flagged: {self.sources[1]} as pick"))
        self.assertEqual([row["path"] for row in self.list("--where", "flag = pick")], [self.sources[1]])
        window.screenshot("panel.png")
        window.key("ctrl+alt+x")
        window.wait(re.escape(f"flagged: {self.sources[1]} as reject"))
        self.assertEqual(self.list("--where", "flag = pick"), [])
        self.assertEqual(len(self.list("--where", "flag = reject")), 1)
        window.key("ctrl+alt+u")
        window.wait(re.escape(f"flagged: {self.sources[1]} as none"))
        self.assertEqual(len(self.list("--where", "flag = none")), count)
        # What is decided elsewhere is seen when it is asked for again.
        self.kalon("flag", self.sources[1], "--as", "reject")
        window.key("ctrl+alt+s")
        window.wait("flag: reject")
        window.neighbours()

        # A neighbour that is clicked comes to stand.
        places = dict(re.findall(r"neighbour (\S+) lies at (\d+ \d+)", window.log()))
        nearest = expected(self.sources[1])[0]
        uri = [uri for uri in places if uri.endswith("/" + nearest)][0]
        window.xdotool("mousemove", *places[uri].split(), "click", "1")
        window.wait("opening: " + re.escape(uri))
        window.wait("picture: " + re.escape(uri))
        self.assertEqual(len(window.neighbours()), 8)

        # The engine dies: it is told, and starts again with the next thing that is asked.
        first = window.engine()
        os.kill(first, signal.SIGKILL)
        window.wait(r"engine gone: ")
        window.wait(r"panel says: Kalon's engine ended unexpectedly .*\[Start it again\]")
        window.screenshot("panel-gone.png")
        self.assertIsNone(window.process.poll())
        window.key("Right")
        window.wait("engine started: ")
        self.assertNotEqual(window.engine(), first)
        self.assertEqual(len(window.neighbours()), 8)
        window.close()
        self.assertNotIn("CRITICAL", window.log())
