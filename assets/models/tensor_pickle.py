"""Interprets the pickle inside a torch file over data of our own; nothing of it is executed.

A pickle is a program that may call anything. Of its opcodes only those are known here that spell a dictionary of tensors, of all
the names it may ask for only three kinds, and none of them is looked up in a Python module. Everything else is refused with
the key it stands at and what it is.

Source: Python's pickletools for the opcodes, torch/serialization.py and torch/_utils.py of PyTorch 1.13 for their use.
"""
import pickletools
import re
import struct

MAX_PICKLE = 8 << 20  # bytes; a tensor takes about 150
MAX_STEPS = 2_000_000  # a tensor takes about 35
MAX_TEXT = 4096  # bytes
MAX_INTEGER = 16  # bytes
MAX_NESTING = 16
MAX_DIMENSIONS = 32  # NumPy's own bound
MAX_COUNT = 1 << 40  # elements

STORAGES = {
    "FloatStorage": "<f4", "DoubleStorage": "<f8", "HalfStorage": "<f2", "BFloat16Storage": "<u2", "LongStorage": "<i8",
    "IntStorage": "<i4", "ShortStorage": "<i2", "CharStorage": "<i1", "ByteStorage": "<u1", "BoolStorage": "<u1",
    "ComplexFloatStorage": "<c8", "ComplexDoubleStorage": "<c16",
}
ORDERED_DICT = "collections.OrderedDict"
REBUILD_TENSOR = "torch._utils._rebuild_tensor_v2"


class TorchFileError(ValueError):
    """The file is broken, or holds what is not a tensor."""


class Name:
    """A global that the file asks for: a word, never the thing it names."""

    def __init__(self, text):
        self.text = text


class Table(dict):
    __slots__ = ("kind", "depth")

    def __init__(self, kind):
        super().__init__()
        self.kind, self.depth = kind, 1


class Row(list):
    """A list or a tuple."""

    __slots__ = ("kind", "depth")

    def __init__(self, kind, items=()):
        super().__init__(items)
        self.kind, self.depth = kind, 1


class Storage:
    """`count` elements that lie elsewhere in the file, under `key`."""

    def __init__(self, key, kind, count):
        self.key, self.kind, self.count = key, kind, count


class Tensor:
    """A view of a storage, checked to lie inside it; offset, size and stride count elements."""

    def __init__(self, storage, offset, size, stride):
        self.storage, self.offset, self.size, self.stride = storage, offset, size, stride


def described(value):
    if isinstance(value, Name):
        return value.text[:300]
    if isinstance(value, (Table, Row)):
        return value.kind
    return {Tensor: "a tensor", Storage: "a storage", bool: "a truth value", int: "an integer", float: "a number", str: "a text",
            type(None): "None"}[type(value)]


def is_tuple(value):
    return isinstance(value, Row) and value.kind == "a tuple"


def is_count(value):
    return type(value) is int and 0 <= value <= MAX_COUNT


def plain(text):
    """For messages and lists: nothing that a terminal would obey."""
    return text if text.isprintable() else repr(text)


def shown(value):
    return str(value) if type(value) is int else described(value)


class Pickle:
    """One pickle of protocol 2. `storages` collects what its tensors ask for: {key: Storage}."""

    def __init__(self, data, start, storages):
        self.data, self.at, self.end = data, start, min(len(data), start + MAX_PICKLE)
        self.storages = storages
        self.frames = [[]]  # a stack for each open mark
        self.memo = {}

    def value(self):
        """The pickle's value; `at` is then the place of the first byte behind it."""
        if self.take(2, "its first bytes") != b"\x80\x02":
            raise TorchFileError("this is not a pickle of protocol 2, which torch.save writes")
        for _ in range(MAX_STEPS):
            code = self.take(1, "the next opcode")
            if code == b".":
                break
            step = STEPS.get(code)
            if step is None:
                raise self.refusal(f"{self.opcode(code)} is refused: no tensor needs it")
            step(self)
        else:
            raise TorchFileError(f"the pickle takes more than {MAX_STEPS} steps")
        if len(self.frames) != 1 or len(self.frames[0]) != 1:
            raise TorchFileError("the pickle ends with more or less than one value on its stack")
        return self.frames[0][0]

    # -- bytes

    def take(self, count, what):
        if count > self.end - self.at:
            raise self.refusal(f"the file ends inside {what}; it is cut short or broken")
        self.at += count
        return self.data[self.at - count:self.at]

    def number(self, form, what):
        return struct.unpack(form, self.take(struct.calcsize(form), what))[0]

    def line(self):
        stop = self.data.find(b"\n", self.at, min(self.end, self.at + MAX_TEXT))
        text = self.data[self.at:stop].decode("ascii", "replace") if stop >= 0 else "\0"
        if not (text.isascii() and text.isprintable()):
            raise self.refusal("a name that does not end or is not plain ASCII; the file is broken")
        self.at = stop + 1
        return text

    # -- messages

    def refusal(self, what):
        return TorchFileError("".join(f"key {key[:200]!r}: " for key in self.open_keys()) + what)

    def open_keys(self):
        """The keys of the dictionaries whose values are being read, outermost first."""
        for index, frame in enumerate(self.frames):
            if index > 0 and self.frames[index - 1] and isinstance(self.frames[index - 1][-1], Table):
                keys = [item for item in frame[::2] if isinstance(item, str)]  # key, value, key, value, ...
            else:
                keys = [item for before, item in zip(frame, frame[1:]) if isinstance(before, Table) and isinstance(item, str)]
            yield from keys[-1:]

    def opcode(self, code):
        known = pickletools.code2op.get(code.decode("latin-1"))
        if known is None:
            return f"opcode 0x{code.hex()}"
        of = []
        if known.name == "INST":
            of = [self.line(), self.line()]
        elif known.name == "STACK_GLOBAL":
            of = [plain(item) for item in (self.pop(), self.pop()) if isinstance(item, str)][::-1]
        else:
            of = [item.text for item in self.frames[-1] if isinstance(item, Name)][-1:]
        return f"opcode {known.name}" + (f" of {'.'.join(of)[:300]}" if of else "")

    # -- the stack

    def push(self, value):
        self.frames[-1].append(value)

    def pop(self):
        if not self.frames[-1]:
            raise self.refusal("the pickle takes more from its stack than it put there")
        return self.frames[-1].pop()

    def pop_last(self, count):
        return [self.pop() for _ in range(count)][::-1]

    def open_frame(self):
        if len(self.frames) >= MAX_NESTING:
            raise self.refusal(f"nested deeper than {MAX_NESTING}")
        self.frames.append([])

    def close_frame(self):
        if len(self.frames) == 1:
            raise self.refusal("the pickle closes a mark that it never opened")
        return self.frames.pop()

    def nest(self, container, items):
        depth = max([container.depth] + [1 + item.depth for item in items if isinstance(item, (Table, Row))])
        if depth > MAX_NESTING:
            raise self.refusal(f"nested deeper than {MAX_NESTING}")
        container.depth = depth

    # -- what the opcodes do

    def push_tuple(self, items):
        row = Row("a tuple", items)
        self.nest(row, items)
        self.push(row)

    def push_integer(self):
        size = self.number("<B", "the length of an integer")
        if size > MAX_INTEGER:
            raise self.refusal(f"an integer of {size} bytes; the longest allowed has {MAX_INTEGER}")
        self.push(int.from_bytes(self.take(size, "an integer"), "little", signed=True))

    def push_text(self):
        size = self.number("<I", "the length of a text")
        if size > MAX_TEXT:
            raise self.refusal(f"a text of {size} bytes; the longest allowed has {MAX_TEXT}")
        try:
            self.push(self.take(size, "a text").decode("utf-8"))
        except UnicodeDecodeError:
            raise self.refusal("a text that is not UTF-8") from None

    def push_name(self):
        text = f"{self.line()}.{self.line()}"
        module, _, storage = text.rpartition(".")
        if text not in (ORDERED_DICT, REBUILD_TENSOR) and not (module == "torch" and storage in STORAGES):
            raise self.refusal(f"the file asks for {text[:300]}, which is no tensor; only dictionaries of tensors are read")
        self.push(Name(text))

    def put(self, index):
        if index in self.memo or not self.frames[-1]:
            raise self.refusal(f"the pickle remembers nothing, or a second value, under the number {index}")
        self.memo[index] = self.frames[-1][-1]

    def get(self, index):
        if index not in self.memo:
            raise self.refusal(f"the pickle asks for value {index}, which it never remembered")
        self.push(self.memo[index])

    def set_items(self, items):
        table = self.pop()
        if not isinstance(table, Table) or len(items) % 2:
            raise self.refusal(f"setting {len(items)} keys and values of {described(table)} is refused")
        self.push(table)
        for key, value in zip(items[::2], items[1::2]):
            if not isinstance(key, str):
                raise self.refusal(f"a key that is {described(key)}; keys are texts")
            if key in table:
                raise self.refusal(f"the key {key[:200]!r} comes twice")
            table[key] = value
        self.nest(table, items[1::2])

    def append(self, items):
        row = self.pop()
        if not isinstance(row, Row) or is_tuple(row):
            raise self.refusal(f"appending to {described(row)} is refused")
        self.push(row)
        row.extend(items)
        self.nest(row, items)

    def push_storage(self):
        said = self.pop()
        if not (is_tuple(said) and len(said) in (5, 6) and said[0] == "storage" and isinstance(said[1], Name) and isinstance(said[2], str)
                and isinstance(said[3], str) and is_count(said[4])):
            raise self.refusal(f"a persistent id that describes no storage: {described(said)}")
        key, kind, count = said[2], said[1].text.removeprefix("torch."), said[4]
        if kind not in STORAGES:
            raise self.refusal(f"a storage of {said[1].text}")
        if len(said) == 6 and said[5] is not None:
            raise self.refusal("a storage that is a part of another one; save the tensors again with a newer torch")
        if not re.fullmatch(r"[0-9]{1,20}", key):
            raise self.refusal(f"the storage key {key[:200]!r} is not a number")
        known = self.storages.setdefault(key, Storage(key, kind, count))
        if (known.kind, known.count) != (kind, count):
            raise self.refusal(f"storage {key} is {known.count} of {known.kind} in one place and {count} of {kind} in another")
        self.push(known)

    def reduce(self):
        arguments, callee = self.pop(), self.pop()
        what = callee.text if isinstance(callee, Name) and is_tuple(arguments) else None
        if what == ORDERED_DICT and not arguments:
            self.push(Table("an ordered dictionary"))
        elif what == REBUILD_TENSOR:
            self.push(self.tensor(arguments))
        else:
            raise self.refusal(f"REDUCE of {described(callee)} with {described(arguments)} is refused")

    def tensor(self, arguments):
        if len(arguments) != 6:
            raise self.refusal(f"a tensor of {len(arguments)} parts instead of 6")
        storage, offset, size, stride, gradient, hooks = arguments
        if not isinstance(storage, Storage):
            raise self.refusal(f"a tensor whose storage is {described(storage)}")
        if not is_count(offset):
            raise self.refusal(f"a tensor whose offset is {shown(offset)}")
        for what, numbers in (("sizes", size), ("strides", stride)):
            if not is_tuple(numbers) or len(numbers) > MAX_DIMENSIONS:
                raise self.refusal(f"a tensor whose {what} are no tuple of up to {MAX_DIMENSIONS}")
            for number in numbers:
                if not is_count(number):
                    raise self.refusal(f"a tensor whose {what} hold {shown(number)}")
        if len(size) != len(stride):
            raise self.refusal(f"a tensor of {len(size)} sizes and {len(stride)} strides")
        if type(gradient) is not bool or not isinstance(hooks, Table) or hooks:
            raise self.refusal("a tensor with hooks")
        end = offset if 0 in size else offset + 1 + sum((count - 1) * step for count, step in zip(size, stride))
        if end > storage.count:
            raise self.refusal(f"a tensor that needs {end} elements of a storage of {storage.count}")
        return Tensor(storage, offset, tuple(size), tuple(stride))

    def build(self):
        state, target = self.pop(), self.pop()
        # nn.Module.state_dict() leaves the versions of its layers as an attribute of the dictionary; nobody here needs them.
        if not (isinstance(target, Table) and target.kind == "an ordered dictionary" and isinstance(state, Table) and list(state) == ["_metadata"]):
            raise self.refusal(f"BUILD of {described(target)} is refused")
        self.push(target)


STEPS = {
    b"(": Pickle.open_frame,
    b"}": lambda self: self.push(Table("a dictionary")),
    b"]": lambda self: self.push(Row("a list")),
    b")": lambda self: self.push(Row("a tuple")),
    b"t": lambda self: self.push_tuple(self.close_frame()),
    b"\x85": lambda self: self.push_tuple(self.pop_last(1)),
    b"\x86": lambda self: self.push_tuple(self.pop_last(2)),
    b"\x87": lambda self: self.push_tuple(self.pop_last(3)),
    b"N": lambda self: self.push(None),
    b"\x88": lambda self: self.push(True),
    b"\x89": lambda self: self.push(False),
    b"J": lambda self: self.push(self.number("<i", "an integer")),
    b"K": lambda self: self.push(self.number("<B", "an integer")),
    b"M": lambda self: self.push(self.number("<H", "an integer")),
    b"\x8a": Pickle.push_integer,
    b"G": lambda self: self.push(self.number(">d", "a number")),
    b"X": Pickle.push_text,
    b"c": Pickle.push_name,
    b"q": lambda self: self.put(self.number("<B", "a memo number")),
    b"r": lambda self: self.put(self.number("<I", "a memo number")),
    b"h": lambda self: self.get(self.number("<B", "a memo number")),
    b"j": lambda self: self.get(self.number("<I", "a memo number")),
    b"s": lambda self: self.set_items(self.pop_last(2)),
    b"u": lambda self: self.set_items(self.close_frame()),
    b"a": lambda self: self.append(self.pop_last(1)),
    b"e": lambda self: self.append(self.close_frame()),
    b"Q": Pickle.push_storage,
    b"R": Pickle.reduce,
    b"b": Pickle.build,
}
