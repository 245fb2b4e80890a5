#!/usr/bin/python3
"""Makes viewer.png, the first picture of the README: the viewer's grid on painted scenes, some of them rated and flagged.

    assets/readme/make_viewer.py PATH_OF_KALON     (needs python3-pil, python3-numpy and xvfb)"""
import os
import pathlib
import random
import subprocess
import sys
import tempfile

from PIL import Image

from make_order import alps, forest, night, sea, sunset, tulips

HERE = pathlib.Path(__file__).parent
SCRIPT = """
cell 200
panels
go {first}
sort-by-name
screenshot {picture}
quit
"""


def main():
    kalon = pathlib.Path(sys.argv[1]).resolve()
    rng = random.Random(7)
    scenes = [(name, scene(rng)) for scene, name in
              ((sunset, "Sunset"), (alps, "Alps"), (night, "Night"), (forest, "Forest"), (sea, "Sea"), (tulips, "Tulips")) for _ in range(5)]
    rng.shuffle(scenes)
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        folder = scratch / "Trip"
        folder.mkdir()
        for number, (name, scene) in enumerate(scenes):
            # As a camera would hold it: some upright, all larger than they are shown.
            if rng.random() < 0.25:
                scene = scene.crop((110, 0, 350, 360))
            scene.resize((scene.width * 2, scene.height * 2), Image.LANCZOS).save(folder / f"{name}-{number:02}.jpg", quality=92)
        names = sorted(path.name for path in folder.iterdir())
        run = [str(kalon), "--library", str(scratch / "library"), "--quiet"]
        paths = lambda *numbers: [str(folder / names[number]) for number in numbers]
        subprocess.run(run + ["index", str(folder)], check=True)
        for stars, numbers in (("5", (2, 9, 17)), ("4", (0, 6, 13)), ("3", (4, 11))):
            subprocess.run(run + ["rate", *paths(*numbers), "--as", stars], check=True, stdout=subprocess.DEVNULL)
        subprocess.run(run + ["flag", *paths(2, 9), "--as", "pick"], check=True, stdout=subprocess.DEVNULL)
        subprocess.run(run + ["flag", *paths(7), "--as", "reject"], check=True, stdout=subprocess.DEVNULL)
        subprocess.run(run + ["label", *paths(6), "--as", "Green"], check=True, stdout=subprocess.DEVNULL)
        script = scratch / "script.txt"
        script.write_text(SCRIPT.format(first=names[9], picture=HERE / "viewer.png"))
        subprocess.run(["xvfb-run", "-a", "-s", "-screen 0 1400x900x24", str(kalon.parent / "kalon-viewer"), "--library",
                        str(scratch / "library"), "--settings", "", "--size", "1280x760", "--script", str(script), str(folder)],
                       check=True, env={**os.environ, "LIBGL_ALWAYS_SOFTWARE": "1"})
    Image.open(HERE / "viewer.png").convert("RGB").save(HERE / "viewer.png", optimize=True)


if __name__ == "__main__":
    main()
