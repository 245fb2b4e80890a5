"""The reader of torch files: what torch.save writes comes out as torch itself reads it; what is no tensor is refused by name.

Independent source: python3-torch writes and reads the files.
"""
import io
import os
import subprocess
import sys
import tempfile
import unittest

import numpy as np
import torch

import weights_world
from torch_tensors import TorchFileError, read_tensors


class GoodFiles(unittest.TestCase):
    """Both formats, as torch itself reads them."""

    def check(self, values):
        for zipped in (False, True):
            file = io.BytesIO()
            torch.save(values, file, _use_new_zipfile_serialization=zipped)
            theirs = torch.load(io.BytesIO(file.getvalue()))
            ours = read_tensors(file.getvalue())
            self.assertEqual(list(ours), list(theirs))
            for name, value in theirs.items():
                value = value.detach()
                expected = (value.float() if value.dtype == torch.bfloat16 else value).numpy()
                with self.subTest(name=name, zipped=zipped):
                    self.assertEqual(ours[name].dtype, expected.dtype)
                    self.assertEqual(ours[name].shape, expected.shape)
                    self.assertEqual(ours[name].tobytes(), np.asarray(expected, order="C").tobytes())

    def test_state_of_a_network(self):
        torch.manual_seed(1)
        self.check(torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.Linear(4, 2)).state_dict())

    def test_every_type(self):
        torch.manual_seed(2)
        kinds = (torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8,
                 torch.bool, torch.complex64, torch.complex128)
        self.check({str(kind): (torch.randn(3, 5) * 50).to(kind) for kind in kinds})

    def test_not_a_number_and_infinity(self):
        self.check({"odd": torch.tensor([float("nan"), float("inf"), -float("inf"), -0.0, 1e-45])})

    def test_views(self):
        base = torch.arange(120.0).reshape(4, 5, 6)
        self.check({"turned": base.permute(2, 0, 1), "stepped": base[1:, ::2, 1::3], "spread": torch.ones(1).expand(3, 7),
                    "diagonal": torch.arange(25.0).reshape(5, 5).diagonal(), "part": base[2]})

    def test_shared_storages(self):
        base = torch.arange(12.0)
        tied = torch.ones(2, 3)
        self.check({"whole": base, "end": base[8:], "square": base.reshape(3, 4).t(), "tied": tied, "tied again": tied})

    def test_scalars_and_empty_ones(self):
        self.check({"scalar": torch.tensor(3.5), "count": torch.tensor(7), "empty": torch.zeros(0), "empty too": torch.zeros(3, 0, 2),
                    "": torch.zeros(1)})

    def test_no_tensors_at_all(self):
        self.check({})

    def test_names_in_other_scripts(self):
        self.check({"größe": torch.ones(2), "重み": torch.zeros(2)})

    def test_leaves_that_want_gradients(self):
        self.check({"leaf": torch.ones(2, requires_grad=True)})

    def test_more_than_one_batch_of_items(self):
        self.check({f"layer{index}": torch.full((2,), float(index)) for index in range(2500)})


class WhatIsNoTensor(unittest.TestCase):
    """Files that torch.save writes and that hold more than tensors: the key and the thing are named."""

    def check(self, value, *words):
        for zipped in (False, True):
            file = io.BytesIO()
            torch.save(value, file, _use_new_zipfile_serialization=zipped)
            with self.assertRaises(TorchFileError) as refused:
                read_tensors(file.getvalue())
            for word in words:
                self.assertIn(word, str(refused.exception))

    def test_a_number_a_text_none(self):
        for value, word in ((3, "an integer"), (0.5, "a number"), ("adam", "a text"), (None, "None"), (True, "a truth value"),
                            ([torch.ones(1)], "a list"), ((torch.ones(1),), "a tuple")):
            self.check({"weight": torch.ones(2), "epoch": value}, "key 'epoch'", word, "not a tensor")

    def test_a_dictionary_inside(self):
        self.check({"state_dict": {"weight": torch.ones(2)}}, "key 'state_dict'", "a dictionary")

    def test_no_dictionary(self):
        self.check(torch.ones(2), "holds a tensor, not a dictionary")
        self.check([torch.ones(2)], "holds a list, not a dictionary")

    def test_keys_that_are_no_texts(self):
        self.check({1: torch.ones(2)}, "a key that is an integer")

    def test_things_of_python_and_torch(self):
        for value, word in ((torch.nn.Parameter(torch.ones(2)), "torch._utils._rebuild_parameter"), (np.ones(2), "numpy.core"),
                            (b"bytes", "_codecs.encode"), ({1, 2}, "set"), (slice(1), "slice"), (torch.float32, "torch.float32"),
                            (torch.ones(2).to_sparse(), "torch._utils._rebuild_sparse_tensor"), (torch.device("cpu"), "torch.device"),
                            (torch.quantize_per_tensor(torch.ones(2), 1.0, 0, torch.quint8), "torch._utils._rebuild_qtensor")):
            self.check({"good": torch.ones(1), "bad": value}, "key 'bad'", word)

    def test_a_whole_network(self):
        self.check(torch.nn.Linear(2, 2), "torch.nn.modules.linear.Linear")

    def test_a_training_state(self):
        network = torch.nn.Linear(2, 2)
        self.check({"optimizer": torch.optim.Adam(network.parameters()).state_dict()}, "key 'optimizer'")


class CommandLine(unittest.TestCase):
    def run_it(self, *arguments):
        command = [sys.executable, "-B", os.path.join(weights_world.TOOLS, "torch_tensors.py"), *arguments]
        return subprocess.run(command, capture_output=True, text=True)

    def test_list(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "state.pth")
            torch.save({"weight": torch.ones(2, 3), "steps": torch.tensor(4)}, path)
            done = self.run_it(path)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "weight\tfloat32\t2x3\nsteps\tint64\tscalar\n", ""))

    def test_trouble(self):
        for arguments, code in (((), 2), (("a", "b"), 2), (("/no/such/file",), 1), (("/",), 1)):
            done = self.run_it(*arguments)
            self.assertEqual((done.returncode, done.stdout), (code, ""))
            self.assertEqual(len(done.stderr.splitlines()), 1)


if __name__ == "__main__":
    weights_world.main()
