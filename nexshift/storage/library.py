"""Which SQLite library does this process use?  Chosen here, once, for every module: nobody else imports `sqlite3`.

Two SQLite libraries on one file in one process break each other's locks.  So what others import under the names of
Python's own `sqlite3` is the library that was chosen here.  `pysqlite3` brings a current SQLite where it has a wheel;
elsewhere Python's own module is used.  Where somebody imported that before this module, it is used with a warning, and
two libraries that are there already are an error.  The environment variable NEXSHIFT_SQLITE forces one ("pysqlite3" or
"system"); a library that was asked for and cannot be had is an error.
"""

from __future__ import annotations

import os
import sys
import warnings
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING

__all__ = ["compiled_part", "sqlite3"]


_COMPILED = {"pysqlite3": "pysqlite3._sqlite3", "system": "_sqlite3"}  # the module with the library, of each choice


def _choose() -> ModuleType:
    wanted = os.environ.get("NEXSHIFT_SQLITE", "")
    if wanted not in ("", *_COMPILED):
        raise ImportError(f'NEXSHIFT_SQLITE must be "pysqlite3" or "system", not "{wanted}"')
    is_there = find_spec("pysqlite3") is not None
    loaded = _find_loaded()
    if len(loaded) > 1 or (wanted and loaded - {wanted}):
        raise ImportError(
            "another SQLite library is in this process already, and two of them on one file break each other's locks:"
            " import nexshift.storage.library before sqlite3, pysqlite3 and sqlite_utils"
        )
    if not wanted and is_there and loaded == {"system"}:
        warnings.warn(
            "Python's sqlite3 was imported before Nexshift, which therefore uses it instead of pysqlite3: to have the"
            " newer SQLite, import nexshift.storage.library first",
            RuntimeWarning,
            stacklevel=2,
        )
    if "system" in {wanted, *loaded} or (wanted == "" and not is_there):
        sys.modules["pysqlite3"] = None  # type: ignore[assignment] # None is how Python is told that there is none
        return import_module("sqlite3")
    names = {"sqlite3": "pysqlite3", "sqlite3.dbapi2": "pysqlite3.dbapi2", "_sqlite3": "pysqlite3._sqlite3"}
    try:
        modules = {name: import_module(own) for name, own in names.items()}
    except Exception as error:  # whatever a broken package raises
        raise ImportError(
            f"the SQLite library of the package pysqlite3 cannot be loaded ({error}): install pysqlite3 again, or set"
            " NEXSHIFT_SQLITE=system to use the SQLite library of Python"
        ) from error
    sys.modules.update(modules)
    return modules["sqlite3"]


def _find_loaded() -> set[str]:
    """The choices whose library is in this process.  After a choice, both names lead to the same module."""
    modules = {sys.modules.get(name): choice for choice, name in reversed(_COMPILED.items())}
    return {choice for module, choice in modules.items() if module is not None}


if TYPE_CHECKING:
    import sqlite3  # pysqlite3 has no types of its own; it is this module's code with a newer library
else:
    sqlite3 = _choose()

compiled_part = sys.modules["_sqlite3"]
"""The module that is, or has loaded, the library."""
