"""Scripts of users, written into a folder of the test's own."""
import pathlib
import tempfile
import textwrap
import unittest

from engine_end import Gone, Refused, Worker

# A model of 4 x 2 pictures and two values: the parts that a test does not care about.
PLAIN = """
import numpy
class Model:
    @staticmethod
    def describe():
        return {"input": (4, 2), "dimension": 2}
    def embed(self, pictures):
        return pictures.reshape(len(pictures), -1)[:, :2]
"""


def model(embed, describe='{"input": (4, 2), "dimension": 2}', above=""):
    """A script with these lines in embed()."""
    lines = textwrap.indent(textwrap.dedent(embed).strip(), " " * 8)
    return (f"import numpy, os, sys, time\n{textwrap.dedent(above)}\nclass Model:\n    @staticmethod\n    def describe():\n"
            f"        return {describe}\n    def embed(self, pictures):\n{lines}\n")


class WithScripts(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def script(self, text, name="model.py"):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def started(self, text, name="model.py", **options):
        worker = Worker(**options)
        self.addCleanup(worker.__exit__)
        worker.start(self.script(text, name))
        return worker

    def refusal(self, text, name="model.py", **options):
        """How a script is refused on its way to a stream."""
        with Worker(**options) as worker, self.assertRaises(Refused) as caught:
            worker.start(self.script(text, name))
        return caught.exception

    def failure(self, worker, count=1):
        """How a run of so many random pictures fails for all of them: the text."""
        try:
            statuses, text, _ = worker.run_all(worker.pictures(count))
        except Refused as refused:
            self.assertEqual(refused.status, "internal")
            return refused.text
        self.assertEqual(statuses, ["internal"] * count)
        return text

    def assert_gone(self, worker, pictures=None):
        with self.assertRaises((Gone, ConnectionError)):
            worker.run_all(worker.pictures(1) if pictures is None else pictures)
        self.assertIsNotNone(worker.end())
