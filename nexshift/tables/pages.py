"""How are the rows of a flat table paged as JSON?  In the same envelope as a listing, by a cursor of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec
from msgspec import UNSET, Struct

from nexshift.changes import settle
from nexshift.config import MAX_CURSOR_BYTES, PAGE_BYTES
from nexshift.cursor import decode_place, encode_place
from nexshift.envelope import Page, WindowAndCount, make_body, make_meta, split_around_rows
from nexshift.errors import BadParameter
from nexshift.parameters import EXAMPLE_ID, Parameter
from nexshift.query import Query
from nexshift.records import Date, Instant, Percentage, Quantity, Uuid
from nexshift.storage.connection import ReadConnection, reading
from nexshift.storage.keys import Grant
from nexshift.tables.column import Column, Kind
from nexshift.tables.keyset import make_place_decoder, write_after
from nexshift.tables.lines import json_style, open_lines
from nexshift.tables.table import Selection, Table

_TYPES: Mapping[Kind, tuple[Any, Any]] = {
    Kind.TEXT: (str, "Auto 3"),
    Kind.UUID: (Uuid, EXAMPLE_ID),
    Kind.INSTANT: (Instant, "2026-03-26T00:21:16Z"),
    Kind.DATE: (Date, "2026-03-26"),
    Kind.WHOLE: (int, 1),
    Kind.QUANTITY: (Quantity, 9700),
    Kind.PERCENTAGE: (Percentage, 83.4),
    Kind.FLAG: (bool, True),
}
"""The type of each kind of value in JSON, and an example."""


@dataclass(frozen=True)
class TablePages:
    """A flat table as an endpoint."""

    table: Table

    @property
    def path(self) -> str:
        return self.table.path

    @property
    def resource(self) -> str:
        return self.table.resource

    @property
    def title(self) -> str:
        return self.table.title

    @property
    def description(self) -> str:
        return self.table.description

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        return self.table.parameters

    @cached_property
    def record(self) -> type[Struct]:
        name = "".join(part.capitalize() for part in self.table.name.split("_"))
        return msgspec.defstruct(name, [(column.name, _type(column)) for column in self.table.columns], frozen=True)

    @cached_property
    def body(self) -> type[Struct]:
        return make_body(self.record, WindowAndCount)

    @property
    def example(self) -> Mapping[str, Any]:
        return {column.name: _TYPES[column.kind][1] for column in self.table.columns}

    def prepare(self, connection: ReadConnection) -> None:
        """Hold the table against the schema; sqlite3.Error where it does not fit."""
        self.table.prepare(connection)

    def page(self, connection: ReadConnection, grant: Grant, query: Query) -> Page:
        """One page, in one read transaction."""
        order = self.table.order
        condition, place = ("TRUE", {}) if query.after is None else write_after(order, query.after)
        selection = Selection(
            columns=(*self.table.columns, *(each.column for each in order)),
            conditions=(condition,),
            values=place,
            limit=query.page_rows + 1,
        )
        width = len(self.table.columns)
        with reading(connection):
            query, token = settle(connection, query, grant.company_id)
            sql, values = self.table.write(query, grant, selection)
            lines = open_lines(connection, sql, values, json_style(self.table.columns))
            try:
                data = lines.read(PAGE_BYTES, query.page_rows)
                last = lines.take(range(width, width + len(order))) if lines.count else ()
                is_following = lines.is_following()
            finally:
                lines.close()
        cursor = _encode(last, query) if is_following else None
        meta = make_meta(WindowAndCount, query, lines.count, UNSET if cursor is None else cursor)
        before, after = split_around_rows(self.body(grant.company, [], meta))
        return Page(before + data + after, cursor, lines.count, token)


def _encode(last: tuple[Any, ...], query: Query) -> str:
    cursor = encode_place(last, _bound(query.bound_to))
    if len(cursor) > MAX_CURSOR_BYTES:
        raise BadParameter(
            "this page ends at a text that is too long to go on from; ask for another limit, or for format=csv"
        )
    return cursor


def decode_table_place(table: Table, text: str, bound_to: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """The place that a cursor of a flat table means."""
    return decode_place(text, _bound(bound_to), make_place_decoder(table.order))


def _bound(bound_to: tuple[Any, ...]) -> tuple[Any, ...]:
    """A listing's cursor at the same path is another."""
    return ("flat", *bound_to)


def _type(column: Column) -> Any:
    kind, _ = _TYPES[column.kind]
    return kind | None if column.is_nullable else kind
