"""What is a flat table?  Columns, an order, and the rows they are read from, as data.

Whose rows those are is written by `nexshift.scope`, as for listings: a table has no place to write a condition about
company or site.  A table of groups (OEE by day, say) is the same around a grouped SELECT, in which the scope stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from nexshift.parameters import CURSOR, FORMAT, FROM, LIMIT, TO, Filter, Parameter
from nexshift.plan import select
from nexshift.query import Query
from nexshift.scope import Values, write_scope, write_window
from nexshift.storage.connection import ReadConnection
from nexshift.storage.keys import Grant
from nexshift.tables.column import Column, Order


@dataclass(frozen=True, kw_only=True)
class Groups:
    """Rows that are grouped, and become the rows `g` of a table.

    `columns` are SQL about the source by their names in `g`; those of `shares` are SQL about all groups together, such
    as window functions, and those of `names` are SQL about `joined`, which is joined to each group.  SQLite sorts what
    `columns` are made of, once for each row: no names.
    """

    by: str
    columns: Mapping[str, str] = field(hash=False)
    shares: Mapping[str, str] = field(hash=False, default_factory=dict)
    names: Mapping[str, str] = field(hash=False, default_factory=dict)
    joined: str = ""

    def enclose(self, source: str, where: str) -> str:
        grouped = f"SELECT {select(self.columns)} FROM {source} WHERE {where} GROUP BY {self.by}"
        if self.shares:
            grouped = f"SELECT *, {select(self.shares)} FROM ({grouped}) AS g"
        if self.names:
            grouped = f"SELECT g.*, {select(self.names)} FROM ({grouped}) AS g {self.joined}"
        return f"({grouped}) AS g"


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which columns, rows and order are wanted of a table.

    `conditions` are SQL about columns, with `values` bound to their names; no `order` is the table's own.
    """

    columns: Sequence[Column]
    conditions: Sequence[str] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    order: Sequence[Order] = ()
    limit: int | None = None
    offset: int = 0


@dataclass(frozen=True, kw_only=True)
class Table:
    """A flat table.

    `row` is the alias in `source` of the table that has company_id and site_id, and the instant `time` that windows are
    about.  `order` ends with what tells any two rows apart.
    """

    name: str
    path: str
    resource: str
    title: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    order: tuple[Order, ...]
    source: str
    row: str
    time: str
    fixed: str = "TRUE"
    filters: tuple[Filter, ...] = ()
    groups: Groups | None = None

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        return (FROM, TO, *self.filters, LIMIT, CURSOR, FORMAT)

    @cached_property
    def column_of(self) -> Mapping[str, Column]:
        """The columns by their names."""
        return {column.name: column for column in self.columns}

    def is_open_to(self, grant: Grant) -> bool:
        """Whether a key may read anything of it."""
        return self.resource in grant.resources

    def bind(self, _grant: Grant | None) -> Values:
        """Values of its own that it binds for a key; for none, their names."""
        return {}

    def write(self, query: Query, grant: Grant, wanted: Selection) -> tuple[str, Values]:
        """The SELECT of the rows that are wanted, and what it binds."""
        rows, values = self._rows(query, grant, wanted)
        chosen = ", ".join(f'{column.sql} AS "{column.name}"' for column in wanted.columns)
        order = ", ".join(
            f"{each.column.sql} DESC" if each.is_descending else each.column.sql for each in wanted.order or self.order
        )
        sql = f"SELECT {chosen} {rows} ORDER BY {order}"
        if wanted.limit is not None or wanted.offset:
            sql += " LIMIT :rows OFFSET :skipped"
            values |= {"rows": -1 if wanted.limit is None else wanted.limit, "skipped": wanted.offset}
        return sql, values

    def write_count(
        self, query: Query, grant: Grant, wanted: Selection, *, most: int | None = None
    ) -> tuple[str, Values]:
        """The SELECT that counts the rows that are wanted, whatever its limit; no further than to `most`."""
        rows, values = self._rows(query, grant, wanted)
        if most is None:
            return f"SELECT count(*) {rows}", values
        return f"SELECT count(*) FROM (SELECT 1 {rows} LIMIT :most)", values | {"most": most}

    def prepare(self, connection: ReadConnection) -> None:
        """Hold the table against the schema; sqlite3.Error where it does not fit."""
        where = " AND ".join([self.fixed, *(each for one in self.filters for each in one.conditions(self.row))])
        rows = f"{self.source} WHERE {where}" if self.groups is None else self.groups.enclose(self.source, where)
        columns = ", ".join(column.sql for column in (*self.columns, *(each.column for each in self.order)))
        values = {"company": None, "zone": "UTC", **self.bind(None)} | {filter_.name: None for filter_ in self.filters}
        connection.execute(f"SELECT {columns} FROM {rows} LIMIT 0", values)

    def _rows(self, query: Query, grant: Grant, wanted: Selection) -> tuple[str, Values]:
        scope, values = write_scope(query, grant, row=self.row)
        # Where a page begins is one of the conditions, over whatever it is ordered by.
        window, bounds = write_window(replace(query, after=None), row=self.row, time=self.time)
        scoped = f"{scope} AND {self.fixed}{window}"
        conditions = "".join(f" AND {condition}" for condition in wanted.conditions)
        values |= bounds | {"zone": grant.zone.key} | self.bind(grant) | dict(wanted.values)
        if self.groups is None:
            return f"FROM {self.source} WHERE {scoped}{conditions}", values
        return f"FROM {self.groups.enclose(self.source, scoped)} WHERE TRUE{conditions}", values
