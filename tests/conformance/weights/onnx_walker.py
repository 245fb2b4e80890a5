"""An ONNX graph node by node in python3-torch: the few operators of the trained models, from their definitions in the ONNX standard."""
import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper


def run(model, x, at_node=lambda node, inputs, output: None):
    """{output name: tensor}; each node's inputs must have been computed before it."""
    values = {item.name: torch.from_numpy(np.array(numpy_helper.to_array(item))).to(x.dtype) for item in model.graph.initializer}
    values[model.graph.input[0].name] = x
    for node in model.graph.node:
        inputs = [values[name] for name in node.input]
        attributes = {item.name: onnx.helper.get_attribute_value(item) for item in node.attribute}
        output, = node.output
        values[output] = OPERATORS[node.op_type](*inputs, **attributes)
        at_node(node, inputs, values[output])
    return {item.name: values[item.name] for item in model.graph.output}


def conv(x, weights, bias, kernel_shape, strides, dilations, pads, group):
    assert list(weights.shape[2:]) == list(kernel_shape)
    top, left, bottom, right = pads
    return F.conv2d(F.pad(x, (left, right, top, bottom)), weights, bias, strides, 0, dilations, group)


def gemm(a, b, c, alpha, beta, transA, transB):
    return alpha * (a.t() if transA else a) @ (b.t() if transB else b) + beta * c


OPERATORS = {
    "Conv": conv,
    "Clip": lambda x, low, high: torch.minimum(torch.maximum(x, low), high),
    "Add": lambda a, b: a + b,
    "GlobalAveragePool": lambda x: x.mean((2, 3), keepdim=True),
    "Flatten": lambda x, axis: x.flatten(axis),
    "Gemm": gemm,
}
