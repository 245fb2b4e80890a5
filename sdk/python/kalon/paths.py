"""Paths and the file:// URIs that stand for them. Names are bytes, and every byte survives."""
from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Mapping, Union
from urllib.parse import quote_from_bytes, unquote_to_bytes

AnyPath = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]

# The parameters whose text is a path.
_PATHS = {"after", "base", "gold", "histogram", "ids", "interpreter", "keep_folder", "path", "paths", "pictures", "reference", "root",
          "script", "start", "to", "vectors", "votes"}
_PATHS_OF_METHOD = {"outlier_vectors": {"save", "filter"}}

# Beyond this the server refuses, without a word about which request it means.
_DEEPEST = 50


def to_uri(path: AnyPath) -> str:
    """The file:// URI of a path; relative ones begin in the current folder."""
    name = os.fsencode(path)
    if name.startswith(b"file://"):
        return name.decode("ascii")
    if not name:
        raise ValueError("an empty path names no file and no folder")
    return "file:///" + quote_from_bytes(os.path.abspath(name).lstrip(b"/"))


def path_of(row: Union[str, Mapping[str, Any]]) -> Path:
    """The path of a row with a `uri`, or of a file:// URI."""
    uri = row if isinstance(row, str) else row["uri"]
    if not uri.startswith("file:///"):
        raise ValueError(f"{uri!r} is no file:// URI")
    return Path(os.fsdecode(unquote_to_bytes(uri[len("file://"):])))


def parameters_as_json(method: str, parameters: Mapping[str, Any]) -> "dict[str, Any]":
    """Parameters as they are sent: paths as URIs, None left out."""
    paths = _PATHS | _PATHS_OF_METHOD.get(method, set())
    return {name: _as_json(value, name in paths, 0) for name, value in parameters.items() if value is not None}


def _as_json(value: Any, is_path: bool, depth: int) -> Any:
    if depth > _DEEPEST:
        raise ValueError("a parameter is nested too deep")
    if isinstance(value, (bytes, os.PathLike)) or (is_path and isinstance(value, str)):
        return to_uri(value)
    if isinstance(value, Mapping):
        return {key: _as_json(item, False, depth + 1) for key, item in value.items()}
    if isinstance(value, (str, int, float)) or value is None:
        return value
    if hasattr(value, "__iter__"):
        return [_as_json(item, is_path, depth + 1) for item in value]
    return value
