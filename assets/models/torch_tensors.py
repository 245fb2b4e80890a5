#!/usr/bin/python3
"""Reads the tensors of a torch file, and refuses everything else; see tensor_pickle.py.

    torch_tensors.py FILE     lists them: name, type, shape

Both formats of torch.save are read: the old one (pickles of a magic number, the protocol, the system, the tensors and the list of
storages; then the storages' bytes) and the zip archive (one pickle, and a member for each storage).

Source: torch/serialization.py of PyTorch 1.13.
"""
import io
import math
import os
import re
import stat
import struct
import sys
import zipfile
import zlib

import numpy as np

from tensor_pickle import MAX_COUNT, STORAGES, Pickle, Row, Table, Tensor, TorchFileError, described, plain, shown

MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
MAX_BYTES = 4 << 30  # of the file, and of its tensors
MAX_MEMBERS = 100_000


def read_file(path, max_bytes=MAX_BYTES):
    """The tensors of the torch file at `path`; see read_tensors."""
    status = os.stat(path)
    if not stat.S_ISREG(status.st_mode):
        raise TorchFileError("this is not a plain file")
    if status.st_size > max_bytes:
        raise TorchFileError(f"the file has more than {max_bytes} bytes")
    with open(path, "rb") as file:
        return read_tensors(file.read(status.st_size), max_bytes)


def read_tensors(data, max_bytes=MAX_BYTES):
    """The tensors in a torch file's bytes, {name: array}, in the file's order.

    Arrays are copies in C order; bfloat16, which NumPy lacks, comes as float32. At most `max_bytes` of them.
    Raises TorchFileError, whose message names the key and what stands there, when the file is broken or holds anything else.
    """
    if data[:4] == b"PK\x03\x04":
        table, bytes_of = read_archive(data)
    elif data[:1] == b"\x80":
        table, bytes_of = read_old_format(data)
    else:
        raise TorchFileError("this is neither of the two formats that torch.save writes")
    room = max_bytes
    for name, tensor in table.items():
        room -= math.prod(tensor.size) * item_size(tensor.storage)
        if room < 0:
            raise TorchFileError(f"key {name[:200]!r}: the tensors take more than {max_bytes} bytes")
    return {name: array_of(tensor, bytes_of[tensor.storage.key]) for name, tensor in table.items()}


def item_size(storage):
    return np.dtype(STORAGES[storage.kind]).itemsize


def array_of(tensor, data):
    kind = tensor.storage.kind
    flat = np.frombuffer(data, STORAGES[kind])
    strides = [step * flat.itemsize for step in tensor.stride]
    values = np.lib.stride_tricks.as_strided(flat[tensor.offset:], tensor.size, strides, writeable=False).copy(order="C")
    if kind == "BFloat16Storage":  # the upper half of a float32
        return (values.astype("<u4") << np.uint32(16)).astype("<u4").view("<f4")
    return values.astype(bool) if kind == "BoolStorage" else values


def tensors_of(value):
    if not isinstance(value, Table):
        raise TorchFileError(f"the file holds {described(value)}, not a dictionary of tensors")
    for name, item in value.items():
        if not isinstance(item, Tensor):
            raise TorchFileError(f"key {name[:200]!r} holds {described(item)}, not a tensor")
        if math.prod(size for size in item.size if size) > MAX_COUNT:
            raise TorchFileError(f"key {name[:200]!r} holds a tensor of impossible sizes")
    return value


def checked_storage(storage, data):
    if len(data) != storage.count * item_size(storage):
        raise TorchFileError(f"storage {storage.key} has {len(data)} bytes instead of {storage.count * item_size(storage)}")
    if storage.kind == "BoolStorage" and np.frombuffer(data, np.uint8).max(initial=0) > 1:
        raise TorchFileError(f"storage {storage.key} holds truth values that are neither 0 nor 1")
    return data


def read_old_format(data):
    storages, at, values = {}, 0, {}
    for part in ("magic number", "protocol", "system", "tensors", "list of storages"):
        pickle = Pickle(data, at, storages)
        try:
            values[part] = pickle.value()
        except TorchFileError as error:
            raise TorchFileError(f"{part}: {error}") from None
        at = pickle.at
        if part == "magic number" and values[part] != MAGIC:
            raise TorchFileError("this is no torch file: its magic number is wrong")
        if part == "protocol" and values[part] != PROTOCOL:
            raise TorchFileError(f"a torch file of protocol {shown(values[part])}; {PROTOCOL} is known")
        if part == "system" and not (isinstance(values[part], Table) and values[part].get("little_endian") is True):
            raise TorchFileError("the file was not written on a little-endian machine")
    table, keys = tensors_of(values["tensors"]), values["list of storages"]
    if not isinstance(keys, Row) or not all(isinstance(key, str) for key in keys) or sorted(keys) != sorted(storages):
        raise TorchFileError("the list of storages is not that of the tensors")
    bytes_of, view = {}, memoryview(data)
    for key in keys:
        if len(data) - at < 8:
            raise TorchFileError(f"the file ends before storage {key}; it is cut short")
        count, = struct.unpack_from("<q", data, at)
        if count != storages[key].count:
            raise TorchFileError(f"storage {key} has {count} elements instead of {storages[key].count}")
        size = count * item_size(storages[key])
        if len(data) - at - 8 < size:
            raise TorchFileError(f"the file ends inside storage {key}; it is cut short")
        bytes_of[key] = checked_storage(storages[key], view[at + 8:at + 8 + size])
        at += 8 + size
    if at != len(data):
        raise TorchFileError(f"{len(data) - at} bytes lie behind the last storage")
    return table, bytes_of


MEMBER = re.compile(r"(?P<folder>[^/\\\x00-\x1f]+)/(?P<part>data\.pkl|version|byteorder|data/[0-9]{1,20}"
                    r"|\.data/serialization_id|\.format_version|\.storage_alignment)")


def read_archive(data):
    if data.count(b"PK\x01\x02") > MAX_MEMBERS:
        raise TorchFileError(f"an archive of more than {MAX_MEMBERS} members")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {part: archive.read(info) for part, info in checked_members(archive.infolist(), len(data))}
    except TorchFileError:
        raise
    # What zipfile raises on broken archives.
    except (zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, RuntimeError, ValueError, OverflowError, EOFError, OSError,
            IndexError) as error:
        raise TorchFileError(f"the zip archive is broken: {str(error)[:200]}") from None
    if "data.pkl" not in members:
        raise TorchFileError("the zip archive has no data.pkl; this is no torch file")
    if members.get("byteorder", b"little") != b"little":
        raise TorchFileError("the file was not written on a little-endian machine")
    storages = {}
    pickle = Pickle(members["data.pkl"], 0, storages)
    table = tensors_of(pickle.value())
    if pickle.at != len(members["data.pkl"]):
        raise TorchFileError("data.pkl goes on behind its pickle")
    found = {part.removeprefix("data/") for part in members if part.startswith("data/")}
    if found != storages.keys():
        raise TorchFileError(f"the members data/N are not the storages of the tensors: {', '.join(sorted(found ^ storages.keys())[:5])}")
    return table, {key: checked_storage(storage, members[f"data/{key}"]) for key, storage in storages.items()}


def checked_members(infos, room):
    """(name below the archive's one folder, member) of each; nothing compressed, nothing twice, nothing that leads elsewhere."""
    folder, seen = None, set()
    for info in infos:
        name = info.orig_filename
        match = MEMBER.fullmatch(name)
        if not match or match["folder"] in (".", ".."):
            raise TorchFileError(f"the archive's member {name[:200]!r} has no place in a file of tensors")
        if folder not in (None, match["folder"]) or match["part"] in seen:
            raise TorchFileError(f"the archive's member {name[:200]!r} comes twice or lies in a second folder")
        if info.compress_type != zipfile.ZIP_STORED or info.file_size != info.compress_size or info.flag_bits & 1:
            raise TorchFileError(f"the archive's member {name[:200]!r} is compressed or encrypted; torch does neither")
        room -= info.file_size  # plain members that do not lie upon each other have room in the file
        if room < 0:
            raise TorchFileError(f"the archive's member {name[:200]!r} is larger than the file leaves room for")
        folder = match["folder"]
        seen.add(match["part"])
        yield match["part"], info


def main(arguments):
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print("usage: torch_tensors.py FILE", file=sys.stderr)
        return 2
    try:
        tensors = read_file(arguments[0])
    except (TorchFileError, OSError) as error:
        print(f"{arguments[0]}: {error}", file=sys.stderr)
        return 1
    for name, values in tensors.items():
        print(f"{plain(name)}\t{values.dtype}\t{'x'.join(map(str, values.shape)) or 'scalar'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
