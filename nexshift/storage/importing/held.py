"""Which rows wait until others of their entity are stored?

A row may conflict with a stored one that a later row of the call moves out of its way: the run that is still open
until its end is imported, the name that another machine gives up.  It waits for that one, and is tried again when that
one has changed, so that a chain of any length takes one look a link.  Other rows wait for all whose keys say more.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from nexshift.storage.importing.rows import Columns
from nexshift.storage.importing.seen import Line
from nexshift.storage.importing.values import Cell
from nexshift.storage.library import sqlite3

_FIELDS = "id, file, line, columns, cells"


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A row as its file has it, and the file's number within the call."""

    id: int
    line: Line
    columns: Columns
    cells: list[Cell]


class HeldRows:
    """A queue in a temporary table, as there may be any number of them."""

    def __init__(self, scratch: sqlite3.Connection) -> None:
        self._scratch = scratch
        self._has_table = False

    def add(
        self, line: Line, columns: Columns, cells: list[Cell], *, rank: tuple[int, int] = (0, 0), order: str = ""
    ) -> None:
        """Lower ranks come first, and then as `order` says."""
        if not self._has_table:
            self._scratch.execute(
                "CREATE TEMP TABLE held (id INTEGER PRIMARY KEY, unknown INTEGER, empty INTEGER, place TEXT, waits_for,"
                " file INTEGER, line INTEGER, columns TEXT, cells TEXT)"
            )
            self._scratch.execute("CREATE INDEX temp.held_next ON held (waits_for, unknown, empty, place, id)")
            self._has_table = True
        sql = "INSERT INTO temp.held (unknown, empty, place, file, line, columns, cells) VALUES (?, ?, ?, ?, ?, ?, ?)"
        self._scratch.execute(sql, (*rank, order, *line, json.dumps(columns), json.dumps(cells, default=float)))

    def next_ready(self) -> HeldRow | None:
        """The first row that waits for no other."""
        return self._fetch("WHERE waits_for IS NULL ORDER BY unknown, empty, place, id")

    def next_waiting(self) -> HeldRow | None:
        """The first of all that are left."""
        return self._fetch("ORDER BY id")

    def wait(self, row: HeldRow, identity: Any) -> None:
        """The row is not ready until the stored row of that identity has changed."""
        self._scratch.execute("UPDATE temp.held SET waits_for = ? WHERE id = ?", (identity, row.id))

    def release(self, identity: Any) -> None:
        """That stored row has changed."""
        if self._has_table:
            self._scratch.execute("UPDATE temp.held SET waits_for = NULL WHERE waits_for = ?", (identity,))

    def remove(self, row: HeldRow) -> None:
        self._scratch.execute("DELETE FROM temp.held WHERE id = ?", (row.id,))

    def close(self) -> None:
        if self._has_table:
            self._scratch.execute("DROP TABLE temp.held")

    def _fetch(self, which: str) -> HeldRow | None:
        if not self._has_table:
            return None
        row = self._scratch.execute(f"SELECT {_FIELDS} FROM temp.held {which} LIMIT 1").fetchone()
        if row is None:
            return None
        place, file, line, columns, cells = row
        return HeldRow(place, (file, line), tuple(json.loads(columns)), json.loads(cells))
