"""What scikit-learn, NumPy and SciPy say of small cases for the rooms learn and rank (embedding-informed prior).

    make.py     writes cases.txt beside it: NAME COUNT, then the values, row by row

Nothing here knows how the engine computes: matrices are dense, derivatives are differences, maxima are SciPy's.
"""
import pathlib
import sys

import numpy as np
from scipy.optimize import minimize
from sklearn.decomposition import PCA
from sklearn.linear_model import BayesianRidge

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from expectation_propagation import log_evidence

CASES = []


def save(name, values):
    values = np.asarray(values)
    kind = float if values.dtype != np.float32 else lambda v: float(v)
    CASES.append((name, [repr(kind(v)) for v in values.ravel()]))


def features_of(vectors, kept):
    """Scores on principal components of the unit vectors, scaled to a mean square of 1; zeros for rows of zeros."""
    present = np.abs(vectors).sum(1) > 0
    unit = vectors[present].astype(float)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    pca = PCA(kept, svd_solver="full").fit(unit)
    scores = pca.transform(unit)
    scores /= np.sqrt((scores ** 2).sum() / len(scores))
    out = np.zeros((len(vectors), kept))
    out[present] = scores
    return out, present, pca.explained_variance_ratio_.sum()


def covariance(x, present, weight, own, power):
    spectrum = (x[present] ** 2).mean(0)
    relative = spectrum ** power
    relative = relative / (spectrum * relative).sum()
    return weight * (x * relative) @ x.T + np.diag(own + weight * ~present), relative


def principal_components(rng):
    vectors = (rng.normal(size=(40, 12)) * (1 + np.arange(12)[::-1]) + 3).astype(np.float32)
    vectors[7] = 0
    scores, _, share = features_of(vectors, 5)
    save("pca.vectors", vectors)
    save("pca.scores", np.abs(scores))
    save("pca.share", [share])


def observed(rng, size):
    matrix = np.zeros((size, size))
    for _ in range(4 * size):
        a, b = rng.choice(size, 2, replace=False)
        w = rng.uniform(0.05, 0.25)
        matrix[[a, b], [a, b]] += w
        matrix[[a, b], [b, a]] -= w
    return matrix


def mixed_model(rng, name, absent):
    size, dimension = 30, 5
    x = rng.normal(size=(size, dimension)) * np.array([2, 1.5, 1, 0.7, 0.4])
    present = np.ones(size, bool)
    present[:absent] = False
    x[:absent] = 0
    x = (x / np.sqrt((x ** 2).sum() / present.sum())).astype(np.float32)
    exact = x.astype(float)
    a, b = observed(rng, size), rng.normal(size=size)
    weight, own, power = 1.7, 0.6, 0.7
    k, _ = covariance(exact, present, weight, own, power)
    posterior = np.linalg.inv(a + np.linalg.inv(k))
    save(name + ".x", x)
    save(name + ".a", a)
    save(name + ".b", b)
    save(name + ".prior_precision_b", np.linalg.solve(k, b))
    save(name + ".prior_variances", np.diag(k))
    save(name + ".mode", posterior @ b)
    save(name + ".near", np.linalg.inv(np.diag(np.diag(a)) + np.linalg.inv(k)))

    def evidence(parameters):
        k, _ = covariance(exact, present, np.exp(parameters[0]), np.exp(parameters[1]), parameters[2])
        return (b @ np.linalg.inv(a + np.linalg.inv(k)) @ b - np.linalg.slogdet(np.eye(size) + k @ a)[1]) / 2

    at = np.array([np.log(weight), np.log(own), power])
    steps = 1e-5 * np.eye(3)
    save(name + ".gradient", [(evidence(at + s) - evidence(at - s)) / 2e-5 for s in steps])
    p = a - a @ posterior @ a
    parts = []
    for s in steps:
        ends = [covariance(exact, present, np.exp(q[0]), np.exp(q[1]), q[2])[0] for q in (at + s, at - s)]
        parts.append((ends[0] - ends[1]) / 2e-5)
    save(name + ".information", [[np.trace(p @ d @ p @ e) / 2 for e in parts] for d in parts])


def ridge(rng):
    x = rng.normal(size=(60, 6))
    x = (x / np.sqrt((x ** 2).sum() / 60)).astype(np.float32)
    y = x.astype(float) @ rng.normal(size=6) * 1.5 + 0.5 * rng.normal(size=60)
    fit = BayesianRidge(n_iter=5000, tol=1e-12, alpha_1=0, alpha_2=0, lambda_1=0, lambda_2=0, fit_intercept=False)
    fit.fit(x.astype(float), y)
    save("ridge.x", x)
    save("ridge.y", y)
    save("ridge.variances", [1 / fit.lambda_, 1 / fit.alpha_])
    save("ridge.coefficients", fit.coef_)


def votes_of_taste(rng, name, share, with_ties, votes=340):
    """Laplace's approximation, dense, of votes on utilities with a Gaussian prior; ties after Davidson (1970)."""
    size, kept = 26, 4
    vectors = (rng.normal(size=(size, kept + 1)) * np.array([3, 2, 1.5, 1, 0.7]) + 1).astype(np.float32)
    vectors[[3, 11]] = 0
    x, present, _ = features_of(vectors, kept + 1)
    truth = np.sqrt(share) * x @ rng.normal(size=kept + 1) + np.sqrt(1 - share) * rng.normal(size=size)
    truth = 1.5 * truth / truth.std()
    rate = 0.8 if with_ties else 0.0
    pairs, outcomes = [], []
    for _ in range(votes):
        a, b = rng.choice(size, 2, replace=False)
        d = truth[a] - truth[b]
        p = np.array([np.exp(d / 2), rate, np.exp(-d / 2)])
        pairs.append((a, b))
        outcomes.append(1 - rng.choice(3, p=p / p.sum()))
    pairs, outcomes = np.array(pairs), np.array(outcomes)
    ties = (outcomes == 0).sum()

    def terms(u, log_rate):
        d = u[pairs[:, 0]] - u[pairs[:, 1]]
        rate = np.exp(log_rate) if with_ties else 0.0
        z = np.exp(d / 2) + np.exp(-d / 2) + rate
        value = (outcomes * d / 2).sum() - np.log(z).sum() + (ties * log_rate - np.log(2 + rate) if with_ties else 0)
        first = (np.exp(d / 2) - np.exp(-d / 2)) / 2 / z
        second = (np.exp(d / 2) + np.exp(-d / 2)) / 4 / z - first ** 2
        return value, outcomes / 2 - first, second

    def mode(precision, start):
        """Joint mode of utilities and log rate by SciPy's BFGS, then Newton in the utilities."""
        def negative(point):
            value, slopes, _ = terms(point[:-1], point[-1])
            gradient = np.zeros(size + 1)
            np.add.at(gradient, pairs[:, 0], slopes)
            np.add.at(gradient, pairs[:, 1], -slopes)
            if with_ties:
                gradient[-1] = (terms(point[:-1], point[-1] + 1e-6)[0] - terms(point[:-1], point[-1] - 1e-6)[0]) / 2e-6
            gradient[:-1] -= precision @ point[:-1]
            return -(value - point[:-1] @ precision @ point[:-1] / 2), -gradient
        return minimize(negative, start, jac=True, method="BFGS", options={"gtol": 1e-8, "maxiter": 2000}).x

    def curvature(point):
        second = terms(point[:-1], point[-1])[2]
        matrix = np.zeros((size, size))
        for (a, b), w in zip(pairs, second):
            matrix[[a, b], [a, b]] += w
            matrix[[a, b], [b, a]] -= w
        return matrix

    start = [np.zeros(size + 1)]
    few, entries = votes < 12 * size, {}  # Laplace's evidence says enough of many votes
    for (a, b), outcome in zip(pairs, outcomes):
        key, verdict = ((a, b, 1.0), outcome) if a < b else ((b, a, 1.0), -outcome)
        entries.setdefault(key, []).append((verdict, 1.0))

    def negative_evidence(place):
        rho, whole = 1 / (1 + np.exp(-place[0])), np.exp(place[1])
        k, _ = covariance(x, present, rho * whole, (1 - rho) * whole, place[2])
        beliefs = np.log(rho * (1 - rho)) - (place[1] - np.log(5)) ** 2 / 2 - place[2] ** 2 / (2 * 0.25)
        if few:
            return -log_evidence(k, entries, 0.0) - beliefs
        precision = np.linalg.inv(k)
        start[0] = point = mode(precision, start[0])
        u = point[:-1]
        value = terms(u, point[-1])[0] - u @ precision @ u / 2
        value -= np.linalg.slogdet(np.eye(size) + k @ curvature(point))[1] / 2
        return -value - beliefs

    best = minimize(negative_evidence, [0, np.log(5), 0], method="Nelder-Mead",
                    options={"xatol": 1e-4, "fatol": 1e-7, "maxiter": 2000}).x
    rho, whole = 1 / (1 + np.exp(-best[0])), np.exp(best[1])
    k, _ = covariance(x, present, rho * whole, (1 - rho) * whole, best[2])
    point = mode(np.linalg.inv(k), start[0])
    save(name + ".vectors", vectors)
    save(name + ".votes", np.column_stack([pairs, outcomes]))
    save(name + ".place", best)
    save(name + ".means", point[:-1])
    save(name + ".tie_rate", [np.exp(point[-1]) if with_ties else 0.0])
    save(name + ".covariance", np.linalg.inv(curvature(point) + np.linalg.inv(k)))
    steps = 1e-2 * np.eye(3)
    bend = np.array([[negative_evidence(best + s + t) - negative_evidence(best + s - t) - negative_evidence(best - s + t) +
                      negative_evidence(best - s - t) for t in steps] for s in steps]) / 4e-4
    save(name + ".deviations", np.sqrt(np.diag(np.linalg.inv(bend))))


def main():
    rng = np.random.default_rng(5)
    principal_components(rng)
    mixed_model(rng, "mixed", 0)
    mixed_model(rng, "absent", 4)
    ridge(rng)
    votes_of_taste(rng, "taste", 0.8, False)
    votes_of_taste(rng, "ties", 0.3, True)
    votes_of_taste(rng, "few", 0.7, False, 60)
    with open(pathlib.Path(__file__).with_name("cases.txt"), "w") as file:
        for name, values in CASES:
            file.write(f"{name} {len(values)}\n{' '.join(values)}\n")


if __name__ == "__main__":
    main()
