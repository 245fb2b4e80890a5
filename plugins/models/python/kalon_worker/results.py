"""What embed() returned, checked and written where the engine reads it. Frameworks are known by their manners, never imported."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, List, Optional, Sequence

import numpy

from .failures import Failure, cut


def store(returned: Any, names: Sequence[str], rows: Sequence[Optional[numpy.ndarray]]) -> None:
    """Fills the rows of each output that is wanted (the others are None). Failure when what was returned does not fit."""
    for name, value, destination in zip(names, _by_output(returned, names, rows), rows):
        if destination is None:
            continue
        what = "embed() returned" if len(names) == 1 else f"embed() returned for {name}"
        values = _as_array(value, what)
        wanted = destination.shape
        if values.shape != wanted and not (wanted[1] == 1 and values.shape == wanted[:1]):
            raise _wrong(f"{what} {_shape(values.shape)} values, and {_shape(wanted)} are expected: "
                         f"{wanted[0]} {'picture' if wanted[0] == 1 else 'pictures'}, {wanted[1]} values each")
        with numpy.errstate(all="ignore"):
            numpy.copyto(destination, values.reshape(wanted), casting="unsafe")


def not_finite(names: Sequence[str], rows: Sequence[Optional[numpy.ndarray]]) -> List[str]:
    """For each picture what is not finite in its rows, or an empty text."""
    count = next((len(array) for array in rows if array is not None), 0)
    faults = [""] * count
    for name, array in zip(names, rows):
        if array is None:
            continue
        finite = numpy.isfinite(array)
        for number in numpy.flatnonzero(~finite.all(axis=1)):
            at = int(numpy.argmin(finite[number]))
            faults[number] = faults[number] or f"embed() gave a value that is not finite: {array[number, at]} as value {at} of {name}"
    return faults


def _by_output(returned: Any, names: Sequence[str], rows: Sequence[Optional[numpy.ndarray]]) -> List[Any]:
    if isinstance(returned, Mapping):
        strange = [str(name) for name in returned if name not in names]
        lacking = [name for name, array in zip(names, rows) if array is not None and name not in returned]
        if strange or lacking:
            parts = (["lacks " + ", ".join(lacking)] if lacking else []) + (["has the unknown " + ", ".join(strange)] if strange else [])
            raise _wrong(f"the dict that embed() returned {' and '.join(parts)}; the outputs are {', '.join(names)}")
        return [returned.get(name) for name in names]
    if len(names) > 1:
        raise _wrong(f"embed() returned {_kind(returned)}, and a dict with {', '.join(names)} is expected")
    return [returned]


def _as_array(value: Any, what: str) -> numpy.ndarray:
    if value is None:
        raise _wrong(f"{what} nothing (None): does it end with return?")
    try:
        array = numpy.asarray(_without_device(value))
    except Exception as error:  # NumPy's of uneven rows, and whatever the value's own class raises
        raise _wrong(f"{what} {_kind(value)}, which is no array of numbers: {type(error).__name__}: {error}") from None
    if array.dtype.kind not in "fiub":
        # Small floats of other libraries, such as bfloat16, call themselves void.
        if array.dtype.kind == "V" and array.dtype.fields is None:
            try:
                return array.astype(numpy.float32)
            except (TypeError, ValueError):
                pass
        kind = _kind(value) if array.ndim == 0 else f"values of the type {array.dtype}"
        raise _wrong(f"{what} {kind}, and numbers that fit into float32 are expected")
    return array


def _without_device(value: Any) -> Any:
    """Tensors of PyTorch as what NumPy takes, alone or in a list."""
    if isinstance(value, (list, tuple)):
        return [_without_device(item) for item in value] if any(hasattr(item, "detach") for item in value) else value
    if hasattr(value, "detach"):
        value = value.detach()
        value = value.cpu() if hasattr(value, "cpu") else value
        # NumPy has no bfloat16.
        value = value.float() if "bfloat16" in str(getattr(value, "dtype", "")) else value
        return value.numpy() if hasattr(value, "numpy") else value
    return value


def _wrong(text: str) -> Failure:
    return Failure("internal", cut(text, 1000))


def _kind(value: Any) -> str:
    return f"a {type(value).__name__}"


def _shape(shape: Sequence[int]) -> str:
    return " x ".join(map(str, shape)) if shape else "single"
