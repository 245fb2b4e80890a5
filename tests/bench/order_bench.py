"""The visual order of 5,000 descriptor vectors of seeded crops of the wallpapers, against the Held-Karp bound."""
import random

from PIL import Image

from photographs import wallpapers
from run import row

PICTURES = 5000


def write_crops(folder, count, seed=7):
    rng = random.Random(seed)
    sources = wallpapers()
    share = -(-count // len(sources))
    number = 0
    for path in sources:
        with Image.open(path) as opened:
            picture = opened.convert("RGB")
            picture.thumbnail((1600, 1600))
        for _ in range(min(share, count - number)):
            width = int(picture.width * rng.uniform(0.25, 0.7))
            height = min(picture.height, int(width * rng.uniform(0.6, 1.0)))
            left, top = rng.randint(0, picture.width - width), rng.randint(0, picture.height - height)
            picture.crop((left, top, left + width, top + height)).resize((256, 192)).save(folder / f"crop_{number:05d}.jpg")
            number += 1


def run(bench):
    folder = bench.scratch / "crops"
    folder.mkdir()
    write_crops(folder, PICTURES)
    library, vectors = bench.scratch / "library", bench.scratch / "vectors.npy"
    bench.measure(bench.kalon(library, "index", folder))
    bench.measure(bench.kalon(library, "export", "vectors", "--to", vectors))
    for item in bench.lines(bench.program("bench_order"), "--json", "--vectors", vectors):
        yield row(item["name"], item["measured"], item["unit"], target=item.get("target"))
