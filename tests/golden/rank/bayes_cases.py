#!/usr/bin/python3
"""Writes bayes_cases.txt: votes, and what their posterior is by SciPy and torch alone.

    bayes_cases.py > bayes_cases.txt

The probability of every vote is written down as its definition has it (Davidson 1970; Plackett 1975) and differentiated
by torch; scipy.optimize finds the mode, the inverse of torch's Hessian is the covariance, scipy.optimize finds the variance
of the prior of greatest evidence after a grid search. Of few votes on pairs alone that evidence is expectation
propagation's (tests/golden/expectation_propagation.py); where there are orderings it is Laplace's, in
which each curve of a pair is put in its parabola's place by scipy.integrate, one at a time; of many votes Laplace's alone.
scipy.integrate also has the exact posterior of the smallest cases, without any of it.
"""
import math
import pathlib
import sys

import numpy
import scipy.integrate
import scipy.optimize
import torch

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from expectation_propagation import log_evidence

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


class Case:
    def __init__(self, name, items, scales=(1.0,)):
        self.name, self.items, self.scales = name, items, list(scales)
        self.comparisons, self.orderings = [], []

    def compare(self, left, right, verdict, annotator=0, weight=1.0):
        self.comparisons.append((left, right, verdict, annotator, weight))
        return self

    def order(self, items, ranks, annotator=0, weight=1.0):
        self.orderings.append((items, ranks, annotator, weight))
        return self

    def ties(self):
        return sum(w for _, _, verdict, annotator, w in self.comparisons if verdict == 0 and self.scales[annotator])

    def log_likelihood(self, parameters):
        utilities, total = parameters[:self.items], torch.zeros(())
        rate = torch.exp(parameters[self.items]) if self.ties() else torch.zeros(())
        votes = [vote for vote in self.comparisons if abs(vote[2]) <= 1 and self.scales[vote[3]] != 0]
        if votes:
            left, right, verdict, annotator, weight = map(list, zip(*votes))
            x = torch.tensor(self.scales)[annotator] * (utilities[left] - utilities[right])
            below = torch.exp(x / 2) + torch.exp(-x / 2) + rate
            verdict = torch.tensor(verdict)
            above = torch.where(verdict == 0, rate, torch.exp(verdict * x / 2))
            total = total + (torch.tensor(weight) * torch.log(above / below)).sum()
        for items, ranks, annotator, weight in self.orderings:
            for item, rank in zip(items, ranks):
                worse = [other for other, r in zip(items, ranks) if r > rank]
                if worse:
                    likes = torch.exp(self.scales[annotator] * utilities[[item, *worse]])
                    total = total + weight * torch.log(likes[0] / likes.sum())
        return total - torch.log(2 + rate) if self.ties() else total

    def mode(self, variance, start=None):
        size = self.items + (1 if self.ties() else 0)

        def loss(parameters):
            return (parameters[:self.items] ** 2).sum() / (2 * variance) - self.log_likelihood(parameters)

        def value(p):
            return loss(torch.tensor(p)).item()

        def gradient(p):
            p = torch.tensor(p, requires_grad=True)
            loss(p).backward()
            return p.grad.numpy()

        def hessian(p):
            return torch.autograd.functional.hessian(loss, torch.tensor(p)).numpy()

        found = scipy.optimize.minimize(value, numpy.zeros(size) if start is None else start, jac=gradient, hess=hessian,
                                        method="trust-exact", options={"gtol": 1e-11, "maxiter": 1000})
        at = found.x
        for _ in range(3):
            at = at - numpy.linalg.solve(hessian(at), gradient(at))
        return at, hessian(at)[:self.items, :self.items]

    def missed(self, at, covariance):
        """By how much Laplace's evidence misses the curves of pairs: log E[exp rest], the mean over N(mode, variance)."""
        rate = math.exp(at[self.items]) if self.ties() else 0.0
        total = 0.0
        for (left, right, scale), votes in self.entries().items():
            mean = at[left] - at[right]
            sd = math.sqrt(covariance[left, left] + covariance[right, right] - 2 * covariance[left, right])

            def curve(difference):
                x = scale * difference
                below = torch.logaddexp(torch.logaddexp(x / 2, -x / 2), torch.log(torch.tensor(rate)) if rate else torch.tensor(-math.inf))
                return sum(weight * ((math.log(rate) if verdict == 0 else verdict * x / 2) - below) for verdict, weight in votes)

            here = torch.tensor(float(mean), requires_grad=True)
            value = curve(here)
            slope, = torch.autograd.grad(value, here, create_graph=True)
            bend, = torch.autograd.grad(slope, here)
            value, slope, bend = value.item(), slope.item(), bend.item()

            def integrand(z):
                step = sd * z
                rest = curve(torch.tensor(mean + step)).item() - value - slope * step - bend * step * step / 2
                return math.exp(rest - z * z / 2) / math.sqrt(2 * math.pi)

            total += math.log(scipy.integrate.quad(integrand, -14, 14, limit=400, epsabs=1e-11)[0])
        return total

    def entries(self):
        """What was voted on each pair by people of one scale: (left, right, scale) -> [(verdict, weight)]."""
        entries = {}
        for left, right, verdict, annotator, weight in self.comparisons:
            scale = self.scales[annotator]
            if abs(verdict) > 1 or scale == 0:
                continue
            if scale < 0:
                verdict = -verdict
            if left > right:
                left, right, verdict = right, left, -verdict
            entries.setdefault((left, right, abs(scale)), []).append((verdict, weight))
        return entries

    def log_evidence(self, log_variance):
        variance = math.exp(log_variance)
        at, precision = self.mode(variance)
        utilities = at[:self.items]
        determinant = numpy.linalg.slogdet(variance * precision)[1]
        missed = self.missed(at, numpy.linalg.inv(precision)) if self.has_few_votes() else 0
        return (self.log_likelihood(torch.tensor(at)).item() - utilities @ utilities / (2 * variance) - determinant / 2
                + missed - (log_variance - math.log(5)) ** 2 / 2)

    def has_few_votes(self):
        return 2 * sum(weight for votes in self.entries().values() for _, weight in votes) < 24 * self.items

    def matched_log_evidence(self, log_variance, rate):
        return (log_evidence(math.exp(log_variance) * numpy.eye(self.items), self.entries(), rate)
                - (log_variance - math.log(5)) ** 2 / 2)

    def matched_variance(self):
        def slope(log_variance):
            at, _ = self.mode(math.exp(log_variance))
            rate, step = math.exp(at[self.items]) if self.ties() else 0.0, 1e-3
            return (self.matched_log_evidence(log_variance + step, rate) - self.matched_log_evidence(log_variance - step, rate)) / (2 * step)

        return math.exp(scipy.optimize.brentq(slope, math.log(0.05), math.log(100), xtol=1e-5))

    def fitted_variance(self):
        if self.has_few_votes() and not self.orderings:
            return self.matched_variance()
        grid = numpy.linspace(math.log(0.02), math.log(200), 24)
        best = max(grid, key=self.log_evidence)
        step = grid[1] - grid[0]
        found = scipy.optimize.minimize_scalar(lambda v: -self.log_evidence(v), bounds=(best - step, best + step),
                                               method="bounded", options={"xatol": 1e-7})
        return math.exp(found.x)

    def exact(self, variance):
        """Mean and variance of utility 0 less utility 1 under the true posterior, by quadrature in a rotated frame."""
        assert self.items in (2, 3) and not self.ties()
        frame = numpy.array([[1, -1, 0], [1, 1, -2]])[:self.items - 1, :self.items] / numpy.sqrt([[2], [6]])[:self.items - 1]

        def density(*along):
            utilities = torch.tensor(numpy.array(along) @ frame)
            return math.exp(self.log_likelihood(utilities).item() - numpy.dot(along, along) / (2 * variance))

        reach = 9 * math.sqrt(variance)

        def moment(power):
            if self.items == 2:
                return scipy.integrate.quad(lambda u: (math.sqrt(2) * u) ** power * density(u), -reach, reach)[0]
            nodes, weights = numpy.polynomial.legendre.leggauss(90)
            return sum(weights[i] * weights[j] * (math.sqrt(2) * reach * nodes[i]) ** power
                       * density(reach * nodes[i], reach * nodes[j]) for i in range(90) for j in range(90))

        whole, first, second = (moment(power) for power in range(3))
        return first / whole, second / whole - (first / whole) ** 2


def random_case(name, items, votes, seed, share_of_ties=0.0, orderings=0, scales=(1.0,), weights=(1.0,)):
    random = numpy.random.default_rng(seed)
    truth = random.normal(scale=1.6, size=items)
    case = Case(name, items, scales)
    for _ in range(votes):
        left, right = random.choice(items, 2, replace=False).tolist()
        annotator = int(random.integers(len(scales)))
        p = 1 / (1 + math.exp(-scales[annotator] * (truth[left] - truth[right])))
        verdict = 0 if random.random() < share_of_ties * 4 * p * (1 - p) else 1 if random.random() < p else -1
        if random.random() < 0.05:
            verdict = int(random.integers(2, 4))
        case.compare(left, right, verdict, annotator, float(random.choice(weights)))
    for number in range(orderings):
        size = int(random.integers(3, min(items, 7) + 1))
        chosen = random.choice(items, size, replace=False).tolist()
        best = sorted(chosen, key=lambda i: -(truth[i] + random.gumbel()))
        ranks = {item: place + 1 for place, item in enumerate(best)}
        if number % 3 == 1:
            ranks = {item: 1 if item == best[0] else 2 for item in chosen}
        if number % 3 == 2:
            ranks = {item: 1 + place // 2 for place, item in enumerate(best)}
        case.order(chosen, [ranks[i] for i in chosen], int(random.integers(len(scales))), float(random.choice(weights)))
    return case


def cases():
    yield Case("one_vote", 2).compare(0, 1, 1)
    triangle = Case("triangle", 3)
    for _ in range(3):
        triangle.compare(0, 1, 1).compare(1, 2, 1).compare(2, 0, 1)
    yield triangle.compare(0, 1, 1)
    winner = Case("always_wins", 4)
    for loser in (1, 2, 3):
        for _ in range(5):
            winner.compare(0, loser, 1)
    yield winner.compare(1, 2, 1).compare(2, 3, 1)
    yield Case("all_ties", 3).compare(0, 1, 0).compare(1, 2, 0).compare(2, 0, 0)
    yield Case("best_of_four", 4).order([2, 0, 3, 1], [2, 1, 2, 2])
    apart = random_case("two_sets", 5, 14, 3)
    for left, right, verdict, annotator, weight in list(apart.comparisons[:9]):
        apart.compare(left + 5, right + 5, verdict, annotator, weight)
    apart.items = 11
    yield apart
    yield random_case("ties", 12, 110, 5, share_of_ties=0.6)
    yield random_case("orderings", 9, 6, 7, orderings=14)
    yield random_case("annotators", 10, 120, 9, share_of_ties=0.4, orderings=6, scales=(1.0, 0.5, -0.75, 0.0),
                      weights=(1.0, 2.0, 0.5))
    yield random_case("thirty", 30, 300, 11)


def line(*words):
    print(*(repr(float(word)) if isinstance(word, (float, numpy.floating)) else word for word in words))


def main():
    for case in cases():
        line("case", case.name, case.items)
        line("scales", len(case.scales), *case.scales)
        line("comparisons", len(case.comparisons))
        for vote in case.comparisons:
            line(*vote)
        line("orderings", len(case.orderings))
        for items, ranks, annotator, weight in case.orderings:
            line(len(items), *items, *ranks, annotator, weight)
        variance = case.fitted_variance()
        line("fitted", variance)
        at, precision = case.mode(3.0)
        line("rate", math.exp(at[case.items]) if case.ties() else 0.0)
        line("means", *at[:case.items])
        line("covariance", *numpy.linalg.inv(precision).ravel())
        exact = case.exact(3.0) if case.items < 4 and not case.ties() else ()
        line("exact", len(exact), *exact)


main()
