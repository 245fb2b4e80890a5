"""How well each model's vectors find the altered copy of a picture among all others: the wallpapers and their alterations."""
import json
import pathlib

import numpy
from PIL import Image, ImageEnhance, ImageOps

from photographs import wallpapers
from run import row

MODELS = ["descriptor", "efficientnet-lite0"]


def cropped(picture):
    x, y = picture.width // 10, picture.height // 10
    return picture.crop((x, y, picture.width - x, picture.height - y))


ALTERATIONS = {
    "crop 10 % from each side": cropped,
    "mirrored": ImageOps.mirror,
    "JPEG quality 30": lambda picture: picture,
    "brightness x 1.4": lambda picture: ImageEnhance.Brightness(picture).enhance(1.4),
    "grey": lambda picture: ImageOps.grayscale(picture).convert("RGB"),
    "turned by 10 degrees": lambda picture: picture.rotate(10, Image.BICUBIC),
}


def write_pictures(folder):
    """Each wallpaper in a folder of originals, and each alteration of it in a folder of its own, under one name."""
    for number, path in enumerate(wallpapers()):
        with Image.open(path) as opened:
            picture = opened.convert("RGB")
        picture.thumbnail((1600, 1600))
        name = f"{number:03d}.jpg"
        for kind, alter in {"original": lambda same: same, **ALTERATIONS}.items():
            place = folder / kind
            place.mkdir(exist_ok=True)
            alter(picture).save(place / name, quality=30 if "JPEG" in kind else 92)


def vectors_of(bench, library, model, folder):
    to = bench.scratch / f"{model}-{folder.name}.npy"
    bench.measure(bench.kalon(library, "export", "vectors", folder, "--to", to, "--model", model))
    names = [pathlib.Path(json.loads(line)["path"]).name for line in to.with_suffix(".jsonl").read_text().splitlines()]
    return names, numpy.load(to)


def run(bench):
    folder, library = bench.scratch / "pictures", bench.scratch / "library"
    folder.mkdir()
    write_pictures(folder)
    known = {item["id"] for item in bench.lines(*bench.kalon(library, "--json", "models"))}
    figures = {}
    for model in (model for model in MODELS if model in known):
        bench.measure(bench.kalon(library, "index", folder, "--model", model))
        # Wallpapers that are there twice count once; each kind keeps the first of them.
        names, originals = vectors_of(bench, library, model, folder / "original")
        for kind in ALTERATIONS:
            altered_names, altered = vectors_of(bench, library, model, folder / kind)
            nearest = (altered @ originals.T).argmax(axis=1)
            figures[model, kind] = sum(names[i] == name for i, name in zip(nearest, altered_names)) / len(altered_names)
    for kind in ALTERATIONS:
        for model in MODELS:
            if (model, kind) in figures:
                yield row(f"top-1 of {len(names)} wallpapers, {kind}: {model}", 100 * figures[model, kind], "%")
