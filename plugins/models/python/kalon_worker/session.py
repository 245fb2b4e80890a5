"""One engine's requests, answered in their order."""
from __future__ import annotations

import importlib
import json
import mmap
import os
import sys
from typing import TYPE_CHECKING, Any, Dict, Optional

from .channel import Channel
from .control import Control, offer_to_scripts
from .description import LARGEST_BATCH
from .failures import Failure, cut, explain, this_python
from .script import Script

if TYPE_CHECKING:  # it needs NumPy, and this file tells when that is missing
    from .model import Model

_PROTOCOL = 1

_Message = Dict[str, Any]


class Session:
    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._control: Optional[Control] = None
        self._script: Optional[Script] = None
        self._described: Optional[Model] = None
        self._memory: Dict[str, mmap.mmap] = {}
        self.works = False  #: on a request

    def serve(self) -> None:
        """Until the engine closes the socket."""
        while True:
            try:
                request = self._channel.receive()
                if request is None:
                    return
                self.works = True
                answer = self._answer(request.message, request.descriptor)
            except Failure as failure:
                answer = {"status": failure.status, "text": cut(failure.text, 4096)}
            self.works = False
            self._channel.send(answer)

    def _answer(self, message: _Message, descriptor: Optional[int]) -> _Message:
        try:
            if message["do"] == "hello":
                return self._hello(message, descriptor)
            if message["do"] == "memory":
                return self._take_memory(message, descriptor)
            answers = {"models": self._models, "create": self._create, "run": self._run}
            if message["do"] not in answers:
                raise Failure("unsupported", f"models in Python do not answer the request {cut(message['do'], 100)}")
            return answers[message["do"]](message)
        except Failure:
            raise
        except BaseException as error:
            raise Failure("internal", f"the worker failed: {explain(error, __file__)}") from None
        finally:
            if descriptor is not None:
                os.close(descriptor)

    def _hello(self, message: _Message, descriptor: Optional[int]) -> _Message:
        if self._control is not None:
            raise Failure("invalid_argument", "hello came before: one process serves one script")
        if message.get("protocol") != _PROTOCOL:
            raise Failure("missing_feature", f"this worker speaks revision {_PROTOCOL} of the worker protocol, and the engine "
                                             f"{cut(repr(message.get('protocol')), 100)}: they are of different installations")
        if message.get("kind") != "model" or not isinstance(message.get("script"), str):
            raise Failure("invalid_argument", "this worker serves models in Python: hello must have the kind model and a script")
        try:
            control = Control(-1 if descriptor is None else descriptor)
        except (OSError, ValueError):
            raise Failure("invalid_argument", "hello came without control memory") from None
        _need_numpy()
        offer_to_scripts(control)
        self._control = control
        self._script = Script(message["script"], lambda text: self._channel.log("info", text))
        return {"protocol": _PROTOCOL}

    def _take_memory(self, message: _Message, descriptor: Optional[int]) -> _Message:
        which, size = message.get("which"), _whole(message, "bytes", 1, 1 << 46)
        if which not in ("input", "output") or descriptor is None:
            raise Failure("invalid_argument", "memory must be input or output, and come with a descriptor")
        # What was there before goes when the last array on it goes: the script may have kept one.
        self._memory.pop(which, None)
        try:
            if os.fstat(descriptor).st_size < size:
                raise Failure("invalid_argument", f"the memory is smaller than the {size} bytes that were promised")
            # What a script writes into the pictures is its own, and nothing that another call sees.
            access = mmap.ACCESS_COPY if which == "input" else mmap.ACCESS_WRITE
            self._memory[which] = mmap.mmap(descriptor, size, access=access)
        except (OSError, ValueError) as error:
            raise Failure("out_of_memory", f"the memory cannot be mapped: {error}") from None
        return {}

    def _models(self, message: _Message) -> _Message:
        model = self._model()
        return {"models": [model.about], "parameters": model.parameters} if model.parameters else {"models": [model.about]}

    def _create(self, message: _Message) -> _Message:
        _whole(message, "model", 0, 0)
        self._model().create(_values(message))
        return {}

    def _run(self, message: _Message) -> _Message:
        count, wanted = _whole(message, "count", 0, LARGEST_BATCH), message.get("wanted")
        if not isinstance(wanted, list) or not all(isinstance(value, bool) for value in wanted):
            raise Failure("invalid_argument", '"wanted" must be a list of true and false')
        statuses, text = self._model().run(self._memory.get("input"), self._memory.get("output"), count, wanted)
        return {"statuses": statuses, "text": text} if text else {"statuses": statuses}

    def _model(self) -> Model:
        if self._control is None or self._script is None:
            raise Failure("invalid_argument", "the first request must be hello")
        if self._described is None:
            from .model import Model

            self._described = Model(self._script, self._control, lambda text: self._channel.log("warning", text))
        return self._described


def _need_numpy() -> None:
    try:
        importlib.import_module("numpy")
    except ImportError as error:
        program = sys.executable or "python3"
        ways = "apt install python3-numpy" if os.path.dirname(program) == "/usr/bin" else f"{program} -m pip install numpy"
        raise Failure("missing_feature", cut(f"NumPy is missing in {this_python()}: {error}. Install it: {ways}", 1000)) from None


def _values(message: _Message) -> Dict[str, Any]:
    try:
        values = json.loads(message.get("parameters", "{}"))
    except (TypeError, ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        raise Failure("invalid_argument", '"parameters" must be a text that is a JSON object')
    return values


def _whole(message: _Message, name: str, low: int, high: int) -> int:
    value = message.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise Failure("invalid_argument", f'"{name}" must be a whole number from {low} to {high}')
    return value
