"""Runs an ONNX network in python3-torch, node by node, in double precision: the oracle of these tests.

It shares nothing with the plugin. Operators beyond those that the tests need raise NotImplementedError."""
import numpy
import onnx
import torch
import torch.nn.functional as functional
from onnx import numpy_helper


def attributes_of(node):
    return {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}


def tensor_of(proto):
    array = numpy_helper.to_array(proto)
    if array.dtype == numpy.float32:
        array = array.astype(numpy.float64)
    return torch.from_numpy(numpy.array(array))


def spatial_pads(attributes, data, kernel, strides, dilations):
    """[begin, end] for each spatial axis."""
    mode = attributes.get("auto_pad", b"NOTSET").decode()
    axes = len(kernel)
    if mode in ("SAME_UPPER", "SAME_LOWER"):
        pads = []
        for size, k, s, d in zip(data.shape[2:], kernel, strides, dilations):
            total = max(0, (-(-size // s) - 1) * s + (k - 1) * d + 1 - size)
            less, more = total // 2, total - total // 2
            pads.append((less, more) if mode == "SAME_UPPER" else (more, less))
        return pads
    flat = attributes.get("pads", [0] * 2 * axes)
    return [(flat[i], flat[axes + i]) for i in range(axes)]


def padded(data, pads, value):
    """torch wants the last axis first."""
    return functional.pad(data, [size for pair in reversed(pads) for size in pair], value=value)


def convolution(data, weights, bias=None, **attributes):
    kernel = weights.shape[2:]
    axes = len(kernel)
    strides = attributes.get("strides", [1] * axes)
    dilations = attributes.get("dilations", [1] * axes)
    run = {1: functional.conv1d, 2: functional.conv2d, 3: functional.conv3d}[axes]
    data = padded(data, spatial_pads(attributes, data, kernel, strides, dilations), 0.0)
    return run(data, weights, bias, stride=strides, dilation=dilations, groups=attributes.get("group", 1))


def maximum_pool(data, **attributes):
    kernel = attributes["kernel_shape"]
    axes = len(kernel)
    strides = attributes.get("strides", [1] * axes)
    dilations = attributes.get("dilations", [1] * axes)
    run = {1: functional.max_pool1d, 2: functional.max_pool2d, 3: functional.max_pool3d}[axes]
    data = padded(data, spatial_pads(attributes, data, kernel, strides, dilations), -torch.inf)
    return run(data, kernel, strides, 0, dilations, bool(attributes.get("ceil_mode", 0)))


def average_pool(data, **attributes):
    """The sum over each window, divided by how many of its values count."""
    kernel = attributes["kernel_shape"]
    axes = len(kernel)
    strides = attributes.get("strides", [1] * axes)
    assert not attributes.get("ceil_mode", 0)
    run = {1: functional.avg_pool1d, 2: functional.avg_pool2d, 3: functional.avg_pool3d}[axes]
    pads = spatial_pads(attributes, data, kernel, strides, [1] * axes)
    means = run(padded(data, pads, 0.0), kernel, strides)
    if attributes.get("count_include_pad", 0):
        return means
    return means / run(padded(torch.ones_like(data), pads, 0.0), kernel, strides)


def pad(data, pads, value=None, axes=None, **attributes):
    mode = {"constant": "constant", "edge": "edge", "reflect": "reflect"}[attributes.get("mode", b"constant").decode()]
    pads = pads.tolist()
    pairs = list(zip(pads[: len(pads) // 2], pads[len(pads) // 2:]))
    array = data.numpy()
    # NumPy does not cut.
    for axis, (begin, end) in enumerate(pairs):
        array = numpy.take(array, range(max(0, -begin), array.shape[axis] - max(0, -end)), axis)
    pairs = [(max(0, begin), max(0, end)) for begin, end in pairs]
    extra = {"constant_values": 0.0 if value is None else float(value)} if mode == "constant" else {}
    return torch.from_numpy(numpy.pad(array, pairs, mode, **extra))


def reshape(data, shape, **attributes):
    shape = [data.shape[i] if size == 0 else size for i, size in enumerate(shape.tolist())]
    return data.reshape(shape)


def flatten(data, axis=1):
    rows = int(numpy.prod(data.shape[:axis], dtype=int)) if axis else 1
    return data.reshape(rows, -1)


def unsqueeze(data, axes):
    array = data.numpy()
    return torch.from_numpy(numpy.expand_dims(array, tuple(axes.tolist())))


def squeeze(data, axes=None):
    return torch.from_numpy(numpy.squeeze(data.numpy(), None if axes is None else tuple(axes.tolist())))


def gemm(a, b, c=None, alpha=1.0, beta=1.0, transA=0, transB=0):
    product = alpha * (a.T if transA else a) @ (b.T if transB else b)
    return product if c is None else product + beta * c


def batch_normalization(data, scale, shift, mean, variance, epsilon=1e-5, **_):
    return functional.batch_norm(data, mean, variance, scale, shift, False, 0.0, epsilon)


def clip(data, low=None, high=None):
    data = data if low is None else torch.maximum(data, low)
    return data if high is None else torch.minimum(data, high)


def reduction(function):
    def run(data, axes=None, keepdims=1, **attributes):
        axes = attributes.get("axes_attribute") if axes is None else axes.tolist()
        axes = tuple(range(data.dim())) if axes is None else tuple(axes)
        return torch.from_numpy(numpy.asarray(function(data.numpy(), axis=axes, keepdims=bool(keepdims))))
    return run


def reduce_node(function):
    inner = reduction(function)

    def run(data, *rest, axes=None, keepdims=1):
        if axes is not None:
            return inner(data, torch.tensor(axes), keepdims)
        return inner(data, *rest, keepdims=keepdims)
    return run


OPERATORS = {
    "Abs": lambda x: x.abs(),
    "Add": lambda a, b: a + b,
    "AveragePool": average_pool,
    "BatchNormalization": batch_normalization,
    "Clip": clip,
    "Concat": lambda *parts, axis: torch.cat(parts, axis),
    "Conv": convolution,
    "Div": lambda a, b: a / b,
    "Elu": lambda x, alpha=1.0: functional.elu(x, alpha),
    "Exp": lambda x: x.exp(),
    "Flatten": flatten,
    "Gemm": gemm,
    "GlobalAveragePool": lambda x: x.mean(tuple(range(2, x.dim())), keepdim=True),
    "GlobalMaxPool": lambda x: x.amax(tuple(range(2, x.dim())), keepdim=True),
    "HardSigmoid": lambda x, alpha=0.2, beta=0.5: (alpha * x + beta).clamp(0, 1),
    "HardSwish": functional.hardswish,
    "Identity": lambda x: x,
    "LeakyRelu": lambda x, alpha=0.01: functional.leaky_relu(x, alpha),
    "LogSoftmax": lambda x, axis=-1: functional.log_softmax(x, axis),
    "MatMul": lambda a, b: a @ b,
    "MaxPool": maximum_pool,
    "Mul": lambda a, b: a * b,
    "Neg": lambda x: -x,
    "Pad": pad,
    "ReduceMax": reduce_node(numpy.amax),
    "ReduceMean": reduce_node(numpy.mean),
    "ReduceSum": reduce_node(numpy.sum),
    "Relu": functional.relu,
    "Reshape": reshape,
    "Sigmoid": torch.sigmoid,
    "Softmax": lambda x, axis=-1: functional.softmax(x, axis),
    "Softplus": functional.softplus,
    "Sqrt": lambda x: x.sqrt(),
    "Squeeze": squeeze,
    "Sub": lambda a, b: a - b,
    "Tanh": torch.tanh,
    "Transpose": lambda x, perm=None: x.permute(tuple(perm or reversed(range(x.dim())))),
    "Unsqueeze": unsqueeze,
}


def run(model, inputs, outputs=None):
    """inputs: {name: NumPy array}; gives {name: float64 array} of the outputs, or of the values that `outputs` names."""
    values = {tensor.name: tensor_of(tensor) for tensor in model.graph.initializer}
    values.update({name: torch.from_numpy(numpy.asarray(array, numpy.float64)) for name, array in inputs.items()})
    with torch.no_grad():
        for node in model.graph.node:
            attributes = attributes_of(node)
            if node.op_type == "Constant":
                values[node.output[0]] = tensor_of(attributes["value"])
                continue
            if node.op_type not in OPERATORS:
                raise NotImplementedError(node.op_type)
            arguments = [values[name] if name else None for name in node.input]
            values[node.output[0]] = OPERATORS[node.op_type](*arguments, **attributes)
    names = outputs or [output.name for output in model.graph.output]
    return {name: values[name].numpy() for name in names}
