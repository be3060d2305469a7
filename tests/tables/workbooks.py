"""Make workbooks as the service does, and read them back with openpyxl or LibreOffice."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from nexshift.query import parse_query
from nexshift.storage.connection import ReadConnection, reading
from nexshift.storage.keys import Grant
from nexshift.tables.column import Column, Kind, Order
from nexshift.tables.sheet import SHEET
from nexshift.tables.table import Selection, Table
from nexshift.tables.workbook import write_workbook

SOFFICE = shutil.which("soffice")
needs_libreoffice = pytest.mark.skipif(
    SOFFICE is None, reason="LibreOffice is not installed: apt-get install libreoffice-calc-nogui"
)
# Comma, quotes, UTF-8, from the first row; every text in quotes or not as needed, values as the sheet shows them.
_AS_CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true"


def make_workbook(
    reader: ReadConnection, table: Table, grant: Grant, sent: Mapping[str, Any] | None = None, **settings: Any
) -> bytes:
    """The whole table as a file; `settings` may say what is wanted of it, and bounds."""
    query = parse_query(table.path, table.parameters, urlencode(sent or {}).encode(), grant)
    wanted = settings.pop("wanted", Selection(columns=table.columns))
    out = io.BytesIO()
    with reading(reader):
        rows = write_workbook(reader, out, table=table, query=query, grant=grant, wanted=wanted, **settings)
    assert sheet_xml(out.getvalue()).count(b"<row ") == rows + 1
    return out.getvalue()


def read_entry(workbook: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        return archive.read(name)


def sheet_xml(workbook: bytes) -> bytes:
    return read_entry(workbook, SHEET)


def open_workbook(workbook: bytes) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(workbook))


def read_rows(workbook: bytes) -> list[dict[str, Any]]:
    """The rows by the names in the header, with Excel's escapes read as Excel reads them, which openpyxl leaves."""
    header, *rows = open_workbook(workbook).active.values
    return [dict(zip(header, map(_unescape, row), strict=True)) for row in rows]


def convert(workbooks: Mapping[str, bytes], folder: Path) -> dict[str, list[list[str]]]:
    """The rows of each, as LibreOffice shows them."""
    assert SOFFICE is not None
    for name, workbook in workbooks.items():
        (folder / f"{name}.xlsx").write_bytes(workbook)
    command = [SOFFICE, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--convert-to", _AS_CSV]
    files = [str(folder / f"{name}.xlsx") for name in workbooks]
    subprocess.run([*command, "--outdir", str(folder), *files], check=True, capture_output=True, timeout=300)
    return {
        name: list(csv.reader(io.StringIO((folder / f"{name}.csv").read_bytes().decode(), newline="")))
        for name in workbooks
    }


def make_table(source: str, columns: Sequence[Column]) -> Table:
    """A table over a `source` with id and time, which needs no rows of the plant; all are the first company's."""
    id_ = Column(name="id", kind=Kind.WHOLE, sql="r.id")
    return Table(
        name="counted",
        path="/counted",
        resource="production",
        title="Counted [rows]: a title that is longer than a sheet's name",
        description="",
        columns=(id_, *columns),
        key=("id",),
        order=(Order(id_),),
        source=f"(SELECT *, 1 AS company_id, 1 AS site_id FROM ({source})) AS r",
        row="r",
        time="time",
    )


def count_to(rows: int) -> str:
    """SQL of rows with the ids 1 to `rows`."""
    return (
        "WITH RECURSIVE n (id, time) AS (VALUES (1, 0) UNION ALL SELECT id + 1, 0 FROM n)"
        f" SELECT id, time FROM n LIMIT {rows}"
    )


def _unescape(value: Any) -> Any:
    if isinstance(value, str):
        return re.sub("_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), value)
    return value
