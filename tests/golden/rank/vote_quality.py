#!/usr/bin/env python3
"""Writes vote_quality.txt: seeded votes and what other programs say of them, for the tests of agreement, side bias and
voting times. Needs PyPI's krippendorff and statsmodels, NumPy and SciPy.

    vote_quality.py > vote_quality.txt

A line is a name and its numbers. Votes are LOW HIGH ANNOTATOR PREFERRED (1: low, -1: high, 0: a tie), pair by pair.
"""
import krippendorff
import numpy as np
import scipy.optimize
import scipy.special
import scipy.stats
import statsmodels.api as sm

rng = np.random.default_rng(12)


def write(name, *values):
    print(name, *(repr(float(value)) if isinstance(value, (float, np.floating)) else int(value)
                  for value in np.ravel(np.array(values, dtype=object))))


def alpha(units):
    """Of one list of values for each unit, None where an annotator said nothing."""
    data = np.array([[np.nan if value is None else value for value in unit] for unit in units]).T
    return krippendorff.alpha(reliability_data=data, level_of_measurement="nominal", value_domain=[-1, 0, 1])


def agreement(name, pairs, annotators, answered, ties, skill):
    """Pairs whose low item is the better one more often than not, so that values are unequally frequent."""
    truth = rng.normal(0.7, 1, pairs)
    units = []
    for pair in range(pairs):
        unit = []
        for annotator in range(annotators):
            win = rng.random() < 1 / (1 + np.exp(-skill[annotator] * truth[pair]))
            value = 0 if rng.random() < ties else 1 if win else -1
            unit.append(value if rng.random() < answered else None)
        units.append(unit)
    for pair, unit in enumerate(units):
        for annotator, value in enumerate(unit):
            if value is not None:
                write(name + "_vote", pair, pairs + pair % 7, annotator, value)
    write(name + "_alpha_as_numbered", alpha(units))
    mirrored = units + [[None if value is None else -value for value in unit] for unit in units]
    write(name + "_alpha", alpha(mirrored))
    # Pairs of answers by brute force.
    same = all_pairs = shared = 0
    for unit in units:
        given = [value for value in unit if value is not None]
        shared += len(given) > 1
        for i in range(len(given)):
            for j in range(i):
                all_pairs += 1
                same += given[i] == given[j]
    write(name + "_same_share", same / all_pairs)
    write(name + "_pairs", shared)
    # Drawing pairs anew, with krippendorff's alpha of each drawing.
    drawn = [alpha([mirrored[k + side * pairs] for k in rng.integers(0, pairs, pairs) for side in (0, 1)])
             for _ in range(1000)]
    write(name + "_interval", *np.percentile(drawn, [2.5, 97.5]))


def shares():
    for count, of in ((0, 1), (1, 1), (0, 17), (17, 17), (7, 20), (10, 20), (11, 20), (483, 1000), (1003, 1900),
                      (500600, 1000000), (499000, 1000000), (3, 100000)):
        test = scipy.stats.binomtest(count, of)
        interval = test.proportion_ci(method="wilson")
        write("share", count, of, interval.low, interval.high, test.pvalue)


def side_bias():
    """Three annotators who lean left, right and not, between items whose utilities are known."""
    utilities = rng.normal(0, 1.5, 12)
    for utility in utilities:
        write("side_utility", utility)
    leans, scales = (0.8, -0.5, 0.0), (1.0, 0.6, 1.0)
    votes = []
    for annotator in range(3):
        for _ in range(160):
            left, right = rng.choice(12, 2, replace=False)
            log_odds = scales[annotator] * (utilities[left] - utilities[right])
            won = rng.random() < 1 / (1 + np.exp(-leans[annotator] - log_odds))
            votes.append((left, right, annotator, 1 if won else -1, log_odds))
            write("side_vote", left, right, annotator, 1 if won else -1)
    write("side_scales", *scales)
    for annotator in (0, 1, 2, None):
        own = [vote for vote in votes if annotator in (None, vote[2])]
        won = np.array([vote[3] > 0 for vote in own], float)
        offset = np.array([vote[4] for vote in own])

        def loss(b):
            return 0.5 * b ** 2 + np.sum(np.logaddexp(0, b + offset) - won * (b + offset))
        mode = scipy.optimize.minimize_scalar(loss, bracket=(-1, 1), tol=1e-12).x
        p = scipy.special.expit(mode + offset)
        half = scipy.stats.norm.ppf(0.975) / np.sqrt(1 + np.sum(p * (1 - p)))
        write("side_of_equals", *scipy.special.expit([mode, mode - half, mode + half]))


def times():
    """Two annotators' sessions, each vote somewhat faster than the one before."""
    rows = []
    for annotator, sessions in enumerate(((40, 25, 1), (50,))):
        clock = 1_700_000_000_000_000 + annotator * 777
        for session, votes in enumerate(sessions):
            clock += 3_600_000_000
            level = rng.normal(14.5, 0.3)
            for place in range(votes):
                duration = int(np.exp(level - 0.004 * (place + 1) + rng.normal(0, 0.4)))
                clock += duration + 200_000
                rows.append((annotator, clock, duration, (annotator, session), place + 1))
    rows.sort(key=lambda row: row[1])
    for annotator, clock, duration, _, _ in rows:
        write("timed_vote", annotator, clock, duration)
    for annotator in (0, 1, None):
        own = [row for row in rows if annotator in (None, row[0])]
        seconds = np.array([row[2] for row in own]) / 1e6
        write("time_quartiles", *np.percentile(seconds, [25, 50, 75]))
        sessions = sorted({row[3] for row in own})
        design = np.array([[row[4] / 100] + [row[3] == session for session in sessions] for row in own], float)
        fit = sm.OLS(np.log(seconds), design).fit()
        half = scipy.stats.norm.ppf(0.975) * fit.bse[0]
        write("time_sessions", len(sessions))
        write("time_drift", *np.exp([fit.params[0], fit.params[0] - half, fit.params[0] + half]))


agreement("most", 80, 5, 0.7, 0.1, [1, 1, 1, 0.2, -1])
agreement("good", 120, 3, 0.9, 0.0, [3, 3, 3])
shares()
side_bias()
times()
