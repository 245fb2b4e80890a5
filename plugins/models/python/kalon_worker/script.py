"""The user's script: loading it, finding the class that is the model, calling it."""
from __future__ import annotations

import importlib.machinery
import importlib.util
import inspect
import os
import re
import stat
import sys
import urllib.parse
from typing import Any, Callable, List

from .failures import Failure, ScriptFailure, cut

_LARGEST = 16 << 20  # bytes of a script
_METHODS = ("describe", "embed")


class Script:
    """A script that is loaded. Every call into it goes through call()."""

    def __init__(self, uri: str, inform: Callable[[str], None]) -> None:
        """Runs the script. Failure when it cannot be read, raises, or has no class that is a model."""
        self.path = _path_of(uri)
        self.name = os.path.splitext(os.path.basename(self.path))[0]
        self.bytes = _read(self.path)
        self._process = os.getpid()
        folder = os.path.dirname(self.path)
        if _is_known(self.name):
            inform(f"the script has the name of the module {self.name}: who imports that gets the script; better rename it")
        sys.path.insert(0, folder)
        sys.argv[:] = [self.path]
        try:
            self.model = self.call(lambda: _model_of(self._load()))
        except ScriptFailure as failure:
            raise Failure("missing_feature", failure.text) from None

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """What the function returns. ScriptFailure for whatever it raises but Failure: also for SystemExit and KeyboardInterrupt."""
        try:
            return function(*arguments)
        except Failure:
            raise
        except BaseException as error:
            raise ScriptFailure(error, self.path) from None
        finally:
            if os.getpid() != self._process:
                os._exit(0)  # the script forked and let the child come back: only its parent has a socket to answer on

    def describe_needs_instance(self) -> bool:
        found = inspect.getattr_static(self.model, "describe")
        # One without self was written as if it were static, and works as that.
        return not isinstance(found, (staticmethod, classmethod)) and bool(inspect.signature(found).parameters)

    def require_arguments(self, names: List[str]) -> None:
        """Failure unless the class takes arguments of these names, and no others."""
        try:
            signature = inspect.signature(self.model)
        except ValueError:  # of a class that is not written in Python
            return
        try:
            signature.bind(**dict.fromkeys(names))
        except TypeError as error:
            raise Failure("missing_feature", cut(f"{self.model.__qualname__}.__init__() does not take the parameters of describe(), which come "
                                                 f"as arguments of these names: {', '.join(names)}; {error}", 1000)) from None

    def _load(self) -> Any:
        name = re.sub(r"\W", "_", self.name)
        name = f"kalon_script_{name}" if name in sys.modules else name
        loader = importlib.machinery.SourceFileLoader(name, self.path)
        spec = importlib.util.spec_from_file_location(name, self.path, loader=loader)
        assert spec is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        # The bytes that run are those that the weights' hash is made of.
        exec(loader.source_to_code(self.bytes, self.path), module.__dict__)
        return module


def _path_of(uri: str) -> str:
    found = re.fullmatch(r"file://(?:localhost)?(/[^?#\ud800-\udfff]*)", uri)
    path = urllib.parse.unquote_to_bytes(found[1]) if found else b""
    if not path or b"\0" in path:
        raise Failure("invalid_argument", "the script must be named by a file:// URI of an absolute path")
    return os.fsdecode(path)


def _read(path: str) -> bytes:
    try:
        # Not to wait for someone to write into a pipe of this name.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with open(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise Failure("unsupported", "the script is not a plain file")
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise Failure("not_found" if isinstance(error, FileNotFoundError) else "io",
                      f"the script cannot be read: {error.strerror}") from None
    if len(data) > _LARGEST:
        raise Failure("limit_exceeded", f"the script is larger than {_LARGEST >> 20} MiB")
    return data


def _is_known(name: str) -> bool:
    if name in sys.modules:
        return True
    try:
        return importlib.machinery.PathFinder.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def _model_of(module: Any) -> type:
    chosen = vars(module).get("Model")
    classes = [value for value in vars(module).values() if inspect.isclass(value) and value.__module__ == module.__name__]
    if inspect.isclass(chosen) and (chosen in classes or not _missing(chosen)):
        # One that is only imported, as from Keras, counts when it is a model at all.
        if _missing(chosen):
            raise Failure("missing_feature", f"the class Model has no {' and no '.join(_missing(chosen))}")
        return chosen
    models = list(dict.fromkeys(value for value in classes if not _missing(value)))
    # A class that others of the script are made from is not meant.
    models = [value for value in models if not any(other is not value and issubclass(other, value) for other in models)]
    if len(models) == 1:
        return models[0]
    if models:
        raise Failure("missing_feature", f"the classes {_listed(models)} have describe() and embed(): call the one that is meant Model")
    faults = [f"{value.__qualname__} has no {' and no '.join(_missing(value))}" for value in classes]
    found = cut("; ".join(dict.fromkeys(faults)), 400) if faults else "it defines no class"
    raise Failure("missing_feature", f"the script has no class with describe() and embed(): {found}")


def _missing(value: type) -> List[str]:
    return [f"{name}()" for name in _METHODS if not callable(getattr(value, name, None))]


def _listed(models: List[type]) -> str:
    return cut(", ".join(value.__qualname__ for value in models), 400)


def default_id(name: str) -> str:
    """A model's id from a file's name: lower case, and what an id may not have becomes a hyphen."""
    return re.sub(r"[^a-z0-9._-]+", "-", name.lower())[:128].strip("-")
