"""Where are the functions of the SQLite library that Python's `sqlite3` has loaded?

They are looked up in the loaded module itself and never in a library of our own choice: two copies of SQLite on one
file in one process would break each other's locks.
"""

from __future__ import annotations

import _sqlite3
import ctypes
from collections.abc import Iterable


def find_functions(names: Iterable[str]) -> dict[str, int] | None:
    """The addresses of `sqlite3_NAME` for every name; None where this build of Python does not show them."""
    # A module that is compiled into the interpreter has no file; then the interpreter itself is looked into.
    try:
        loaded = ctypes.PyDLL(getattr(_sqlite3, "__file__", None))
        return {name: _address(loaded, f"sqlite3_{name}") for name in names}
    except (OSError, AttributeError, TypeError):
        return None


def _address(loaded: ctypes.PyDLL, name: str) -> int:
    return ctypes.cast(getattr(loaded, name), ctypes.c_void_p).value or 0
