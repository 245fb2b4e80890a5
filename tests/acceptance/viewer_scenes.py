"""The scenes of the golden pictures: what is shown and how the viewer gets there.

Everything in them is the same on every machine: pictures that are painted in whole numbers and saved without loss, a map
and scores that are written down here, no time of now, no duration, no notice that fades."""
import dataclasses
import json
import os

import numpy
from PIL import Image

import pictures
from world import SOME_FAILED

COLOURS = {"dune": ((236, 196, 120), (196, 120, 64), (250, 236, 200)), "dusk": ((196, 110, 130), (70, 44, 96), (255, 190, 120)),
           "lake": ((120, 176, 220), (40, 88, 136), (240, 244, 250)), "wood": ((150, 196, 130), (44, 92, 52), (244, 240, 170))}
NAMES = [f"{kind}-{member}.png" for kind in COLOURS for member in range(3)]
UPRIGHT = "dusk-2.png"
SIZE, UPRIGHT_SIZE = (480, 320), (240, 320)
TASTE = dict(zip(NAMES, (41, 48, 55, 12, 30, 33, 71, 74, 80, 45, 52, 95)))


def painted(name):
    """A sun over three ranges of hills, in flat colours with hard edges. Members of a kind differ by where the sun stands."""
    kind, member = name.removesuffix(".png").split("-")
    member, number = int(member), list(COLOURS).index(kind)
    sky, hill, sun = (numpy.array(colour) for colour in COLOURS[kind])
    width, height = UPRIGHT_SIZE if name == UPRIGHT else SIZE
    y, x = numpy.mgrid[0:height, 0:width]
    # The sky grows lighter towards the hills, in eight steps.
    pixels = (sky + (8 * y // height - 4)[..., None] * 6).clip(0, 255)
    middle, radius = (width * (2 + 3 * member) // 10, height * (3 + number % 2) // 12), height // 9
    pixels[(x - middle[0]) ** 2 + (y - middle[1]) ** 2 < radius ** 2] = sun
    for nearer in range(3):
        # Parabolas of whole numbers, so that no library's sine has a say.
        peak, broad = width * (1 + (5 * nearer + 3 * number) % 9) // 10, width * (4 + nearer) // 10
        top = height * (11 + 3 * nearer) // 24 + (height // 3) * (x - peak) ** 2 // broad ** 2
        pixels[y >= top] = hill * (6 - nearer) // 6
    return Image.fromarray(pixels.astype(numpy.uint8))


def make_world(kalon, folder, scratch):
    """Twelve pictures in the folder, one that cannot be read, and what a person and a table said of them in the library."""
    for number, name in enumerate(NAMES):
        path = pictures.save(painted(name), os.path.join(folder, name), compress_level=1)
        os.utime(path, (1714550400 + number, 1714550400 + number))
    paths = lambda *names: [os.path.join(folder, name) for name in names]
    kalon("index", "--quiet", "--model", "descriptor", folder)
    kalon("rate", *paths("dune-1.png", "wood-2.png"), "--as", "4")
    kalon("rate", *paths("lake-0.png"), "--as", "2")
    kalon("flag", *paths("dune-1.png", "wood-2.png"), "--as", "pick")
    kalon("flag", *paths("lake-2.png"), "--as", "reject")
    kalon("label", *paths("wood-0.png"), "--as", "Green")
    kalon("label", *paths("dusk-1.png"), "--as", "Purple")
    kalon("exclude", *paths("dune-2.png"))
    table = "".join(f"{path},{TASTE[name]}\n" for name, path in zip(NAMES, paths(*NAMES)))
    kalon("scores", "import", pictures.write(os.path.join(scratch, "taste.csv"), ("path,taste\n" + table).encode()),
          "--name", "taste", "--score-column", "taste", "--quiet")
    # As `kalon grid --json` writes it, but laid down by hand: which of two alike pictures lies left may hang on a last digit.
    rows = [{"column": number // 3, "row": number % 3, "uri": "file://" + path} for number, path in enumerate(paths(*NAMES))]
    pictures.write(os.path.join(scratch, "map.jsonl"), "".join(json.dumps(row) + "\n" for row in rows).encode())


@dataclasses.dataclass
class Scene:
    name: str
    script: str  # MAP stands for the file of the map
    size: tuple = (960, 600)
    arguments: tuple = ()
    panels: tuple = ("filter",)
    masks: tuple = ()  # left, top, right, bottom: what differs from run to run, such as the names of scratch folders
    more: str = ""  # "broken": a picture that cannot be read; "halves": two of the pictures again, half as large
    side: int = 300  # width of the panels at the right


SCENES = [
    Scene("grid", "cell 146\nscore-badge taste\ngo lake-0.png\nselect lake-1.png"),
    Scene("grid-light", "theme-light\ncell 146\ngo lake-0.png\nselect lake-1.png", size=(960, 400)),
    Scene("grid-twice", "cell 120\ngo dune-1.png", size=(1360, 760), arguments=("--scale", "2")),
    Scene("grid-broken", "cell 200\ngo lost.png", size=(960, 400), more="broken"),
    Scene("filter-bar", "filter stars 2\nfilter flag pick\nsort-descending", size=(1320, 320)),
    Scene("loupe", "go wood-2.png\nloupe\nshow-histogram on"),
    Scene("compare", "go dune-1.png\nselect wood-1.png\ncompare", size=(964, 600)),
    Scene("compare-four", "go dune-0.png\nselect dusk-2.png\nselect lake-0.png\nselect wood-2.png\ncompare-four"),
    Scene("rank", "rank-new trip annotator=ann criterion=calm seed=7"),
    Scene("scores", "score-column taste\nscores\nthreshold 40"),
    Scene("order", "order\nwait\norder-first"),
    Scene("map", "map-load MAP\ngo lake-1.png\nmap-colour stars"),
    Scene("groups", "groups-duplicates 0.9\nwait", more="halves"),
    Scene("palette", "palette zoom"),
    Scene("help", "help", size=(1200, 800)),
    Scene("information", "go wood-2.png", panels=("filter", "information"), masks=((546, 268, 960, 288),), side=500),
]


def take(case, scene):
    """The picture of the window, made by the viewer that the case runs in its world."""
    if scene.more == "broken":
        pictures.write(os.path.join(case.pictures, "lost.png"), b"\x89PNG\r\n\x1a\n no picture")
        case.kalon("index", "--quiet", "--model", "descriptor", case.pictures, code=SOME_FAILED)
    elif scene.more == "halves":
        for name in ("dune-1.png", "wood-2.png"):
            whole = painted(name)
            half = whole.resize((whole.width // 2, whole.height // 2), Image.BOX)
            pictures.save(half, os.path.join(case.pictures, "half-" + name), compress_level=1)
        case.kalon("index", "--quiet", "--model", "descriptor", case.pictures)
    settings = pictures.write(case.path("settings.json"), json.dumps({"panels": scene.panels, "more": {"side.right": str(scene.side)}}).encode())
    script = scene.script.replace("MAP", case.path("map.jsonl"))
    (state,) = case.view(f"{script}\nmove 1 1\nstate\nscreenshot {scene.name}.png", *scene.arguments, settings=settings, size=scene.size)
    case.assertEqual(state["notices"], [], "a notice fades, and is in no golden picture")
    return case.image(scene.name + ".png")
