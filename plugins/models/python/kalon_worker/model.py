"""The model that a script is: described once, made anew for each stream, and fed with what lies in shared memory."""
from __future__ import annotations

import functools
import mmap
import os
from typing import Any, Callable, Dict, List, Optional, Tuple

import numpy

from . import description, results
from .control import Control
from .failures import Failure, ScriptFailure
from .script import Script, default_id

_SAMPLES = {"u8": numpy.uint8, "f32": numpy.float32}

_Rows = List[Optional[numpy.ndarray]]  # of each output, count x dimension; None: nobody wants it


class Model:
    def __init__(self, script: Script, control: Control, warn: Callable[[str], None]) -> None:
        """Asks the script what it is. Failure when that raises or describes nothing that the engine could use."""
        self._script, self._control, self._warn = script, control, warn
        self._stream: Any = None
        self._spare: Any = None  # an instance that was needed to describe, for the first stream
        self._told_of_single = False
        if script.call(script.describe_needs_instance):
            self._spare = script.call(script.model)
            said = script.call(self._spare.describe)
        else:
            said = script.call(script.model.describe)
        # What it said may be of classes of its own, whose code runs when it is looked at.
        self.about: Dict[str, Any] = script.call(description.complete, said, default_id(script.name), script.bytes,
                                                 os.path.dirname(script.path), control.alive)
        #: as a manifest has them
        self.parameters: List[Dict[str, Any]] = script.call(description.parameters, said)
        if self.parameters:
            script.call(script.require_arguments, [parameter["name"] for parameter in self.parameters])
            self._spare = None  # it was made without them
        self._names = [output["name"] for output in self.about["outputs"]]

    def create(self, values: Dict[str, Any]) -> None:
        """The stream, in place of the one before. values: of parameters, those that are not there by their defaults; each is of its
        type and in its range."""
        arguments = {parameter["name"]: parameter["default"] for parameter in self.parameters}
        if not values.keys() <= arguments.keys():
            raise Failure("missing_feature", "its script no longer has the parameters that it had: `kalon models add` it again")
        self._stream = None  # before the next one needs its memory
        make = functools.partial(self._script.model, **{**arguments, **values})
        self._stream = self._spare if self._spare is not None else self._script.call(make)
        self._spare = None

    def run(self, pictures: Optional[mmap.mmap], vectors: Optional[mmap.mmap], count: int, wanted: List[bool]) -> Tuple[List[str], str]:
        """The status of each picture, and why the first failed that did. Rows of pictures that failed are zeros. Failure when
        all of it failed, or is not possible."""
        if self._stream is None:
            raise Failure("invalid_argument", "run came before create")
        rows = self._rows(vectors, count, wanted)
        if count == 0:
            return [], ""
        statuses, texts = self._embed_each(pictures, count, rows)
        for number, fault in enumerate(results.not_finite(self._names, rows)):
            if fault and statuses[number] == "ok":
                statuses[number], texts[number] = "internal", fault
        for number, status in enumerate(statuses):
            for array in rows:
                if array is not None and status != "ok":
                    array[number] = 0
        return statuses, next((text for text in texts if text), "")

    def _embed_each(self, memory: Optional[mmap.mmap], count: int, rows: _Rows) -> Tuple[List[str], List[str]]:
        statuses, texts = ["ok"] * count, [""] * count
        try:
            self._embed(self._pictures(memory, count), rows)
            return statuses, texts
        except ScriptFailure as failure:
            if count == 1:
                return [failure.status], [failure.text]
            of_batch = failure.text
        # One picture that a script cannot take must not fail the others.
        pictures = self._pictures(memory, count)
        for number in range(count):
            part = slice(number, number + 1)
            self._control.alive()
            try:
                self._embed(pictures[part], [array[part] if array is not None else None for array in rows])
            except Failure as failure:
                if failure.status == "cancelled":
                    raise
                statuses[number], texts[number] = failure.status, failure.text
        if not any(texts) and not self._told_of_single:
            self._told_of_single = True
            self._warn(f"embed() fails for {count} pictures at once, and not for one: {of_batch}")
        return statuses, texts

    def _embed(self, pictures: numpy.ndarray, rows: _Rows) -> None:
        if self._control.cancelled():
            raise Failure("cancelled", "cancelled")
        try:
            returned = self._script.call(self._stream.embed, pictures)
            self._script.call(results.store, returned, self._names, rows)
        except ScriptFailure:
            if self._control.cancelled():
                raise Failure("cancelled", "cancelled") from None
            raise

    def _pictures(self, memory: Optional[mmap.mmap], count: int) -> numpy.ndarray:
        """As the engine made them, whatever was written there by an earlier call."""
        about = self.about
        size = (about["input_height"], about["input_width"])
        shape = (count, *size, 3) if about["input_layout"] == "nhwc" else (count, 3, *size)
        kind = numpy.dtype(_SAMPLES[about["input_sample"]])
        needed = count * size[0] * size[1] * 3 * kind.itemsize
        if memory is None or len(memory) < needed:
            raise Failure("invalid_argument", f"{count} pictures are {needed} bytes, more than the input memory has")
        # It is mapped as a copy: pages that were written into, as by operations of PyTorch in place, are dropped here.
        memory.madvise(mmap.MADV_DONTNEED)
        pictures = numpy.ndarray(shape, kind, memory)
        # Whoever changes them by mistake hears of it.
        pictures.flags.writeable = False
        return pictures

    def _rows(self, memory: Optional[mmap.mmap], count: int, wanted: List[bool]) -> _Rows:
        if len(wanted) != len(self._names):
            raise Failure("invalid_argument", f"run must say of each of {len(self._names)} outputs whether it is wanted")
        rows: _Rows = []
        at = 0
        for output, is_wanted in zip(self.about["outputs"], wanted):
            end = at + 4 * count * output["dimension"] * is_wanted
            if end > (0 if memory is None else len(memory)):
                raise Failure("invalid_argument", f"the vectors of {count} pictures are more than the output memory has")
            rows.append(numpy.ndarray((count, output["dimension"]), numpy.float32, memory, at) if is_wanted and count else None)
            at = end
        return rows
