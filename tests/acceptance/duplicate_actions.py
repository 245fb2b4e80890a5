"""What is done to duplicates as a user meets it, and every action taken back."""
import os
import random
import signal
import subprocess
import time
import urllib.parse

import pictures
from duplicate_case import MODEL, SIZE, DuplicateCase
from world import DONE, FAILED, SOME_FAILED, limit_file_size, path_from_uri

MARKER = ".kalon-result"


class Copies(DuplicateCase):
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


class Acting(Copies):
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


class Along(DuplicateCase):
    """Sidecars go with their pictures, and stay with pictures that stay."""

    def setUp(self):
        super().setUp()
        self.picture = pictures.jpeg_bytes(pictures.picture(0, SIZE))
        self.put("kept/a.jpg", self.picture)

    def trash_all(self, *more):
        self.take_in()
        before = self.tree()
        rows, summary = self.duplicates("--action", "trash", "--keep-in", os.path.join(self.pictures, "kept"), *more)
        return before, set(before) - set(self.tree()), rows, summary

    def put_sidecars(self, *names):
        for i, name in enumerate(names):
            content = pictures.xmp(CreatorTool="Kestrel") if name.endswith("xmp") else b"a caption"
            self.age(self.put(name, content), i)

    def test_all_that_are_read(self):
        self.put("x/a.jpg", self.picture)
        own = ["x/a.jpg.xmp", "x/a.xmp", "x/a.jpg.txt", "x/a.txt"]
        self.put_sidecars(*own, "x/a.jpg.xmp.bak", "x/b.xmp")
        _, _, planned, summary = self.trash_all("--dry-run")
        names = lambda rows: sorted(os.fsdecode(os.path.relpath(path_from_uri(uri), os.fsencode(self.pictures)))
                                    for row in rows for uri in row.get("sidecars", []))
        self.assertEqual((names(planned), summary["sidecars"]), (sorted(own), 4))
        before, gone, rows, summary = self.trash_all()
        self.assertEqual(gone, {name.encode() for name in own + ["x/a.jpg"]})
        self.assertEqual((names(rows), summary["sidecars"], summary["done"]), (sorted(own), 4, 1))
        self.assertIn("5 files are back", self.kalon("undo").text)
        self.assert_tree(before)
        text = self.kalon("duplicates", *MODEL, "--action", "trash", "--keep-in", os.path.join(self.pictures, "kept")).text
        self.assertIn("1 file and 4 sidecars moved to the trash", text)

    def test_those_of_another_picture_stay(self):
        self.put("x/a.jpg", self.picture)
        self.save(pictures.picture(5, SIZE), "x/a.png")
        self.put_sidecars("x/a.xmp", "x/a.txt", "x/a.jpg.txt")
        before, gone, _, _ = self.trash_all()
        self.assertEqual(gone, {b"x/a.jpg", b"x/a.jpg.txt"})
        self.kalon("undo")
        self.assert_tree(before)

    def test_that_of_several_goes_with_the_last(self):
        for name in ("x/a.jpg", "x/a.jpeg"):
            self.put(name, self.picture)
        self.put_sidecars("x/a.xmp")
        before, gone, rows, summary = self.trash_all()
        self.assertEqual(gone, {b"x/a.jpg", b"x/a.jpeg", b"x/a.xmp"})
        self.assertEqual((summary["done"], summary["sidecars"]), (2, 1))
        self.kalon("undo")
        self.assert_tree(before)
        # One of the two cannot go: the sidecar stays with it.
        self.age(os.path.join(self.pictures, "x/a.jpeg"), 500)
        self.duplicates("--action", "trash", "--keep-in", os.path.join(self.pictures, "kept"), code=SOME_FAILED)
        self.assertEqual(set(before) - set(self.tree()), {b"x/a.jpg"})


class Undone(Copies):
    """What cannot be taken back just now is not forgotten."""

    def undo(self, code=DONE):
        result = self.kalon("undo", "--json", code=code)
        return [(os.path.relpath(row["path"], self.pictures), row["message"]) for row in result.rows], result.summary

    def nothing_left(self):
        self.assertIn("nothing", self.kalon("undo", code=FAILED).error_text)

    def test_a_trash_that_was_partly_emptied(self):
        self.done("trash")
        for below in ("files/b \xff%\n.jpg", "info/b \xff%\n.jpg.trashinfo"):
            os.remove(os.path.join(os.fsencode(self.environment["XDG_DATA_HOME"]), b"Trash",
                                   below.encode("latin-1")))
        rows, summary = self.undo(SOME_FAILED)
        self.assertEqual(len(rows), 1)
        self.assertIn("neither in its place nor in the trash", rows[0][1])
        self.assertEqual((summary["restored"], summary["left"], summary["remaining"]), (3, 1, 0))
        self.nothing_left()

    def test_a_place_that_becomes_free(self):
        self.done("trash")
        other = self.put("y/a.jpg", b"another file now")
        _, summary = self.undo(SOME_FAILED)
        self.assertEqual((summary["restored"], summary["left"], summary["remaining"]), (3, 1, 1))
        _, summary = self.undo(SOME_FAILED)
        self.assertEqual((summary["restored"], summary["left"], summary["remaining"]), (0, 1, 1))
        os.remove(other)
        rows, summary = self.undo()
        self.assertEqual((rows, summary["restored"], summary["left"]), ([], 1, 0))
        self.assert_tree(self.before)
        self.nothing_left()

    def test_or_is_forgotten(self):
        self.done("trash")
        self.put("y/a.jpg", b"another file now")
        self.assertIn("can still come back", self.kalon("undo", code=SOME_FAILED).text)
        self.assertIn("no file was touched", self.kalon("undo", "--forget").text)
        self.nothing_left()
        self.assertEqual(self.trash("files"), [b"a.2.jpg"])

    def test_links_that_cannot_part_yet(self):
        self.done("link")
        os.chmod(os.path.join(self.pictures, "y"), 0o555)
        self.addCleanup(os.chmod, os.path.join(self.pictures, "y"), 0o755)
        rows, summary = self.undo(SOME_FAILED)
        self.assertEqual([path for path, _ in rows], ["y/a.jpg"])
        self.assertEqual((summary["restored"], summary["remaining"]), (2, 1))
        os.chmod(os.path.join(self.pictures, "y"), 0o755)
        self.undo()
        self.assert_tree(self.before)
        self.nothing_left()

    def test_edited_while_it_was_a_link(self):
        self.done("link")
        edited = os.path.join(self.pictures, "y/a.jpg")
        with open(edited, "r+b") as file:
            file.seek(0, os.SEEK_END)
            file.write(b"an edit")
        changed = os.stat(edited).st_mtime_ns
        rows, summary = self.undo()
        self.assertEqual(sorted(path for path, _ in rows), ["x/a.jpg", "y/a.jpg"])
        self.assertIn("keeps its new date", rows[0][1])
        self.assertEqual(os.stat(edited).st_mtime_ns, changed)
        self.assertEqual(self.take_in()["unchanged"], 4)  # the next index looks at all three

    def test_other_attributes_are_not_lost(self):
        try:
            os.setxattr(os.path.join(self.pictures, "y/a.jpg"), "user.xdg.comment", b"signed print")
        except OSError:
            self.skipTest("a file system without extended attributes")
        for more in (["--dry-run"], []):
            rows, _ = self.done("link", *more, code=SOME_FAILED)
            failed = [row for row in rows if row["fate"] == "failed"]
            self.assertEqual([os.path.relpath(row["path"], self.pictures) for row in failed], ["y/a.jpg"])
            self.assertIn("other extended attributes", failed[0]["message"])
        self.undo()
        self.assert_tree(self.before)

    def test_what_did_nothing_is_nothing_to_take_back(self):
        for name in ("a.jpg", "b.jpg"):
            with open(os.path.join(self.pictures, name), "ab") as file:
                file.write(b"changed")
        for action, words in (("trash", "No file was moved to the trash"), ("link", "No file was replaced by a link")):
            text = self.kalon("duplicates", *MODEL, "--action", action, code=SOME_FAILED).text
            self.assertIn(words, text)
            self.assertNotIn("undo", text)
            self.nothing_left()

    def test_decisions_are_told_by_what_they_name(self):
        a, b = (os.path.join(self.pictures, name) for name in ("alone.jpg", "worse.jpg"))
        self.kalon("duplicates", "--not", a, b)
        self.kalon("exclude", a)
        self.kalon("exclude", "--include", a)
        self.assertIn("include of 1 picture", self.kalon("undo").text)
        self.assertIn("exclude of 1 picture", self.kalon("undo").text)
        self.assertIn("of 2 pictures", self.kalon("undo").text)


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
