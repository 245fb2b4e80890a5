"""One client of a server: requests go out from any thread, and one thread brings each answer to the call it belongs to."""
from __future__ import annotations

import collections
import itertools
import json
import threading
import time
from dataclasses import dataclass
from typing import Any, Callable, Deque, Dict, List, Mapping, NamedTuple, Optional, Union

from ._servers import Child, Socket
from .errors import Disconnected, Error, from_response
from .paths import parameters_as_json

Row = Dict[str, Any]

_LARGEST_REQUEST = 16 << 20  # what the server takes
_MOST_WAITING = 16  # pieces of a stream (of some 32 KiB) that may wait for whoever reads it


class Progress(NamedTuple):
    """How far a call is."""

    phase: str
    done: int
    total: int  #: 0 while unknown
    seconds: float


Told = Optional[Callable[[Progress], None]]


@dataclass(frozen=True)
class Result:
    """What a call gave: docs/methods.md names the members of rows and summary."""

    rows: List[Row]
    summary: Dict[str, Any]
    partial: bool  #: some items failed; their rows have `status` and `message`


class Call:
    """A call at work. All its methods may be used from any thread."""

    def __init__(self, connection: "Connection", number: int, method: str, streams: bool, owner: object) -> None:
        self.method = method
        self._connection, self._id, self._streams = connection, number, streams
        self._owner = owner  # lives as long as its calls
        # Of the connection's lock:
        self._pieces: Deque[List[Row]] = collections.deque()
        self._progress: Optional[Progress] = None
        self._told: Optional[Progress] = None
        self._response: Dict[str, Any] = {}
        self._ended = self._abandoned = False

    @property
    def done(self) -> bool:
        """Whether it came to its end, good or bad."""
        return self._ended

    @property
    def progress(self) -> Optional[Progress]:
        """The latest news, when it was started with progress=True."""
        return self._progress

    def cancel(self) -> bool:
        """Asks the server to end it; result() then raises Cancelled. False when it has ended, or was cancelled before."""
        if self._ended:
            return False
        return bool(self._connection.start("cancel", {"id": self._id}).ending()["cancelled"])

    def result(self, progress: Told = None, timeout: Optional[float] = None) -> Result:
        """Waits for its end. TimeoutError when that did not come within so many seconds; the call itself goes on."""
        ending = self.ending(progress, timeout)
        return Result([row for piece in self._pieces for row in piece], ending["summary"], ending["status"] == "partial")

    # ---- for this package

    def ending(self, progress: Told = None, timeout: Optional[float] = None) -> Dict[str, Any]:
        """Waits for the result of the response."""
        self._wait(lambda: self._ended, progress, timeout)
        if "error" in self._response:
            raise from_response(self._response["error"])
        if "result" not in self._response:
            raise Disconnected(self._connection.why_closed)
        return self._response["result"]

    def next_piece(self, progress: Told) -> List[Row]:
        """Waits for rows and takes some; none are left when it is empty."""
        self._wait(lambda: bool(self._pieces) or self._ended, progress, None)
        with self._connection.changed:
            self._connection.changed.notify_all()
            return self._pieces.popleft() if self._pieces else []

    def abandon(self, finalizing: bool = False) -> None:
        """Nobody wants it any more: its rows are dropped, and the server is told."""
        with self._connection.changed:
            if self._ended or self._abandoned:
                return
            self._abandoned = True
            self._pieces.clear()
            self._connection.changed.notify_all()
        self._connection.notify("cancel", {"id": self._id}, may_wait=not finalizing)

    def _wait(self, ready: Callable[[], bool], progress: Told, timeout: Optional[float]) -> None:
        # Progress is told by the thread that waits, so that what a callback raises comes out there.
        changed = self._connection.changed
        until = None if timeout is None else time.monotonic() + timeout
        while True:
            with changed:
                while not ready() and not (progress and self._progress is not self._told):
                    rest = None if until is None else until - time.monotonic()
                    if rest is not None and rest <= 0:
                        raise TimeoutError(f"{self.method} did not end within {timeout} seconds")
                    changed.wait(rest)
                news = self._progress if self._progress is not self._told else None
                is_ready = ready()
                if progress:
                    self._told = self._progress
            if progress and news:
                progress(news)
            if is_ready:
                return


class Connection:
    def __init__(self, server: Union[Child, Socket]) -> None:
        self.server = server
        self.changed = threading.Condition()  # of everything below, and of the calls
        self.why_closed = ""  # not empty: it is
        self._calls: Dict[int, Call] = {}
        self._ids = itertools.count(1)
        self._writing = threading.Lock()  # never taken while `changed` is held
        self._reader = threading.Thread(target=self._read, name="kalon reader", daemon=True)
        self._reader.start()

    def start(self, method: str, parameters: Mapping[str, Any], *, streams: bool = False, progress: bool = False,
              owner: object = None) -> Call:
        params = parameters_as_json(method, parameters)
        if method not in ("engine", "cancel"):
            # Rows come in pieces in any case: then no listing is too long for a message.
            params["$rows"] = "stream"
        if progress:
            params["$progress"] = True
        call = Call(self, next(self._ids), method, streams, owner)
        line = _line({"jsonrpc": "2.0", "id": call._id, "method": method, "params": params})
        with self.changed:
            if self.why_closed:
                raise Disconnected(self.why_closed)
            self._calls[call._id] = call
            self.changed.notify_all()
        with self._writing:
            self._write(line)
        return call

    def notify(self, method: str, params: Mapping[str, Any], may_wait: bool = True) -> None:
        """Sends what needs no answer. Not to wait is for finalizers, which may run in a thread that is writing just now."""
        if not self._writing.acquire(blocking=may_wait):
            return
        try:
            self._write(_line({"jsonrpc": "2.0", "method": method, "params": params}))
        finally:
            self._writing.release()

    def close(self) -> None:
        """Ends what still runs, and the server if it is ours. May be called more than once."""
        self._end("the connection was closed")
        self.server.wake()
        if threading.current_thread() is not self._reader:
            self._reader.join()

    def _write(self, line: bytes) -> None:
        try:
            self.server.write(line)
        except (OSError, ValueError):
            pass  # the reader finds out why, and ends the call
        except BaseException:  # Ctrl-C in the middle of a line: nothing can follow it
            self._end("the connection was closed because the sending of a call was interrupted")
            self.server.wake()
            raise

    def _end(self, reason: str) -> None:
        with self.changed:
            self.why_closed = self.why_closed or reason
            for call in self._calls.values():
                call._ended = True
            self._calls.clear()
            self.changed.notify_all()

    # ---- the reader's thread

    def _read(self) -> None:
        begun: List[bytes] = []  # of a line
        try:
            while not self.why_closed and (piece := self.server.read()):
                *lines, rest = piece.split(b"\n")
                for line in lines:
                    self._take(json.loads(b"".join(begun) + line))
                    begun.clear()
                begun.append(rest)
            reason = self.server.why_ended()
        except OSError:
            reason = self.server.why_ended()
        except Exception as error:
            reason = f"what answered is no server of Kalon: {type(error).__name__}: {error}"
            self.server.wake()
        self._end(reason)
        with self._writing:
            self.server.close()

    def _take(self, message: Dict[str, Any]) -> None:
        if message.get("method") == "rows":
            self._take_rows(message["params"])
            return
        with self.changed:
            if message.get("method") == "progress":
                news = message["params"]
                if call := self._calls.get(news["id"]):
                    call._progress = Progress(news["phase"], news["done"], news["total"], news["seconds"])
            elif message["id"] is None:  # nobody knows which request it is about
                raise ValueError(message["error"]["message"])
            elif call := self._calls.pop(message["id"], None):
                call._response, call._ended = message, True
            self.changed.notify_all()

    def _take_rows(self, params: Dict[str, Any]) -> None:
        with self.changed:
            call = self._calls.get(params["id"])
            # Not to read on lets the server wait for whoever reads this stream; calls wait for nobody.
            while call and not (call._abandoned or self.why_closed) and self._may_wait(call):
                self.changed.wait()
            if call and not call._abandoned:
                call._pieces.append(params["rows"])
                self.changed.notify_all()

    def _may_wait(self, stream: Call) -> bool:
        return len(stream._pieces) >= _MOST_WAITING and all(
            call._streams and call._pieces for call in self._calls.values() if not call._abandoned)


def _line(message: Mapping[str, Any]) -> bytes:
    line = json.dumps(message, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode() + b"\n"
    if len(line) > _LARGEST_REQUEST:
        raise Error("the parameters are more than one message may hold (16 MiB)", "limit_exceeded")
    return line
