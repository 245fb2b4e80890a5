"""What can go wrong."""
from __future__ import annotations

from typing import Any, Dict

# Faults that the protocol has codes for, named as if the method had told of them.
_STATUS_OF_CODE = {-32602: "invalid_argument", -32601: "unsupported", -32600: "invalid_argument", -32700: "invalid_argument"}


class Error(Exception):
    """A call failed. Its text is for people; programs look at `status`."""

    status: str  #: "not_found", "invalid_argument", "limit_exceeded", ... as in abi.h
    code: int  #: of JSON-RPC; 0 when the fault is on this side
    context: str  #: the file or parameter that it is about, or ""

    def __init__(self, message: str, status: str, code: int = 0, context: str = "") -> None:
        super().__init__(message)
        self.message, self.status, self.code, self.context = message, status, code, context


class Cancelled(Error):
    """The call was cancelled; what it had done until then is kept."""


class Disconnected(Error):
    """The server is gone, never came, or is none; or the connection was closed."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "io")


def from_response(error: Dict[str, Any]) -> Error:
    """The exception for the member `error` of a response."""
    code, data = int(error["code"]), error.get("data") or {}
    status = data.get("status") or _STATUS_OF_CODE.get(code, "internal")
    kind = Cancelled if status == "cancelled" else Error
    return kind(str(error["message"]), status, code, data.get("context", ""))
