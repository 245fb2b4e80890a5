"""Failures as the engine is told of them: a status, and a text for the author of the script."""
from __future__ import annotations

import linecache
import os
import sys
import traceback
from typing import List, Optional, Tuple

_OWN_FOLDER = os.path.dirname(os.path.abspath(__file__)) + os.sep
_MOST_FRAMES = 6
_MOST_BYTES = 1500

_Frame = Tuple[str, int, str]  # file, line, function


class Failure(Exception):
    """What a request fails with: the name of a status of abi.h, and what was wrong and what to do."""

    def __init__(self, status: str, text: str) -> None:
        super().__init__(text)
        self.status, self.text = status, text


class ScriptFailure(Failure):
    """An exception of the user's script."""

    def __init__(self, error: BaseException, script: str) -> None:
        super().__init__("out_of_memory" if isinstance(error, MemoryError) else "internal", explain(error, script))


def explain(error: BaseException, script: str) -> str:
    """What was raised and the line of the script that it came through, then what it was caused by, then the innermost
    calls: one line as all of Kalon's messages, at most 1,500 bytes, of which some readers see only the beginning."""
    parts = [_headline(error, script) + _hint(error)]
    cause = _cause_of(error)
    for _ in range(2):
        if cause is None:
            break
        parts.append("caused by " + _headline(cause, script))
        cause = _cause_of(cause)
    frames = _frames(error, script)
    if len(frames) > 1:
        parts.append("the calls, innermost last: " + " > ".join(_place(frame, script) for frame in frames[-_MOST_FRAMES:]))
    return cut("; ".join(parts), _MOST_BYTES)


def cut(text: str, most: int) -> str:
    """At most so many bytes of UTF-8, and nothing that JSON or a log cannot hold."""
    data = text.replace("\0", "\\0").encode("utf-8", "backslashreplace")
    return data.decode() if len(data) <= most else data[: most - 3].decode("utf-8", "ignore") + "..."


def _headline(error: BaseException, script: str) -> str:
    if isinstance(error, SyntaxError) and error.filename:
        message = error.msg
        place = f"{_short(error.filename, script)}:{error.lineno}{_quoted(error.text)}"
    else:
        try:
            message = str(error)
        except BaseException as second:  # it is the script's code that speaks here
            message = f"(its text raised {type(second).__name__})"
        frames = _frames(error, script)
        of_script = [frame for frame in frames if frame[0] == script]
        place = _place((of_script or frames)[-1], script) if frames else ""
    name = type(error).__name__
    message = " ".join(message.split())
    message = message if len(message) <= 300 else message[:300] + "..."
    return (f"{name}: {message}" if message else name) + (f" ({place})" if place else "")


def _hint(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return "; a model must not end its process"
    if isinstance(error, ModuleNotFoundError):
        return f"; it is missing in {this_python()}: install it there, or let the model run with a Python that has it"
    return ""


def this_python() -> str:
    return f"{sys.executable or 'this Python'} (Python {sys.version.split()[0]})"


def _cause_of(error: BaseException) -> Optional[BaseException]:
    return error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _frames(error: BaseException, script: str) -> List[_Frame]:
    frames = [(frame.f_code.co_filename, line, frame.f_code.co_name) for frame, line in traceback.walk_tb(error.__traceback__)]
    own = () if script.startswith(_OWN_FOLDER) else (_OWN_FOLDER,)
    return [frame for frame in frames if not frame[0].startswith(("<frozen importlib", *own))]


def _place(frame: _Frame, script: str) -> str:
    file, line, function = frame
    where = "" if function == "<module>" else f" in {function}"
    return f"{_short(file, script)}:{line}{where}{_quoted(linecache.getline(file, line))}"


def _quoted(line: Optional[str]) -> str:
    line = (line or "").strip()
    return f': "{line if len(line) <= 100 else line[:100] + "..."}"' if line else ""


def _short(file: str, script: str) -> str:
    folder = os.path.dirname(script) + os.sep
    if file.startswith(folder):
        return file[len(folder):]
    return os.sep.join(file.split(os.sep)[-3:])
