"""How long does a workbook of runs take to write, over XlsxWriter's and openpyxl's ways that need little memory?

All three run the same SELECT and write the same values as the same kinds, each in the way that is quickest for it:
rows of tuples, date-times as numbers with a format.  `python -m benchmarks.workbook` prints the ratios.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial
from math import isclose
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import openpyxl
import xlsxwriter
from openpyxl.cell import WriteOnlyCell

from benchmarks import cache
from benchmarks.comparison import Comparison, compare, table
from benchmarks.page import GRANT
from benchmarks.plant import RUNS as PLANT_RUNS
from benchmarks.rounds import take_turns
from nexshift.query import parse_query
from nexshift.storage.connection import ReadConnection, open_reader, reading
from nexshift.storage.library import sqlite3
from nexshift.tables import TABLES
from nexshift.tables.column import Kind
from nexshift.tables.table import Selection
from nexshift.tables.workbook import write_workbook

ROWS = 10_000
ROUNDS = 5
OURS = f"workbook of {ROWS:,} runs"
XLSXWRITER, OPENPYXL = "XlsxWriter, constant_memory", "openpyxl, write_only"
_TABLE = next(each for each in TABLES if each.name == "production_runs")
_WANTED = Selection(columns=_TABLE.columns, limit=ROWS)
_QUERY = parse_query(_TABLE.path, _TABLE.parameters, b"", GRANT)
_KINDS = [column.kind for column in _TABLE.columns]
_NAMES = [column.name for column in _TABLE.columns]
_FORMATS = {Kind.INSTANT: "yyyy-mm-dd hh:mm:ss", Kind.DATE: "yyyy-mm-dd", Kind.PERCENTAGE: "0.0"}


def measure(rounds: int = ROUNDS) -> list[Comparison]:
    with closing(open_reader(cache.plant_file(PLANT_RUNS))) as connection, TemporaryDirectory() as folder:
        files = {name: Path(folder, f"{number}.xlsx") for number, name in enumerate((OURS, XLSXWRITER, OPENPYXL))}
        sides = {
            OURS: partial(_write, connection, files[OURS]),
            XLSXWRITER: partial(_write_by_xlsxwriter, connection, files[XLSXWRITER]),
            OPENPYXL: partial(_write_by_openpyxl, connection, files[OPENPYXL]),
        }
        for write in sides.values():
            write()
        cells = _check(*files.values())
        times = take_turns(sides, rounds)
        sizes = {name: file.stat().st_size / 1e6 for name, file in files.items()}
    read = f"openpyxl reads the same {cells:,} values of {len(_KINDS)} columns"
    return [
        compare(times, other, OURS, f"{read}; {sizes[other]:.1f} MB, {sizes[OURS]:.1f} MB")
        for other in (XLSXWRITER, OPENPYXL)
    ]


def _write(connection: ReadConnection, file: Path) -> None:
    with reading(connection), file.open("wb") as out:
        write_workbook(connection, out, table=_TABLE, query=_QUERY, grant=GRANT, wanted=_WANTED)


def _rows(connection: sqlite3.Connection) -> Iterator[Sequence[Any]]:
    """Rows of tuples, date-times and dates as Excel counts them."""
    sql, values = _TABLE.write(_QUERY, GRANT, _WANTED)
    instants = [at for at, kind in enumerate(_KINDS) if kind == Kind.INSTANT]
    dates = [at for at, kind in enumerate(_KINDS) if kind == Kind.DATE]
    flags = [at for at, kind in enumerate(_KINDS) if kind == Kind.FLAG]
    for row in connection.execute(sql, values):
        cells = list(row)
        for at in instants:
            if cells[at] is not None:
                cells[at] = cells[at] / 86_400 + 25_569
        for at in dates:
            cells[at] += 25_569
        for at in flags:
            cells[at] = bool(cells[at])
        yield cells


def _write_by_xlsxwriter(connection: ReadConnection, file: Path) -> None:
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as workbook:
        formats = {kind: workbook.add_format({"num_format": text}) for kind, text in _FORMATS.items()}
        sheet = workbook.add_worksheet(_TABLE.title)
        writers = {Kind.TEXT: sheet.write_string, Kind.UUID: sheet.write_string, Kind.FLAG: sheet.write_boolean}
        columns = [(writers.get(kind, sheet.write_number), formats.get(kind)) for kind in _KINDS]
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, ROWS, len(columns) - 1)
        for at, name in enumerate(_NAMES):
            sheet.write_string(0, at, name)
        for number, row in enumerate(_rows(connection), 1):
            for at, (write, shown) in enumerate(columns):
                if row[at] is not None:
                    write(number, at, row[at], shown)


def _write_by_openpyxl(connection: ReadConnection, file: Path) -> None:
    workbook = openpyxl.Workbook(write_only=True)
    sheet = workbook.create_sheet(_TABLE.title)
    sheet.freeze_panes = "A2"
    sheet.append(_NAMES)
    shown = [(at, _FORMATS[kind]) for at, kind in enumerate(_KINDS) if kind in _FORMATS]
    for row in _rows(connection):
        for at, text in shown:
            if row[at] is not None:
                cell = WriteOnlyCell(sheet, row[at])
                cell.number_format = text
                row[at] = cell
        sheet.append(row)
    workbook.save(file)


def _check(ours: Path, *others: Path) -> int:
    """The number of cells that all of them hold alike."""
    expected = _values(ours)
    for other in others:
        for number, (row, found) in enumerate(zip(expected, _values(other), strict=True), 1):
            if not all(map(_is_same, row, found)):
                raise AssertionError(f"row {number} of {other} holds {found}, not {row}")
    return sum(len(row) for row in expected)


def _is_same(value: Any, found: Any) -> bool:
    """XlsxWriter writes 16 digits, which is not every double."""
    return value == found or (isinstance(value, float) and isclose(value, found, rel_tol=1e-15))


def _values(file: Path) -> list[tuple[Any, ...]]:
    with closing(openpyxl.load_workbook(file, read_only=True)) as workbook:
        return list(workbook.worksheets[0].values)


if __name__ == "__main__":
    print(*table(measure()), sep="\n")
