"""Which rows wait until the others of their entity are stored?

A row may conflict with a stored one that a later row of the call moves out of its way: the run that is still open
until its end is imported, the name that another machine gives up.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from nexshift.storage.importing.rows import Columns
from nexshift.storage.importing.seen import Line
from nexshift.storage.importing.values import Cell
from nexshift.storage.library import sqlite3


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A row as its file has it, and the file's number within the call."""

    id: int
    line: Line
    columns: Columns
    cells: list[Cell]


class HeldRows:
    """A queue in a temporary table, as there may be any number of them."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._count = 0
        self._has_table = False

    def __len__(self) -> int:
        return self._count

    def add(self, line: Line, columns: Columns, cells: list[Cell]) -> None:
        if not self._has_table:
            self._connection.execute(
                "CREATE TEMP TABLE held (id INTEGER PRIMARY KEY, file INTEGER, line INTEGER, columns TEXT, cells TEXT)"
            )
            self._has_table = True
        sql = "INSERT INTO temp.held (file, line, columns, cells) VALUES (?, ?, ?, ?)"
        self._connection.execute(sql, (*line, json.dumps(columns), json.dumps(cells)))
        self._count += 1

    def rows(self, *, backwards: bool = False) -> Iterator[HeldRow]:
        """Each of them; the one that was given last may be removed meanwhile."""
        place: int | None = None
        sql = (
            "SELECT id, file, line, columns, cells FROM temp.held WHERE ?1 IS NULL OR id < ?1 ORDER BY id DESC LIMIT 1"
            if backwards
            else "SELECT id, file, line, columns, cells FROM temp.held WHERE ?1 IS NULL OR id > ?1 ORDER BY id LIMIT 1"
        )
        while self._has_table and (row := self._connection.execute(sql, (place,)).fetchone()) is not None:
            place, file, line, columns, cells = row
            yield HeldRow(place, (file, line), tuple(json.loads(columns)), json.loads(cells))

    def remove(self, row: HeldRow) -> None:
        self._connection.execute("DELETE FROM temp.held WHERE id = ?", (row.id,))
        self._count -= 1

    def close(self) -> None:
        if self._has_table:
            self._connection.execute("DROP TABLE temp.held")
