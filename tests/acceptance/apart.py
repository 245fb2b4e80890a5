"""Scripts as models, plugins of one's own, and the processes they run in: what the tests of both share."""
import json
import os
import shutil
import signal
import sys
import time

import numpy
from PIL import Image

from world import DONE, KALON, PATIENCE, Case

# Where the build puts the plugins that do what pictures ask of them.
GALLERY = os.environ.get("KALON_GALLERY") or os.path.join(os.path.dirname(os.path.dirname(KALON)), "tests", "gallery")
SOON = 60  # seconds within which what was told to end has ended; it takes two


def flat(path, colour, side=32):
    """A picture of one colour, without loss."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    Image.new("RGB", (side, side), colour).save(path)
    return path


def status_of(process):
    """Parent and start time of a process, or nothing when it is none or has ended."""
    try:
        with open(f"/proc/{process}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else (int(fields[1]), int(fields[19]))


def workers_of(parent):
    """The processes below one, each with its start time, so that none is taken for another."""
    known = {int(name): status_of(name) for name in os.listdir("/proc") if name.isdigit()}
    found, below = {}, [parent]
    while below:
        above = below.pop()
        for process, status in known.items():
            if status and status[0] == above and process not in found:
                found[process] = status[1]
                below.append(process)
    return found


class ApartCase(Case):
    def script(self, name, text):
        path = self.path("scripts", name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
        return path

    def add(self, path, code=DONE):
        """Makes a script a model, run by the Python that runs this."""
        return self.kalon("models", "add", "--json", "--python", sys.executable, path, code=code)

    def index_with(self, model, *arguments, code=DONE):
        return self.kalon("index", "--json", "--model", model, *(arguments or [self.pictures]), code=code)

    def vectors(self, model):
        """What the library holds of a model, by the pictures' names."""
        file = self.path("vectors.npy")
        rows = self.kalon("export", "vectors", "--json", "--overwrite", "--model", model, "--to", file)
        self.assertEqual(rows.code, DONE)
        with open(self.path("vectors.jsonl")) as lines:
            names = [os.path.basename(json.loads(line)["path"]) for line in lines]
        values = numpy.load(file)
        self.assertEqual(len(values), len(names))
        return dict(zip(names, values))

    def plugin(self, name):
        return next(row for row in self.kalon("plugins", "--json").rows if row["id"] == name)

    def install(self, library, manifest):
        """Puts a plugin of the gallery where a user's own plugins lie."""
        folder = self.folder("data", "kalon", "plugins")
        shutil.copy(os.path.join(GALLERY, library), folder)
        path = os.path.join(folder, library.replace(".so", ".json"))
        with open(path, "w") as file:
            json.dump({"manifest": 1, "library": library, "abi": {"major": 1, "minor": 0}, "version": "1.0", "licence": "Apache-2.0",
                       "summary": "Does what it is asked to.", "concurrency": "serial_per_instance", "capabilities": [], **manifest}, file)
        return os.path.join(folder, library)

    def wait_for(self, condition, process=None, seconds=PATIENCE):
        """What condition gives once that is something; a process that must go on meanwhile."""
        end = time.monotonic() + seconds
        while not (value := condition()):
            self.assertLess(time.monotonic(), end, "waited in vain")
            if process is not None:
                self.assertIsNone(process.poll(), "it ended before")
            time.sleep(0.005)
        return value

    def assert_gone(self, workers):
        self.assertTrue(workers)
        alive = lambda: [one for one, start in workers.items() if (status_of(one) or (0, None))[1] == start]
        self.wait_for(lambda: not alive(), seconds=SOON)

    def interrupt(self, process):
        """Ctrl-C, which a terminal sends to the whole group; the exit code."""
        os.killpg(process.pid, signal.SIGINT)
        return process.wait(timeout=SOON)
