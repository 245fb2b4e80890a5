"""Stars and labels, taking them back and bringing them back, the history, and what a second process sees of it."""
import csv
import json
import os

import pictures
from service_case import ServiceCase
from world import FAILED, SOME_FAILED, USAGE

XMP = (b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
       b'<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="%d" xmp:Label="%s"/>'
       b'</rdf:RDF></x:xmpmeta>')


class Decisions(ServiceCase):
    """0 to 3 say nothing; 4 says 2 stars and Yellow, 5 that it is a reject; RAW.CR2 and RAW.JPG are one shot."""

    def setUp(self):
        super().setUp()
        self.sources = [os.path.join(self.pictures, f"{seed}.jpg") for seed in range(6)]
        for seed, path in enumerate(self.sources):
            pictures.save(pictures.picture(seed), path)
        pictures.write(self.sources[4] + ".xmp", XMP % (2, b"Yellow"))
        pictures.write(self.sources[5] + ".xmp", XMP % (-1, b""))
        shot = pictures.picture(9, (240, 160))
        self.raw = pictures.write(os.path.join(self.pictures, "RAW.CR2"), pictures.fake_raw(shot))
        self.jpeg = pictures.write(os.path.join(self.pictures, "RAW.JPG"), pictures.jpeg_bytes(shot))
        self.kalon("index", "--quiet", "--model", "descriptor", self.pictures)

    def matching(self, where):
        return self.names(self.list("--where", where))

    def stars(self):
        """By name: stars and who gave them; only of those that have some."""
        return {name: (row["rating"], row["rating_by"])
                for row, name in zip(self.list(), self.names(self.list())) if "rating" in row}

    def test_stars_are_given_found_and_taken_back(self):
        self.assertEqual(self.stars(), {"4.jpg": (2, "file")})
        self.assertEqual(self.matching("flag = reject"), ["5.jpg"])
        self.assertEqual(self.kalon("rate", *self.sources[:3], "--as", "4").text, "3 pictures given 4 stars\n")
        self.assertEqual(self.kalon("rate", self.sources[4], "--as=1").text, "1 picture given 1 star\n")
        self.assertEqual(self.kalon("rate", self.sources[2], self.sources[5], "--as", "0").text,
                         "2 pictures without stars from now on\n")
        self.assertEqual(self.stars(), {"0.jpg": (4, "person"), "1.jpg": (4, "person"), "2.jpg": (0, "person"),
                                        "4.jpg": (1, "person"), "5.jpg": (0, "person")})
        self.assertEqual(self.matching("rating >= 4 and not rating = 0"), ["0.jpg", "1.jpg"])
        self.assertEqual(self.matching("flag = reject"), ["5.jpg"])  # a rating leaves the flag
        told = self.kalon("list").text.splitlines()
        self.assertTrue(told[0].endswith("0.jpg  (4 stars)") and told[2].endswith("2.jpg"), told)
        self.assertTrue(told[4].endswith("4.jpg  (1 star, Yellow)") and told[5].endswith("5.jpg  (reject)"), told)
        told = [line.split(None, 1) for line in self.kalon("info", self.sources[4]).text.splitlines()]
        self.assertEqual([words for words in told if words[0] in ("rating", "rating_by", "label")],
                         [["label", "Yellow"], ["rating", "1"], ["rating_by", "person"]])
        self.kalon("export", "list", "--format", "csv", "--to", self.path("list.csv"))
        with open(self.path("list.csv"), newline="", encoding="utf-8") as file:
            self.assertEqual([row["rating"] for row in csv.DictReader(file)], ["4", "4", "0", "", "1", "0", "", ""])
        # The file itself says what it said; a new look at it changes nothing.
        os.utime(self.sources[4] + ".xmp", (1, 1))
        self.kalon("index", "--quiet", "--model", "descriptor", self.pictures)
        self.assertEqual(self.stars()["4.jpg"], (1, "person"))
        self.assertIn("Took back: rating of 2 pictures, made ", self.kalon("undo").text)
        self.assertEqual(self.stars()["2.jpg"], (4, "person"))
        self.kalon("undo")
        self.kalon("undo")
        self.assertEqual(self.stars(), {"4.jpg": (2, "file")})
        self.assertIn("nothing to take back", self.kalon("undo", code=FAILED).error_text)
        self.assert_healthy()

    def test_labels(self):
        self.assertEqual(self.matching("label = yellow"), ["4.jpg"])
        self.assertEqual(self.kalon("label", self.sources[0], self.sources[4], "--as", "Red").text,
                         "2 pictures labelled Red\n")
        self.assertEqual([row.get("label") for row in self.list()], ["Red", None, None, None, "Red", None, None, None])
        self.assertEqual(self.matching("label = red"), ["0.jpg", "4.jpg"])
        self.assertEqual(self.kalon("label", self.sources[4], "--clear").text, "1 picture without a label from now on\n")
        row = self.row("4.jpg")
        self.assertNotIn("label", row)
        self.assertEqual(row["attributes"], {"rating": "2"})
        self.assertEqual(self.matching("label is known"), ["0.jpg"])
        self.kalon("undo")
        self.kalon("undo")
        self.assertEqual(self.row("4.jpg")["label"], "Yellow")
        self.assert_healthy()

    def test_raw_and_jpeg_share_what_is_decided(self):
        self.kalon("rate", self.raw, "--as", "5")
        self.kalon("label", self.jpeg, "--as", "blue")
        for name in ("RAW.CR2", "RAW.JPG"):
            row = self.row(name)
            self.assertEqual((row["rating"], row["rating_by"], row["label"]), (5, "person", "blue"))
        self.kalon("rate", self.raw, self.jpeg, "--as", "3")
        self.assertEqual(self.matching("rating = 3"), ["RAW.CR2", "RAW.JPG"])
        self.assertIn("3 stars: RAW.JPG\n", self.kalon("history", "--limit", "1").text)

    def test_what_is_not_meant(self):
        self.assertIn("rate needs --as", self.kalon("rate", self.sources[0], code=USAGE).error_text)
        for wrong in ("6", "-1", "2.5", "many", ""):
            self.assertIn("--as", self.kalon("rate", self.sources[0], f"--as={wrong}", code=USAGE).error_text)
        self.assertIn("--clear", self.kalon("label", self.sources[0], code=USAGE).error_text)
        self.assertIn("--clear", self.kalon("label", self.sources[0], "--as", "x", "--clear", code=USAGE).error_text)
        self.assertIn("--as: has at most 64 characters", self.kalon("label", self.sources[0], "--as", "x" * 65, code=USAGE).error_text)
        self.assertIn("one line", self.kalon("label", self.sources[0], "--as", "a\nb", code=USAGE).error_text)
        self.assertIn("is a folder", self.kalon("rate", self.pictures, "--as", "1", code=FAILED).error_text)
        told = self.kalon("rate", self.path("gone.jpg"), self.sources[0], "--as", "5", code=SOME_FAILED)
        self.assertIn("gone.jpg: is not in the library", told.error_text)
        self.assertEqual(self.stars(), {"0.jpg": (5, "person"), "4.jpg": (2, "file")})
        self.assertIn("no such action", self.kalon("history", "--before", "0" * 31 + "1", code=FAILED).error_text)
        self.assertIn("32 hex digits", self.kalon("history", "--before", "last", code=USAGE).error_text)

    def test_history_undo_and_redo(self):
        self.assertIn("Nothing was decided", self.kalon("history").error_text)
        rated = self.kalon("rate", "--json", *self.sources[:4], "--as", "3").summary["action"]
        self.kalon("flag", self.sources[0], "--as", "pick")
        self.kalon("exclude", self.sources[1], "--reason", "dull")
        self.kalon("sort", "--by", "name", "--to", self.path("sorted"), self.pictures)
        self.kalon("undo", "--action", rated)
        self.assertEqual(self.stars(), {"4.jpg": (2, "file")})
        self.assertEqual(self.matching("flag = pick"), ["0.jpg"])  # only what was asked for
        rows = self.kalon("history", "--json").rows
        self.assertEqual([(row["kind"], row["undone"], row["text"]) for row in rows],
                         [("undo", False, "taken back: 3 stars: 0.jpg and 3 more"),
                          ("sort", False, "placed in " + self.path("sorted")), ("exclude", False, "excluded: 1.jpg"),
                          ("flag", False, "picked: 0.jpg"), ("rating", True, "3 stars: 0.jpg and 3 more")])
        self.assertEqual((rows[0]["undoes"], rows[4]["action"], rows[4]["count"]), (rated, rated, 4))
        self.assertEqual(sorted(row["time"] for row in rows), [row["time"] for row in reversed(rows)])
        self.assertEqual(rows[4]["paths"], self.sources[:4])
        told = self.kalon("history").text.splitlines()
        self.assertTrue(told[4].endswith("3 stars: 0.jpg and 3 more  (taken back)"), told)
        self.assertIn(rated, told[4])
        # Pages of two.
        first = self.kalon("history", "--json", "--limit", "2")
        self.assertTrue(first.summary["more"])
        rest = self.kalon("history", "--json", "--before", first.summary["last"])
        self.assertEqual(first.rows + rest.rows, rows)
        self.assertIn("--before " + first.summary["last"], self.kalon("history", "--limit", "2").error_text)
        # The undo of the undo, by its name in the history.
        self.assertEqual(self.kalon("undo", "--action", rows[0]["action"]).text, "Brought back: rating of 4 pictures\n")
        self.assertEqual(self.matching("rating = 3"), ["0.jpg", "1.jpg", "2.jpg", "3.jpg"])
        self.assertEqual(self.kalon("history", "--json", "--limit", "1").rows[0]["text"],
                         "brought back: 3 stars: 0.jpg and 3 more")
        self.kalon("undo", "--action", rows[0]["action"], code=FAILED)
        # The newest of all is taken back by itself: first the folder, then the decisions.
        self.assertIn("Took back " + self.path("sorted"), self.kalon("undo").text)
        self.assertIn("Took back: exclude of 1 picture", self.kalon("undo").text)
        self.assertTrue(self.kalon("history", "--json").rows[3]["undone"])  # the folder
        self.assert_healthy()

    def test_processes_see_what_others_decide(self):
        one, other = self.client(library=self.library), self.client(library=self.library)
        cursor = one.call("changes").summary["cursor"]

        def news(**narrowed):
            nonlocal cursor
            answer = one.call("changes", since=cursor, **narrowed)
            self.assertEqual(self.names(answer.rows), sorted(self.names(answer.rows)))
            everything = {row["path"]: row for row in one.call("list").rows}
            self.assertEqual(answer.rows, [everything[row["path"]] for row in answer.rows])
            cursor = answer.summary.pop("cursor")
            return self.names(answer.rows), answer.summary

        same, some = {"unchanged": True, "all": False, "votes": False}, {"unchanged": False, "all": False, "votes": False}
        self.assertEqual(news(), ([], same))
        action = other.call("rate", paths=self.sources[1:3], rating=2).summary["action"]
        self.assertEqual(news(), (["1.jpg", "2.jpg"], some))
        self.assertEqual(news(), ([], same))
        self.kalon("label", self.jpeg, "--as", "green")  # and a third
        self.assertEqual(news(), (["RAW.CR2", "RAW.JPG"], some))
        back = other.call("undo", action=action).summary["action"]
        self.assertEqual(news(), (["1.jpg", "2.jpg"], some))
        other.call("undo", action=back)
        other.call("exclude", paths=self.sources[0])
        self.assertEqual(news(), (["0.jpg", "1.jpg", "2.jpg"], some))
        other.call("flag", paths=self.sources, flag="pick")
        self.assertEqual(news(paths=self.sources[3])[0], ["3.jpg"])
        # What index finds.
        os.remove(self.sources[3])
        pictures.save(pictures.picture(40), os.path.join(self.pictures, "new.jpg"))
        pictures.write(self.sources[2] + ".xmp", XMP % (5, b"Purple"))
        self.kalon("index", "--quiet", "--model", "descriptor", self.pictures)
        names, summary = news()
        self.assertEqual((names, summary), (["2.jpg", "3.jpg", "new.jpg"], some))
        # What is computed of pictures is in no row; a column of scores is in all.
        other.call("sort", to=self.path("sorted"), model="descriptor", paths=self.pictures)
        self.assertEqual(news(), ([], some))
        with open(self.path("scores.csv"), "w", encoding="utf-8") as file:
            file.write(f"path,score\n{self.sources[0]},1\n")
        other.call("import_scores", path=self.path("scores.csv"), name="beauty")
        self.assertEqual(news(), ([], {"unchanged": False, "all": True, "votes": True}))
        one.call("rank_start", session="s", paths=self.pictures, model="descriptor")
        other.call("rank_vote", session="s", annotator="ada", pictures=self.sources[1:3], outcome="left")
        names, summary = news()
        self.assertEqual((summary["all"], summary["votes"]), (False, True))
        self.kalon("doctor", "check")
        self.assertEqual(news(), ([], same))

    def test_a_library_that_is_only_read(self):
        self.kalon("rate", self.sources[0], "--as", "5")
        folder = self.path("closed")
        self.kalon("doctor", "backup", folder)
        for name in os.listdir(folder):
            os.chmod(os.path.join(folder, name), 0o444)
        os.chmod(folder, 0o555)
        told = self.kalon("--library", folder, "rate", self.sources[1], "--as", "4", code=FAILED).error_text
        self.assertRegex(told, "cannot be written|read-only|Permission denied")
        self.assertEqual(len(self.kalon("--library", folder, "history", "--json").rows), 1)
        listed = self.kalon("--library", folder, "list", "--json", "--where", "rating = 5").rows
        self.assertEqual(self.names(listed), ["0.jpg"])

    def test_json_lines_of_the_command_line(self):
        done = self.kalon("rate", "--json", self.sources[0], "--as", "3").objects
        self.assertEqual([set(done[0]["summary"])], [{"rating", "rated", "missing", "action"}])
        done = self.kalon("label", "--json", self.sources[0], "--as", "red").objects
        self.assertEqual([set(done[0]["summary"])], [{"label", "labelled", "missing", "action"}])
        self.assertRegex(json.dumps(self.kalon("exclude", "--json", self.sources[0]).summary), '"action": "[0-9a-f]{32}"')
