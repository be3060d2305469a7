"""How do the rows of a table become text?  As lines of CSV or as JSON objects, a chunk at a time.

Where rows are stepped in C the text is written there too; elsewhere in Python, the same bytes several times as slowly.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any, Protocol

import msgspec

from nexshift._lines import LineFormat, LineStream
from nexshift.instants import format_instant
from nexshift.scope import Values
from nexshift.storage.connection import ReadConnection
from nexshift.tables.column import Column, Kind

_MARK = b"\xef\xbb\xbf"  # the byte-order mark, without which Excel takes UTF-8 for the system's own code page
_LARGEST_WHOLE = 2**53
_FIRST = date(1970, 1, 1)

Cell = tuple[bytes, Kind]
"""What stands before a value, and how it is written."""


class Lines(Protocol):
    """The rows of one SELECT, inside the caller's read transaction."""

    @property
    def count(self) -> int:
        """Rows that were written so far."""

    def read(self, size: int, rows: int) -> bytes:
        """The next rows: as many as make `size` bytes, at most `rows`; empty when there are none left."""

    def is_following(self) -> bool:
        """Whether there is another row; looks for it."""

    def take(self, columns: Sequence[int]) -> tuple[Any, ...]:
        """The values of some columns of the row that was written last, before any other is looked for."""

    def close(self) -> None:
        """No more rows are read."""


class Style:
    """How rows of certain columns are written."""

    def __init__(self, cells: Sequence[Cell], end: bytes, *, is_json: bool) -> None:
        self.cells = tuple(cells)
        self.end = end
        self.is_json = is_json
        self.compiled = LineFormat(self.cells, end, is_json=is_json)


@cache
def csv_style(columns: tuple[Column, ...]) -> Style:
    """RFC 4180: commas between cells, CR LF behind rows."""
    return Style(
        [(b"," if number else b"", column.kind) for number, column in enumerate(columns)], b"\r\n", is_json=False
    )


@cache
def json_style(columns: tuple[Column, ...]) -> Style:
    """Objects with the columns' names, commas between them."""
    cells = [
        ((b"," if number else b"{") + msgspec.json.encode(column.name) + b":", column.kind)
        for number, column in enumerate(columns)
    ]
    return Style(cells, b"}", is_json=True)


def write_header(columns: Sequence[Column]) -> bytes:
    """The first line of CSV, behind the mark that says it is UTF-8."""
    return _MARK + ",".join(column.name for column in columns).encode() + b"\r\n"


def open_lines(connection: ReadConnection, sql: str, values: Values, style: Style) -> Lines:
    """The rows of a SELECT whose first columns are those of the style."""
    if connection.statements is not None:
        return LineStream(connection.statements, sql, values, style.compiled)
    return _PlainLines(connection.execute(sql, values), style)


class _PlainLines:
    """The same in Python, of rows that come through `sqlite3`."""

    def __init__(self, rows: sqlite3.Cursor, style: Style) -> None:
        self._rows = rows
        self._style = style
        self._next: tuple[Any, ...] | None = None
        self._last: tuple[Any, ...] = ()
        self.count = 0

    def read(self, size: int, rows: int) -> bytes:
        written: list[bytes] = []
        while rows > 0 and size > 0 and self.is_following():
            assert self._next is not None
            self._last, self._next = self._next, None
            row = self._write(self._last)
            written.append(row)
            rows -= 1
            size -= len(row)
            self.count += 1
        return b"".join(written)

    def is_following(self) -> bool:
        if self._next is None:
            self._next = self._rows.fetchone()
        return self._next is not None

    def take(self, columns: Sequence[int]) -> tuple[Any, ...]:
        return tuple(self._last[column] for column in columns)

    def close(self) -> None:
        self._rows.close()

    def _write(self, row: tuple[Any, ...]) -> bytes:
        is_json = self._style.is_json
        cells = [
            before + _write_cell(kind, value, is_json)
            for (before, kind), value in zip(self._style.cells, row, strict=False)  # others are not to be written
        ]
        return (b"," if is_json and self.count else b"") + b"".join(cells) + self._style.end


def _write_cell(kind: Kind, value: Any, is_json: bool) -> bytes:
    if value is None:
        return b"null" if is_json else b""
    match kind:
        case Kind.TEXT | Kind.UUID:
            return msgspec.json.encode(value) if is_json else _quote(value)
        case Kind.INSTANT:
            return _enclose(format_instant(value), is_json)
        case Kind.DATE:
            return _enclose((_FIRST + timedelta(days=value)).isoformat(), is_json)
        case Kind.FLAG:
            return b"true" if value else b"false"
        case Kind.PERCENTAGE if 0 <= value <= _LARGEST_WHOLE / 10:
            tenths = math.floor(value * 10 + 0.5)
            return b"%d.%d" % divmod(tenths, 10)
        case _:
            return _write_number(value)


def _write_number(value: float) -> bytes:
    if value == math.floor(value) and abs(value) <= _LARGEST_WHOLE:
        return b"%d" % value
    return msgspec.json.encode(value)


def _enclose(text: str, is_json: bool) -> bytes:
    return f'"{text}"'.encode() if is_json else text.encode()


def _quote(text: str) -> bytes:
    if text and not any(character in text for character in '",\r\n'):
        return text.encode()
    return f'"{text.replace(chr(34), chr(34) * 2)}"'.encode()
