"""How do the rows of a table become text?  As lines of CSV, JSON objects or rows of an Excel sheet, a chunk at a time.

Where rows are stepped in C the text is written there too; elsewhere in Python, the same bytes several times as slowly.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from functools import cache, lru_cache
from typing import Any, Protocol

import msgspec

from nexshift._lines import LineFormat, LineStream
from nexshift.scope import Values
from nexshift.storage.connection import ReadConnection
from nexshift.storage.library import sqlite3
from nexshift.tables.cells import write_csv, write_json, write_sheet
from nexshift.tables.column import Column, Kind

_MARK = b"\xef\xbb\xbf"  # the byte-order mark, without which Excel takes UTF-8 for the system's own code page
_FIRST_ROW = 2  # of a sheet, below the header

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


class Form(IntEnum):
    """What rows become; the numbers are known to the compiled writer."""

    CSV = 0
    JSON = 1
    SHEET = 2  # a NULL is no cell; others say where they stand


_WRITERS = {Form.CSV: write_csv, Form.JSON: write_json, Form.SHEET: write_sheet}


class Style:
    """How rows of certain columns are written."""

    def __init__(self, cells: Sequence[Cell], end: bytes, form: Form) -> None:
        self.cells = tuple(cells)
        self.end = end
        self.form = form
        self.compiled = LineFormat(self.cells, end, form)


@cache
def csv_style(columns: tuple[Column, ...]) -> Style:
    """RFC 4180: commas between cells, CR LF behind rows."""
    cells = [(b"," if number else b"", column.kind) for number, column in enumerate(columns)]
    return Style(cells, b"\r\n", Form.CSV)


@lru_cache(maxsize=256)  # clients choose columns as they like
def json_style(columns: tuple[Column, ...]) -> Style:
    """Objects with the columns' names, commas between them."""
    cells = [
        ((b"," if number else b"{") + msgspec.json.encode(column.name) + b":", column.kind)
        for number, column in enumerate(columns)
    ]
    return Style(cells, b"}", Form.JSON)


@cache
def sheet_style(columns: tuple[Column, ...]) -> Style:
    """`<row>` elements with cells in columns A, B and so on; the first row is the second of the sheet."""
    cells = [(f'<c r="{column_letters(number)}'.encode(), column.kind) for number, column in enumerate(columns)]
    return Style(cells, b"</row>", Form.SHEET)


def column_letters(number: int) -> str:
    """How Excel calls a column, counted from 0: A to Z, AA to ZZ."""
    return (chr(64 + number // 26) if number >= 26 else "") + chr(65 + number % 26)


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
        form, write = self._style.form, _WRITERS[self._style.form]
        cells = zip(self._style.cells, row, strict=False)  # others are not to be written
        if form == Form.SHEET:
            number = b"%d" % (self.count + _FIRST_ROW)
            kept = [before + number + write(kind, value) for (before, kind), value in cells if value is not None]
            return b'<row r="' + number + b'">' + b"".join(kept) + self._style.end
        null = b"null" if form == Form.JSON else b""
        written = [before + (null if value is None else write(kind, value)) for (before, kind), value in cells]
        return (b"," if form == Form.JSON and self.count else b"") + b"".join(written) + self._style.end
