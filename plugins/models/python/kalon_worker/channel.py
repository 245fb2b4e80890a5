"""The socket to the engine: packets, and descriptors beside them."""
from __future__ import annotations

import array
import fcntl
import json
import os
import select
import socket
from typing import Any, Dict, List, NamedTuple, Optional

from .failures import Failure, cut

_LARGEST_PACKET = 65536
_MOST_DESCRIPTORS = 8  # that one packet may bring; more than one is a mistake already


class Request(NamedTuple):
    message: Dict[str, Any]
    descriptor: Optional[int]  #: to be closed by whoever takes the request


class Channel:
    def __init__(self, descriptor: int) -> None:
        """Takes the descriptor over. OSError when it is no socket."""
        # Away from the low numbers, which a script may close by mistake and which libraries like to see free.
        number = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 200)
        self._socket = socket.socket(fileno=number)
        os.close(descriptor)

    def receive(self) -> Optional[Request]:
        """The next request, or None when the engine has closed the socket. Failure for a packet that is no request."""
        space = socket.CMSG_SPACE(_MOST_DESCRIPTORS * array.array("i").itemsize)
        packet, ancillary, flags, _ = self._socket.recvmsg(_LARGEST_PACKET, space, socket.MSG_CMSG_CLOEXEC)
        descriptors = _descriptors_in(ancillary)
        try:
            if not packet and self._is_closed(0):
                return None
            if flags & socket.MSG_TRUNC:
                raise Failure("limit_exceeded", f"a packet is longer than {_LARGEST_PACKET} bytes")
            if flags & socket.MSG_CTRUNC or len(descriptors) > 1:
                raise Failure("invalid_argument", "a packet brings more than one descriptor, or one that could not be opened here")
            message = _parse(packet)
            return Request(message, descriptors.pop() if descriptors else None)
        finally:
            for descriptor in descriptors:
                os.close(descriptor)

    def send(self, message: Dict[str, Any]) -> None:
        packet = json.dumps(message, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
        self._socket.sendall(packet)

    def log(self, level: str, text: str) -> None:
        self.send({"log": level, "text": cut(text, 4096)})

    def wait_until_closed(self) -> None:
        """Returns when the engine has closed its end. For a thread of its own."""
        while not self._is_closed(None):
            pass

    def close(self) -> None:
        self._socket.close()

    def _is_closed(self, milliseconds: Optional[int]) -> bool:
        poll = select.poll()
        poll.register(self._socket, select.POLLRDHUP)
        return bool(poll.poll(milliseconds))


def _descriptors_in(ancillary: List[Any]) -> List[int]:
    descriptors = array.array("i")
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(data[: len(data) - len(data) % descriptors.itemsize])
    return list(descriptors)


def _parse(packet: bytes) -> Dict[str, Any]:
    try:
        message = json.loads(packet.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Failure("invalid_argument", f"a packet is not JSON: {type(error).__name__}: {error}") from None
    if not isinstance(message, dict) or not isinstance(message.get("do"), str):
        raise Failure("invalid_argument", 'a request must be an object with the text "do"')
    return message
