"""What does the database answer?  A page of rows, one row, or how many there are, as the bytes of a body.

Each is read in one transaction, so a page's count is that of its rows.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple
from urllib.parse import quote

import msgspec

from nexshift.changes import settle
from nexshift.config import PAGE_BYTES
from nexshift.errors import NotFound
from nexshift.odata.address import read_key
from nexshift.odata.json_form import JsonForm, Level
from nexshift.odata.options import Options, write_next
from nexshift.odata.place import encode_place
from nexshift.odata.rows import make_row_form
from nexshift.query import Query
from nexshift.storage.connection import ReadConnection, reading
from nexshift.storage.keys import Grant
from nexshift.tables.column import Column
from nexshift.tables.keyset import write_after
from nexshift.tables.lines import open_lines
from nexshift.tables.table import Selection, Table

_OF_KEYS = "'(),=:@!*~$"
_encode = msgspec.json.Encoder().encode
_decode_text = msgspec.json.Decoder(str).decode


class Answer(NamedTuple):
    """A body, how many rows are in it, and the token of what has been committed."""

    body: bytes
    rows: int
    token: int


class Wanted(NamedTuple):
    """Which rows are asked for, and by whom."""

    table: Table
    grant: Grant
    options: Options


class Frame(NamedTuple):
    """What stands around rows: the service's root, as the client sees it, and the form that the client wants.

    `page` is how many rows are sent at the most.
    """

    root: str
    form: JsonForm
    page: int

    def context(self, fragment: str) -> bytes:
        if self.form.level is Level.NONE:
            return b""
        return b'"@odata.context":' + _encode(f"{self.root}$metadata#{fragment}")


def read_rows(connection: ReadConnection, wanted: Wanted, frame: Frame) -> Answer:
    """One page, with a link to the next one when there are more rows."""
    table, grant, options = wanted
    order = options.order
    written = make_row_form(table, options.columns, frame.form)
    selected = [*written.columns, *(each.column for each in order if each.column not in written.columns)]
    conditions, values = list(options.filter.conditions), dict(options.filter.values)
    if options.after is not None:
        condition, bounds = write_after(order, options.after)
        conditions.append(condition)
        values |= bounds
    most = page_rows(wanted, frame)
    selection = Selection(
        columns=selected, conditions=conditions, values=values, order=order, limit=most + 1, offset=options.skip
    )
    count = None
    with reading(connection):
        query, token = settle(connection, options.query, grant.company_id)
        if options.is_counted:
            count = _count(connection, wanted, query)
        lines = open_lines(connection, *table.write(query, grant, selection), written.style)
        try:
            text = lines.read(PAGE_BYTES, most)
            rows = lines.count
            place = lines.take([selected.index(each.column) for each in order]) if rows else ()
            is_following = rows != options.top and lines.is_following()
        finally:
            lines.close()
    fragment = f"{table.name}({_names(options.columns)})" if options.is_selected else table.name
    parts = [b"{"]
    if context := frame.context(fragment):
        parts += [context, b","]
    if count is not None:
        parts.append((b'"@odata.count":"%d",' if frame.form.has_text_numbers else b'"@odata.count":%d,') % count)
    parts += [b'"value":[', text, b"]"]
    if is_following:
        left = None if options.top is None else options.top - rows
        following = write_next(options, encode_place(place, options.bound_to), left)
        parts += [b',"@odata.nextLink":', _encode(f"{frame.root}{table.name}?{following}")]
    return Answer(b"".join([*parts, b"}"]), rows, token)


def page_rows(wanted: Wanted, frame: Frame) -> int:
    """Rows of a page at the most."""
    top = wanted.options.top
    return frame.page if top is None else min(frame.page, top)


def read_row(connection: ReadConnection, wanted: Wanted, key: str, frame: Frame) -> Answer:
    """The row of that key; NotFound where there is none that the grant may see."""
    table, grant, options = wanted
    sought = read_key(table, key)
    written = make_row_form(table, options.columns, frame.form)
    selection = Selection(
        columns=written.columns,
        conditions=[f"{table.column_of[name].sql} = :key{number}" for number, name in enumerate(sought)],
        values={f"key{number}": value for number, value in enumerate(sought.values())},
        limit=1,
    )
    with reading(connection):
        query, token = settle(connection, options.query, grant.company_id)
        lines = open_lines(connection, *table.write(query, grant, selection), written.style)
        try:
            text = lines.read(PAGE_BYTES, 1)
        finally:
            lines.close()
    if not text:
        raise NotFound(f"There is no such row in {table.name}")
    selected = f"({_names(options.columns)})" if options.is_selected else ""
    context = frame.context(f"{table.name}{selected}/$entity")
    return Answer(b"{" + context + b"," + text[1:] if context else text, 1, token)


def read_property(connection: ReadConnection, wanted: Wanted, key: str, column: Column, frame: Frame) -> Answer:
    """One value of a row, with its context; no row where it is missing."""
    value, token = _read_value(connection, wanted, key, column, frame.form)
    if value == b"null":
        return Answer(b"", 0, token)
    context = frame.context(f"{wanted.table.name}({quote(key, safe=_OF_KEYS)})/{column.name}")
    return Answer(b"{" + (context + b"," if context else b"") + b'"value":' + value + b"}", 1, token)


def read_value(connection: ReadConnection, wanted: Wanted, key: str, column: Column) -> Answer:
    """One value of a row as plain text; no row where it is missing."""
    value, token = _read_value(connection, wanted, key, column, JsonForm(Level.NONE))
    if value == b"null":
        return Answer(b"", 0, token)
    return Answer(_decode_text(value).encode() if value.startswith(b'"') else value, 1, token)


def _read_value(
    connection: ReadConnection, wanted: Wanted, key: str, column: Column, form: JsonForm
) -> tuple[bytes, int]:
    """As JSON."""
    alone = Wanted(wanted.table, wanted.grant, replace(wanted.options, columns=(column,)))
    body, _, token = read_row(connection, alone, key, Frame("", JsonForm(Level.NONE, form.has_text_numbers), 1))
    return body[len(b'{"":') + len(column.name) : -1], token


def read_count(connection: ReadConnection, wanted: Wanted) -> Answer:
    """How many rows there are, as plain digits."""
    with reading(connection):
        query, token = settle(connection, wanted.options.query, wanted.grant.company_id)
        return Answer(b"%d" % _count(connection, wanted, query), 1, token)


def _count(connection: ReadConnection, wanted: Wanted, query: Query) -> int:
    """Whatever the page is."""
    table, grant, options = wanted
    selection = Selection(columns=(), conditions=options.filter.conditions, values=options.filter.values)
    (count,) = connection.execute(*table.write_count(query, grant, selection)).fetchone()
    return int(count)


def _names(columns: tuple[Column, ...]) -> str:
    return ",".join(column.name for column in columns)
