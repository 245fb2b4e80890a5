"""The main job on 70,000 labelled pictures (dataset-fashion-mnist as PNG files): times, memory, and what the order is worth.

The order is judged by the share of neighbours that have the same label, against a random order and against the way of the
image sorter that Kalon replaces (a minimum spanning tree walked depth first) on the same vectors.
"""
import gzip
import json
import pathlib
import random

import numpy
from PIL import Image

from run import row

DATA = pathlib.Path("/usr/share/datasets/fashion-mnist")
MEMORY = 2000  # megabytes of anonymous memory


def read_idx(name):
    path = next(path for path in (DATA / name, DATA / f"{name}.gz") if path.exists())
    data = (gzip.open(path) if path.suffix == ".gz" else open(path, "rb")).read()
    dimensions = data[3]
    shape = numpy.frombuffer(data, ">i4", dimensions, 4)
    return numpy.frombuffer(data, numpy.uint8, offset=4 + 4 * dimensions).reshape(shape)


def write_pictures(folder):
    """The label of each file's name."""
    labels = {}
    for part in ("train", "t10k"):
        pictures, classes = read_idx(f"{part}-images-idx3-ubyte"), read_idx(f"{part}-labels-idx1-ubyte")
        for number, (pixels, label) in enumerate(zip(pictures, classes)):
            name = f"{part}_{number:05d}.png"
            place = folder / f"{number // 1000:03d}"
            place.mkdir(exist_ok=True)
            Image.fromarray(pixels).save(place / name)
            labels[name] = int(label)
    return labels


def same_label(names, labels):
    sequence = [labels[name] for name in names]
    return sum(a == b for a, b in zip(sequence, sequence[1:])) / (len(sequence) - 1)


def rows_of(output):
    return [json.loads(line) for line in output.splitlines()]


def run(bench):
    folder, library = bench.scratch / "pictures", bench.scratch / "library"
    folder.mkdir()
    labels = write_pictures(folder)

    def step(name, *words):
        done = bench.measure(bench.kalon(library, "--json", *words), accept=(0, 3))
        yield row(f"{len(labels):,} pictures: {name}", done["wall"], "s")
        yield row("  the same, peak RssAnon + RssShmem", done["peak"] / 1e6, "MB", target=MEMORY)
        results[name] = rows_of(done["output"])

    results = {}
    yield from step("index", "index", folder)
    for method in ("search", "mst"):
        name = f"order ({method})"
        yield from step(name, "sort", "--dry-run", "--method", method, "--to", bench.scratch / "sorted")
        names = [pathlib.Path(item["path"]).name for item in results[name] if "position" in item]
        yield row("  neighbours of the same label", 100 * same_label(names, labels), "%")
        yield row("  length of the order", results[name][-1]["summary"]["length"], "")
    shuffled = list(labels)
    random.Random(1).shuffle(shuffled)
    yield row("  neighbours of the same label, random order", 100 * same_label(shuffled, labels), "%")
    yield from step("duplicates", "duplicates")
    yield row("  groups found", results["duplicates"][-1]["summary"]["groups"], "")
    yield from step("outliers", "outliers")
    yield from step("groups by cluster", "groups", "--by", "cluster", "--clusters", "100")
