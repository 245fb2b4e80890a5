"""Pick and reject, decided on the command line."""
import csv
import os

import pictures
from world import FAILED, SOME_FAILED, USAGE, Case


class Flags(Case):
    def setUp(self):
        super().setUp()
        self.sources = [os.path.join(self.pictures, f"{seed}.jpg") for seed in range(5)]
        for seed, path in enumerate(self.sources):
            pictures.save(pictures.picture(seed), path)
        pictures.write(self.sources[4] + ".xmp", b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
                       b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
                       b'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="-1"/></rdf:RDF></x:xmpmeta>')
        self.kalon("index", "--quiet", "--model", "descriptor", self.pictures)

    def flagged(self, flag):
        return self.names(self.list("--where", f"flag = {flag}"))

    def test_flags_are_decided_found_and_taken_back(self):
        self.assertEqual(self.flagged("reject"), ["4.jpg"])  # rejected in another program
        self.assertEqual(self.kalon("flag", *self.sources[:2], "--as", "pick").text, "2 pictures picked\n")
        self.assertEqual(self.kalon("flag", self.sources[1], self.sources[4], "--as=reject").text, "2 pictures rejected\n")
        self.assertEqual((self.flagged("pick"), self.flagged("reject"), self.flagged("none")),
                         (["0.jpg"], ["1.jpg", "4.jpg"], ["2.jpg", "3.jpg"]))
        self.assertEqual(self.kalon("flag", self.sources[4], "--as", "none").text, "1 picture without a flag from now on\n")
        self.assertEqual(self.flagged("none"), ["2.jpg", "3.jpg", "4.jpg"])
        self.assertEqual([row.get("flag") for row in self.list()], ["pick", "reject", None, None, None])
        listed = self.kalon("list").text.splitlines()
        self.assertTrue(listed[0].endswith("0.jpg  (pick)") and listed[1].endswith("1.jpg  (reject)"), listed)
        self.assertEqual(self.kalon("info", "--json", self.sources[1]).rows[0]["flag"], "reject")
        told = [line.split() for line in self.kalon("info", self.sources[1]).text.splitlines()]
        self.assertEqual([words for words in told if words[0] == "flag"], [["flag", "reject"]])
        found = self.kalon("similar", "--json", "--where", "flag = reject", self.sources[0]).rows
        self.assertEqual([(os.path.basename(row["path"]), row["flag"]) for row in found], [("1.jpg", "reject")])
        self.kalon("export", "list", "--format", "csv", "--to", self.path("list.csv"))
        with open(self.path("list.csv"), newline="", encoding="utf-8") as file:
            self.assertEqual([row["flag"] for row in csv.DictReader(file)], ["pick", "reject", "", "", ""])
        # Each decision in one step, whatever the number of its pictures.
        self.assertIn("Took back: flag of 1 picture, made ", self.kalon("undo").text)
        self.assertEqual(self.flagged("reject"), ["1.jpg", "4.jpg"])
        self.assertIn("Took back: flag of 2 pictures, made ", self.kalon("undo").text)
        self.assertEqual((self.flagged("pick"), self.flagged("reject")), (["0.jpg", "1.jpg"], ["4.jpg"]))
        self.kalon("undo")
        self.assertEqual((self.flagged("pick"), self.flagged("reject")), ([], ["4.jpg"]))
        self.assertIn("nothing to take back", self.kalon("undo", code=FAILED).error_text)
        self.assert_healthy()

    def test_what_is_not_meant(self):
        self.assertIn("flag needs --as", self.kalon("flag", self.sources[0], code=USAGE).error_text)
        self.assertIn("--as", self.kalon("flag", self.sources[0], "--as", "love", code=USAGE).error_text)
        told = self.kalon("flag", self.path("gone.jpg"), self.sources[0], "--as", "pick", code=SOME_FAILED)
        self.assertIn("gone.jpg: is not in the library", told.error_text)
        self.assertEqual(self.flagged("pick"), ["0.jpg"])

    def test_a_copy_elsewhere_keeps_its_flag(self):
        self.kalon("flag", self.sources[2], "--as", "pick")
        os.rename(self.sources[2], os.path.join(self.pictures, "moved.jpg"))
        self.kalon("index", "--quiet", "--model", "descriptor", self.pictures)
        self.assertEqual([os.path.basename(row["path"]) for row in self.list("--where", "flag = pick and vanished = false")],
                         ["moved.jpg"])
