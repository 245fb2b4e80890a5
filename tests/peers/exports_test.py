#!/usr/bin/env python3
"""Every data set of preferences that Kalon writes, read back by those who are to read it: pyarrow, pandas and Hugging Face
`datasets`, and what they write read by Kalon. Run by build/peers/bin/python; KALON_EXPORTS names the program write_exports.

The published layouts: the cards of yuvalkirstain/pickapic_v1 and ymhao/HPDv2, the loader of HPSv2 (RankingDataset and HPDDataset
of src/training/data.py), the training script of Diffusion-DPO, TRL's dataset formats, and `datasets` itself.
"""
import datetime
import io
import json
import os
import subprocess
import tempfile
import unittest
import urllib.parse

os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_OFFLINE="1", HF_DATASETS_DISABLE_PROGRESS_BARS="1")
CACHE = tempfile.TemporaryDirectory()
os.environ["HF_HOME"] = CACHE.name

import datasets
import numpy
import pandas
import pyarrow
import pyarrow.parquet
from PIL import Image

PROGRAM = os.environ["KALON_EXPORTS"]
PUBLISHED = ["are_different", "best_image_uid", "caption", "created_at", "has_label", "image_0_uid", "image_0_url", "image_1_uid",
             "image_1_url", "jpg_0", "jpg_1", "label_0", "label_1", "model_0", "model_1", "ranking_id", "user_id",
             "num_example_per_prompt", "__index_level_0__"]
EPOCH = datetime.datetime(1970, 1, 1)


def run(*arguments):
    return subprocess.run([PROGRAM, *arguments], check=True, stdout=subprocess.PIPE, timeout=60).stdout.decode()


def read_votes(layout, path):
    return [json.loads(line) for line in run("read", layout, path).splitlines()]


def load(builder, split="train", **arguments):
    return datasets.load_dataset(builder, split=split, cache_dir=CACHE.name, **arguments)


def pixels(image):
    return numpy.asarray(image.convert("RGB"))


class World:
    """Pictures and votes, and the files that were made of them."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(dir=CACHE.name)
        r = numpy.random.default_rng(5)
        self.pictures = []
        names = ["plain.jpg", "two words.png", 'quotes " and \\.jpg', "Καλόν 猫.png", "line\nbreak.jpg", "photo.webp"]
        os.mkdir(os.path.join(self.folder, "source"))
        os.mkdir(os.path.join(self.folder, "out"))
        for i, name in enumerate(names):
            path = os.path.join(self.folder, "source", name)
            Image.fromarray(r.integers(0, 255, (12 + i, 20, 3), dtype=numpy.uint8)).save(path)
            self.pictures.append({
                "id": f"{i:032x}", "path": path, "prompt": "a cat, \"in\" the\nrain" if i < 3 else "Καλόν",
                "attributes": {"model": f"sd-{i}"} | ({"seed": str(i * 7), "file_name": "taken"} if i % 2 else {}),
                "mean": i / 3 - 1, "sd": 0.25 + i / 10, "rank": 6 - i, "score": 1 + i * 0.75})
        self.pictures.append({"id": "f" * 32, "path": os.path.join(self.folder, "gone.jpg"), "prompt": "Καλόν"})
        ids = [picture["id"] for picture in self.pictures]
        pair = lambda a, b, verdict, **more: {"items": [ids[a], ids[b]], "verdict": verdict, **more}
        self.votes = [
            pair(0, 1, "left", annotator="ann", time=1_700_000_000_123_456, certainty=0.97),
            pair(1, 0, "left", annotator="bob, \"jr\"", time=1_600_000_000_000_000, certainty=0.03),
            pair(2, 3, "right", annotator="ann", criterion="colour", certainty=0.6, weight=2.5),
            pair(3, 4, "tie", annotator="ann", certainty=0.5),
            pair(0, 5, "skip", annotator="ann"),
            pair(1, 4, "both_bad"),
            pair(4, 5, "right", prompt="of the vote itself", certainty=0.08),
            {"items": [ids[5], ids[3], ids[4], ids[0]], "ranks": [2, 1, 2, 4], "annotator": "Ζωή"},
            pair(0, 6, "left", annotator="ann"),
            {"items": [ids[0], "nobody knows it"], "verdict": "left"},
            pair(0, 1, "left", annotator="ann", certainty=0.97),
        ]
        with open(os.path.join(self.folder, "world.json"), "w") as file:
            json.dump({"pictures": self.pictures, "votes": self.votes, "certainty": 0.9}, file)
        self.results = json.loads(run("all", os.path.join(self.folder, "world.json"), os.path.join(self.folder, "out")))

    def at(self, *names):
        return os.path.join(self.folder, "out", *names)

    def bytes_of(self, number):
        with open(self.pictures[number]["path"], "rb") as file:
            return file.read()

    def pairs(self, bytes_needed):
        """(vote number, left, right, label of the left one, vote) for each pair, as the layouts define them."""
        numbers = {picture["id"]: i for i, picture in enumerate(self.pictures)}
        for number, vote in enumerate(self.votes, 1):
            items = [numbers.get(item) for item in vote["items"]]
            if None in items or (bytes_needed and 6 in items):
                continue
            if "ranks" in vote:
                for i in range(len(items)):
                    for j in range(i + 1, len(items)):
                        if vote["ranks"][i] != vote["ranks"][j]:
                            yield number, items[i], items[j], float(vote["ranks"][i] < vote["ranks"][j]), vote
            elif vote["verdict"] in ("left", "right", "tie"):
                yield number, *items, {"left": 1.0, "right": 0.0, "tie": 0.5}[vote["verdict"]], vote


class Exports(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World()

    def prompt(self, left, right, vote):
        """What was asked of both pictures; nothing where that differs."""
        prompts = {self.world.pictures[left]["prompt"], self.world.pictures[right]["prompt"]}
        return vote.get("prompt") or (prompts.pop() if len(prompts) == 1 else "")

    def pickapic_rows(self, bytes_needed):
        pairs = list(self.world.pairs(bytes_needed))
        users, rows = {}, []
        prompts = [self.prompt(left, right, vote) for _, left, right, _, vote in self.world.pairs(False)]
        for i, (number, left, right, label, vote) in enumerate(pairs):
            a, b = self.world.pictures[left], self.world.pictures[right]
            annotator = vote.get("annotator", "")
            rows.append({
                "are_different": True,
                "best_image_uid": {1: a["id"], 0: b["id"], 0.5: "tie"}[label],
                "caption": self.prompt(left, right, vote),
                "created_at": EPOCH + datetime.timedelta(microseconds=vote["time"]) if "time" in vote else None,
                "has_label": True, "image_0_uid": a["id"], "image_1_uid": b["id"],
                "label_0": label, "label_1": 1 - label,
                "model_0": a.get("attributes", {}).get("model"), "model_1": b.get("attributes", {}).get("model"),
                "ranking_id": number, "user_id": users.setdefault(annotator, len(users) + 1),
                "num_example_per_prompt": prompts.count(self.prompt(left, right, vote)), "__index_level_0__": i,
                "annotator": annotator or None, "criterion": vote.get("criterion"),
                "certainty": vote.get("certainty") if "ranks" not in vote else None,
                "left": left, "right": right})
        return rows

    def check_pickapic(self, got, bytes_needed):
        expected = self.pickapic_rows(bytes_needed)
        self.assertEqual(len(got), len(expected))
        for row, known in zip(got, expected):
            for name in [*PUBLISHED, "annotator", "criterion", "certainty"]:
                if name in known:
                    self.assertEqual("" if name == "caption" and row[name] is None else row[name], known[name], name)  # CSV has no null
            for side, name in (("left", "image_0_url"), ("right", "image_1_url")):
                path = self.world.pictures[known[side]]["path"]
                self.assertEqual(row[name], "file://" + urllib.parse.quote(path))

    def test_pickapic_parquet(self):
        table = pyarrow.parquet.read_table(self.world.at("pickapic.parquet"))
        self.assertEqual(table.column_names[:len(PUBLISHED)], PUBLISHED)
        # The published types; times are finer there (nanoseconds).
        kinds = {"bool": ["are_different", "has_label"], "double": ["label_0", "label_1", "certainty"], "binary": ["jpg_0", "jpg_1"],
                 "int64": ["ranking_id", "user_id", "num_example_per_prompt", "__index_level_0__"], "timestamp[us]": ["created_at"]}
        of_name = {name: kind for kind, names in kinds.items() for name in names}
        for field in table.schema:
            self.assertEqual(str(field.type), of_name.get(field.name, "string"), field.name)
        rows = table.to_pylist()
        self.check_pickapic(rows, True)
        for row, (_, left, right, _, _) in zip(rows, self.world.pairs(True)):
            self.assertEqual(row["jpg_0"], self.world.bytes_of(left))
            self.assertEqual(row["jpg_1"], self.world.bytes_of(right))
        loaded = load("parquet", data_files=self.world.at("pickapic.parquet"))
        self.assertEqual(loaded.to_list(), rows)
        self.assertEqual(loaded.features["jpg_0"], datasets.Value("binary"))
        result = self.world.results["pickapic.parquet"]
        self.assertEqual(result["rows"], len(rows))
        self.assertEqual(result["without_order"], 2)
        self.assertEqual(result["lost"], 2)
        self.assertEqual(set(result["failed"]), {self.world.pictures[6]["path"], "nobody knows it"})

    def test_diffusion_dpo_reads_it(self):
        # What train.py of Diffusion-DPO does with a row: no ties, and the bytes of the preferred picture first.
        rows = load("parquet", data_files=self.world.at("pickapic.parquet"))
        rows = rows.filter(lambda row: row["label_0"] in (0, 1))
        for row, (_, left, right, label, _) in zip(rows, [p for p in self.world.pairs(True) if p[3] != 0.5], strict=True):
            pictures = [Image.open(io.BytesIO(row["jpg_0"])), Image.open(io.BytesIO(row["jpg_1"]))]
            if not row["label_0"]:
                pictures.reverse()
            wanted = [left, right] if label else [right, left]
            for picture, number in zip(pictures, wanted):
                with Image.open(self.world.pictures[number]["path"]) as original:
                    self.assertTrue((pixels(picture) == pixels(original)).all())

    def test_pickapic_as_images(self):
        loaded = load("parquet", data_files=self.world.at("pickapic-images.parquet"))
        self.assertEqual(loaded.features["jpg_0"], datasets.Image())
        for row, (_, left, right, _, _) in zip(loaded, self.world.pairs(True), strict=True):
            for name, number in (("jpg_0", left), ("jpg_1", right)):
                with Image.open(self.world.pictures[number]["path"]) as original:
                    self.assertTrue((pixels(row[name]) == pixels(original)).all())
        raw = pyarrow.parquet.read_table(self.world.at("pickapic-images.parquet"))["jpg_1"].to_pylist()
        for cell, (_, _, right, _, _) in zip(raw, self.world.pairs(True)):
            path = self.world.pictures[right]["path"]
            self.assertEqual(cell, {"bytes": self.world.bytes_of(right), "path": os.path.basename(path)})

    def test_pickapic_text(self):
        rows = load("json", data_files=self.world.at("pickapic.jsonl")).to_list()
        for row in rows:
            when = row["created_at"]  # text in JSON
            row["created_at"] = when and datetime.datetime.fromisoformat(when).replace(tzinfo=None)
        self.check_pickapic(rows, False)
        frame = pandas.read_csv(self.world.at("pickapic.csv"), parse_dates=["created_at"])
        self.assertEqual(list(frame.columns)[:3], PUBLISHED[:3])
        rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
        for row in rows:
            row["created_at"] = row["created_at"] and row["created_at"].to_pydatetime().replace(tzinfo=None)
            for name in ("image_0_uid", "image_1_uid", "best_image_uid"):
                row[name] = str(row[name]).zfill(32) if row[name] != "tie" else "tie"
        self.check_pickapic(rows, False)

    def test_kalon_reads_its_own_parquet(self):
        for name in ("pickapic.parquet", "pickapic-images.parquet"):
            flat = [json.loads(line) for line in run("table", self.world.at(name)).splitlines()]
            table = pyarrow.parquet.read_table(self.world.at(name)).drop_columns(["jpg_0", "jpg_1"])
            for row, known in zip(flat, table.to_pylist(), strict=True):
                text = {name: str(value).lower() if isinstance(value, bool) else value.isoformat(timespec="microseconds") + "Z"
                        if isinstance(value, datetime.datetime) else str(value) for name, value in known.items() if value is not None}
                for column in ("label_0", "label_1", "certainty"):
                    if column in text:
                        self.assertEqual(float(row.pop(column)), float(text.pop(column)))
                self.assertEqual(row, text)

    def check_votes(self, votes, expected):
        self.assertEqual(len(votes), len(expected))
        for vote, row in zip(votes, expected):
            self.assertEqual(vote["items"], [row["image_0_uid"], row["image_1_uid"]])
            self.assertEqual(vote["verdict"], {1: "left", 0: "right", 0.5: "tie"}[row["label_0"]])
            self.assertEqual(vote["prompt"], row["caption"])
            self.assertEqual(vote["annotator"], row["annotator"] or str(row["user_id"]))
            when = row["created_at"]
            self.assertEqual(vote["time"], when and round((when - EPOCH) / datetime.timedelta(microseconds=1)))
            self.assertFalse(vote["placement_known"])

    def test_pickapic_comes_back(self):
        for name, bytes_needed in (("pickapic.parquet", True), ("pickapic-images.parquet", True), ("pickapic.jsonl", False),
                                   ("pickapic.csv", False)):
            with self.subTest(name):
                self.check_votes(read_votes("pickapic", self.world.at(name)), self.pickapic_rows(bytes_needed))

    def test_pickapic_of_others_comes_in(self):
        # The published layout as pandas and `datasets` write it: nanoseconds, numbers of users, no columns of Kalon's.
        expected = [row | {"annotator": None} for row in self.pickapic_rows(True)]
        frame = pandas.DataFrame(expected)[[name for name in PUBLISHED if name in expected[0]]]
        frame["created_at"] = frame["created_at"].astype("datetime64[ns]")
        frame["jpg_0"] = [b"\xff\xd8\x00\xff"] * len(frame)
        loaded = datasets.Dataset.from_pandas(frame)
        files = {name: self.world.at("others." + name) for name in ("parquet", "snappy.parquet", "csv", "jsonl")}
        loaded.to_parquet(files["parquet"])
        frame.to_parquet(files["snappy.parquet"])
        frame.drop(columns="jpg_0").to_csv(files["csv"], index=False)
        # Milliseconds since 1970, as pandas has long written times.
        since = [when if when is None else (when - EPOCH) // datetime.timedelta(milliseconds=1) for when in (row["created_at"] for row in expected)]
        frame.drop(columns="jpg_0").assign(created_at=since).to_json(files["jsonl"], orient="records", lines=True)
        for name, path in files.items():
            with self.subTest(name):
                rows = expected
                if name == "jsonl":
                    cut = lambda when: when and when.replace(microsecond=when.microsecond // 1000 * 1000)
                    rows = [row | {"created_at": cut(row["created_at"])} for row in expected]
                self.check_votes(read_votes("pickapic", path), rows)

    def test_hpdv2_train(self):
        with open(self.world.at("train.json")) as file:
            objects = json.load(file)
        # As HPDDataset of HPSv2 takes them.
        table = pyarrow.Table.from_pylist(objects)
        self.assertEqual(len(table), self.world.results["train.json"]["rows"])
        for i, (_, left, right, label, vote) in enumerate(self.world.pairs(False)):
            self.assertEqual(table.column("file_path")[i].as_py(), [self.world.pictures[n]["path"] for n in (left, right)])
            self.assertEqual(table.column("human_preference")[i].as_py(), {1: [1, 0], 0: [0, 1], 0.5: [1, 1]}[label])
            self.assertEqual(table.column("prompt")[i].as_py(), self.prompt(left, right, vote))
        self.assertEqual(len(table), i + 1)
        # As the loading script of ymhao/HPDv2 declares them.
        features = datasets.Features({"prompt": datasets.Value("string"), "file_path": datasets.List(datasets.Value("string")),
                                      "human_preference": datasets.List(datasets.Value("int8"))})
        self.assertEqual(load("json", data_files=self.world.at("train.json"), features=features).to_list(), objects)
        for vote, known in zip(read_votes("hpdv2", self.world.at("train.json")), objects, strict=True):
            self.assertEqual(vote["items"], known["file_path"])
            self.assertEqual(vote["verdict"], {(1, 0): "left", (0, 1): "right", (1, 1): "tie"}[tuple(known["human_preference"])])

    def test_hpdv2_test(self):
        with open(self.world.at("test.json")) as file:
            objects = json.load(file)
        table = pyarrow.Table.from_pylist(objects)  # as RankingDataset of HPSv2 takes them
        groups = {}
        for vote in self.world.votes:
            numbers = [next((i for i, p in enumerate(self.world.pictures) if p["id"] == item), None) for item in vote["items"]]
            ranks = vote.get("ranks") or {"left": [1, 2], "right": [2, 1], "tie": [1, 1]}.get(vote["verdict"])
            if None in numbers or not ranks:
                continue
            prompt = vote.get("prompt") or self.world.pictures[numbers[0]]["prompt"]
            ranks = {self.world.pictures[number]["path"]: rank for number, rank in zip(numbers, ranks)}
            groups.setdefault((prompt, frozenset(ranks)), []).append((ranks, vote.get("annotator", "")))
        self.assertEqual(len(table), len(groups))
        for row in table.to_pylist():
            paths = row["image_path"]
            known = groups.pop((row["prompt"], frozenset(paths)))
            self.assertEqual([(dict(zip(paths, one["rank"])), one["user_hash"]) for one in row["raw_annotations"]], known)
            means = [sum(ranks[path] for ranks, _ in known) / len(known) for path in paths]
            self.assertEqual(row["rank"], [1 + sum(other < mean for other in means) for mean in means])
        votes = read_votes("hpdv2", self.world.at("test.json"))
        raw = [(row, one) for row in objects for one in row["raw_annotations"]]
        for vote, (row, one) in zip(votes, raw, strict=True):
            self.assertEqual((vote["items"], vote["annotator"], vote["prompt"]), (row["image_path"], one["user_hash"], row["prompt"]))
            if len(vote["items"]) > 2:
                self.assertEqual(vote["ranks"], one["rank"])
            else:
                self.assertEqual(vote["verdict"], {(1, 2): "left", (2, 1): "right", (1, 1): "tie"}[tuple(one["rank"])])

    def test_dpo(self):
        loaded = load("json", data_files=self.world.at("dpo.jsonl"))
        # The explicit-prompt preference type of TRL: three columns of text; `margin` is what its RewardTrainer takes.
        for name in ("prompt", "chosen", "rejected"):
            self.assertEqual(loaded.features[name], datasets.Value("string"))
        for name in ("margin", "label", "weight", "certainty"):
            self.assertEqual(loaded.features[name], datasets.Value("float64"))
        for row, (_, left, right, label, vote) in zip(loaded, self.world.pairs(False), strict=True):
            a, b = (self.world.pictures[n] for n in ((left, right) if label else (right, left)))
            self.assertEqual((row["prompt"], row["chosen"], row["rejected"]), (self.prompt(left, right, vote), a["path"], b["path"]))
            self.assertEqual(row["label"], 0.5 if label == 0.5 else 1)
            self.assertEqual(row["weight"], vote.get("weight", 1))
            if "mean" in b:
                self.assertAlmostEqual(row["margin"], a["mean"] - b["mean"], delta=1e-12)
            else:
                self.assertIsNone(row["margin"])
            if "certainty" in vote:
                self.assertAlmostEqual(row["certainty"], vote["certainty"] if label else 1 - vote["certainty"], delta=1e-12)
        there = loaded.filter(lambda row: os.path.exists(row["rejected"]))
        shown = there.cast_column("chosen", datasets.Image()).cast_column("rejected", datasets.Image())
        self.assertEqual(shown[0]["chosen"].size, (20, 12))
        votes = read_votes("dpo", self.world.at("dpo.jsonl"))
        for vote, row in zip(votes, loaded, strict=True):
            self.assertEqual(vote["items"], [row["chosen"], row["rejected"]])
            self.assertEqual((vote["verdict"], vote["weight"]), ("left" if row["label"] == 1 else "tie", row["weight"]))

    def test_only_settled_pairs_without_ties(self):
        rows = load("json", data_files=self.world.at("dpo-settled.jsonl")).to_list()
        wanted = [vote for vote in self.world.votes if "certainty" in vote and vote["verdict"] != "tie"
                  and (vote["certainty"] if vote["verdict"] == "left" else 1 - vote["certainty"]) >= 0.9]
        self.assertEqual(len(rows), len(wanted))
        self.assertEqual(self.world.results["dpo-settled.jsonl"]["ties"], 1)
        self.assertTrue(all(row["label"] == 1 for row in rows))

    def test_rewards(self):
        rows = load("json", data_files=self.world.at("rewards.jsonl")).to_list()
        known = [{"image": p["path"], "prompt": p["prompt"], "score": p["score"], "sd": p["sd"]} for p in self.world.pictures if "score" in p]
        self.assertEqual(rows, known)

    def test_image_folder(self):
        loaded = load("imagefolder", data_dir=self.world.at("pictures"))
        self.assertEqual(loaded.features["image"], datasets.Image())
        known = self.world.pictures[:6]
        self.assertEqual(len(loaded), len(known))
        for i, (row, picture) in enumerate(zip(loaded, known)):
            with Image.open(picture["path"]) as original:
                self.assertTrue((pixels(row["image"]) == pixels(original)).all())
            for name in ("id", "prompt", "mean", "sd", "rank", "score"):
                self.assertEqual(row[name], picture[name], name)
            # A name that `datasets` would take for that of a file is changed.
            attributes = picture["attributes"]
            self.assertEqual((row["model"], row["seed"], row["file_name_"]),
                             (attributes["model"], attributes.get("seed"), attributes.get("file_name")))
        self.assertEqual(list(self.world.results["pictures"]["failed"]), [self.world.pictures[6]["path"]])

    def test_image_folder_of_pairs(self):
        loaded = load("imagefolder", data_dir=self.world.at("pairs"))
        self.assertEqual((loaded.features["chosen"], loaded.features["rejected"]), (datasets.Image(), datasets.Image()))
        for row, (_, left, right, label, vote) in zip(loaded, self.world.pairs(True), strict=True):
            for name, number in zip(("chosen", "rejected"), (left, right) if label else (right, left)):
                with Image.open(self.world.pictures[number]["path"]) as original:
                    self.assertTrue((pixels(row[name]) == pixels(original)).all())
                self.assertEqual(row[name + "_score"], self.world.pictures[number]["score"])
            self.assertEqual((row["prompt"], row["label"]), (self.prompt(left, right, vote), 0.5 if label == 0.5 else 1))
        # Each picture is there once, however often it was voted on.
        self.assertEqual(len(os.listdir(self.world.at("pairs"))), 6 + 1)


class OtherLayouts(unittest.TestCase):
    def write(self, text):
        path = os.path.join(tempfile.mkdtemp(dir=CACHE.name), "file.json")
        with open(path, "w") as file:
            file.write(text)
        return path

    def test_hpdv2_as_python_dumps_it(self):
        objects = [{"prompt": "a \u0041 \u732b", "file_path": [f"{k}/{i}.jpg" for i in range(2)], "human_preference": [k % 2, 1 - k % 2]}
                   for k in range(5000)]
        for options in ({}, {"indent": 1}, {"ensure_ascii": False}):
            votes = read_votes("hpdv2", self.write(json.dumps(objects, **options)))
            self.assertEqual([v["items"] for v in votes], [o["file_path"] for o in objects])
            self.assertEqual([v["verdict"] for v in votes], ["right", "left"] * 2500)
        lines = "[" + ",\n".join(json.dumps(item) for item in objects) + "]"
        self.assertEqual([v["line"] for v in read_votes("hpdv2", self.write(lines))], list(range(1, 5001)))

    def test_hpdv2_of_several(self):
        votes = read_votes("hpdv2", self.write(json.dumps([
            {"prompt": "", "file_path": list("abcd"), "human_preference": [0, 0, 1, 0]},
            {"prompt": "", "image_path": list("abc"), "rank": [3, 1, 1]},
            {"prompt": "", "image_path": list("ab"), "rank": [0, 7]},
            {"prompt": "", "file_path": list("ab"), "human_preference": [0, 0]}])))
        self.assertEqual([(v["ranks"], v["verdict"]) for v in votes],
                         [([2, 2, 1, 2], "skip"), ([3, 1, 1], "skip"), ([], "left"), ([], "both_bad")])


if __name__ == "__main__":
    datasets.disable_progress_bars()
    unittest.main()
