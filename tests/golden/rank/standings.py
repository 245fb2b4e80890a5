#!/usr/bin/env python3
"""Prints the numbers of tests/unit/rank/standings_test.cpp: how likely five items with correlated normal utilities
have each rank, by SciPy's integrals over the orthants of their differences, not by drawing."""
import itertools

import numpy
import scipy
from scipy.stats import multivariate_normal, norm

MEANS = numpy.array([0.9, 1.2, -0.8, 0.1, 0.0])
FACTOR = numpy.array([[0.8, 0, 0, 0, 0], [0.5, 0.6, 0, 0, 0], [-0.2, 0.1, 0.7, 0, 0], [0.3, 0.4, 0.2, 0.5, 0],
                      [0.1, -0.3, 0.4, 0.2, 0.9]])
COVARIANCE = FACTOR @ FACTOR.T


def all_positive(rows):
    """That all of these linear combinations of the utilities are above 0."""
    rows = numpy.array(rows)
    return float(multivariate_normal.cdf(numpy.zeros(len(rows)), -rows @ MEANS, rows @ COVARIANCE @ rows.T,
                                         maxpts=10**6, abseps=1e-7, releps=1e-7))


def minus(a, b):
    row = numpy.zeros(len(MEANS))
    row[a], row[b] = 1, -1
    return row


def main():
    print("NumPy", numpy.__version__, "SciPy", scipy.__version__)
    items = range(len(MEANS))
    for item in items:
        others = [other for other in items if other != item]
        chances = [sum(all_positive([minus(other, item) if other in above else minus(item, other) for other in others])
                       for above in itertools.combinations(others, rank)) for rank in items]
        print("item", item, "ranks", numpy.round(chances, 5), "cumulated", numpy.round(numpy.cumsum(chances), 5))
    order = numpy.argsort(-MEANS)
    for a, b in zip(order, order[1:]):
        row = minus(a, b)
        print(a, "above", b, round(norm.cdf(row @ MEANS / numpy.sqrt(row @ COVARIANCE @ row)), 9))
    groups = numpy.array([[.5, 0, .5, 0, 0], [0, .5, 0, 0, .5], [0, 0, 0, 1, 0]])  # items 0 2, items 1 4, item 3
    print("groups", groups @ MEANS, numpy.sqrt(numpy.diag(groups @ COVARIANCE @ groups.T)))
    for g in range(3):
        print("best", g, round(all_positive([groups[g] - groups[h] for h in range(3) if h != g]), 5),
              [round(all_positive([groups[g] - groups[h]]), 5) for h in range(3) if h != g])
    print("quantile", [norm.ppf(p) for p in (1e-10, 0.05, 0.5, 0.95, 0.999)])


if __name__ == "__main__":
    main()
