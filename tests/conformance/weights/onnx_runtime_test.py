"""The ONNX files in a runtime of others: ONNX Runtime agrees with torch to 1e-4 relative.

It is not a package of Debian; pip puts it, by version and hash, into a folder that goes when the test ends. Where it cannot be had the
test is skipped.
"""
import os
import sys
import tempfile
import unittest

import weights_world

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import onnx_runtime

NAMES = weights_world.models_there()
import torch

import oracle
from onnx_graph_test import difference, images_for

class Runtime(unittest.TestCase):
    def test_agrees_with_torch(self):
        import onnxruntime

        torch.set_num_threads(1)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        for name in NAMES:
            session = onnxruntime.InferenceSession(weights_world.onnx_bytes(name), options, providers=["CPUExecutionProvider"])
            x = images_for(name)
            with torch.no_grad():
                expected = oracle.forward(oracle.in_doubles(weights_world.read_by_torch(weights_world.torch_bytes(name))), x.double())
            outputs = session.run(["features", "logits"], {"input": x.numpy()})
            for what, ours, theirs in zip(("features", "logits"), outputs, expected):
                value = difference(torch.from_numpy(ours), theirs)
                print(f"{name}: ONNX Runtime {onnxruntime.__version__}, {what} within {value:.1e}", file=sys.stderr)
                with self.subTest(name=name, what=what):
                    self.assertLess(value, 1e-4)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        if reason := onnx_runtime.install(place):
            weights_world.skip_all(reason)
        sys.path.insert(0, place)
        unittest.main(verbosity=2)
