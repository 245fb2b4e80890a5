"""Pictures that belong together: alike ones, bursts, clusters; as rows, as folders, as a column."""
import json
import os

import numpy
from PIL import Image, ImageFilter
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import cdist, pdist

import pictures
from world import FAILED, USAGE, Case, path_from_uri, path_of

SHEET, MARKER = "contact-sheet.png", ".kalon-result"
MODEL = ("--model", "descriptor")  # the one that every installation has


class Groups(Case):
    def picture(self, *parts):
        return os.path.join(self.pictures, *parts)

    def index(self, *arguments, **options):
        return super().index(*(arguments or [self.pictures]), *MODEL, **options)

    def groups(self, *arguments, **options):
        return self.kalon("groups", "--json", *MODEL, *arguments, **options)

    def make_families(self, families=4, members=6):
        for family in range(families):
            for member in range(members):
                pictures.save(pictures.family_member(family, member), self.picture(f"{family}_{member}.png"))
        self.index()

    def vectors(self):
        """Names of the pictures and their vectors, as exported."""
        self.kalon("export", "vectors", "--to", self.path("v.npy"), *MODEL)
        with open(self.path("v.jsonl")) as file:
            names = self.names([json.loads(line) for line in file])
        return names, numpy.load(self.path("v.npy")).astype(float)

    def members(self, rows):
        """The names in each group, in the order told."""
        return [self.names(row["files"]) for row in rows if "files" in row]

    def families_of(self, groups):
        """Groups as sets of families: those of whole families are singletons."""
        return [{name.split("_")[0] for name in group} for group in groups]

    # ---- alike

    def test_similar_groups_are_complete_linkage(self):
        # SciPy's complete linkage of the exported vectors is the oracle; cosines by NumPy.
        self.make_families(5, 7)
        names, vectors = self.vectors()
        cosines = 1 - cdist(vectors, vectors, "cosine")
        # Levels in the widest gaps between the heights of the tree, so that no rounding decides.
        tree = linkage(pdist(vectors, "cosine"), "complete")
        heights = numpy.sort(tree[:, 2])
        widest = [first + numpy.diff(heights[first:first + 10]).argmax() for first in (0, 9, 18, 24)]
        self.assertGreater(min(heights[place + 1] - heights[place] for place in widest), 1e-5)
        for place in widest:
            level = 1 - (heights[place] + heights[place + 1]) / 2
            labels = fcluster(tree, 1 - level, "distance")
            expected = {frozenset(names[i] for i in numpy.flatnonzero(labels == label)) for label in set(labels)}
            expected = {group for group in expected if len(group) > 1}
            result = self.groups("--level", f"{level:.9f}")
            rows = result.rows
            found = self.members(rows)
            self.assertEqual({frozenset(group) for group in found}, expected)
            self.assertEqual([row["size"] for row in rows], sorted((len(group) for group in expected), reverse=True))
            self.assertEqual([row["group"] for row in rows], list(range(1, len(rows) + 1)))
            for row, group in zip(rows, found):
                inside = [names.index(name) for name in group]
                block = cosines[numpy.ix_(inside, inside)]
                # Cosines of float32 vectors agree to about 1e-7.
                self.assertAlmostEqual(row["min_similarity"], block.min(), delta=1e-6)
                self.assertGreaterEqual(block.sum(axis=1)[0], block.sum(axis=1).max() - 1e-6)
                self.assertEqual(row["medoid"], row["files"][0]["uri"])
                told = [file["similarity"] for file in row["files"]]
                self.assertEqual(told, sorted(told, reverse=True))
                numpy.testing.assert_allclose(told, block[0], atol=1e-6)
            grouped = sum(map(len, expected))
            summary = result.summary
            self.assertEqual((summary["groups"], summary["grouped"], summary["alone"], summary["model"]),
                             (len(expected), grouped, 35 - grouped, "descriptor"))
            self.assertEqual((summary["parameters"]["by"], summary["parameters"]["min_size"]), ("similarity", 2))
            self.assertEqual(self.groups("--level", f"{level:.9f}").out, result.out)

    def test_rows_name_their_files(self):
        self.make_families(2, 3)
        listed = {row["uri"]: row for row in self.list()}
        for row in self.groups("--level", "0.5").rows:
            for file in row["files"]:
                known = listed[file["uri"]]
                self.assertEqual((file["id"], file["photo"], file["path"]), (known["id"], known["photo"], known["path"]))

    def test_choice_and_exclusion(self):
        self.make_families(2, 4)
        self.assertEqual(self.groups("--level", "0.5", "--where", "name ~ '0_*'").summary["grouped"], 4)
        self.kalon("exclude", self.picture("0_1.png"))
        rows = self.groups("--level", "0.5", "--where", "name ~ '0_*'").rows
        self.assertEqual(sorted(self.members(rows)[0]), ["0_0.png", "0_2.png", "0_3.png"])
        self.assertEqual(self.groups("--level", "0.5", "--min-size", "4").summary["groups"], 1)

    def test_pictures_of_one_look_are_one_group(self):
        # Different files and ids, the same pixels: equal vectors.
        for kind in ("png", "bmp", "tif", "tga"):
            pictures.save(pictures.picture(1), self.picture("same." + kind))
        self.index()
        row, = self.groups("--level", "1").rows
        self.assertEqual((row["size"], row["min_similarity"]), (4, 1))
        row, = self.groups("--by", "cluster", "--algorithm", "density", "--min-size", "3").rows
        self.assertEqual(row["size"], 4)
        # Three clusters cannot be made of one look.
        self.assertEqual(self.groups("--by", "cluster", "--clusters", "3").summary["groups"], 1)

    def test_a_single_picture(self):
        pictures.save(pictures.picture(1), self.picture("a.png"))
        self.index()
        for arguments in (["--by", "similarity"], ["--by", "cluster", "--algorithm", "density"]):
            summary = self.groups(*arguments).summary
            self.assertEqual((summary["groups"], summary["grouped"], summary["alone"]), (0, 0, 1))
        row, = self.groups("--by", "cluster").rows
        self.assertEqual((row["size"], row["min_similarity"]), (1, 1))
        self.assertIn("No group was found; 1 in none", self.kalon("groups", *MODEL).text)

    # ---- clusters

    def test_clusters_are_the_families(self):
        self.make_families(5, 8)
        for arguments in (["--clusters", "5"], ["--size", "8"], ["--clusters", "5", "--seed", "7"],
                          ["--algorithm", "density"]):
            result = self.groups("--by", "cluster", *arguments)
            found = self.members(result.rows)
            self.assertEqual(sorted(map(sorted, self.families_of(found))), [[str(f)] for f in range(5)], arguments)
            self.assertEqual([len(group) for group in found], [8] * 5)
            self.assertEqual(self.groups("--by", "cluster", *arguments).out, result.out)
            self.assertEqual(self.groups("--by", "cluster", *arguments, "--threads", "1").out, result.out)
        self.assertEqual(self.groups("--by", "cluster").summary["groups"], 4)  # the root of half of forty

    def test_k_means_is_as_good_as_scikit_learn(self):
        from sklearn.cluster import KMeans
        from sklearn.metrics import silhouette_score
        for seed in range(60):
            pictures.save(pictures.picture(seed), self.picture(f"{seed}.png"))
        self.index()
        names, vectors = self.vectors()
        result = self.groups("--by", "cluster", "--clusters", "7")
        labels = numpy.empty(60, int)
        for number, group in enumerate(self.members(result.rows)):
            labels[[names.index(name) for name in group]] = number
        inertia = sum(((vectors[labels == c] - vectors[labels == c].mean(axis=0))**2).sum() for c in range(7))
        # On so few pictures without families, local optima of three starts lie some percent apart.
        self.assertLessEqual(inertia, 1.03 * KMeans(7, n_init=3, random_state=0).fit(vectors).inertia_)
        self.assertGreater(silhouette_score(vectors, labels), 0)

    def test_clusters_of_imported_vectors(self):
        # Lengths count in a Euclidean space, directions alone by cosine; a vector of zeros has no direction.
        table = numpy.array([[1, 0], [1.1, 0.1], [0, 0], [10, 0], [10.1, 0.2], [0, 10.5]], numpy.float32)
        for i in range(6):
            pictures.save(pictures.picture(i), self.picture(f"{i}.png"))
        self.index()
        numpy.save(self.path("own.npy"), table)
        with open(self.path("own.csv"), "w") as file:
            file.write("path\n" + "".join(self.picture(f"{i}.png") + "\n" for i in range(6)))
        self.kalon("vectors", "import", self.path("own.npy"), "--ids", self.path("own.csv"), "--metric", "euclidean")
        own = ["--model", "own", "--by", "cluster", "--clusters", "3"]
        result = self.kalon("groups", "--json", *own)
        self.assertEqual(sorted(map(sorted, self.members(result.rows))), [["0.png", "1.png", "2.png"], ["3.png", "4.png"], ["5.png"]])
        self.assertEqual(result.rows[0]["min_similarity"], 0)  # the zeros and any other
        self.assertEqual(result.summary["model"], "own")
        result = self.kalon("groups", "--json", "--model", "own", "--level", "0.9")
        self.assertEqual(list(map(sorted, self.members(result.rows))), [["0.png", "1.png", "3.png", "4.png"]])
        self.assertEqual((result.summary["alone"], result.summary["without_vector"]), (1, 1))

    # ---- bursts

    def shot(self, name, seed, taken, subseconds=None, model="One", blur=0, size=(240, 160), shift=0):
        picture = pictures.picture(seed, size)
        if shift:
            picture = Image.fromarray(numpy.roll(numpy.asarray(picture), shift, axis=1))
        if blur:
            picture = picture.filter(ImageFilter.GaussianBlur(blur))
        exif = pictures.exif(make="Maker", model=model, taken=taken, subseconds=subseconds) if taken else b""
        return pictures.save(picture, self.picture(name), exif=exif, quality=95)

    def bursts(self, *arguments, **options):
        return self.groups("--by", "burst", *arguments, **options)

    def test_bursts(self):
        # Out of order by name; two cameras at once; a second burst; a lone shot; one without a time.
        self.shot("x9.jpg", 1, "2024:05:17 10:00:00", "250")
        self.shot("x10.jpg", 1, "2024:05:17 10:00:00", "900", blur=1.5)
        self.shot("x1.jpg", 1, "2024:05:17 10:00:02", "100", blur=3)
        self.shot("y1.jpg", 1, "2024:05:17 10:00:00", "500", model="Two", shift=1)
        self.shot("y2.jpg", 1, "2024:05:17 10:00:01", "500", model="Two", blur=1, shift=1)
        self.shot("z1.jpg", 1, "2024:05:17 10:00:10", blur=2)
        self.shot("z2.jpg", 1, "2024:05:17 10:00:12", shift=2)
        self.shot("lone.jpg", 1, "2024:05:18 10:00:00", shift=3)
        self.shot("timeless.jpg", 1, None, shift=4)
        self.index()
        result = self.bursts()
        rows = result.rows
        self.assertEqual(self.members(rows), [["x9.jpg", "x10.jpg", "x1.jpg"], ["y1.jpg", "y2.jpg"], ["z1.jpg", "z2.jpg"]])
        self.assertEqual([os.path.basename(row["best_path"]) for row in rows], ["x9.jpg", "y1.jpg", "z2.jpg"])
        self.assertEqual([row["best_by"] for row in rows], ["sharpness"] * 3)
        self.assertEqual([row["start"] for row in rows], [f"2024-05-17T10:00:{s}Z" for s in
                                                          ("00.250000", "00.500000", "10.000000")])
        self.assertEqual([row["seconds"] for row in rows], [1.85, 1, 2])
        summary = result.summary
        self.assertEqual((summary["groups"], summary["grouped"], summary["alone"], summary["without_time"]), (3, 7, 1, 1))

        split = self.members(self.bursts("--gap", "1").rows)
        self.assertEqual(split, [["x9.jpg", "x10.jpg"], ["y1.jpg", "y2.jpg"]])
        self.assertEqual(self.members(self.bursts("--gap", "0.649").rows), [])
        self.assertEqual(self.members(self.bursts("--gap", "0.65").rows), [["x9.jpg", "x10.jpg"]])
        self.assertEqual(self.members(self.bursts("--max-length", "1").rows), [["x9.jpg", "x10.jpg"], ["y1.jpg", "y2.jpg"]])
        self.assertEqual(self.bursts("--gap", "60", "--min-size", "3").summary["groups"], 1)
        self.assertIn("sharpest: x9.jpg", self.kalon("groups", "--by", "burst", *MODEL).text)

    def test_bursts_end_where_the_scene_changes(self):
        for i, seed in enumerate([1, 1, 2, 1, 2, 2]):
            self.shot(f"{i}.jpg", seed, f"2024:05:17 10:00:0{i}", shift=i)
        self.index()
        # The third shot is of another scene, and the fourth goes on with the first.
        self.assertEqual(self.members(self.bursts("--gap", "2").rows),
                         [["0.jpg", "1.jpg", "3.jpg"], ["2.jpg", "4.jpg", "5.jpg"]])
        self.assertEqual(self.members(self.bursts("--level", "0").rows), [[f"{i}.jpg" for i in range(6)]])

    def test_the_best_of_a_burst_is_no_preview(self):
        self.shot("full.jpg", 1, "2024:05:17 10:00:00", size=(480, 320), blur=2)
        self.shot("preview.jpg", 1, "2024:05:17 10:00:00", size=(240, 160))
        self.index()
        row, = self.bursts("--level", "0.5").rows
        self.assertEqual(os.path.basename(row["best_path"]), "full.jpg")
        sharpness = {name: file["sharpness"] for name, file in zip(self.names(row["files"]), row["files"])}
        self.assertGreater(sharpness["preview.jpg"], sharpness["full.jpg"])

    def test_no_capture_times_at_all(self):
        for i in range(4):
            path = self.shot(f"{i}.jpg", 1, None, shift=i)
            os.utime(path, (1700000000 + (i if i < 3 else 60),) * 2)
        self.index()
        failed = self.bursts(code=FAILED)
        self.assertIn("capture time", failed.error_text)
        self.assertIn("--use-mtime", failed.error_text)
        self.assertEqual(self.members(self.bursts("--use-mtime").rows), [["0.jpg", "1.jpg", "2.jpg"]])

    # ---- folders and columns

    def test_samples_in_folders(self):
        self.make_families(3, 5)
        before = {name: os.stat(self.picture(name)).st_ino for name in os.listdir(self.pictures)}
        target = self.path("out")
        result = self.groups("--by", "cluster", "--clusters", "3", "--to", target, "--samples", "2")
        self.assertEqual(sorted(os.listdir(target)),
                         [MARKER, SHEET] + [f"group-00{g}_2-of-5" for g in (1, 2, 3)])
        for row in result.rows:
            folder = f"group-00{row['group']}_2-of-5"
            names = [os.path.basename(file["path"]) for file in row["files"]]
            # The two nearest the middle, which is where the files begin.
            self.assertEqual(sorted(os.listdir(os.path.join(target, folder))), [f"1_{names[0]}", f"2_{names[1]}"])
            self.assertEqual([file.get("name") for file in row["files"]],
                             [f"{folder}/1_{names[0]}", f"{folder}/2_{names[1]}", None, None, None])
            self.assertEqual(os.stat(os.path.join(target, row["files"][1]["name"])).st_ino, before[names[1]])
        summary = result.summary
        self.assertEqual((summary["placed"], summary["failed"]), (6, 0))
        with Image.open(path_from_uri(summary["sheet"])) as sheet:
            sheet.load()
            self.assertGreater(sheet.width, 300)
        # Results are no pictures of their own.
        self.assertEqual(self.index(self.top)["embedded"], 0)
        self.assertIn("files removed", self.kalon("undo").text)
        self.assertFalse(os.path.exists(target))
        self.assertEqual({name: os.stat(self.picture(name)).st_ino for name in os.listdir(self.pictures)}, before)

    def test_all_members_as_copies_without_a_sheet(self):
        self.make_families(2, 3)
        target = self.path("out")
        self.groups("--by", "cluster", "--clusters", "2", "--to", target, "--link", "copy", "--no-sheet")
        self.assertEqual(sorted(os.listdir(target)), [MARKER, "group-001_3", "group-002_3"])
        for folder in ("group-001_3", "group-002_3"):
            for name in os.listdir(os.path.join(target, folder)):
                with open(os.path.join(target, folder, name), "rb") as copy, \
                        open(self.picture(name.split("_", 1)[1]), "rb") as original:
                    self.assertEqual(copy.read(), original.read())
                    self.assertNotEqual(os.fstat(copy.fileno()).st_ino, os.fstat(original.fileno()).st_ino)
        # What became someone's own stays.
        mine = os.path.join(target, "group-001_3", "mine.txt")
        pictures.write(mine, b"mine")
        self.kalon("undo", code=None)
        self.assertTrue(os.path.exists(mine))
        self.assertFalse(os.path.exists(os.path.join(target, "group-002_3")))

    def test_spread_samples_differ_most(self):
        self.make_families(2, 6)
        names, vectors = self.vectors()
        rows = self.groups("--by", "cluster", "--clusters", "1", "--samples", "2", "--pick", "spread", "--to",
                           self.path("out")).rows
        chosen = [names.index(os.path.basename(file["path"])) for file in rows[0]["files"] if "name" in file]
        first = names.index(os.path.basename(rows[0]["medoid_path"]))
        self.assertIn(first, chosen)
        other, = set(chosen) - {first}
        self.assertEqual(other, int((vectors @ vectors[first]).argmin()))

    def test_bursts_in_folders_carry_their_time(self):
        self.shot("a.jpg", 1, "2024:05:17 10:00:00", "500", blur=2)
        self.shot("b.jpg", 1, "2024:05:17 10:00:01", "500")
        self.shot("c.jpg", 1, "2024:05:17 10:00:02", "500", blur=1)
        self.index()
        self.bursts("--to", self.path("all"))
        self.assertEqual(sorted(os.listdir(self.path("all", "group-001_2024-05-17T10-00-00_3"))),
                         ["1_a.jpg", "2_b.jpg", "3_c.jpg"])
        self.bursts("--to", self.path("best"), "--samples", "1")
        self.assertEqual(os.listdir(self.path("best", "group-001_2024-05-17T10-00-00_1-of-3")), ["1_b.jpg"])

    def test_nothing_to_place(self):
        pictures.save(pictures.picture(1), self.picture("a.png"))
        self.index()
        text = self.kalon("groups", *MODEL, "--to", self.path("out")).text
        self.assertIn("No folder was made", text)
        self.assertFalse(os.path.exists(self.path("out")))

    def test_an_occupied_folder_is_refused(self):
        self.make_families(2, 2)
        pictures.write(self.path("out", "mine.txt"), b"mine")
        self.assertIn("not empty", self.groups("--to", self.path("out"), code=USAGE).error_text)
        self.assertEqual(os.listdir(self.path("out")), ["mine.txt"])

    def test_a_column_of_group_numbers(self):
        self.make_families(3, 4)
        result = self.groups("--by", "cluster", "--clusters", "3", "--as", "family")
        self.assertEqual((result.summary["column"], result.summary["stored"]), ("family", 12))
        for row in result.rows:
            listed = self.names(self.list("--where", f"family = {row['group']}"))
            self.assertEqual(sorted(listed), sorted(self.members([row])[0]))
        # Again: the numbers of before are gone, also of pictures that have none now.
        level = ["--level", "0.5", "--where", "name ~ '1_*'"]
        self.assertEqual(self.groups(*level, "--as", "family").summary["stored"], 4)
        self.assertEqual(len(self.list("--where", "family is known")), 4)
        for name in ("width", "a b", "and"):
            self.assertIn(name, self.groups("--as", name, code=USAGE).error_text)
        # What files say of themselves would be hidden.
        for name in ("rating", "Camera", "label"):
            self.assertIn("files have a column of this name of their own", self.groups("--as", name, code=USAGE).error_text)

    def test_a_column_of_others_is_not_written_over(self):
        self.make_families(2, 2)
        pictures.write(self.path("scores.csv"), b"path,taste\n" + os.fsencode(self.picture("0_0.png")) + b",5\n")
        self.kalon("scores", "import", self.path("scores.csv"), "--score-column", "taste")
        self.assertIn("taste", self.groups("--as", "taste", code=USAGE).error_text)
        self.assertEqual(self.names(self.list("--where", "taste = 5")), ["0_0.png"])

    # ---- what cannot be done

    def test_too_many_clusters(self):
        self.make_families(2, 2)
        failed = self.groups("--by", "cluster", "--clusters", "5", code=USAGE)
        self.assertIn("5 clusters of 4", failed.error_text)
        for wrong in (["--clusters", "0"], ["--clusters", "-1"], ["--clusters", "x"], ["--size", "0"]):
            self.groups("--by", "cluster", *wrong, code=USAGE)

    def test_options_that_do_not_go_together(self):
        for wrong in (["--gap", "2"], ["--clusters", "3"], ["--by", "burst", "--seed", "1"], ["--by", "cluster", "--level", ".5"],
                      ["--by", "cluster", "--clusters", "2", "--size", "2"], ["--by", "cluster", "--min-size", "3"],
                      ["--by", "cluster", "--algorithm", "density", "--clusters", "3"], ["--samples", "3"],
                      ["--to", "x", "--pick", "spread"], ["--level", "1.5"], ["--level", "nan"], ["--by", "colour"],
                      ["--by", "burst", "--gap", "-1"], ["--min-size", "1"], ["--no-sheet"]):
            error = self.groups(*wrong, code=USAGE).error_text
            self.assertIn("kalon groups --help", error)

    def test_nothing_there(self):
        self.groups(code=FAILED)  # no library
        self.make_families(1, 2)
        self.assertIn("no picture", self.groups("--where", "width > 9999", code=FAILED).error_text)
        self.assertIn("nonsense", self.kalon("groups", "--model", "nonsense", code=FAILED).error_text)
