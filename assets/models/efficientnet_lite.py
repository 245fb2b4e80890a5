"""EfficientNet-Lite from its trained tensors to ONNX.

The architecture: Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks" (2019), table 1, and the
changes published with the Lite variants (TensorFlow, 2020): ReLU6 everywhere, no squeeze-and-excitation, stem, head, and the
first and last stage's depth left unscaled. The tensors carry the names of the PyTorch port; they are TensorFlow's own weights, so
batch norm has TensorFlow's epsilon and convolutions pad as its "SAME" does: where the padding is odd, the extra row and
column lie below and to the right.
"""
import math
from dataclasses import dataclass

import numpy as np

import onnx_file as onnx

EPSILON = 1e-3
STEM, HEAD, CLASSES = 32, 1280, 1000


class ArchitectureError(ValueError):
    """The tensors are not those of the architecture."""


@dataclass(frozen=True)
class Variant:
    width: float
    depth: float
    size: int  # pixels, each way


@dataclass(frozen=True)
class Stage:
    repeats: int
    kernel: int
    stride: int
    expansion: int
    channels: int


VARIANTS = {
    "efficientnet-lite0": Variant(1.0, 1.0, 224),
    "efficientnet-lite1": Variant(1.0, 1.1, 240),
    "efficientnet-lite2": Variant(1.1, 1.2, 260),
}
STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)


def scaled_channels(channels, width):
    """To the nearest multiple of 8, but never more than a tenth lower (the paper's code)."""
    wanted = channels * width
    rounded = max(8, int(wanted + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * wanted else rounded


def same_padding(size, kernel, stride):
    """(before, after) of TensorFlow's "SAME"."""
    total = max((math.ceil(size / stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


class Tensors:
    """Gives each tensor of the file once, with the shape it must have, and tells what was left over."""

    def __init__(self, tensors):
        self.left = dict(tensors)

    def take(self, name, *shape):
        if name not in self.left:
            raise ArchitectureError(f"the tensor {name} is missing")
        values = self.left.pop(name)
        if values.shape != shape:
            raise ArchitectureError(f"the tensor {name} is {values.shape} instead of {shape}")
        if values.dtype != np.float32:
            raise ArchitectureError(f"the tensor {name} is {values.dtype} instead of float32")
        if not np.isfinite(values).all():
            raise ArchitectureError(f"the tensor {name} holds values that are no finite numbers")
        return values.astype(np.float64)

    def folded(self, convolution, norm, out, into, kernel):
        """Weights and bias of a convolution with the batch norm behind it folded in."""
        weights = self.take(f"{convolution}.weight", out, into, kernel, kernel)
        gamma, beta, mean, variance = (self.take(f"{norm}.{part}", out) for part in ("weight", "bias", "running_mean", "running_var"))
        if (variance < 0).any():
            raise ArchitectureError(f"the tensor {norm}.running_var holds negative variances")
        self.left.pop(f"{norm}.num_batches_tracked", None)  # a counter of the training
        scale = gamma / np.sqrt(variance + EPSILON)
        return weights * scale[:, None, None, None], beta - mean * scale

    def finish(self):
        if self.left:
            names = ", ".join(repr(name)[:100] for name in sorted(self.left)[:5])
            raise ArchitectureError(f"{len(self.left)} tensors have no place in the architecture: {names}")


class Graph:
    def __init__(self, tensors, size):
        self.tensors, self.size = tensors, size
        self.nodes = []
        self.constants = [onnx.constant("zero", np.float32(0)), onnx.constant("six", np.float32(6))]

    def add(self, operator, inputs, output, **attributes):
        self.nodes.append(onnx.node(operator, inputs, output, **attributes))
        return output

    def constant(self, name, values):
        self.constants.append(onnx.constant(name, values.astype(np.float32)))
        return name

    def convolution(self, name, source, convolution, norm, out, into, kernel=1, stride=1, depthwise=False, relu6=True):
        weights, bias = self.tensors.folded(convolution, norm, out, 1 if depthwise else into, kernel)
        before, after = same_padding(self.size, kernel, stride)
        self.size = math.ceil(self.size / stride)
        inputs = [source, self.constant(f"{name}.weight", weights), self.constant(f"{name}.bias", bias)]
        result = self.add("Conv", inputs, name, kernel_shape=[kernel, kernel], strides=[stride, stride], dilations=[1, 1],
                          pads=[before, before, after, after], group=out if depthwise else 1)
        return self.add("Clip", [result, "zero", "six"], f"{name}.relu6") if relu6 else result


def blocks_of(variant):
    """(kernel, stride, expansion, channels in, channels out) of each block."""
    into = STEM
    for index, stage in enumerate(STAGES):
        out = scaled_channels(stage.channels, variant.width)
        ends = index in (0, len(STAGES) - 1)
        for repeat in range(stage.repeats if ends else math.ceil(stage.repeats * variant.depth)):
            yield stage.kernel, stage.stride if repeat == 0 else 1, stage.expansion, into, out
            into = out


def to_onnx(name, tensors):
    """The ONNX file of a variant as bytes, from {tensor name: array}. Raises ArchitectureError.

    Input `input` N x 3 x S x S, f32, RGB as (value - 127) / 128. Outputs `features` N x 1280, the pooled head, and `logits` N x 1000.
    """
    variant = VARIANTS[name]
    tensors = Tensors(tensors)
    graph = Graph(tensors, variant.size)
    flow = graph.convolution("stem", "input", "_conv_stem", "_bn0", STEM, 3, kernel=3, stride=2)
    for index, (kernel, stride, expansion, into, out) in enumerate(blocks_of(variant)):
        theirs, ours, source, inner = f"_blocks.{index}", f"block{index}", flow, into * expansion
        if expansion != 1:
            flow = graph.convolution(f"{ours}.expand", flow, f"{theirs}._expand_conv", f"{theirs}._bn0", inner, into)
        flow = graph.convolution(f"{ours}.depthwise", flow, f"{theirs}._depthwise_conv", f"{theirs}._bn1", inner, inner, kernel, stride,
                                 depthwise=True)
        flow = graph.convolution(f"{ours}.project", flow, f"{theirs}._project_conv", f"{theirs}._bn2", out, inner, relu6=False)
        if stride == 1 and into == out:
            flow = graph.add("Add", [flow, source], f"{ours}.sum")
    flow = graph.convolution("head", flow, "_conv_head", "_bn1", HEAD, out)
    flow = graph.add("GlobalAveragePool", [flow], "pool")
    graph.add("Flatten", [flow], "features", axis=1)
    weights = graph.constant("classifier.weight", tensors.take("_fc.weight", CLASSES, HEAD))
    bias = graph.constant("classifier.bias", tensors.take("_fc.bias", CLASSES))
    graph.add("Gemm", ["features", weights, bias], "logits", alpha=1.0, beta=1.0, transA=0, transB=1)
    tensors.finish()
    return onnx.model(name, graph.nodes, graph.constants, [onnx.port("input", ["N", 3, variant.size, variant.size])],
                      [onnx.port("features", ["N", HEAD]), onnx.port("logits", ["N", CLASSES])])
