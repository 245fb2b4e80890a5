"""What does not belong: figures against scikit-learn and SciPy, filters kept and used again, and what is refused."""
import io
import os

import numpy
from PIL import Image
from scipy.stats import multivariate_normal, rankdata
from sklearn.covariance import LedoitWolf
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import NearestNeighbors

import pictures
from world import FAILED, USAGE, Case, path_of

KINDS = {"full": "full", "tied": "tied", "diagonal": "diag", "spherical": "spherical"}


def unit(values):
    """Rows of length 1, rounded to the float32 in which they are compared."""
    values = values.astype(numpy.float64)
    return (values / numpy.linalg.norm(values, axis=1, keepdims=True)).astype(numpy.float32).astype(numpy.float64)


def groups(seed, rows, dimension, count, apart=12.0):
    """Rows around far centres, and of which centre each is."""
    random = numpy.random.RandomState(seed)
    labels = numpy.arange(rows) % count
    centres = random.normal(0, apart, (count, dimension))
    return (centres[labels] + random.normal(size=(rows, dimension))).astype(numpy.float32)


class Table(Case):
    def write(self, name, values):
        path = self.path(name)
        numpy.save(path, values)
        return path

    def scored(self, *arguments):
        """By row of the file: its row of the answer; and the summary."""
        result = self.kalon("outliers", "--json", *arguments)
        rows = {row["row"]: row for row in result.rows if row.get("type") != "table"}
        return [rows[row] for row in sorted(rows)], result.summary

    def refused(self, *arguments, code=USAGE, **options):
        result = self.kalon("outliers", *arguments, code=code, **options)
        self.assertEqual(result.out, b"")
        return result.error_text


class Figures(Table):
    def assert_near(self, found, expected, tolerance=1e-6):
        numpy.testing.assert_allclose(found, expected, rtol=tolerance, atol=0)

    def test_distances_and_places_among_themselves(self):
        values = groups(1, 240, 40, 3, 1.0)
        rows, summary = self.scored("--vectors", self.write("x.npy", values))
        data = unit(values)
        fit = LedoitWolf().fit(data)
        self.assert_near([row["mahalanobis"] ** 2 for row in rows], fit.mahalanobis(data))
        self.assert_near(summary["shrinkage"], fit.shrinkage_)
        near = NearestNeighbors(n_neighbors=10, metric="cosine").fit(data).kneighbors()[0].mean(axis=1)
        self.assert_near([row["knn"] for row in rows], near)
        places = [(rankdata(column) - 0.5) / 240 for column in (fit.mahalanobis(data), near)]
        self.assert_near([row["score"] for row in rows], numpy.mean(places, axis=0), 1e-9)
        self.assertEqual((summary["method"], summary["scored"], summary["reference"], summary["quantile"]),
                         ("combined", 240, 240, 0.99))
        self.assert_near(summary["threshold"], numpy.quantile([row["score"] for row in rows], 0.99), 1e-9)
        self.assertEqual(summary["outliers"], sum(row["outlier"] for row in rows))
        self.assertEqual(sorted(row["rank"] for row in rows), list(range(1, 241)))

    def test_distances_from_a_reference(self):
        values, usual = groups(2, 60, 30, 2, 1.0), groups(2, 300, 30, 2, 1.0)[60:]
        files = ["--vectors", self.write("x.npy", values), "--reference", self.write("usual.npy", usual.astype(numpy.float64))]
        rows, summary = self.scored(*files, "--quantile", ".9")
        fit, data = LedoitWolf().fit(unit(usual)), unit(values)
        self.assert_near([row["mahalanobis"] ** 2 for row in rows], fit.mahalanobis(data))
        search = NearestNeighbors(n_neighbors=10, metric="cosine").fit(unit(usual))
        self.assert_near([row["knn"] for row in rows], search.kneighbors(data)[0].mean(axis=1))
        # Places by neighbours are among the reference's own, each without itself.
        own = numpy.sort(search.kneighbors()[0].mean(axis=1))
        by_neighbours = numpy.searchsorted(own, [row["knn"] for row in rows]) / 240
        by_distance = 2 * numpy.array([row["score"] for row in rows]) - by_neighbours
        order = numpy.argsort([row["mahalanobis"] for row in rows])
        self.assertTrue((numpy.diff(by_distance[order]) >= -1e-9).all())
        self.assertTrue(by_distance.min() >= -1e-9 and by_distance.max() <= 1 + 1e-9)
        self.assertEqual((summary["reference"], summary["of_themselves"], summary["quantile"]), (240, False, 0.9))
        for row in rows:
            self.assertEqual(row["outlier"], row["score"] > summary["threshold"])

    def test_methods_alone_and_vectors_as_they_are(self):
        values = groups(3, 150, 12, 2, 1.0)
        file = self.write("x.npy", values)
        fit = LedoitWolf().fit(values.astype(numpy.float64))
        rows, _ = self.scored("--vectors", file, "--method", "mahalanobis", "--as-is")
        self.assert_near([row["mahalanobis"] ** 2 for row in rows], fit.mahalanobis(values.astype(numpy.float64)))
        self.assertNotIn("knn", rows[0])
        # The score leaves each row out of its own measure; that keeps their order.
        self.assertEqual(*(sorted(range(150), key=lambda i: rows[i][name]) for name in ("score", "mahalanobis")))
        self.assertEqual([row["score"] for row in rows], [row["mahalanobis_left_out"] for row in rows])
        left_out = LedoitWolf().fit(numpy.delete(values, 7, axis=0).astype(numpy.float64)).mahalanobis(values[7:8])[0]
        self.assert_near(rows[7]["mahalanobis_left_out"] ** 2, left_out, 0.01)
        rows, summary = self.scored("--vectors", file, "--method", "knn", "--neighbours", "3")
        near = NearestNeighbors(n_neighbors=3, metric="cosine").fit(unit(values)).kneighbors()[0].mean(axis=1)
        self.assert_near([row["score"] for row in rows], near)
        self.assertEqual(summary["neighbours"], 3)

    def test_mixtures(self):
        values = groups(4, 400, 6, 3)
        file = self.write("x.npy", values)
        data = values.astype(numpy.float64)
        for kind, name in KINDS.items():
            # Far groups: every good start ends at one optimum.
            fit = GaussianMixture(3, covariance_type=name, n_init=3, random_state=0, tol=1e-9, max_iter=500).fit(data)
            rows, summary = self.scored("--vectors", file, "--method", "gmm", "--as-is", "--pca", "0", "--components", "3",
                                        "--covariance", kind)
            self.assert_near([row["log_likelihood"] for row in rows], fit.score_samples(data))
            self.assert_near(summary["log_likelihood"], fit.score(data) * 400)
            self.assert_near([summary["aic"], summary["bic"]], [fit.aic(data), fit.bic(data)])
            self.assertEqual(summary["parameters"], fit._n_parameters())

    def test_principal_components(self):
        values = groups(5, 300, 40, 4, 1.0)
        rows, summary = self.scored("--vectors", self.write("x.npy", values), "--method", "gmm", "--components", "1",
                                    "--pca", "5")
        data = unit(values)
        pca = PCA(5, svd_solver="full").fit(data)
        # One Gaussian: the covariance along the five, the mean of what varies in the others.
        inside = numpy.cov(pca.transform(data).T, bias=True) + 1e-6 * numpy.eye(5)
        outside = numpy.sum((data - pca.inverse_transform(pca.transform(data))) ** 2) / 300 / 35 + 1e-6
        axes = pca.components_.T
        covariance = axes @ inside @ axes.T + outside * (numpy.eye(40) - axes @ axes.T)
        # Projections are kept in float32.
        self.assert_near([row["log_likelihood"] for row in rows],
                         multivariate_normal(data.mean(axis=0), covariance).logpdf(data), 2e-5)
        self.assert_near(summary["pca_share"], pca.explained_variance_ratio_.sum())
        self.assertEqual(summary["pca"], 5)

    def test_mixtures_leave_each_row_out_of_its_own_score(self):
        values = groups(10, 90, 5, 1)
        file = self.write("x.npy", values)
        arguments = ["--method", "gmm", "--as-is", "--pca", "0", "--components", "1", "--vectors"]
        rows, _ = self.scored(*arguments, file)
        data = values.astype(numpy.float64)
        for row in range(0, 90, 7):
            others = numpy.delete(data, row, axis=0)
            fit = multivariate_normal(others.mean(axis=0), numpy.cov(others.T, bias=True) + 1e-6 * numpy.eye(5))
            # Our regularisation of the others is that of all.
            self.assert_near(rows[row]["score"], -fit.logpdf(data[row]))
        # Others are not of the fit.
        for row in self.scored(*arguments, self.write("y.npy", groups(11, 20, 5, 1)), "--reference", file)[0]:
            self.assertEqual(row["score"], -row["log_likelihood"])
        # Fitted once, used again: for rows of the fit and for others.
        both = self.write("both.npy", numpy.concatenate([values[40:50], groups(11, 5, 5, 1)]))
        self.scored(*arguments, file, "--save", self.path("own"))
        again, _ = self.scored("--vectors", both, "--filter", self.path("own"))
        self.assert_near([row["score"] for row in again[:10]], [row["score"] for row in rows[40:50]], 1e-12)
        self.assertEqual([row["score"] for row in again[10:]], [-row["log_likelihood"] for row in again[10:]])

    def test_strangers_do_not_hide_in_a_gaussian_of_their_own(self):
        random = numpy.random.RandomState(12)
        centres = random.normal(size=(3, 32))
        values = centres[numpy.arange(390) % 3] + 0.05 * random.normal(size=(390, 32))
        scattered = self.write("x.npy", numpy.concatenate([values, random.normal(size=(3, 32))]).astype(numpy.float32))
        values[100] *= 8
        long = self.write("y.npy", values.astype(numpy.float32))
        for seed in "123":
            rows, _ = self.scored("--vectors", scattered, "--method", "gmm", "--components", "1-8", "--seed", seed)
            self.assertEqual(sorted(row["rank"] for row in rows[390:]), [1, 2, 3])
            self.assertEqual([row["outlier"] for row in rows[390:]], [True] * 3)
            rows, _ = self.scored("--vectors", long, "--method", "gmm", "--as-is", "--components", "1-8", "--seed", seed)
            self.assertEqual(rows[100]["rank"], 1)

    def test_the_number_of_components_is_chosen_by_bic(self):
        file = self.write("x.npy", groups(6, 300, 4, 5))
        arguments = ["--vectors", file, "--method", "gmm", "--as-is", "--pca", "0", "--components", "1-8"]
        result = self.kalon("outliers", "--json", *arguments)
        table = [row for row in result.rows if row.get("type") == "table"]
        self.assertEqual([row["components"] for row in table], list(range(1, 9)))
        self.assertEqual(min(table, key=lambda row: row["bic"])["components"], 5)
        self.assertEqual([row["components"] for row in table if row["chosen"]], [5])
        self.assertEqual(result.summary["components"], 5)
        text = self.kalon("outliers", *arguments).text
        self.assertRegex(text, r"components    5 .* BIC .*<- chosen")
        # Repeated, with other threads: the same bytes.
        self.assertEqual(self.kalon("--threads", "5", "outliers", "--json", *arguments).out, result.out)

    def test_the_space_follows_the_most_components_unless_it_is_fixed(self):
        file = self.write("x.npy", groups(6, 300, 60, 3, 1.0))
        def fitted(components, *more):
            result = self.kalon("outliers", "--json", "--vectors", file, "--method", "gmm", "--components", components, *more)
            return result.summary["pca"], [row for row in result.rows if row.get("type") == "table"][:2]

        # One for each eight vectors of a component.
        self.assertEqual([fitted(components)[0] for components in ("1-2", "1-4")], [18, 9])
        few, more = fitted("1-2", "--pca", "6"), fitted("1-4", "--pca", "6")
        for row in few[1] + more[1]:
            del row["chosen"]
        self.assertEqual(few, more)

    def test_defaults_bear_few_rows_in_many_dimensions(self):
        file = self.write("x.npy", groups(7, 60, 500, 3, 1.0))
        rows, summary = self.scored("--vectors", file, "--method", "gmm")
        self.assertEqual((summary["components"], summary["pca"], summary["covariance"]), (1, 7, "full"))
        # Asked for, it is done, and told.
        _, summary = self.scored("--vectors", file, "--method", "gmm", "--components", "2", "--pca", "0")
        self.assertIn("too few vectors for a full covariance in 500 dimensions", " ".join(summary["notes"]))


class Listing(Table):
    def setUp(self):
        super().setUp()
        values = groups(8, 200, 10, 2, 1.0)
        values[123] = [30, -30] * 5
        self.file = self.write("x.npy", values)

    def test_people_see_the_strangest(self):
        text = self.kalon("outliers", "--vectors", self.file).text
        lines = text.splitlines()
        self.assertEqual(len(lines), 21)
        self.assertRegex(lines[0], r"^ +1  outlier  0\.9\d+  \(mahalanobis [\d.]+, neighbours [\d.]+\)  row 123$")
        self.assertRegex(lines[-1], r"^2 of 200 vectors score more than 0\.9\d+ \(quantile 0\.99\), measured by combined "
                                    r"against themselves\.$")
        self.assertEqual(len(self.kalon("outliers", "--vectors", self.file, "--limit", "0").text.splitlines()), 201)
        self.assertEqual(len(self.kalon("outliers", "--vectors", self.file, "--limit", "3", "--json").rows), 3)
        text = self.kalon("outliers", "--vectors", self.file, "--limit", "1", "--quantile", ".5").text
        self.assertIn("99 more are not listed", text)
        text = self.kalon("outliers", "--vectors", self.file, "--limit", "1").text
        self.assertIn("1 more is not listed", text)
        one = self.write("one.npy", groups(9, 1, 10, 1, 1.0))
        text = self.kalon("outliers", "--vectors", one, "--reference", self.file, "--threshold", "2").text
        self.assertIn("0 of 1 vector scores more than 2", text)

    def test_thresholds(self):
        rows, summary = self.scored("--vectors", self.file, "--threshold", "0.75")
        self.assertEqual(summary["threshold"], 0.75)
        self.assertNotIn("quantile", summary)
        self.assertEqual(summary["outliers"], sum(row["score"] > 0.75 for row in rows))
        # Negative ones are numbers, not options.
        _, summary = self.scored("--vectors", self.file, "--method", "gmm", "--threshold", "-3.5")
        self.assertEqual(summary["threshold"], -3.5)

    def test_a_histogram(self):
        picture = self.path("scores.png")
        summary = self.scored("--vectors", self.file, "--histogram", picture)[1]
        self.assertEqual(summary["histogram_path"], picture)
        with Image.open(picture) as image:
            self.assertEqual((image.format, image.size, image.mode), ("PNG", (1200, 640), "RGB"))
            self.assertGreater(len(image.getcolors(1 << 20)), 20)
        before = open(picture, "rb").read()
        self.assertIn("exists already", self.refused("--vectors", self.file, "--histogram", picture))
        self.assertEqual(open(picture, "rb").read(), before)
        self.kalon("outliers", "--vectors", self.file, "--histogram", picture, "--method", "knn", "--overwrite")
        self.assertNotEqual(open(picture, "rb").read(), before)
        for name in ("scores.jpg", "scores.JPEG", "scores.webp", "scores.svg"):
            self.assertIn("written as PNG: name a file that ends in .png",
                          self.refused("--vectors", self.file, "--histogram", self.path(name)))
            self.assertFalse(os.path.exists(self.path(name)))
        for name in ("scores", "scores.of.today", "other.PNG"):
            self.kalon("outliers", "--vectors", self.file, "--histogram", self.path(name))
            self.assertEqual(Image.open(self.path(name)).format, "PNG")
        nowhere = self.path("no", "such", "folder.png")
        for option in ("--histogram", "--save"):
            self.assertIn("there is no folder of this name", self.refused("--vectors", self.file, option, nowhere, code=FAILED))
            self.assertIn("is a folder", self.refused("--vectors", self.file, option, self.top, "--overwrite"))

    def test_filters_in_files(self):
        others = self.write("y.npy", groups(9, 50, 10, 2, 1.0))
        for method in ("combined", "mahalanobis", "knn", "gmm"):
            file = self.path(method + ".filter")
            arguments = ["--vectors", others, "--reference", self.file, "--method", method, "--save", file]
            fitted, first = self.scored(*arguments, "--quantile", ".9")
            again, second = self.scored("--vectors", others, "--filter", file)
            self.assertEqual(fitted, again)
            self.assertEqual([first[name] for name in ("threshold", "quantile", "outliers", "method")],
                             [second[name] for name in ("threshold", "quantile", "outliers", "method")])
            self.assertEqual(self.scored("--vectors", others, "--filter", file, "--threshold", "9")[1]["threshold"], 9)
            self.assertIn("exists already", self.refused(*arguments))
            self.assertIn("was fitted already: neighbours does not go with it" if method == "knn" else "was fitted already",
                          self.refused("--vectors", others, "--filter", file, "--neighbours", "4"))
            self.refused("--vectors", others, "--filter", file, "--reference", self.file)
            self.refused("--vectors", others, "--filter", file, "--save", self.path("other"))
        # The rows of the reference score as they did among themselves.
        for method in ("gmm", "combined"):
            own, _ = self.scored("--vectors", self.file, "--method", method, "--save", self.path("own"), "--overwrite")
            self.assertEqual(own, self.scored("--vectors", self.file, "--filter", self.path("own"))[0])
        damaged = bytearray(open(self.path("own"), "rb").read())
        damaged[len(damaged) // 2] ^= 1
        for name, content in (("damaged", damaged), ("short", damaged[:100]), ("empty", b""), ("text", b"not a filter " * 10)):
            error = self.refused("--vectors", others, "--filter", pictures.write(self.path(name), content), code=FAILED)
            self.assertRegex(error, f"{name}: is damaged, or no filter that kalon saved")
        self.assertIn("cannot be compared with a reference of 10 values",
                      self.refused("--vectors", self.write("z.npy", groups(1, 5, 9, 1)), "--filter", self.path("own")))
        self.refused("--vectors", others, "--filter", self.path("none"), code=FAILED)


class Refusals(Table):
    def test_vectors_that_cannot_be_measured(self):
        good = self.write("good.npy", groups(1, 50, 4, 2))
        equal, zero, broken = (groups(1, 50, 4, 2) for _ in range(3))
        equal[:] = equal[0]
        zero[21] = 0
        broken[33, 2] = numpy.nan
        few = self.write("few.npy", groups(1, 8, 4, 2))
        empty = self.write("empty.npy", numpy.zeros((0, 4), numpy.float32))
        for method in ("combined", "mahalanobis", "knn", "gmm"):
            error = self.refused("--vectors", self.write("equal.npy", equal), "--method", method)
            self.assertIn("all 50 vectors are equal", error)
        self.assertRegex(self.refused("--vectors", self.write("zero.npy", zero)), "zero.npy: row 21 holds nothing but zeros")
        self.assertRegex(self.refused("--vectors", self.write("nan.npy", broken), code=FAILED), "nan.npy: .*row 33")
        self.assertIn("10 neighbours need at least 11 vectors, and there are 8", self.refused("--vectors", few))
        self.assertIn("10 neighbours need at least 11 vectors", self.refused("--vectors", good, "--reference", few))
        self.kalon("outliers", "--vectors", few, "--neighbours", "7")
        self.assertIn("holds no vectors", self.refused("--vectors", empty, code=None))
        self.assertIn("holds no vectors", self.refused("--vectors", good, "--reference", empty, code=None))
        self.assertIn("cannot be compared with a reference of 3 values",
                      self.refused("--vectors", good, "--reference", self.write("narrow.npy", groups(1, 40, 3, 2))))
        self.assertIn("9 components needs at least 9 vectors, and there are 8",
                      self.refused("--vectors", few, "--method", "gmm", "--components", "9"))
        self.assertIn("have no 4 principal components",
                      self.refused("--vectors", self.write("x.npy", groups(1, 4, 4, 1)), "--method", "gmm", "--pca", "4"))
        flat = groups(1, 50, 4, 2)
        flat[:, 1] = 3
        self.assertIn("covariance of component 1 is singular: use fewer components",
                      self.refused("--vectors", self.write("flat.npy", flat), "--as-is", "--method", "gmm", "--pca", "0",
                                   "--components", "1", "--regularisation", "0"))
        self.scored("--vectors", self.path("flat.npy"), "--as-is", "--method", "gmm", "--pca", "0", "--components", "1")
        self.scored("--vectors", self.path("flat.npy"), "--as-is")
        self.refused("--vectors", self.write("object.npy", numpy.array([[{}]], dtype=object)), code=FAILED)
        self.refused("--vectors", self.path("none.npy"), code=FAILED)

    def test_words(self):
        file = self.write("x.npy", groups(1, 50, 4, 2))
        for arguments, said in [
                (["--components", "0", "--method", "gmm"], "number of components from 1"),
                (["--components", "5-2", "--method", "gmm"], "number of components from 1"),
                (["--components", "3x", "--method", "gmm"], "number of components from 1"),
                (["--components", "99999", "--method", "gmm"], "number of components from 1"),
                (["--components", "3"], "is for mixtures alone"),
                (["--pca", "3", "--method", "knn"], "is for mixtures alone"),
                (["--neighbours", "3", "--method", "gmm"], "is for the methods combined and knn"),
                (["--neighbours", "3", "--method", "mahalanobis"], "is for the methods combined and knn"),
                (["--neighbours", "0"], "whole number"), (["--quantile", "1.5"], "share from 0 to 1"),
                (["--quantile", "nan"], "share from 0 to 1"), (["--quantile", "-0.1"], "share from 0 to 1"),
                (["--threshold", "much"], "takes a number"), (["--threshold", "1", "--quantile", ".5"], "give one of them"),
                (["--method", "magic"], "one of combined, mahalanobis, knn, gmm"),
                (["--covariance", "round", "--method", "gmm"], "one of full, tied, diagonal, spherical"),
                (["--where", "width > 3"], "--where does not go with it"), (["--scores", "x"], "--scores does not go"),
                ([self.pictures], "PATH does not go with it"), (["--limit", "-1"], "whole number")]:
            self.assertIn(said, self.refused("--vectors", file, *arguments), arguments)


class OfPictures(Case):
    def setUp(self):
        super().setUp()
        for member in range(40):
            pictures.save(pictures.family_member(1, member), os.path.join(self.pictures, "usual", f"{member:02}.png"))
        for seed in (1, 2):
            pictures.save(pictures.picture(seed, (120, 90)), os.path.join(self.pictures, "new", f"stranger{seed}.png"))
        for member in range(40, 46):
            pictures.save(pictures.family_member(1, member), os.path.join(self.pictures, "new", f"{member}.png"))
        self.model = ["--model", "descriptor"]
        self.index("--model", "descriptor", self.pictures)

    def outliers(self, *arguments):
        result = self.kalon("outliers", "--json", *self.model, *arguments)
        return [row for row in result.rows if row.get("type") != "table"], result.summary

    def names_of(self, rows):
        return [os.path.basename(os.fsdecode(path_of(row))) for row in rows]

    def refused(self, *arguments, code=USAGE):
        return self.kalon("outliers", *self.model, *arguments, code=code).error_text

    def test_among_themselves_and_against_a_reference(self):
        strangers = ["stranger1.png", "stranger2.png"]
        usual, new = (os.path.join(self.pictures, name) for name in ("usual", "new"))
        for method in ("combined", "mahalanobis", "knn", "gmm"):
            rows, summary = self.outliers("--method", method)
            self.assertEqual((len(rows), summary["scored"], summary["model"]), (48, 48, "descriptor"))
            self.assertEqual(sorted(self.names_of(rows[:2])), strangers, method)
            rows, summary = self.outliers(self.pictures, "--method", method, "--reference", usual)
            self.assertEqual(sorted(self.names_of(rows[:2])), strangers, method)
            # The reference is not measured against itself.
            self.assertEqual((len(rows), summary["reference"]), (8, 40))
            self.assertEqual([row["outlier"] for row in rows[:2]], [True, True])
        rows, summary = self.outliers(usual, "--reference", usual)
        self.assertEqual(len(rows), 40)
        for row in rows:
            self.assertEqual(os.fsencode(row["path"]), path_of(row))
            self.assertRegex(row["id"] + row["photo"], "^[0-9a-f]{64}$")
        # Excluded pictures are neither usual nor strange.
        self.kalon("exclude", os.path.join(new, "stranger1.png"))
        rows, _ = self.outliers("--where", "name ~ stranger*", "--reference", usual)
        self.assertEqual(self.names_of(rows), ["stranger2.png"])
        self.assertIn("stranger2.png", self.kalon("outliers", *self.model, "--limit", "1").text)

    def test_filters_are_kept_used_listed_and_dropped(self):
        usual, new = (os.path.join(self.pictures, name) for name in ("usual", "new"))
        self.assertIn("No filter was kept yet", self.kalon("filters").error_text)
        self.assertIn("none was saved yet", self.refused("--filter", "good", code=FAILED))
        for method in ("combined", "gmm"):
            first, told = self.outliers(new, "--reference", usual, "--method", method, "--quantile", ".9", "--save", method)
            again, summary = self.outliers(new, "--filter", method)
            self.assertEqual(first, again)
            self.assertEqual(told["threshold"], summary["threshold"])
        self.assertIn("there is a filter of this name already", self.refused("--save", "combined"))
        self.assertIn("there are: combined, gmm", self.refused("--filter", "good", code=FAILED))
        rows = self.kalon("filters", "--json").rows
        self.assertEqual([(row["name"], row["method"], row["reference"], row["model"]) for row in rows],
                         [("combined", "combined", 40, "descriptor"), ("gmm", "gmm", 40, "descriptor")])
        self.assertRegex(self.kalon("filters").text, r"(?m)^gmm +gmm of 1 full +40 vectors of descriptor, threshold ")
        # Vectors made another way mean something else.
        self.index("--model", "descriptor", "--crop", "pad", self.pictures)
        self.assertIn("combined: was fitted to vectors of descriptor", self.refused("--filter", "combined", "--crop", "pad"))
        # Left alone, a filter finds the vectors that it was fitted to.
        self.assertEqual(first, self.kalon("outliers", "--json", new, "--filter", "gmm").rows)
        self.refused("--filter", "gmm", "--model", "none", code=None)
        # The reference's own pictures score as when they were measured.
        own, _ = self.outliers(usual, "--save", "own")
        self.assertEqual(own, self.outliers(usual, "--filter", "own")[0])
        self.kalon("filters", "drop", "combined")
        self.assertIn("no filter of this name", self.kalon("filters", "drop", "combined", code=FAILED).error_text)
        self.assertEqual([row["name"] for row in self.kalon("filters", "--json").rows], ["gmm", "own"])
        self.assert_healthy()

    def test_scores_become_a_column(self):
        rows, summary = self.outliers("--scores", "strange")
        self.assertEqual(summary["scores"], "strange")
        expected = sorted(path_of(row) for row in rows if row["score"] > 0.9)
        self.assertEqual(sorted(path_of(row) for row in self.list("--where", "strange > 0.9")), expected)
        self.assertIn("stranger1.png", self.names_of(self.list("--where", "strange > 0.9")))
        self.assertIn("this column has 48 scores already", self.refused("--scores", "strange"))
        self.outliers("--method", "knn", "--scores", "strange", "--overwrite", os.path.join(self.pictures, "usual"))
        self.assertEqual(len(self.list("--where", "strange is known")), 40)
        for name in ("width", "two words", "and"):
            self.refused("--scores", name)
            self.refused("--save", name)
        for name in ("camera", "Rating"):
            self.assertIn("files have a column of this name of their own", self.refused("--scores", name))
        # Portions scored by one filter share a column.
        self.outliers("--save", "all")
        for folder in ("new", "usual"):
            self.outliers(os.path.join(self.pictures, folder), "--filter", "all", "--scores", "portions")
        self.assertEqual(len(self.list("--where", "portions is known")), 48)
        self.assert_healthy()

    def test_too_few(self):
        new = os.path.join(self.pictures, "new")
        self.assertIn("10 neighbours need at least 11 vectors, and there are 8", self.refused(new))
        self.assertIn("is not there", self.refused("--reference", self.path("nowhere"), code=FAILED))
        self.assertIn("no picture of the reference is left", self.refused("--reference", self.folder("empty"), code=FAILED))
        self.assertIn("no picture is left", self.refused("--where", "width = 1", code=FAILED))
        histogram = self.path("few.png")
        self.outliers(new, "--neighbours", "3", "--histogram", histogram)
        self.assertEqual(Image.open(io.BytesIO(open(histogram, "rb").read())).size, (1200, 640))
