"""A person's own hand: true events of a mouse, and drops from another program, through the X server."""
import os
import subprocess
import urllib.parse

import numpy

import pictures
from drag_source import DragSource
from viewer_case import ViewerCase
from world import PATIENCE

SIZE = (960, 600)


class HandCase(ViewerCase):
    """A script tells the state between what a hand does: it waits for a file that says that the hand is done."""

    def by_hand(self, before, *acts, size=SIZE, panels='["filter"]', paths=None):
        """Runs the lines of before, then each act, which is given the last state; what the viewer told before and after each."""
        lines = [before, "state"]
        for number, _ in enumerate(acts):
            lines += [f"until-file {self.path(f'done-{number}')}", "state"]
        settings = pictures.write(self.path("settings.json"), f'{{"panels": {panels}}}'.encode())
        process = self.start_viewer("--script", self.script("\n".join(lines)), *([self.pictures] if paths is None else paths),
                                    settings=settings, size=size)
        self.handle = self.xdotool("search", "--sync", "--onlyvisible", "--class", "kalon-viewer").split()[-1]
        # Without a window manager nobody else gives it the keyboard.
        self.xdotool("windowmove", self.handle, "0", "0", "windowfocus", self.handle)
        states = [self.told(process, self.state_files[0])]
        for number, act in enumerate(acts):
            act(states[-1])
            pictures.write(self.path(f"done-{number}"), b"")
            states.append(self.told(process, self.state_files[number + 1]))
        self.assertEqual(process.wait(PATIENCE), 0, self.log()[-3000:])
        return states

    def told(self, process, file):
        def whole():
            if process.poll() not in (None, 0):
                self.fail(self.log()[-3000:])
            try:
                self.read(file)
            except (OSError, ValueError):
                return False
            return True

        self.wait_for(whole)
        return self.read(file)

    def xdotool(self, *arguments):
        return subprocess.run(["xdotool", *map(str, arguments)], env=self.environment, check=True, capture_output=True, text=True,
                              timeout=PATIENCE).stdout

    def point(self, x, y):
        return ["mousemove", "--window", self.handle, round(x), round(y), "sleep", "0.15"]

    def click(self, x, y, *how, button=1):
        """As a hand does it: there first, and keys are held a little longer than the button."""
        down = [part for key in how for part in ("keydown", key)]
        up = [part for key in how for part in ("keyup", key)]
        self.xdotool(*self.point(x, y), *down, "sleep", "0.15", "click", button, "sleep", "0.15", *up)

    def drag(self, start, end, *how):
        down = [part for key in how for part in ("keydown", key)]
        up = [part for key in how for part in ("keyup", key)]
        steps = [(start[0] + (end[0] - start[0]) * step / 5, start[1] + (end[1] - start[1]) * step / 5) for step in range(1, 6)]
        moves = [part for x, y in steps for part in ["mousemove", "--window", self.handle, round(x), round(y), "sleep", "0.05"]]
        self.xdotool(*self.point(*start), *down, "mousedown", 1, "sleep", "0.15", *moves, "sleep", "0.15", "mouseup", 1, *up)

    def middle(self, state, position):
        left, top, right, bottom = state["views"]["grid"]["places"][position]
        return (left + right) / 2, (top + bottom) / 2

    def control(self, state, name):
        return state["panels"]["filter"]["places"][name]


class Mouse(HandCase):
    def test_photos_are_selected_and_opened(self):
        names = self.indexed_pictures(9)
        click = lambda position, *how, **about: lambda state: self.click(*self.middle(state, position), *how, **about)
        outside = lambda state: self.click(SIZE[0] / 2, SIZE[1] - 60)

        def twice(state):
            self.xdotool(*self.point(*self.middle(state, 4)), "click", "--repeat", 2, "--delay", 120, 1)

        _, one, range_, without, with_, right, other, nothing, loupe = self.by_hand(
            "", click(2), click(5, "shift"), click(4, "ctrl"), click(7, "ctrl"), click(3, button=3), click(8, button=3), outside, twice)
        self.assertEqual((one["current"]["name"], one["targets"]), (names[2], [names[2]]))
        self.assertEqual(range_["targets"], names[2:6])
        self.assertEqual(without["targets"], [names[2], names[3], names[5]])
        self.assertEqual(with_["targets"], [names[2], names[3], names[5], names[7]])
        self.assertEqual(right["targets"], with_["targets"], "the other button keeps what is selected")
        self.assertEqual(other["targets"], [names[8]])
        self.assertLessEqual(nothing["selected"], 1)
        self.assertEqual((loupe["view"], loupe["current"]["name"]), ("loupe", names[4]))

    def test_the_size_of_the_grid(self):
        self.indexed_pictures(6)

        def slide(share):
            return lambda state: self.drag(self.control(state, "size"), numpy.add(self.control(state, "size"), (share, 0)))

        over = lambda state: self.xdotool(*self.point(*self.middle(state, 0)), "keydown", "ctrl", "sleep", "0.15", "click", "--repeat", 4,
                                          "--delay", 80, 4, "sleep", "0.15", "keyup", "ctrl")
        before, smaller, larger, turned = self.by_hand("cell 150", slide(-40), slide(15), over)
        cells = [state["views"]["grid"]["cell"] for state in (before, smaller, larger, turned)]
        self.assertLess(cells[1], cells[0])
        self.assertGreater(cells[2], cells[0])
        self.assertGreater(cells[3], cells[2])
        self.assertGreater(smaller["views"]["grid"]["columns"], larger["views"]["grid"]["columns"])
        self.assertEqual(larger["view"], "grid")

    def test_the_wheel_scrolls_the_grid(self):
        self.indexed_pictures(24)
        wheel = lambda button: lambda state: self.xdotool(*self.point(300, 300), "click", "--repeat", 3, "--delay", 60, button)
        before, down, up = self.by_hand("cell 200", wheel(5), wheel(4))
        scroll = [state["views"]["grid"]["scroll"] for state in (before, down, up)]
        self.assertEqual((scroll[0], scroll[2]), (0, 0))
        self.assertGreater(scroll[1], 100)

    def test_the_wheel_zooms_the_loupe_at_the_pointer_and_a_drag_moves_it(self):
        pictures.save(pictures.picture(5, (1600, 1200)), self.path_of("large.png"), compress_level=1)
        self.kalon("index", "--quiet", "--model", "descriptor", self.pictures)
        at = (500, 260)
        turn = lambda state: self.xdotool(*self.point(*at), "click", 4, "sleep", "0.1", "click", 4, "sleep", "0.1", "click", 4)
        move = lambda state: self.drag(at, (at[0] - 70, at[1] + 40))
        twice = lambda state: self.xdotool(*self.point(*at), "click", "--repeat", 2, "--delay", 120, 1)
        told = [state["views"]["loupe"] for state in self.by_hand("loupe\nzoom-100", turn, move, twice)]
        before, turned, moved, fitted = told
        self.assertEqual((before["zoom"], turned["zoom"], moved["zoom"]), (1, 2, 2))
        for side in (0, 1):
            # What lay below the pointer lies there still.
            self.assertLessEqual(abs((at[side] - before["box"][side]) * 2 - (at[side] - turned["box"][side])), 2)
            # ImGui takes a movement for a drag once it is some pixels long.
            self.assertLessEqual(abs(moved["box"][side] - turned["box"][side] - (-70, 40)[side]), 1)
        self.assertTrue(fitted["fit"])

    def test_filters(self):
        names = self.indexed_pictures(9)
        self.kalon("rate", *map(self.path_of, names[:3]), "--as", "4")
        self.kalon("flag", *map(self.path_of, names[2:5]), "--as", "pick")
        self.kalon("label", self.path_of(names[2]), "--as", "Red")
        press = lambda control: lambda state: self.click(*self.control(state, control))

        def find(state):
            press("find")(state)
            self.xdotool("type", "--delay", 60, "7.j")

        _, stars, flag, label, off, again, taken_back, typed = self.by_hand(
            "", press("stars 4"), press("Picks"), press("label red"), press("off"), press("stars 4"), press("stars 4"), find)
        self.assertEqual(stars["names"], names[:3])
        self.assertEqual(stars["panels"]["filter"]["least_stars"], 4)
        self.assertEqual(flag["names"], [names[2]])
        self.assertEqual(label["names"], [names[2]])
        self.assertEqual(off["names"], names)
        self.assertEqual(again["names"], names[:3])
        self.assertEqual(taken_back["names"], names, "the same again takes it back")
        self.assertEqual(typed["names"], [names[7]])
        self.assertEqual([row for row in self.list("--where", "rating = 0 or rating = 5")], [], "what is typed is no command")

    def test_the_threshold_of_the_scores_is_dragged(self):
        names = self.indexed_pictures(9)
        values = dict(zip(names, (3, 10, 18, 24, 33, 41, 52, 67, 80)))
        table = "path,taste\n" + "".join(f"{self.path_of(name)},{value}\n" for name, value in values.items())
        self.kalon("scores", "import", pictures.write(self.path("taste.csv"), table.encode()), "--name", "taste", "--score-column", "taste",
                   "--quiet")
        handle = lambda: self.threshold_line("scores.png")
        further = lambda state: self.drag((handle(), 150), (handle() + 120, 150))
        before, after = self.by_hand("score-column taste\nscores\nthreshold 10\nscreenshot scores.png", further)
        low, moved = before["views"]["scores"]["low"], after["views"]["scores"]["low"]
        self.assertEqual(low, 10)
        self.assertGreater(moved, 20)
        self.assertEqual(after["names"], [name for name in names if values[name] >= moved])
        self.assertEqual(after["views"]["scores"]["passing"], len(after["names"]))

    def threshold_line(self, screenshot):
        """The column of the window that has the longest line of the colour of text."""
        pixels = numpy.asarray(self.image(screenshot))[100:260].astype(int)
        # Drawn between two columns, so that neither has all of its colour.
        light = (pixels > 120).all(axis=2).sum(axis=0)
        self.assertGreater(light.max(), 60)
        return int(light.argmax())

    def test_a_picture_of_the_map_is_picked(self):
        names = self.indexed_pictures(6)
        rows = "".join('{"column":%d,"row":%d,"uri":"file://%s"}\n' % (number % 3, number // 3, self.path_of(name))
                       for number, name in enumerate(names))
        file = pictures.write(self.path("map.jsonl"), rows.encode())

        def click(name):
            return lambda state: self.click(*self.place_on_map(state, names.index(name)))

        before, picked, other = self.by_hand(f"map-load {file}\ngo 00.jpg", click("04.jpg"), click("02.jpg"))
        self.assertEqual(before["current"]["name"], "00.jpg")
        self.assertEqual((picked["current"]["name"], other["current"]["name"]), ("04.jpg", "02.jpg"))
        self.assertEqual(other["view"], "map")

    def place_on_map(self, state, number):
        """The middle of a cell in the window: the camera looks at the middle of the view."""
        told = state["views"]["map"]
        # current_x is a share of the view, whose left edge is that of the window.
        x = SIZE[0] / 2 + (number % 3 + 0.5 - told["x"]) * told["scale"]
        # Above and below it lie bars; where the middle is says the picture that is the current one.
        top, bottom = self.map_edges
        return x, (top + bottom) / 2 + (number // 3 + 0.5 - told["y"]) * told["scale"]

    map_edges = 96, 576  # of the view between its bar and the line at the bottom, in a window of this size


class Drops(HandCase):
    def uris(self, *paths):
        return "".join("file://" + urllib.parse.quote(os.fsencode(path)) + "\r\n" for path in paths).encode()

    def drop(self, data, **how):
        def act(_):
            source = DragSource(self.display, PATIENCE)
            try:
                self.assertTrue(source.drop(int(self.handle), data, **how))
            finally:
                source.close()

        return act

    def folder_of(self, name, *files):
        folder = os.path.join(self.top, "drops", name)
        for number, file in enumerate(files):
            pictures.save(pictures.picture(len(name) + number, (160, 120)), os.path.join(folder, file))
        return folder

    def test_a_folder_and_several_with_names_of_all_kinds(self):
        names = self.indexed_pictures(3)
        blank = self.folder_of("with  blanks & 100%25 'signs' #1", "a 1.jpg", "b%20c.jpg")
        other = self.folder_of("Übung 日本", "ä ☃.png")
        start, one, two, file = self.by_hand("", self.drop(self.uris(blank)), self.drop(self.uris(other, blank)),
                                             self.drop(self.uris(os.path.join(blank, "b%20c.jpg"))))
        self.assertEqual(start["names"], names)
        self.assertEqual(sorted(one["names"]), ["a 1.jpg", "b%20c.jpg"])
        self.assertEqual(sorted(two["names"]), ["a 1.jpg", "b%20c.jpg", "ä ☃.png"])
        self.assertEqual(file["names"], ["b%20c.jpg"])
        for state in (one, two, file):
            self.assertEqual(self.problems(state), [])

    def test_what_is_gone_and_what_is_no_file(self):
        names = self.indexed_pictures(3)
        gone = os.path.join(self.top, "drops", "gone")
        start, missing, text, back = self.by_hand("", self.drop(self.uris(gone)), self.drop(b"just some words\r\n"),
                                                  self.drop(b"# a comment\r\n" + self.uris(self.pictures)))
        self.assertEqual(start["names"], names)
        self.assertTrue(self.problems(missing))
        self.assertTrue(self.problems(text))
        self.assertEqual(back["names"], names)

    def test_what_the_window_does_not_know_is_not_taken(self):
        names = self.indexed_pictures(3)
        known = []

        def act(_):
            source = DragSource(self.display, PATIENCE)
            known.append(source.drop(int(self.handle), b"\x89PNG", kind="image/png"))
            source.close()

        _, after = self.by_hand("", act)
        self.assertEqual(after["names"], names)
        self.assertEqual(known, [False])
