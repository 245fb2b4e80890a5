"""What can go wrong around the viewer, and a person's own keyboard and mouse."""
import os
import subprocess
import time

import pictures
from viewer_case import HEIGHT, VIEWER, WIDTH, ViewerCase
from world import FAILED, USAGE, raise_schema


class Failures(ViewerCase):
    def run_viewer(self, *arguments, **environment):
        done = subprocess.run([VIEWER, *arguments], env=self.environment | environment, capture_output=True, text=True, timeout=120)
        return done.returncode, done.stderr

    def test_no_display(self):
        code, text = self.run_viewer("--settings", "", self.pictures, DISPLAY="")
        self.assertEqual(code, FAILED)
        self.assertIn("no screen", text)
        self.assertIn("kalon", text)

    def test_kalon_view_becomes_the_viewer(self):
        self.some_pictures(2)
        text = self.kalon("view", self.pictures, code=FAILED, environment={"DISPLAY": ""}).error_text
        self.assertTrue(text.startswith("kalon-viewer: there is no screen"), text)
        process = self.start("--library", self.path("named"), "view", self.pictures)
        self.addCleanup(self.end, process)
        # It indexes what is new into the library that was named.
        self.wait_for(lambda: os.path.exists(self.path("named", "data.mdb")) and len(
            self.kalon("--library", self.path("named"), "list", "--json", code=None).rows) == 2)
        with open(f"/proc/{process.pid}/comm", encoding="utf-8") as file:
            self.assertEqual(file.read().strip(), "kalon-viewer")

    def test_no_opengl_3_3(self):
        code, text = self.run_viewer("--settings", "", self.pictures, MESA_GL_VERSION_OVERRIDE="2.1", MESA_GLSL_VERSION_OVERRIDE="120")
        self.assertEqual(code, FAILED)
        self.assertIn("OpenGL 3.3", text)

    def test_wrong_usage(self):
        for arguments in (["--size", "7"], ["--theme", "pink"], ["--nonsense"], ["--scale", "90"]):
            self.assertEqual(self.run_viewer(*arguments)[0], USAGE, arguments)
        code, text = self.run_viewer("--settings", "", "--script", self.path("nowhere.txt"))
        self.assertEqual(code, FAILED)
        self.assertIn("nowhere.txt", text)

    def test_a_line_of_a_script_that_is_none_ends_it_with_its_number(self):
        self.some_pictures(1)
        self.view("grid\nnonsense 3\nstate", code=FAILED)
        self.assertRegex(self.log(), r"script-\d+\.txt:2: .*nonsense")

    def test_a_library_that_is_none_of_ours_is_said_and_left_alone(self):
        self.some_pictures(2)
        data = pictures.write(os.path.join(self.library, "data.mdb"), b"not a library" * 1000)
        (state,) = self.view("key 3\nstate\nscreenshot failure.png")
        self.assertTrue(state["library_failure"])
        self.assertIn(state["library_failure"], self.log())
        with open(data, "rb") as file:
            self.assertEqual(file.read(), b"not a library" * 1000)
        # Pictures are shown all the same.
        self.assertEqual(state["photos"], 2)
        self.image("failure.png")

    def test_a_newer_library_is_left_alone(self):
        self.indexed_pictures(2)
        raise_schema(self.library)
        with open(os.path.join(self.library, "data.mdb"), "rb") as file:
            before = file.read()
        (state,) = self.view("key 3\nwait\nstate")
        self.assertIn("newer", state["library_failure"])
        self.assertEqual(state["photos"], 2)
        with open(os.path.join(self.library, "data.mdb"), "rb") as file:
            self.assertEqual(file.read(), before)

    def test_a_library_that_may_only_be_read(self):
        self.indexed_pictures(3)
        for folder, _, names in os.walk(self.library):
            for name in names:
                os.chmod(os.path.join(folder, name), 0o444)
            os.chmod(folder, 0o555)
        (state,) = self.view("key 3\nstate")
        self.assertTrue(state["read_only"])
        self.assertEqual(state["photos"], 3)
        self.assertEqual(state["current"]["stars"], 0)

    def test_settings_that_are_damaged_are_set_aside(self):
        self.some_pictures(1)
        settings = pictures.write(self.path("viewer.json"), b"{ no settings")
        self.view("theme-light\ngrid", settings=settings)
        self.assertTrue(os.path.exists(settings + ".damaged"))
        self.assertEqual(self.read(settings)["theme"], "light")
        (state,) = self.view("state", settings=settings)
        self.assertEqual(state["theme"], "light")

    def test_windows_that_are_far_too_small(self):
        self.indexed_pictures(6)
        settings = self.path("small.json")
        views = ("grid", "loupe", "compare", "compare-four", "order", "map", "groups", "scores", "rank")
        panels = ("tasks", "information", "history", "plugins", "leaderboard on")
        lines = [line for size in ("300 200", "1440 200", "200 900") for line in (f"resize {size}", *views)]
        self.view("\n".join([*panels, *lines, "resize 1000 700", "wait"]), settings=settings)
        # With what was kept, too; and a size of the command line is not kept.
        (state,) = self.view("state", settings=settings, size=(300, 200))
        self.assertEqual(state["photos"], 6)
        self.assertGreater(self.read(settings)["window_height"], 200)

    def test_a_library_that_cannot_be_used_is_seen(self):
        self.some_pictures(2)
        pictures.write(os.path.join(self.library, "data.mdb"), b"not a library" * 1000)
        self.view("screenshot without.png\nquit")
        with_it = self.image("without.png").crop((0, HEIGHT - 24, WIDTH // 2, HEIGHT))
        # Said in the bar at the bottom in the colour of warnings, for as long as it is so: not grey.
        self.assertTrue(any(red > green + 40 > blue + 40 for red, green, blue in with_it.getdata()))

    def test_a_view_that_there_is_none(self):
        self.assertEqual(self.run_viewer("--view", "bogus")[0], USAGE)

    def test_a_file_that_cannot_be_written_is_said(self):
        self.some_pictures(1)
        self.view(f"screenshot /nowhere/at/all.png\ngrid", code=FAILED)
        self.assertIn("/nowhere/at/all.png", self.log())

    def test_hostile_names_and_files(self):
        names = [b"new\nline.jpg", b"not utf-8 \xff\xfe.jpg", "日本語 ☃.jpg".encode(), b"%s%n%x.jpg", b" .jpg"]
        for number, name in enumerate(names):
            pictures.save(pictures.picture(number), os.fsencode(self.pictures).decode() + "/x.jpg")
            os.rename(self.path_of("x.jpg"), os.path.join(os.fsencode(self.pictures), name))
        pictures.write(self.path_of("empty.jpg"), b"")
        pictures.write(self.path_of("huge.png"), b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x7f\xff\xff\xff\x7f\xff\xff\xff\x08\x02\x00\x00\x00")
        os.mkfifo(self.path_of("pipe.jpg"))
        fresh, indexed = self.view("state\nwait\nselect-all\nkey 4\nloupe\nright\nright\nright\nright\nright\nstate")
        self.assertGreaterEqual(fresh["photos"], len(names))
        self.assertEqual(indexed["jobs"][0]["method"], "index")
        self.assertGreaterEqual(indexed["jobs"][0]["failure_count"], 2)
        rated = self.list("--where", "rating = 4")
        self.assertEqual(len(rated), len(names))


class Person(ViewerCase):
    """True events of a keyboard and a mouse, through the X server."""

    def xdotool(self, *arguments):
        return subprocess.run(["xdotool", *arguments], env=self.environment, check=True, capture_output=True, text=True,
                              timeout=120).stdout

    def window(self):
        return self.xdotool("search", "--sync", "--onlyvisible", "--class", "kalon-viewer").split()[-1]

    def decided(self, where, count):
        self.wait_for(lambda: len(self.list("--where", where)) == count)

    def test_keys_mouse_and_typing(self):
        self.indexed_pictures(6)
        process = self.start_viewer(self.pictures)
        window = self.window()
        self.xdotool("windowmove", window, "0", "0", "windowfocus", window)
        # Keys that come before the pictures do are not lost, but there is nothing to rate yet: asked until it is done.
        end = time.monotonic() + 120
        while not self.list("--where", "rating = 3") and time.monotonic() < end:
            self.xdotool("key", "Home", "3")
            time.sleep(0.5)
        self.decided("rating = 3", 1)
        self.assertEqual(self.names(self.list("--where", "rating = 3")), ["00.jpg"])
        # The photo that was rated gave place to the next one.
        self.xdotool("key", "p")
        self.decided("flag = pick", 1)
        self.assertEqual(self.names(self.list("--where", "flag = pick")), ["01.jpg"])
        self.xdotool("key", "ctrl+z")
        self.decided("flag = pick", 0)
        # All of them at once, then taken back.
        self.xdotool("key", "ctrl+a", "x")
        self.decided("flag = reject", 6)
        self.xdotool("key", "ctrl+z")
        self.decided("flag = reject", 0)
        # A text that is typed is no row of commands.
        self.xdotool("key", "ctrl+f")
        time.sleep(2)  # a person looks whether the field is there
        self.xdotool("type", "05")
        self.xdotool("key", "Return")
        time.sleep(1)
        self.assertEqual(len(self.list("--where", "rating = 5 or rating = 0")), 0)
        self.xdotool("key", "Home", "5")
        self.decided("rating = 5", 1)
        self.assertEqual(self.names(self.list("--where", "rating = 5")), ["05.jpg"])
        self.xdotool("key", "ctrl+q")
        self.assertEqual(process.wait(120), 0, self.log())


class Pixels(ViewerCase):
    resources = "Xft.dpi: 192\n"

    def test_the_screen_says_how_large_text_is(self):
        self.indexed_pictures(3)
        (state,) = self.view("state\nscreenshot dense.png", size=(1500, 900))
        self.assertEqual(state["scale"], 2)
        self.image("dense.png")
