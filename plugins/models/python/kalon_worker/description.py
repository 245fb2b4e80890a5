"""What a script says of its model, checked, and with defaults for what it leaves out."""
from __future__ import annotations

import difflib
import hashlib
import json
import keyword
import math
import numbers
import os
import re
from collections.abc import Mapping, Sequence
from typing import Any, Callable, Dict, List, Tuple

from .failures import Failure, cut

# As the engine has them.
_LARGEST_SIDE, _LARGEST_DIMENSION, _MOST_OUTPUTS, _LONGEST_TEXT = 8192, 1 << 20, 64, 4096
LARGEST_BATCH = 4096
_LONGEST_NAME = 128  # of an output: all of them must fit into one packet

_SAMPLES = {"uint8": "u8", "float32": "f32"}
_LAYOUTS = ("nhwc", "nchw")
_CROPS = ("centre", "squash", "pad", "more_scan")
_FILTERS = ("bilinear", "bicubic", "lanczos", "box")
_DETERMINISMS = ("tolerance", "exact")
_KINDS = ("embedding", "logits", "probability", "score")
_METRICS = ("cosine", "euclidean")

_OF_OUTPUTS = ("name", "kind", "dimension", "metric", "low", "high", "direction", "tolerance")
_OF_MODELS = ("id", "name", "summary", "licence", "input", "input_width", "input_height", "dtype", "layout", "mean", "std", "crop",
              "filter", "decode_cover", "preferred_batch", "determinism", "weights", "weights_hash", "dimension", "outputs",
              "metric", "tolerance", "parameters")
_OF_PARAMETERS = ("name", "type", "default", "minimum", "maximum", "choices", "label", "help", "unit")
_MOST_PARAMETERS = 64
_MOST_OF_PARAMETERS = 24 << 10  # bytes: they go into one packet with the outputs


def complete(said: Any, default_id: str, script: bytes, folder: str, alive: Callable[[], None]) -> Dict[str, Any]:
    """The model as the worker protocol has it. Failure names what is wrong; it is missing_feature, as the model cannot be used.
    Files that make the model are found from the folder; alive() is called while they are read."""
    about = _Members(said, "describe()", _OF_MODELS)
    width, height = _size(about)
    sample = _SAMPLES[about.word("dtype", tuple(_SAMPLES))]
    if sample == "u8":
        for name in ("mean", "std"):
            about.refuse_if_there(name, 'goes with "dtype": "float32"')
    identity = about.text("id", default_id)
    if not re.fullmatch(r"[a-z0-9._-]{1,128}", identity):
        raise about.wrong("id", "1 to 128 of a-z, 0-9, dots, - and _", identity)
    determinism = about.word("determinism", _DETERMINISMS)
    return {
        "id": identity, "name": about.text("name", identity), "summary": about.text("summary", "A script of the user's own"),
        "licence": about.text("licence", "LicenseRef-unknown"), "determinism": determinism,
        "input_width": width, "input_height": height, "input_sample": sample, "input_layout": about.word("layout", _LAYOUTS),
        "input_mean": about.triple("mean", 0.0, -1e6), "input_deviation": about.triple("std", 1.0, 1e-6),
        "crop": about.word("crop", _CROPS), "filter": about.word("filter", _FILTERS),
        "decode_cover": about.number("decode_cover", 1.0, 0, 64),
        "preferred_batch": about.whole("preferred_batch", 8, LARGEST_BATCH),
        "outputs": _outputs(about, 0.0 if determinism == "exact" else 1e-3),
        "weights_hash": _weights_hash(about, script, folder, alive),
    }


def parameters(said: Any) -> List[Dict[str, Any]]:
    """What a person may set of the model, as a manifest has it; what it says of ranges, the engine checks."""
    about = _Members(said, "describe()", _OF_MODELS)
    if "parameters" not in about:
        return []
    items = _sequence(about.get("parameters"))
    if len(items) > _MOST_PARAMETERS or items is not about.get("parameters") and not items:
        raise about.wrong("parameters", f"a list of at most {_MOST_PARAMETERS} dicts", about.get("parameters"))
    declared = [_parameter(_Members(item, f"parameter {number}", _OF_PARAMETERS)) for number, item in enumerate(items, 1)]
    if len(json.dumps(declared, ensure_ascii=False).encode("utf-8", "backslashreplace")) > _MOST_OF_PARAMETERS:
        raise Failure("missing_feature", f"the parameters of describe() are longer than {_MOST_OF_PARAMETERS >> 10} KiB")
    return declared


def _parameter(item: _Members) -> Dict[str, Any]:
    for key, why in (("name", ", by which Model() takes it"), ("type", ": integer, number, choice, flag or text"), ("default", "")):
        if key not in item:
            raise item.lacks(f'"{key}"{why}')
    name = item.text("name", "", 64)
    if not re.fullmatch("[a-z_][a-z0-9_]*", name) or keyword.iskeyword(name):
        raise item.wrong("name", "a name of an argument, of a-z, 0-9 and _", name)
    label = name.strip("_").replace("_", " ") or name
    declared = {"name": name, "label": label[:1].upper() + label[1:]}
    for key in _OF_PARAMETERS[1:]:
        if key in item:
            declared[key] = _plain(item, key)
    # JSON has one kind of number, and the class gets what it was promised.
    if declared["type"] == "number" and type(declared["default"]) is int:
        declared["default"] = float(declared["default"])
    return declared


def _plain(item: _Members, key: str) -> Any:
    value = item.get(key)
    if key == "choices":
        texts = _sequence(value)
        if not all(isinstance(text, str) for text in texts):
            raise item.wrong(key, "a list of texts", value)
        return [str(text) for text in texts]
    value = value.item() if hasattr(value, "item") and not isinstance(value, (list, tuple)) else value
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.isprintable():
        return str(value)
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real) and math.isfinite(value):
        return float(value)
    raise item.wrong(key, "a finite number, a text of one line, True or False", value)


class _Members:
    """A dict that the script made, with its name for messages."""

    def __init__(self, said: Any, where: str, known: Sequence[str]) -> None:
        if not isinstance(said, Mapping):
            raise Failure("missing_feature", f"{where} gave {_described(said)} instead of a dict")
        self._said, self._where = said, where
        for name in said:
            if name not in known:
                near = difflib.get_close_matches(str(name).lower(), known, 1, 0.5)
                advice = f'did you mean "{near[0]}"?' if near else "known are " + ", ".join(known)
                raise Failure("missing_feature", cut(f"{where} has the unknown key {name!r}: {advice}", 1000))

    def __contains__(self, name: str) -> bool:
        return self._said.get(name) is not None

    def get(self, name: str) -> Any:
        return self._said.get(name)

    def lacks(self, what: str) -> Failure:
        return Failure("missing_feature", f"{self._where} lacks {what}")

    def wrong(self, name: str, rule: str, value: Any) -> Failure:
        return Failure("missing_feature", f'"{name}" of {self._where} must be {rule}, not {_described(value)}')

    def refuse_if_there(self, name: str, rule: str) -> None:
        if name in self:
            raise Failure("missing_feature", f'"{name}" of {self._where} {rule}')

    def text(self, name: str, default: str, most: int = _LONGEST_TEXT) -> str:
        value = self.get(name) if name in self else default
        # Halves of characters, which JSON cannot hold, do not count as printable either.
        if not isinstance(value, str) or not value or not value.isprintable() or len(value.encode()) > most:
            raise self.wrong(name, f"one line of 1 to {most} bytes", value)
        return str(value)

    def word(self, name: str, words: Sequence[str]) -> str:
        value = self.get(name) if name in self else words[0]
        if not isinstance(value, str) or value not in words:
            raise self.wrong(name, "one of " + ", ".join(words), value)
        return value

    def number(self, name: str, default: float, low: float, high: float) -> float:
        return self._number(name, self.get(name) if name in self else default, low, high)

    def whole(self, name: str, default: int, high: int) -> int:
        return self._whole(name, self.get(name) if name in self else default, high)

    def needed_whole(self, name: str, high: int) -> int:
        if name not in self:
            raise self.lacks(f'"{name}"')
        return self._whole(name, self.get(name), high)

    def triple(self, name: str, default: float, low: float) -> List[float]:
        values = _sequence(self.get(name)) if name in self else (default,) * 3
        if len(values) != 3:
            raise self.wrong(name, "three numbers: of red, green and blue", self.get(name))
        return [self._number(name, value, low, 1e6) for value in values]

    def _number(self, name: str, value: Any, low: float, high: float) -> float:
        if isinstance(value, bool) or not isinstance(value, numbers.Real) or not low <= value <= high or math.isnan(value):
            raise self.wrong(name, f"a number from {low:g} to {high:g}", value)
        return float(value)

    def _whole(self, name: str, value: Any, high: int) -> int:
        if isinstance(value, bool) or not isinstance(value, numbers.Integral) or not 1 <= value <= high:
            raise self.wrong(name, f"a whole number from 1 to {high}", value)
        return int(value)


def _size(about: _Members) -> Tuple[int, int]:
    if "input" not in about:
        if "input_width" not in about and "input_height" not in about:
            raise about.lacks('"input", the width and height of the pictures that embed() takes: "input": (224, 224)')
        return about.needed_whole("input_width", _LARGEST_SIDE), about.needed_whole("input_height", _LARGEST_SIDE)
    for name in ("input_width", "input_height"):
        about.refuse_if_there(name, 'is said by "input" already')
    said = about.get("input")
    sides = (said, said) if isinstance(said, numbers.Integral) else _sequence(said)
    if len(sides) != 2:
        raise about.wrong("input", "(width, height)", said)
    width, height = (about._whole("input", side, _LARGEST_SIDE) for side in sides)
    return width, height


def _outputs(about: _Members, default_tolerance: float) -> List[Dict[str, Any]]:
    metric, tolerance = about.word("metric", _METRICS), about.number("tolerance", default_tolerance, 0, 1e6)
    if "outputs" not in about:
        if "dimension" not in about:
            raise about.lacks('"dimension", the number of values that embed() gives for a picture (or "outputs" for several)')
        dimension = about.needed_whole("dimension", _LARGEST_DIMENSION)
        return [{"name": "embedding", "kind": "embedding", "dimension": dimension, "metric": metric, "low": 0.0, "high": 0.0,
                 "direction": 0, "tolerance": tolerance}]
    about.refuse_if_there("dimension", 'is said by each of the "outputs"')
    said = _sequence(about.get("outputs"))
    if not 1 <= len(said) <= _MOST_OUTPUTS:
        raise about.wrong("outputs", f"a list of 1 to {_MOST_OUTPUTS} dicts", about.get("outputs"))
    outputs = [_output(_Members(output, f"output {number}", _OF_OUTPUTS), metric, tolerance) for number, output in enumerate(said, 1)]
    names = [output["name"] for output in outputs]
    if len(set(names)) != len(names):
        raise Failure("missing_feature", f"two outputs have one name; they are called {cut(', '.join(names), 400)}")
    return outputs


def _output(output: _Members, metric: str, tolerance: float) -> Dict[str, Any]:
    if "name" not in output:
        raise output.lacks('"name", by which embed() returns it')
    kind = output.word("kind", _KINDS)
    low = output.number("low", 0.0, -3e38, 3e38)
    high = output.number("high", 1.0 if kind == "probability" else 0.0, -3e38, 3e38)
    if low > high:
        raise output.wrong("low", f'not above "high", which is {high:g}', low)
    direction = output.get("direction") if "direction" in output else 0
    if isinstance(direction, bool) or not isinstance(direction, numbers.Integral) or direction not in (-1, 0, 1):
        raise output.wrong("direction", "1 (higher is better), -1 (lower is better) or 0", direction)
    return {"name": output.text("name", "", _LONGEST_NAME), "kind": kind, "dimension": output.needed_whole("dimension", _LARGEST_DIMENSION),
            "metric": output.word("metric", _METRICS) if "metric" in output else metric, "low": low, "high": high,
            "direction": int(direction), "tolerance": output.number("tolerance", tolerance, 0, 1e6)}


def _weights_hash(about: _Members, script: bytes, folder: str, alive: Callable[[], None]) -> str:
    if "weights_hash" in about:
        about.refuse_if_there("weights", 'is what the "weights_hash" is made of: give one of the two')
        said = about.get("weights_hash")
        if not isinstance(said, str) or not re.fullmatch(r"[0-9a-f]{32}", said):
            raise about.wrong("weights_hash", "32 hex digits in lower case", said)
        return said
    # Each part is hashed by itself first, or bytes could wander from one file to the next without a trace.
    parts = [hashlib.blake2b(script).digest()]
    said = about.get("weights") if "weights" in about else ()
    for name in (said,) if isinstance(said, (str, os.PathLike)) else _sequence(said):
        if not isinstance(name, (str, os.PathLike)):
            raise about.wrong("weights", "a list of paths", name)
        parts.append(_hash_of_file(os.path.join(folder, name), alive))
    return hashlib.blake2b(b"".join(parts), digest_size=16).hexdigest()


def _hash_of_file(path: str, alive: Callable[[], None]) -> bytes:
    digest = hashlib.blake2b()
    try:
        with open(path, "rb") as file:
            while piece := file.read(1 << 22):
                digest.update(piece)
                alive()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise Failure("missing_feature", cut(f'"weights" of describe() names {path}, which cannot be read: {reason}', 1000)) from None
    return digest.digest()


def _sequence(value: Any) -> Sequence[Any]:
    """The items of a list, a tuple or an array; of anything else none."""
    value = value.tolist() if hasattr(value, "tolist") else value
    return value if isinstance(value, (list, tuple)) else ()


def _described(value: Any) -> str:
    return "nothing" if value is None else cut(repr(value), 200)
