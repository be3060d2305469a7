"""How does a table become Parquet?  A folder with a file or more for each month, which Spark, Trino and DuckDB read.

The folders are named as Hive names partitions, `year_month=2026-03`, of the day in the company's time zone; a table
without days is one file.  Rows come as the CSV that the compiled stream writes and pyarrow reads, both without the
interpreter: the same values as everywhere, in some half of the time that they take as Python objects on the way.

To be imported only where pyarrow is installed, which `nexshift.exports.files` finds out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv, parquet

from nexshift.config import EXPORT_CHUNK_BYTES, EXPORT_CHUNK_ROWS, PARQUET_GROUP_BYTES, PARQUET_GROUP_ROWS
from nexshift.exports.extract import Extract
from nexshift.tables.column import Column, Kind
from nexshift.tables.derived import local_date
from nexshift.tables.lines import csv_style
from nexshift.tables.table import Table

_MONTH = "year_month"
_TYPES = {  # that all three read; microseconds, because Parquet knows no seconds
    Kind.TEXT: pa.string(),
    Kind.UUID: pa.string(),
    Kind.INSTANT: pa.timestamp("us", "UTC"),
    Kind.DATE: pa.date32(),
    Kind.WHOLE: pa.int64(),
    Kind.QUANTITY: pa.float64(),
    Kind.PERCENTAGE: pa.float64(),
    Kind.FLAG: pa.bool_(),
}


def write_parquet(extract: Extract, folder: Path, progress: Callable[[int], None]) -> int:
    """All rows, into files in a folder that is there; returns how many there were."""
    month = _find_month(extract.table)
    columns = (*extract.table.columns, *(() if month is None else (month,)))
    written = 0
    read = _make_reader(columns)
    with (
        _Files(folder, _make_schema(extract.table.columns)) as files,
        extract.lines(columns, csv_style(columns)) as lines,
    ):
        while chunk := lines.read(EXPORT_CHUNK_BYTES, EXPORT_CHUNK_ROWS):
            for place, rows in _by_month(read(chunk)):
                files.add(place, rows)
            progress(lines.count - written)
            written = lines.count
        if written == 0:
            files.add("", None)
    return written


class _Files:
    """One file is written at a time; rows of a month that come again later go to a further one."""

    def __init__(self, folder: Path, schema: Any) -> None:
        self._folder = folder
        self._schema = schema
        self._parts: dict[str, int] = {}
        self._place: str | None = None
        self._writer: Any = None
        self._waiting: list[Any] = []
        self._rows = 0
        self._bytes = 0

    def add(self, place: str, rows: Any) -> None:
        """Rows for a folder below ours, "" for ours itself; None only makes the file."""
        if place != self._place:
            self._finish()
            self._begin(place)
        if rows is not None:
            self._waiting.append(rows)
            self._rows += rows.num_rows
            self._bytes += rows.nbytes
            if self._rows >= PARQUET_GROUP_ROWS or self._bytes >= PARQUET_GROUP_BYTES:
                self._flush()

    def __enter__(self) -> _Files:
        return self

    def __exit__(self, *_: object) -> None:
        self._finish()

    def _begin(self, place: str) -> None:
        number = self._parts.get(place, 0)
        self._parts[place] = number + 1
        self._place = place
        folder = self._folder / place
        folder.mkdir(exist_ok=True)
        self._writer = parquet.ParquetWriter(folder / f"part-{number}.parquet", self._schema)

    def _flush(self) -> None:
        if self._waiting:
            rows = pa.concat_tables(self._waiting)
            self._writer.write_table(rows, row_group_size=PARQUET_GROUP_ROWS)
            self._waiting, self._rows, self._bytes = [], 0, 0

    def _finish(self) -> None:
        if self._writer is not None:
            try:
                self._flush()
            finally:
                self._writer.close()
                self._writer = None


def _find_month(table: Table) -> Column | None:
    """The month of a row, by its day, else by its instant; None for a table without either."""
    days = [column.sql for column in table.columns if column.kind == Kind.DATE]
    days += [local_date(column.sql) for column in table.columns if column.kind == Kind.INSTANT]
    return (
        Column(name=_MONTH, kind=Kind.TEXT, sql=f"strftime('%Y-%m', {days[0]} * 86400, 'unixepoch')") if days else None
    )


def _by_month(rows: Any) -> Iterator[tuple[str, Any]]:
    """The rows in as many pieces as months follow each other in them, with the names of their folders."""
    if rows.column_names[-1] != _MONTH:
        yield "", rows
        return
    runs = pc.run_end_encode(rows[_MONTH].combine_chunks())
    values = rows.drop_columns([_MONTH])
    begin = 0
    for end, month in zip(runs.run_ends.to_pylist(), runs.values.to_pylist(), strict=True):
        yield f"{_MONTH}={month}", values.slice(begin, end - begin)
        begin = end


def _make_schema(columns: Sequence[Column]) -> Any:
    return pa.schema([pa.field(column.name, _TYPES[column.kind], column.is_nullable) for column in columns])


def _make_reader(columns: Sequence[Column]) -> Callable[[bytes], Any]:
    """What turns lines of CSV into an Arrow table: nothing is null, an empty text is quoted."""
    schema = _make_schema(columns)
    parsing = csv.ParseOptions(newlines_in_values=True)
    converting = csv.ConvertOptions(
        column_types=schema,
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
        true_values=["true"],
        false_values=["false"],
        timestamp_parsers=[csv.ISO8601],
    )

    def read(lines: bytes) -> Any:
        reading = csv.ReadOptions(column_names=schema.names, block_size=len(lines) + 1)
        return csv.read_csv(pa.BufferReader(lines), reading, parsing, converting).cast(schema)

    return read
