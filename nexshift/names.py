"""The few rows that many rows point at (machines, sites, products, operators), as ready records.

Joining them in SQL costs a fifth of a page, and makes a new Struct each time.  So a listing reads their integer keys,
and each connection remembers the records it has met until another connection commits.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from msgspec import Struct

from nexshift._pages import Layout
from nexshift._rows import Reader, find_missing
from nexshift.config import MAX_CACHED_NAMES
from nexshift.layout import make_layout
from nexshift.plan import make_plan, select
from nexshift.reader import make_reader
from nexshift.storage.connection import ReadConnection


@dataclass(frozen=True, kw_only=True)
class Lookup:
    """The field `name` of a record, found by the integer key in its query's column `_name`."""

    name: str
    record: type[Struct]
    table: str
    columns: Mapping[str, str] = field(hash=False)

    @property
    def sql(self) -> str:
        # CROSS JOIN, because with statistics SQLite would rather scan a table that was small when they were made.
        return (
            f"SELECT {self.table}.id AS _key, {self._selected}"
            f" FROM json_each(?) AS page CROSS JOIN {self.table} ON {self.table}.id = page.value"
        )

    @property
    def one(self) -> str:
        """The SQL for one integer key."""
        return f"SELECT {self._selected} FROM {self.table} WHERE id = :key"

    @cached_property
    def _selected(self) -> str:
        return select({name: f"{self.table}.{source}" for name, source in self.columns.items()})

    @cached_property
    def layout(self) -> Layout:
        return make_layout(make_plan(self.record, list(self.columns)))

    @cached_property
    def reader(self) -> Reader[Struct]:
        return make_reader(self.record, ["_key", *self.columns])

    def find(self, connection: ReadConnection, rows: list[tuple[Any, ...]], column: int) -> dict[int, Struct]:
        """A dictionary that has (at least) every key in that column of `rows`, which were already scoped.

        Inside a read transaction, so that what is remembered belongs to the same commit as the rows.
        """
        known: dict[int, Struct] = connection.remembered(self)
        missing = find_missing(rows, column, known)
        if missing:
            if len(known) > MAX_CACHED_NAMES:
                known.clear()
                missing = find_missing(rows, column, known)
            found = connection.execute(self.sql, (json.dumps(list(missing)),)).fetchall()
            known.update(zip((row[0] for row in found), self.reader.read(found), strict=True))
        return known
