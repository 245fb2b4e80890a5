"""Writes ONNX files byte for byte: the few messages of onnx.proto that a network of constants needs.

The same calls give the same bytes on every machine, so a file's hash can be written down before it is made.
Field numbers: onnx.proto of ONNX 1.12 (IR version 7, operator set 13).
"""
import struct

import numpy as np

FLOAT, INT64 = 1, 7  # TensorProto.DataType
IR_VERSION, OPERATOR_SET = 7, 13


def varint(number):
    out = bytearray()
    number &= (1 << 64) - 1
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def integer(field, number):
    return varint(field << 3) + varint(number)


def block(field, data):
    data = data.encode() if isinstance(data, str) else data
    return varint(field << 3 | 2) + varint(len(data)) + data


def attribute(name, value):
    """An integer, a float or a list of integers."""
    if isinstance(value, float):
        return block(1, name) + varint(2 << 3 | 5) + struct.pack("<f", value) + integer(20, 1)
    if isinstance(value, int):
        return block(1, name) + integer(3, value) + integer(20, 2)
    return block(1, name) + b"".join(integer(8, number) for number in value) + integer(20, 7)


def node(operator, inputs, output, **attributes):
    """A node named after its one output."""
    return (b"".join(block(1, name) for name in inputs) + block(2, output) + block(3, output) + block(4, operator)
            + b"".join(block(5, attribute(name, attributes[name])) for name in sorted(attributes)))


def constant(name, values):
    values = np.asarray(values)
    kind, form = {"f": (FLOAT, "<f4"), "i": (INT64, "<i8")}[values.dtype.kind]
    return (b"".join(integer(1, size) for size in values.shape) + integer(2, kind) + block(8, name)
            + block(9, values.astype(form).tobytes()))


def port(name, shape):
    """An f32 input or output; a size that is a text is a free one of that name."""
    sizes = b"".join(block(1, block(2, size) if isinstance(size, str) else integer(1, size)) for size in shape)
    return block(1, name) + block(2, block(1, integer(1, FLOAT) + block(2, sizes)))


def model(name, nodes, constants, inputs, outputs):
    graph = (b"".join(block(1, item) for item in nodes) + block(2, name) + b"".join(block(5, item) for item in constants)
             + b"".join(block(11, item) for item in inputs) + b"".join(block(12, item) for item in outputs))
    return integer(1, IR_VERSION) + block(2, "kalon") + block(7, graph) + block(8, block(1, "") + integer(2, OPERATOR_SET))
