"""Control memory: 64 bytes that the engine shares with the worker, and the module `kalon_model` that lets scripts use them."""
from __future__ import annotations

import mmap
import os
import struct
import sys
import types

_BYTES = 64
_CANCELLED = 0  # not 0: the engine wants the running request to end early
_COUNTER = 8  # 64 bits that move as a sign of life


class Control:
    def __init__(self, descriptor: int) -> None:
        """The descriptor stays the caller's. ValueError or OSError when it is no memory of 64 bytes."""
        if os.fstat(descriptor).st_size < _BYTES:
            raise ValueError("the control memory is too small")
        self._memory = mmap.mmap(descriptor, _BYTES)
        self._count = 0

    def cancelled(self) -> bool:
        return self._memory[_CANCELLED] != 0

    def alive(self) -> None:
        self._count += 1
        struct.pack_into("=Q", self._memory, _COUNTER, self._count)


def offer_to_scripts(control: Control) -> None:
    """`import kalon_model` works from now on."""
    module = types.ModuleType("kalon_model", "What a script may ask the engine, and tell it, while it works.")

    def cancelled() -> bool:
        """Whether the engine wants the running call to end early: raise anything then."""
        return control.cancelled()

    def alive() -> None:
        """A sign of life: the time that the engine gives the running call begins anew."""
        control.alive()

    module.cancelled, module.alive = cancelled, alive  # type: ignore[attr-defined]
    sys.modules[module.__name__] = module
