#!/usr/bin/python3
"""Scripts that are well: what they describe, are given and give, against NumPy by itself."""
import hashlib
import json
import os
import re
import sys
import unittest

import numpy

from engine_end import EXAMPLES, WORKER, Refused, Worker
from scripts import PLAIN, WithScripts, model

EVERYTHING = {
    "id": "all.of-it_2", "name": "All of it", "summary": "What there is: größer", "licence": "MIT", "input": [6, 3], "dtype": "float32",
    "layout": "nchw", "mean": [0.5, 0.25, 0.125], "std": (0.5, 1, 2), "crop": "pad", "filter": "lanczos", "decode_cover": 2.5,
    "preferred_batch": 3, "determinism": "exact", "weights_hash": "0123456789abcdef" * 2, "metric": "euclidean", "tolerance": 0.25,
    "outputs": [{"name": "a", "dimension": 3},
                {"name": "b", "dimension": 1, "kind": "score", "low": -1, "high": 4.5, "direction": -1, "tolerance": 0.5},
                {"name": "c", "dimension": 2, "kind": "probability", "metric": "cosine"}]}


class Described(WithScripts):
    def about(self, text, name="model.py"):
        with Worker() as worker:
            return worker.start(self.script(text, name))

    def test_everything_that_can_be_said(self):
        about = self.about(model("pass", repr(EVERYTHING)))
        output = {"kind": "embedding", "metric": "euclidean", "low": 0, "high": 0, "direction": 0, "tolerance": 0.25}
        self.assertEqual(about, {
            "id": "all.of-it_2", "name": "All of it", "summary": "What there is: größer", "licence": "MIT", "input_width": 6,
            "input_height": 3, "input_sample": "f32", "input_layout": "nchw", "input_mean": [0.5, 0.25, 0.125],
            "input_deviation": [0.5, 1, 2], "crop": "pad", "filter": "lanczos", "decode_cover": 2.5, "preferred_batch": 3,
            "determinism": "exact", "weights_hash": "0123456789abcdef" * 2, "outputs": [
                {**output, "name": "a", "dimension": 3},
                {**output, "name": "b", "dimension": 1, "kind": "score", "low": -1, "high": 4.5, "direction": -1, "tolerance": 0.5},
                {**output, "name": "c", "dimension": 2, "kind": "probability", "metric": "cosine", "high": 1}]})

    def test_what_is_left_out(self):
        about = self.about(model("pass", '{"input": 5, "dimension": numpy.int64(7)}'), "My Größe!.py")
        self.assertRegex(about.pop("weights_hash"), r"\A[0-9a-f]{32}\Z")
        self.assertEqual(about, {
            "id": "my-gr-e", "name": "my-gr-e", "summary": "A script of the user's own", "licence": "LicenseRef-unknown", "input_width": 5,
            "input_height": 5, "input_sample": "u8", "input_layout": "nhwc", "input_mean": [0, 0, 0], "input_deviation": [1, 1, 1],
            "crop": "centre", "filter": "bilinear", "decode_cover": 1, "preferred_batch": 8, "determinism": "tolerance", "outputs": [
                {"name": "embedding", "kind": "embedding", "dimension": 7, "metric": "cosine", "low": 0, "high": 0, "direction": 0,
                 "tolerance": 0.001}]})

    def test_the_readme_knows_every_key(self):
        rows = (WORKER.parent / "README.md").read_text(encoding="utf-8").partition("## describe()")[2].partition("\n## ")[0].splitlines()
        said = [key for row in rows if row.startswith("| `") for key in re.findall("`([a-z_]+)`", row.split("|")[1])]
        said += ["input_width", "input_height"]  # in the row of input
        known = self.refusal(model("pass", "{7: 1}")).text.partition("known are ")[2].split(", ")
        self.assertEqual(sorted(said), sorted(known))

    def test_the_script_in_the_readme(self):
        script = (WORKER.parent / "README.md").read_text(encoding="utf-8").partition("```python\n")[2].partition("```")[0]
        self.assertIn(script, (EXAMPLES / "mean_colour.py").read_text(encoding="utf-8"))

    def test_describe_of_every_kind(self):
        body = 'return {"input_width": 2, "input_height": 1, "dimension": %s}'
        kinds = {"@staticmethod\n    def describe():\n        " + body % 1: 1,
                 "@classmethod\n    def describe(cls):\n        " + body % "cls.d": 2,
                 "def describe(self):\n        " + body % "self.e": 3,
                 "def describe():\n        " + body % 4: 4,
                 "@functools.lru_cache(None)\n    def describe(self):\n        " + body % "self.e + 2": 5}
        for number, (text, dimension) in enumerate(kinds.items()):
            about = self.about("import functools\nclass Any:\n    d = 2\n    def __init__(self):\n        self.e = 3\n    " + text +
                               "\n    def embed(self, p):\n        pass\n", f"kind{number}.py")
            self.assertEqual((about["outputs"][0]["dimension"], about["input_width"], about["input_height"]), (dimension, 2, 1))

    def test_an_instance_made_to_describe_is_the_first_stream(self):
        worker = self.started("""
            class Model:
                made = 0
                def __init__(self): Model.made += 1
                def __len__(self): return 0
                def describe(self): return {"input": 1, "dimension": 1}
                def embed(self, pictures): return [[Model.made]] * len(pictures)
            """.replace("\n            ", "\n"))
        self.assertEqual(worker.run(worker.pictures(1)).tolist(), [[1]])
        worker.ask({"do": "create", "model": 0})
        self.assertEqual(worker.run(worker.pictures(1)).tolist(), [[2]])

    def test_the_hash_follows_the_script_and_its_weights(self):
        (self.folder / "a file").write_bytes(b"abc")
        def of(text, weights):
            return self.about(model(text, repr({"input": 1, "dimension": 1, "weights": weights})))["weights_hash"]
        first = of("pass", ["a file"])
        self.assertEqual(of("pass", ["a file"]), first)
        script = (self.folder / "model.py").read_bytes()
        # What the README says that it is, made by hashlib alone.
        parts = hashlib.blake2b(script).digest() + hashlib.blake2b(b"abc").digest()
        self.assertEqual(first, hashlib.blake2b(parts, digest_size=16).hexdigest())
        hashes = {first, of("pass", []), of("return 1", ["a file"])}
        (self.folder / "a file").write_bytes(b"abd")
        hashes.add(of("pass", ["a file"]))
        self.assertEqual(len(hashes), 4)

    def test_the_class_that_is_the_model(self):
        (self.folder / "others.py").write_text("class Model:\n    pass\n" + PLAIN.replace("Model", "Base").replace("dimension\": 2", "dimension\": 9"))
        for name in ("Model", "Mine"):
            with self.subTest(name=name):
                # Beside it an imported Model that is none, as Keras has, an imported one that is, and one that is no class.
                text = "from others import Model, Base\nmodel = Model()\n" + PLAIN.replace("Model", name)
                self.assertEqual(self.about(text)["outputs"][0]["dimension"], 2)
        self.assertEqual(self.about("from others import Base\nclass Leaf(Base):\n    pass\nclass Inner(Leaf):\n    pass\n")
                         ["outputs"][0]["dimension"], 9)
        self.assertEqual(self.about("from others import Base as Model\nclass Leaf(Model):\n    pass\n")["outputs"][0]["dimension"], 9)


DIAL = """
import numpy
class Model:
    made = []
    @staticmethod
    def describe():
        return {"input": 1, "dimension": 3, "metric": "euclidean", "parameters": (
            {"name": "gain", "type": "number", "default": numpy.float32(1.5), "minimum": 0, "maximum": 8, "unit": "x", "help": "How much"},
            {"name": "times", "type": "integer", "default": numpy.int64(2)},
            {"name": "whole", "type": "number", "default": 3},
            {"name": "turned_over", "type": "flag", "default": False, "label": "Inverted"},
            {"name": "mode", "type": "choice", "default": "soft", "choices": ("soft", "hard")},
            {"name": "note", "type": "text", "default": ""})}
    def __init__(self, gain, times, whole, turned_over=None, **others):
        assert [type(value) for value in (gain, times, whole, turned_over)] == [float, int, float, bool], (gain, times, whole, turned_over)
        assert others.keys() == {"mode", "note"} and all(type(value) is str for value in others.values()), others
        self.gain, self.times, self.hard = gain, times, others["mode"] == "hard"
    def embed(self, pictures):
        return [[self.gain, self.times, self.hard]] * len(pictures)
"""


class Parameters(WithScripts):
    def test_declared_as_a_manifest_has_them(self):
        with Worker() as worker:
            worker.hello(self.script(DIAL))
            self.assertEqual(worker.ask({"do": "models"})["parameters"], [
                {"name": "gain", "label": "Gain", "type": "number", "default": 1.5, "minimum": 0, "maximum": 8, "help": "How much", "unit": "x"},
                {"name": "times", "label": "Times", "type": "integer", "default": 2},
                {"name": "whole", "label": "Whole", "type": "number", "default": 3.0},
                {"name": "turned_over", "label": "Inverted", "type": "flag", "default": False},
                {"name": "mode", "label": "Mode", "type": "choice", "default": "soft", "choices": ["soft", "hard"]},
                {"name": "note", "label": "Note", "type": "text", "default": ""}])
        with Worker() as worker:
            worker.hello(self.script(PLAIN))
            self.assertNotIn("parameters", worker.ask({"do": "models"}))

    def test_values_come_as_arguments(self):
        worker = self.started(DIAL)
        made = lambda **values: (worker.ask({"do": "create", "model": 0, "parameters": json.dumps(values)}), worker.run(worker.pictures(1))[0].tolist())[1]
        self.assertEqual(worker.run(worker.pictures(2)).tolist(), [[1.5, 2, 0]] * 2)
        self.assertEqual(made(gain=4.0, times=7, whole=1.0, turned_over=True, mode="hard", note="n"), [4, 7, 1])
        self.assertEqual(made(times=5), [1.5, 5, 0])  # the rest by their defaults
        worker.ask({"do": "create", "model": 0})
        self.assertEqual(worker.run(worker.pictures(1)).tolist(), [[1.5, 2, 0]])
        for wrong in ("[]", "7", "{", "", 7, None, {"gain": 2}, "[" * 10 ** 4):
            with self.assertRaises(Refused) as caught:
                worker.ask({"do": "create", "model": 0, "parameters": wrong})
            self.assertEqual(caught.exception.status, "invalid_argument", wrong)
        with self.assertRaises(Refused) as caught:
            made(loudness=1)
        self.assertIn("kalon models add", caught.exception.text)

    def test_an_instance_that_describes_was_made_without_them(self):
        worker = self.started("""
class Model:
    def __init__(self, gain=0): self.gain = gain
    def describe(self): return {"input": 1, "dimension": 1, "parameters": [{"name": "gain", "type": "integer", "default": 6}]}
    def embed(self, pictures): return [[self.gain]] * len(pictures)
""")
        self.assertEqual(worker.run(worker.pictures(1)).tolist(), [[6]])

    def test_what_is_wrong_with_them(self):
        gain = {"name": "gain", "type": "number", "default": 1}
        for said, words in ((7, "a list of at most 64"), ({"gain": 1}, "a list of at most 64"), ([7], "instead of a dict"), ([gain] * 65, "at most 64"),
                            ([{"type": "number", "default": 1}], 'lacks "name"'), ([{**gain, "name": "a b"}], "a name of an argument"),
                            ([{**gain, "name": "class"}], "a name of an argument"), ([{"name": "gain", "default": 1}], 'lacks "type"'),
                            ([{"name": "gain", "type": "number"}], 'lacks "default"'), ([{**gain, "minimun": 0}], 'did you mean "minimum"?'),
                            ([{**gain, "maximum": 1e999}], "finite number"), ([{**gain, "default": [1]}], "finite number"),
                            ([{**gain, "help": "two\nlines"}], "a text of one line"), ([{**gain, "choices": "soft"}], "does not take"),
                            ([{**gain, "choices": [1]}], "a list of texts"), ([{**gain, "help": "x" * 1000}] * 64, "longer than 24 KiB"),
                            ([gain], "Model.__init__() does not take the parameters of describe()")):
            refused = self.refusal(model("pass", '{"input": 1, "dimension": 1, "parameters": %s}' % repr(said).replace("inf", "float('inf')")))
            self.assertEqual(refused.status, "missing_feature")
            self.assertIn(words, refused.text)

    def test_the_script_in_the_readme(self):
        text = (WORKER.parent / "README.md").read_text(encoding="utf-8").partition("## Parameters")[2]
        worker = self.started(text.partition("```python\n")[2].partition("```")[0] + """
    def embed(self, pictures):
        return [[self.gain, len(self.channel), 0]] * len(pictures)
""")
        self.assertEqual(worker.run(worker.pictures(1)).tolist(), [[1, 3, 0]])


class Embedded(WithScripts):
    def test_bytes_as_they_are(self):
        worker = self.started(model("""
            assert pictures.dtype == numpy.uint8 and pictures.shape[1:] == (3, 5, 3), (pictures.dtype, pictures.shape)
            return pictures.reshape(len(pictures), -1)
            """, '{"input": (5, 3), "dimension": 45}'))
        for count in (1, 2, 7, 3):
            pictures = worker.pictures(count, seed=count)
            self.assertTrue((worker.run(pictures) == pictures.reshape(count, -1)).all())

    def test_floats_and_layouts(self):
        for layout, dtype, shape in (("nhwc", "float32", (3, 5, 3)), ("nchw", "float32", (3, 3, 5)), ("nchw", "uint8", (3, 3, 5))):
            with self.subTest(layout=layout, dtype=dtype):
                worker = self.started(model(f"""
                    assert pictures.dtype == numpy.{dtype} and pictures.shape[1:] == {shape}, (pictures.dtype, pictures.shape)
                    return pictures.reshape(len(pictures), -1)
                    """, f'{{"input": (5, 3), "dimension": 45, "dtype": "{dtype}", "layout": "{layout}"}}'))
                pictures = worker.pictures(4)
                self.assertTrue((worker.run(pictures) == pictures.reshape(4, -1)).all())

    def test_alone_as_in_a_batch(self):
        worker = self.started(model("return numpy.tanh(pictures.reshape(len(pictures), -1) / 255.) @ self.matrix",
                                    above="class Base:\n    matrix = numpy.random.default_rng(5).normal(size=(24, 2))\n").replace(
                                        "class Model:", "class Model(Base):"))
        pictures = worker.pictures(9)
        expected = numpy.tanh(pictures.reshape(9, -1) / 255.) @ numpy.random.default_rng(5).normal(size=(24, 2))
        together = worker.run(pictures)
        # float32 of a double: half a unit of its 24 bits.
        numpy.testing.assert_allclose(together, expected, rtol=1e-7, atol=1e-7)
        for number in range(9):
            numpy.testing.assert_allclose(worker.run(pictures[number:number + 1])[0], together[number], rtol=1e-6, atol=1e-7)

    def test_several_outputs_and_those_that_nobody_wants(self):
        outputs = [{"name": "sum", "dimension": 1, "kind": "score"}, {"name": "pixel", "dimension": 3}, {"name": "size", "dimension": 2}]
        worker = self.started(model("""
            return {"size": [[4, 2]] * len(pictures), "sum": pictures.sum(axis=(1, 2, 3), dtype=int), "pixel": pictures[:, 0, 0]}
            """, repr({"input": (4, 2), "outputs": outputs})))
        pictures = worker.pictures(3)
        expected = [pictures.sum(axis=(1, 2, 3), dtype=int)[:, None], pictures[:, 0, 0], [[4, 2]] * 3]
        for wanted in ([True] * 3, [True, False, True], [False, True, False], [False, False, False]):
            statuses, text, vectors = worker.run_all(pictures, wanted)
            self.assertEqual((statuses, text), (["ok"] * 3, ""))
            for vector, output, is_wanted in zip(vectors, expected, wanted):
                self.assertTrue((vector == output).all() if is_wanted else vector is None)

    def test_what_may_be_returned(self):
        ways = {"list": "[[int(a), float(b)] for a, b in flat]", "float64": "flat.astype(numpy.float64)", "bool": "flat > 100",
                "float16": "flat.astype(numpy.float16)", "transposed": "numpy.asfortranarray(flat)", "dict": "{'embedding': flat}",
                "of torch": "torch.from_numpy(flat.astype('f')).requires_grad_() * 1", "bfloat16": "torch.from_numpy(flat % 8).bfloat16()",
                "rows of torch": "[torch.tensor([float(a), float(b)], requires_grad=True) for a, b in flat]"}
        for name, way in ways.items():
            with self.subTest(name):
                torch = "import torch\n" if "torch" in way else ""
                worker = self.started(model(f"flat = pictures.reshape(len(pictures), -1)[:, :2]\nreturn {way}", above=torch))
                flat = worker.pictures(3).reshape(3, -1)[:, :2]
                expected = flat > 100 if name == "bool" else flat % 8 if name == "bfloat16" else flat
                self.assertTrue((worker.run(worker.pictures(3)) == expected).all())

    def test_one_value_for_each_picture_needs_no_second_axis(self):
        worker = self.started(model("return pictures.max(axis=(1, 2, 3))", '{"input": 3, "dimension": 1}'))
        pictures = worker.pictures(4)
        self.assertEqual(worker.run(pictures).ravel().tolist(), pictures.max(axis=(1, 2, 3)).tolist())

    def test_no_pictures(self):
        worker = self.started(PLAIN)
        self.assertEqual(worker.ask({"do": "run", "count": 0, "wanted": [True]}), {"statuses": []})

    def test_pictures_lie_in_the_shared_memory_and_are_only_read(self):
        worker = self.started(model("""
            assert not pictures.flags.writeable and pictures.ctypes.data % 4096 == 0
            line, = [line for line in open("/proc/self/maps") if line.startswith(f"{pictures.ctypes.data:x}-")]
            assert "kalon" in line and line.split()[4] != "0", line
            try:
                pictures[0] = 0
            except ValueError as error:
                return [[1, 2]] * len(pictures)
            """))
        self.assertEqual(worker.run(worker.pictures(1)).tolist(), [[1, 2]])

    def test_memory_that_is_replaced_while_a_script_keeps_the_old_one(self):
        worker = self.started(model("kept.append(pictures)\nreturn [kept[0].reshape(-1)[:2]] * len(pictures)", above="kept = []"))
        first = worker.pictures(1, seed=1)
        for count in (1, 40, 2000):
            self.assertTrue((worker.run(worker.pictures(count, seed=count))[-1] == first.reshape(-1)[:2]).all())

    def test_modules_beside_the_script_and_its_place(self):
        # Also a module that has the name of one that the worker itself may need, and a place with every kind of character.
        names = ("plain", "dots.in.it", "with spaces and ümläuts", "new\nline", "p%41?#&", os.fsdecode(b"not utf-8 \xff"))
        for name in names:
            with self.subTest(name):
                folder = self.folder / name
                folder.mkdir()
                (folder / "helper_of_mine.py").write_text("values = [3, 4]")
                for hidden in ("json", "linecache", "description", "results", "kalon_worker"):
                    (folder / f"{hidden}.py").write_text("raise RuntimeError('wrong module')")
                worker = self.started(model("from helper_of_mine import values\nos.chdir('/')\nreturn [values] * len(pictures)"),
                                      f"{name}/script {name}.py")
                self.assertEqual(worker.run(worker.pictures(2)).tolist(), [[3, 4]] * 2)

    def test_dataclasses_and_pickles_find_the_script(self):
        worker = self.started(model("return [[pickle.loads(pickle.dumps(Point(2))).x, __name__ == 'model']] * len(pictures)", above="""
            import dataclasses, pickle
            @dataclasses.dataclass
            class Point:
                x: "int"
            if __name__ == "__main__":
                raise RuntimeError
            """))
        self.assertEqual(worker.run(worker.pictures(1)).tolist(), [[2, 1]])

    def test_a_script_with_the_name_of_a_module(self):
        worker = self.started(PLAIN, "socket.py")
        self.assertEqual(worker.about["id"], "socket")
        worker.run(worker.pictures(1))
        (level, text), = worker.log_lines
        self.assertEqual(level, "info")
        self.assertIn("name of the module socket", text)

    def test_signs_of_life_and_the_wish_to_end(self):
        worker = self.started(model("""
            for i in range(5):
                kalon_model.alive()
            if kalon_model.cancelled():
                raise RuntimeError("ended early")
            return [[1, 2]] * len(pictures)
            """, above="import kalon_model"))
        before = int.from_bytes(worker.control[8:16], sys.byteorder)
        worker.run(worker.pictures(2))
        self.assertEqual(int.from_bytes(worker.control[8:16], sys.byteorder), before + 5)
        worker.control[0] = 1
        with self.assertRaises(Refused) as caught:
            worker.run(worker.pictures(2))
        self.assertEqual(caught.exception.status, "cancelled")
        worker.control[0] = 0
        worker.run(worker.pictures(2))


if __name__ == "__main__":
    unittest.main(verbosity=2)
