#!/usr/bin/env python3
"""Prints the numbers of tests/unit/rank/simulate_test.cpp: correlations by SciPy, and a study simulated by other means:
random pairs (with repetition) of 20 items, utilities N(0, 2^2), logistic votes, and the posterior mode under a prior
variance of 4 by SciPy's minimiser; means over 400 seeds."""
import numpy
import scipy
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import kendalltau, spearmanr

A = [1, 2, 2, 3, 5, 5, 5, 8, -1, 0.5]
B = [2, 1, 4, 4, 4, 9, 3, 8, 0, 0]


def mode(left, right, won, items):
    signs = numpy.where(won, 1.0, -1.0)

    def loss(x):
        d = signs * (x[left] - x[right])
        slope = -signs * expit(-d)
        gradient = x / 4
        numpy.add.at(gradient, left, slope)
        numpy.add.at(gradient, right, -slope)
        return numpy.logaddexp(0, -d).sum() + x @ x / 8, gradient

    return minimize(loss, numpy.zeros(items), jac=True, method="L-BFGS-B", options={"gtol": 1e-8, "ftol": 1e-14}).x


def coverage(found, truth, left, right):
    """Of all differences, how many lie within the 90 % intervals of Laplace's approximation."""
    p = expit(found[left] - found[right])
    precision = numpy.eye(20) / 4
    for i, j, weight in zip(left, right, p * (1 - p)):
        precision[[i, j], [i, j]] += weight
        precision[[i, j], [j, i]] -= weight
    covariance = numpy.linalg.inv(precision)
    i, j = numpy.triu_indices(20, 1)
    sd = numpy.sqrt(covariance[i, i] + covariance[j, j] - 2 * covariance[i, j])
    return numpy.mean(numpy.abs(found[i] - found[j] - truth[i] + truth[j]) <= 1.6448536269514722 * sd)


def main():
    print("NumPy", numpy.__version__, "SciPy", scipy.__version__)
    print("spearman", spearmanr(A, B)[0], "kendall", kendalltau(A, B)[0])
    for votes in (60, 200):
        rows = []
        for seed in range(400):
            random = numpy.random.default_rng(seed)
            truth = random.normal(0, 2, 20)
            pairs = numpy.array([random.choice(20, 2, replace=False) for _ in range(votes)])
            left, right = pairs[:, 0], pairs[:, 1]
            found = mode(left, right, random.random(votes) < expit(truth[left] - truth[right]), 20)
            best = set(numpy.argsort(-truth)[:5])
            rows.append([spearmanr(found, truth)[0], kendalltau(found, truth)[0],
                         len(best & set(numpy.argsort(-found)[:5])) / 5, coverage(found, truth, left, right)])
        print(votes, "votes: mean", numpy.mean(rows, 0), "standard error", numpy.std(rows, 0) / 20)


if __name__ == "__main__":
    main()
