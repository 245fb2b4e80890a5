"""The reader of torch files and files made to do harm: each is refused by name, and nothing is executed.

Independent sources: Python's pickle and torch.load, which show that the files do harm, or are good, where a pickle is executed.
"""
import contextlib
import io
import os
import pickle
import random
import resource
import struct
import subprocess
import sys
import tempfile
import unittest
import warnings
import zipfile

import numpy as np
import torch

import weights_world
from torch_tensors import TorchFileError, read_tensors

MAGIC = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."
PROTOCOL = b"\x80\x02M\xe9\x03."
SYSTEM = pickle.dumps({"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}, 2)


def text(word):
    return b"X" + struct.pack("<I", len(word.encode())) + word.encode()


def number(value):
    data = value.to_bytes(16, "little", signed=True)
    return b"\x8a\x10" + data


def storage(key="0", kind="FloatStorage", count=4):
    return b"(" + text("storage") + f"ctorch\n{kind}\n".encode() + text(key) + text("cpu") + number(count) + b"tQ"


def numbers(*values):
    return b"(" + b"".join(map(number, values)) + b"t"


HOOKS = b"ccollections\nOrderedDict\n)R"
REBUILD = b"ctorch._utils\n_rebuild_tensor_v2\n"


def tensor(stored=None, offset=0, size=(2, 2), stride=(2, 1), gradient=b"\x89", hooks=HOOKS, more=b""):
    return REBUILD + b"(" + (stored or storage()) + number(offset) + numbers(*size) + numbers(*stride) + gradient + hooks + more + b"tR"


def dictionary(**items):
    return b"\x80\x02}(" + b"".join(text(key) + value for key, value in items.items()) + b"u."


FOUR = np.arange(4, dtype="<f4").tobytes()


def old(pickled, keys=("0",), storages=((4, FOUR),), system=SYSTEM):
    raw = b"".join(struct.pack("<q", count) + data for count, data in storages)
    pickled = pickled.replace(b"tQ", b"NtQ")  # the old format also says of which storage a storage is a part: of none
    return MAGIC + PROTOCOL + system + pickled + pickle.dumps(list(keys), 2) + raw


def archive(pickled, members=None, folder="archive", **more):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as file:
        file.writestr(f"{folder}/data.pkl", pickled)
        file.writestr(f"{folder}/version", "3\n")
        for name, data in (members or {f"{folder}/data/0": FOUR}).items():
            file.writestr(name, data, **more)
    return out.getvalue()


class HostileFiles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.canary = os.path.join(cls.folder.name, "canary")
        with open(os.path.join(cls.folder.name, "kalon_canary.py"), "w", encoding="utf-8") as module:
            module.write(f"open({cls.canary!r}, 'w').close()\nthing = print\n")
        sys.path.insert(0, cls.folder.name)

    @classmethod
    def tearDownClass(cls):
        sys.path.remove(cls.folder.name)
        cls.folder.cleanup()

    def setUp(self):
        self.addCleanup(lambda: os.path.exists(self.canary) and os.unlink(self.canary))
        self.touch = b"(" + text(f"touch {self.canary}") + b"t"

    def refused(self, data, *words):
        with self.assertRaises(TorchFileError) as refused:
            read_tensors(data)
        for word in words:
            self.assertIn(word, str(refused.exception))
        self.assertTrue(str(refused.exception).isprintable() and len(str(refused.exception)) < 1000, refused.exception)
        self.assertFalse(os.path.exists(self.canary), "something was executed")

    def refused_both_ways(self, value, *words):
        """As the value of the key `weight`, behind a good tensor, in both formats."""
        pickled = dictionary(good=tensor(), weight=value)
        self.refused(old(pickled), *words)
        self.refused(archive(pickled), *words)

    def test_the_base_of_the_gallery_is_good(self):
        for data in (old(dictionary(w=tensor())), archive(dictionary(w=tensor()))):
            self.assertEqual(read_tensors(data)["w"].tolist(), [[0, 1], [2, 3]])
            self.assertEqual(torch.load(io.BytesIO(data))["w"].tolist(), [[0, 1], [2, 3]])

    def test_programs(self):
        """Each of these, executed by Python's own pickle, leaves the canary; read here, none does."""
        os_system = b"cos\nsystem\n"
        command = text(f"touch {self.canary}")
        opens = text(self.canary) + text("w")
        programs = {
            "REDUCE": (os_system + self.touch + b"R", "os.system"),
            "REDUCE of builtins": (b"cbuiltins\nopen\n(" + opens + b"tR", "builtins.open"),
            "REDUCE of __builtin__": (b"c__builtin__\nopen\n(" + opens + b"tR", "__builtin__.open"),
            "STACK_GLOBAL": (text("os") + text("system") + b"\x93" + self.touch + b"R", "STACK_GLOBAL of os.system"),
            "INST": (b"(" + command + b"ios\nsystem\n", "INST of os.system"),
            "OBJ": (b"(" + os_system + command + b"o", "os.system"),
            "NEWOBJ": (b"csubprocess\nPopen\n(" + b"(" + text("touch") + text(self.canary) + b"l" + b"t\x81", "subprocess.Popen"),
            "importing": (b"ckalon_canary\nthing\n", "kalon_canary.thing"),
            "BUILD": (b"ctypes\nSimpleNamespace\n)R}" + text("x") + os_system + self.touch + b"RsbN", "types.SimpleNamespace"),
            "an argument": (REBUILD + b"(" + os_system + self.touch + b"R" + b"tR", "os.system"),
        }
        for name, (program, word) in programs.items():
            with self.subTest(name=name):
                sys.modules.pop("kalon_canary", None)
                if name != "NEWOBJ":  # Popen.__new__ alone runs nothing; the opcode is refused all the same
                    with warnings.catch_warnings(), contextlib.suppress(Exception):  # some end badly once the harm is done
                        warnings.simplefilter("ignore", ResourceWarning)
                        pickle.loads(b"\x80\x02" + program + b".")
                    self.assertTrue(os.path.exists(self.canary), "the program is harmless, so it proves nothing")
                    os.unlink(self.canary)
                    sys.modules.pop("kalon_canary", None)
                self.refused_both_ways(program, "key 'weight'", word)
        for data in (old(b"\x80\x02" + os_system + self.touch + b"R."), archive(b"\x80\x02" + os_system + self.touch + b"R.")):
            self.refused(data, "os.system")
        # In the parts before and behind the tensors.
        self.refused(b"\x80\x02" + os_system + self.touch + b"R.", "magic number", "os.system")
        self.refused(MAGIC + PROTOCOL + b"\x80\x02" + os_system + self.touch + b"R.", "system", "os.system")
        self.refused(MAGIC + PROTOCOL + SYSTEM + dictionary(w=tensor()) + b"\x80\x02" + os_system + self.touch + b"R.", "list of storages",
                     "os.system")

    def test_known_names_in_wrong_places(self):
        ordered = b"ccollections\nOrderedDict\n"
        for value, word in ((ordered, "holds collections.OrderedDict"), (ordered + b"(]tR", "REDUCE of collections.OrderedDict"),
                            (ordered + b"]R", "REDUCE of collections.OrderedDict"),
                            (b"ctorch\nFloatStorage\n)R", "REDUCE of torch.FloatStorage"), (b"N)R", "REDUCE of None"),
                            (REBUILD + b")R", "0 parts"), (ordered + b")\x81", "NEWOBJ of collections.OrderedDict"),
                            (b"(" + ordered + b"o", "OBJ of collections.OrderedDict"),
                            (b"(icollections\nOrderedDict\n", "INST of collections.OrderedDict"),
                            (HOOKS + b"}" + text("__class__") + b"NsbN", "BUILD of an ordered dictionary"),
                            (b"}}" + text("_metadata") + b"Nsb", "BUILD of a dictionary"), (tensor() + b"}b", "BUILD of a tensor"),
                            (b"ctorch\nUntypedStorage\n", "torch.UntypedStorage"), (b"ctorch\nload\n", "torch.load"),
                            (b"ctorch._utils\n_rebuild_tensor\n", "torch._utils._rebuild_tensor"),
                            (b"ctorch.FloatStorage\nmro\n", "torch.FloatStorage.mro"), (b"c\nprint\n", ".print")):
            with self.subTest(word=word):
                self.refused_both_ways(value, "key 'weight'", word)

    def test_opcodes_no_tensor_needs(self):
        for code, word in ((b"2", "DUP"), (b"0", "POP"), (b"1", "POP_MARK"), (b"P1\n", "PERSID"), (b"\x82\x01", "EXT1"), (b"\x92", "NEWOBJ_EX"),
                           (b"\x94", "MEMOIZE"), (b"\x95" + bytes(8), "FRAME"), (b"\x8f", "EMPTY_SET"), (b"C\x01a", "SHORT_BINBYTES"),
                           (b"B" + b"\xff" * 4, "BINBYTES"), (b"\x8d" + b"\xff" * 8, "BINUNICODE8"), (b"\x8b" + b"\xff" * 4, "LONG4"),
                           (b"I1\n", "INT"), (b"S'a'\n", "STRING"), (b"V" + b"a\n", "UNICODE"), (b"\x97", "NEXT_BUFFER"), (b"\xff", "0xff")):
            with self.subTest(word=word):
                self.refused_both_ways(code, "key 'weight'", f"opcode {word}")

    def test_tensors_that_do_not_fit(self):
        large = 1 << 62
        for value, word in ((tensor(size=(3, 2)), "needs 6 elements of a storage of 4"), (tensor(offset=1), "needs 5 elements"),
                            (tensor(offset=large), f"offset is {large}"), (tensor(stride=(4, 1)), "needs 6 elements"),
                            (tensor(stride=(-2, 1)), "strides hold -2"), (tensor(size=(-2, 2)), "sizes hold -2"), (tensor(offset=-1), "offset is -1"),
                            (tensor(size=(large, large), stride=(0, 0)), f"sizes hold {large}"),
                            (tensor(size=(1,), stride=(1 << 100,)), "strides hold"), (tensor(size=(2,)), "1 sizes and 2 strides"),
                            (tensor(size=(1,) * 40, stride=(1,) * 40), "sizes are no tuple of up to 32"),
                            (tensor(size=(1 << 40, 1 << 40, 0), stride=(0, 0, 0)), "impossible sizes"),
                            (tensor(gradient=b"N"), "hooks"), (tensor(hooks=b"}" + text("a") + b"Ns"), "hooks"), (tensor(more=b"}"), "7 parts"),
                            (tensor(stored=text("storage")), "whose storage is a text"), (tensor(stored=tensor()), "whose storage is a tensor"),
                            (REBUILD + b"(" + storage() + b"\x88" + numbers(1) + numbers(1) + b"\x89" + HOOKS + b"tR", "offset is a truth value"),
                            (REBUILD + b"(" + storage() + b"K\x00" + b"(\x88t" + numbers(1) + b"\x89" + HOOKS + b"tR", "sizes hold a truth value"),
                            (REBUILD + b"(" + storage() + b"K\x00" + b"]" + numbers(1) + b"\x89" + HOOKS + b"tR", "sizes are no tuple")):
            with self.subTest(word=word):
                self.refused_both_ways(value, "key 'weight'", word)

    def test_more_than_memory_holds(self):
        """Zero strides make a terabyte of four elements."""
        self.refused_both_ways(tensor(size=(1 << 20, 1 << 20), stride=(0, 0)), "key 'weight'", "take more than")
        many = {f"w{index}": tensor(size=(1 << 15, 1 << 14), stride=(0, 0)) for index in range(3)}
        self.refused(archive(dictionary(**many)), "key 'w2'", "take more than")

    def test_storages_that_are_none(self):
        for value, word in ((text("0") + b"Q", "a text"), (b"(tQ", "a tuple"), (b"NQ", "None"),
                            (storage(key="../../etc/passwd"), "'../../etc/passwd' is not a number"), (storage(key=""), "is not a number"),
                            (storage(count=-4), "a tuple"), (storage(count=1 << 62), "a tuple"),
                            (storage(kind="QUInt8Storage"), "torch.QUInt8Storage"),
                            (storage()[:-2] + text("view") + b"tq\x63Q", "part of another one"),
                            (storage().replace(b"storage", b"modules"), "describes no storage"),
                            (b"(" + text("storage") + HOOKS[:-2] + text("0") + text("cpu") + b"K\x04tQ", "collections.OrderedDict"),
                            (storage(count=5), "4 of FloatStorage in one place and 5"), (storage(kind="IntStorage"), "4 of IntStorage in another")):
            with self.subTest(word=word):
                self.refused_both_ways(value, "key 'weight'", word)

    def test_storage_bytes(self):
        good = dictionary(w=tensor())
        self.refused(old(good, storages=((3, FOUR[:12]),)), "3 elements instead of 4")
        self.refused(old(good, storages=((4, FOUR[:12]),)), "ends inside storage 0")
        self.refused(old(good, storages=((-4, FOUR),)), "-4 elements")
        self.refused(old(good, storages=((1 << 62, FOUR),)), f"{1 << 62} elements")
        self.refused(old(good, storages=()), "ends before storage 0")
        self.refused(old(good) + b"x", "1 bytes lie behind")
        for keys in ((), ("0", "0"), ("1",), ("0", "1")):
            self.refused(old(good, keys=keys), "list of storages")
        self.refused(MAGIC + PROTOCOL + SYSTEM + good + b"\x80\x02]K\x00a." + struct.pack("<q", 4) + FOUR, "list of storages")
        self.refused(archive(good, {"archive/data/0": FOUR[:12]}), "12 bytes instead of 16")
        self.refused(archive(good, {"archive/data/1": FOUR}), "data/N are not the storages")
        self.refused(archive(good, {"archive/data/0": FOUR, "archive/data/1": FOUR}), "data/N are not the storages")
        truth = dictionary(w=tensor(stored=storage(kind="BoolStorage")))
        self.refused(archive(truth, {"archive/data/0": b"\0\1\2\0"}), "truth values")

    def test_cut_short_anywhere(self):
        for data in (old(dictionary(w=tensor())), archive(dictionary(w=tensor()))):
            for size in range(len(data)):
                self.refused(data[:size])

    def test_magic(self):
        self.refused(b"", "neither of the two formats")
        self.refused(b"GGUF" + bytes(100), "neither of the two formats")
        self.refused(b"\x93NUMPY" + bytes(100), "neither of the two formats")
        self.refused(MAGIC.replace(b"\xfc", b"\xfd") + PROTOCOL, "magic number is wrong")
        self.refused(b"\x80\x02\x8a\xff" + bytes(255), "magic number", "an integer of 255 bytes")
        self.refused(b"\x80\x04\x95" + bytes(20), "protocol 2")
        self.refused(MAGIC + b"\x80\x02M\xea\x03.", "protocol 1002")
        self.refused(MAGIC + b"\x80\x02}.", "protocol a dictionary")
        self.refused(old(dictionary(w=tensor()), system=pickle.dumps({"little_endian": False}, 2)), "little-endian")
        self.refused(old(dictionary(w=tensor()), system=pickle.dumps([], 2)), "little-endian")

    def test_memo(self):
        for value, word in ((b"h\x07", "asks for value 7"), (b"j\xff\xff\xff\xff", "asks for value 4294967295"),
                            (b"Nq\x00Nq\x00", "under the number 0"), (b"(q\x00", "under the number 0")):
            with self.subTest(word=word):
                self.refused_both_ways(value, "key 'weight'", word)
        # A dictionary inside itself.
        self.refused(archive(b"\x80\x02}q\x00" + text("w") + b"h\x00s."), "key 'w' holds a dictionary")
        # Doubling lists by memory: nothing is ever expanded.
        doubled = b"\x80\x02}" + text("w") + b"]q\x00"
        doubled += b"".join(b"]q" + bytes([i]) + b"(" + (b"h" + bytes([i - 1])) * 2 + b"e" for i in range(1, 40))
        self.refused(archive(doubled + b"s."), "nested deeper than 16")

    def test_stack(self):
        for body, word in ((b".", "one value on its stack"), (b"NN.", "one value on its stack"), (b"(.", "one value on its stack"),
                           (b"t.", "mark that it never opened"), (b"u.", "mark that it never opened"), (b"s.", "takes more from its stack"),
                           (b"R.", "takes more from its stack"), (b"Q.", "takes more from its stack"), (b"b.", "takes more from its stack"),
                           (b"\x87.", "takes more from its stack"),
                           (b"N(e.", "appending to None"), (b")Na.", "appending to a tuple"), (b"NNNs.", "of None"),
                           (b"}(" + text("a") + b"u.", "setting 1 keys"), (b"}(NNu.", "a key that is None")):
            with self.subTest(body=body):
                self.refused(archive(b"\x80\x02" + body), word)
                self.refused(old(b"\x80\x02" + body), word)

    def test_keys_twice(self):
        pickled = b"\x80\x02}(" + (text("w") + tensor()) * 2 + b"u."
        self.refused(old(pickled), "the key 'w' comes twice")
        self.refused(archive(pickled), "the key 'w' comes twice")

    def test_deep_nesting(self):
        for deep in (b"(" * 100_000, b")" + b"\x85" * 100_000, b"]" * 100_000 + b"a" * 99_999, (b"}" + text("a")) * 100_000 + b"N" + b"s" * 100_000):
            self.refused_both_ways(deep, "nested deeper than 16")

    def test_texts(self):
        for value, word in ((b"X\xff\xff\xff\xff", "a text of 4294967295 bytes"), (b"X\x02\0\0\0\xff\xff", "not UTF-8"), (b"cos", "a name"),
                            (b"c" + b"a" * 5000 + b"\nb\n", "a name"), (b"c\xff\n\n", "a name"), (b"c\x1b[2J\nb\n", "a name"),
                            (text("\x1b[2J") + text("b") + b"\x93", "STACK_GLOBAL of '\\x1b[2J'.b"), (text("a" * 5000), "a text of 5000 bytes"),
                            (b"c" + b"a" * 4000 + b"\nb\n", "asks for aaa")):
            with self.subTest(word=word):
                self.refused_both_ways(value, "key 'weight'", word)

    def test_archives(self):
        good = dictionary(w=tensor())
        for name in ("/etc/passwd", "../outside", "archive/../../outside", "archive\\data\\0", "archive/data/../1", "archive/code/run.py",
                     "archive/constants.pkl", "archive/data/0/", "data.pkl", "archive/data/x", "archive/data/" + "9" * 30):
            self.refused(archive(good, {"archive/data/0": FOUR, name: b"x"}), "the archive's member", repr(name)[1:-1])
        self.refused(archive(good, folder=".."), "the archive's member '../data.pkl'")
        self.refused(archive(good, {"other/data/0": FOUR}), "'other/data/0' comes twice or lies in a second folder")
        self.refused(archive(good, {"archive/data/0": FOUR, "archive/byteorder": b"big"}), "little-endian")
        self.refused(archive(good + b"x"), "goes on behind")
        empty = io.BytesIO()
        zipfile.ZipFile(empty, "w").close()
        self.refused(empty.getvalue(), "neither of the two formats")
        other = io.BytesIO()
        with zipfile.ZipFile(other, "w") as file:
            file.writestr("archive/version", "3")
        self.refused(other.getvalue(), "no data.pkl")
        twice = archive(good, {"archive/data/0": FOUR, "archive/data/7": FOUR}).replace(b"archive/data/7", b"archive/data/0")
        self.refused(twice, "'archive/data/0' comes twice")
        damaged = archive(good)
        self.refused(damaged.replace(FOUR, FOUR[::-1]), "archive is broken")

    def test_bombs(self):
        """In a process of its own with a gigabyte of memory."""
        zeros = bytes(200 << 20)
        pressed = archive(dictionary(w=tensor(stored=storage(count=50 << 20))), {"archive/data/0": zeros}, compress_type=zipfile.ZIP_DEFLATED)
        self.assertLess(len(pressed), 1 << 20)
        plain = archive(dictionary(w=tensor()), {"archive/data/0": FOUR})
        # Both the local and the central header claim four gigabytes for sixteen bytes.
        sizes = struct.pack("<II", 16, 16)
        self.assertEqual(plain.count(sizes), 2)
        bombs = {
            "compressed": (pressed, "compressed"),
            "claims": (plain.replace(sizes, struct.pack("<II", 0xFFFFFFF0, 0xFFFFFFF0)), "larger than the file leaves room for"),
            "empty dictionaries": (archive(b"\x80\x02" + b"}" * (8 << 20)), "steps"),
            "empty members": (b"PK\x03\x04" + b"PK\x01\x02" * 200_000 + plain[-22:], "members"),
            "many marks": (old(b"\x80\x02" + b"(" * (7 << 20)), "nested deeper"),
        }
        for name, (data, word) in bombs.items():
            path = os.path.join(self.folder.name, "bomb.pth")
            with open(path, "wb") as file:
                file.write(data)
            limit = 1 << 30
            command = [sys.executable, "-B", os.path.join(weights_world.TOOLS, "torch_tensors.py"), path]
            done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
                                  preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
            with self.subTest(name=name):
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertIn(word, done.stderr)
                self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)

    def test_mutations(self):
        """Whatever happens to the bytes: tensors or a refusal, nothing else, and nothing is executed."""
        chance = random.Random(3)
        seeds = [old(dictionary(w=tensor(), v=tensor())), archive(dictionary(w=tensor(), v=tensor())),
                 old(dictionary(w=b"cos\nsystem\n" + self.touch + b"R")), archive(dictionary(w=b"cos\nsystem\n" + self.touch + b"R"))]
        for zipped in (False, True):
            file = io.BytesIO()
            torch.save(torch.nn.BatchNorm1d(3).state_dict(), file, _use_new_zipfile_serialization=zipped)
            seeds.append(file.getvalue())
        read = 0
        for turn in range(12_000):
            data = bytearray(seeds[turn % len(seeds)])
            for _ in range(chance.choice((1, 1, 2, 4))):
                place = chance.randrange(len(data))
                kind = chance.randrange(3)
                if kind == 0:
                    data[place] = chance.choice((chance.randrange(256), 0, 255, 0x80, ord("c"), ord("R")))
                elif kind == 1:
                    del data[place:place + chance.randrange(1, 9)]
                else:
                    other = chance.choice(seeds)
                    start = chance.randrange(len(other))
                    data[place:place] = other[start:start + chance.randrange(1, 40)]
            try:
                read += all(isinstance(values, np.ndarray) for values in read_tensors(bytes(data)).values())
            except TorchFileError as refused:
                self.assertTrue(str(refused).isprintable() and len(str(refused)) < 1000, refused)
        self.assertFalse(os.path.exists(self.canary))
        self.assertGreater(read, 100)  # some changes touch only names and numbers


if __name__ == "__main__":
    weights_world.main()
