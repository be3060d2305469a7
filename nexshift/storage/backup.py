"""How is a copy of the database taken while the service runs?

Through SQLite's backup API, so that it is of one commit.  It is checked before it gets its name, and its SHA-256 stands
beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from nexshift.storage.copying import StoppedError, copy_pages, snapshot
from nexshift.storage.file_errors import primary_code, reported
from nexshift.storage.integrity import refuse_problems
from nexshift.storage.library import sqlite3
from nexshift.storage.placement import placed_with_checksum
from nexshift.storage.reserved import refuse_reserved_name
from nexshift.storage.schema_comparison import compare_schema
from nexshift.storage.untouched import checking

_STEPS = 1_000_000  # of SQLite's machine, between two questions whether to stop: some 20 ms


MAX_NUMBER = 2**31 - 1
_NUMBER = slice(60, 64)  # of the header: SQLite's "user version", which it does not use itself


def backup(
    path: Path,
    target: Path,
    *,
    number: int = 0,
    is_open_here: bool = False,
    is_stopped: Callable[[], bool] = lambda: False,
) -> list[str]:
    """A checked copy of the database's last commit, as one plain file at `target`, and its checksum beside it.

    `number`, up to MAX_NUMBER, is what `read_number` finds in the copy; the records are the same with any.
    `is_open_here` says that this process may have the database open.  Raises Refused when something stands at either
    place, and when the database is damaged: a copy that could not be put back is none.  Where it is told to stop,
    nothing is left and StoppedError raised.  Returns what is in the copy and is not ours, in words.
    """
    refuse_reserved_name(target)

    def refuse_to_go_on() -> None:
        if is_stopped():
            raise StoppedError

    with (
        reported(path, target),
        checking(path, is_open_here=is_open_here) as source,
        placed_with_checksum(target) as partial,
        closing(sqlite3.connect(partial, isolation_level=None)) as copy,
    ):
        with snapshot(source):  # which keeps the write-ahead log from being emptied, so not for longer than needed
            copy_pages(source, copy, target, when_locked=refuse_to_go_on)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, that can be read from read-only media as well
        copy.execute(f"PRAGMA user_version = {number}")
        copy.set_progress_handler(is_stopped, _STEPS)
        try:
            refuse_problems(copy, f"{path} was not backed up, because it is damaged")
        except sqlite3.OperationalError as error:
            if primary_code(error) == sqlite3.SQLITE_INTERRUPT:
                raise StoppedError from error
            raise
        refuse_to_go_on()
        return [f"the {each}" for each in compare_schema(copy).strangers]


def read_number(copy: Path) -> int:
    """The number that such a copy was given; 0 where that cannot be read.  To be called while nothing has it open."""
    try:
        with copy.open("rb") as file:
            return int.from_bytes(file.read(_NUMBER.stop)[_NUMBER], "big")
    except OSError:
        return 0
