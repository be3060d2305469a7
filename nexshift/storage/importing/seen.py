"""Which stored rows has this call touched already, and by which line?

Each may be touched once.  The first lines are remembered in memory, all others in a temporary table, so that the
number of rows has no bound.
"""

from __future__ import annotations

from typing import Any

from nexshift.config import IMPORT_SEEN_ROWS
from nexshift.storage.library import sqlite3

Line = tuple[int, int]
"""The number of a file within the call, and a line of it."""


class SeenRows:
    """The rows of one entity that were added, updated or found unchanged."""

    def __init__(self, scratch: sqlite3.Connection) -> None:
        self._scratch = scratch
        self._recent: dict[Any, Line] = {}
        self._has_table = False

    def add(self, identity: Any, line: Line) -> None:
        self._recent[identity] = line
        if len(self._recent) >= IMPORT_SEEN_ROWS:
            self._move_to_table()

    def find(self, identity: Any) -> Line | None:
        """The line that touched this row."""
        line = self._recent.get(identity)
        if line is None and self._has_table:
            sql = "SELECT file, line FROM temp.seen WHERE identity = ?"
            line = self._scratch.execute(sql, (identity,)).fetchone()
        return line

    def close(self) -> None:
        if self._has_table:
            self._scratch.execute("DROP TABLE temp.seen")

    def _move_to_table(self) -> None:
        if not self._has_table:
            self._scratch.execute(
                "CREATE TEMP TABLE seen (identity PRIMARY KEY, file INTEGER, line INTEGER) WITHOUT ROWID"
            )
            self._has_table = True
        rows = sorted((identity, *line) for identity, line in self._recent.items())
        self._scratch.executemany("INSERT INTO temp.seen VALUES (?, ?, ?)", rows)
        self._recent.clear()
