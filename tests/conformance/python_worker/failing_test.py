#!/usr/bin/python3
"""Scripts with faults: each is told by its text, costs what it must and no more, and never looks like a success."""
import os
import sys
import unittest

import numpy

from engine_end import Refused, Worker
from scripts import PLAIN, WithScripts, model

# What the text of a failure may be long.
LONGEST = 1500


class Loading(WithScripts):
    def assert_refused(self, text, *words, status="missing_feature", **options):
        refused = self.refusal(text, **options)
        self.assertEqual(refused.status, status, refused.text)
        for word in words:
            self.assertIn(word, refused.text)
        self.assertLessEqual(len(refused.text.encode()), LONGEST)
        return refused.text

    def test_no_numpy(self):
        (self.folder / "site").mkdir()
        (self.folder / "site" / "sitecustomize.py").write_text("import sys\nsys.modules['numpy'] = None\n")
        text = self.assert_refused(PLAIN, "NumPy is missing", sys.executable, sys.version.split()[0],
                                   environment={"PYTHONPATH": str(self.folder / "site")})
        self.assertRegex(text, "apt install python3-numpy|-m pip install numpy")

    def test_no_script(self):
        with Worker() as worker, self.assertRaises(Refused) as caught:
            worker.hello(self.folder / "nowhere.py")
        self.assertEqual((caught.exception.status, caught.exception.text), ("not_found", "the script cannot be read: No such file or directory"))
        os.mkfifo(self.folder / "pipe.py")
        for name in ("", "pipe.py"):
            with Worker() as worker, self.assertRaises(Refused) as caught:
                worker.hello(self.folder / name)
            self.assertIn(caught.exception.status, ("unsupported", "io"))

    def test_no_python(self):
        self.assert_refused("import numpy\nclass Model\n    pass\n", "SyntaxError: ", '(model.py:2: "class Model")')
        self.assert_refused("x = '\0'", "Error: ", "null bytes")
        self.assert_refused("# coding: of-no-kind\n", "SyntaxError: ", "of-no-kind")

    def test_what_a_script_raises_while_it_is_loaded(self):
        text = self.assert_refused("import a_module_that_nobody_has", "ModuleNotFoundError: No module named 'a_module_that_nobody_has' "
                                   '(model.py:1: "import a_module_that_nobody_has")', sys.executable, "install it")
        self.assertNotIn("kalon_worker", text)
        self.assert_refused("from . import beside", "ImportError: attempted relative import")
        self.assert_refused("import sys\nsys.exit(0)", "SystemExit: 0 (model.py:2", "must not end its process")
        self.assert_refused("raise KeyboardInterrupt", "KeyboardInterrupt (model.py:1")
        (self.folder / "beside.py").write_text("def deep(n):\n    return deep(n - 1) if n else {}['way down']\ndeep(30)\n")
        text = self.assert_refused("import beside", "KeyError: 'way down' (model.py:1: \"import beside\")", "beside.py:2 in deep: ")
        self.assertEqual(text.count("in deep"), 6)

    def test_no_model(self):
        self.assert_refused("x = 1", "no class with describe() and embed(): it defines no class")
        self.assert_refused("class A:\n    def embed(self): pass\nclass B: pass", "A has no describe()", "B has no describe() and no embed()")
        self.assert_refused("class Model:\n    def describe(): pass\n", "Model has no embed()")
        self.assert_refused(PLAIN.replace("Model", "One") + PLAIN.replace("Model", "Two"), "One, Two", "call the one that is meant Model")

    def describer(self):
        """A function that lets one worker describe itself by an expression, and looks at how that is refused."""
        worker = Worker()
        self.addCleanup(worker.__exit__)
        worker.hello(self.script(model("pass", "eval(open(os.path.join(os.path.dirname(__file__), 'about')).read())")))

        def describing(text, *words):
            (self.folder / "about").write_text(text, encoding="utf-8")
            with self.assertRaises(Refused) as caught:
                worker.ask({"do": "models"})
            self.assertEqual(caught.exception.status, "missing_feature", caught.exception.text)
            for word in words:
                self.assertIn(word, caught.exception.text)
        return describing

    def test_descriptions_that_are_none(self):
        describing = self.describer()
        describing("None", "describe() gave nothing instead of a dict")
        describing("[1]", "describe() gave [1] instead of a dict")
        describing("{}", 'lacks "input"', "(224, 224)")
        describing('{"input": 4}', 'lacks "dimension"')
        describing('{"input": 4, "dimension": 2, "license": "MIT"}', "unknown key 'license'", 'did you mean "licence"?')
        describing('{"input": 4, "dimension": 2, 7: 1}', "unknown key 7: known are id, name")
        describing('{"input": (4, 2, 3), "dimension": 2}', '"input"', "(width, height)", "(4, 2, 3)")
        describing('{"input": "44", "dimension": 2}', "(width, height)")
        describing('{"input": 4, "input_width": 4, "dimension": 2}', '"input_width"', 'said by "input"')
        describing('{"input_width": 4, "dimension": 2}', 'lacks "input_height"')
        for value in ("0", "8193", "2.5", "True", "'4'", "-1"):
            describing(f'{{"input": ({value}, 4), "dimension": 2}}', '"input" of describe() must be a whole number from 1 to 8192, not ' + value)
        for value in ("0", "2.0", "(1 << 20) + 1", "[2]"):
            describing(f'{{"input": 4, "dimension": {value}}}', '"dimension" of describe() must be a whole number from 1 to 1048576')
        for name, value, rule in (("id", "'Größe'", "a-z, 0-9"), ("id", "'a' * 129", "a-z, 0-9"), ("name", "''", "one line"),
                                  ("name", "'a\\nb'", "one line"), ("summary", "'\\udcff'", "one line"), ("summary", "'a' * 4097", "4096"),
                                  ("licence", "1", "one line"), ("dtype", "'float64'", "one of uint8, float32"), ("layout", "'hwc'", "nhwc, nchw"),
                                  ("dtype", "numpy.float32", "one of uint8, float32"), ("crop", "'center'", "one of centre,"),
                                  ("filter", "3", "bilinear"), ("decode_cover", "65", "from 0 to 64"), ("decode_cover", "float('nan')", "from 0 to 64"),
                                  ("preferred_batch", "0", "from 1 to 4096"), ("determinism", "'no'", "tolerance, exact"),
                                  ("metric", "'dot'", "cosine, euclidean"), ("tolerance", "-1", "from 0"), ("weights_hash", "'ABC'", "32 hex digits"),
                                  ("mean", "(0, 0, 0)", 'goes with "dtype": "float32"'), ("weights", "3 * [1]", "a list of paths"),
                                  ("weights", "['missing.pt']", "missing.pt, which cannot be read: No such file")):
            describing(f'{{"input": 4, "dimension": 2, "{name}": {value}}}', f'"{name}"', rule)
        for name, value in (("mean", "0.5"), ("std", "(1, 1)"), ("std", "(1, 0, 1)"), ("mean", "(1, float('inf'), 1)")):
            describing(f'{{"input": 4, "dimension": 2, "dtype": "float32", "{name}": {value}}}', f'"{name}"', "number")

    def test_outputs_that_are_none(self):
        describing = self.describer()
        for outputs, *words in (("[]", "1 to 64 dicts"), ("{'a': 1}", "1 to 64 dicts"), ("[3]", "output 1 gave 3 instead of a dict"),
                                ("[{'dimension': 3}]", 'output 1 lacks "name"'), ("[{'name': 'a'}]", 'output 1 lacks "dimension"'),
                                ("2 * [{'name': 'a', 'dimension': 1}]", "two outputs have one name"),
                                ("[{'name': 'a', 'dimension': 1, 'kind': 'vector'}]", '"kind" of output 1', "embedding, logits"),
                                ("[{'name': 'a', 'dimension': 1, 'low': 2, 'high': 1}]", '"low" of output 1', "not above"),
                                ("[{'name': 'a', 'dimension': 1, 'direction': 2}]", '"direction" of output 1'),
                                ("[{'name': 'a', 'dimenson': 1}]", 'output 1 has the unknown key', 'did you mean "dimension"?')):
            describing(f'{{"input": 4, "outputs": {outputs}}}', *words)
        describing("{'input': 4, 'dimension': 3, 'outputs': [{'name': 'a', 'dimension': 1}]}", '"dimension"', "each of the")

    def test_what_describe_and_init_raise(self):
        text = self.assert_refused(model("pass", "1 / 0"), 'ZeroDivisionError: division by zero (model.py:6 in describe: "return 1 / 0")', status="internal")
        self.assertNotIn("calls", text)  # one frame needs no list
        self.assert_refused(PLAIN.replace("    def embed", "    def __init__(self):\n        open('/none/such')\n    def embed"),
                            "FileNotFoundError: ", "/none/such", "in __init__", status="internal")
        self.assert_refused(PLAIN.replace("    def embed", "    def __init__(self, size):\n        pass\n    def embed"),
                            "TypeError: ", "missing 1 required positional argument: 'size'", status="internal")


class Embedding(WithScripts):
    def test_exceptions_with_their_place(self):
        worker = self.started(model("return self.look_up(pictures)", above="""
            class Model:
                pass
            """) + "    def look_up(self, pictures):\n        return self.table['x']\n    table = {}\n")
        text = self.failure(worker)
        self.assertTrue(text.startswith("KeyError: 'x' (model.py:13 in look_up: \"return self.table['x']\"); the calls, "), text)
        self.assertIn('model.py:11 in embed: "return self.look_up(pictures)"', text)

    def test_exceptions_out_of_a_library(self):
        worker = self.started(model("return numpy.linalg.inv(numpy.zeros((3, 3)))"))
        text = self.failure(worker)
        self.assertTrue(text.startswith('LinAlgError: Singular matrix (model.py:8 in embed: "return numpy.linalg.inv('), text)
        self.assertIn("linalg.py:", text)

    def test_causes(self):
        worker = self.started(model("""
            try:
                {}["first"]
            except KeyError as error:
                raise RuntimeError("second") from error
            """))
        self.assertRegex(self.failure(worker), r"(?s)\ARuntimeError: second \(model.py:11 .*; caused by KeyError: 'first' \(model.py:9 ")

    def test_everything_that_can_be_raised(self):
        for raised, begin in (("sys.exit(0)", "SystemExit: 0 (model.py:"), ("raise KeyboardInterrupt", "KeyboardInterrupt (model.py:"),
                              ("raise Exception('many\\nlines ' * 5000)", "Exception: many lines many"), ("assert not 1", "AssertionError (model.py:"),
                              ("raise Odd", "Odd: (its text raised RuntimeError) (model.py:"), ("raise Exception('a\\0b\\udcffc')", r"Exception: a\0b\udcffc ("),
                              ("return again(1)", "RecursionError: "), ("async def f(): pass\nreturn f()", "embed() returned a coroutine"),
                              ("yield pictures", "embed() returned a generator")):
            with self.subTest(raised):
                worker = self.started(model(raised, above="""
                    class Odd(Exception):
                        def __str__(self):
                            raise RuntimeError
                    def again(n):
                        return again(n + 1)
                    """))
                text = self.failure(worker)
                self.assertTrue(text.startswith(begin) and text.isprintable(), text)
                self.assertLessEqual(len(text.encode()), LONGEST)

    def test_no_memory_is_said_as_that(self):
        worker = self.started(model("return numpy.zeros(1 << 58)"))
        self.assertEqual(worker.run_all(worker.pictures(2))[0], ["out_of_memory"] * 2)

    def test_one_picture_that_raises_fails_alone(self):
        worker = self.started(model("""
            if (pictures[:, 0, 0, 0] == 77).any():
                raise ValueError("a picture that begins with 77")
            return pictures.reshape(len(pictures), -1)[:, :2]
            """))
        pictures = worker.pictures(8)
        pictures[:, 0, 0, 0] = 1
        pictures[[2, 5], 0, 0, 0] = 77
        statuses, text, (vectors,) = worker.run_all(pictures)
        self.assertEqual(statuses, ["internal" if number in (2, 5) else "ok" for number in range(8)])
        self.assertIn("begins with 77", text)
        expected = pictures.reshape(8, -1)[:, :2].astype(numpy.float32)
        expected[[2, 5]] = 0
        self.assertTrue((vectors == expected).all())
        # As others saw nothing of it, the next batch does not either.
        self.assertEqual(worker.run_all(pictures[:2])[0], ["ok"] * 2)

    def test_scripts_for_one_picture_alone_are_told_once(self):
        worker = self.started(model("picture, = pictures\nreturn [picture[0, 0, :2]]"))
        pictures = worker.pictures(4)
        for _ in range(2):
            self.assertTrue((worker.run(pictures) == pictures[:, 0, 0, :2]).all())
        (level, text), = worker.log_lines
        self.assertEqual(level, "warning")
        self.assertIn("embed() fails for 4 pictures at once, and not for one: ValueError: too many values", text)

    def test_the_wish_to_end_stops_the_repetition(self):
        worker = self.started(model("""
            print("pictures:", len(pictures))
            while not kalon_model.cancelled():
                time.sleep(0.001)
            raise RuntimeError
            """, above="import kalon_model"))
        for which in ("input", "output"):
            worker.share(which, 96)
        worker.send({"do": "run", "count": 4, "wanted": [True]})
        worker.wait_for_output("pictures: 4")
        worker.control[0] = 1
        self.assertEqual(worker.receive()["status"], "cancelled")
        worker.socket.close()
        worker.end()
        self.assertNotIn("pictures: 1", worker.output())

    def test_rows_that_are_not_finite_fail_alone(self):
        outputs = "[{'name': 'a', 'dimension': 2}, {'name': 'b', 'dimension': 3}]"
        worker = self.started(model("""
            a, b = numpy.ones((len(pictures), 2)), numpy.ones((len(pictures), 3))
            a[1, 1], b[3, 2], b[0, 0] = numpy.nan, -numpy.inf, 1e300
            return {"a": a, "b": b}
            """, f'{{"input": (4, 2), "outputs": {outputs}}}'))
        statuses, text, (a, b) = worker.run_all(worker.pictures(5))
        self.assertEqual(statuses, ["internal", "internal", "ok", "internal", "ok"])
        self.assertEqual(text, "embed() gave a value that is not finite: inf as value 0 of b")
        for array in (a, b):
            self.assertEqual(array.any(axis=1).tolist(), [False, False, True, False, True])
        self.assertTrue((b[[2, 4]] == 1).all())
        statuses, text, _ = worker.run_all(worker.pictures(5), [True, False])
        self.assertEqual((statuses, text), (["ok", "internal", "ok", "ok", "ok"], "embed() gave a value that is not finite: nan as value 1 of a"))

    def test_results_that_do_not_fit(self):
        for returned, *words in (
                ("None", "embed() returned nothing (None)"), ("numpy.zeros((3, 2, 1))", "3 x 2 x 1 values, and 3 x 2 are expected: 3 pictures, 2 values each"),
                ("numpy.zeros(2)", "returned 2 values, and 3 x 2"), ("numpy.zeros((2, 3))", "2 x 3 values, and 3 x 2"), ("0.5", "single values"),
                ("'text'", "a str, and numbers"), ("[['a', 'b']] * 3", "values of the type <U1"), ("object()", "a object, and numbers"),
                ("[[1, 2], [3], [4, 5]]", "a list", "no array of numbers"), ("numpy.zeros((3, 2), complex)", "the type complex128"),
                ("numpy.zeros((3, 2), [('a', 'f4')])", "and numbers that fit into float32"), ("{}", "the dict that embed() returned lacks embedding"),
                ("{'embedding': 0, 'other': 1}", "has the unknown other; the outputs are embedding"),
                ("numpy.zeros((3, 2), 'M8[s]')", "datetime64"), ("Lies()", "a Lies, which is no array of numbers: RuntimeError: no")):
            with self.subTest(returned):
                worker = self.started(model(f"return {returned}", above="""
                    class Lies:
                        def __array__(self, *_, **__):
                            raise RuntimeError("no")
                    """))
                text = self.failure(worker, 3)
                for word in words:
                    self.assertIn(word, text)
        outputs = "[{'name': 'a', 'dimension': 2}, {'name': 'b', 'dimension': 3}]"
        for returned, word in (("pictures", "returned a ndarray, and a dict with a, b is expected"),
                               ("{'a': numpy.zeros((3, 2)), 'b': numpy.zeros((3, 2))}", "embed() returned for b 3 x 2 values, and 3 x 3"),
                               ("{'a': 1, 'c': 1}", "lacks b and has the unknown c")):
            worker = self.started(model(f"return {returned}", f'{{"input": (4, 2), "outputs": {outputs}}}'))
            self.assertIn(word, self.failure(worker, 3))

    def test_a_failure_leaves_the_stream_usable(self):
        worker = self.started(model("numpy.seterr(all='raise')\nif pictures[0, 0, 0, 0] == 9:\n    raise RuntimeError\nreturn [[1, 1e30]] * len(pictures)"))
        pictures = worker.pictures(1)
        for value, status in ((9, "internal"), (1, "ok"), (9, "internal"), (1, "ok")):
            pictures[:] = value
            self.assertEqual(worker.run_all(pictures)[0], [status])


if __name__ == "__main__":
    unittest.main(verbosity=2)
