"""Whose turn is it to write to a database?

SQLite's own locks say so, in every version that keeps them well.  An older library can lose committed rows when one
connection commits while another copies the write-ahead log (https://www.sqlite.org/wal.html#walresetbug).  So a process
with such a library takes the only turn, and one with a sound library a turn beside others of its kind.

A turn is a lock on the database's folder.  That needs no file, leaves nothing behind, can be had where nothing can be
created, and ends with the process, however that ends.  The database itself is not locked: whoever closes it a second
time drops SQLite's locks.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from threading import get_ident
from weakref import WeakValueDictionary

from nexshift.config import WRITE_BUSY_TIMEOUT_MS
from nexshift.errors import Refused
from nexshift.storage.library import sqlite3

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_LOOK_EVERY_S = 0.02


class Turn:
    """Ends when nobody refers to it any more."""

    def __init__(self, folder: int) -> None:
        self._folder = folder

    def __del__(self) -> None:
        os.close(self._folder)


_only: WeakValueDictionary[tuple[int, int, int], Turn] = WeakValueDictionary()
"""This process's only turns, by the device and number of the folder and the thread, which may have several at once."""


def is_sound(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> bool:
    """Whether a library of this version keeps all rows, whoever writes meanwhile; two older lines were mended too."""
    return version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)


def describe_fault() -> str | None:
    """What is to be said of this process's library; None of a sound one."""
    if is_sound():
        return None
    return (
        f"SQLite {sqlite3.sqlite_version} can lose records when two programs write to the database at the same moment;"
        " Nexshift's own commands take turns, but no other program must write to it: install the package pysqlite3 or"
        " use Nexshift's single file, which both bring SQLite 3.51.3 or newer"
    )


def take_turn(path: Path) -> Turn | None:
    """A turn to write to the database at `path`; None where none can be had and a sound library needs none.

    Waits as long as for SQLite's own lock, and then raises what `sqlite3` raises.  Raises Refused where a folder cannot
    be locked.
    """
    folder = Path(os.path.realpath(path)).parent
    try:
        if fcntl is None:
            raise OSError("there are no such locks here")
        opened = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        return None  # SQLite will say so
    except OSError as error:
        _refuse_unless_sound(folder, error)
        return None
    turn = Turn(opened)
    try:
        if is_sound():
            _wait(opened, fcntl.LOCK_SH)
            return turn
        status = os.fstat(opened)
        place = (status.st_dev, status.st_ino, get_ident())
        already = _only.get(place)
        if already is not None:
            return already
        _wait(opened, fcntl.LOCK_EX)
    except OSError as error:
        _refuse_unless_sound(folder, error)
        return None
    _only[place] = turn
    return turn


def _refuse_unless_sound(folder: Path, error: OSError) -> None:
    if not is_sound():
        raise Refused(
            f"{folder} cannot be locked ({error.strerror or error}), and SQLite {sqlite3.sqlite_version} can lose"
            " records when two programs write at the same moment",
            hint="install the package pysqlite3, or use Nexshift's single file, which both bring a newer SQLite",
        ) from error


def _wait(folder: int, kind: int) -> None:
    latest = time.monotonic() + WRITE_BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            fcntl.flock(folder, kind | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= latest:
                raise _locked() from error
            time.sleep(_LOOK_EVERY_S)
        else:
            return


def _locked() -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY
    return error
