"""Which names did a version before this one store in another spelling?

They are looked for where a name is not found, once a table and call, and get the spelling that is compared now.  Of two
that would become the same, the first gets it; the other stays, and nothing means it any more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from nexshift.spelling import normalise
from nexshift.storage.library import sqlite3

MAYBE_OTHERWISE = "GLOB '*[^ -~]*'"
"""As SQL, what is true of any text that has another spelling: it has more than plain letters."""


@dataclass(slots=True)
class OlderSpellings:
    """The names of one company."""

    connection: sqlite3.Connection
    company_id: int
    _looked_at: set[tuple[str, str]] = field(default_factory=set)

    def renew(self, table: str, column: str) -> bool:
        """Give the names in a column their spelling; whether any got another."""
        if (table, column) in self._looked_at:
            return False
        self._looked_at.add((table, column))
        sql = f"SELECT id, {column} FROM {table} WHERE company_id = ? AND {column} {MAYBE_OTHERWISE} ORDER BY id"
        found = self.connection.execute(sql, (self.company_id,)).fetchall()
        return self._write(table, "id", column, found)

    def renew_some(self, table: str, identity: str, column: str, where: str, values: tuple[Any, ...]) -> bool:
        """The same for the rows that are as `where` says."""
        sql = f"SELECT {identity}, {column} FROM {table} WHERE {where} AND {column} {MAYBE_OTHERWISE}"
        return self._write(table, identity, column, self.connection.execute(sql, values).fetchall())

    def _write(self, table: str, identity: str, column: str, found: list[tuple[Any, str]]) -> bool:
        renewed = [(spelling, row) for row, text in found if (spelling := normalise(text).strip()) != text and spelling]
        sql = f"UPDATE OR IGNORE {table} SET {column} = ? WHERE {identity} = ?"
        return sum(self.connection.execute(sql, values).rowcount for values in renewed) > 0
