"""What NumPy and SciPy make of grids and of assignments, for the tests beside this file (grid_layout_test.cpp).

Prints numbers alone.
  quality COLUMNS ROWS DIMENSION HOLES P...   the vectors, a random grid of them with so many empty cells at its end, its DPQ_p for each P
  assignments LEVELS SIZE...                  for each size a cost matrix of whole numbers below LEVELS, and the least sum
  filter COLUMNS ROWS HOLES RADIUS...         values in reading order, and their means within boxes of each radius
  axes ROWS DIMENSION KEPT                    vectors, and their squared length along the KEPT principal axes
"""
import sys

import numpy


def write(*values):
    for value in values:
        print(*numpy.asarray(value).ravel().tolist())


def gain(distances, mean):
    """How much nearer than the mean of all the first k are, for each k, as a share of it; never below 0."""
    means = numpy.cumsum(distances, axis=1) / numpy.arange(1, distances.shape[1] + 1)
    return numpy.maximum(0, (mean - means.mean(axis=0)) / mean)


def quality(columns, rows, dimension, holes, *norms):
    random = numpy.random.default_rng(21)
    count = columns * rows - holes
    vectors = random.random((count, dimension)).astype(numpy.float32)
    cells = random.permutation(count)
    held = vectors[cells].astype(float)
    places = numpy.stack([numpy.arange(count) % columns, numpy.arange(count) // columns], axis=1)
    apart = ((places[:, None, :] - places[None, :, :]) ** 2).sum(axis=2)
    distances = numpy.linalg.norm(held[:, None, :] - held[None, :, :], axis=2)
    others = ~numpy.eye(count, dtype=bool)
    own = distances[others].reshape(count, count - 1)
    apart = apart[others].reshape(count, count - 1)
    beside = numpy.take_along_axis(own, numpy.lexsort((own, apart), axis=1), axis=1)
    found, possible = gain(beside, own.mean()), gain(numpy.sort(own, axis=1), own.mean())
    write(vectors, cells, [numpy.linalg.norm(found, p) / numpy.linalg.norm(possible, p) for p in norms])


def assignments(levels, *sizes):
    from scipy.optimize import linear_sum_assignment
    random = numpy.random.default_rng(levels)
    for size in sizes:
        costs = random.integers(0, levels, (size, size))
        write(costs, costs[linear_sum_assignment(costs)].sum())


def filtered(columns, rows, holes, *radii):
    random = numpy.random.default_rng(3)
    count = columns * rows - holes
    values = random.standard_normal(count).astype(numpy.float32)
    grid = numpy.zeros(columns * rows)
    grid[:count] = values
    grid = grid.reshape(rows, columns)
    held = (numpy.arange(columns * rows) < count).reshape(rows, columns)
    write(values)
    for radius in radii:
        write(box_means(grid, held, radius).ravel()[:count])


def box_means(grid, held, radius):
    rows, columns = grid.shape

    def weight(offset):
        return min(1.0, max(0.0, radius + 1 - abs(offset)))

    # One direction after the other, each a weighted mean over the cells that hold something.
    across = numpy.zeros_like(grid)
    for y in range(rows):
        for x in range(columns):
            weights = numpy.array([weight(x - other) for other in range(columns)]) * held[y]
            across[y, x] = (weights * grid[y]).sum() / weights.sum() if held[y, x] else 0
    result = numpy.zeros_like(grid)
    for y in range(rows):
        for x in range(columns):
            weights = numpy.array([weight(y - other) for other in range(rows)]) * held[:, x]
            result[y, x] = (weights * across[:, x]).sum() / weights.sum() if held[y, x] else 0
    return result


def axes(rows, dimension, kept):
    random = numpy.random.default_rng(9)
    turn, _ = numpy.linalg.qr(random.standard_normal((dimension, dimension)))
    spread = 0.7 ** numpy.arange(dimension)
    vectors = (random.standard_normal((rows, dimension)) * spread @ turn + 3).astype(numpy.float32)
    variances = numpy.linalg.eigvalsh(numpy.cov(vectors.astype(float).T, bias=True))[::-1]
    write(vectors, variances[:kept].sum() * rows)


if __name__ == "__main__":
    what, *numbers = sys.argv[1:]
    known = {"quality": quality, "assignments": assignments, "filter": filtered, "axes": axes}
    known[what](*(float(number) if "." in number else int(number) for number in numbers))
