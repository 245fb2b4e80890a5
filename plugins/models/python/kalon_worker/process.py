"""The worker as a process: its standard streams, its signals, its end."""
from __future__ import annotations

import faulthandler
import os
import signal
import sys
import threading
import traceback
import warnings
from typing import NoReturn, Optional

from .channel import Channel
from .session import Session


_SECONDS_TO_END = 5


def run() -> Optional[str]:
    """Serves the engine until that closes the socket. The text, if any, is why it could not begin."""
    try:
        channel = Channel(3)
    except OSError:
        return "this program is started by Kalon, which talks to it through descriptor 3; `kalon models add SCRIPT.py` does it"
    _arrange_streams()
    # Ctrl-C in a terminal reaches everyone there, and the engine alone decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    faulthandler.enable(all_threads=False)
    # torch.from_numpy() deplores that pictures are only for reading; in truth what it writes there is its own.
    warnings.filterwarnings("ignore", message="The given NumPy array is not writ")

    # What a script forks must not keep the socket open when this process is gone.
    os.register_at_fork(after_in_child=channel.close)
    session = Session(channel)
    threading.Thread(target=_end_when_closed, args=(channel, session), name="kalon engine gone", daemon=True).start()
    try:
        session.serve()
    except ConnectionError:
        pass
    except BaseException:  # a script that closed the socket, or a handler of its signals that raised
        traceback.print_exc()
        _end(1)
    if _leads_its_group():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.killpg(0, signal.SIGTERM)
    _end(0)


def _arrange_streams() -> None:
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w"))
        else:
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    if sys.stdin is None:
        sys.stdin = open(os.devnull)


def _end_when_closed(channel: Channel, session: Session) -> None:
    channel.wait_until_closed()
    if not session.works:
        threading.main_thread().join(_SECONDS_TO_END)  # it sees it too, and writes what it has not written yet
    # Whatever the script is doing: nobody waits for it any more, nor for what it started.
    if _leads_its_group():
        os.killpg(0, signal.SIGKILL)
    os._exit(0)


def _leads_its_group() -> bool:
    """As the engine starts it: then the others of the group are children of the script."""
    return os.getpgrp() == os.getpid()


def _end(code: int) -> NoReturn:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass  # who read it is gone
    # Threads and exit handlers of a script could go on for ever.
    os._exit(code)
