#!/usr/bin/env python3
"""Writes trueskill.txt, trueskill_batch.txt, bradley_terry.txt and elo.txt: histories and what others find in them.

Needs PyPI trueskill (made with 0.4.5), mpmath, choix (0.4.1), evalica (0.4.2), numpy and scipy; the tests need only the
files. A case is a line `case`, the number of items and options; then
  c LEFT RIGHT VERDICT WEIGHT     a comparison: 1 left, -1 right, 0 a tie
  o WEIGHT ITEM RANK ITEM RANK…   an ordering
  m MEAN SD                       of each item in turn; the deviation is -1 where the source gives none
  d A B SD                        of a difference
  end
"""
import itertools
import math
import os
import random

import choix
import evalica
import mpmath
import numpy
import scipy.integrate
import scipy.optimize
import scipy.special
import scipy.stats
import trueskill

HERE = os.path.dirname(os.path.abspath(__file__))
IMAGE_RANKER = {"mu": 0.0, "sigma": 8.33, "beta": 25 / 6, "tau": 25 / 300, "draw_probability": 0.1}


def write(out, items, votes, options, means, deviations, differences=()):
    out.write(f"case {items} " + " ".join(f"{key}={value!r}" for key, value in options.items()) + "\n")
    for vote in votes:
        if vote[0] == "c":
            out.write("c {} {} {} {!r}\n".format(*vote[1:]))
        else:
            out.write("o {!r} ".format(vote[1]) + " ".join(f"{item} {rank}" for item, rank in vote[2]) + "\n")
    for mean, deviation in zip(means, deviations):
        out.write(f"m {float(mean)!r} {float(deviation)!r}\n")
    for a, b, deviation in differences:
        out.write(f"d {a} {b} {float(deviation)!r}\n")
    out.write("end\n")


def random_votes(r, items, count, ties=0.15, orders=0.2, spread=1.5):
    worth = [r.gauss(0, spread) for _ in range(items)]
    votes = []
    for _ in range(count):
        if r.random() < orders:
            chosen = r.sample(range(items), r.randint(3, min(8, items)))
            ranked = sorted(chosen, key=lambda item: -worth[item] - r.gauss(0, 1))
            votes.append(("o", 1.0, [(item, ranked.index(item) + 1) for item in chosen]))
        else:
            a, b = r.sample(range(items), 2)
            verdict = 0 if r.random() < ties else 1 if r.random() < 1 / (1 + math.exp(worth[b] - worth[a])) else -1
            votes.append(("c", a, b, verdict, 1.0))
    return votes


# Online TrueSkill

def online(items, votes, options):
    """PyPI trueskill, whose loop over a ranking ends after ten rounds whatever min_delta says; here after 300."""
    mpmath.mp.dps = 60
    trueskill.range = lambda *bounds: range(300) if bounds == (10,) else range(*bounds)
    world = trueskill.TrueSkill(**options, backend="mpmath")
    ratings = [world.create_rating() for _ in range(items)]
    for vote in votes:
        if vote[0] == "c":
            _, a, b, verdict, _ = vote
            chosen, ranks = [a, b], [0, 0] if verdict == 0 else [0, 1] if verdict == 1 else [1, 0]
        else:
            chosen, ranks = zip(*vote[2])
        rated = world.rate([(ratings[item],) for item in chosen], ranks=list(ranks), min_delta=1e-10)
        for item, (rating,) in zip(chosen, rated):
            ratings[item] = rating
    return [float(rating.mu) for rating in ratings], [float(rating.sigma) for rating in ratings]


def write_trueskill(out):
    r = random.Random(5)
    for items, count, options in [(8, 60, {}), (20, 150, {}), (12, 80, {"tau": 0.0}), (10, 60, {"beta": 0.5}),
                                  (10, 60, {"sigma": 1.0}), (9, 60, {"mu": 25.0, "draw_probability": 0.4})]:
        options = {**IMAGE_RANKER, **options}
        votes = random_votes(r, items, count)
        write(out, items, votes, options, *online(items, votes, options))
    # Upsets far out in the tails: forty votes one way, then one the other way, and a tie of what lies far apart.
    options = {**IMAGE_RANKER, "beta": 1e-3, "tau": 0.0}
    votes = [("c", a, b, 1, 1.0) for _ in range(40) for a, b in itertools.combinations(range(5), 2)]
    votes += [("c", 4, 0, 1, 1.0), ("c", 1, 3, 0, 1.0), ("o", 1.0, [(0, 4), (1, 2), (2, 3), (4, 1)])]
    write(out, 5, votes, options, *online(5, votes, options))
    # The best of k, and ranks that several items share, which say nothing of one another: naive EP below.
    for ranks in [[2, 1, 2, 2], [1, 1, 2, 2, 2], [2, 1, 2, 3, 3, 1]]:
        votes = [("c", 0, 1, 1, 1.0), ("c", 2, 3, -1, 1.0), ("o", 1.0, list(enumerate(ranks)))]
        means, deviations = online(len(ranks), votes[:2], IMAGE_RANKER)
        write(out, len(ranks), votes, IMAGE_RANKER, *ordering_update(means, deviations, ranks, IMAGE_RANKER))


def margin_of(options):
    return scipy.special.ndtri((options["draw_probability"] + 1) / 2) * math.sqrt(2) * options["beta"]


def edges_of(ranks):
    levels = sorted(set(ranks))
    return [(a, b) for high, low in zip(levels, levels[1:]) for a in range(len(ranks)) for b in range(len(ranks))
            if ranks[a] == high and ranks[b] == low]


def ordering_update(means, deviations, ranks, options):
    """EP over performances, every posterior from numpy.linalg.inv."""
    n, margin = len(ranks), margin_of(options)
    prior = numpy.diag(1 / (numpy.square(deviations) + options["tau"] ** 2 + options["beta"] ** 2))
    edges = edges_of(ranks)
    sites = numpy.zeros((len(edges), 2))
    rows = numpy.array([[(i == a) - (i == b) for i in range(n)] for a, b in edges], float)
    for _ in range(2000):
        for e in range(len(edges)):
            covariance = numpy.linalg.inv(prior + rows.T @ numpy.diag(sites[:, 0]) @ rows)
            mean = covariance @ (prior @ means + rows.T @ sites[:, 1])
            variance, difference = rows[e] @ covariance @ rows[e], rows[e] @ mean
            precision = 1 / variance - sites[e, 0]
            cavity = (difference / variance - sites[e, 1]) / precision
            deviation = precision ** -0.5
            cut = scipy.stats.truncnorm((margin - cavity) / deviation, math.inf, cavity, deviation)
            sites[e] = 1 / cut.var() - precision, cut.mean() / cut.var() - cavity * precision
        # All sites stand still after far fewer rounds than this loop may take.
        if _ > 60:
            break
    covariance = numpy.linalg.inv(prior + rows.T @ numpy.diag(sites[:, 0]) @ rows)
    mean = covariance @ (prior @ means + rows.T @ sites[:, 1])
    # From performances to utilities, which share variance with them: the regression of one on the other.
    grown = numpy.square(deviations) + options["tau"] ** 2
    slope = grown / (grown + options["beta"] ** 2)
    return means + slope * (mean - means), numpy.sqrt(grown * (1 - slope) + slope ** 2 * numpy.diag(covariance))


# TrueSkill over all votes

def log_likelihood_of_pair(d, votes, options):
    noise, margin = math.sqrt(2) * options["beta"], margin_of(options)
    win, loss, tie = votes
    value = win * scipy.special.log_ndtr((d - margin) / noise) + loss * scipy.special.log_ndtr((-d - margin) / noise)
    if tie:
        value = value + tie * numpy.log(scipy.special.ndtr((margin - d) / noise) - scipy.special.ndtr((-margin - d) / noise))
    return value


def pairs_of(votes):
    pairs = {}
    for _, a, b, verdict, weight in votes:
        if a > b:
            a, b, verdict = b, a, -verdict
        pairs.setdefault((a, b), [0, 0, 0])[{1: 0, -1: 1, 0: 2}[verdict]] += weight
    return pairs


def batch(items, votes, options):
    """EP with one factor for each pair: moments on a fine grid, every posterior from numpy.linalg.inv."""
    pairs = pairs_of(votes)
    rows = numpy.array([[(i == a) - (i == b) for i in range(items)] for a, b in pairs], float)
    prior = numpy.eye(items) / options["sigma"] ** 2
    sites = numpy.zeros((len(pairs), 2))
    posterior = lambda: numpy.linalg.inv(prior + rows.T @ numpy.diag(sites[:, 0]) @ rows)
    for _ in range(60):
        for e, counts in enumerate(pairs.values()):
            covariance = posterior()
            variance, difference = rows[e] @ covariance @ rows[e], rows[e] @ covariance @ rows.T @ sites[:, 1]
            precision = 1 / variance - sites[e, 0]
            cavity = (difference / variance - sites[e, 1]) / precision
            grid = numpy.linspace(cavity - 14 * precision ** -0.5, cavity + 14 * precision ** -0.5, 20001)
            density = log_likelihood_of_pair(grid, counts, options) - precision * (grid - cavity) ** 2 / 2
            density = numpy.exp(density - density.max())
            mean = (grid * density).sum() / density.sum()
            spread = ((grid - mean) ** 2 * density).sum() / density.sum()
            sites[e] = 1 / spread - precision, mean / spread - cavity * precision
    covariance = posterior()
    return covariance @ rows.T @ sites[:, 1] + options["mu"], covariance


def exact_of_three(likelihood, options, points=161, widest=7):
    """The true posterior of three items on a grid."""
    axis = numpy.linspace(-widest * options["sigma"], widest * options["sigma"], points)
    a, b, c = numpy.meshgrid(axis, axis, axis, indexing="ij")
    density = likelihood(a, b, c) - (a ** 2 + b ** 2 + c ** 2) / (2 * options["sigma"] ** 2)
    density = numpy.exp(density - density.max())
    density /= density.sum()
    flat = numpy.stack([a.ravel(), b.ravel(), c.ravel()])
    mean = flat @ density.ravel()
    return mean, (flat - mean[:, None]) @ ((flat - mean[:, None]) * density.ravel()).T


def write_batch(out, exact):
    r = random.Random(11)
    for items, count, options in [(6, 40, {}), (8, 25, {"beta": 1.0}), (5, 60, {"mu": 25.0, "draw_probability": 0.4})]:
        options = {**IMAGE_RANKER, **options}
        votes = random_votes(r, items, count, orders=0)
        votes = [vote[:4] + (r.choice([1.0, 1.0, 2.0, 0.5]),) for vote in votes]
        means, covariance = batch(items, votes, options)
        differences = [(a, b, math.sqrt(covariance[a, a] + covariance[b, b] - 2 * covariance[a, b]))
                       for a, b in [(0, 1), (1, 3), (0, 4)]]
        write(out, items, votes, options, means, numpy.sqrt(numpy.diag(covariance)), differences)

    def write_exact(votes, likelihood, options, **grid):
        mean, covariance = exact_of_three(likelihood, options, **grid)
        differences = [(a, b, math.sqrt(covariance[a, a] + covariance[b, b] - 2 * covariance[a, b]))
                       for a, b in itertools.combinations(range(3), 2)]
        write(exact, 3, votes, options, mean + options["mu"], numpy.sqrt(numpy.diag(covariance)), differences)

    cycle = {"mu": 0.0, "sigma": 6.0, "beta": 1.0, "tau": 0.0, "draw_probability": 0.0}
    votes = [("c", 0, 1, 1, 1.0), ("c", 1, 2, 1, 1.0), ("c", 2, 0, 1, 1.0)]
    of_pairs = lambda votes, options: lambda a, b, c: sum(
        log_likelihood_of_pair((a, b, c)[x] - (a, b, c)[y], counts, options) for (x, y), counts in pairs_of(votes).items())
    write_exact(votes, of_pairs(votes, cycle), cycle, points=241)
    options = {**IMAGE_RANKER, "tau": 0.0}
    votes = [("c", 0, 1, 1, 3.0), ("c", 1, 0, 1, 1.0), ("c", 1, 2, 0, 1.0), ("c", 0, 2, 1, 1.0)]
    write_exact(votes, of_pairs(votes, options), options)

    # A full order, and the best of three: the noise of the performance that both comparisons share is integrated out.
    nodes, weights = numpy.polynomial.hermite_e.hermegauss(41)
    weights = weights / weights.sum()

    def log_order(a, b, c, best):
        value = 0
        for node, weight in zip(nodes, weights):
            shared = (a if best else b) + options["beta"] * node
            first = scipy.special.ndtr(((shared - b if best else a - shared) - margin_of(options)) / options["beta"])
            second = scipy.special.ndtr((shared - c - margin_of(options)) / options["beta"])
            value = value + weight * first * second
        return numpy.log(value)

    for best, ranks in [(False, [(0, 1), (1, 2), (2, 3)]), (True, [(0, 1), (1, 2), (2, 2)])]:
        votes = [("o", 1.0, ranks)]
        write_exact(votes, lambda a, b, c: log_order(a, b, c, best), options, points=121)


# Bradley and Terry

def choices_of(votes):
    """Weighted pairs (winner, loser), and weighted choices (winner, losers) of orderings."""
    pairs, choices = [], []
    for vote in votes:
        if vote[0] == "c":
            _, a, b, verdict, weight = vote
            if verdict:
                pairs.append(((a, b) if verdict == 1 else (b, a), weight))
            else:
                pairs += [((a, b), weight / 2), ((b, a), weight / 2)]
        else:
            choices += [(item, [other for other, behind in vote[2] if behind > rank], vote[1])
                        for item, rank in vote[2] if any(behind > rank for _, behind in vote[2])]
    return pairs, choices


def map_estimate(items, votes, variance):
    pairs, choices = choices_of(votes)
    sets = [([winner, loser], weight) for (winner, loser), weight in pairs]
    sets += [([winner] + losers, weight) for winner, losers, weight in choices]

    def value(u):
        return u @ u / (2 * variance) - sum(w * (u[s[0]] - scipy.special.logsumexp(u[s])) for s, w in sets)

    def slope(u):
        result = u / variance
        for s, w in sets:
            result[s] += w * scipy.special.softmax(u[s])
            result[s[0]] -= w
        return result

    def curvature(u):
        result = numpy.eye(items) / variance
        for s, w in sets:
            p = scipy.special.softmax(u[s])
            result[numpy.ix_(s, s)] += w * (numpy.diag(p) - numpy.outer(p, p))
        return result

    found = scipy.optimize.minimize(value, numpy.zeros(items), jac=slope, hess=curvature, method="trust-exact",
                                    options={"gtol": 1e-11}).x
    for _ in range(3):
        found = found - numpy.linalg.solve(curvature(found) + (1 / items if variance == math.inf else 0), slope(found))
    return found, curvature(found)


def write_bradley_terry(out):
    r = random.Random(23)
    # choix knows no ties and no weights: whole histories twice, a tie once each way. Each of its runs is one kind of vote.
    for items, count, ties in [(6, 60, 0.0), (12, 200, 0.2), (30, 900, 0.1)]:
        votes = random_votes(r, items, count, ties=ties, orders=0)
        pairs, _ = choices_of(votes)
        data = [pair for pair, weight in pairs for _ in range(int(2 * weight))]
        means = choix.ilsr_pairwise(items, data, max_iter=100000, tol=1e-13)
        covariance = numpy.linalg.pinv(map_estimate(items, votes, math.inf)[1])
        write(out, items, votes, {}, means, numpy.sqrt(numpy.diag(covariance)))
    votes = [vote for vote in random_votes(r, 9, 400, orders=0.5) if vote[0] == "o"]
    rankings = [[item for item, _ in sorted(vote[2], key=lambda pair: pair[1])] for vote in votes]
    write(out, 9, votes, {}, choix.ilsr_rankings(9, rankings, max_iter=100000, tol=1e-13), [-1] * 9)
    votes = [("o", 1.0, [(item, 1 if rank == 1 else 2) for item, rank in vote[2]]) for vote in votes]
    best = [([item for item, rank in vote[2] if rank == 1][0], [item for item, rank in vote[2] if rank > 1]) for vote in votes]
    write(out, 9, votes, {}, choix.ilsr_top1(9, best, max_iter=100000, tol=1e-13), [-1] * 9)
    # With a prior: scipy's minimiser, over all kinds of votes together, with weights, and where no maximum exists.
    for items, count, variance in [(8, 60, 3.0), (15, 20, 1.0), (5, 40, 100.0)]:
        votes = random_votes(r, items, count)
        votes = [vote[:4] + (r.choice([1.0, 2.0, 0.25]),) if vote[0] == "c" else vote for vote in votes]
        means, curvature = map_estimate(items, votes, variance)
        covariance = numpy.linalg.inv(curvature)
        differences = [(0, 1, math.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]))]
        write(out, items, votes, {"prior_variance": variance}, means, numpy.sqrt(numpy.diag(covariance)), differences)


# Elo

def write_elo(out):
    r = random.Random(31)
    winner = {1: evalica.Winner.X, -1: evalica.Winner.Y, 0: evalica.Winner.Draw}
    for items, count, options in [(6, 50, {}), (10, 300, {"initial": 0.0, "k_factor": 4.0, "scale": 200.0})]:
        votes = random_votes(r, items, count, orders=0)
        full = {"initial": 1500.0, "k_factor": 32.0, "scale": 400.0, **options}
        rated = evalica.elo([vote[1] for vote in votes], [vote[2] for vote in votes], [winner[vote[3]] for vote in votes],
                            initial=full["initial"], k=full["k_factor"], scale=full["scale"], base=10.0)
        write(out, items, votes, full, [rated.scores[item] for item in range(items)], [-1] * items)


def main():
    for name, function in [("trueskill", write_trueskill), ("bradley_terry", write_bradley_terry), ("elo", write_elo)]:
        with open(os.path.join(HERE, name + ".txt"), "w") as out:
            function(out)
    with open(os.path.join(HERE, "trueskill_batch.txt"), "w") as out:
        with open(os.path.join(HERE, "trueskill_exact.txt"), "w") as exact:
            write_batch(out, exact)


if __name__ == "__main__":
    main()
