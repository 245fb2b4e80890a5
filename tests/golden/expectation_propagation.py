"""Expectation propagation on votes on pairs (Minka 2001), one pair after the other, moments by fine sums over what the others say."""
import math

import numpy


def log_evidence(prior_covariance, entries, rate):
    """entries: {(left, right, scale): [(verdict, weight)]}; rate: of ties (Davidson 1970), whose logarithm is not counted."""
    items, entries = len(prior_covariance), list(entries.items())
    directions = numpy.zeros((len(entries), items))
    for direction, ((left, right, scale), _) in zip(directions, entries):
        direction[left], direction[right] = scale, -scale
    covariance, means = prior_covariance.copy(), numpy.zeros(items)
    parabolas, logarithms = numpy.zeros((len(entries), 2)), numpy.zeros(len(entries))
    z = numpy.linspace(-14, 14, 2801)

    for _ in range(200):
        before = parabolas.copy()
        for number, (_, votes) in enumerate(entries):
            direction = directions[number]
            along = covariance @ direction
            spread, mean = direction @ along, direction @ means
            pull, precision = parabolas[number]
            held = 1 / (1 / spread - precision)
            held_mean = held * (mean / spread - pull)
            x = held_mean + math.sqrt(held) * z
            below = numpy.logaddexp(numpy.logaddexp(x / 2, -x / 2), math.log(rate) if rate else -math.inf)
            density = numpy.exp(sum(weight * (verdict * x / 2 - below) for verdict, weight in votes) - z * z / 2)
            whole = density.sum()
            wanted = (density * x).sum() / whole
            wanted_spread = (density * (x - wanted) ** 2).sum() / whole
            parabolas[number] = wanted / wanted_spread - held_mean / held, 1 / wanted_spread - 1 / held
            change = parabolas[number] - (pull, precision)
            covariance = covariance - numpy.outer(along, along) * change[1] / (1 + change[1] * spread)
            means = means + covariance @ direction * (change[0] - change[1] * mean)
            # The mean of the curve, less that of its parabola.
            together = 1 / held + parabolas[number][1]
            parabola = (-math.log(held * together) / 2
                        + ((held_mean / held + parabolas[number][0]) ** 2 / together - held_mean ** 2 / held) / 2)
            logarithms[number] = math.log(whole * (z[1] - z[0]) / math.sqrt(2 * math.pi)) - parabola
        if numpy.abs(parabolas - before).max() < 1e-9:
            break
    pulls, bends = parabolas.T
    precision = numpy.linalg.inv(prior_covariance) + directions.T @ (bends[:, None] * directions)
    pull = directions.T @ pulls
    return (logarithms.sum() - numpy.linalg.slogdet(prior_covariance @ precision)[1] / 2
            + pull @ numpy.linalg.solve(precision, pull) / 2)
