"""Which SQLite library does this process use?  Chosen here, once, for every module: nobody else imports `sqlite3`.

Two SQLite libraries on one file in one process break each other's locks.  So what others import under the names of
Python's own `sqlite3` is the library that was chosen here.  `pysqlite3` brings a current SQLite where it has a wheel;
elsewhere Python's own module is used.  The environment variable NEXSHIFT_SQLITE forces one ("pysqlite3" or "system");
a library that was asked for and cannot be had is an error.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING

__all__ = ["compiled_part", "sqlite3"]


def _choose() -> ModuleType:
    wanted = os.environ.get("NEXSHIFT_SQLITE", "")
    if wanted not in ("", "pysqlite3", "system"):
        raise ImportError(f'NEXSHIFT_SQLITE must be "pysqlite3" or "system", not "{wanted}"')
    if wanted == "system" or (wanted == "" and find_spec("pysqlite3") is None):
        sys.modules["pysqlite3"] = None  # type: ignore[assignment] # None is how Python is told that there is none
        return import_module("sqlite3")
    try:
        chosen = import_module("pysqlite3")
    except ImportError as error:
        raise ImportError(
            f"the SQLite library of the package pysqlite3 cannot be loaded ({error}): install pysqlite3 again, or set"
            " NEXSHIFT_SQLITE=system to use the SQLite library of Python"
        ) from error
    names = {"sqlite3": "pysqlite3", "sqlite3.dbapi2": "pysqlite3.dbapi2", "_sqlite3": "pysqlite3._sqlite3"}
    sys.modules.update((name, sys.modules[own]) for name, own in names.items())
    return chosen


if TYPE_CHECKING:
    import sqlite3  # pysqlite3 has no types of its own; it is this module's code with a newer library
else:
    sqlite3 = _choose()

compiled_part = sys.modules["_sqlite3"]
"""The module that is, or has loaded, the library."""
