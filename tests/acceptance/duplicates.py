"""Duplicates as a user meets them: found, explained, acted upon, and every action taken back."""
import json
import os
import random
import shutil
import signal
import stat
import subprocess
import time
import urllib.parse

import numpy
import scipy.fft
from PIL import Image, ImageEnhance, ImageOps

import pictures
from world import DONE, FAILED, SOME_FAILED, USAGE, Case, limit_file_size, path_from_uri, path_of

MODEL = ("--model", "descriptor")  # needs no weights, so that these tests mean the same everywhere
SIZE = (480, 320)
SHEET, MARKER = "contact-sheet.png", ".kalon-result"


def perceptual_hash(image, side, grey):
    """The definition, by Pillow and SciPy."""
    values = numpy.asarray(image.convert("L").convert("F").resize((grey, grey), Image.LANCZOS), dtype=float)
    kept = scipy.fft.dctn(values)[:side, :side].ravel()
    return kept > numpy.median(kept)


def with_comment(jpeg, text):
    """The same picture with other metadata: a COM segment."""
    return jpeg[:2] + b"\xff\xfe" + (len(text) + 2).to_bytes(2, "big") + text + jpeg[2:]


class DuplicateCase(Case):
    def put(self, name, data):
        return pictures.write(os.path.join(self.pictures, name), data)

    def save(self, image, name, **options):
        return pictures.save(image, os.path.join(self.pictures, name), **options)

    def age(self, path, seconds):
        """A modification time of its own; smaller is older."""
        os.utime(path, (1_500_000_000 + seconds, 1_500_000_000.25 + seconds))
        return path

    def take_in(self, *more, code=DONE):
        return self.index(self.pictures, *MODEL, *more, code=code)

    def duplicates(self, *arguments, code=DONE):
        """The rows and the summary."""
        result = self.kalon("duplicates", "--json", *MODEL, *arguments, code=code)
        return result.rows if "--action" in arguments or "--to" in arguments else result.objects[:-1], result.summary

    def groups(self, *arguments):
        """For each group its kept file and the others with their relations, by names below self.pictures."""
        name = lambda uri: os.fsdecode(os.path.relpath(path_from_uri(uri), os.fsencode(self.pictures)))
        found = {}
        for row in self.duplicates(*arguments)[0]:
            files = {name(file["uri"]): file for file in row["files"]}
            self.assertTrue(files[name(row["keep"])]["keep"])
            found[name(row["keep"])] = {key: file["relation"] for key, file in files.items() if not file["keep"]}
        return found

    def tree(self, top=None):
        """Everything that a person could notice below a folder: names, kinds, bytes, times, permissions."""
        top = os.fsencode(top or self.pictures)
        seen = {}
        for folder, below, files in os.walk(top):
            for name in below + files:
                path = os.path.join(folder, name)
                status = os.lstat(path)
                content = os.readlink(path) if os.path.islink(path) else b""
                if stat.S_ISREG(status.st_mode):
                    with open(path, "rb") as file:
                        content = file.read()
                time_shown = status.st_mtime_ns if stat.S_ISREG(status.st_mode) else None
                seen[os.path.relpath(path, top)] = (stat.S_IFMT(status.st_mode), stat.S_IMODE(status.st_mode), time_shown,
                                                    content)
        return seen

    def assert_tree(self, wanted, top=None):
        """The folder as it was; what differs is told by names, not by bytes."""
        found = self.tree(top)
        differing = {name for name in set(found) | set(wanted) if found.get(name) != wanted.get(name)}
        self.assertEqual({name: found.get(name, ())[:3] for name in differing},
                         {name: wanted.get(name, ())[:3] for name in differing})
        self.assertEqual(differing, set())

    def trash(self, below):
        path = os.path.join(self.environment["XDG_DATA_HOME"], "Trash", below)
        return sorted(os.listdir(os.fsencode(path))) if os.path.exists(path) else []

    def assert_fates(self, rows, **wanted):
        """How many files came to which fate."""
        fates = {}
        for row in rows:
            fates[row["fate"]] = fates.get(row["fate"], 0) + 1
        self.assertEqual(fates, wanted, rows)


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


class Acting(DuplicateCase):
    """Two sets of copies with their sidecars and odd names, a picture alone, and one that looks alike."""

    def setUp(self):
        super().setUp()
        first, second = (pictures.jpeg_bytes(pictures.picture(i, SIZE)) for i in range(2))
        for i, (name, data) in enumerate([("a.jpg", first), ("x/a.jpg", first), ("y/a.jpg", first), ("b.jpg", second),
                                          (os.fsdecode(b"x/b \xff%\n.jpg"), second)]):
            self.age(self.put(name, data), i)
        self.age(self.put("x/a.jpg.xmp", pictures.xmp(CreatorTool="Kestrel")), 77)
        self.save(pictures.picture(2, SIZE), "alone.jpg")
        self.age(self.save(pictures.picture(0, SIZE), "worse.jpg", quality=60), 90)
        os.chmod(os.path.join(self.pictures, "y/a.jpg"), 0o600)
        self.take_in()
        self.before = self.tree()

    def done(self, *arguments, code=DONE):
        return self.duplicates("--action", *arguments, code=code)

    def test_dry_runs_do_nothing(self):
        library = self.tree(self.library)
        for action in ("mark", "link", "trash"):
            rows, summary = self.done(action, "--level", ".9", "--dry-run")
            self.assertTrue(rows)
            self.assertIn("planned", {row["fate"] for row in rows})
            self.assertTrue(summary["dry_run"])
        self.duplicates("--to", self.path("look"), "--dry-run")
        self.assertFalse(os.path.exists(self.path("look")))
        self.assert_tree(self.before)
        self.assertEqual(self.trash("files"), [])
        self.assertEqual({name for name in self.tree(self.library)}, set(library))
        self.kalon("undo", code=FAILED)  # nothing to take back

    def test_trash_and_back(self):
        rows, summary = self.done("trash")
        self.assert_fates(rows, done=3)
        self.assertEqual((summary["done"], summary["failed"], summary["relation"]), (3, 0, "same_bytes"))
        left = set(self.tree())
        self.assertEqual(left, {b"a.jpg", b"b.jpg", b"alone.jpg", b"worse.jpg", b"x", b"y"})
        self.assertEqual(self.trash("files"), [b"a.2.jpg", b"a.jpg", b"a.jpg.xmp", b"b \xff%\n.jpg"])
        for name in self.trash("files"):
            info = os.path.join(os.fsencode(self.environment["XDG_DATA_HOME"]), b"Trash/info", name + b".trashinfo")
            with open(info, "rb") as file:
                lines = file.read().split(b"\n")
            self.assertEqual((lines[0], lines[3:]), (b"[Trash Info]", [b""]))
            origin = urllib.parse.unquote_to_bytes(lines[1].removeprefix(b"Path="))
            self.assertIn(os.path.relpath(origin, os.fsencode(self.pictures)), self.before)
            self.assertTrue(lines[1].isascii())
            time.strptime(lines[2].decode(), "DeletionDate=%Y-%m-%dT%H:%M:%S")
        # The library knows at once.
        self.assertEqual(sum(row.get("vanished", False) for row in self.list()), 3)
        self.assertEqual(self.groups("--relation", "same_bytes"), {})
        undone = self.kalon("undo", "--json").summary
        self.assertEqual((undone["undone"], undone["restored"], undone["left"]), ("trash", 4, 0))
        self.assert_tree(self.before)
        self.assertEqual((self.trash("files"), self.trash("info")), ([], []))
        self.assertFalse(any(row.get("vanished", False) for row in self.list()))
        self.assertEqual(self.take_in()["unchanged"], 7)
        self.assert_healthy()

    def test_trash_of_what_looks_alike(self):
        rows, _ = self.done("trash", "--relation", "similar", "--level", ".9")
        self.assert_fates(rows, done=4)
        self.assertFalse(os.path.exists(os.path.join(self.pictures, "worse.jpg")))
        self.assertIn("5 files are back from the trash", self.kalon("undo").text)
        self.assert_tree(self.before)

    def test_a_place_that_was_taken_is_left(self):
        self.done("trash")
        self.put("y/a.jpg", b"another file now")
        rows = self.kalon("undo", "--json", code=SOME_FAILED).objects
        self.assertEqual((rows[-1]["summary"]["restored"], rows[-1]["summary"]["left"]), (3, 1))
        self.assertEqual(os.path.relpath(rows[0]["path"], self.pictures), "y/a.jpg")
        self.assertEqual(self.tree()[b"y/a.jpg"][3], b"another file now")
        self.assertEqual(self.trash("files"), [b"a.2.jpg"])

    def test_link_and_back(self):
        rows, summary = self.done("link")
        self.assert_fates(rows, done=3)
        inode = lambda name: os.lstat(os.path.join(self.pictures, name)).st_ino
        self.assertEqual(len({inode(name) for name in ("a.jpg", "x/a.jpg", "y/a.jpg")}), 1)
        self.assertEqual(set(self.tree()), set(self.before))
        self.assertEqual({name: seen[3] for name, seen in self.tree().items()},
                         {name: seen[3] for name, seen in self.before.items()})
        # Links are one file: nothing is left to do, and nothing of it may be trashed.
        self.assertIn("No duplicates", self.kalon("duplicates", *MODEL, "--relation", "same_bytes").text)
        rows, _ = self.done("trash")
        self.assertEqual(rows, [])
        undone = self.kalon("undo", "--json").summary
        self.assertEqual((undone["undone"], undone["restored"]), ("link", 3))
        self.assert_tree(self.before)
        self.assertEqual(len({inode(name) for name in ("a.jpg", "x/a.jpg", "y/a.jpg")}), 3)
        self.assertEqual(self.take_in()["unchanged"], 7)
        self.assertEqual(len(self.groups("--relation", "same_bytes")), 2)

    def test_no_room_to_part_links(self):
        # Half a file would be worse than a link.
        large = pictures.picture(5, (3000, 2000))
        for name in ("big1.bmp", "big2.bmp"):
            self.save(large, name)
        self.take_in()
        self.done("link")
        linked = self.tree()
        result = self.kalon("undo", "--json", code=SOME_FAILED, before=lambda: limit_file_size(12 << 20))
        self.assertEqual(result.summary["left"], 1)
        self.assertEqual(self.tree()[b"big2.bmp"], linked[b"big2.bmp"])
        self.assertEqual(set(self.tree()), set(linked))

    def test_mark_and_back(self):
        rows, summary = self.done("mark", "--level", ".9")
        self.assertEqual(summary["pictures"], 1)
        self.assertEqual({os.path.basename(row["path"]) for row in rows if row["fate"] == "done"}, {"worse.jpg"})
        self.assertTrue(all("one picture" in row["message"] for row in rows if row["fate"] == "left"))
        row = self.kalon("info", "--json", os.path.join(self.pictures, "worse.jpg")).rows[0]
        self.assertEqual((row["excluded"], row["excluded_reason"]), (True, "duplicate of a.jpg"))
        self.assertEqual([row for row in self.list() if row.get("excluded")], self.list("--where", 'name = "worse.jpg"'))
        self.assertEqual(self.kalon("undo", "--json").summary["undone"], "exclude")
        self.assertFalse(any(row.get("excluded", False) for row in self.list()))
        self.assert_tree(self.before)

    def test_folder_and_back(self):
        look = self.path("look")
        rows, summary = self.duplicates("--to", look, "--level", ".9", "--link", "symlink")
        self.assert_fates(rows, done=6)
        self.assertEqual(sorted(os.listdir(look)), [MARKER, "1_a", "2_b"])
        names = sorted(os.listdir(os.fsencode(os.path.join(look, "1_a"))))
        self.assertEqual(names, [b"1_a.jpg", b"2_a.jpg", b"3_a.jpg", b"4_worse.jpg"])
        self.assertEqual(os.readlink(os.path.join(look, "1_a", "1_a.jpg")), os.path.join(self.pictures, "a.jpg"))
        self.assertEqual(sorted(os.listdir(os.fsencode(os.path.join(look, "2_b")))), [b"1_b.jpg", b"2_b \xff%\n.jpg"])
        self.kalon("undo")
        self.assertFalse(os.path.exists(look))
        self.assert_tree(self.before)

    def test_what_changed_since_is_left(self):
        changed = os.path.join(self.pictures, "x/a.jpg")
        with open(changed, "ab") as file:
            file.write(b"more")
        touched = os.path.join(self.pictures, "y/a.jpg")
        self.age(touched, 500)
        for action in ("trash", "link"):
            tree = self.tree()
            rows, summary = self.done(action, code=SOME_FAILED)
            self.assert_fates(rows, done=1, failed=2)
            self.assertTrue(all("changed" in row["message"] for row in rows if row["fate"] == "failed"))
            self.kalon("undo")
            self.assert_tree(tree)

    def test_other_bytes_under_an_old_stat_are_left(self):
        path = os.path.join(self.pictures, "x/a.jpg")
        status = os.stat(path)
        with open(path, "r+b") as file:
            file.seek(1000)
            file.write(b"other")
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        for action in ("trash", "link"):
            rows, _ = self.done(action, code=SOME_FAILED)
            self.assertEqual([row["path"] for row in rows if row["fate"] == "failed"], [path])
            self.kalon("undo")

    def test_never_without_what_is_kept(self):
        kept = os.path.join(self.pictures, "a.jpg")
        library = self.path("moved")
        os.rename(kept, library)
        rows, _ = self.done("trash")  # another one is kept then
        self.assertEqual(sorted(os.path.relpath(row["path"], self.pictures) for row in rows if "a.jpg" in row["path"]),
                         ["y/a.jpg"])
        self.assertTrue(os.path.exists(os.path.join(self.pictures, "x/a.jpg")))
        self.kalon("undo")
        os.rename(library, kept)
        with open(kept, "ab") as file:
            file.write(b"changed")
        rows, _ = self.done("trash", code=SOME_FAILED)
        self.assert_fates([row for row in rows if "a.jpg" in row["path"]], failed=2)
        self.assertIn("kept", rows[0]["message"])

    def test_links_are_no_copies(self):
        os.symlink(os.path.join(self.pictures, "b.jpg"), os.path.join(self.pictures, "0.jpg"))
        os.link(os.path.join(self.pictures, "b.jpg"), os.path.join(self.pictures, "1.jpg"))
        os.makedirs(self.path("elsewhere"))
        os.symlink(os.path.join(self.pictures, "x"), os.path.join(self.pictures, "other way"))
        self.take_in("--follow-links")
        before = self.tree()
        rows, _ = self.done("trash")
        self.assertLessEqual({row["fate"] for row in rows}, {"done", "left"})
        # One of each picture is there under a name of its own.
        for name in ("a.jpg", "b.jpg"):
            self.assertEqual(self.tree()[name.encode()], before[name.encode()])
        self.assertTrue(os.path.islink(os.path.join(self.pictures, "0.jpg")))
        self.kalon("undo")
        self.assert_tree(before)

    def test_a_folder_that_may_not_be_written(self):
        os.chmod(os.path.join(self.pictures, "x"), 0o555)
        self.addCleanup(os.chmod, os.path.join(self.pictures, "x"), 0o755)
        for action in ("trash", "link"):
            rows, _ = self.done(action, code=SOME_FAILED)
            self.assert_fates(rows, done=1, failed=2)
            self.assertEqual(len(self.trash("info")), len(self.trash("files")))
            self.kalon("undo")
        os.chmod(os.path.join(self.pictures, "x"), 0o755)
        self.assertEqual({name: seen for name, seen in self.tree().items() if name != b"x"},
                         {name: seen for name, seen in self.before.items() if name != b"x"})

    def test_text_for_people(self):
        text = self.kalon("duplicates", *MODEL, "--level", ".9").text
        self.assertIn("Group 1: 4 files", text)
        self.assertIn("keep", text)
        self.assertIn("same bytes", text)
        self.assertIn("2 groups of 6 files; 4 files are redundant", text)
        self.assertNotIn("\xff", text)
        planned = self.kalon("duplicates", *MODEL, "--action", "trash", "-n").text
        self.assertIn("would trash", planned)
        self.assertIn("Nothing was done", planned)
        self.assertIn("moved to the trash", self.kalon("duplicates", *MODEL, "--action", "trash").text)
        self.assertIn("back from the trash", self.kalon("undo").text)


class Ended(DuplicateCase):
    """Killed at any moment, all that was done can be taken back."""

    def test_killed(self):
        for i in range(40):
            data = pictures.jpeg_bytes(pictures.picture(i))
            for folder in "abcdefgh":
                self.age(self.put(f"{folder}/{i}.jpg", data), i)
            self.put(f"b/{i}.jpg.xmp", pictures.xmp(Rating=i % 6))
        self.take_in()
        before = self.tree()
        source = random.Random(4)
        for action in ("trash", "link"):
            moments = set()
            for share in (0.2, 0.5, 0.8):
                process = self.start("duplicates", *MODEL, "--action", action, "--quiet", stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL)
                progress = lambda: (len(self.trash("files")) if action == "trash" else
                                    sum(os.stat(os.path.join(self.pictures, f"{folder}/{i}.jpg")).st_nlink > 1
                                        for folder in "bcdefgh" for i in range(0, 40, 2)))
                wanted = share * (320 if action == "trash" else 140)
                while process.poll() is None and progress() < wanted:
                    time.sleep(source.uniform(0, 0.002))
                process.send_signal(signal.SIGKILL)
                process.wait(timeout=300)
                moments.add(progress())
                after = self.tree()
                if action == "link":
                    self.assertLessEqual(set(before), set(after))
                self.kalon("undo", code=None)
                self.assert_tree(before)
                self.assertEqual((self.trash("files"), self.trash("info")), ([], []))
                self.take_in()
                self.assertEqual(len(self.groups("--relation", "same_bytes")), 40)
            self.assertTrue(max(moments) > 0, moments)
        self.assert_healthy()


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
