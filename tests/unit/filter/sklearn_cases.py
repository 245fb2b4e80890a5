"""What scikit-learn and NumPy say of seeded data, for the tests of the filter room.

    sklearn_cases.py FOLDER     writes NAME.f32 and NAME.f64: raw little-endian values
"""
import os
import sys
import warnings

import numpy as np
from sklearn.covariance import LedoitWolf
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture
from sklearn.mixture._gaussian_mixture import _compute_precision_cholesky
from sklearn.neighbors import NearestNeighbors

FOLDER = sys.argv[1]
KINDS = {"full": "full", "tied": "tied", "diagonal": "diag", "spherical": "spherical"}


def save(name, values):
    """Values that are float32 already, so that both sides see the same numbers, or float64 results."""
    values = np.asarray(values)
    assert np.isfinite(values).all(), name
    kind = "f32" if values.dtype == np.float32 else "f64"
    values.astype("<f4" if kind == "f32" else "<f8").tofile(os.path.join(FOLDER, f"{name}.{kind}"))


def clustered(rng, rows, dimension, clusters, offset=0.0):
    """Rows around a few centres, each cluster stretched its own way."""
    parts = []
    for cluster in range(clusters):
        shape = rng.normal(size=(dimension, dimension)) / np.sqrt(dimension)
        count = rows // clusters + (1 if cluster < rows % clusters else 0)
        parts.append(rng.normal(scale=2, size=dimension) + rng.normal(size=(count, dimension)) @ shape + offset)
    values = np.concatenate(parts)
    rng.shuffle(values)
    return values.astype(np.float32)


def unit(values):
    return values / np.linalg.norm(values, axis=1, keepdims=True)


def ledoit_wolf(name, values, others):
    rows = len(values)
    save(f"{name}_rows", values)
    save(f"{name}_others", others)
    data = values.astype(np.float64)
    fit = LedoitWolf().fit(data)
    save(f"{name}_location", fit.location_)
    save(f"{name}_covariance", fit.covariance_)
    save(f"{name}_shrinkage", [fit.shrinkage_])
    save(f"{name}_own", fit.mahalanobis(data))
    save(f"{name}_other_distances", fit.mahalanobis(others.astype(np.float64)))
    # Each row against a fit to the others.
    apart = [LedoitWolf().fit(np.delete(data, i, axis=0)).mahalanobis(data[i:i + 1])[0] for i in range(rows)] if rows < 400 else []
    save(f"{name}_apart", apart)


def neighbours(name, values, others, count):
    save(f"{name}_rows", values)
    save(f"{name}_others", others)
    search = NearestNeighbors(n_neighbors=count, metric="cosine").fit(values.astype(np.float64))
    save(f"{name}_own", search.kneighbors()[0].mean(axis=1))
    save(f"{name}_other_distances", search.kneighbors(others.astype(np.float64))[0].mean(axis=1))


def mixture(name, kind, values, components, iterations, seed):
    rng = np.random.default_rng(seed)
    data = values.astype(np.float64)
    responsibilities = rng.dirichlet(np.full(components, 0.3), size=len(values))
    save(f"{name}_rows", values)
    save(f"{name}_responsibilities", responsibilities)
    fit = GaussianMixture(components, covariance_type=KINDS[kind], reg_covar=1e-6)
    fit._validate_data(data)
    fit._initialize(data, responsibilities)
    for step in range(iterations + 1):
        if step in (0, iterations):
            label = "start" if step == 0 else "end"
            save(f"{name}_{label}_weights", fit.weights_)
            save(f"{name}_{label}_means", fit.means_)
            save(f"{name}_{label}_covariances", fit.covariances_)
            save(f"{name}_{label}_log_likelihoods", fit.score_samples(data))
            save(f"{name}_{label}_figures", [fit.aic(data), fit.bic(data), fit._n_parameters()])
        fit._m_step(data, fit._e_step(data)[1])


def left_out(name, kind, values, components, seed):
    """Some rows' log-likelihoods by the mixture that a maximisation without each gives, all responsibilities kept."""
    rng = np.random.default_rng(seed)
    data = values.astype(np.float64)
    fit = GaussianMixture(components, covariance_type=KINDS[kind], reg_covar=0)
    fit._validate_data(data)
    start = rng.dirichlet(np.full(components, 0.3), size=len(data)) + np.eye(components)[np.arange(len(data)) % components]
    fit._initialize(data, start / 2)
    # To where another iteration changes nothing: the responsibilities then are those of the parameters.
    shares, before = fit._e_step(data)[1], None
    while before is None or np.abs(np.exp(shares) - np.exp(before)).max() > 1e-13:
        fit._m_step(data, shares)
        before, shares = shares, fit._e_step(data)[1]
    save(f"{name}_rows", values)
    save(f"{name}_weights", fit.weights_)
    save(f"{name}_means", fit.means_)
    save(f"{name}_covariances", fit.covariances_)
    save(f"{name}_log_likelihoods", fit.score_samples(data))
    own = np.arange(0, len(data), 3)
    save(f"{name}_largest_shares", np.exp(shares[own]).max(axis=1))
    whole, means, totals = fit.covariances_, fit.means_, fit.weights_ * len(data)
    apart, dominant = [], []
    for row in own:
        fit._m_step(np.delete(data, row, axis=0), np.delete(shares, row, axis=0))
        apart.append(fit.score_samples(data[row:row + 1])[0])
        if kind != "tied":
            continue
        # The covariance as it is approximated: without the row's scatter about the component that has most of it.
        most = shares[row].argmax()
        share, count = np.exp(shares[row, most]), len(data)
        scatter = share * totals[most] / (totals[most] - share) / count * np.outer(data[row] - means[most], data[row] - means[most])
        fit.covariances_ = count / (count - 1) * (whole - scatter)
        fit.precisions_cholesky_ = _compute_precision_cholesky(fit.covariances_, KINDS[kind])
        dominant.append(fit.score_samples(data[row:row + 1])[0])
    save(f"{name}_apart", apart)
    save(f"{name}_dominant", dominant)


def main():
    warnings.simplefilter("ignore")
    rng = np.random.default_rng(5)
    ledoit_wolf("many", clustered(rng, 300, 8, 3, 4.0), clustered(rng, 40, 8, 3))
    ledoit_wolf("few", unit(rng.normal(size=(40, 60)) + 1).astype(np.float32), unit(rng.normal(size=(9, 60))).astype(np.float32))
    ledoit_wolf("wide", clustered(rng, 500, 203, 4), clustered(rng, 30, 203, 4))
    ledoit_wolf("round", unit(rng.normal(size=(80, 200))).astype(np.float32), unit(rng.normal(size=(9, 200))).astype(np.float32))
    ledoit_wolf("line", rng.normal(3, 2, size=(50, 1)).astype(np.float32), rng.normal(size=(5, 1)).astype(np.float32))

    near = clustered(rng, 400, 24, 5, 1.0)
    near[17] = near[3]
    near[18] = near[3] * 2
    neighbours("near", near, clustered(rng, 50, 24, 5), 10)

    for number, kind in enumerate(KINDS):
        mixture(f"small_{kind}", kind, clustered(rng, 613, 5, 3, 10.0), 3, 9, number)
    mixture("large_full", "full", clustered(rng, 2500, 70, 4), 4, 4, 9)
    mixture("large_tied", "tied", clustered(rng, 2500, 70, 4), 4, 4, 9)

    apart = np.random.default_rng(6)
    for number, kind in enumerate(KINDS):
        near = apart.normal(size=(300, 4)) * [1, 0.8, 1.2, 1] + 5
        near[:200, 0] += 3
        near[:100, 1] += 3
        left_out(f"apart_{kind}", kind, near.astype(np.float32), 3, number)
        far = clustered(apart, 240, 37, 1)
        far[np.arange(240) % 2 == 0] += 5
        left_out(f"apart_wide_{kind}", kind, far, 2, number)

    values = clustered(rng, 200, 30, 3, 2.0)
    save("components_rows", values)
    pca = PCA(6, svd_solver="full").fit(values.astype(np.float64))
    save("components_projected", np.abs(pca.transform(values.astype(np.float64))))
    save("components_share", [pca.explained_variance_ratio_.sum()])
    left = values - pca.inverse_transform(pca.transform(values.astype(np.float64)))
    save("components_squares", (left ** 2).sum(axis=1))
    save("components_rest", [(left ** 2).sum() / len(values) / (30 - 6)])


main()
