"""What `describe` says of methods, held against the methods themselves and against their documentation; and what plugins
say of their models, which reaches them."""
import itertools
import os
import re

from apart import ApartCase, flat
from service_case import ServiceCase
from world import SOURCE
from kalon import Error  # service_case knows where it is

LARGE = 1 << 62  # where a description names no maximum


class Describe(ServiceCase):
    def setUp(self):
        super().setUp()
        self.empty = self.folder("empty")
        self.kalon("index", "--quiet", "--model", "descriptor", self.empty)
        self.engine = self.client(library=self.library)
        self.rows = self.engine.call("describe").rows
        self.methods = list(dict.fromkeys(row["method"] for row in self.rows))

    def outcome(self, method, parameters):
        """Status, context and message; nothing is there to be done, so that it may well be a failure."""
        try:
            self.engine.call(method, **parameters)
            return "ok", "", ""
        except Error as error:
            return error.status, error.context, str(error)

    def needed(self, method, parameters):
        """What the method cannot do without, beside some parameters."""
        wanted = dict(parameters)
        if method == "index":
            wanted.setdefault("paths", [self.empty])
        if method == "sort" or method == "duplicates" and wanted.get("action") == "folder":
            wanted.setdefault("to", self.path("new"))
        if method == "duplicates" and wanted.get("keep") == "folder":
            wanted.setdefault("keep_folder", self.empty)
        if method == "rank_start" and wanted.get("strategy") == "within-groups":
            wanted.setdefault("groups", "column")
        return wanted

    def conditions(self, row):
        """Every way in which the parameter counts, as other parameters."""
        when = row["when"] or {}
        values = [value if isinstance(value, list) else [self.path("new") if value is True else value]
                  for value in when.values()]
        return [dict(zip(when, chosen)) for chosen in itertools.product(*values)]

    def told(self, row, value):
        """What the method says of a value, in every way in which it counts."""
        return [self.outcome(row["method"], self.needed(row["method"], {**others, row["name"]: value}))
                for others in self.conditions(row)]

    def assert_taken(self, row, value):
        for status, context, message in self.told(row, value):
            wrong = status == "invalid_argument" and ("not known" in message or context == f"parameter {row['name']}")
            self.assertFalse(wrong, (row["method"], row["name"], value, message))

    def assert_refused(self, row, value):
        for status, context, message in self.told(row, value):
            self.assertEqual((status, context), ("invalid_argument", f"parameter {row['name']}"),
                             (row["method"], row["name"], value, message))

    def test_form(self):
        seen = set()
        for row in self.rows:
            self.assertEqual(list(row), ["method", "name", "type", "required", "default", "minimum", "maximum", "choices",
                                         "label", "help", "when", "unit"])
            self.assertIn(row["type"], ("integer", "number", "choice", "flag", "text", "path", "paths", "model", "parameters"))
            self.assertTrue(row["label"], row)
            self.assertEqual(row["choices"] is not None, row["type"] == "choice", row)
            self.assertNotIn((row["method"], row["name"], str(row["when"])), seen)
            seen.add((row["method"], row["name"], str(row["when"])))
            names = {other["name"] for other in self.rows if other["method"] == row["method"]}
            self.assertLessEqual(set(row["when"] or ()), names - {row["name"]}, row)
            for name, values in (row["when"] or {}).items():  # of values that the other one has
                choices = [choice for other in self.rows if (other["method"], other["name"]) == (row["method"], name)
                           for choice in other["choices"] or [True, False]]
                self.assertLessEqual(set(values if isinstance(values, list) else [values]), set(choices), row)
        self.assertEqual(self.engine.call("describe", method="groups").rows,
                         [row for row in self.rows if row["method"] == "groups"])
        with self.assertRaisesRegex(Error, "index, sort"):
            self.engine.call("describe", method="list")

    def test_values(self):
        for row in self.rows:
            if row["default"] is not None:
                self.assert_taken(row, row["default"])
            for end, beyond in (("minimum", -1), ("maximum", 1)):
                bound = row[end]
                if row["type"] not in ("integer", "number"):
                    self.assertIsNone(bound, row)
                elif bound is not None:
                    self.assert_taken(row, bound)
                    self.assert_refused(row, bound + beyond * (1 if row["type"] == "integer" else abs(bound) + 1))
                else:
                    self.assert_taken(row, beyond * (LARGE if row["type"] == "integer" else 1e300))
            if row["type"] == "flag":
                self.assert_taken(row, True)
                self.assert_refused(row, "yes")
            for value in row["choices"] or ():
                self.assert_taken(row, value)

    def test_choices_are_all(self):
        for row in self.rows:
            if row["type"] != "choice" or row["name"] == "crop" and row["method"] != "index":
                continue  # asked of a model, once there is a picture
            impossible = 7 if isinstance(row["choices"][0], int) else "none of these"
            for status, _, message in self.told(row, impossible):
                self.assertEqual(status, "invalid_argument", (row, message))
                whole = re.search("must be one of (.*)$", message)
                if whole and row["when"] != {"action": "link"}:  # whose choice is narrower than the parameter's
                    self.assertEqual(sorted(whole[1].split(", ")), sorted(row["choices"]), row)
                elif not row["when"] and not isinstance(impossible, int):
                    for choice in row["choices"]:
                        self.assertIn(choice, message)

    def test_what_a_method_cannot_do_without(self):
        for row in self.rows:
            for others in self.conditions(row):
                wanted = self.needed(row["method"], others)
                wanted.pop(row["name"], None)
                status, context, _ = self.outcome(row["method"], wanted)
                missing = (status, context) == ("invalid_argument", f"parameter {row['name']}")
                self.assertEqual(missing, row["required"], (row, wanted))

    def test_no_parameter_is_missing(self):
        """A method that is given one that it does not know names those that it takes."""
        for method in self.methods:
            described = [row for row in self.rows if row["method"] == method]
            taken = set()
            for others in [{}, *itertools.chain(*map(self.conditions, described))]:
                _, _, message = self.outcome(method, {**self.needed(method, others), "no such": 1})
                if "it takes: " in message:
                    taken |= set(message.rsplit("it takes: ", 1)[1].split(", "))
            self.assertEqual(taken, {row["name"] for row in described}, method)

    def test_documentation(self):
        with open(os.path.join(SOURCE, "sdk/docs/methods.md"), encoding="utf-8") as file:
            text = file.read()
        for method in self.methods:
            described = [row for row in self.rows if row["method"] == method]
            names = {row["name"] for row in described}
            cell = re.search(rf"^\| `{method}` \| (.*?) \| ", text, re.MULTILINE)[1]
            words = {word for quoted in re.findall("`([^`]*)`", cell) for word in quoted.split()}
            choices = {str(choice) for row in described for choice in row["choices"] or ()}
            allowed = {'"16"', '"1-16"'}  # how components are written
            self.assertLessEqual(words, names | choices | allowed, method)
            if re.search(r"\bchoice\b", cell):
                words |= {"paths", "where"}
            if "model" in words:
                words.add("model_parameters")
            if "the estimator" in cell:
                words |= set(" ".join(re.findall("`([^`]*)`", re.search(r"The estimator is .*?\. Intervals", text,
                                                                        re.DOTALL)[0])).split())
            self.assertLessEqual(names, words, method)


class PluginParameters(ServiceCase, ApartCase):
    """A plugin of the gallery multiplies a picture's colour by "gain", and turns it over where "inverted" says so."""

    GAIN = {"name": "gain", "type": "number", "default": 1, "minimum": 0, "maximum": 8, "label": "Gain", "help": "How much", "unit": "x"}
    INVERTED = {"name": "inverted", "type": "flag", "default": False, "label": "Turned over"}
    MOOD = {"name": "mood", "type": "choice", "default": "good", "choices": ["good", "bad"], "label": "Mood"}
    PLUGIN = "org.example.dial"

    def declare(self, *parameters):
        self.install("gallery_dial_model.so", {"id": self.PLUGIN, "kind": "model", "parameters": list(parameters)})

    def test_declared_and_told(self):
        self.declare(self.GAIN, self.INVERTED, self.MOOD)
        answer = self.client().call("describe", plugin=self.PLUGIN)
        nothing = {"required": False, "minimum": None, "maximum": None, "choices": None, "help": "", "when": None, "unit": "",
                   "plugin": self.PLUGIN}
        self.assertEqual(answer.rows, [{**nothing, **parameter} for parameter in (self.GAIN, self.INVERTED, self.MOOD)])
        self.assertEqual(answer.summary, {"parameters": 3})
        with self.assertRaisesRegex(Error, "no such plugin"):
            self.client().call("describe", plugin="org.example.nobody")

    def test_wrong_declarations_reject_the_plugin(self):
        for wrong, reason in (({**self.GAIN, "default": 9}, "gain must be a number from 0 to 8"), ({**self.GAIN, "type": "float"}, "must be integer"),
                              ({**self.GAIN, "minimum": 9}, "minimum above"), ({**self.GAIN, "name": "Gain!"}, "a-z"),
                              ({**self.MOOD, "default": "sad"}, "one of good, bad"), ({**self.MOOD, "choices": []}, "choices"),
                              ({**self.INVERTED, "choices": ["a"]}, "goes with the type choice"),
                              ({**self.INVERTED, "maximum": 1}, "goes with integers and numbers"), ({**self.GAIN, "step": 1}, "unknown field"),
                              ({"name": "gain"}, "lacks"), (7, "must be an object")):
            self.declare(wrong)
            row = self.plugin(self.PLUGIN)
            self.assertEqual(row["state"], "rejected", wrong)
            self.assertIn(reason, row["reason"])
        self.declare(self.GAIN, self.GAIN)
        self.assertIn("two parameters", self.plugin(self.PLUGIN)["reason"])

    def colours(self, kalon, **parameters):
        """The vectors of a space, by the order of names, as `similar` measures them against the first picture."""
        rows = kalon.call("similar", path=os.path.join(self.pictures, "a.png"), model="dial", model_parameters=parameters).rows
        return [round(row["distance"], 3) for row in rows]

    def test_values_reach_the_model(self):
        self.declare(self.GAIN, self.INVERTED, self.MOOD)
        flat(os.path.join(self.pictures, "a.png"), (0, 0, 0))
        flat(os.path.join(self.pictures, "b.png"), (30, 0, 0))
        with self.client() as kalon:
            index = lambda **parameters: kalon.call("index", paths=self.pictures, model="dial", model_parameters=parameters).summary
            self.assertEqual(index()["embedded"], 2)
            self.assertEqual(index(gain=1)["embedded"], 0)  # the defaults, said
            self.assertEqual(index(gain=4)["failed"], 0)
            self.assertEqual(index(inverted=True, gain=2)["failed"], 0)
            self.assertEqual([self.colours(kalon), self.colours(kalon, gain=4), self.colours(kalon, gain=4.0, mood="good"),
                              self.colours(kalon, inverted=True, gain=2)], [[30], [120], [120], [60]])
            # A picture that is not in the library is embedded with them too.
            there = flat(self.path("black.png"), (10, 0, 0))
            rows = kalon.call("similar", path=there, model="dial", model_parameters={"inverted": True, "gain": 2}).rows
            self.assertEqual(sorted(round(row["distance"], 3) for row in rows), [20, 40])
            with self.assertRaisesRegex(Error, "crop and parameters"):
                self.colours(kalon, gain=3)
            for wrong, words in (({"gain": 9}, "from 0 to 8"), ({"loudness": 1}, "no parameter loudness; it has: gain"),
                                 ({"mood": "sad"}, "one of good, bad"), ({"gain": "much"}, "a number"), ([1], "an object")):
                with self.assertRaisesRegex(Error, words):
                    kalon.call("index", paths=self.pictures, model="dial", model_parameters=wrong)
            with self.assertRaisesRegex(Error, "it has none"):
                kalon.call("index", paths=self.pictures, model="descriptor", model_parameters={"gain": 1})
            with self.assertRaisesRegex(Error, "cannot be started"):
                kalon.call("index", paths=self.pictures, model="dial", model_parameters={"mood": "bad"})
            spaces = kalon.call("info", paths=os.path.join(self.pictures, "b.png")).rows[0]["vectors"]
            self.assertEqual(len({space["policy"] for space in spaces}), 3)
