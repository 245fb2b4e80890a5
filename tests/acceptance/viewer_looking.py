"""Looking closely: the loupe, two and four photos beside each other, and what the information panel tells of them."""
import os
import shutil

import numpy
from PIL.TiffImagePlugin import IFDRational

import pictures
from viewer_case import ViewerCase
from world import SOME_FAILED

SHADOW, HIGHLIGHT = (41, 107, 242), (237, 43, 33)  # what clipped pixels are marked with


def noise(seed, size):
    """A picture of which no place is like another, so that one pixel aside is seen."""
    return pictures.Image.fromarray(numpy.random.RandomState(seed).randint(0, 256, (size[1], size[0], 3), dtype=numpy.uint8))


def overlap(view, box, inset=0):
    """What of the picture is in view, in pixels of the window: left, top, right, bottom."""
    edges = [max(view[0] + inset, box[0]), max(view[1] + inset, box[1]),
             min(view[0] + view[2] - inset, box[0] + box[2]), min(view[1] + view[3] - inset, box[1] + box[3])]
    return [int(edge) for edge in edges]


class LookingCase(ViewerCase):
    def setUp(self):
        super().setUp()
        self.files = {}

    def look(self, script, *arguments, size=(640, 480)):
        """Without panels, so that the window is the view's. Smaller than usual: pixels are drawn and compared without a GPU."""
        settings = pictures.write(self.path("settings.json"), b'{"panels": []}')
        return self.view(script, *arguments, settings=settings, size=size)

    def save_pngs(self, images):
        for name, image in images.items():
            pictures.save(image, self.path_of(name), compress_level=1)
        self.kalon("index", "--quiet", "--model", "descriptor", self.pictures)

    def noise_pictures(self, count, size):
        names = [f"{chr(ord('a') + number)}.png" for number in range(count)]
        self.save_pngs({name: noise(number, size) for number, name in enumerate(names)})
        return names

    def decoded(self, name):
        """The pixels of a file as Pillow reads them."""
        path = self.path_of(name)
        if path not in self.files:
            self.files[path] = numpy.asarray(pictures.Image.open(path).convert("RGB"))
        return self.files[path]

    def seen_and_meant(self, screenshot, told, source, scale=1, inset=0):
        """The pixels of the window where the picture lies, and those of the picture repeated scale times that belong there."""
        view, box = told["view"], told["box"]
        left, top, right, bottom = overlap(view, box, inset)
        self.assertGreater(min(right - left, bottom - top), 50, told)
        self.assertEqual([box[2], box[3]], [source.shape[1] * scale, source.shape[0] * scale])
        seen = numpy.asarray(self.image(screenshot))[top:bottom, left:right]
        rows = (numpy.arange(top, bottom) - int(box[1])) // scale
        columns = (numpy.arange(left, right) - int(box[0])) // scale
        return seen, source[rows][:, columns]

    def assert_shown_exactly(self, screenshot, told, name, scale=1, inset=0):
        self.assertTrue(told["sharp"], told)
        seen, meant = self.seen_and_meant(screenshot, told, self.decoded(name), scale, inset)
        wrong = (seen != meant).any(axis=2)
        self.assertEqual(int(wrong.sum()), 0, f"of {wrong.size} pixels; the first (row, column): {numpy.argwhere(wrong)[:3].tolist()}")

    def assert_covers(self, told):
        """Where a picture is larger than its view no gap is left."""
        view, box = told["view"], told["box"]
        for side in (0, 1):
            self.assertLessEqual(box[side], view[side])
            self.assertGreaterEqual(box[side] + box[side + 2], view[side] + view[side + 2])


class Loupe(LookingCase):
    def test_at_100_percent_each_pixel_is_that_of_the_file(self):
        self.noise_pictures(1, (1600, 1200))
        one, eight = self.look("""
            loupe
            show-histogram off
            show-info-line off
            zoom-100
            pan-to 0.3 0.4
            state
            screenshot one.png
            zoom 8
            state
            screenshot eight.png
        """)
        for state, scale in ((one, 1), (eight, 8)):
            loupe = state["views"]["loupe"]
            self.assertEqual((loupe["zoom"], loupe["fit"], loupe["picture"]), (scale, False, [1600, 1200]))
            self.assertTrue(loupe["shown"] and loupe["whole"])
            self.assert_shown_exactly("one.png" if scale == 1 else "eight.png", loupe, "a.png", scale)
            # The place that was asked for is in the middle: pictures lie on whole pixels, and a middle may be half of one.
            view, box = loupe["view"], loupe["box"]
            self.assertLessEqual(abs(box[0] + 0.3 * box[2] - (view[0] + view[2] / 2)), 1)
            self.assertLessEqual(abs(box[1] + 0.4 * box[3] - (view[1] + view[3] / 2)), 1)

    def test_the_whole_picture_is_as_large_as_it_fits(self):
        self.save_pngs({"wide.png": pictures.picture(1, (1500, 600)), "high.png": pictures.picture(2, (500, 1400)),
                        "enlarged.png": pictures.picture(3, (600, 400)), "small.png": pictures.picture(3, (60, 40))})
        script = "loupe\nfilm-strip off\n" + "".join(
            f"go {name}.png\nstate\nscreenshot {name}.png\n" for name in ("wide", "high", "enlarged", "small"))
        states = self.look(script, size=(800, 600))
        for state, name in zip(states, ("wide", "high", "enlarged", "small")):
            loupe = state["views"]["loupe"]
            view, box, source = loupe["view"], loupe["box"], self.decoded(name + ".png")
            self.assertTrue(loupe["fit"] and loupe["shown"] and loupe["sharp"])
            scale = min(view[2] / source.shape[1], view[3] / source.shape[0])
            self.assertAlmostEqual(loupe["zoom"], scale, places=9)
            # In the middle, and a whole number of pixels.
            for side in (0, 1):
                self.assertLessEqual(abs(box[side + 2] - scale * source.shape[1 - side]), 0.5)
                self.assertLessEqual(abs(box[side] + box[side + 2] / 2 - view[side] - view[side + 2] / 2), 1)
            left, top, right, bottom = overlap(view, box)
            seen = self.image(name + ".png").crop((left, top, right, bottom))
            meant = pictures.Image.fromarray(source).resize(seen.size, pictures.Image.BILINEAR)
            parts = [numpy.asarray(image.resize((8, 8), pictures.Image.BOX)).astype(int) for image in (seen, meant)]
            difference = numpy.abs(parts[0] - parts[1])
            # Means of parts, for which the filters of Pillow and of the viewer differ by a step or two.
            self.assertLessEqual(difference.max(), 2, name)

    def test_zoom_and_place_stay_from_picture_to_picture_or_not(self):
        self.save_pngs({"a.png": noise(1, (1600, 1200)), "b.png": noise(2, (1600, 1200)), "c.png": noise(3, (1000, 700)),
                        "d.png": noise(4, (1600, 1200))})
        first, same, smaller, again, fitted = self.look("""
            loupe
            zoom-100
            pan-to 0.3 0.4
            state
            right
            state
            screenshot same.png
            right
            state
            screenshot smaller.png
            left
            state
            keep-zoom off
            right
            state
        """)
        told = [state["views"]["loupe"] for state in (first, same, smaller, again, fitted)]
        self.assertEqual([one["photo"] for one in told], ["a.png", "b.png", "c.png", "b.png", "c.png"])
        self.assertEqual([one["zoom"] for one in told[:4]], [1] * 4)
        self.assertEqual([one["fit"] for one in told], [False] * 4 + [True])
        for which in (1, 3):
            self.assertEqual(told[which]["box"], told[0]["box"])
            self.assertEqual(told[which]["centre"], told[0]["centre"])
        # Of a smaller one the place is as near as its edge allows.
        self.assert_covers(told[2])
        for side in (0, 1):
            half = told[2]["view"][side + 2] / 2 / told[2]["box"][side + 2]
            self.assertAlmostEqual(told[2]["centre"][side], max((0.3, 0.4)[side], half), places=9)
        self.assert_shown_exactly("same.png", told[1], "b.png")
        self.assert_shown_exactly("smaller.png", told[2], "c.png")
        self.assertFalse(told[4]["keep-zoom"])

    def test_steps_of_zoom_and_their_limits(self):
        self.noise_pictures(1, (1600, 1200))
        script = ["loupe", "state", "zoom-toggle", "state", "zoom-toggle", "state", "zoom 150%", "state", "zoom-200", "state",
                  "zoom-in", "state", "zoom-out", "state", "zoom 1000", "state", "zoom 0.0001", "state", "zoom-fit", "zoom-100",
                  "pan-to 0 0", "pan-left", "pan-up", "state", "pan-to 1 1", "pan-right", "pan-down", "state",
                  "pan-to 0.5 0.5", "pan-right", "pan-up", "state"]
        told = [state["views"]["loupe"] for state in self.look("\n".join(script))]
        fit, whole, back, half, two, more, less, most, least, corner, other, panned = told
        self.assertEqual([fit["fit"], whole["fit"], back["fit"]], [True, False, True])
        self.assertEqual([whole["zoom"], half["zoom"], two["zoom"]], [1, 1.5, 2])
        self.assertGreater(more["zoom"], 2)
        self.assertEqual(less["zoom"], 2)
        self.assertEqual(most["zoom"], 32)
        self.assertAlmostEqual(least["zoom"], fit["zoom"], places=9)
        for one in (corner, other, panned):
            self.assert_covers(one)
        self.assertEqual(corner["box"][:2], corner["view"][:2])
        self.assertEqual([other["box"][0] + 1600, other["box"][1] + 1200],
                         [other["view"][0] + other["view"][2], other["view"][1] + other["view"][3]])
        self.assertGreater(panned["centre"][0], 0.5)
        self.assertLess(panned["centre"][1], 0.5)

    def test_the_wheel_zooms_about_the_pointer_and_a_drag_moves(self):
        self.noise_pictures(1, (1600, 1200))
        before, turned, dragged = self.look("""
            loupe
            zoom-100
            state
            scroll 400 250 3
            state
            drag 400 250 330 290
            state
            screenshot dragged.png
        """)
        before, turned, dragged = (state["views"]["loupe"] for state in (before, turned, dragged))
        self.assertEqual(turned["zoom"], 2, "three notches double the size")
        for side, at in ((0, 400), (1, 250)):
            under = [(at - one["box"][side]) / one["box"][side + 2] for one in (before, turned)]
            # What lay under the pointer stays there; the picture lies on whole pixels.
            self.assertLessEqual(abs(under[0] - under[1]) * turned["box"][side + 2], 1)
        self.assertEqual(dragged["zoom"], turned["zoom"])
        for side, way in ((0, -70), (1, 40)):
            self.assertLessEqual(abs(dragged["box"][side] - turned["box"][side] - way), 1)
        self.assert_shown_exactly("dragged.png", dragged, "a.png", 2)

    def test_clipped_pixels_are_marked_and_no_others(self):
        ramp = numpy.repeat(numpy.repeat(numpy.arange(256, dtype=numpy.uint8)[None, :, None], 3, axis=2), 2, axis=1)
        ramp = numpy.repeat(ramp, 300, axis=0)
        # One channel at its highest is clipped; one at 0 is a colour.
        ramp[100:120, 100:140] = (255, 10, 10)
        ramp[100:120, 180:220] = (0, 0, 10)
        ramp[200:220, 260:300] = (1, 1, 1)
        ramp[200:220, 340:380] = (254, 254, 254)
        self.save_pngs({"ramp.png": pictures.Image.fromarray(ramp)})
        usual, marked, fitted = self.look("""
            loupe
            zoom-100
            state
            screenshot usual.png
            show-clipping on
            state
            screenshot marked.png
            zoom-fit
            state
            screenshot fitted.png
        """)
        self.assertEqual([usual["views"]["loupe"]["show-clipping"], marked["views"]["loupe"]["show-clipping"]], [False, True])
        self.assert_shown_exactly("usual.png", usual["views"]["loupe"], "ramp.png")
        seen, source = self.seen_and_meant("marked.png", marked["views"]["loupe"], ramp)
        meant = source.copy()
        meant[(source == 0).all(axis=2)] = SHADOW
        meant[source.max(axis=2) == 255] = HIGHLIGHT
        self.assertEqual(tuple(meant[0, 0]), SHADOW)
        self.assertEqual(tuple(meant[0, -1]), HIGHLIGHT)
        # A step for how a driver rounds the colours of the marks.
        self.assertLessEqual(numpy.abs(seen.astype(int) - meant).max(), 1)
        left, top, right, bottom = overlap(fitted["views"]["loupe"]["view"], fitted["views"]["loupe"]["box"])
        image = self.image("fitted.png")
        for x, colour in ((left, SHADOW), (right - 1, HIGHLIGHT)):
            for y in (top, (top + bottom) // 2, bottom - 1):
                pixel = image.getpixel((x, y))
                self.assertLessEqual(max(abs(a - b) for a, b in zip(pixel, colour)), 1, (x, y, pixel))

    def test_a_picture_that_cannot_be_decoded_is_said_and_left(self):
        whole = pictures.jpeg_bytes(pictures.picture(1, (640, 480)))
        pictures.write(self.path_of("cut.jpg"), whole[:200])
        pictures.save(noise(2, (900, 700)), self.path_of("good.png"), compress_level=1)
        self.kalon("index", "--quiet", "--model", "descriptor", self.pictures, code=SOME_FAILED)
        broken, zoomed, good = self.look("""
            loupe
            state
            screenshot broken.png
            zoom-100
            show-clipping on
            pan-to 0.2 0.2
            state
            show-clipping off
            right
            state
            screenshot good.png
        """)
        for state in (broken, zoomed):
            loupe = state["views"]["loupe"]
            self.assertEqual((loupe["photo"], loupe["shown"]), ("cut.jpg", False))
            self.assertTrue(loupe["failure"])
            self.assertNotIn(self.pictures, loupe["failure"], "the name stands beside the picture")
        self.assertEqual((good["views"]["loupe"]["photo"], good["views"]["loupe"]["failure"]), ("good.png", ""))
        self.assert_shown_exactly("good.png", good["views"]["loupe"], "good.png")

    def test_pictures_are_there_before_they_are_looked_at(self):
        self.indexed_pictures(5, (1600, 1200))
        states = self.look("loupe\nfilm-strip off\nstate\nright\nstate\nright\nstate\nright\nstate\nright\nstate\nleft\nstate\n"
                           "first\nstate", size=(800, 600))
        loupes = [state["views"]["loupe"] for state in states]
        self.assertEqual([loupe["position"] for loupe in loupes], [0, 1, 2, 3, 4, 3, 0])
        self.assertTrue(all(loupe["sharp"] for loupe in loupes))
        # The one that is shown and two ahead; each step makes one more, and what was shown or made before is not made again.
        self.assertEqual([state["pictures"]["decoded"] for state in states], [3, 4, 5, 5, 5, 5, 5])

    def test_a_picture_larger_than_textures_is_exact_at_its_corners(self):
        x, y = numpy.arange(6000, dtype=numpy.uint16)[None, :], numpy.arange(4000, dtype=numpy.uint16)[:, None]
        mixed = numpy.empty((4000, 6000, 3), numpy.uint8)
        mixed[..., 0], mixed[..., 1], mixed[..., 2] = x & 255, y & 255, (x >> 8) * 7 + (y >> 8) * 13
        pictures.save(pictures.Image.fromarray(mixed), self.path_of("large.png"), compress_level=1)
        places = {"0 0": "first", "1 1": "last", "0.5 0.5": "middle"}
        script = "loupe\nzoom-100\n" + "".join(f"pan-to {at}\nstate\nscreenshot {name}.png\n" for at, name in places.items())
        *states, quarter = self.look(script + "zoom 0.25\nstate\nscreenshot quarter.png", "--no-index")
        for state, name in zip(states, places.values()):
            self.assertEqual(state["views"]["loupe"]["picture"], [6000, 4000])
            self.assert_shown_exactly(name + ".png", state["views"]["loupe"], "large.png")
        first, last = (state["views"]["loupe"] for state in states[:2])
        self.assertEqual(first["box"][:2], first["view"][:2])
        self.assertEqual(last["box"][0] + 6000, last["view"][0] + last["view"][2])
        # Drawn smaller, each pixel is the mean of those that it stands for.
        self.assertEqual(quarter["views"]["loupe"]["zoom"], 0.25)
        reduced = numpy.asarray(pictures.Image.fromarray(mixed).reduce(4))
        seen, meant = self.seen_and_meant("quarter.png", quarter["views"]["loupe"], reduced)
        # A step for the rounding of the mean, one for that of the texture.
        self.assertLessEqual(numpy.abs(seen.astype(int) - meant).max(), 2)


class Compare(LookingCase):
    ALL = "go a.png\nselect b.png\nselect c.png\nselect d.png\ncompare\n"

    def panes(self, state):
        return state["views"]["compare"]["panes"]

    def photos(self, state):
        return [pane["photo"] for pane in self.panes(state)]

    def assert_about_the_active_pane(self, state):
        active = [pane["photo"] for pane in self.panes(state) if pane["active"]]
        self.assertEqual(state["targets"], active)
        self.assertEqual(state["current"]["name"], active[0])

    def test_champion_and_challengers(self):
        self.noise_pictures(5, (300, 200))
        opened, following, promoted, rated, swapped, last = self.look(self.ALL + """
            state
            key Right
            state
            promote
            state
            rate-3
            state
            compare-swap
            state
            compare-next
            compare-next
            compare-next
            state
        """)
        self.assertEqual([self.photos(state) for state in (opened, following, promoted, rated)],
                         [["a.png", "b.png"], ["a.png", "c.png"], ["c.png", "d.png"], ["c.png", "d.png"]])
        self.assertEqual(opened["views"]["compare"]["compared"], 4)
        self.assertTrue(opened["views"]["compare"]["chosen"])
        for state in (opened, following, promoted, rated, swapped, last):
            self.assertEqual([pane["champion"] for pane in self.panes(state)], [True, False])
            self.assertEqual([pane["active"] for pane in self.panes(state)], [False, True])
            self.assert_about_the_active_pane(state)
        self.assertEqual([pane["stars"] for pane in self.panes(rated)], [0, 3])
        self.assertEqual(self.photos(swapped), ["d.png", "c.png"])
        self.assertNotIn("e.png", self.photos(last), "it was not chosen")
        rows = {os.path.basename(row["path"]): row.get("rating", 0) for row in self.list()}
        self.assertEqual({name for name, stars in rows.items() if stars}, {"d.png"})
        self.assertEqual(rows["d.png"], 3)

    def test_a_decision_is_about_the_pane_that_is_active(self):
        self.noise_pictures(3, (300, 200))
        (opened,) = self.look("compare\nstate")
        x, y = (int(self.panes(opened)[0]["view"][side] + self.panes(opened)[0]["view"][side + 2] / 2) for side in (0, 1))
        clicked, decided, following, brought = self.look(f"""
            compare
            click {x} {y}
            state
            rate-4
            state
            next-pane
            state
            go c.png
            state
        """)
        for state in (clicked, decided, following, brought):
            self.assert_about_the_active_pane(state)
        self.assertEqual([pane["active"] for pane in self.panes(clicked)], [True, False])
        self.assertEqual([pane["stars"] for pane in self.panes(decided)], [4, 0])
        self.assertEqual([pane["active"] for pane in self.panes(following)], [False, True])
        self.assertEqual(self.photos(brought), ["a.png", "c.png"])

    def test_panes_show_the_same_place_exactly(self):
        self.noise_pictures(4, (1000, 800))
        two, four = self.look("""
            compare
            zoom-100
            pan-to 0.3 0.6
            state
            screenshot two.png
            compare-four
            zoom-100
            pan-to 0.7 0.4
            state
            screenshot four.png
        """)
        self.assertEqual([len(self.panes(two)), len(self.panes(four))], [2, 4])
        for state, image in ((two, "two.png"), (four, "four.png")):
            places = set()
            for pane in self.panes(state):
                self.assertEqual((pane["zoom"], pane["offset"], pane["ratio"]), (1, [0, 0], 1))
                places.add((pane["box"][0] - pane["view"][0], pane["box"][1] - pane["view"][1]))
                # The frame of the active pane lies two pixels within it.
                self.assert_shown_exactly(image, pane, pane["photo"], inset=3)
            # The middle of a view may lie between two pixels.
            self.assertLessEqual(max(x for x, _ in places) - min(x for x, _ in places), 1)
            self.assertLessEqual(max(y for _, y in places) - min(y for _, y in places), 1)

    def test_a_pane_that_is_moved_alone_stays_so_until_all_are_aligned(self):
        self.noise_pictures(4, (1000, 800))
        moved, following, aligned = self.look(self.ALL + """
            zoom-100
            pan-pane 0.1 0.05
            zoom-pane 1.5
            state
            compare-next
            state
            align-panes
            state
        """)
        self.assertEqual([self.photos(moved), self.photos(following)], [["a.png", "b.png"], ["a.png", "c.png"]])
        for state in (moved, following):
            still, aside = self.panes(state)
            self.assertEqual((still["offset"], still["ratio"], still["zoom"]), ([0, 0], 1, 1))
            self.assertEqual((aside["offset"], aside["ratio"], aside["zoom"]), ([0.1, 0.05], 1.5, 1.5))
            for side, way in ((0, 0.1), (1, 0.05)):
                self.assertAlmostEqual(aside["centre"][side] - still["centre"][side], way, places=9)
        for pane in self.panes(aligned):
            self.assertEqual((pane["offset"], pane["ratio"], pane["zoom"]), ([0, 0], 1, 1))

    def test_a_drag_moves_all_panes_and_with_shift_one(self):
        self.noise_pictures(2, (1000, 1000))
        (opened,) = self.look("compare\nzoom-100\nstate")
        view = self.panes(opened)[1]["view"]
        x, y = int(view[0] + view[2] / 2), int(view[1] + view[3] / 2)
        # The second one begins elsewhere: two presses at one place may be a double click.
        alone, together, clear = self.look(f"""
            compare
            zoom-100
            drag {x} {y} {x - 80} {y + 40} shift
            state
            drag {x + 30} {y + 20} {x + 94} {y - 28}
            state
            align-panes
            state
        """)
        first, one, two, three = ([pane["centre"] for pane in self.panes(state)] for state in (opened, alone, together, clear))
        self.assertEqual(self.panes(alone)[0]["offset"], [0, 0])
        for side, size, (by_one, by_all) in ((0, 1000, (80, -64)), (1, 1000, (-40, 48))):
            # Shares of the picture; the rest is how numbers are rounded.
            self.assertAlmostEqual(self.panes(alone)[1]["offset"][side], by_one / size, places=6)
            self.assertAlmostEqual(one[0][side], first[0][side], places=6)
            self.assertAlmostEqual(one[1][side] - first[1][side], by_one / size, places=6)
            for pane in (0, 1):
                self.assertAlmostEqual(two[pane][side] - one[pane][side], by_all / size, places=6)
            self.assertEqual(self.panes(together)[1]["offset"], self.panes(alone)[1]["offset"])
            self.assertAlmostEqual(three[0][side], three[1][side], places=6)

    def test_one_that_the_filter_takes_away_gives_its_place_to_the_next(self):
        self.noise_pictures(5, (300, 200))
        rejected, filtered, last = self.look("""
            compare
            flag-reject
            state
            filter flag none
            state
            last
            flag-reject
            state
        """)
        self.assertEqual(self.photos(rejected), ["a.png", "b.png"], "those that are compared stay beside each other")
        self.assertEqual([pane["flag"] != 0 for pane in self.panes(rejected)], [False, True])
        self.assertEqual(self.photos(filtered), ["a.png", "c.png"])
        self.assertEqual(self.photos(last), ["a.png", "d.png"], "there is none behind it: the one before")
        for state in (rejected, filtered, last):
            self.assert_about_the_active_pane(state)

    def test_flip_exchanges_the_pictures_while_it_is_held(self):
        self.noise_pictures(2, (800, 700))
        before, flipped, after = self.look("""
            compare
            zoom-100
            state
            flip
            state
            screenshot flipped.png
            flip released
            state
            screenshot after.png
        """)
        self.assertEqual([self.photos(state) for state in (before, flipped, after)],
                         [["a.png", "b.png"], ["b.png", "a.png"], ["a.png", "b.png"]])
        self.assertEqual([state["views"]["compare"]["flipped"] for state in (before, flipped, after)], [False, True, False])
        for state, image in ((flipped, "flipped.png"), (after, "after.png")):
            self.assertEqual([pane["view"] for pane in self.panes(state)], [pane["view"] for pane in self.panes(before)])
            for pane in self.panes(state):
                self.assert_shown_exactly(image, pane, pane["photo"], inset=3)
        for state in (before, flipped, after):
            self.assertEqual(state["targets"], ["b.png"], "decisions are about the same photo while pictures are flipped")

    def test_different_sizes_can_be_shown_equally_large(self):
        self.save_pngs({"a.png": noise(1, (1600, 1200)), "b.png": noise(2, (800, 600))})
        usual, same = self.look("compare\nzoom-100\nstate\ncompare-same-framing on\nstate\nscreenshot same.png")
        self.assertEqual([pane["zoom"] for pane in self.panes(usual)], [1, 1])
        self.assertEqual([pane["zoom"] for pane in self.panes(same)], [1, 2])
        self.assertEqual(self.panes(same)[0]["box"][2:], self.panes(same)[1]["box"][2:])
        self.assert_shown_exactly("same.png", self.panes(same)[1], "b.png", 2, inset=3)

    def test_too_few_to_compare_and_one_that_is_broken(self):
        (none,) = self.look("compare\nstate\nscreenshot none.png")
        self.assertEqual(self.panes(none), [])
        self.noise_pictures(1, (300, 200))
        (one,) = self.look("compare\npromote\ncompare-swap\ncompare-next\nflip\nalign-panes\nzoom-100\nstate\nscreenshot one.png")
        self.assertEqual(self.photos(one), ["a.png"])
        pictures.write(self.path_of("b.jpg"), pictures.jpeg_bytes(pictures.picture(1))[:200])
        self.kalon("index", "--quiet", "--model", "descriptor", self.pictures, code=SOME_FAILED)
        (two,) = self.look("compare\nzoom-100\nstate\nscreenshot two.png")
        self.assertEqual(self.photos(two), ["a.png", "b.jpg"])
        self.assertEqual([bool(pane["failure"]) for pane in self.panes(two)], [False, True])


class Information(LookingCase):
    def test_the_histogram_counts_all_pixels(self):
        source = numpy.array(noise(7, (300, 200)))
        source[:40, :50] = 0
        source[-20:, -30:] = 255
        self.save_pngs({"a.png": pictures.Image.fromarray(source), "b.png": pictures.picture(3, (200, 100))})
        states = self.look("information\nstate\nright\nstate")
        for state, name in zip(states, ("a.png", "b.png")):
            told = state["panels"]["information"]
            self.assertEqual(told["photo"], name)
            pixels = self.decoded(name).reshape(-1, 3).astype(int)
            histogram = told["histogram"]
            self.assertTrue(histogram["whole"])
            self.assertEqual(histogram["pixels"], len(pixels))
            self.assertEqual(histogram["highlights"], int((pixels == 255).any(axis=1).sum()))
            self.assertEqual(histogram["shadows"], int((pixels == 0).all(axis=1).sum()))
            # The luminance of Rec. 709, rounded.
            luminance = (pixels @ [2126, 7152, 722] + 5000) // 10000
            self.assertEqual(histogram["luminance"], numpy.bincount(luminance, minlength=256).tolist())

    def test_what_files_say_of_themselves_is_found(self):
        block = pictures.Image.Exif()
        block[pictures.MAKE], block[pictures.MODEL] = "Lumen", "Lumen X7"
        # Exposure time, aperture, ISO, focal length, lens.
        block[pictures.EXIF_IFD] = {0x829A: IFDRational(1, 250), 0x829D: IFDRational(28, 10), 0x8827: 400, 0x920A: IFDRational(85),
                                    0xA434: "Lumen 85mm F1.8"}
        pictures.save(pictures.picture(1, (320, 240)), self.path_of("a.jpg"), quality=90, exif=block.tobytes())
        shutil.copy(self.path_of("a.jpg"), self.path_of("copy.jpg"))
        self.kalon("index", "--quiet", "--model", "descriptor", self.pictures)
        told, sought, none, closed = self.look("""
            information
            state
            search-attributes lumen
            state
            search-attributes nothing-says-this
            state
            information
            state
        """)
        information = told["panels"]["information"]
        self.assertIn("X7", information["camera"])
        self.assertIn("85mm", information["lens"])
        for part in ("1/250", "2.8", "400", "85"):
            self.assertIn(part, information["exposure"])
        paths = [self.path_of("a.jpg"), self.path_of("copy.jpg")]
        # Two files of the same content are one photo.
        self.assertEqual(told["photos"], 1)
        self.assertEqual([file["path"] for file in information["files"]], paths)
        for file, other in zip(information["files"], reversed(paths)):
            self.assertEqual((file["format"], file["size"], file["copies"]), ("jpeg", os.path.getsize(file["path"]), [other]))
        found = sought["panels"]["information"]["attributes"]
        self.assertTrue(found)
        self.assertLess(len(found), len(information["attributes"]))
        self.assertTrue(all("lumen" in (name + value).lower() for name, value in found.items()), found)
        self.assertEqual(none["panels"]["information"]["attributes"], {})
        self.assertFalse(closed["panels"]["information"]["open"])
