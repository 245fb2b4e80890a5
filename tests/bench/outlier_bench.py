"""Outliers against scikit-learn: a mixture of 16 full Gaussians on 10,000 x 64 (three starts each, same tolerance and
most iterations), and the shrunk covariance with distances on 70,000 x 1280 (memory beside the vectors, and time on a part of
them); neighbours of all 70,000 with the same vectors."""
import json
import os
import subprocess
import sys

import numpy

from run import row

PEER = """
import json, sys, time, warnings
import numpy
warnings.simplefilter("ignore")
data = numpy.load(sys.argv[2]).astype(numpy.float64)
if sys.argv[1] == "mixture":
    from sklearn.mixture import GaussianMixture
    start, before = time.monotonic(), time.process_time()
    fit = GaussianMixture(16, max_iter=100, tol=1e-3, n_init=3, random_state=0).fit(data)
    fit.score_samples(data)
    done = {"seconds": time.monotonic() - start, "cpu": time.process_time() - before, "log_likelihood": fit.score(data), "iterations": fit.n_iter_}
else:
    from sklearn.covariance import LedoitWolf
    data /= numpy.linalg.norm(data, axis=1, keepdims=True)
    start = time.monotonic()
    fit = LedoitWolf().fit(data)
    fit.mahalanobis(data)
    done = {"seconds": time.monotonic() - start, "shrinkage": fit.shrinkage_}
print(json.dumps(done))
"""


def overlapping_groups(rows, dimension, groups, seed):
    """Groups of their own shapes, so near to one another that their members are not told apart at once."""
    random = numpy.random.default_rng(seed)
    parts = []
    for _ in range(groups):
        shape = random.normal(size=(dimension, dimension)) / numpy.sqrt(dimension)
        parts.append(random.normal(0, 0.25, dimension) + random.normal(size=(rows // groups, dimension)) @ shape)
    values = numpy.concatenate(parts).astype(numpy.float32)
    random.shuffle(values)
    return values


def features(rows, dimension, seed):
    """Vectors that vary along a hundred directions, and a little along all."""
    random = numpy.random.default_rng(seed)
    directions = random.normal(size=(100, dimension)).astype(numpy.float32)
    values = numpy.empty((rows, dimension), numpy.float32)
    for first in range(0, rows, 5000):
        count = min(5000, rows - first)
        values[first:first + count] = random.normal(size=(count, 100)).astype(numpy.float32) @ directions
        values[first:first + count] += 3 * random.normal(size=(count, dimension)).astype(numpy.float32)
    return values


def peer(what, file):
    """scikit-learn's own time, without that of its start, and with the kernels that its OpenBLAS chooses itself."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPENBLAS_")}
    done = subprocess.run([sys.executable, "-c", PEER, what, str(file)], env=environment, check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def summary_of(measured):
    return json.loads(measured["output"].splitlines()[-1])["summary"]


def run(bench):
    mixture = bench.scratch / "mixture.npy"
    numpy.save(mixture, overlapping_groups(10000, 64, 16, 1))
    words = ["outliers", "--json", "--limit", 1, "--vectors"]
    measured = bench.measure(bench.kalon(bench.scratch, *words, mixture, "--method", "gmm", "--as-is", "--pca", 0,
                                         "--components", 16, "--restarts", 3))
    summary, other = summary_of(measured), peer("mixture", mixture)
    yield row(f"outlier: 16 full Gaussians, 10,000 x 64, 3 starts (the best of {summary['iterations']} iterations)",
              measured["wall"], "s", f"scikit-learn (of {other['iterations']})", other["seconds"], 1 / 3)
    yield row("outlier: its processor time, reading and scoring included", measured["cpu"], "s", "scikit-learn's fit",
              other["cpu"])
    # Below zero: a smaller ratio is a likelier mixture.
    yield row("outlier: log-likelihood of a vector", summary["log_likelihood"] / 10000, "", "scikit-learn",
              other["log_likelihood"], 1)

    large, part = bench.scratch / "large.npy", bench.scratch / "part.npy"
    values = features(70000, 1280, 2)
    numpy.save(large, values)
    numpy.save(part, values[:20000])
    bytes_of_vectors = values.nbytes
    del values
    measured = bench.measure(bench.kalon(bench.scratch, *words, part, "--method", "mahalanobis"))
    yield row("outlier: shrunk covariance and distances, 20,000 x 1280", measured["wall"], "s", "scikit-learn",
              peer("covariance", part)["seconds"])
    measured = bench.measure(bench.kalon(bench.scratch, *words, large, "--method", "mahalanobis"))
    yield row("outlier: the same, 70,000 x 1280", measured["wall"], "s")
    measured = bench.measure(bench.kalon(bench.scratch, *words, large))
    yield row("outlier: combined with 10 neighbours, 70,000 x 1280", measured["wall"], "s")
    yield row("outlier: its memory beside the vectors", (measured["peak"] - bytes_of_vectors) / 1e9, "GB", target=1.0)
