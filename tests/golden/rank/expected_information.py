#!/usr/bin/env python3
"""Writes expected_information.txt: MEAN VARIANCE INFORMATION, by SciPy's adaptive quadrature, for differences of
utilities N(MEAN, VARIANCE): the entropy of the expected vote minus the expected entropy of the vote, in nats.

    expected_information.py > expected_information.txt
"""
import numpy as np
from scipy.integrate import quad
from scipy.special import entr, expit
from scipy.stats import norm

rng = np.random.default_rng(7)


def entropy(p, q):
    return entr(p) + entr(q)


def information(mean, deviation):
    def expected(function):
        parts = [mean - 12 * deviation, *sorted({p for p in (mean - deviation, 0.0, mean, mean + deviation)
                                                 if abs(p - mean) < 12 * deviation}), mean + 12 * deviation]
        return sum(quad(lambda d: function(d) * norm.pdf(d, mean, deviation), low, high, epsabs=1e-14, epsrel=1e-12,
                        limit=400)[0] for low, high in zip(parts, parts[1:]))
    # The difference of entropies as a mean divergence, in which nothing cancels.
    p, q = expected(expit), expected(lambda d: expit(-d))
    return expected(lambda d: expit(d) * (np.log(expit(d)) - np.log(p)) + expit(-d) * (np.log(expit(-d)) - np.log(q)))


def both_ways(mean, deviation):
    p, q = (quad(lambda d: expit(s * d) * norm.pdf(d, mean, deviation), mean - 12 * deviation, mean + 12 * deviation,
                 points=[mean], limit=400)[0] for s in (1, -1))
    conditional = quad(lambda d: entropy(expit(d), expit(-d)) * norm.pdf(d, mean, deviation), mean - 12 * deviation,
                       mean + 12 * deviation, points=[mean], limit=400)[0]
    return entropy(p, q) - conditional


assert abs(both_ways(1, 2) - information(1, 2)) < 1e-8
for deviation in (0.05, 0.3, 1, 2, 2.8284271247461903, 5, 12, 20):
    for multiple in (0, 0.4, 1.3, 3, 7.9):
        mean = multiple * np.sqrt(1 + deviation ** 2 / 4)
        print(f"{mean:.17g} {deviation ** 2:.17g} {information(mean, deviation):.17g}")
for _ in range(60):
    deviation = np.exp(rng.uniform(np.log(0.05), np.log(20)))
    mean = rng.uniform(-6, 6) * np.sqrt(1 + deviation ** 2 / 4)
    print(f"{mean:.17g} {deviation ** 2:.17g} {information(mean, deviation):.17g}")
