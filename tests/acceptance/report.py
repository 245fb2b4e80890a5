"""`kalon report`: one page of everything, that needs nothing but itself."""
import base64
import html.parser
import io
import os
import re
import shutil
import urllib.parse

from PIL import Image

import pictures
from world import DONE, USAGE, Case


class Page(html.parser.HTMLParser):
    """What a browser would see: elements, the pictures in them, and where links lead."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.sources, self.links, self.ids, self.words = [], [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append(tag)
        if tag == "img":
            self.sources.append(attributes["src"])
        if tag == "a" and "href" in attributes:
            self.links.append(attributes["href"])
        if "id" in attributes:
            self.ids.append(attributes["id"])

    def handle_data(self, data):
        self.words.append(data)


class Report(Case):
    def setUp(self):
        super().setUp()
        for family in range(4):
            for member in range(6):
                pictures.save(pictures.family_member(family, member), self.path("pictures", f"f{family}_{member}.png"))
        self.page_file = self.path("page.html")

    def report(self, *arguments, code=DONE):
        return self.kalon("report", "--json", "--to", self.page_file, *arguments, code=code)

    def page(self):
        with open(self.page_file, encoding="utf-8") as file:
            self.text = file.read()
        return Page(self.text)

    def test_one_page_of_everything(self):
        pictures.save(pictures.family_member(0, 0), self.path("pictures", "copy of f0_0.png"))
        pictures.save(pictures.picture(99), self.path("pictures", "stranger <b>&\"q\".png"))
        self.index()
        summary = self.report().summary
        self.assertEqual(summary["pictures"], 25)
        page = self.page()
        for chapter in ("order", "groups", "duplicates", "outliers"):
            self.assertIn(chapter, page.ids)
        # Nothing that needs a network or runs: no scripts, no foreign addresses, pictures in the page itself.
        self.assertFalse({"script", "iframe", "object", "embed", "link"} & set(page.tags))
        self.assertFalse(re.search(r"https?:|//[a-z]|@import|\burl\(|\bon[a-z]+=", re.sub(r"data:image/jpeg;base64,[\w+/=]+", "", self.text)
                                   .replace("file:///", "")), "something of the page lies elsewhere")
        for source in page.sources:
            kind, _, data = source.partition(",")
            self.assertEqual(kind, "data:image/jpeg;base64")
            Image.open(io.BytesIO(base64.b64decode(data, validate=True))).load()
        self.assertGreaterEqual(len(page.sources), 25)
        # Names are shown as they are, and links lead to the files.
        self.assertIn("stranger <b>&\"q\".png", page.words)
        files = {urllib.parse.unquote(link[len("file://"):]) for link in page.links if link.startswith("file://")}
        self.assertTrue(all(os.path.exists(file) for file in files))
        self.assertEqual(len(files & {self.path("pictures", name) for name in os.listdir(self.pictures)}), len(files))

    def test_every_picture_of_the_order_is_shown_once_and_samples_are_told(self):
        self.index()
        self.report()
        order = re.search(r'<section id="order">.*?</section>', self.page() and self.text, re.S).group()
        names = re.findall(r'alt="([^"]+)"', order)
        self.assertEqual(sorted(names), sorted(os.listdir(self.pictures)))
        self.report("--overwrite", "--pictures", "7")
        order = re.search(r'<section id="order">.*?</section>', self.page() and self.text, re.S).group()
        self.assertEqual(len(re.findall("<img", order)), 7)
        self.assertIn("7 of 24 are shown", order)

    def test_a_page_is_not_overwritten_unasked_and_nothing_else_changes(self):
        self.index()
        before = sorted(os.listdir(self.top))
        self.report()
        self.assertEqual(sorted(os.listdir(self.top)), sorted(before + ["page.html"]))
        self.assertIn("exists already", self.report(code=USAGE).error_text)

    def test_few_pictures_give_a_page_all_the_same(self):
        for name in os.listdir(self.pictures):
            if name != "f0_0.png":
                os.unlink(self.path("pictures", name))
        self.index()
        self.report()
        self.assertIn("order", self.page().ids)

    def order(self):
        return re.search(r'<section id="order">.*?</section>', self.page() and self.text, re.S).group()

    def stretches(self):
        """How many pictures each stretch of the order has, as sort tells it."""
        rows = self.kalon("sort", "--json", "--dry-run", "--to", self.path("sorted")).rows
        return [sum(row["section"] == section for row in rows) for section in sorted({row["section"] for row in rows})]

    def test_a_sample_leaves_no_stretch_out_and_counts_add_up(self):
        for name in os.listdir(self.pictures):  # of unlike sizes: 6, 1, 3 and 6
            family, member = int(name[1]), int(name[3])
            if member >= (6, 1, 3, 6)[family]:
                os.unlink(self.path("pictures", name))
        self.index()
        sizes = self.stretches()
        self.assertGreater(len(sizes), 2, "too few stretches to prove anything")
        for most in (len(sizes), len(sizes) + 3, 2, 1, 16):
            with self.subTest(pictures=most):
                self.report("--overwrite", "--pictures", str(most))
                order = self.order()
                self.assertIn(f"<dt>stretches of the order</dt><dd>{len(sizes)}</dd>", self.text)
                self.assertEqual(order.count("<img"), most)
                notes = re.findall(r"<h3><span>(?:(\d+) of )?(\d+) pictures?</span></h3>(.*?)(?=<h3>|</section>)",
                                   order, re.S)
                shown = [figures.count("<img") for _, _, figures in notes]
                told = [int(some or every) for some, every, _ in notes]
                self.assertEqual(shown, told)
                self.assertEqual(sum(shown), most)
                if most >= len(sizes):
                    self.assertEqual([int(every) for _, every, _ in notes], sizes)
                else:
                    self.assertEqual(shown, [1] * most)
                    self.assertIn(f"{most} of 16 are shown, from {most} of the {len(sizes)} stretches.", order)

    def test_sizes_are_told_as_list_tells_them(self):
        def padded(image, size):
            """A JPEG file of just that size: comments fill it."""
            data = pictures.jpeg_bytes(image)
            while len(data) < size:
                length = min(65000, size - len(data) - 4)
                if 0 < size - len(data) - 4 - length < 4:
                    length -= 4
                data = data[:2] + b"\xff\xfe" + (length + 2).to_bytes(2, "big") + bytes(length) + data[2:]
            self.assertEqual(len(data), size)
            return data

        told = {999: "999 B", 1449: "1.4 kB", 99449: "99.4 kB", 240600: "241 kB", 999499: "999 kB", 999500: "1.0 MB"}
        shutil.rmtree(self.pictures)
        for seed, size in enumerate(told):
            data = padded(pictures.picture(seed, (8, 6)), size)
            for folder in ("one", "two"):
                pictures.write(self.path("pictures", folder, f"{size}.jpg"), data)
        self.index()
        self.report()
        listed = self.kalon("list").text
        self.page()
        for size, words in told.items():
            self.assertRegex(self.text, rf"{size}\.jpg<span> 8 x 6 jpeg, {re.escape(words)}</span>")
            self.assertRegex(listed, rf"{re.escape(words)}  \S+/one/{size}\.jpg")
