"""Exact neighbours of 50,000 x 512, k = 10, against NumPy: a product on OpenBLAS in blocks, then argpartition and sort."""
import statistics
import time

import numpy

from run import row

ROWS, DIMENSION, K, BLOCK, RUNS = 50_000, 512, 10, 2_000, 3


def embeddings(seed=3):
    """Unit vectors in 200 overlapping clusters, as embeddings lie."""
    rng = numpy.random.default_rng(seed)
    centres = rng.normal(size=(200, DIMENSION))
    vectors = centres[rng.integers(200, size=ROWS)] + 1.5 * rng.normal(size=(ROWS, DIMENSION))
    return (vectors / numpy.linalg.norm(vectors, axis=1, keepdims=True)).astype(numpy.float32)


def numpy_neighbours(vectors):
    squares = (vectors * vectors).sum(axis=1)
    result = numpy.empty((ROWS, K), numpy.int32)
    for begin in range(0, ROWS, BLOCK):
        block = vectors[begin:begin + BLOCK]
        distances = squares - 2 * (block @ vectors.T)
        distances[numpy.arange(len(block)), numpy.arange(begin, begin + len(block))] = numpy.inf
        near = numpy.argpartition(distances, K, axis=1)[:, :K]
        order = numpy.take_along_axis(distances, near, axis=1).argsort(axis=1)
        result[begin:begin + len(block)] = numpy.take_along_axis(near, order, axis=1)
    return result


def run(bench):
    vectors = embeddings()
    file, found = bench.scratch / "vectors.npy", bench.scratch / "found.bin"
    numpy.save(file, vectors)
    ours, theirs = [], []
    for _ in range(RUNS):
        ours += [item["seconds"] for item in bench.lines(bench.program("bench_neighbours"), file, K, found)]
        start = time.monotonic()
        expected = numpy_neighbours(vectors)
        theirs.append(time.monotonic() - start)
    result = numpy.fromfile(found, numpy.int32).reshape(ROWS, K)
    recall = numpy.mean([len(set(a) & set(b)) for a, b in zip(result.tolist(), expected.tolist())]) / K
    yield row("neighbours of 50,000 x 512, k = 10", statistics.median(ours), "s", "NumPy product + argpartition, f32",
              statistics.median(theirs), 0.2)
    yield row("  the same, 1 - recall against NumPy's f32", 1 - float(recall), "", target=1e-4)
