"""The ONNX files say what the torch files say, to 1e-4 relative; what is not the architecture is refused.

Independent sources: oracle.py (torch, from the torch file), python3-onnx (reads and checks the file), the published figures.
"""
import json
import os
import subprocess
import sys
import unittest

import numpy as np

import weights_world

NAMES = weights_world.models_there()
import onnx
import torch
from onnx import checker, numpy_helper, shape_inference

import efficientnet_lite
import onnx_walker
import oracle
import torch_tensors

# The table of d-li14's efficientnet-lite.pytorch: parameters and multiply-adds, in millions.
PUBLISHED = {"efficientnet-lite0": (4.652, 385), "efficientnet-lite1": (5.417, 600), "efficientnet-lite2": (6.092, 860)}
PHOTOGRAPHS = ("chelsea.png", "coffee.png", "rocket.jpg")


def shape_of(port):
    return [item.dim_param or item.dim_value for item in port.type.tensor_type.shape.dim]


def difference(ours, theirs):
    """The largest deviation of any row, relative to the row's largest value."""
    return float(((ours.double() - theirs).abs().amax(-1) / theirs.abs().amax(-1)).max())


def images_for(name):
    """Photographs, noise at full range, and black: N x 3 x S x S."""
    size = oracle.SIZES[name]
    generator = torch.Generator().manual_seed(5)
    noise = torch.rand(1, 3, size, size, generator=generator) * 2 - 1
    return torch.cat([oracle.prepared([oracle.picture(file) for file in PHOTOGRAPHS], size), noise, torch.full_like(noise, -127 / 128)])


class Graph(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        torch.set_num_threads(1)
        cls.models = {name: onnx.load_from_string(weights_world.onnx_bytes(name)) for name in NAMES}

    def test_agrees_with_torch(self):
        for name, model in self.models.items():
            x = images_for(name)
            with torch.no_grad():
                features, logits = oracle.forward(oracle.in_doubles(weights_world.read_by_torch(weights_world.torch_bytes(name))), x.double())
                outputs = onnx_walker.run(model, x)
            found = {"features": difference(outputs["features"], features), "logits": difference(outputs["logits"], logits)}
            print(f"{name}: {', '.join(f'{what} within {value:.1e}' for what, value in found.items())}", file=sys.stderr)
            for what, value in found.items():
                with self.subTest(name=name, what=what):
                    self.assertLess(value, 1e-4)

    def test_valid(self):
        for name, model in self.models.items():
            with self.subTest(name=name):
                checker.check_model(model, full_check=True)
                shape_inference.infer_shapes(model, strict_mode=True)
                self.assertEqual([(item.domain, item.version) for item in model.opset_import], [("", 13)])
                size = oracle.SIZES[name]
                self.assertEqual([(item.name, shape_of(item)) for item in model.graph.input], [("input", ["N", 3, size, size])])
                self.assertEqual([(item.name, shape_of(item)) for item in model.graph.output], [("features", ["N", 1280]), ("logits", ["N", 1000])])
                used = {name for node in model.graph.node for name in node.input}
                self.assertEqual({item.name for item in model.graph.initializer} - used, set())

    def test_published_figures(self):
        for name, model in self.models.items():
            state = weights_world.read_by_torch(weights_world.torch_bytes(name))
            trained = sum(values.numel() for key, values in state.items() if "running" not in key and "num_batches" not in key)
            products = []

            def count(node, inputs, output):
                if node.op_type in ("Conv", "Gemm"):
                    taps = inputs[1][0].numel()
                    products.append(output.numel() * taps)

            with torch.no_grad():
                onnx_walker.run(model, torch.zeros(1, 3, oracle.SIZES[name], oracle.SIZES[name]), at_node=count)
            print(f"{name}: {trained / 1e6:.3f} million parameters, {sum(products) / 1e6:.1f} million multiply-adds", file=sys.stderr)
            with self.subTest(name=name):
                self.assertEqual((round(trained / 1e6, 3), round(sum(products) / 1e6)), PUBLISHED[name])

    def test_a_batch_is_its_pictures(self):
        model = self.models[NAMES[0]]
        x = images_for(NAMES[0])
        with torch.no_grad():
            together = onnx_walker.run(model, x)
            for index in range(len(x)):
                alone = onnx_walker.run(model, x[index:index + 1])
                for what in ("features", "logits"):
                    # Sums of up to 1152 products in another order.
                    self.assertLess(difference(alone[what][0], together[what][index].double()), 1e-5)

    def test_manifests(self):
        for name in NAMES:
            manifest, model = weights_world.manifest_of(name), self.models[name]
            path = os.path.join(weights_world.MODELS, manifest["file"])
            xxhsum = subprocess.run(["xxhsum", "-H128", path], capture_output=True, text=True, check=True).stdout.split()[0]
            with self.subTest(name=name):
                self.assertEqual(manifest["weights"], xxhsum)
                self.assertEqual(manifest["id"], name)
                self.assertEqual([item["tensor"] for item in manifest["outputs"]], [item.name for item in model.graph.output])
                self.assertEqual(manifest["input"]["tensor"], model.graph.input[0].name)
                self.assertEqual([3, manifest["input"]["height"], manifest["input"]["width"]], shape_of(model.graph.input[0])[1:])
                with open(os.path.join(weights_world.TOOLS, f"{name}.json"), encoding="utf-8") as file:
                    self.assertEqual(json.load(file), manifest)

    def test_made_again(self):
        for name in NAMES:
            tensors = torch_tensors.read_tensors(weights_world.torch_bytes(name))
            backwards = dict(reversed(tensors.items()))
            self.assertEqual(efficientnet_lite.to_onnx(name, backwards), weights_world.onnx_bytes(name))

    def test_values_that_other_readers_see(self):
        """One folded convolution, from the torch file by hand."""
        for name, model in self.models.items():
            state = weights_world.read_by_torch(weights_world.torch_bytes(name))
            constants = {item.name: numpy_helper.to_array(item) for item in model.graph.initializer}
            gamma, beta, mean, variance = (state[f"_bn0.{part}"].double().numpy() for part in ("weight", "bias", "running_mean", "running_var"))
            scale = gamma / np.sqrt(variance + 1e-3)
            weights = state["_conv_stem.weight"].double().numpy() * scale.reshape(-1, 1, 1, 1)
            np.testing.assert_array_equal(constants["stem.weight"], weights.astype(np.float32))
            np.testing.assert_array_equal(constants["stem.bias"], (beta - mean * scale).astype(np.float32))
            np.testing.assert_array_equal(constants["classifier.weight"], state["_fc.weight"].numpy())


class Refusals(unittest.TestCase):
    """Every tensor has its place, its shape and sane values, or the one that has not is named."""

    @classmethod
    def setUpClass(cls):
        cls.name = NAMES[0]
        cls.tensors = torch_tensors.read_tensors(weights_world.torch_bytes(cls.name))

    def refused(self, word, name=None, **changes):
        tensors = {**self.tensors, **{key.replace("__", "."): values for key, values in changes.items()}}
        tensors = {key: values for key, values in tensors.items() if values is not None}
        with self.assertRaises(efficientnet_lite.ArchitectureError) as refused:
            efficientnet_lite.to_onnx(name or self.name, tensors)
        self.assertIn(word, str(refused.exception))

    def test_every_missing_one(self):
        for key in self.tensors:
            if not key.endswith("num_batches_tracked"):
                self.refused(f"the tensor {key} is missing", **{key: None})

    def test_one_too_many(self):
        self.refused("_blocks.0._se_reduce.weight", **{"_blocks.0._se_reduce.weight": np.zeros((8, 32, 1, 1), np.float32)})
        self.refused("_bn9.num_batches_tracked", **{"_bn9.num_batches_tracked": np.int64(0)})
        self.refused("_blocks.16._bn2.bias", **{"_blocks.16._bn2.bias": np.zeros(320, np.float32)})

    def test_shapes(self):
        weights = self.tensors["_fc.weight"]
        self.refused("_fc.weight is (999, 1280) instead of (1000, 1280)", **{"_fc.weight": weights[:999]})
        self.refused("_fc.weight is (1280, 1000)", **{"_fc.weight": weights.T})
        self.refused("_bn0.bias is (1, 32)", **{"_bn0.bias": self.tensors["_bn0.bias"][None]})

    def test_values(self):
        head = self.tensors["_conv_head.weight"]
        self.refused("_conv_head.weight is float64", **{"_conv_head.weight": head.astype(np.float64)})
        for odd in (np.nan, np.inf):
            broken = head.copy()
            broken[7, 7] = odd
            self.refused("_conv_head.weight holds values that are no finite numbers", **{"_conv_head.weight": broken})
        self.refused("_bn1.running_var holds negative variances", **{"_bn1.running_var": -self.tensors["_bn1.running_var"]})

    def test_another_variant(self):
        for name in weights_world.NAMES:
            if name != self.name:
                self.refused("_blocks.", name=name)


if __name__ == "__main__":
    weights_world.main()
