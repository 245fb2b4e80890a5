"""Kalon from Python: starts `kalon serve`, or connects to one, and calls the methods of the SDK's docs/methods.md.

    from kalon import Kalon

    with Kalon() as kalon:
        kalon.call("index", paths="Pictures")
        for row in kalon.stream("list", where="rating >= 4"):
            print(row["path"])
"""
from ._client import Kalon, Stream
from ._connection import Call, Progress, Result
from .errors import Cancelled, Disconnected, Error
from .paths import path_of, to_uri

__all__ = ["Call", "Cancelled", "Disconnected", "Error", "Kalon", "Progress", "Result", "Stream", "path_of", "to_uri"]
