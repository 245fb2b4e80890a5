"""Grids of 20 seeded sets of 32 x 32 uniform RGB colours, and of 100,000 x 1,280 vectors.

The peer is vc-flas, by the authors of the method, at the first of its settings that is as good, with its own measure; where it is not
installed (tests/peers/setup.sh), linear assignment sorting written out with SciPy.
"""
import json
import os
import pathlib
import subprocess
import time

import numpy

from run import row

SETS, SIDE = 20, 32

PEER = """
import json, sys, time
import numpy
from vc_flas import Grid, flas, metrics
sets = numpy.fromfile(sys.argv[1], numpy.float32).reshape(-1, 32, 32, 3)
for decay, positions in ((.9, 9), (.93, 9), (.95, 16), (.93, 25), (.97, 25), (.97, 49), (.98, 64), (.99, 64)):
    quality, seconds = [], []
    for colours in sets:
        start = time.perf_counter()
        found = flas(Grid.from_features(colours.reshape(-1, 3), (32, 32)), wrap=False, radius_decay=decay, max_swap_positions=positions, seed=1)
        seconds.append(time.perf_counter() - start)
        quality.append(metrics.distance_preservation_quality(found.get_sorted_features(), wrap=False, p=16))
    if numpy.mean(quality) >= float(sys.argv[2]):
        break
print(json.dumps({"quality": numpy.mean(quality), "ms": 1000 * numpy.median(seconds), "settings": f"decay {decay}, {positions} positions"}))
"""


def peer_python():
    for path in (os.environ.get("KALON_PEERS"), str(pathlib.Path(__file__).parents[2] / "build/peers/bin/python")):
        if path and subprocess.run([path, "-c", "import vc_flas"], stderr=subprocess.DEVNULL).returncode == 0:
            return path
    return None


def linear_assignment_sorting(colours):
    """Each step smooths the grid, and assigns every colour to the cell that it fits best."""
    from scipy.ndimage import uniform_filter
    from scipy.optimize import linear_sum_assignment
    from scipy.spatial.distance import cdist
    grid, radius = colours.reshape(SIDE, SIDE, 3).astype(float), SIDE / 2 - 1
    while radius >= 1:
        side = 2 * round(radius) + 1
        costs = cdist(colours, uniform_filter(grid, (side, side, 1), mode="nearest").reshape(-1, 3), "sqeuclidean")
        _, cells = linear_sum_assignment(costs.T)
        grid, radius = colours[cells].reshape(SIDE, SIDE, 3).astype(float), radius * 0.9
    return grid


def run(bench):
    path = bench.scratch / "colours.f32"
    sets = numpy.random.default_rng(1).random((SETS, SIDE * SIDE, 3)).astype(numpy.float32)
    sets.tofile(path)
    program = bench.program("bench_grid")
    found = {line["name"]: line["measured"] for line in bench.lines(program, "--colours", path, SETS)}
    python = peer_python()
    if python:
        done = subprocess.run([python, "-c", PEER, str(path), str(found["quality"])], stdout=subprocess.PIPE, check=True, text=True)
        peer = json.loads(done.stdout)
        name, peer_quality, peer_time = f"vc-flas ({peer['settings']})", peer["quality"], peer["ms"]
    else:
        start = time.perf_counter()
        linear_assignment_sorting(sets[0])
        name, peer_quality, peer_time = "assignment sorting by SciPy", None, 1000 * (time.perf_counter() - start)
    yield row("grid of colours: 1 - DPQ16, mean of 20", 1 - found["quality"], "", target=0.06)
    if peer_quality:
        yield row("  the same of the peer", 1 - peer_quality, "", name)
    yield row("grid of colours: median time", found["median"], "ms", name, peer_time)
    yield row("grid of colours: longest time", found["longest"], "ms", target=60)
    for rows, dimension, target in ((10_000, 1280, None), (100_000, 1280, 10)):
        found = {line["name"]: line["measured"] for line in bench.lines(program, "--vectors", rows, dimension)}
        yield row(f"grid of {rows:,} x {dimension:,}", found["seconds"], "s", target=target)
        yield row("  distance of neighbours in it, of the mean distance", found["distance"], "")
