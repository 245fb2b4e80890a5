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
from world import KALON, PATIENCE, SOME_FAILED, Case

PLUGIN = os.path.join(os.path.dirname(os.path.dirname(KALON)), "lib/eog/plugins/kalon-eog")
WIDTH, HEIGHT = 1280, 800
# An engine that says what the test wants to have said. It tells what it was asked on standard error, which is the log.
FAKE_ENGINE = """#!/usr/bin/python3
import json, os, sys

held, picture = {}, lambda request: os.path.basename(request["params"].get("path", request["params"].get("paths", "")))

def say(message):
    print(message if isinstance(message, str) else json.dumps({"jsonrpc": "2.0", **message}), flush=True)

def answer(request, rows=(), **summary):
    say({"id": request["id"], "result": {"status": "ok", "summary": summary, "rows": list(rows)}})

def neighbours(*names):
    return [{"uri": "file:///nowhere/" + name, "path": "/nowhere/" + name, "similarity": 0.5} for name in names]

for line in sys.stdin:
    request = json.loads(line)
    method, params = request["method"], request["params"]
    print("asked:", method, picture(request), file=sys.stderr, flush=True)
    MOOD
    elif method == "info":
        answer(request, [{"status": "ok", "path": params["paths"]}])
    elif method == "similar":
        answer(request, neighbours("a.jpg"))
"""
SETTINGS = """[org/gnome/eog/plugins]
active-plugins=[PLUGINS]

[org/gnome/eog/ui]
sidebar=SIDEBAR
"""
# Nothing is asked of a session but what this one has; memory that was freed does not look as if it were not.
QUIET = {"MALLOC_PERTURB_": "165", "GIO_USE_VFS": "local", "GIO_USE_VOLUME_MONITOR": "unix", "NO_AT_BRIDGE": "1", "GTK_USE_PORTAL": "0",
         "GDK_BACKEND": "x11", "GSETTINGS_BACKEND": "keyfile", "G_MESSAGES_DEBUG": "kalon-eog"}


class Window:
    """An eog that runs, its log, and a person before it."""

    def __init__(self, case, file, environment):
        self.case, self.read = case, 0
        self.log_path = case.path(f"eog-{time.monotonic_ns()}.log")
        with open(self.log_path, "wb") as log:
            # The shell tells its number, and becomes eog.
            self.process = subprocess.Popen(
                ["dbus-run-session", "--", "sh", "-c",
                 'echo "eog is process $$ of session $DBUS_SESSION_BUS_ADDRESS"; exec eog "$0"', file],
                env=environment, cwd=case.top, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        case.addCleanup(self.end)
        self.environment = environment
        started = self.wait(r"eog is process (\d+) of session (\S+)")
        self.pid, self.session = int(started[1]), started[2]
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

    def click(self, name):
        """On a neighbour, once it lies still; gives its URI."""
        before, place = None, ("", "")
        while place != before:
            time.sleep(0.7)
            before, place = place, re.findall(rf"neighbour (\S+/{re.escape(name)}) lies at (\d+ \d+)", self.log())[-1]
        self.xdotool("mousemove", *place[1].split(), "click", "1")
        return place[0]

    def activate(self, action):
        """What a click on the action's button does."""
        subprocess.run(["gdbus", "call", "--address", self.session, "--dest", "org.gnome.eog", "--object-path",
                        "/org/gnome/eog/window/1", "--method", "org.gtk.Actions.Activate", action, "[]", "{}"],
                       env=self.environment, check=True, capture_output=True, timeout=PATIENCE)

    def engine(self):
        """The process that was started last."""
        return int(re.findall(r"engine started: .* as process (\d+)", self.log())[-1])

    def screenshot(self, name):
        folder = os.environ.get("KALON_KEEP_SCREENSHOTS")
        if folder:
            time.sleep(1)  # for eyes alone: nothing is asserted of it
            os.makedirs(folder, exist_ok=True)
            subprocess.run(["import", "-window", "root", os.path.join(folder, name)], env=self.environment, check=True)

    def settle(self):
        """Until eog has nothing to do: all its threads sleep, and none has worked between two looks."""
        def look():
            threads = []
            for thread in os.listdir(f"/proc/{self.pid}/task"):
                with contextlib.suppress(OSError), open(f"/proc/{self.pid}/task/{thread}/stat", encoding="utf-8") as file:
                    fields = file.read().rpartition(")")[2].split()
                    threads.append((thread, fields[0], fields[11], fields[12]))  # state, ticks of itself and of the system
            return threads

        before, now, end = None, look(), time.monotonic() + PATIENCE
        while (now != before or any(state != "S" for _, state, _, _ in now)) and time.monotonic() < end:
            time.sleep(0.25)
            before, now = now, look()

    def close(self):
        """As a person does, who has seen that the window is complete."""
        self.settle()
        self.key("ctrl+w")
        self.case.assertEqual(self.process.wait(PATIENCE), 0, self.log()[-3000:])

    def end(self):
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
        self.set_plugins("'kalon-eog'")
        # Through a link, as a person would try a build: the engine is found beside where it leads to.
        plugins = os.path.join(self.environment["XDG_DATA_HOME"], "eog/plugins")
        os.makedirs(plugins)
        os.symlink(PLUGIN, os.path.join(plugins, "kalon-eog"))

    def set_plugins(self, names, sidebar="true"):
        file = os.path.join(self.environment["XDG_CONFIG_HOME"], "glib-2.0/settings/keyfile")
        pictures.write(file + ".new", SETTINGS.replace("PLUGINS", names).replace("SIDEBAR", sidebar).encode())
        os.replace(file + ".new", file)

    def eog(self, file, **environment):
        return Window(self, file, self.environment | environment)

    def eog_with(self, mood, file):
        """With an engine that treats some requests in a way of its own: an if statement."""
        engine = self.path("engine")
        pictures.write(engine, FAKE_ENGINE.replace("MOOD", mood.strip().replace("\n", "\n    ")).encode())
        os.chmod(engine, 0o755)
        return self.eog(file, KALON_PROGRAM=engine)

    def assert_gone(self, engine):
        end = time.monotonic() + PATIENCE
        while os.path.exists(f"/proc/{engine}"):
            self.assertLess(time.monotonic(), end, "the engine outlives its host")
            time.sleep(0.05)

    def assert_quiet(self, window, warnings="kalon-eog-WARNING|"):
        """Closes it; nobody complained but eog of itself, which does when it is closed while it makes thumbnails."""
        window.close()
        complaint = re.compile(warnings + r"(?<!EOG-)CRITICAL|GLib\S*-WARNING|G(t|d)k-WARNING")
        self.assertEqual([line for line in window.log().splitlines() if complaint.search(line)], [])

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
        with open(f"/proc/{window.pid}/maps", encoding="utf-8") as maps:
            mapped = maps.read()
        self.assertIn("libkalon-eog.so", mapped)
        self.assertNotRegex(mapped, r"libkalon\.so|OpenImageIO", "the engine belongs into a process of its own")

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
        nearest = expected(self.sources[1])[0]
        uri = window.click(nearest)
        window.wait("opening: " + re.escape(uri))
        window.wait("picture: " + re.escape(uri))
        self.assertEqual(len(window.neighbours()), 8)

        # The engine dies: it is told, and starts again with the next thing that is asked.
        first = window.engine()
        os.kill(first, signal.SIGKILL)
        window.wait(r"engine gone: ")
        window.wait(r"panel says: Kalon's engine ended unexpectedly.* \[Start it again\]")
        window.screenshot("panel-gone.png")
        self.assertIsNone(window.process.poll())
        window.key("Right")
        window.wait("engine started: ")
        self.assertNotEqual(window.engine(), first)
        self.assertEqual(len(window.neighbours()), 8)
        self.assert_quiet(window)


class Library(EogCase):
    def test_a_folder_that_is_not_indexed(self):
        self.some_pictures(3)
        odd = os.path.join(self.pictures, "\u00e9t\u00e9 #1 100%25?.jpg")
        shutil.copy(self.sources[1], odd)
        window = self.eog(odd)
        window.wait(r"panel says: This picture is not indexed yet\. \[Index this folder\]")
        self.assertFalse(os.path.exists(self.library), "looking made a library")
        window.key("ctrl+alt+p")  # no decision about what nobody knows
        window.wait(r"panel says: This picture is not indexed yet\.")
        window.activate("kalon-index")
        window.wait("indexing: " + re.escape("file://" + self.pictures), r"panel says: 4 pictures are indexed\.")
        self.assertEqual(len(window.neighbours("flag: none")), 2)  # its copy is the same picture
        self.assertEqual(sorted(self.names(self.list())), ["00.jpg", "01.jpg", "02.jpg", os.path.basename(odd)])
        window.key("ctrl+alt+p")
        window.wait("flagged: " + re.escape(odd) + " as pick")
        self.assertEqual(len(self.list("--where", "flag = pick")), 2)
        engine = window.engine()
        self.assert_quiet(window)
        self.assert_gone(engine)

    def test_a_library_that_is_named(self):
        self.some_pictures(3)
        self.index_fast("--library", self.path("named"))
        window = self.eog(self.sources[0], KALON_LIBRARY=self.path("named"))
        self.assertEqual(len(window.neighbours()), 2)
        window.key("ctrl+alt+x")
        window.wait("flagged: .* as reject")
        self.assertFalse(os.path.exists(self.library))
        self.assertEqual(len(self.kalon("--library", self.path("named"), "list", "--json", "--where", "flag = reject").rows), 1)
        # Switched off and on again while eog runs.
        engine = window.engine()
        self.set_plugins("")
        window.wait("panel removed")
        self.assert_gone(engine)
        self.set_plugins("'kalon-eog'")
        window.wait("panel added")
        self.assertEqual(len(window.neighbours("flag: reject")), 2)
        self.assertNotEqual(window.engine(), engine)
        self.assert_quiet(window)

    def test_a_panel_that_is_not_seen_asks_nothing(self):
        self.some_pictures(3)
        self.index_fast()
        self.set_plugins("'kalon-eog'", sidebar="false")
        window = self.eog(self.sources[0])
        window.wait("chosen: .*00.jpg")
        window.key("Right")
        window.wait("chosen: .*01.jpg")
        time.sleep(0.5)  # would be asked by now
        self.assertNotIn("engine started", window.log())
        window.key("F9")
        self.assertEqual(len(window.neighbours("picture: .*01.jpg")), 2)
        self.assertNotIn("picture: file://" + self.sources[0], window.log())
        self.assert_quiet(window)

    def test_a_file_that_is_no_picture_any_more(self):
        self.some_pictures(2)
        with open(self.sources[0], "r+b") as file:
            file.truncate(60)
        self.kalon("index", "--quiet", "--model", "descriptor", self.pictures, code=SOME_FAILED)
        window = self.eog(self.sources[0])
        window.wait("panel says: This picture could not be indexed: ")
        window.key("Right")
        window.wait("panel says: No similar picture is indexed yet")
        self.assert_quiet(window)


class Engine(EogCase):
    """The engine is one of the test's, and misbehaves."""

    def setUp(self):
        super().setUp()
        self.some_pictures(4)

    def test_answers_about_the_picture_before_are_dropped(self):
        window = self.eog_with("""
if method == "similar" and picture(request) == "00.jpg":
    held[request["id"]] = request
elif method == "cancel":
    answer(held.pop(params["id"]), neighbours("stale.jpg"))
""", self.sources[0])
        window.wait("asked: similar 00.jpg")
        window.key("Right")
        window.wait("asked: cancel", "asked: info 01.jpg")
        self.assertEqual(window.neighbours(), ["a.jpg"])
        self.assertNotIn("stale.jpg", window.log())
        # Of pictures that are stepped over none is asked about after the next one came to stand.
        window.key("Right", "Right", "Left", "Left", "Right", "Right")
        window.wait("picture: .*/03.jpg")
        self.assertEqual(window.neighbours(), ["a.jpg"])
        told = re.findall(r"(picture|shown): (\S+)", window.log())
        standing = None
        for what, uri in told:
            if what == "picture":
                standing = uri
            self.assertEqual(uri, standing, told)
        self.assert_quiet(window)

    def test_indexing_is_cancelled(self):
        window = self.eog_with("""
if method == "index":
    held[request["id"]] = request
    say({"method": "progress", "params": {"id": request["id"], "phase": "index", "done": 40, "total": 900}})
elif method == "cancel":
    say({"id": held.pop(params["id"])["id"], "error": {"code": -32005, "message": "cancelled"}})
""", self.sources[0])
        window.neighbours()
        window.activate("kalon-index")
        window.wait("indexing: index 40 of 900")
        window.screenshot("panel-indexing.png")
        window.activate("kalon-index")  # one at a time
        window.key("Right")  # goes on meanwhile
        window.neighbours()
        window.activate("kalon-cancel-index")
        window.wait("asked: cancel", r"panel says: Indexing was cancelled; what is done is kept\.")
        self.assertEqual(window.log().count("asked: index"), 1)
        self.assert_quiet(window)

    def test_it_dies_at_work(self):
        window = self.eog_with("""
if method == "index" or (method == "similar" and picture(request) == "01.jpg"):
    os.abort()
""", self.sources[0])
        window.neighbours()
        window.activate("kalon-index")
        window.wait(r"panel says: Indexing stopped: Kalon's engine ended", "engine ended by signal 6")
        window.neighbours()  # of the engine after it
        window.key("Right")
        window.wait(r"panel says: Kalon's engine ended unexpectedly.* \[Start it again\]")
        window.activate("kalon-similar")
        window.wait("engine started: ", r"panel says: Kalon's engine ended unexpectedly")
        window.key("Left")
        self.assertEqual(window.neighbours(), ["a.jpg"])
        self.assert_quiet(window)

    def test_it_cannot_be_started(self):
        for program in (self.path("nothing"), self.sources[0]):
            window = self.eog(self.sources[0], KALON_PROGRAM=program)
            window.wait("panel says: " + re.escape(program) + r" cannot be started: .* \[Start it again\]")
            window.activate("kalon-pick")
            window.wait("panel says: " + re.escape(program) + " cannot be started: ")
            self.assert_quiet(window)

    def test_it_talks_nonsense(self):
        window = self.eog_with("""
if method == "info" and picture(request) == "00.jpg":
    for message in ("", "{", "[]", "7", '"text"', "[" * 1000, {"id": 10**18, "result": {}}, {"id": "x", "result": []},
                    {"method": 7}, {"method": "progress"}, {"method": "progress", "params": {"id": request["id"]}},
                    {"method": "progress", "params": []}, {"method": "rows", "params": {"rows": 7}}, {"id": None, "error": 3}):
        say(message)
    answer(request, [{"status": "ok", "flag": 7, "attributes": {"beauty": "1e400", "mood": 3, "rating": []}}])
elif method == "scores":
    answer(request, [7, {}, {"name": 7}, {"name": "mood"}, {"name": "beauty", "direction": []}])
elif method == "list":
    say({"id": request["id"], "result": {"summary": {"count": "many"}}})
elif method == "similar" and picture(request) == "00.jpg":
    answer(request, [7, None, {"uri": 7, "path": []}, {"uri": "nonsense", "path": ""}, {"uri": "file:///x", "path": "<b>&amp;"}])
elif method == "similar" and picture(request) == "01.jpg":
    say({"id": request["id"], "error": {"code": "no", "message": ["no"]}})
elif method == "info" and picture(request) == "02.jpg":
    say({"id": request["id"], "result": []})
""", self.sources[0])
        window.wait("shown: .* with 2 neighbours")
        window.key("Right")
        window.wait("panel says: Kalon's engine does not say what went wrong")
        window.key("Right")
        window.wait("panel says: the engine's answer cannot be understood")
        window.key("Right")
        self.assertEqual(window.neighbours(), ["a.jpg"])
        self.assert_quiet(window, warnings="")
        self.assertEqual(window.log().count("started: "), 1)
