"""Duplicates as a user meets them: found, explained, and known when they arrive."""
import json
import os
import shutil

import numpy
import scipy.fft
from PIL import Image, ImageEnhance, ImageOps

import pictures
from duplicate_case import MODEL, SIZE, DuplicateCase
from world import DONE, FAILED, SOME_FAILED, USAGE, path_from_uri, path_of


def perceptual_hash(image, side, grey):
    """The definition, by Pillow and SciPy."""
    values = numpy.asarray(image.convert("L").convert("F").resize((grey, grey), Image.LANCZOS), dtype=float)
    kept = scipy.fft.dctn(values)[:side, :side].ravel()
    return kept > numpy.median(kept)


def with_comment(jpeg, text):
    """The same picture with other metadata: a COM segment."""
    return jpeg[:2] + b"\xff\xfe" + (len(text) + 2).to_bytes(2, "big") + text + jpeg[2:]


class Finding(DuplicateCase):
    def test_every_relation(self):
        originals = {}
        for i in range(8):
            image = originals[i] = pictures.picture(i, SIZE)
            self.save(image, f"{i}/original.jpg", quality=95)
        whole = open(os.path.join(self.pictures, "0/original.jpg"), "rb").read()
        self.put("0/copy.jpg", whole)
        self.put("0/comment.jpg", with_comment(whole, b"hello"))
        self.save(originals[1].resize((240, 160), Image.LANCZOS), "1/half.jpg", quality=90)
        self.save(originals[2], "2/worse.jpg", quality=60)
        self.save(ImageOps.mirror(originals[3]), "3/mirrored.jpg", quality=95)
        self.save(originals[4], "4/lossless.png")
        self.save(ImageEnhance.Brightness(originals[5]).enhance(1.1), "5/brighter.jpg", quality=95)
        for i, name in enumerate(["0/copy.jpg", "0/comment.jpg"]):
            self.age(os.path.join(self.pictures, name), i)
        for i in range(8):
            self.age(os.path.join(self.pictures, f"{i}/original.jpg"), -100)
        self.take_in()
        rows, summary = self.duplicates("--level", ".9")
        kept = {path_from_uri(row["keep"])[len(self.pictures) + 1:].decode(): row for row in rows}
        self.assertEqual(sorted(kept), ["0/original.jpg", "1/original.jpg", "2/original.jpg", "3/original.jpg",
                                        "4/lossless.png", "5/original.jpg"])
        self.assertEqual(self.groups("--level", ".9")["0/original.jpg"],
                         {"0/comment.jpg": "same_payload", "0/copy.jpg": "same_bytes"})
        self.assertEqual({name: row["reason"] for name, row in kept.items()},
                         {"0/original.jpg": "older", "1/original.jpg": "480x320 against 240x160",
                          "2/original.jpg": "less compressed", "3/original.jpg": "older", "4/lossless.png": "PNG against JPEG", "5/original.jpg": "older"})
        other = {name: [file for file in row["files"] if not file["keep"]][0] for name, row in kept.items()}
        self.assertTrue(other["3/original.jpg"]["mirrored"])
        self.assertFalse(other["1/original.jpg"]["mirrored"])
        for name in list(kept)[1:]:
            self.assertGreaterEqual(kept[name]["similarity"], 0.9)
            self.assertEqual(kept[name]["similarity"], other[name]["similarity"])  # of two, one pair
        self.assertEqual((summary["groups"], summary["files"], summary["redundant"], summary["missing"]), (6, 13, 7, 0))
        self.assertEqual(summary["bytes"], sum(file["size"] for row in rows for file in row["files"] if not file["keep"]))
        self.assertEqual((summary["model"], summary["level"], summary["hash"], summary["distance"]),
                         ("descriptor", 0.9, 24, 63))
        # Narrower relations, and part of the library.
        self.assertEqual(self.groups("--relation", "same_bytes"), {"0/original.jpg": {"0/copy.jpg": "same_bytes"}})
        self.assertEqual(set(self.groups("--relation", "same_payload")["0/original.jpg"]), {"0/copy.jpg", "0/comment.jpg"})
        self.assertEqual(list(self.groups(os.path.join(self.pictures, "4"), "--level", ".9")), ["4/lossless.png"])
        self.assertEqual(self.groups("--where", 'name = "original.jpg"'), {})

    def test_mirrored(self):
        for i in range(6):
            image = pictures.picture(i, SIZE)
            self.age(self.save(image, f"{i}.png"), 0)
            self.age(self.save(ImageOps.mirror(image), f"{i}m.png"), 1)
        self.save(pictures.picture(7, SIZE), "alone.png")
        self.take_in()
        expected = {f"{i}.png": {f"{i}m.png": "similar"} for i in range(6)}
        rows, _ = self.duplicates("--level", ".9999")
        self.assertEqual(self.groups("--level", ".9999"), expected)
        judged = [file for row in rows for file in row["files"] if not file["keep"]]
        self.assertTrue(all(file["mirrored"] for file in judged))
        # As they are, they look less alike; the group's figure says so.
        mirrored = [file["mirrored_similarity"] for file in judged if "mirrored_similarity" in file]
        self.assertTrue(mirrored)
        self.assertGreaterEqual(min(mirrored), 0.9999)
        self.assertLess(min(row["similarity"] for row in rows), 0.9999)
        self.assertIn("1.0000, mirrored", self.kalon("duplicates", *MODEL, "--level", ".9999").text)
        self.assertEqual(self.groups("--level", ".9", "--no-mirrored"), {})
        # Either of a pair can be mirrored. Of other pictures that took the place of both nothing is known.
        kept = next(row["keep_path"] for row in rows if "mirrored_similarity" in row["files"][1])
        self.save(pictures.picture(20, SIZE), os.path.basename(kept))
        self.assertEqual(self.groups("--level", ".9999"), expected)
        self.save(pictures.picture(21, SIZE), os.path.basename(kept).replace(".png", "m.png"))
        left = dict(expected)
        del left[os.path.basename(kept)]
        self.assertEqual(self.groups("--level", ".9999"), left)

    def test_figures_agree_with_other_programs(self):
        # Vectors by NumPy, hashes by Pillow and SciPy; PNG, so that all decode the same pixels.
        for i in range(4):
            image = pictures.picture(i, SIZE)
            self.save(image, f"{i}a.png")
            self.save(image.crop((9, 6, 471, 314)).resize(SIZE, Image.LANCZOS), f"{i}b.png")
            self.save(ImageOps.mirror(image), f"{i}c.png")
        self.take_in()
        self.kalon("export", "vectors", *MODEL, "--to", self.path("v.npy"))
        vectors = numpy.load(self.path("v.npy")).astype(float)
        with open(self.path("v.jsonl")) as lines:
            row_of = {json.loads(line)["id"]: i for i, line in enumerate(lines)}
        for side, grey in ((8, 32), (16, 64), (24, 96)):
            rows, _ = self.duplicates("--hash", str(side), "--distance", str(side * side), "--level", "0.5")
            self.assertTrue(rows)
            for row in rows:
                images, ids = [], []
                for file in sorted(row["files"], key=lambda file: not file["keep"]):
                    images.append(Image.open(path_of(file)))
                    ids.append(row_of[file["id"]])
                    hashes = [[perceptual_hash(image, side, grey) for image in (one, ImageOps.mirror(one))]
                              for one in (images[0], images[-1])]
                    plain = (hashes[0][0] != hashes[1][0]).sum()
                    mirrored = min((hashes[0][1] != hashes[1][0]).sum(), (hashes[0][0] != hashes[1][1]).sum())
                    cosine = vectors[ids[-1]] @ vectors[ids[0]] / numpy.linalg.norm(vectors[ids[-1]]) / numpy.linalg.norm(
                        vectors[ids[0]])
                    if not file["keep"]:
                        # A bit whose coefficient lies at the median may fall either way: few do.
                        self.assertAlmostEqual(file["distance"], min(plain, mirrored), delta=2 + side * side // 100)
                        self.assertAlmostEqual(file["similarity"], cosine, delta=2e-6)
                        if abs(int(plain) - int(mirrored)) > side * side // 10:
                            self.assertEqual(file["mirrored"], bool(mirrored < plain))
                among = vectors[ids] / numpy.linalg.norm(vectors[ids], axis=1, keepdims=True)
                self.assertAlmostEqual(row["similarity"], (among @ among.T).min(), delta=2e-6)

    def test_copies_of_the_same_bytes_though_the_best_has_other_metadata(self):
        data = pictures.jpeg_bytes(pictures.picture(1, SIZE))
        self.age(self.put("a.jpg", with_comment(data, b"first")), 0)
        self.age(self.put("b.jpg", data), 1)
        self.age(self.put("c.jpg", data), 2)
        self.take_in()
        self.assertEqual(self.groups("--relation", "same_bytes"), {"b.jpg": {"c.jpg": "same_bytes"}})
        self.assertEqual(self.groups(), {"a.jpg": {"b.jpg": "same_payload", "c.jpg": "same_payload"}})

    def test_what_is_kept(self):
        image = pictures.picture(1, SIZE)
        self.age(self.save(image, "new/a.jpg", quality=95), 50)
        self.age(self.save(image, "old/b.jpg", quality=94), 0)
        self.age(self.save(image.resize((240, 160), Image.LANCZOS), "old/c.png"), 20)
        self.take_in()
        kept = lambda *more: list(self.groups("--level", ".9", *more))
        self.assertEqual(kept(), ["old/b.jpg"])
        self.assertEqual(kept("--keep", "newest"), ["new/a.jpg"])
        self.assertEqual(kept("--keep", "format"), ["old/c.png"])
        self.assertEqual(kept("--keep-in", os.path.join(self.pictures, "new")), ["new/a.jpg"])
        # No prefix of a name, and no folder that is not there.
        self.assertEqual(kept("--keep-in", self.folder("pictures", "ol")), ["old/b.jpg"])
        missing = self.kalon("duplicates", "--keep-in", self.path("nowhere"), code=FAILED)
        self.assertIn("is not there", missing.error_text)
        self.assertEqual(kept("--keep", "format", "--keep-in", os.path.join(self.pictures, "old")), ["old/c.png"])

    def test_raw_and_jpeg_are_one(self):
        shot = pictures.picture(1, SIZE)
        jpeg, raw = pictures.jpeg_bytes(shot), pictures.fake_raw(shot)
        for folder in ("a", "b"):
            self.put(f"{folder}/DSC1.JPG", jpeg)
            self.put(f"{folder}/DSC1.CR2", raw)
        self.put("c/DSC1.JPG", jpeg)
        self.put("d/DSC1.CR2", raw)
        larger = self.save(shot.resize((960, 640), Image.LANCZOS), "e/large.png")
        self.take_in()
        # Alone with each other they are no duplicates.
        self.assertEqual(self.groups(os.path.join(self.pictures, "a")), {})
        copies = {"b/DSC1.CR2", "b/DSC1.JPG", "c/DSC1.JPG", "d/DSC1.CR2"}
        found = self.groups("--relation", "same_bytes")
        self.assertEqual(found, {"a/DSC1.JPG": dict.fromkeys(copies, "same_bytes")})
        # What has a RAW is never given up for what has none, however many pixels it has.
        rows, _ = self.duplicates("--level", ".9", "--action", "trash", "--relation", "similar")
        self.assert_fates(rows, left=6)
        self.assertTrue(all("RAW" in row["message"] for row in rows))
        os.remove(larger)
        self.take_in()
        # A RAW without its JPEG among the chosen ones would tear the shot.
        rows, _ = self.duplicates("--where", "extension = jpg", "--action", "trash")
        self.assertEqual({os.path.relpath(row["path"], self.pictures): row["fate"] for row in rows},
                         {"b/DSC1.JPG": "left", "c/DSC1.JPG": "done"})
        self.kalon("undo")
        before = self.tree()
        rows, _ = self.duplicates("--action", "trash")
        self.assert_fates(rows, done=4)
        self.assertEqual(set(self.tree()), {b"a", b"b", b"c", b"d", b"e", b"a/DSC1.JPG", b"a/DSC1.CR2"})
        self.kalon("undo")
        self.assert_tree(before)

    def test_told_apart(self):
        for i in range(3):
            self.save(pictures.family_member(1, i, SIZE), f"{i}.png")
        self.take_in()
        loosely = ("--hash", "16", "--level", ".8")
        paths = [os.path.join(self.pictures, f"{i}.png") for i in range(3)]
        everything = self.groups(*loosely)
        self.assertEqual([len(others) for others in everything.values()], [2])
        told = self.kalon("duplicates", "--not", paths[0], paths[2]).text
        self.assertIn("2 pictures", told)
        for kept, others in self.groups(*loosely).items():
            self.assertFalse({"0.png", "2.png"} <= {kept, *others})
        self.kalon("duplicates", "--not", *paths)
        self.assertEqual(self.groups(*loosely), {})
        self.assertEqual(self.kalon("undo", "--json").summary["undone"], "not_duplicates")
        self.kalon("undo")
        self.assertEqual(self.groups(*loosely), everything)
        shutil.copy(paths[0], os.path.join(self.pictures, "copy.png"))
        self.take_in()
        same = self.kalon("duplicates", "--not", paths[0], os.path.join(self.pictures, "copy.png"), code=USAGE)
        self.assertIn("one picture", same.error_text)
        self.kalon("duplicates", "--not", paths[0], os.path.join(self.pictures, "none.png"), code=FAILED)
        folder = self.kalon("duplicates", "--not", paths[0], self.pictures, code=FAILED)
        self.assertIn("is a folder", folder.error_text)

    def test_blank_pictures_are_not_one_mass(self):
        colours = [(250, 250, 250), (10, 10, 10), (200, 30, 30), (30, 180, 40), (40, 60, 220), (240, 220, 30)]
        for i, colour in enumerate(colours):
            self.save(Image.new("RGB", SIZE, colour), f"{i}.png")
        self.take_in()
        self.assertEqual(self.groups(), {})

    def test_excluded_and_vanished_files_play_no_part(self):
        data = pictures.jpeg_bytes(pictures.picture(1, SIZE))
        for name in ("a.jpg", "b.jpg", "c.jpg"):
            self.put(name, data)
        self.take_in()
        os.remove(os.path.join(self.pictures, "a.jpg"))  # and the library does not know yet
        self.assertEqual(list(self.groups()), ["b.jpg"])
        self.kalon("exclude", os.path.join(self.pictures, "b.jpg"))
        self.assertEqual(self.groups(), {})

    def test_without_vectors_the_rest_is_found(self):
        data = pictures.jpeg_bytes(pictures.picture(1, SIZE))
        self.put("a.jpg", data)
        self.take_in()
        self.put("b.jpg", data)
        self.save(pictures.picture(2, SIZE), "c.jpg")
        self.index(self.pictures, *MODEL, "--crop", "pad")
        rows, summary = self.duplicates()
        self.assertEqual((len(rows), summary["missing"]), (1, 1))
        self.assertIn("1 picture has no vector", self.kalon("duplicates", *MODEL).text)

    def test_wrong_words(self):
        self.save(pictures.picture(1), "a.jpg")
        self.take_in()
        a = os.path.join(self.pictures, "a.jpg")
        for words in (["--level", "1.5"], ["--level", "nan"], ["--level", "-1"], ["--hash", "12"], ["--distance", "x"],
                      ["--action", "delete"], ["--to", ""], ["--action", "trash", "--to", "x"], ["--action", "folder"],
                      ["--not", a], ["--not", a, a, "--level", ".9"], ["--relation", "same"], ["--keep", "best"]):
            self.kalon("duplicates", *words, code=USAGE)
        for words in (["--action", "link", "--relation", "similar"], ["--hash", "8", "--distance", "65"],
                      ["--to", self.pictures], ["--where", "("]):
            self.kalon("duplicates", *words, code=USAGE)
        self.kalon("duplicates", "--model", "none", code=FAILED)
        self.assertIn("No duplicates", self.kalon("duplicates", *MODEL).text)


class Import(DuplicateCase):
    def skip(self, *paths):
        return self.kalon("index", "--json", "--skip-duplicates", *MODEL, *(paths or [self.pictures]))

    def test_new_pictures_that_are_known(self):
        first = pictures.picture(1, SIZE)
        self.save(first, "old/a.jpg", quality=95)
        self.save(pictures.picture(2, SIZE), "old/b.jpg", quality=95)
        self.save(pictures.picture(1, SIZE).resize((470, 310), Image.LANCZOS), "old/a2.jpg")  # known both, both stay
        self.take_in()
        data = open(os.path.join(self.pictures, "old/b.jpg"), "rb").read()
        self.put("new/b.jpg", data)
        self.put("new/b2.jpg", with_comment(data, b"other"))
        self.save(first.resize((960, 640), Image.LANCZOS), "new/large.png")
        self.save(first.resize((400, 267), Image.LANCZOS), "new/small.png")
        self.save(pictures.picture(3, SIZE), "new/c.png")
        self.save(pictures.picture(3, SIZE), "new/c2.bmp")
        self.save(pictures.picture(4, SIZE), "new/d.png")
        result = self.skip()
        rows = {os.path.relpath(row["path"], self.pictures): row for row in result.objects[:-1]
                if row.get("fate") == "duplicate"}
        name = lambda row: os.path.relpath(row["duplicate_of_path"], self.pictures)
        self.assertEqual({key: (name(row), row["relation"]) for key, row in rows.items()},
                         {"new/b.jpg": ("old/b.jpg", "same_bytes"), "new/b2.jpg": ("old/b.jpg", "same_payload"),
                          "new/large.png": ("old/a.jpg", "similar"), "new/small.png": ("old/a.jpg", "similar"),
                          "new/c2.bmp": ("new/c.png", "similar")})
        self.assertEqual(result.summary["duplicates"], 5)
        # A small picture that came first does not cost the large one.
        self.assertEqual([key for key, row in rows.items() if row["larger"]], ["new/large.png"])
        excluded = {os.path.relpath(row["path"], self.pictures) for row in self.list() if row.get("excluded")}
        self.assertEqual(excluded, {"new/small.png", "new/c2.bmp"})
        reason = self.kalon("info", "--json", os.path.join(self.pictures, "new/small.png")).rows[0]["excluded_reason"]
        self.assertEqual(reason, "duplicate of " + os.path.join(self.pictures, "old/a.jpg"))
        # Once more is nothing, also without the option; and it can be taken back.
        self.assertEqual(self.skip().summary["duplicates"], 0)
        self.kalon("undo")
        self.assertFalse(any(row.get("excluded") for row in self.list()))
        self.assertNotIn("duplicates", self.take_in())

    def test_moves_and_edits_are_no_duplicates(self):
        self.save(pictures.picture(1, SIZE), "a.jpg", quality=95)
        self.save(pictures.picture(1, SIZE), "b.png")
        self.take_in()
        os.makedirs(os.path.join(self.pictures, "below"))
        os.rename(os.path.join(self.pictures, "a.jpg"), os.path.join(self.pictures, "below/a.jpg"))
        self.assertEqual(self.skip().summary["duplicates"], 0)
        self.save(pictures.picture(1, SIZE), "below/a.jpg", quality=80)  # edited in its place
        self.assertEqual(self.skip().summary["duplicates"], 0)

    def test_into_an_empty_library(self):
        self.save(pictures.picture(1, SIZE), "a.jpg", quality=95)
        self.save(pictures.picture(1, SIZE), "b.jpg", quality=90)
        self.put("nothing.txt", b"")
        result = self.skip()
        self.assertEqual(result.summary["duplicates"], 1)
        self.assertEqual([row["path"] for row in self.list() if row.get("excluded")], [os.path.join(self.pictures, "b.jpg")])
        self.assertEqual(self.skip(self.folder("empty")).summary["duplicates"], 0)

    def test_text_for_people(self):
        self.save(pictures.picture(1, SIZE), "a.jpg", quality=95)
        self.save(pictures.picture(1, SIZE), "b.jpg", quality=90)
        text = self.kalon("index", "--skip-duplicates", *MODEL, self.pictures).text
        self.assertIn("duplicate: " + os.path.join(self.pictures, "b.jpg"), text)
        self.assertIn("1 new file is a duplicate", text)
