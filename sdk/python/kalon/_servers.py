"""Where a server is: a process of our own behind pipes, or a socket that others use too."""
from __future__ import annotations

import collections
import contextlib
import io
import os
import shutil
import signal
import socket
import subprocess
import threading
from typing import Optional, Sequence

from .errors import Disconnected
from .paths import AnyPath

_PIECE = 65536
_SECONDS_TO_END = 20  # a server that was asked to end; then it is killed


class Child:
    """`kalon serve --stdio`, started here and ended by close()."""

    def __init__(self, program: AnyPath, library: Optional[AnyPath], options: Sequence[str]) -> None:
        found = shutil.which(os.fsdecode(program))
        if not found:
            raise FileNotFoundError(f"{os.fsdecode(program)}: no such program; name it: Kalon(program=...)")
        command = [found, "serve", "--stdio", *options]
        if library is not None:
            command += ["--library", os.fsdecode(library)]
        # A session of its own: Ctrl-C is for the script, which then ends the server in good order.
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                         bufsize=0, start_new_session=True)
        self._said: "collections.deque[str]" = collections.deque(maxlen=20)
        self._listener = threading.Thread(target=self._listen, name="kalon stderr", daemon=True)
        self._listener.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def read(self) -> bytes:
        assert self._process.stdout
        return os.read(self._process.stdout.fileno(), _PIECE)

    def write(self, data: bytes) -> None:
        assert self._process.stdin
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._process.stdin.fileno(), rest):]

    def said(self) -> str:
        """The last lines of its standard error."""
        return "\n".join(self._said)

    def why_ended(self) -> str:
        """Called once nothing more can be read."""
        code = self._end()
        if code < 0:
            with contextlib.suppress(ValueError):
                reason = f"kalon serve was ended by {signal.Signals(-code).name}"
                return reason + self._last_words()
        return f"kalon serve ended with exit code {code}" + self._last_words()

    def wake(self) -> None:
        """Makes read() return b"" soon; the server drops what it is at."""
        if self._process.poll() is None:
            self._process.terminate()

    def close(self) -> None:
        self._end()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe
            with contextlib.suppress(OSError):
                pipe.close()

    def _end(self) -> int:
        try:
            code = self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            self._process.terminate()
            try:
                code = self._process.wait(timeout=_SECONDS_TO_END)
            except subprocess.TimeoutExpired:
                self._process.kill()
                code = self._process.wait()
        self._listener.join(timeout=1)  # whoever inherited the pipe may hold it open
        return code

    def _last_words(self) -> str:
        return ": " + self.said() if self._said else ""

    def _listen(self) -> None:
        assert self._process.stderr
        with io.BufferedReader(self._process.stderr) as stderr:  # type: ignore[type-var]
            while line := stderr.readline(4096):
                self._said.append(line.decode(errors="replace").rstrip("\n"))


class Socket:
    """A server that `kalon serve --unix` started."""

    def __init__(self, path: Optional[AnyPath]) -> None:
        if path is None:
            runtime = os.environ.get("XDG_RUNTIME_DIR")
            if not runtime:
                raise ValueError("XDG_RUNTIME_DIR is not set; name the server's socket")
            path = os.path.join(runtime, "kalon", "socket")
        self._name = os.fsdecode(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.connect(os.fspath(path))
        except OSError as error:
            self._socket.close()
            raise Disconnected(f"{self._name}: no server can be reached there ({error.strerror or error})") from error

    def read(self) -> bytes:
        return self._socket.recv(_PIECE)

    def write(self, data: bytes) -> None:
        self._socket.sendall(data)

    def said(self) -> str:
        return ""

    def why_ended(self) -> str:
        return f"{self._name}: the server closed the connection"

    def wake(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._socket.close()
