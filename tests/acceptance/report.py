"""`kalon report`: one page of everything, that needs nothing but itself."""
import base64
import html.parser
import io
import os
import re
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
