"""Writes small random networks with inputs and what python3-torch makes of them, in the form of ONNX's own test cases:
FOLDER/network_NN/model.onnx and test_data_set_{0,1,2}/{input,output}_0.pb, for batches of 1, 3 and 8.

    random_networks.py FOLDER COUNT [FIRST_SEED]
"""
import pathlib
import random
import sys

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

import torch_walker

BATCHES = (1, 3, 8)


class Network:
    """A network under construction; `value` and `shape` (without the batch) are of what it made last."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.numbers = numpy.random.default_rng(seed)
        self.nodes, self.weights = [], []
        self.shape = [self.random.choice([1, 2, 3, 5, 8, 16, 17, 24]), self.random.randint(5, 19), self.random.randint(5, 19)]
        self.input_shape = list(self.shape)
        self.value = "input"

    def constant(self, array):
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(array, name))
        return name

    def normal(self, *shape, scale=1.0):
        return self.constant((self.numbers.normal(size=shape) * scale).astype(numpy.float32))

    def whole(self, values):
        return self.constant(numpy.array(values, numpy.int64))

    def add(self, operator, inputs, shape, **attributes):
        name = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], name=f"{operator}{len(self.nodes)}", **attributes))
        self.value, self.shape = name, list(shape)

    # ---- layers; each expects and leaves channels, height, width ----

    def convolution(self, outputs=None, square=None, plain=False):
        channels, *sizes = self.shape
        groups = self.random.choice([g for g in (1, 1, 1, 2, 3, 4, 8, channels, channels) if channels % g == 0])
        if plain:
            groups = 1
        outputs = outputs or groups * self.random.randint(1, max(1, 24 // groups))
        kernel, strides, dilations, pads = [], [], [], [[], []]
        for size in sizes:
            k, d = self.random.choice([(1, 1), (2, 1), (3, 1), (3, 1), (3, 2), (5, 1)])
            if square:
                k, d = square, 1
            pair = (k // 2, k // 2) if square else (self.random.randint(0, 2), self.random.randint(0, 2))
            if size + sum(pair) < (k - 1) * d + 1:
                k = d = 1
            kernel.append(k), dilations.append(d)
            strides.append(1 if square else self.random.choice([1, 1, 2, 3]))
            pads[0].append(pair[0]), pads[1].append(pair[1])
        attributes = {"kernel_shape": kernel, "strides": strides, "dilations": dilations, "group": groups}
        mode = self.random.choice(["SAME_UPPER", "SAME_LOWER", "VALID"]) if self.random.random() < 0.25 and not square else None
        if mode == "VALID":
            pads = [[0, 0], [0, 0]]
            if any(s < (k - 1) * d + 1 for s, k, d in zip(sizes, kernel, dilations)):
                mode = None
        if mode:
            attributes["auto_pad"] = mode
        else:
            attributes["pads"] = pads[0] + pads[1]
        inputs = [self.value, self.normal(outputs, channels // groups, *kernel, scale=(channels // groups * kernel[0] * kernel[1]) ** -0.5)]
        if self.random.random() < 0.7:
            inputs.append(self.normal(outputs, scale=0.3))
        if mode in ("SAME_UPPER", "SAME_LOWER"):
            result = [-(-size // s) for size, s in zip(sizes, strides)]
        else:
            result = [(size + b + e - ((k - 1) * d + 1)) // s + 1
                      for size, b, e, k, d, s in zip(sizes, *pads, kernel, dilations, strides)]
        if min(result) < 1:
            return
        self.add("Conv", inputs, [outputs, *result], **attributes)

    def normalization(self):
        channels = self.shape[0]
        variance = self.constant(self.numbers.uniform(0.5, 2, channels).astype(numpy.float32))
        self.add("BatchNormalization", [self.value, self.normal(channels), self.normal(channels), self.normal(channels), variance],
                 self.shape, epsilon=1e-3)

    def activation(self):
        kind = self.random.choice(["Relu", "Relu", "LeakyRelu", "Sigmoid", "Tanh", "Elu", "HardSwish", "HardSigmoid", "Softplus",
                                   "Clip", "Clip", "Abs", "Neg"])
        inputs, attributes = [self.value], {}
        if kind == "Clip":
            low, high = self.random.choice([(0.0, 6.0), (-0.5, 0.7), (None, 0.4), (-0.2, None)])
            inputs += ["" if bound is None else self.constant(numpy.array(bound, numpy.float32)) for bound in (low, high)]
        if kind in ("LeakyRelu", "Elu"):
            attributes["alpha"] = self.random.choice([0.1, 0.3, 1.5])
        self.add(kind, inputs, self.shape, **attributes)

    def pool(self):
        channels, *sizes = self.shape
        if min(sizes) < 3:
            return
        kind = self.random.choice(["MaxPool", "AveragePool"])
        kernel = [self.random.choice([2, 3]) for _ in sizes]
        strides = [self.random.choice([1, 2]) for _ in sizes]
        pads = [self.random.randint(0, k - 1) for k in kernel * 2]
        attributes = {"kernel_shape": kernel, "strides": strides, "pads": pads}
        if kind == "AveragePool":
            attributes["count_include_pad"] = self.random.choice([0, 1])
        result = [(size + pads[i] + pads[2 + i] - kernel[i]) // strides[i] + 1 for i, size in enumerate(sizes)]
        self.add(kind, [self.value], [channels, *result], **attributes)

    def residual(self):
        """x + f(x), f of one to three layers that keep the shape; sometimes x is also what the last layer takes in."""
        before, shape = self.value, list(self.shape)
        for _ in range(self.random.randint(0, 2)):
            self.convolution(shape[0], square=self.random.choice([1, 3]), plain=True)
            self.activation()
        self.convolution(shape[0], square=self.random.choice([1, 3]), plain=True)
        pair = [self.value, before]
        self.random.shuffle(pair)
        self.add("Add", pair, shape)

    def squeeze_excite(self):
        before, shape = self.value, list(self.shape)
        if self.random.random() < 0.5:
            self.add("GlobalAveragePool", [self.value], [shape[0], 1, 1])
        else:
            self.add("ReduceMean", [self.value], [shape[0], 1, 1], axes=[2, 3], keepdims=1)
        self.convolution(4, square=1, plain=True)
        self.add("Relu", [self.value], self.shape)
        self.convolution(shape[0], square=1, plain=True)
        self.add(self.random.choice(["Sigmoid", "HardSigmoid"]), [self.value], self.shape)
        pair = [self.value, before]
        self.random.shuffle(pair)
        self.add("Mul", pair, shape)

    def with_constant(self):
        channels, *sizes = self.shape
        shape = self.random.choice([(channels, 1, 1), (1,), (1, channels, 1, 1), (sizes[1],), (sizes[0], 1), (), (1, channels, *sizes)])
        pair = [self.value, self.normal(*shape)]
        self.random.shuffle(pair)
        kind = self.random.choice(["Add", "Sub", "Mul"])
        self.add(kind, pair, self.shape)

    def concatenation(self):
        before, shape = self.value, list(self.shape)
        self.convolution(square=3, plain=True)
        parts = [before, self.value] + ([before] if self.random.random() < 0.3 else [])
        self.add("Concat", parts, [self.shape[0] + shape[0] * (len(parts) - 1), *shape[1:]], axis=self.random.choice([1, -3]))

    def padding(self):
        mode = self.random.choice(["constant", "constant", "edge", "reflect"])
        low = -1 if mode == "constant" and min(self.shape[1:]) > 3 else 0
        high = min(2, min(self.shape[1:]) - 1)
        pads = [[0, 0] + [self.random.randint(low, high) for _ in range(2)] for _ in range(2)]
        inputs = [self.value, self.whole(pads[0] + pads[1])]
        if mode == "constant" and self.random.random() < 0.5:
            inputs.append(self.constant(numpy.array(0.75, numpy.float32)))
        self.add("Pad", inputs, [size + b + e for size, b, e in zip(self.shape, pads[0][1:], pads[1][1:])], mode=mode)

    def transposition(self):
        order = self.random.choice([[0, 1, 3, 2], [0, 2, 3, 1], [0, 3, 1, 2], [0, 2, 1, 3]])
        self.add("Transpose", [self.value], [self.shape[axis - 1] for axis in order[1:]], perm=order)

    def renaming(self):
        channels, height, width = self.shape
        target = self.random.choice([[0, channels, width, height], [0, height, -1, channels], [0, -1, 1, width]])
        if self.random.random() < 0.3:
            self.add("Unsqueeze", [self.value, self.whole([2])], [channels, 1, height, width])
            self.add("Squeeze", [self.value, self.whole([2])], [channels, height, width])
            return
        known = numpy.prod([size for size in target[1:] if size > 0], dtype=int)
        shape = [channels * height * width // known if size == -1 else size for size in target[1:]]
        self.add("Reshape", [self.value, self.whole(target)], shape)

    def along_axis(self):
        self.add("Softmax", [self.value], self.shape, axis=self.random.choice([1, 2, 3, -1]))

    def head(self):
        """To two axes, and a matrix or two."""
        kind = self.random.randrange(4)
        if kind == 0:
            self.add(self.random.choice(["GlobalAveragePool", "GlobalMaxPool"]), [self.value], [self.shape[0], 1, 1])
            self.add("Flatten", [self.value], [self.shape[0]], axis=1)
        elif kind == 1:
            self.add(self.random.choice(["ReduceMean", "ReduceMax"]), [self.value], [self.shape[0]], axes=[-1, -2], keepdims=0)
        elif kind == 2:
            self.add("Flatten", [self.value], [int(numpy.prod(self.shape))])
        else:
            # Tokens: rows of features, each times the same matrix.
            channels, height, width = self.shape
            self.add("Reshape", [self.value, self.whole([0, channels, -1])], [channels, height * width])
            self.add("Transpose", [self.value], [height * width, channels], perm=[0, 2, 1])
            self.add("MatMul", [self.value, self.normal(channels, 7, scale=channels ** -0.5)], [height * width, 7])
            self.add("Add", [self.value, self.normal(7)], self.shape)
            self.add("ReduceMean", [self.value], [7], axes=[1], keepdims=0)
        features = self.shape[0]
        if self.random.random() < 0.7:
            transposed = self.random.randrange(2)
            inputs = [self.value, self.normal(*((9, features) if transposed else (features, 9)), scale=features ** -0.5)]
            if self.random.random() < 0.8:
                inputs.append(self.normal(*self.random.choice([(9,), (1, 9), (1,)])))
            self.add("Gemm", inputs, [9], transB=transposed, alpha=self.random.choice([1.0, 0.5]), beta=self.random.choice([1.0, 2.0]))
            if self.random.random() < 0.5:
                self.activation()
        if self.random.random() < 0.3:
            self.add(self.random.choice(["Softmax", "LogSoftmax"]), [self.value], self.shape, axis=-1)

    def grow(self):
        layers = [self.convolution] * 5 + [self.activation] * 3 + [self.normalization] * 2 + [self.residual] * 3 + [
            self.pool, self.squeeze_excite, self.with_constant, self.concatenation, self.padding, self.transposition, self.renaming,
            self.along_axis]
        for _ in range(self.random.randint(3, 9)):
            # What would grow too large for a quick test stays as it is.
            if numpy.prod(self.shape) > 20000:
                break
            self.random.choice(layers)()
        inner = self.value
        if self.random.random() < 0.8:
            self.head()
        if not self.nodes:
            self.activation()
        return [self.value] + ([inner] if inner not in (self.value, "input") and self.random.random() < 0.3 else [])

    def model(self):
        outputs = self.grow()
        info = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs]
        entry = helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", *self.input_shape])
        graph = helper.make_graph(self.nodes, "random", [entry], info, self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
        model.ir_version = 8
        return model


def write(folder, seed):
    network = Network(seed)
    model = network.model()
    folder.mkdir(parents=True)
    onnx.save(model, folder / "model.onnx")
    pictures = network.numbers.normal(size=(max(BATCHES), *network.input_shape)).astype(numpy.float32)
    for index, batch in enumerate(BATCHES):
        place = folder / f"test_data_set_{index}"
        place.mkdir()
        # The pictures of a smaller batch are those of a larger one: their results must be the same.
        results = torch_walker.run(model, {"input": pictures[:batch]})
        (place / "input_0.pb").write_bytes(numpy_helper.from_array(pictures[:batch]).SerializeToString())
        for number, output in enumerate(model.graph.output):
            array = results[output.name].astype(numpy.float32)
            (place / f"output_{number}.pb").write_bytes(numpy_helper.from_array(numpy.ascontiguousarray(array)).SerializeToString())


def main(folder, count, first=1):
    for seed in range(int(first), int(first) + int(count)):
        write(pathlib.Path(folder) / f"network_{seed:04}", seed)


if __name__ == "__main__":
    main(*sys.argv[1:])
