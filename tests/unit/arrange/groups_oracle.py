"""Data and what SciPy, scikit-learn and definitions written out make of it, for the tests beside this file (group_tables.h).

Prints numbers alone: rows, columns, the values (float32), then what the case is about.
"""
import sys

import numpy
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree
from scipy.spatial.distance import cdist, pdist


def write(*values):
    for value in values:
        print(*numpy.asarray(value).ravel().tolist())


def write_table(table):
    write(table.shape, table)


def unit(table):
    return (table / numpy.linalg.norm(table, axis=1, keepdims=True)).astype(numpy.float32)


def clustered(random, rows, columns, centres, spread):
    middle = random.standard_normal((centres, columns))
    return middle[random.integers(0, centres, rows)] + spread * random.standard_normal((rows, columns))


def complete_linkage(seed, rows, columns, spread, level):
    """SciPy's complete linkage of 1 - cosine, cut at the level; the least cosine and the medoid of each cluster."""
    random = numpy.random.default_rng(seed)
    table = unit(clustered(random, rows, columns, max(1, rows // 12), spread))
    write_table(table)
    labels = fcluster(linkage(pdist(table.astype(float), "cosine"), "complete"), 1 - level, "distance")
    write(labels)
    cosines = 1 - cdist(table.astype(float), table.astype(float), "cosine")
    for label in range(1, labels.max() + 1):
        inside = numpy.flatnonzero(labels == label)
        block = cosines[numpy.ix_(inside, inside)]
        write([block.min(), inside[block.sum(axis=1).argmax()]])


def k_means(clusters):
    """scikit-learn on its handwritten digits, which are real and overlap: full and in mini-batches."""
    from sklearn.cluster import KMeans, MiniBatchKMeans
    from sklearn.datasets import load_digits
    table = load_digits().data.astype(numpy.float32)
    write_table(table)
    write([KMeans(clusters, n_init=3, max_iter=100, random_state=0).fit(table).inertia_,
           MiniBatchKMeans(clusters, n_init=3, max_iter=100, random_state=0).fit(table).inertia_])


def hdbscan(seed, rows, columns, spread, noise, min_cluster_size, min_samples):
    """HDBSCAN by its definitions (Campello, Moulavi and Sander 2013) on the whole matrix of mutual reachability: a part
    falls apart when its longest edges go, all at once; the whole is never a cluster."""
    random = numpy.random.default_rng(seed)
    table = numpy.concatenate([clustered(random, rows, columns, 6, spread),
                               random.uniform(-4, 4, (noise, columns))]).astype(numpy.float32)
    write_table(table)
    distances = cdist(table.astype(float), table.astype(float)).astype(numpy.float32).astype(float)
    core = numpy.sort(distances, axis=1)[:, min_samples - 1]
    reach = numpy.maximum(distances, numpy.maximum(core[:, None], core[None, :]))
    numpy.fill_diagonal(reach, 0)

    clusters = []  # birth, stability, children, points

    def grow(points, birth):
        number = len(clusters)
        clusters.append(dict(stability=0.0, children=[], points=points))
        while True:
            tree = minimum_spanning_tree(reach[numpy.ix_(points, points)])
            longest = tree.data.max()
            tree.data[tree.data == longest] = 0
            tree.eliminate_zeros()
            count, part = connected_components(tree, directed=False)
            parts = [points[part == p] for p in range(count)]
            large = [p for p in parts if len(p) >= min_cluster_size]
            gone = len(points) - (len(large[0]) if len(large) == 1 else 0)
            clusters[number]["stability"] += gone * (1 / longest - birth)
            if len(large) == 1:
                points = large[0]
                continue
            clusters[number]["children"] = [grow(p, 1 / longest) for p in large]
            return number

    grow(numpy.arange(len(table)), 0.0)

    def best(number):
        """The stability of the best choice at or below a cluster, and the choice."""
        below = [best(child) for child in clusters[number]["children"]]
        together = sum(value for value, _ in below)
        if number > 0 and clusters[number]["stability"] >= together:
            return clusters[number]["stability"], [number]
        return together, [chosen for _, choice in below for chosen in choice]

    labels = numpy.full(len(table), -1)
    for chosen in best(0)[1]:
        labels[clusters[chosen]["points"]] = chosen
    write(labels)
    write([minimum_spanning_tree(reach).sum()])


if __name__ == "__main__":
    case, *arguments = sys.argv[1:]
    {"complete_linkage": complete_linkage, "k_means": k_means, "hdbscan": hdbscan}[case](
        *(float(a) if "." in a else int(a) for a in arguments))
