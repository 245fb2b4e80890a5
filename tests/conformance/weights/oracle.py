"""EfficientNet-Lite a second time, in python3-torch, straight from the torch file: batch norms apart, nothing folded, no ONNX.

Written from the published table (Tan and Le 2019, and the Lite changes) and independent of assets/models; torch itself reads the file.
"""
import importlib.util
import os

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

SIZES = {"efficientnet-lite0": 224, "efficientnet-lite1": 240, "efficientnet-lite2": 260}
STRIDES = (1, 2, 2, 2, 1, 2, 1)  # of the first block of each of the seven stages
SKIMAGE = importlib.util.find_spec("skimage")


def padded_as_tensorflow(x, kernel, stride):
    """"SAME": the output has ceil(size / stride) rows; what is odd lies below and to the right."""
    total = max((-(-x.shape[2] // stride) - 1) * stride + kernel - x.shape[2], 0)
    return F.pad(x, (total // 2, total - total // 2) * 2)


def padded_alike(x, kernel, stride):
    return F.pad(x, (kernel // 2,) * 4)


def forward(state, x, padded=padded_as_tensorflow, epsilon=1e-3, at_norm=lambda values, mean, variance: None):
    """(features, logits); `at_norm` sees what goes into each batch norm."""

    def convolved(x, name, stride=1):
        weights = state[f"{name}.weight"]
        groups = x.shape[1] if weights.shape[1] == 1 else 1
        return F.conv2d(padded(x, weights.shape[2], stride), weights, stride=stride, groups=groups)

    def normed(x, name):
        mean, variance = state[f"{name}.running_mean"], state[f"{name}.running_var"]
        at_norm(x, mean, variance)
        return F.batch_norm(x, mean, variance, state[f"{name}.weight"], state[f"{name}.bias"], eps=epsilon)

    x = F.relu6(normed(convolved(x, "_conv_stem", 2), "_bn0"))
    widths = []
    while f"_blocks.{len(widths)}._project_conv.weight" in state:
        widths.append(len(state[f"_blocks.{len(widths)}._project_conv.weight"]))
    stage = -1
    for index, width in enumerate(widths):
        block, source = f"_blocks.{index}", x
        first = index == 0 or width != widths[index - 1]
        stage += first
        if f"{block}._expand_conv.weight" in state:
            x = F.relu6(normed(convolved(x, f"{block}._expand_conv"), f"{block}._bn0"))
        x = F.relu6(normed(convolved(x, f"{block}._depthwise_conv", STRIDES[stage] if first else 1), f"{block}._bn1"))
        x = normed(convolved(x, f"{block}._project_conv"), f"{block}._bn2")
        x = x if first else x + source
    features = F.relu6(normed(convolved(x, "_conv_head"), "_bn1")).mean((2, 3))
    return features, F.linear(features, state["_fc.weight"], state["_fc.bias"])


def in_doubles(state):
    return {name: values.double() for name, values in state.items()}


def picture(name):
    """One of the well-known pictures that python3-skimage brings."""
    return Image.open(os.path.join(os.path.dirname(SKIMAGE.origin), "data", name)).convert("RGB")


def square(image, size):
    """The middle square as size x size bytes, bicubic."""
    width, height = image.size
    side = min(width, height)
    left, top = (width - side) / 2, (height - side) / 2
    return np.asarray(image.resize((size, size), Image.BICUBIC, box=(left, top, left + side, top + side)))


def prepared(images, size):
    """N x 3 x size x size, f32."""
    bytes_ = np.stack([square(image, size) for image in images])
    return torch.from_numpy((bytes_.astype(np.float32) - 127) / 128).permute(0, 3, 1, 2).contiguous()
