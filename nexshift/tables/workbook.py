"""How does a table become an Excel workbook?  One sheet of it, written row by row into a file, in constant memory.

The rows are counted first, in the same read transaction, because a sheet holds only so many, and says at its beginning
how many it has.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import BinaryIO

from nexshift.config import MAX_SHEET_ROWS, MAX_TABLE_ROWS, SHEET_CHUNK_BYTES
from nexshift.errors import TooManyRows
from nexshift.query import Query
from nexshift.storage.connection import ReadConnection
from nexshift.storage.keys import Grant
from nexshift.tables.archive import Archive
from nexshift.tables.lines import Lines, open_lines, sheet_style
from nexshift.tables.sheet import SHEET, Sheet
from nexshift.tables.table import Selection, Table


class Unwanted(Exception):
    """Nobody waits for the workbook any more; what was written of it is none."""


def write_workbook(
    connection: ReadConnection,
    out: BinaryIO,
    *,
    table: Table,
    query: Query,
    grant: Grant,
    wanted: Selection,
    is_wanted: Callable[[], bool] = lambda: True,
    progress: Callable[[int], None] = lambda _: None,
    most_rows: int = MAX_SHEET_ROWS,
    most_table_rows: int = MAX_TABLE_ROWS,
) -> int:
    """Write the rows that are wanted, as they are in the caller's read transaction; returns how many there are.

    `out` must be able to seek.  `is_wanted` is asked again and again, and Unwanted raised once it says no; `progress`
    is told of rows that were written.  Raises TooManyRows before anything is.
    """
    most = most_rows + 1 if wanted.limit is None else min(wanted.limit, most_rows + 1)
    sql, values = table.write_count(query, grant, wanted, most=wanted.offset + most)
    found: int = connection.execute(sql, values).fetchone()[0]
    rows = max(found - wanted.offset, 0)
    if rows > most_rows:
        raise TooManyRows(most_rows)
    sheet = Sheet(
        name=table.name,
        title=table.title,
        company=grant.company,
        made_at=datetime.now(UTC),
        columns=wanted.columns,
        rows=rows,
        is_table=rows <= most_table_rows,
    )
    archive = Archive(out, sheet.made_at)
    for name, content in sheet.parts():
        archive.add(name, content)
    sql, values = table.write(query, grant, wanted)
    lines = open_lines(connection, sql, values, sheet_style(tuple(wanted.columns)))
    try:
        with archive.entry(SHEET) as write:
            write(sheet.before_rows().encode())
            _write_rows(lines, write, is_wanted, progress)
            write(sheet.after_rows().encode())
    finally:
        lines.close()
    if lines.count != rows:
        raise ValueError(f"{rows} rows were counted and {lines.count} written: both want one read transaction")
    archive.close()
    return rows


def _write_rows(
    lines: Lines, write: Callable[[bytes], None], is_wanted: Callable[[], bool], progress: Callable[[int], None]
) -> None:
    while is_wanted():
        written = lines.count
        piece = lines.read(SHEET_CHUNK_BYTES, MAX_SHEET_ROWS)
        if not piece:
            return
        write(piece)
        progress(lines.count - written)
    raise Unwanted
