"""What an endpoint is: a path, a record, its columns and filters, as data.

Everything that endpoints have in common is here once: the query is assembled (its WHERE by `nexshift.scope`), read in
one transaction, paged and put into the envelope.  An endpoint adds its own file in `nexshift.listings` and nothing
else; routes, OpenAPI and the tests that sweep over all endpoints are made from what it declares.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import msgspec
from msgspec import UNSET, Struct

from nexshift._rows import Reader, group
from nexshift.cursor import Position, encode_cursor
from nexshift.envelope import Meta, Page, WindowAndCount, encode_page, make_body, make_meta
from nexshift.names import Lookup
from nexshift.parameters import CURSOR, FROM, LIMIT, TO, Filter, Parameter
from nexshift.query import Query
from nexshift.reader import make_reader
from nexshift.scope import Values, write_scope, write_window
from nexshift.storage.connection import ReadConnection, reading
from nexshift.storage.keys import Grant

Rows = list[tuple[Any, ...]]


class Endpoint(Protocol):
    """What the web layer needs of a listing."""

    @property
    def path(self) -> str: ...
    @property
    def resource(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def record(self) -> type[Struct]: ...
    @property
    def body(self) -> type[Struct]: ...
    @property
    def parameters(self) -> tuple[Parameter, ...]: ...
    @property
    def example(self) -> Mapping[str, Any]: ...

    def prepare(self, connection: ReadConnection) -> None:
        """Hold every query against the schema and the record; raises when one does not fit."""

    def page(self, connection: ReadConnection, grant: Grant, query: Query) -> Page:
        """The rows that `query` asks for and `grant` may see, in their envelope."""


@dataclass(frozen=True, kw_only=True)
class Child:
    """Rows that belong to a row of a page, and fill the list `name` of its record.

    The first column is the parent's integer key.  `source` joins the child to `page.value`; rows come in the order of
    the index that this join uses.
    """

    name: str
    record: type[Struct]
    columns: Mapping[str, str] = field(hash=False)
    source: str

    @property
    def sql(self) -> str:
        # CROSS JOIN keeps the page's order: SQLite never swaps its sides.
        return f"SELECT {select(self.columns)} FROM json_each(?) AS page CROSS JOIN {self.source}"

    @cached_property
    def reader(self) -> Reader[Struct]:
        return make_reader(self.record, list(self.columns))


@dataclass(frozen=True, kw_only=True)
class Score:
    """A field that is computed from the page's rows and their children's rows, which are handed on as they are."""

    name: str
    compute: Callable[[Rows, Mapping[str, Rows]], Sequence[Struct]]


@dataclass(frozen=True, kw_only=True)
class Listing:
    """An endpoint that lists the rows of one table, newest first, as `record`s.

    `columns` are the record's fields (`machine.name` for a nested one) and where each comes from; names that begin
    with `_` do not appear.  With children, the first is the row's integer key.  `row` is the listed table's alias in
    `source`: it has company_id, site_id, uuid and the instant `time`, which is a field as well.  `fixed` is a
    condition on the rows that the endpoint is about; whom they belong to is never written here.
    """

    path: str
    resource: str
    title: str
    description: str
    record: type[Struct]
    meta: type[Meta] = WindowAndCount
    columns: Mapping[str, str] = field(hash=False)
    source: str
    row: str
    time: str
    fixed: str = "TRUE"
    filters: tuple[Filter, ...]
    lookups: tuple[Lookup, ...] = ()
    children: tuple[Child, ...] = ()
    score: Score | None = None
    example: Mapping[str, Any] = field(hash=False)

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        return (FROM, TO, *self.filters, LIMIT, CURSOR)

    @cached_property
    def body(self) -> type[Struct]:
        return make_body(self.record, self.meta)

    @cached_property
    def reader(self) -> Reader[Struct]:
        given = [child.name for child in self.children] + ([self.score.name] if self.score else [])
        names = [lookup.name for lookup in self.lookups]
        return make_reader(self.record, list(self.columns), lookups=names, given=given)

    @cached_property
    def _at(self) -> dict[str, int]:
        return {name: position for position, name in enumerate(self.columns)}

    def prepare(self, connection: ReadConnection) -> None:
        """Hold every query against the schema and the record; ValueError or sqlite3.Error when one does not fit."""
        _ = self.reader
        for name in (self.time, "id"):
            if name not in self.columns:
                raise ValueError(f"{self.path} has no column {name}, by which its pages are ordered")
        if self.children and next(iter(self.columns)) != "_key":
            raise ValueError(f"{self.path} has children, so its first column must be _key")
        conditions = [condition for filter_ in self.filters for condition in filter_.conditions(self.row)]
        connection.execute(
            f"SELECT {select(self.columns)} FROM {self.source} WHERE {' AND '.join([self.fixed, *conditions])}"
            f" ORDER BY {self.row}.{self.time} DESC, {self.row}.uuid LIMIT 0",
            {"company": None} | {filter_.name: None for filter_ in self.filters},
        )
        parts: tuple[Child | Lookup, ...] = (*self.children, *self.lookups)
        for part in parts:
            _ = part.reader
            connection.execute(part.sql, ("[]",))

    def page(self, connection: ReadConnection, grant: Grant, query: Query) -> Page:
        """One page, in one read transaction."""
        return encode_page(self._read(connection, grant, query))

    def _read(self, connection: ReadConnection, grant: Grant, query: Query) -> Struct:
        with reading(connection):
            rows = connection.execute(*self.write(query, grant)).fetchall()
            following = len(rows) > query.limit
            del rows[query.limit :]
            data = self._assemble(connection, rows)
        cursor = encode_cursor(self._position(rows[-1]), query.bound_to) if following else UNSET
        return self.body(grant.company, data, make_meta(self.meta, query, len(rows), cursor))

    def write(self, query: Query, grant: Grant) -> tuple[str, Values]:
        """The page's SQL, for one row more than fits, and the values it binds."""
        scope, values = write_scope(query, grant, row=self.row)
        window, bounds = write_window(query, row=self.row, time=self.time)
        sql = (
            f"SELECT {select(self.columns)} FROM {self.source} WHERE {scope} AND {self.fixed}{window}"
            f" ORDER BY {self.row}.{self.time} DESC, {self.row}.uuid LIMIT :rows"
        )
        return sql, values | bounds | {"rows": query.limit + 1}

    def _assemble(self, connection: ReadConnection, rows: Rows) -> list[Struct]:
        given: list[list[Any]] = []
        children: dict[str, Rows] = {}
        if self.children:
            keys = [row[0] for row in rows]
            page = msgspec.json.encode(keys).decode()  # five times as fast as `json.dumps`
            for child in self.children:
                found = connection.execute(child.sql, (page,)).fetchall()
                children[child.name] = found
                given.append(group(keys, found, child.reader.read(found)))
        if self.score:
            given.append(list(self.score.compute(rows, children)))
        return self.reader.read(rows, self._look_up(connection, rows), tuple(given))

    def _look_up(self, connection: ReadConnection, rows: Rows) -> tuple[dict[int, Struct], ...]:
        columns = [(lookup, self._at[f"_{lookup.name}"]) for lookup in self.lookups]
        return tuple(lookup.find(connection, rows, at) for lookup, at in columns)

    def _position(self, row: tuple[Any, ...]) -> Position:
        return Position(row[self._at[self.time]], row[self._at["id"]])


def select(columns: Mapping[str, str]) -> str:
    """The list of a SELECT whose aliases spell the response."""
    return ", ".join(f'{source} AS "{name}"' for name, source in columns.items())
