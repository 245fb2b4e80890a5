"""Votes that the vectors of pictures save: 2,000 crops of the wallpapers, their vectors by the trained model, simulated tastes.

Some ten minutes on two cores: each of the 20 seeds of five tastes searches for the number of votes with and without vectors.
"""
import pathlib

from photographs import write_jpegs
from run import row

MODEL = "efficientnet-lite0"


def run(bench):
    folder, library, vectors = bench.scratch / "pictures", bench.scratch / "library", bench.scratch / "vectors.npy"
    if MODEL not in {item["id"] for item in bench.lines(*bench.kalon(library, "--json", "models"))}:
        return
    folder.mkdir()
    write_jpegs(folder, 2000, (320, 240))
    bench.measure(bench.kalon(library, "index", folder, "--model", MODEL))
    bench.measure(bench.kalon(library, "export", "vectors", folder, "--to", vectors, "--model", MODEL))
    for item in bench.lines(pathlib.Path(bench.program("bench_vector_prior")), vectors, "--json"):
        yield row("vector prior: " + item["name"], item["measured"], item["unit"], target=item["target"])
