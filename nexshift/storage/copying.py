"""How do the pages of one database get into another, whole, while others read and write?

Through SQLite's backup API: what is read is of one commit, and what is written is one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from nexshift.errors import Refused
from nexshift.storage.library import sqlite3

_PAGES = 1000  # copied between two looks at the keyboard: 4 MB


class StoppedError(Exception):
    """Somebody asked for an end before it was reached; nothing was changed."""


@contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """All that is read inside, in as many steps as it takes, is of one commit."""
    connection.execute("BEGIN")
    connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    try:
        yield
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def copy_pages(
    source: sqlite3.Connection,
    target: sqlite3.Connection,
    path: Path,
    *,
    when_locked: Callable[[], None] | None = None,
) -> None:
    """Every page in one transaction.  What fails, or is interrupted, leaves `target`, the file at `path`, as it was.

    `when_locked` is called when nobody else can write to `target` any more and nothing is committed yet; what it raises
    stops the copy.
    """

    def look(status: int, remaining: int, _total: int) -> None:
        if status in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:  # after the connection's own busy timeout
            raise Refused(
                f"{path} is being written by another program; it was left as it is",
                hint="wait until that has finished and run the command again",
            )
        if when_locked is not None and remaining:
            when_locked()

    (count,) = source.execute("PRAGMA page_count").fetchone()
    # The step that copies the last page also commits, so there are two steps at least.
    source.backup(target, pages=max(1, min(_PAGES, count // 2)), progress=look)
