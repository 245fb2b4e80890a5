"""The ONNX files in a runtime of others: ONNX Runtime agrees with torch to 1e-4 relative.

It is not a package of Debian; pip puts it, by version and hash, into a folder that goes when the test ends. Where it cannot be had the
test is skipped.
"""
import subprocess
import sys
import tempfile
import unittest

import weights_world

NAMES = weights_world.models_there()
import torch

import oracle
from onnx_graph_test import difference, images_for

RUNTIME = "onnxruntime==1.16.3 --hash=sha256:3e253e572021563226a86f1c024f8f70cdae28f2fb1cc8c3a9221e8b1ce37db5\n"  # Python 3.11, x86-64


def install(folder):
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as wanted:
        wanted.write(RUNTIME)
        wanted.flush()
        command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps", "--require-hashes",
                   "--only-binary", ":all:", "--retries", "0", "--timeout", "10", "--target", folder, "--requirement", wanted.name]
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
        weights_world.skip_all(f"ONNX Runtime cannot be had: {said}")
    sys.path.insert(0, folder)


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
        install(place)
        unittest.main(verbosity=2)
