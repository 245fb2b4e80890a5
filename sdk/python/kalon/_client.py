"""What a script sees: a Kalon, its calls, and what they give."""
from __future__ import annotations

import contextlib
import weakref
from typing import Any, Dict, Iterator, List, Optional, Sequence, Union

from ._connection import Call, Connection, Result, Row, Told
from ._servers import Child, Socket
from .errors import Disconnected
from .paths import AnyPath

PROTOCOL = 1
_PATIENCE = 60  # seconds for a server to say what it is


class Stream(Iterator[Row]):
    """Rows as they come. Few wait in memory: the server waits for whoever reads them. (While other calls are made on the
    same Kalon, more may gather.) Leaving the loop, or close(), cancels the call."""

    def __init__(self, call: Call, told: Told) -> None:
        self._call, self._told = call, told
        self._rows: Iterator[Row] = iter(())
        self._closed = False
        self.summary: Optional[Dict[str, Any]] = None  #: once all rows came
        self.partial = False  #: likewise: some items failed

    def __next__(self) -> Row:
        while True:
            for row in self._rows:
                return row
            if self._closed or self.summary is not None:
                raise StopIteration
            if piece := self._call.next_piece(self._told):
                self._rows = iter(piece)
            else:
                ending = self._call.ending()
                self.summary, self.partial = ending["summary"], ending["status"] == "partial"

    def close(self) -> None:
        self._closed, self._rows = True, iter(())
        self._call.abandon()

    def __enter__(self) -> "Stream":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        with contextlib.suppress(Exception):  # half made, or at the interpreter's end
            self._call.abandon(finalizing=True)


class Kalon:
    """A library and the engine that works on it. May be used from any number of threads at once; four calls of one
    Kalon run side by side."""

    def __init__(self, library: Optional[AnyPath] = None, *, program: AnyPath = "kalon", options: Sequence[str] = ()) -> None:
        """Starts a server of its own, which close() ends. library: a folder; the default one if None. program: where
        kalon is. options: more of its command line, as ("--threads", "2")."""
        self._begin(Child(program, library, options))

    @classmethod
    def connect(cls, socket: Optional[AnyPath] = None) -> "Kalon":
        """Uses a server that `kalon serve --unix` started; None: at the default path."""
        kalon = cls.__new__(cls)
        kalon._begin(Socket(socket))
        return kalon

    def _begin(self, server: Union[Child, Socket]) -> None:
        self._connection = Connection(server)
        self._finalizer = weakref.finalize(self, self._connection.close)
        try:
            engine = self._connection.start("engine", {}).ending(timeout=_PATIENCE)
            if engine["protocol"] != PROTOCOL:
                raise Disconnected(f"the server speaks protocol {engine['protocol']}, and this client {PROTOCOL}")
        except BaseException:
            self.close()
            raise
        self.version: str = engine["version"]
        self.methods: List[str] = engine["methods"]

    def call(self, name: str, /, *, progress: Told = None, timeout: Optional[float] = None, **parameters: Any) -> Result:
        """Calls a method and waits for it. Paths may be str, bytes or os.PathLike. What is raised while it waits, by
        `progress` (called with a Progress) or Ctrl-C or after `timeout` seconds, cancels the call."""
        call = self.start(name, progress=progress is not None, **parameters)
        try:
            return call.result(progress, timeout)
        except BaseException:
            call.abandon()
            raise

    def start(self, name: str, /, *, progress: bool = False, **parameters: Any) -> Call:
        """Starts a method and does not wait for it."""
        return self._connection.start(name, parameters, progress=progress, owner=self)

    def stream(self, name: str, /, *, progress: Told = None, **parameters: Any) -> Stream:
        """Calls a method whose rows are too many to hold: for row in kalon.stream("list"): ..."""
        call = self._connection.start(name, parameters, streams=True, progress=progress is not None, owner=self)
        return Stream(call, progress)

    @property
    def said(self) -> str:
        """The last lines that our own server wrote to its standard error."""
        return self._connection.server.said()

    def close(self) -> None:
        """Cancels what still runs, ends our own server, and leaves another one."""
        self._finalizer()

    def __enter__(self) -> "Kalon":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
