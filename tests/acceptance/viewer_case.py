"""The viewer on a screen of its own: scripts of commands, what they led to as JSON, and pictures of the window."""
import json
import os
import re
import subprocess
import time

from PIL import Image

import pictures
from world import KALON, PATIENCE, Case

VIEWER = os.path.abspath(os.environ.get("KALON_VIEWER") or os.path.join(os.path.dirname(KALON), "kalon-viewer"))
# Built with sanitizers, beside the fuzz targets. It loads the engine that lies beside it, as in any installation: that of the
# build that is tested.
SANITIZED = "KALON_VIEWER" in os.environ


def place_engine():
    lib, wanted = os.path.join(os.path.dirname(os.path.dirname(VIEWER)), "lib"), os.path.join(os.path.dirname(os.path.dirname(KALON)), "lib")
    if not os.path.exists(VIEWER) or (os.path.islink(lib) and os.readlink(lib) == wanted):
        return
    fresh = f"{lib}.{os.getpid()}"
    os.symlink(wanted, fresh)
    os.replace(fresh, lib)
WIDTH, HEIGHT = 1280, 800


def start_screen(resources=None, size=(1600, 1000)):
    """An X server that belongs to this test alone; gives it and the name of its display."""
    reading, writing = os.pipe()
    screen = subprocess.Popen(["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{size[0]}x{size[1]}x24", "-nolisten", "tcp",
                               "-noreset"],  # what is set by a client that has gone stays
                              pass_fds=[writing], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        display = pipe.readline().strip()
    assert display, "Xvfb gave no display"
    if resources:
        subprocess.run(["xrdb", "-merge"], input=resources.encode(), env={**os.environ, "DISPLAY": ":" + display}, check=True)
    return screen, ":" + display


def ours(report):
    """What a sanitizer reports, without leaks that no code of Kalon is part of: Mesa's drivers, which are unloaded before the
    process ends, keep some. The first line of a stack is the allocation itself. Where a thread of a library ends while leaks are
    looked for, LeakSanitizer gives up: then it found none, and that is no finding."""
    report = re.sub(r"^Tracer caught signal.*\n(?:==\d+==(?:LeakSanitizer has encountered|HINT:).*\n)*", "", report, flags=re.M)
    before, of_leaks, rest = report.partition("ERROR: LeakSanitizer")
    if not of_leaks:
        return [report[:6000]] if report.strip() else []
    others = [before[:6000]] if re.search("ERROR: |runtime error", before) else []
    leaks = re.split(r"^(?=(?:Direct|Indirect) leak of)", rest, flags=re.M)[1:]
    frames = lambda leak: [line for line in re.findall(r"^ +#\d+ .*", leak, flags=re.M)[1:]]
    foreign = lambda frame: "<unknown module>" in frame or "(/usr/lib/" in frame or "(/lib/" in frame
    return others + [leak[:3000] for leak in leaks if not all(map(foreign, frames(leak)))]


class ViewerCase(Case):
    resources = None

    @classmethod
    def setUpClass(cls):
        cls.screen, cls.display = start_screen(cls.resources)

    @classmethod
    def tearDownClass(cls):
        cls.screen.terminate()
        cls.screen.wait(PATIENCE)

    def setUp(self):
        super().setUp()
        self.environment |= {"DISPLAY": self.display, "LC_ALL": "C.UTF-8", "XDG_RUNTIME_DIR": self.folder("run"), "TZ": "UTC",
                             "LIBGL_ALWAYS_SOFTWARE": "1", "GALLIUM_DRIVER": "llvmpipe"}
        os.chmod(self.environment["XDG_RUNTIME_DIR"], 0o700)
        self.states = 0
        if SANITIZED:
            self.sanitize()

    def sanitize(self):
        """Whatever a sanitizer finds in any process of the test makes it fail."""
        place_engine()
        folder = self.folder("findings")
        # Leaks are judged below, and alone do not end the program with another code.
        self.environment |= {"ASAN_OPTIONS": f"log_path={folder}/finding:exitcode=99:allocator_may_return_null=1",
                             "LSAN_OPTIONS": "exitcode=0", "UBSAN_OPTIONS": "print_stacktrace=1"}
        self.addCleanup(self.assert_no_findings, folder)

    def assert_no_findings(self, folder):
        texts = []
        for name in sorted(os.listdir(folder)):
            with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
                texts += ours(file.read())
        self.assertEqual(texts, [], "\n".join(texts))

    # ---- pictures

    def some_pictures(self, count=12, size=(320, 240)):
        """Families of three, named 00.jpg and so on, taken one minute after the other."""
        for number in range(count):
            taken = f"2024:05:01 10:{number % 60:02}:00"
            pictures.save(pictures.family_member(number // 3, number % 3, size), os.path.join(self.pictures, f"{number:02}.jpg"),
                          quality=90, exif=pictures.exif(taken=taken))
        return [f"{number:02}.jpg" for number in range(count)]

    def indexed_pictures(self, count=12, size=(320, 240)):
        names = self.some_pictures(count, size)
        self.kalon("index", "--quiet", "--model", "descriptor", self.pictures)
        return names

    def path_of(self, name):
        return os.path.join(self.pictures, name)

    # ---- the program

    def start_viewer(self, *arguments, environment=None, size=(WIDTH, HEIGHT), settings="", before=None):
        with open(self.path("viewer.log"), "ab") as log:
            process = subprocess.Popen([VIEWER, "--size", f"{size[0]}x{size[1]}", "--settings", settings, *arguments],
                                       env={**self.environment, **(environment or {})}, cwd=self.top, stdin=subprocess.DEVNULL,
                                       stdout=log, stderr=log, preexec_fn=before)
        self.addCleanup(self.end, process)
        return process

    def end(self, process):
        if process.poll() is None:
            process.kill()
        process.wait(PATIENCE)

    def log(self):
        if not os.path.exists(self.path("viewer.log")):
            return ""
        with open(self.path("viewer.log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def script(self, text):
        """A script file. Every line `state` gets a file of its own; `screenshot NAME` goes into the test's folder."""
        lines = []
        self.state_files = []
        for line in text.strip().splitlines():
            line = line.strip()
            if line == "state":
                self.states += 1
                self.state_files.append(self.path(f"state-{self.states}.json"))
                line = "state " + self.state_files[-1]
            elif line.startswith("screenshot "):
                line = "screenshot " + self.path(line.split()[1])
            lines.append(line)
        return pictures.write(self.path(f"script-{time.monotonic_ns()}.txt"), "\n".join(lines + ["quit", ""]).encode())

    def view(self, script, *arguments, code=0, paths=None, **how):
        """Runs the script to its end; gives the states that it saved, in their order."""
        file = self.script(script)
        paths = [self.pictures] if paths is None else paths
        process = self.start_viewer("--script", file, *arguments, *paths, **how)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.fail("the viewer hangs\n" + self.log()[-3000:])
        self.assertEqual(process.returncode, code, self.log()[-4000:])
        return [self.read(state) for state in self.state_files if os.path.exists(state)]

    def wait_for(self, condition):
        end = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > end:
                self.fail("it does not come about\n" + self.log()[-3000:])
            time.sleep(0.05)

    def read(self, file):
        with open(file, encoding="utf-8") as stream:
            return json.load(stream)

    def image(self, name):
        """A picture of the window that a script made."""
        image = Image.open(self.path(name)).convert("RGB")
        folder = os.environ.get("KALON_KEEP_SCREENSHOTS")
        if folder:
            os.makedirs(folder, exist_ok=True)
            image.save(os.path.join(folder, f"{self.id().rpartition('.')[2]}-{name}"))
        return image

    def problems(self, state):
        return [notice["text"] for notice in state["notices"] if notice["problem"]]
