"""A user's own Python scripts as models: added, used, edited, broken, taken away. What the vectors must be, NumPy and PyTorch
compute by themselves from the same pictures, which have exactly the input's size, so that nothing is cut or made smaller."""
import os
import subprocess
import sys

import numpy

import pictures
from apart import ApartCase, flat, workers_of
from service_case import ServiceCase
from kalon import Error  # isort: skip
from world import FAILED, SOME_FAILED, SOURCE, USAGE

EXAMPLES = os.path.join(SOURCE, "plugins/models/python/examples")
FORM = '"input": 32, "dimension": 3, "metric": "euclidean"'
MEAN = """
class Model:
    def describe(self):
        return {%s}
    def embed(self, pictures):
        return pictures.mean(axis=(1, 2)) * %s
"""

# Scripts that are no models, and words that must be said of them: what is wrong, and where.
WRONG = {
    "syntax.py": ("class Model:\n    def describe(self)\n", ["SyntaxError", "syntax.py:2"]),
    "nothing.py": ("x = 1\n", ["describe() and embed()"]),
    "missing.py": ("import no_such_module_anywhere\n", ["ModuleNotFoundError", "no_such_module_anywhere", "missing.py:1", "python"]),
    "half.py": (f"class Model:\n    def describe(self):\n        return {{{FORM}}}\n", ["no embed()"]),
    "typo.py": (MEAN % ('"input": 32, "dimensions": 3', 1), ["'dimensions'", '"dimension"']),
    "taken.py": (MEAN % (FORM + ', "id": "descriptor"', 1), ["descriptor", "already"]),
    "odd.py": (MEAN % (FORM + ', "id": "Not A Word"', 1), ["'Not A Word'", "a-z"]),
    "init.py": (MEAN % (FORM, 1) + "    def __init__(self):\n        raise RuntimeError('no weights today')\n",
                ["RuntimeError: no weights today", "__init__"]),
    "embed.py": (MEAN % (FORM, "{}['some key']"), ["KeyError: 'some key'", "embed.py:6"]),
    "shape.py": (MEAN % (FORM, "1.0") + "    def embed(self, pictures):\n        return pictures[:, :, 0]\n", ["3 x 32 x 3", "3 x 3 are expected"]),
    "nan.py": (MEAN % (FORM, "float('nan')"), ["not finite"]),
    "none.py": (MEAN % (FORM, 1) + "        \n" + "    def embed(self, pictures):\n        pass\n", ["None", "return"]),
    "write.py": (MEAN % (FORM, 1) + "    def embed(self, pictures):\n        pictures += 1\n", ["read-only", "write.py"]),
    "neighbours.py": (MEAN % (FORM, "len(pictures)"), ["alone", "others"]),
    "exit.py": ("import sys\nsys.exit(3)\n", ["SystemExit"]),
    "dies.py": ("import os\nos.kill(os.getpid(), 9)\n", ["signal 9"]),
    "weights.py": (MEAN % (FORM + ', "weights": ["gone.pt"]', 1), ["gone.pt", "No such file"]),
}


class ScriptCase(ApartCase):
    def colours(self, count=10, side=32):
        """Pictures of the input's size, and their arrays by name."""
        arrays = {}
        for i in range(count):
            image = pictures.picture(i, (side, side))
            pictures.save(image, os.path.join(self.pictures, f"p{i}.png"))
            arrays[f"p{i}.png"] = numpy.asarray(image)
        return arrays

    def assert_vectors(self, model, wanted, tolerance):
        found = self.vectors(model)
        self.assertEqual(set(found), set(wanted))
        for name, value in wanted.items():
            self.assertLess(numpy.abs(found[name] - value).max(), tolerance, name)


class Use(ScriptCase):
    def test_an_order_by_the_mean_colour(self):
        arrays = self.colours(14, side=64)
        wanted = {name: array.mean(axis=(0, 1)) / 255 for name, array in arrays.items()}
        added = self.add(os.path.join(EXAMPLES, "mean_colour.py")).summary
        self.assertEqual((added["model"], added["dimension"], added["input_width"]), ("mean_colour", 3, 64))
        self.assertEqual(added["interpreter"], sys.executable)
        self.assertEqual(self.index_with("mean_colour").summary["embedded"], 14)
        self.assert_vectors("mean_colour", wanted, 1e-6)  # single precision

        # Distances of the order and of the neighbours are NumPy's.
        out = self.path("sorted")
        summary = self.kalon("sort", "--json", "--model", "mean_colour", "--to", out).summary
        order = [name.split("_", 1)[1] for name in sorted(os.listdir(out)) if name[0].isdigit()]
        self.assertEqual(sorted(order), sorted(wanted))
        length = sum(numpy.linalg.norm(wanted[a] - wanted[b]) for a, b in zip(order, order[1:]))
        self.assertAlmostEqual(summary["length"], length, places=4)
        shuffled = sum(numpy.linalg.norm(wanted[a] - wanted[b]) for a, b in zip(sorted(wanted), sorted(wanted)[1:]))
        self.assertLess(length, shuffled)
        row = self.kalon("similar", "--json", "--model", "mean_colour", "-k", "1", os.path.join(self.pictures, "p3.png")).rows[0]
        distances = {name: numpy.linalg.norm(wanted[name] - wanted["p3.png"]) for name in wanted if name != "p3.png"}
        nearest = min(distances, key=distances.get)
        self.assertEqual(os.path.basename(row["path"]), nearest)
        self.assertAlmostEqual(row["distance"], distances[nearest], places=5)
        # A picture that the library does not have goes through the script.
        flat(self.path("elsewhere.png"), (0, 0, 0), side=64)
        row = self.kalon("similar", "--json", "--model", "mean_colour", "-k", "1", self.path("elsewhere.png")).rows[0]
        self.assertAlmostEqual(row["distance"], min(numpy.linalg.norm(value) for value in wanted.values()), places=5)

    def test_a_network_of_torchvision(self):
        arrays = self.colours(5, side=224)
        numpy.savez(self.path("arrays.npz"), **arrays)
        subprocess.run([sys.executable, "-c", """
import sys, numpy, torch, torchvision
torch.manual_seed(0)
network = torchvision.models.resnet18(weights=None).eval()
trunk = torch.nn.Sequential(*list(network.children())[:-1])
normal = torchvision.transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
arrays = numpy.load(sys.argv[1])
with torch.no_grad():
    found = {name: trunk(normal(torch.tensor(arrays[name]).permute(2, 0, 1).float() / 255)[None])[0, :, 0, 0].numpy() for name in arrays}
numpy.savez(sys.argv[2], **found)
""", self.path("arrays.npz"), self.path("torch.npz")], check=True, env={"PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "2"})
        self.add(os.path.join(EXAMPLES, "torchvision_resnet.py"))
        model = "torchvision-resnet18-random"
        self.assertEqual(self.index_with(model).summary["embedded"], 5)
        # What is compared by the cosine is kept at length 1; 0.001 is the model's stated tolerance.
        unit = {name: value / numpy.linalg.norm(value) for name, value in numpy.load(self.path("torch.npz")).items()}
        self.assert_vectors(model, unit, 1e-3)
        row = self.kalon("similar", "--json", "--model", model, "-k", "1", os.path.join(self.pictures, "p0.png")).rows[0]
        nearest = max((unit[name] @ unit["p0.png"], name) for name in unit if name != "p0.png")
        self.assertAlmostEqual(row["similarity"], nearest[0], places=3)

    def test_what_it_prints_is_not_in_the_way(self):
        self.colours(3)
        self.add(self.script("loud.py", "print('loading')\n" + MEAN % (FORM, "(print('x' * 100000, flush=True) or 1)")))
        self.assertEqual(self.index_with("loud").summary["embedded"], 3)  # standard output is JSON lines

    def test_a_bad_picture_fails_alone(self):
        arrays = self.colours(12)
        flat(os.path.join(self.pictures, "black.png"), (0, 0, 0))
        self.add(self.script("picky.py", MEAN % (FORM + ', "preferred_batch": 4', "self.checked(pictures)") + """
    def checked(self, pictures):
        if any(not picture.any() for picture in pictures):
            raise ValueError("cannot see anything")
        return 1
"""))
        result = self.index_with("picky", code=SOME_FAILED)
        self.assertEqual((result.summary["embedded"], result.summary["failed"]), (12, 1))
        [row] = [row for row in result.rows if row.get("fate") == "failed"]
        self.assertEqual(os.path.basename(row["path"]), "black.png")
        self.assertIn("ValueError: cannot see anything (picky.py:", row["message"])
        self.assert_vectors("picky", {name: array.mean(axis=(0, 1)) for name, array in arrays.items()}, 1e-3)


class Served(ScriptCase, ServiceCase):
    def test_over_json_rpc(self):
        arrays = self.colours(6)
        with self.client() as kalon:
            script = os.path.relpath(self.script("served.py", MEAN % (FORM, 1)))
            added = kalon.call("add_model", script=script, interpreter=sys.executable).summary
            self.assertEqual((added["model"], added["dimension"]), ("served", 3))
            with self.assertRaisesRegex(Error, r"KeyError: 'some key' \(embed.py:6"):
                kalon.call("add_model", script=self.script("embed.py", WRONG["embed.py"][0]), interpreter=sys.executable)
            # Known at once, in this session and the next.
            self.assertEqual(kalon.call("index", paths=[self.pictures], model="served").summary["embedded"], 6)
        kalon = self.client()
        self.assertIn("served", [row["id"] for row in kalon.call("models").rows])
        self.assertEqual(kalon.call("index", paths=[self.pictures], model="served").summary["unchanged"], 6)
        means = {name: array.mean(axis=(0, 1)) for name, array in arrays.items()}
        row = kalon.call("similar", path=os.path.join(self.pictures, "p1.png"), model="served", k=1).rows[0]
        self.assertAlmostEqual(row["distance"], min(numpy.linalg.norm(means["p1.png"] - means[n]) for n in means if n != "p1.png"), places=3)
        self.assertEqual(kalon.call("remove_model", model="served").summary["removed"], "served")
        for client in (kalon, self.client()):
            self.assertNotIn("served", [row["id"] for row in client.call("models").rows])


class Parameters(ScriptCase, ServiceCase):
    """What a script lets a person set: declared in describe(), checked by the engine, given to the class, part of the space."""

    DIAL = """
class Model:
    @staticmethod
    def describe():
        return {%s, "parameters": [
            {"name": "gain", "type": "number", "default": 1.0, "minimum": 0, "maximum": %s, "help": "How much louder", "unit": "x"},
            {"name": "inverted", "type": "flag", "default": False, "label": "Turned over"}]}
    def __init__(self, gain, inverted):
        self.gain, self.inverted = gain, inverted
    def embed(self, pictures):
        return self.gain * (255 - pictures if self.inverted else pictures).mean(axis=(1, 2))
"""

    def test_values_reach_the_script_and_name_the_space(self):
        self.colours(1)
        flat(os.path.join(self.pictures, "p0.png"), (0, 0, 0))
        flat(os.path.join(self.pictures, "p1.png"), (30, 0, 0))
        path = self.script("dial.py", self.DIAL % (FORM, 8))
        with self.client() as kalon:
            kalon.call("add_model", script=path, interpreter=sys.executable)
            told = [{key: row[key] for key in ("name", "type", "default", "minimum", "maximum", "label", "help", "unit")}
                    for row in kalon.call("describe", plugin="script.dial").rows]
            self.assertEqual(told, [
                {"name": "gain", "type": "number", "default": 1.0, "minimum": 0, "maximum": 8, "label": "Gain", "help": "How much louder", "unit": "x"},
                {"name": "inverted", "type": "flag", "default": False, "minimum": None, "maximum": None, "label": "Turned over", "help": "", "unit": ""}])
            index = lambda **values: kalon.call("index", paths=self.pictures, model="dial", model_parameters=values).summary
            far = lambda **values: round(kalon.call("similar", path=os.path.join(self.pictures, "p0.png"), model="dial",
                                                    model_parameters=values).rows[0]["distance"], 3)
            self.assertEqual([index()["embedded"], index(gain=1)["embedded"], index(gain=4)["embedded"], index(gain=2.5, inverted=True)["embedded"]],
                             [2, 0, 2, 2])
            self.assertEqual([far(), far(gain=4), far(gain=2.5, inverted=True)], [30, 120, 75])
            there = flat(self.path("other.png"), (10, 0, 0))  # it goes through the script, with the values
            rows = kalon.call("similar", path=there, model="dial", model_parameters={"gain": 4}).rows
            self.assertEqual(sorted(round(row["distance"], 3) for row in rows), [40, 80])
            for wrong, words in (({"gain": 9}, "from 0 to 8"), ({"loudness": 1}, "no parameter loudness; it has: gain"), ({"inverted": 1}, "true or false")):
                with self.assertRaisesRegex(Error, words):
                    kalon.call("index", paths=self.pictures, model="dial", model_parameters=wrong)
            # An edit changes what may be set, and is noticed when the model is used next.
            self.script("dial.py", self.DIAL % (FORM, 20))
            self.assertEqual(index(gain=9)["embedded"], 2)
            self.assertEqual(kalon.call("describe", plugin="script.dial").rows[0]["maximum"], 20)
        # Another program has it from the manifest, and starts no script for it.
        with self.client() as kalon:
            self.assertEqual(kalon.call("describe", plugin="script.dial").rows[0]["maximum"], 20)
            self.assertEqual(kalon.call("index", paths=self.pictures, model="dial", model_parameters={"gain": 9}).summary["embedded"], 0)

    def test_ranges_that_are_wrong_are_said(self):
        for name, form, words in (("above.py", self.DIAL % (FORM, -1), "minimum above"), ("kind.py", self.DIAL.replace('"flag"', '"switch"') % (FORM, 8), "must be integer"),
                                  ("outside.py", self.DIAL.replace("1.0", "11") % (FORM, 8), "from 0 to 8"),
                                  ("twice.py", self.DIAL.replace('"inverted", "type": "flag", "default": False', '"gain", "type": "flag", "default": True')
                                   .replace(", inverted)", ", inverted=0)") % (FORM, 8), "two parameters")):
            with self.subTest(name):
                self.assertIn(words, self.add(self.script(name, form), code=FAILED).error_text)


class Change(ScriptCase):
    def test_an_edit_makes_other_vectors(self):
        arrays = self.colours(6)
        self.add(self.script("edited.py", MEAN % (FORM, 1)))
        self.index_with("edited")
        before = {row["id"]: row["weights"] for row in self.kalon("models", "--json").rows}["edited"]
        self.script("edited.py", MEAN % (FORM, 2))
        # Vectors of the former script are not taken for the present one's.
        result = self.kalon("sort", "--model", "edited", "--to", self.path("none"), code=FAILED)
        self.assertIn("kalon index", result.error_text)
        again = self.index_with("edited")
        self.assertEqual(again.summary["embedded"], 6)
        self.assertNotEqual({row["id"]: row["weights"] for row in self.kalon("models", "--json").rows}["edited"], before)
        self.assert_vectors("edited", {name: 2 * array.mean(axis=(0, 1)) for name, array in arrays.items()}, 1e-3)
        # And back: what was computed once is still there.
        self.script("edited.py", MEAN % (FORM, 1))
        self.assertEqual(self.index_with("edited").summary["embedded"], 0)
        self.assert_vectors("edited", {name: array.mean(axis=(0, 1)) for name, array in arrays.items()}, 1e-3)

    def test_changed_weights_are_never_mixed_in(self):
        arrays = self.colours(4)
        weights = self.script("factor.txt", "2")
        path = self.script("weighted.py", "import os\n" + MEAN % (FORM + ', "weights": ["factor.txt"]', "self.factor") + f"""
    def __init__(self):
        self.factor = float(open({weights!r}).read())
""")
        self.add(path)
        self.index_with("weighted")
        self.script("factor.txt", "3")
        pictures.save(pictures.picture(50, (32, 32)), os.path.join(self.pictures, "p50.png"))
        result = self.index_with("weighted", code=FAILED)
        self.assertIn("kalon models add", result.error_text)
        self.assert_vectors("weighted", {name: 2 * array.mean(axis=(0, 1)) for name, array in arrays.items()}, 1e-3)
        self.add(path)
        self.assertEqual(self.index_with("weighted").summary["embedded"], 5)
        arrays["p50.png"] = numpy.asarray(pictures.picture(50, (32, 32)))
        self.assert_vectors("weighted", {name: 3 * array.mean(axis=(0, 1)) for name, array in arrays.items()}, 1e-3)

    def test_broken_moved_and_back(self):
        self.colours(3)
        path = self.script("mine.py", MEAN % (FORM, 1))
        self.add(path)
        self.index_with("mine")
        self.script("mine.py", "class Model(:\n")
        result = self.index_with("mine", code=FAILED)
        self.assertIn("SyntaxError", result.error_text)
        os.remove(path)
        row = self.plugin("script.mine")
        self.assertEqual(row["state"], "rejected")
        self.assertIn("mine.py", row["reason"])
        self.assertIn("mine.py", self.index_with("mine", code=FAILED).error_text)
        self.kalon("index", "--model", "descriptor", self.pictures)  # others work on
        self.script("mine.py", MEAN % (FORM, 1))
        self.assertEqual(self.index_with("mine").summary["unchanged"], 3)

    def test_a_python_that_is_gone(self):
        self.colours(2)
        python = self.path("python3")
        os.symlink(sys.executable, python)
        self.kalon("models", "add", "--python", python, self.script("mine.py", MEAN % (FORM, 1)))
        os.remove(python)
        self.assertIn(python, self.index_with("mine", code=FAILED).error_text)
        self.assertEqual(self.plugin("script.mine")["state"], "rejected")

    def test_removed_and_added_again(self):
        self.colours(3)
        path = self.script("mine.py", MEAN % (FORM, 1))
        self.add(path)
        self.index_with("mine")
        self.assertEqual(self.kalon("models", "remove", "mine", "--json").summary["removed"], "mine")
        self.assertTrue(os.path.exists(path))
        self.assertIn("no such model", self.index_with("mine", code=FAILED).error_text)
        self.kalon("models", "remove", "mine", code=FAILED)
        self.assertIn("descriptor", self.kalon("models", "remove", "descriptor", code=FAILED).error_text)
        self.add(path)
        self.assertEqual(self.index_with("mine").summary["unchanged"], 3)  # its vectors stayed

    def test_an_edited_script_is_nobody_elses_business(self):
        self.colours(3)
        path = self.script("slow.py", MEAN % (FORM, 1))
        self.add(path)
        self.script("slow.py", "import time; time.sleep(10 ** 6)\n" + MEAN % (FORM, 1))
        self.assertIn("slow", [row["id"] for row in self.kalon("models", "--json").rows])
        self.assertEqual(self.index_with("descriptor").summary["embedded"], 3)
        # Whoever asks for it can let go of it.
        for command in (["models", "add", path, "--python", sys.executable], ["index", "--model", "slow", self.pictures]):
            process = self.start(*command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
            self.wait_for(lambda: workers_of(process.pid), process)
            self.assertEqual(self.interrupt(process), 130)

    def test_another_name_and_another_script(self):
        path = self.script("mine.py", MEAN % (FORM + ', "id": "first"', 1))
        self.add(path)
        self.script("mine.py", MEAN % (FORM + ', "id": "second"', 1))
        self.colours(3)
        self.assertIn("second", self.index_with("first", code=FAILED).error_text)
        self.add(path)
        known = [row["id"] for row in self.kalon("models", "--json").rows]
        self.assertIn("second", known)
        self.assertNotIn("first", known)
        other = self.script("other.py", MEAN % (FORM + ', "id": "second"', 2))
        self.assertEqual(self.add(other).summary["replaced_path"], path)
        row = {row["id"]: row for row in self.kalon("models", "--json").rows}["second"]
        self.assertEqual((row["script_path"], row["interpreter"]), (other, sys.executable))


class Wrong(ScriptCase):
    def test_what_is_wrong_is_said_and_nothing_is_added(self):
        known = self.kalon("models", "--json").out
        for name, (text, words) in WRONG.items():
            with self.subTest(name):
                result = self.add(self.script(name, text), code=None)
                self.assertIn(result.code, (FAILED, USAGE), result)
                for word in words:
                    self.assertIn(word, result.error_text)
                self.assertEqual(len(result.error_text.splitlines()), 1, result)
        self.assertEqual(self.kalon("models", "--json").out, known)

    def test_a_python_without_numpy(self):
        # An empty place for packages, and none of the system's.
        path = self.script("mine.py", MEAN % (FORM, 1))
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", self.path("bare")], check=True)
        python = self.path("bare", "bin", "python3")
        result = self.kalon("models", "add", "--python", python, path, code=FAILED)
        self.assertIn("NumPy is missing in " + python, result.error_text)

    def test_what_is_no_script_and_no_python(self):
        path = self.script("mine.py", MEAN % (FORM, 1))
        for arguments, word in ([self.path("gone.py")], "gone.py"), ([self.top], "regular file"), ([path, "--python", "/no/python"], "/no/python"), \
                ([path, "--python", "/bin/false"], "exit code 1"):
            result = self.kalon("models", "add", *arguments, code=None)
            self.assertIn(result.code, (FAILED, USAGE))
            self.assertIn(word, result.error_text)
        self.assertNotIn("mine", [row["id"] for row in self.kalon("models", "--json").rows])
