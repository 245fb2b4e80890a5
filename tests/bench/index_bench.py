"""The pipeline: wall time against its own decode and model CPU over the cores, a rerun with nothing new, and memory."""
import json
import os
import statistics

from PIL import Image

from photographs import wallpapers, write_jpegs
from run import row


def summary(output):
    return json.loads(output.splitlines()[-1])["summary"]


def run(bench):
    cores = len(os.sched_getaffinity(0))
    folder = bench.scratch / "photos"
    folder.mkdir()
    write_jpegs(folder, 60, (6000, 4000))
    ratios, walls, peaks = [], [], []
    for attempt in range(3):
        done = bench.measure(bench.kalon(bench.scratch / f"library{attempt}", "--json", "index", folder))
        facts = summary(done["output"])
        walls.append(facts["seconds"])
        peaks.append(done["peak"])
        ratios.append(facts["seconds"] / ((facts["decode_cpu_seconds"] + facts["model_cpu_seconds"]) / cores))
    yield row("index 60 JPEGs of 24 MP, wall", statistics.median(walls), "s", "(decode + model CPU) / cores",
              statistics.median(walls) / statistics.median(ratios), 1.15)
    yield row("  the same, peak RssAnon + RssShmem", max(peaks) / 1e6, "MB", target=600)

    large = bench.scratch / "large"
    large.mkdir()
    for number, path in enumerate(wallpapers()[:12]):
        with Image.open(path) as picture:
            picture.convert("RGB").resize((6000, 4000)).save(large / f"large_{number}.png", compress_level=1)
    for number, path in enumerate(wallpapers()[:6]):
        with Image.open(path) as picture:
            picture.convert("RGB").resize((6000, 4000)).save(large / f"large_{number}.tiff")
    done = bench.measure(bench.kalon(bench.scratch / "library-large", "--json", "index", large))
    yield row("index PNG and TIFF of 24 MP, peak RssAnon + RssShmem", done["peak"] / 1e6, "MB", target=600)

    many = bench.scratch / "many"
    many.mkdir()
    small = write_jpegs(many, 100, (640, 480))
    for number in range(100, 10000):
        target = many / f"photo_{number:05d}.jpg"
        data = small[number % 100].read_bytes()
        # A comment of its own: different bytes in every file, as in a real folder.
        target.write_bytes(data[:2] + b"\xff\xfe\x00\x08%06d" % number + data[2:])
    library = bench.scratch / "library-many"
    first = bench.measure(bench.kalon(library, "--json", "index", many))
    yield row("index 10,000 small files the first time, peak RssAnon + RssShmem", first["peak"] / 1e6, "MB", target=600)
    reruns = [bench.measure(bench.kalon(library, "--json", "index", many)) for _ in range(5)]
    assert all(summary(done["output"])["unchanged"] == 10000 for done in reruns)
    yield row("rerun with nothing new on 10,000 files", statistics.median(done["wall"] for done in reruns), "s", target=2.0)
