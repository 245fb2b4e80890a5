"""The second run and all later ones: only what is new or changed is looked at, and nothing is forgotten."""
import os
import shutil
import subprocess

import numpy

import pictures
from world import FAILED, SOME_FAILED, Case, path_of


class Rerun(Case):
    def setUp(self):
        super().setUp()
        for seed in range(8):
            pictures.save(pictures.picture(seed), self.picture(f"{'a' if seed < 4 else 'b'}/{seed}.jpg"), quality=90)
        first = self.index()
        self.assertEqual((first["embedded"], first["unchanged"]), (8, 0))
        self.before = self.list()

    def picture(self, name):
        return os.path.join(self.pictures, name)

    def counts(self, *arguments, code=0):
        summary = self.index(*arguments, code=code)
        return {key: summary[key] for key in ("embedded", "reused", "unchanged", "failed", "vanished")}

    def expect(self, embedded=0, reused=0, unchanged=0, failed=0, vanished=0):
        return dict(embedded=embedded, reused=reused, unchanged=unchanged, failed=failed, vanished=vanished)

    def vectors(self, name="v"):
        self.kalon("export", "vectors", "--overwrite", "--to", self.path(name + ".npy"))
        return numpy.load(self.path(name + ".npy"))

    def test_nothing_new(self):
        result = self.kalon("index", "--json", self.pictures)
        self.assertEqual(result.rows, [])
        self.assertEqual({key: result.summary[key] for key in self.expect()}, self.expect(unchanged=8))
        self.assertEqual(self.list(), self.before)
        self.assertIn("0 embedded, 8 unchanged", self.kalon("index", self.pictures).text)

    def test_new_files(self):
        pictures.save(pictures.picture(20), self.picture("c/new.png"))
        self.assertEqual(self.counts(), self.expect(embedded=1, unchanged=8))
        self.assertEqual([row for row in self.list() if row in self.before], self.before)

    def test_other_folders_are_left_alone(self):
        shutil.rmtree(self.picture("b"))
        self.assertEqual(self.counts(self.picture("a")), self.expect(unchanged=4))
        self.assertEqual(self.list(), self.before)

    def test_changed_file_is_embedded_again(self):
        old = self.row("a/2.jpg", self.before)
        vectors = self.vectors()
        pictures.save(pictures.picture(30, (120, 80)), self.picture("a/2.jpg"))
        result = self.kalon("index", "--json", self.pictures)
        self.assertEqual([(row["fate"], row["id"]) for row in result.rows], [("embedded", self.row("a/2.jpg")["id"])])
        new = self.row("a/2.jpg")
        self.assertNotEqual(new["id"], old["id"])
        self.assertEqual((new["width"], new["height"]), (120, 80))
        self.assertEqual([row for row in self.list() if row != new], [row for row in self.before if row != old])
        # That the one succeeds the other is an event of its own, and no decision that undo would take back.
        summary = self.kalon("doctor", "check", "--json").summary
        self.assertEqual((summary["events"], summary["faults"]), (1, 0))
        self.kalon("undo", code=FAILED)
        changed = numpy.linalg.norm(self.vectors() - vectors, axis=1)
        self.assertEqual([i for i in range(8) if changed[i] > 1e-3], [2])

    def test_touched_file_is_read_but_not_embedded(self):
        os.utime(self.picture("a/1.jpg"), (1_500_000_000, 1_500_000_000))
        self.assertEqual(self.counts(), self.expect(reused=1, unchanged=7))
        row = self.row("a/1.jpg")
        self.assertEqual(row["id"], self.row("a/1.jpg", self.before)["id"])
        self.assertTrue(row["mtime"].startswith("2017-07-14T02:40:00"), row["mtime"])
        self.assertEqual(self.kalon("doctor", "check", "--json").summary["events"], 0)

    def test_moved_file_is_not_embedded_again(self):
        os.makedirs(self.picture("c"))
        os.rename(self.picture("a/1.jpg"), self.picture("c/moved.jpg"))
        self.assertEqual(self.counts(), self.expect(reused=1, unchanged=7, vanished=1))
        self.assertEqual(self.row("c/moved.jpg")["id"], self.row("a/1.jpg", self.before)["id"])
        self.assertTrue(self.row("a/1.jpg")["vanished"])
        self.kalon("sort", "--by", "name", "--no-sheet", "--to", self.path("out"))
        self.assertIn("8_moved.jpg", os.listdir(self.path("out")))
        self.assertEqual(len(os.listdir(self.path("out"))), 9)  # and the marker

    def test_copied_file_is_not_embedded_again(self):
        shutil.copy(self.picture("a/1.jpg"), self.picture("b/copy.jpg"))
        self.assertEqual(self.counts(), self.expect(reused=1, unchanged=8))

    def test_vanished_files_are_marked_and_come_back(self):
        away = self.path("away")
        shutil.move(self.picture("b"), away)
        self.assertEqual(self.counts(), self.expect(unchanged=4, vanished=4))
        rows = self.list()
        self.assertEqual([row.get("vanished", False) for row in rows], [False] * 4 + [True] * 4)
        self.assertEqual([row["id"] for row in rows], [row["id"] for row in self.before])
        self.assertEqual(self.kalon("list", "--count", "--where", "vanished = true").text, "4\n")
        self.assertIn("(vanished)", self.kalon("list", self.picture("b")).text)
        self.assertEqual(self.vectors().shape[0], 4)
        self.assertEqual(len(self.kalon("similar", "--json", self.picture("a/0.jpg")).rows), 3)
        self.assertEqual(self.counts(), self.expect(unchanged=4))  # said once
        shutil.move(away, self.picture("b"))
        self.assertEqual(self.counts(), self.expect(unchanged=8))
        self.assertEqual(self.list(), self.before)
        self.assert_healthy()

    def test_vanished_file_comes_back_changed(self):
        os.unlink(self.picture("a/0.jpg"))
        self.index()
        pictures.save(pictures.picture(40), self.picture("a/0.jpg"))
        self.assertEqual(self.counts(), self.expect(embedded=1, unchanged=7))
        row = self.row("a/0.jpg")
        self.assertNotIn("vanished", row)
        self.assertNotEqual(row["id"], self.row("a/0.jpg", self.before)["id"])

    def test_vanished_root(self):
        os.rename(self.picture("b"), self.path("away"))
        gone = self.kalon("index", self.picture("b"), "--json").summary
        self.assertEqual((gone["found"], gone["vanished"]), (0, 4))
        self.assertTrue(all(row.get("vanished", False) == ("/b/" in row["path"]) for row in self.list()))
        os.rename(self.path("away"), self.picture("b"))
        self.index()
        self.assertEqual(self.list(), self.before)

    def test_moved_root(self):
        moved = self.path("aaa")
        os.rename(self.pictures, moved)
        summary = self.kalon("index", moved, "--json").summary
        self.assertEqual((summary["embedded"], summary["reused"], summary["vanished"]), (0, 8, 8))
        placed = self.kalon("sort", "--to", self.path("sorted"), "--json").summary
        self.assertEqual((placed["placed"], placed["failed"]), (placed["pictures"], 0))

    def test_unknown_root_is_one_failure(self):
        mixed = self.kalon("index", self.path("nowhere"), self.pictures, "--json", code=SOME_FAILED)
        self.assertEqual((mixed.summary["unchanged"], mixed.summary["failed"]), (8, 1))
        alone = self.kalon("index", self.path("nowhere"), code=FAILED)
        self.assertIn(self.path("nowhere"), alone.error_text)

    def test_failed_file_is_not_tried_again_until_it_changes(self):
        pictures.write(self.picture("broken.jpg"), b"\xff\xd8\xff" + bytes(100))
        self.assertEqual(self.counts(code=SOME_FAILED), self.expect(unchanged=8, failed=1))
        self.assertEqual(self.counts(code=SOME_FAILED), self.expect(unchanged=8, failed=1))
        self.assertEqual(self.counts("--retry-failed", self.pictures, code=SOME_FAILED), self.expect(unchanged=8, failed=1))
        pictures.save(pictures.picture(50), self.picture("broken.jpg"))
        self.assertEqual(self.counts(), self.expect(embedded=1, unchanged=8))
        self.assertEqual(self.row("broken.jpg")["status"], "ok")

    def test_another_crop_is_another_space(self):
        vectors = self.vectors()
        self.assertEqual(self.counts("--crop", "more_scan", self.pictures), self.expect(embedded=8))
        self.assertEqual(self.counts("--crop", "more_scan", self.pictures), self.expect(unchanged=8))
        self.assertEqual(self.counts(), self.expect(unchanged=8))
        self.assertTrue(numpy.array_equal(self.vectors(), vectors))
        self.kalon("export", "vectors", "--crop", "more_scan", "--to", self.path("more_scan.npy"))
        self.assertGreater(numpy.abs(numpy.load(self.path("more_scan.npy")) - vectors).max(), 1e-3)
        self.kalon("export", "vectors", "--crop", "pad", "--to", self.path("pad.npy"), code=FAILED)
        self.assertEqual(len(self.kalon("info", "--json", self.picture("a/0.jpg")).rows[0]["vectors"]), 2)


class Metadata(Case):
    def setUp(self):
        super().setUp()
        self.plain = pictures.jpeg_bytes(pictures.picture(1))
        self.file = pictures.write(os.path.join(self.pictures, "one.jpg"), self.plain)
        pictures.save(pictures.picture(2), os.path.join(self.pictures, "two.jpg"))

    def reindex(self):
        summary = self.index()
        return summary["embedded"], summary["reused"], summary["unchanged"]

    def exiftool(self, *changes):
        """Another program's way of writing metadata."""
        subprocess.run(["exiftool", "-q", "-overwrite_original", *changes, self.file], check=True)

    def attributes(self, name="one.jpg"):
        return self.row(name).get("attributes", {})

    def where(self, expression):
        return self.names(self.list("--where", expression))

    def test_written_metadata_keeps_the_id(self):
        self.assertEqual(self.reindex(), (2, 0, 0))
        before = self.row("one.jpg")
        pictures.write(self.file, pictures.with_xmp(self.plain, pictures.xmp(Rating=4, Label="Red")))
        self.assertEqual(self.reindex(), (0, 1, 1))
        after = self.row("one.jpg")
        self.assertEqual(after["id"], before["id"])
        self.assertNotEqual(after["size"], before["size"])
        self.assertEqual((self.attributes()["rating"], self.attributes()["label"]), ("4", "Red"))
        self.exiftool("-Make=Acme", "-Model=Box 1", "-DateTimeOriginal=2019:05:06 07:08:09", "-Comment=hello")
        self.assertEqual(self.reindex(), (0, 1, 1))
        self.assertEqual(self.row("one.jpg")["id"], before["id"])
        self.assertEqual(self.attributes()["camera"], "Acme Box 1")
        self.assertTrue(self.row("one.jpg")["capture_time"].startswith("2019-05-06T07:08:09"))
        self.assertEqual(self.kalon("doctor", "check", "--json").summary["events"], 0)

    def test_turning_keeps_the_id_but_changes_the_look(self):
        self.reindex()
        before = self.row("one.jpg")
        self.exiftool("-n", "-Orientation=6")
        self.assertEqual(self.reindex(), (1, 0, 1))
        after = self.row("one.jpg")
        self.assertEqual(after["id"], before["id"])
        self.assertEqual((after["width"], after["height"]), (before["height"], before["width"]))

    def test_sidecars_update_attributes_without_embedding(self):
        self.reindex()
        for name, rating in (("one.jpg.xmp", 5), ("one.jpg.xmp", 2)):
            pictures.write(os.path.join(self.pictures, name), pictures.xmp(Rating=rating) + b"\n" * rating)
            self.assertEqual(self.reindex(), (0, 1, 1))
            self.assertEqual(self.attributes()["rating"], str(rating))
        pictures.write(os.path.join(self.pictures, "two.xmp"), pictures.xmp(Rating=3, Label="Green"))
        self.assertEqual(self.reindex(), (0, 1, 1))
        self.assertEqual(self.attributes("two.jpg"), {"rating": "3", "label": "Green"})
        os.unlink(os.path.join(self.pictures, "one.jpg.xmp"))
        self.assertEqual(self.reindex(), (0, 1, 1))
        self.assertNotIn("rating", self.attributes())
        self.assertEqual(self.reindex(), (0, 0, 2))

    def test_captions_beside_pictures(self):
        pictures.write(os.path.join(self.pictures, "two.txt"), "a drawing of a κύκλος\n".encode())
        self.assertEqual(self.index()["unsupported"], 0)
        self.assertEqual(self.attributes("two.jpg"), {"caption": "a drawing of a κύκλος"})
        self.assertEqual(self.where('caption ~ "*ΚΎΚΛΟΣ*" or caption ~ "*κύκλος*"'), ["two.jpg"])

    def test_where_on_metadata(self):
        for seed, (rating, label, camera) in enumerate([(5, "Red", "One"), (4, "Blue", "Two"), (1, "Red", "Two")]):
            jpeg = pictures.jpeg_bytes(pictures.picture(10 + seed),
                                       exif=pictures.exif(make="Acme", model=f"Acme {camera}",
                                                          taken=f"202{seed}:01:02 03:04:05"))
            pictures.write(os.path.join(self.pictures, f"rated{seed}.jpg"),
                           pictures.with_xmp(jpeg, pictures.xmp(Rating=rating, Label=label)))
        self.reindex()
        for expression, wanted in {
                "rating >= 4": [0, 1],
                "rating < 5 and rating is known": [1, 2],
                "label = red": [0, 2],
                "label != red": [1],
                'camera = "Acme Two" and rating > 2': [1],
                'camera ~ "acme *"': [0, 1, 2],
                "capture_time >= 2021 and capture_time < 2022-06": [1, 2],
                "capture_time = 2020-01-02": [0],
                "not (rating >= 4) and camera is known": [2]}.items():
            self.assertEqual(self.where(expression), [f"rated{i}.jpg" for i in wanted], expression)
        self.assertEqual(self.where("rating is unknown"), ["one.jpg", "two.jpg"])
        rows = self.kalon("sort", "--json", "--dry-run", "--by", "date", "--where", "label = red", "--to", self.path("o")).rows
        self.assertEqual([os.path.basename(path_of(row)) for row in rows], [b"rated0.jpg", b"rated2.jpg"])
