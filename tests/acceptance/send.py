"""Files of a selection sent to folders and to the trash as a user does it, and every time taken back."""
import os
import random
import shutil
import signal
import subprocess

import pictures
from duplicate_case import MODEL, SIZE, DuplicateCase
from service_case import ServiceCase
from world import DONE, FAILED, SOME_FAILED, USAGE, limit_file_size, path_from_uri, path_of
from kalon import Error  # service_case knows where it is

SMALL_DISK = os.environ.get("KALON_SMALL_DISK")
ODD = os.fsdecode(b"x/b \xff%\n .jpg")


class SelectionCase(DuplicateCase):
    """A few shots with sidecars and odd names, and a folder for what is sent."""

    def setUp(self):
        super().setUp()
        self.names = ["a.jpg", "x/a.jpg", ODD, "y/plain"]
        for i, name in enumerate(self.names):
            self.age(self.put(name, pictures.jpeg_bytes(pictures.picture(i, SIZE))), i)
        self.put("a.jpg.xmp", pictures.xmp(Rating=4))
        self.put("x/a.txt", b"a caption")
        self.sources = [os.path.join(self.pictures, name) for name in self.names]
        self.index(*self.sources, *MODEL)
        self.before = self.tree()
        self.out = self.path("out", "deep")

    def send(self, *arguments, code=DONE, to=None, sources=None):
        """The rows and the summary."""
        result = self.kalon("send", "--json", "--to", to or self.out, *arguments,
                            *(self.sources if sources is None else sources), code=code)
        return result.objects[:-1], result.summary

    def sent(self, folder=None):
        return set(os.listdir(os.fsencode(folder or self.out)))

    def nothing_left(self):
        self.assertIn("nothing", self.kalon("undo", code=FAILED).error_text)


class Send(SelectionCase):
    def test_links_and_back(self):
        for link in ("hardlink", "symlink", "copy"):
            library = self.tree(self.library)
            planned, preview = self.send("--link", link, "-n")
            self.assertFalse(os.path.exists(self.path("out")))
            self.assertEqual(set(self.tree(self.library)), set(library))
            self.nothing_left()
            rows, summary = self.send("--link", link)
            # The dry run and the run tell the same but for what was done.
            self.assertEqual([{**row, "fate": "planned"} for row in rows], planned)
            self.assertEqual({**summary, "dry_run": True, "planned": 4, "placed": 0, "operation": None},
                             {**preview, "operation": None})
            self.assertEqual([path_of(row) for row in rows], [os.fsencode(path) for path in self.sources])
            self.assertEqual([row["action"] for row in rows], [link] * 4)
            self.assert_fates(rows, done=4)
            wanted = {b"a.jpg", b"a (2).jpg", b"b \xff%\n .jpg", b"plain"}
            alongside = {b"a.jpg.xmp", b"a (2).txt"} if link == "copy" else set()
            self.assertEqual(self.sent(), wanted | alongside)
            self.assertEqual((summary["placed"], summary["sidecars"]), (4, len(alongside)))
            total = 0
            for row in rows:
                place = os.path.join(os.fsencode(self.out), os.fsencode(row["name"]))
                if "\ufffd" in row["name"]:
                    place = os.path.join(os.fsencode(self.out), os.path.basename(path_of(row)))
                self.assertEqual(os.path.islink(place), link == "symlink")
                self.assertEqual(os.path.samefile(place, path_of(row)), link != "copy")
                with open(place, "rb") as one, open(path_of(row), "rb") as other:
                    self.assertEqual(one.read(), other.read())
                self.assertEqual(os.stat(place).st_mtime_ns, os.stat(path_of(row)).st_mtime_ns)
                total += os.stat(place).st_size + sum(os.stat(path_from_uri(uri)).st_size for uri in row.get("sidecars", []))
            self.assertEqual(summary["bytes"], total)
            undone = self.kalon("undo", "--json").summary
            self.assertEqual((undone["undone"], undone["removed"], undone["left"]), ("send", 4 + len(alongside), 0))
            self.assertFalse(os.path.exists(self.path("out")))
            self.assert_tree(self.before)
            self.nothing_left()

    def test_a_folder_with_others(self):
        """Nothing in it is touched, and what goes by one name stays together."""
        self.put("x/a.cr2", b"of the same shot as a.jpg there")
        for name in ("a.jpg", "A.JPG", "plain", "other.txt"):
            pictures.write(os.path.join(self.out, name), b"somebody's")
        os.mkdir(os.path.join(self.out, "a (2).cr2"))
        before = self.tree(self.out)
        sources = [os.path.join(self.pictures, name) for name in ("x/a.cr2", "x/a.jpg", "a.jpg", "y/plain")]
        rows, summary = self.send("--link", "copy", sources=sources)
        self.assertEqual([row["name"] for row in rows], ["a (3).cr2", "a (3).jpg", "a (4).jpg", "plain (2)"])
        self.assertEqual(self.sent() - set(before), {b"a (3).cr2", b"a (3).jpg", b"a (3).txt", b"a (4).jpg", b"a (4).jpg.xmp",
                                                     b"plain (2)"})
        self.assertEqual({name: seen for name, seen in self.tree(self.out).items() if name in before}, before)
        # What is there already is not sent again, whatever its name is there.
        again, summary = self.send("--link", "copy", sources=sources)
        self.assert_fates(again, left=4)
        self.assertEqual([row["message"] for row in again], ["is there already"] * 4)
        self.assertNotIn("operation", summary)
        self.kalon("undo")
        self.assert_tree(before, self.out)

    def test_what_changed_is_left(self):
        self.send("--link", "copy")
        changed = os.path.join(self.out, "a.jpg")
        with open(changed, "ab") as file:
            file.write(b"an edit")
        pictures.write(os.path.join(self.out, "mine.txt"), b"put there by somebody")
        result = self.kalon("undo", "--json", code=SOME_FAILED)
        self.assertEqual([os.path.basename(row["path"]) for row in result.rows], ["a.jpg"])
        self.assertIn("differs", result.rows[0]["message"])
        self.assertEqual((result.summary["removed"], result.summary["left"]), (5, 1))
        self.assertEqual(self.sent(), {b"a.jpg", b"mine.txt"})
        self.assert_tree(self.before)
        self.nothing_left()

    def test_each_operation_by_itself(self):
        self.send(sources=self.sources[:1])
        self.send(sources=self.sources[1:2])
        self.assertEqual(self.sent(), {b"a.jpg", b"a (2).jpg"})
        self.kalon("undo")
        self.assertEqual(self.sent(), {b"a.jpg"})
        self.kalon("undo")
        self.assertFalse(os.path.exists(self.path("out")))

    def test_numbered(self):
        self.put("x/a.cr2", b"of the same shot")
        sources = [os.path.join(self.pictures, name) for name in ("x/a.jpg", "a.jpg", "x/a.cr2", "x/a.jpg", "y/plain")]
        rows, _ = self.send("--numbered", "--sidecars", sources=sources)
        self.assertEqual([row["name"] for row in rows], ["1_a.jpg", "2_a.jpg", "1_a.cr2", "3_plain"])
        self.assertEqual(self.sent(), {b"1_a.jpg", b"2_a.jpg", b"1_a.cr2", b"3_plain", b"1_a.txt", b"2_a.jpg.xmp"})
        self.assertTrue(os.path.samefile(os.path.join(self.out, "1_a.txt"), os.path.join(self.pictures, "x/a.txt")))
        again, _ = self.send("--numbered", "--link", "copy", "--no-sidecars", sources=sources[1:2])
        self.assertEqual(again[0]["name"], "1_a (2).jpg")  # 1_a.jpg is of another picture

    def test_sidecars_that_are_named(self):
        pictures.write(os.path.join(self.out, "a.jpg"), b"somebody's")
        rows, _ = self.send(sources=[os.path.join(self.pictures, name) for name in ("a.jpg.xmp", "a.jpg")])
        self.assertEqual([row["name"] for row in rows], ["a (2).jpg.xmp", "a (2).jpg"])

    def test_long_names(self):
        name = "\u20ac" * 83 + ".jpg"  # 253 bytes
        self.put(name, b"any")
        pictures.write(os.path.join(self.out, name), b"somebody's")
        rows, _ = self.send(sources=[os.path.join(self.pictures, name)])
        self.assertEqual(rows[0]["name"], "\u20ac" * 82 + " (2).jpg")

    def test_failures_are_those_of_their_files(self):
        gone, folder = os.path.join(self.pictures, "gone.jpg"), os.path.join(self.pictures, "x")
        for more in (["-n"], []):
            rows, summary = self.send("--link", "copy", *more, code=SOME_FAILED,
                                      sources=[gone, folder, self.sources[0], self.sources[0]])
            self.assertEqual([row["status"] for row in rows], ["not_found", "invalid_argument", "ok"])
            self.assertEqual((summary["failed"], summary["placed"] + summary["planned"]), (2, 1))
        self.assertEqual(self.sent(), {b"a.jpg", b"a.jpg.xmp"})
        # Nothing at all: no folder, nothing to take back.
        self.kalon("undo")
        self.send(sources=[gone], code=SOME_FAILED)
        self.assertFalse(os.path.exists(self.path("out")))
        self.nothing_left()

    def test_folders_that_cannot_be_written(self):
        self.folder("out")
        os.chmod(self.path("out"), 0o555)
        self.assertIn("cannot be made", self.kalon("send", "--to", self.out, *self.sources, code=FAILED).error_text)
        rows, summary = self.send(to=self.path("out"), code=SOME_FAILED)
        self.assert_fates(rows, failed=4)
        self.assertNotIn("operation", summary)
        self.assertEqual(os.listdir(self.path("out")), [])
        self.nothing_left()
        os.chmod(os.path.join(self.pictures, "a.jpg"), 0)
        os.chmod(self.path("out"), 0o755)
        rows, _ = self.send("--link", "copy", to=self.path("out"), code=SOME_FAILED)
        self.assertEqual([row["fate"] for row in rows], ["failed", "done", "done", "done"])
        # Without its picture a sidecar would belong to whatever comes by that name.
        self.assertNotIn(b"a.jpg.xmp", self.sent(self.path("out")))

    def test_where_it_may_not_go(self):
        file = pictures.write(self.path("file"), b"any")
        for to, words in ((self.library, "folder of a library"), (os.path.join(self.library, "cache"), "folder of a library"),
                          (file, "is not a folder"), (os.path.join(file, "below"), "cannot be made")):
            for more in (["-n"], []):
                if words != "cannot be made" or not more:
                    code = FAILED if words == "cannot be made" else USAGE
                    self.assertIn(words, self.kalon("send", "--to", to, *more, *self.sources, code=code).error_text)
        self.nothing_left()
        self.assert_healthy()

    def test_into_the_folder_of_one_of_them(self):
        there = self.path("way")
        os.symlink(os.path.join(self.pictures, "x"), there)
        rows, _ = self.send(to=there)
        self.assertEqual([(row["fate"], row["name"]) for row in rows][:2] + [rows[2]["fate"], rows[3]["fate"]],
                         [("done", "a (2).jpg"), ("left", "a.jpg"), "left", "done"])
        self.assertEqual(rows[1]["message"], "lies in this folder")
        self.kalon("undo")
        self.assert_tree(self.before)

    def test_a_symbolic_link_is_sent_as_what_it_leads_to(self):
        link = os.path.join(self.pictures, "link.jpg")
        os.symlink("a.jpg", link)
        for kind in ("hardlink", "symlink", "copy"):
            self.send("--link", kind, "--no-sidecars", sources=[link])
            place = os.path.join(self.out, "link.jpg")
            self.assertEqual(os.readlink(place) if kind == "symlink" else os.path.islink(place),
                             link if kind == "symlink" else False)
            self.assertEqual(os.stat(place).st_size, os.stat(self.sources[0]).st_size)
            self.kalon("undo")
            self.assertFalse(os.path.exists(self.path("out")))

    def test_what_is_sent_is_found(self):
        self.send("--link", "copy")
        self.assertEqual(self.index(self.out, *MODEL)["found"], 4 - 1)  # a name without an extension is none of a picture

    def test_a_full_disk(self):
        disk = SMALL_DISK or self.folder("disk")
        large = [self.put(f"large{i}.jpg", bytes([i]) * (5 << 20)) for i in range(6)]
        limit = None if SMALL_DISK else lambda: limit_file_size(4 << 20)
        to = os.path.join(disk, "sent")
        self.addCleanup(shutil.rmtree, to, ignore_errors=True)
        rows, summary = self.kalon_in(limit, to, [*large, self.sources[0]])
        failed = {row["name"] for row in rows if row["fate"] == "failed"}
        self.assertEqual(len(failed), 6 if limit else 2)
        self.assertEqual(summary["failed"], len(failed))
        self.assertEqual(rows[-1]["fate"], "done")  # there is room for a small one
        for row in rows:
            if row["fate"] == "failed":
                self.assertRegex(row["message"], "No space left|File too large")
                self.assertFalse(os.path.exists(os.path.join(to, row["name"])))
            else:
                self.assertEqual(os.stat(os.path.join(to, row["name"])).st_size, os.stat(path_of(row)).st_size)
        self.assertEqual({os.fsdecode(name) for name in self.sent(to)},
                         {row["name"] for row in rows if row["fate"] == "done"} | {"a.jpg.xmp"})
        if SMALL_DISK:  # another file system: links are symbolic there, and a dry run says so
            for more in (["-n"], []):
                links, _ = self.send(*more, to=os.path.join(disk, "links"))
                self.assertEqual([row["action"] for row in links], ["symlink"] * 4)
            self.kalon("undo")
        self.kalon("undo")
        self.assertFalse(os.path.exists(to))

    def kalon_in(self, limit, to, sources):
        result = self.kalon("send", "--json", "--link", "copy", "--to", to, *sources, code=SOME_FAILED, before=limit)
        return result.objects[:-1], result.summary

    def test_text_for_people(self):
        planned = self.kalon("send", "--link", "copy", "-n", "--to", self.out, *self.sources).text
        self.assertIn(f"a (2).jpg  {self.sources[1]}", planned)
        self.assertIn(r"b \xff%\x0a .jpg".replace(r"\xff", "\ufffd"), planned)
        self.assertIn("Nothing was done (dry run); 4 files and 2 sidecars, ", planned)
        text = self.kalon("send", "--link", "copy", "--to", self.out, *self.sources).text
        self.assertRegex(text, "^4 files and 2 sidecars, .* placed in .*; `kalon undo` takes it back.\n$")
        self.assertIn("is there already", self.kalon("send", "--link", "copy", "--to", self.out, *self.sources).text)
        self.assertIn(f"Took back what was sent to {self.out}: 6 files removed", self.kalon("undo").text)
        self.assertIn("--to", self.kalon("send", *self.sources, code=USAGE).error_text)


class Trash(SelectionCase):
    def trash_files(self, *arguments, code=DONE):
        result = self.kalon("trash", "--json", *arguments, code=code)
        return result.objects[:-1], result.summary

    def test_trash_and_back(self):
        planned, preview = self.trash_files("-n", *self.sources)
        self.assert_fates(planned, planned=4)
        self.assertEqual((preview["planned"], preview["sidecars"]), (4, 2))
        self.assert_tree(self.before)
        self.assertFalse(os.path.exists(os.path.join(self.environment["XDG_DATA_HOME"], "Trash")))
        rows, summary = self.trash_files(*self.sources)
        self.assert_fates(rows, done=4)
        self.assertEqual([{**row, "fate": "planned", "name": None} for row in rows],
                         [{**row, "name": None} for row in planned])
        self.assertEqual((summary["done"], summary["sidecars"], summary["failed"]), (4, 2, 0))
        self.assertEqual(set(self.tree()), {b"x", b"y"})
        self.assertEqual(self.trash("files"), [b"a.2.jpg", b"a.jpg", b"a.jpg.xmp", b"a.txt", b"b \xff%\n .jpg", b"plain"])
        self.assertTrue(all(row["vanished"] for row in self.list()))  # the library knows at once
        undone = self.kalon("undo", "--json").summary
        self.assertEqual((undone["undone"], undone["restored"], undone["left"]), ("trash", 6, 0))
        self.assert_tree(self.before)
        self.assertFalse(any(row.get("vanished") for row in self.list()))
        self.nothing_left()

    def test_only_what_is_named(self):
        self.save(pictures.picture(8, SIZE), "x/a.png")
        self.take_in()
        self.trash_files(self.sources[1])
        self.assertEqual(set(self.before) - set(self.tree()), {b"x/a.jpg"})  # a.txt is also that of a.png
        self.kalon("undo")
        self.trash_files("--no-sidecars", self.sources[0])
        self.assertEqual(set(self.before) - set(self.tree()), {b"a.jpg"})
        self.kalon("undo")
        # As a shell writes out x/a.*; with both pictures goes what is of both.
        rows, summary = self.trash_files(*(os.path.join(self.pictures, "x", name) for name in ("a.jpg", "a.png", "a.txt")))
        self.assert_fates(rows, done=2)
        self.assertEqual((summary["sidecars"], set(self.tree()) & {b"x/a.jpg", b"x/a.png", b"x/a.txt"}), (1, set()))
        self.kalon("undo")
        rows, _ = self.trash_files(self.sources[1], os.path.join(self.pictures, "x", "a.txt"))
        self.assertEqual([(row["fate"], row.get("message")) for row in rows],
                         [("done", None), ("left", "belongs to a picture that stays")])

    def test_what_changed_or_is_unknown_is_left(self):
        self.age(self.sources[0], 500)
        new = self.put("new.jpg", b"never indexed")
        os.remove(self.sources[3])
        os.symlink(self.sources[1], os.path.join(self.pictures, "link.jpg"))
        link = os.path.join(self.pictures, "link.jpg")
        before = self.tree()
        for more in (["-n"], []):
            rows, summary = self.trash_files(*more, self.sources[0], new, self.sources[3], link, code=SOME_FAILED)
            self.assertEqual([(row["fate"], row["status"]) for row in rows],
                             [("failed", "busy"), ("failed", "not_found"), ("failed", "not_found"), ("left", "ok")])
            self.assertIn("changed since it was indexed", rows[0]["message"])
            self.assertIn("is not in the library", rows[1]["message"])
            self.assertNotIn("operation", summary)
        self.assert_tree(before)
        self.nothing_left()

    def test_a_folder_that_refuses(self):
        os.chmod(os.path.join(self.pictures, "x"), 0o555)
        rows, _ = self.trash_files(*self.sources, code=SOME_FAILED)
        os.chmod(os.path.join(self.pictures, "x"), 0o755)
        self.assertEqual([row["fate"] for row in rows], ["done", "failed", "failed", "done"])
        self.assertEqual(self.trash("files"), [b"a.jpg", b"a.jpg.xmp", b"plain"])
        self.assertEqual(len(self.trash("info")), 3)
        self.kalon("undo")
        self.assert_tree(self.before)

    def test_text_for_people(self):
        text = self.kalon("trash", "-n", *self.sources[:2]).text
        self.assertIn(f"would trash  {self.sources[0]}  (with a.jpg.xmp)", text)
        self.assertIn("Nothing was done (dry run); 2 files and 2 sidecars would be moved to the trash.", text)
        self.assertEqual(self.kalon("trash", *self.sources[:2]).text,
                         "2 files and 2 sidecars moved to the trash; `kalon undo` brings them back.\n")
        self.assertIn("4 files are back from the trash", self.kalon("undo").text)


class Numbered(SelectionCase):
    """Work on files taken back by its number, wherever it stands in the history."""

    def undo(self, number, *arguments, code=DONE):
        return self.kalon("undo", "--operation", str(number), "--json", *arguments, code=code)

    def trashed(self, *sources):
        return self.kalon("trash", "--json", *sources).summary["operation"]

    def in_the_way(self, number, later, *words):
        """It is refused, and nothing is touched."""
        before = self.tree(), self.tree(self.path("out")), self.trash("files")
        text = self.undo(number, code=FAILED).error_text
        for word in (*words, f"operation {later}", f"kalon undo --operation {later}"):
            self.assertIn(word, text)
        self.assertEqual((self.tree(), self.tree(self.path("out")), self.trash("files")), before)

    def test_the_first_of_two(self):
        for link in ("hardlink", "copy"):
            first, second = (self.send("--link", link, sources=[source])[1]["operation"] for source in self.sources[:2])
            self.kalon("rate", self.sources[0], "--as", "3")
            whole = {name: seen for name, seen in self.tree(self.out).items() if name.startswith(b"a (2)")}
            told = self.undo(first).summary
            self.assertEqual((told["undone"], told["operation"], told["removed"], told["left"]), ("send", first, 1 + (link == "copy"), 0))
            self.assert_tree(whole, self.out)
            self.assertIn("was taken back already", self.undo(first, code=FAILED).error_text)
            self.assert_tree(whole, self.out)
            rows = {row.get("operation"): row["undone"] for row in self.kalon("history", "--json").rows}
            self.assertEqual((rows[first], rows[second]), (True, False))
            self.assertIn("Took back", self.kalon("undo").text)  # the rating, which is the newest
            # The folder was made for the first, and goes with the last that is in it.
            self.undo(second)
            self.assertFalse(os.path.exists(self.path("out")))
            self.assert_tree(self.before)
            self.nothing_left()
        self.assert_healthy()

    def test_trash(self):
        first = self.trashed(self.sources[0])
        second = self.trashed(self.sources[1])
        self.send(sources=[self.sources[2]])
        self.assertEqual(self.undo(first).summary["restored"], 2)  # with its sidecar
        self.assertEqual(set(self.before) - set(self.tree()), {b"x/a.jpg", b"x/a.txt"})
        self.assertIn("already", self.undo(first, code=FAILED).error_text)
        # What cannot come back now has a number of its own.
        other = self.put("x/a.jpg", b"somebody's")
        told = self.undo(second, code=SOME_FAILED).summary
        self.assertEqual((told["restored"], told["remaining"]), (1, 1))
        self.assertIn(f"kalon undo --operation {told['remaining_operation']}", told["message"])
        os.remove(other)
        self.assertEqual(self.undo(told["remaining_operation"]).summary["restored"], 1)
        self.assert_tree(self.before)

    def test_later_work_is_in_the_way(self):
        # Its source went to the trash: the link may be all that is left.
        first = self.send(sources=self.sources[:1])[1]["operation"]
        later = self.trashed(self.sources[0])
        self.in_the_way(first, later, self.sources[0] + ": was moved to the trash")
        self.undo(later)
        # What it placed was placed elsewhere, and what that one placed was moved away.
        place = os.path.join(self.out, "a.jpg")
        self.kalon("index", self.out, *MODEL)
        later = self.send(to=self.path("out", "elsewhere"), sources=[place])[1]["operation"]
        self.in_the_way(first, later, place + ": was placed elsewhere")
        self.undo(later)
        later = self.trashed(place)
        self.in_the_way(first, later, place + ": was moved to the trash")
        self.undo(later)
        self.undo(first)
        self.assertFalse(os.path.exists(self.path("out")))
        # Its place was taken by what was sent there.
        first = self.trashed(self.sources[1])
        later = self.send(to=os.path.join(self.pictures, "x"), sources=self.sources[:1])[1]["operation"]
        self.in_the_way(first, later, self.sources[1] + ": was placed anew")
        self.undo(later)
        self.undo(first)
        self.assert_tree(self.before)
        self.nothing_left()

    def test_placed_again_after_it_was_taken_away_by_hand(self):
        first = self.send(sources=self.sources[:1])[1]["operation"]
        os.remove(os.path.join(self.out, "a.jpg"))
        later = self.send(sources=self.sources[:1])[1]["operation"]
        self.in_the_way(first, later, "was placed anew")
        self.undo(first, "--forget")
        self.assertEqual(self.sent(), {b"a.jpg"})
        self.undo(later)
        self.assert_tree(self.before)

    def test_what_is_not_meant(self):
        number = self.send()[1]["operation"]
        for wrong in ("0", "-1", "one", "1.5"):
            self.assertIn("--operation", self.undo(wrong, code=USAGE).error_text)
        self.assertIn("--action", self.undo(number, "--action", "0" * 32, code=USAGE).error_text)
        self.assertIn("kalon history", self.undo(number + 1, code=FAILED).error_text)
        shutil.rmtree(self.out)
        self.assertIn(f"kalon undo --operation {number} --forget", self.undo(number, code=FAILED).error_text)
        self.undo(number, "--forget")
        self.nothing_left()

    def test_the_history_counts_files(self):
        self.send("--link", "copy")
        self.kalon("sort", "--by", "name", "--to", self.path("sorted", "deep"), self.pictures)
        self.trashed(self.sources[0])
        rows = self.kalon("history", "--json").rows
        self.assertEqual([(row["kind"], row["files"]) for row in rows], [("trash", 2), ("sort", 4), ("send", 6)])

    def test_killed_while_it_is_taken_back(self):
        many = [self.put(f"m/{i}.jpg", pictures.jpeg_bytes(pictures.picture(i % 7, SIZE))) for i in range(150)]
        first = self.send("--link", "copy", sources=many)[1]["operation"]
        second = self.send(sources=self.sources[1:2])[1]["operation"]
        whole = {name: seen for name, seen in self.tree(self.out).items() if name == b"a.jpg"}
        source, moments = random.Random(6), set()
        while True:
            process = self.start("undo", "--operation", str(first), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            before = len(self.sent())
            wanted = before - source.randint(10, 60)
            while process.poll() is None and len(self.sent()) > wanted:
                pass
            process.send_signal(signal.SIGKILL)
            process.wait(timeout=300)
            moments.add(len(self.sent()))
            if len(self.sent()) == 1 or process.returncode == 0:
                break
        self.kalon("undo", "--operation", str(first), code=None)
        self.assertGreater(len(moments), 1)
        self.assert_tree(whole, self.out)
        self.undo(second)
        self.assertFalse(os.path.exists(self.path("out")))
        self.assert_healthy()


class Scan(SelectionCase, ServiceCase):
    """What a host shows of a folder that no library knows yet."""

    def scan(self, *paths, library=None):
        with self.client(library=library or self.library) as kalon:
            return kalon.call("scan", paths=list(paths))

    def test_all_that_may_be_a_picture(self):
        for name in ("x.jpg", "x-/c.png", "notes.txt", "x/z/deep.webp", ".hidden.jpg", "movie.mp4"):
            self.put(name, b"looked at by its name alone")
        answer = self.scan(self.pictures)
        found = [path_of(row) for row in answer.rows]
        expected = sorted(os.path.join(os.fsencode(self.pictures), os.fsencode(name))
                          for name in ("a.jpg", "x.jpg", "x-/c.png", "x/a.jpg", ODD, "x/z/deep.webp"))
        self.assertEqual([os.fsencode(path) for path in found], expected)
        for row in answer.rows:
            status = os.stat(path_of(row))
            self.assertEqual(row["size"], status.st_size)
            self.assertEqual(row["known"], os.path.basename(row["path"]) not in ("x.jpg", "c.png", "deep.webp"))
            self.assertEqual(os.path.basename(row["path"]), row["name"])
        listed = {path_of(row): row["mtime"] for row in self.list()}
        self.assertEqual({path_of(row): row["mtime"] for row in answer.rows if row["known"]},
                         {path: time for path, time in listed.items() if not path.endswith(b"plain")})
        # y/plain has no extension; x/a.txt is a sidecar.
        self.assertEqual(answer.summary, {"files": 6, "known": 3, "unsupported": 3, "failed": 0})

    def test_without_a_library(self):
        nowhere = self.path("no library")
        answer = self.scan(self.sources[3], self.pictures, library=nowhere)
        self.assertEqual({row["known"] for row in answer.rows}, {False})
        self.assertEqual(answer.summary["files"], 4)  # a file that is named counts whatever its name
        self.assertFalse(os.path.exists(nowhere))

    def test_what_cannot_be_looked_at(self):
        os.chmod(os.path.join(self.pictures, "x"), 0)
        answer = self.scan(self.pictures, self.path("gone"))
        os.chmod(os.path.join(self.pictures, "x"), 0o755)
        failed = [row for row in answer.rows if "status" in row]
        self.assertTrue(answer.partial)
        self.assertEqual(sorted((os.path.basename(row["path"]), row["status"]) for row in failed),
                         [("gone", "not_found"), ("x", "io")])
        self.assertEqual(answer.summary["failed"], 2)
        with self.assertRaises(Error) as told:
            self.scan(self.path("gone"))
        self.assertEqual(told.exception.status, "not_found")
