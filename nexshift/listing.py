"""What an endpoint is: a path, a record, its columns and filters, as data.

Everything that endpoints have in common is here once: the query is assembled (its WHERE by `nexshift.scope`), read in
one transaction, paged and put into the envelope.  An endpoint adds its own file in `nexshift.listings` and nothing
else; routes, OpenAPI and the tests that sweep over all endpoints are made from what it declares.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

import msgspec
from msgspec import UNSET, Struct

from nexshift._pages import PageWriter, Scoring
from nexshift._rows import Reader, group
from nexshift.changes import ChangedAfter, changed_after, settle
from nexshift.config import PAGE_BYTES
from nexshift.cursor import Position, encode_cursor
from nexshift.envelope import Meta, Page, WindowAndCount, count_fitting, enclose_page, encode_page, make_body, make_meta
from nexshift.layout import make_layout
from nexshift.names import Lookup
from nexshift.parameters import CURSOR, FORMAT, FROM, LIMIT, TO, Filter, Parameter
from nexshift.parts import Child, Rows, Score
from nexshift.plan import Plan, make_plan, select
from nexshift.query import Query
from nexshift.reader import reader_of
from nexshift.scope import Values, write_scope, write_window
from nexshift.storage._sqlite import Statements
from nexshift.storage.connection import ReadConnection, reading
from nexshift.storage.keys import Grant


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
        return (FROM, TO, *self.filters, self.changed_after, LIMIT, CURSOR, FORMAT)

    @cached_property
    def joined(self) -> str:
        """The FROM of everything that a row shows, without its lists."""
        joins = [
            f" LEFT JOIN {lookup.table} {lookup.name} ON {lookup.name}.id = {self.columns[f'_{lookup.name}']}"
            for lookup in self.lookups
        ]
        if self.score:
            joins.append(f" {self.score.join(self.columns['_machine'], self.columns['_product'])}")
        return self.source + "".join(joins)

    @cached_property
    def changed_after(self) -> ChangedAfter:
        """A row is changed by what its lists show as well."""
        lists = [f" CROSS JOIN {child.source.replace('page.value', f'{self.row}.id')}" for child in self.children]
        return changed_after(self.joined + "".join(lists))

    @cached_property
    def body(self) -> type[Struct]:
        return make_body(self.record, self.meta)

    @cached_property
    def plan(self) -> Plan:
        given = [child.name for child in self.children] + ([self.score.name] if self.score else [])
        names = [lookup.name for lookup in self.lookups]
        return make_plan(self.record, list(self.columns), lookups=names, given=given)

    @cached_property
    def reader(self) -> Reader[Struct]:
        return reader_of(self.plan)

    @cached_property
    def writer(self) -> PageWriter:
        names = [child.name for child in self.children]
        return PageWriter(
            make_layout(self.plan, children=len(names), score=self.score.record if self.score else None),
            tuple((lookup.name, lookup.one, lookup.layout) for lookup in self.lookups),
            tuple(make_layout(child.plan) for child in self.children),
            time_column=self._at[self.time],
            id_column=self._at["id"],
            score=self._scoring(self.score, names) if self.score else None,
        )

    def _scoring(self, score: Score, children: list[str]) -> Scoring:
        return Scoring(
            score.standard,
            self._at["_machine"],
            self._at["_product"],
            children.index(score.stops),
            children.index(score.scrap),
        )

    @cached_property
    def _at(self) -> dict[str, int]:
        return {name: position for position, name in enumerate(self.columns)}

    def prepare(self, connection: ReadConnection) -> None:
        """Hold every query against the schema and the record; ValueError or sqlite3.Error when one does not fit."""
        for name in (self.time, "id"):
            if name not in self.columns:
                raise ValueError(f"{self.path} has no column {name}, by which its pages are ordered")
        _ = self.reader, self.writer
        if self.children and next(iter(self.columns)) != "_key":
            raise ValueError(f"{self.path} has children, so its first column must be _key")
        filters = (*self.filters, self.changed_after)
        conditions = [condition for filter_ in filters for condition in filter_.conditions(self.row)]
        connection.execute(
            f"SELECT {self._selected} FROM {self.source} WHERE {' AND '.join([self.fixed, *conditions])}"
            f" ORDER BY {self.row}.{self.time} DESC, {self.row}.uuid LIMIT 0",
            {"company": None} | {filter_.name: None for filter_ in filters},
        )
        parts: tuple[Child | Lookup, ...] = (*self.children, *self.lookups)
        for part in parts:
            _ = part.reader
            connection.execute(part.sql, ("[]",))
        for lookup in self.lookups:
            connection.execute(lookup.one, {"key": None})
        if self.score:
            connection.execute(self.score.standard, {"machine": None, "product": None})

    def page(self, connection: ReadConnection, grant: Grant, query: Query) -> Page:
        """One page, in one read transaction."""
        with reading(connection):
            query, token = settle(connection, query, grant.company_id)
            if connection.statements is not None:
                return self._write(connection, connection.statements, grant, query, token)
            sql, _, values = self.queries(query, grant)
            rows = connection.execute(sql, values).fetchall()
            data = self._assemble(connection, rows[: query.page_rows])
        del data[count_fitting(data, PAGE_BYTES) :]
        following = len(rows) > len(data)
        del rows[len(data) :]
        position = self._position(rows[-1]) if following else None
        return encode_page(self._enclose(grant, query, data, len(rows), position), token)

    def _write(
        self, connection: ReadConnection, statements: Statements, grant: Grant, query: Query, token: int
    ) -> Page:
        """The page without Python objects for its rows."""
        memory = connection.remembered(self.writer)
        written = self.writer.write(statements, *self.queries(query, grant), memory, query.page_rows, PAGE_BYTES)
        position = Position(*written.following) if written.following else None
        return enclose_page(self._enclose(grant, query, [], written.count, position), written, token)

    def _enclose(self, grant: Grant, query: Query, data: list[Struct], count: int, last: Position | None) -> Struct:
        cursor = UNSET if last is None else encode_cursor(last, query.bound_to)
        return self.body(grant.company, data, make_meta(self.meta, query, count, cursor))

    def queries(self, query: Query, grant: Grant) -> tuple[str, tuple[str, ...], Values]:
        """The page's SQL, for one row more than fits; that of each kind of child in its order; and what both bind."""
        scope, values = write_scope(query, grant, row=self.row)
        window, bounds = write_window(query, row=self.row, time=self.time)
        chosen = f"WHERE {scope} AND {self.fixed}{window} ORDER BY {self.row}.{self.time} DESC, {self.row}.uuid"
        page = f"(SELECT {self.row}.id AS value FROM {self._table} {self.row} {chosen} LIMIT :page)"
        return (
            f"SELECT {self._selected} FROM {self.source} {chosen} LIMIT :rows",
            tuple([child.sql_of(page) for child in self.children]),
            values | bounds | {"page": query.page_rows, "rows": query.page_rows + 1},
        )

    @cached_property
    def _selected(self) -> str:
        return select(self.columns)

    @cached_property
    def _table(self) -> str:
        return self.source.partition(" ")[0]

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
            given.append(self.score.compute(connection, rows, self._at, children))
        return self.reader.read(rows, self._look_up(connection, rows), tuple(given))

    def _look_up(self, connection: ReadConnection, rows: Rows) -> tuple[dict[int, Struct], ...]:
        columns = [(lookup, self._at[f"_{lookup.name}"]) for lookup in self.lookups]
        return tuple(lookup.find(connection, rows, at) for lookup, at in columns)

    def _position(self, row: tuple[Any, ...]) -> Position:
        return Position(row[self._at[self.time]], row[self._at["id"]])
