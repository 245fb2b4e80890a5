"""What is decided and what is opened while something else is on its way: nothing is lost, and nothing is about another photo."""
import os
import random
import signal
import subprocess
import time

import pictures
from viewer_case import VIEWER, ViewerCase
from world import FAILED, PATIENCE, USAGE


class Writer:
    """Another program that writes to the library for a while: LMDB's own loader, which waits for more to load."""

    def __init__(self, library):
        self.process = subprocess.Popen(["mdb_load", "-s", "meta", library], stdin=subprocess.PIPE)
        self.process.stdin.write(b"VERSION=3\nformat=bytevalue\ntype=btree\nHEADER=END\n")
        self.process.stdin.flush()
        time.sleep(1)  # until it has the lock; a viewer that is quicker makes the test easier, never wrong

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait(PATIENCE)
        self.process.stdin.close()


class Storing(ViewerCase):
    """Keys come through the X server, since the lines of a script wait until each decision is stored."""

    def keys(self, *chords):
        subprocess.run(["xdotool", "key", *chords], env=self.environment, check=True, timeout=120)

    def ratings(self):
        return {os.path.basename(row["path"]): row["attributes"]["rating"]
                for row in self.list() if "rating" in row.get("attributes", {})}

    def started(self, **how):
        """A viewer whose first photo has one star."""
        process = self.start_viewer(self.pictures, **how)
        window = subprocess.run(["xdotool", "search", "--sync", "--onlyvisible", "--class", "kalon-viewer"], env=self.environment,
                                check=True, capture_output=True, text=True, timeout=120).stdout.split()[-1]
        subprocess.run(["xdotool", "windowfocus", window], env=self.environment, check=True, timeout=120)
        end = time.monotonic() + PATIENCE
        while not self.ratings() and time.monotonic() < end:
            self.keys("Home", "1")
            time.sleep(0.5)
        self.assertEqual(set(self.ratings()), {"00.jpg"})
        return process

    def ended(self, process, code=0):
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.fail("the viewer does not end\n" + self.log()[-3000:])
        self.assertEqual(process.returncode, code, self.log())

    def test_undo_is_about_the_last_decision_though_it_is_not_stored_yet(self):
        self.indexed_pictures(3)
        process = self.started()
        with Writer(self.library):
            self.keys("Home", "5")
            self.keys("ctrl+z")
            time.sleep(0.5)
        self.wait_for(lambda: any(row["kind"] == "undo" for row in self.kalon("history", "--json").rows))
        self.assertEqual({name: int(stars) for name, stars in self.ratings().items()}, {"00.jpg": 1})
        self.keys("ctrl+y")
        self.wait_for(lambda: int(self.ratings()["00.jpg"]) == 5)
        self.keys("ctrl+q")
        self.ended(process)

    def test_what_was_decided_is_stored_though_the_window_is_closed(self):
        self.indexed_pictures(3)
        for ending in ("ctrl+q", signal.SIGTERM):
            process = self.started()
            with Writer(self.library):
                self.keys("End", "4")
                if ending == "ctrl+q":
                    self.keys(ending)
                else:
                    time.sleep(0.5)
                    process.send_signal(ending)
                time.sleep(0.5)
                self.assertIsNone(process.poll())
            self.ended(process)
            self.assertEqual(int(self.ratings()["02.jpg"]), 4, ending)
            self.kalon("undo", "--quiet")

    def test_what_cannot_be_stored_at_the_end_is_said(self):
        self.indexed_pictures(3)
        process = self.started()
        with Writer(self.library):
            # As on a full disk.
            subprocess.run(["prlimit", "--pid", str(process.pid), "--fsize=4096"], check=True)
            self.keys("End", "4", "ctrl+q")
            time.sleep(0.5)
        self.ended(process, FAILED)
        self.assertIn("Not stored", self.log())
        self.assertNotIn("02.jpg", self.ratings())


class FullDisk(ViewerCase):
    def test_a_disk_that_is_full_while_photos_are_copied_is_said(self):
        """As on a full disk: the system lets no file of the viewer grow beyond a size (setrlimit(2))."""
        for number in range(3):
            noise = pictures.Image.frombytes("RGB", (400, 400), random.Random(number).randbytes(400 * 400 * 3))
            pictures.save(noise, self.path_of(f"{number}.png"))
        self.kalon("index", "--quiet", "--model", "descriptor", self.pictures)
        to, full, room = self.folder("to"), self.path("full"), self.path("room")
        process = self.start_viewer("--script", self.script(f"""
            state
            until-file {full}
            select-all
            send-as copy
            send-to {to}
            wait
            state
            until-file {room}
            send-to {to}
            wait
            state
        """), self.pictures)
        self.wait_for(lambda: os.path.exists(self.state_files[0]))
        subprocess.run(["prlimit", "--pid", str(process.pid), "--fsize=150000:unlimited"], check=True)
        pictures.write(full, b"")
        self.wait_for(lambda: os.path.exists(self.state_files[1]))
        failed = self.read(self.state_files[1])
        self.assertTrue(self.problems(failed), failed["jobs"])
        self.assertEqual([name for name in os.listdir(to) if name.endswith(".png")], [], "no half of a file is left")
        subprocess.run(["prlimit", "--pid", str(process.pid), "--fsize=unlimited"], check=True)
        pictures.write(room, b"")
        self.assertEqual(process.wait(PATIENCE), 0, self.log())
        self.assertEqual(sorted(name for name in os.listdir(to) if name.endswith(".png")), ["0.png", "1.png", "2.png"])


class Deciding(ViewerCase):
    def stars(self):
        return [int(row.get("attributes", {}).get("rating", 0)) for row in self.list()]

    def test_one_star_more_is_one_more_for_each(self):
        self.indexed_pictures(3)
        for name, stars in zip(("00.jpg", "01.jpg", "02.jpg"), ("1", "2", "5")):
            self.kalon("rate", self.path_of(name), "--as", stars)
        self.view("select-all\nrate-up")
        self.assertEqual(self.stars(), [2, 3, 5])
        # All of it is one step.
        self.view("select-all\nrate-down\nundo")
        self.assertEqual(self.stars(), [2, 3, 5])

    def test_undo_goes_back_to_where_it_was_decided(self):
        self.indexed_pictures(6)
        (state,) = self.view("key 3\nkey p\nkey x\nundo\nundo\nstate")
        self.assertEqual(state["current"]["name"], "01.jpg")
        (state,) = self.view("go 02.jpg\nselect-range 2\nkey 5\nlast\nundo\nstate")
        self.assertEqual(state["targets"], ["02.jpg", "03.jpg"])

    def test_what_is_decided_on_is_the_current_photo_after_a_filter_took_the_one_before(self):
        self.indexed_pictures(3)
        (state,) = self.view("filter unrated\nkey 3\nfilter-off\nstate")
        self.assertEqual(state["current"]["name"], "01.jpg")
        self.assertEqual(state["targets"], ["01.jpg"])


class Folders(ViewerCase):
    def folders(self):
        """Two folders, of 9 photos and of 40."""
        first, second = self.folder("first"), self.folder("second")
        for folder, count in ((first, 9), (second, 40)):
            for number in range(count):
                pictures.save(pictures.family_member(number, 0, (64, 48)), os.path.join(folder, f"{number:02}.jpg"), quality=90)
        self.kalon("index", "--quiet", "--model", "descriptor", first, second)
        return first, second

    def test_another_folder_begins_with_nothing_selected_and_in_its_order(self):
        first, second = self.folders()
        # Through the palette, as a person does, and as a line of a script.
        for line in (f"open {second}", "key Ctrl+P\ntype Open the whole library\nkey Enter"):
            states = self.view(f"select-range 5\nstate\n{line}\nstate\nopen {first}\nstate", paths=[first])
            self.assertEqual(states[0]["selected"], 5)
            self.assertLessEqual(states[1]["selected"], 1)
            self.assertEqual(len(states[1]["targets"]), 1)
            self.assertGreaterEqual(states[1]["photos"], 40)
            self.assertEqual(states[1]["names"], sorted(states[1]["names"]))
            # Back again: as it was at first.
            self.assertEqual(states[2]["names"], states[0]["names"])
            self.assertEqual(states[2]["photos"], 9)

    def test_an_order_of_one_folder_is_none_of_another(self):
        first, second = self.folders()
        _, ordered, other = self.view(f"order\nstate\nsort-by order\nstate\nopen {second}\ngrid\nstate", paths=[first])
        self.assertEqual(sorted(ordered["names"]), [f"{number:02}.jpg" for number in range(9)])
        self.assertEqual(other["names"], [f"{number:02}.jpg" for number in range(40)])

    def test_a_folder_with_a_slash_at_its_end_is_watched_too(self):
        first, _ = self.folders()
        file = self.script(f"open {first}/\nuntil-stars 03.jpg 4\nstate")
        process = self.start_viewer("--script", file)
        time.sleep(1)
        self.kalon("rate", os.path.join(first, "03.jpg"), "--as", "4")
        process.wait(PATIENCE)
        self.assertEqual(process.returncode, 0, self.log())
        self.assertEqual(self.read(self.state_files[0])["photos"], 9)

    def test_a_folder_without_a_name_is_said(self):
        self.folders()
        (state,) = self.view("open\nstate")
        self.assertIn("Which folder", self.problems(state)[0])
        done = subprocess.run([VIEWER, ""], env=self.environment, capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, USAGE)
        self.assertIn("empty name", done.stderr)


class Listing(ViewerCase):
    def test_commands_are_listed_without_a_screen_and_without_a_library(self):
        library = self.path("none")
        done = subprocess.run([VIEWER, "--library", library, "--settings", "", "--commands"], env=self.environment | {"DISPLAY": ""},
                              capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = [line.split() for line in done.stdout.splitlines()]
        self.assertIn(["rate-3", "3", "Three", "stars"], rows)
        self.assertTrue(any(row[:2] == ["sleep", "SECONDS"] for row in rows))
        self.assertFalse(os.path.exists(library))
