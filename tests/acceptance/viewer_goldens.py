"""The window as it was when it was last looked at: tests/golden/viewer/*.png, made by make.py there."""
import os
import tempfile

import numpy
from PIL import Image, ImageDraw, ImageFilter

import viewer_scenes
from viewer_case import ViewerCase
from world import SOURCE

GOLDEN = os.path.join(SOURCE, "tests", "golden", "viewer")

# Solid panels, pictures at 1:1 and whatever else has one colour around a pixel take part in no rounding: they are exact.
FLAT = 5
# Elsewhere pictures are scaled and letters are blended, in floating point whose order depends on how wide the processor's
# vectors are: a step or two, at edges. A picture that moved by a pixel, or a letter of another font, is far beyond.
LEVELS, SHARE, MEAN = 12, 0.005, 1.0
# What is small is lost in shares of a window: no place of WINDOW x WINDOW pixels may have more than FEW that are far off.
WINDOW, FEW, FAR = 12, 12, 24


def flat(pixels):
    """Where all pixels of a square are alike."""
    image = Image.fromarray(pixels)
    lowest, highest = image.filter(ImageFilter.MinFilter(FLAT)), image.filter(ImageFilter.MaxFilter(FLAT))
    return (numpy.asarray(lowest) == numpy.asarray(highest)).all(axis=2)


def most_in_a_window(marked):
    sums = numpy.pad(marked.astype(int).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    return (sums[WINDOW:, WINDOW:] - sums[:-WINDOW, WINDOW:] - sums[WINDOW:, :-WINDOW] + sums[:-WINDOW, :-WINDOW]).max()


def differences(seen, golden, masks=()):
    """What is wrong with a picture of the window, in words; nothing when it is as it was. With it, where: a box or None."""
    seen, golden = numpy.asarray(seen.convert("RGB")), numpy.asarray(golden.convert("RGB"))
    if seen.shape != golden.shape:
        return [f"it is {seen.shape[1]} x {seen.shape[0]} pixels, and was {golden.shape[1]} x {golden.shape[0]}"], None
    levels = numpy.abs(seen.astype(int) - golden)
    for left, top, right, bottom in masks:
        levels[top:bottom, left:right] = 0
    largest = levels.max(axis=2)
    changed = flat(golden) & (largest > 0)
    found, wrong = [], changed
    if changed.any():
        found.append(f"{int(changed.sum())} pixels within one colour are of another one")
    if (share := (largest > LEVELS).mean()) > SHARE:
        found.append(f"{share:.2%} of the pixels differ by more than {LEVELS} levels")
    if (mean := levels.mean()) > MEAN:
        found.append(f"pixels differ by {mean:.2f} levels in the mean")
    if (most := most_in_a_window(largest > FAR)) > FEW:
        found.append(f"{most} pixels of a place of {WINDOW} x {WINDOW} differ by more than {FAR} levels")
    if not found:
        return [], None
    rows, columns = numpy.nonzero(wrong | (largest > LEVELS))
    box = (int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1) if len(rows) else None
    return found, box


def golden_of(scene):
    return Image.open(os.path.join(GOLDEN, scene.name + ".png")).convert("RGB")


class GoldenCase(ViewerCase):
    def setUp(self):
        super().setUp()
        viewer_scenes.make_world(self.kalon, self.pictures, self.top)

    def take(self, scene):
        return viewer_scenes.take(self, scene)


class Golden(GoldenCase):
    def assert_as_it_was(self, scene):
        seen, golden = self.take(scene), golden_of(scene)
        found, box = differences(seen, golden, scene.masks)
        if not found:
            return
        folder = os.environ.get("KALON_KEEP_SCREENSHOTS") or os.path.join(tempfile.gettempdir(), "kalon-viewer-goldens")
        os.makedirs(folder, exist_ok=True)
        file = os.path.join(folder, scene.name + ".png")
        seen.save(file)
        if box:
            ImageDraw.Draw(seen).rectangle([box[0] - 2, box[1] - 2, box[2] + 1, box[3] + 1], outline=(255, 0, 255))
            seen.save(os.path.join(folder, scene.name + "-where.png"))
        self.fail(f"{scene.name} looks different: {'; '.join(found)}; between {box} (left, top, right, bottom). "
                  f"It is kept as {file}; when it is meant, tests/golden/viewer/make.py {scene.name} makes it the golden one")


for one in viewer_scenes.SCENES:
    setattr(Golden, "test_" + one.name.replace("-", "_"), lambda self, scene=one: self.assert_as_it_was(scene))


class Comparison(GoldenCase):
    """That a change is seen."""

    scenes = {scene.name: scene for scene in viewer_scenes.SCENES}

    def assert_seen(self, name, change, **about):
        golden = golden_of(self.scenes[name])
        changed = golden.copy()
        change(changed)
        found, box = differences(changed, golden)
        self.assertTrue(found, about)
        return found, box

    def test_the_golden_pictures_are_those_of_the_scenes(self):
        self.assertEqual(sorted(name for name in os.listdir(GOLDEN) if name.endswith(".png")),
                         sorted(name + ".png" for name in self.scenes))
        for scene in self.scenes.values():
            self.assertEqual(differences(golden_of(scene), golden_of(scene)), ([], None))

    def test_a_badge_that_went_away_one_star_a_letter_and_a_colour_are_seen(self):
        golden = golden_of(self.scenes["grid"])
        # Without its badges, drawn by the viewer itself.
        scene = viewer_scenes.dataclasses.replace(self.scenes["grid"], script="badges\n" + self.scenes["grid"].script)
        bare = self.take(scene)
        self.assertTrue(differences(bare, golden)[0])
        # Each place alone in which the two differ, as large as a star.
        marks = numpy.abs(numpy.asarray(bare).astype(int) - numpy.asarray(golden)).max(axis=2) > FAR
        self.assertGreater(marks.sum(), 1000)
        rows, columns = numpy.nonzero(marks)
        for row, column in list(zip(rows, columns))[::400]:
            place = (max(0, column - 6), max(0, row - 6), column + 6, row + 6)
            one = golden.copy()
            one.paste(bare.crop(place), place[:2])
            found, box = differences(one, golden)
            self.assertTrue(found, place)
            self.assertTrue(place[0] <= box[0] and place[1] <= box[1] and box[2] <= place[2] and box[3] <= place[3], (box, place))
        # A letter of the menu, the first one.
        self.assert_seen("grid", lambda image: image.paste(image.getpixel((2, 2)), (6, 4, 20, 20)))
        # A panel that is one step lighter.
        self.assert_seen("grid", lambda image: image.paste(tuple(level + 1 for level in image.getpixel((2, 2))), (200, 588, 230, 598)))
        # The whole window a pixel aside.
        self.assert_seen("loupe", lambda image: image.paste(golden_of(self.scenes["loupe"]), (1, 0)))

    def test_another_theme_and_another_size_are_seen(self):
        light = viewer_scenes.dataclasses.replace(self.scenes["grid"], script="theme-light\n" + self.scenes["grid"].script)
        self.assertTrue(differences(self.take(light), golden_of(self.scenes["grid"]))[0])
        larger = viewer_scenes.dataclasses.replace(self.scenes["map"], size=(961, 600))
        self.assertIn("pixels, and was", differences(self.take(larger), golden_of(self.scenes["map"]))[0][0])

    def test_rounding_is_no_change_and_a_mask_hides(self):
        golden = golden_of(self.scenes["grid"])
        pixels = numpy.asarray(golden).astype(int)
        edges = ~flat(numpy.asarray(golden))
        noise = numpy.random.RandomState(1).randint(-2, 3, pixels.shape)
        rounded = Image.fromarray((pixels + noise * edges[..., None]).clip(0, 255).astype(numpy.uint8))
        self.assertEqual(differences(rounded, golden), ([], None))
        black = golden.copy()
        black.paste((0, 0, 0), (100, 100, 140, 120))
        self.assertTrue(differences(black, golden)[0])
        self.assertEqual(differences(black, golden, [(100, 100, 140, 120)]), ([], None))
