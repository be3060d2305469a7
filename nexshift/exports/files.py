"""How does an export become a file: whole under its name, or not at all?"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from nexshift.components import is_single_file
from nexshift.config import MAX_SHEET_ROWS
from nexshift.errors import Refused, TooManyRows
from nexshift.exports.csv import write_csv
from nexshift.exports.extract import Extract
from nexshift.storage.placement import placed, placed_folder
from nexshift.tables.table import Selection
from nexshift.tables.workbook import write_workbook

CSV, XLSX, PARQUET = "csv", "xlsx", "parquet"
FORMATS = (CSV, XLSX, PARQUET)

Progress = Callable[[int], None]
"""Is told how many more rows were written."""


def write_file(extract: Extract, form: str, target: Path, progress: Progress, *, replace: bool = False) -> int:
    """The rows as a file, of Parquet as a folder, which only this user may read; returns how many there were.

    Raises Refused when something stands at `target` that is not to be replaced (a folder never is), and when an Excel
    sheet has no room for that many.
    """
    if form == PARQUET:
        write_parquet = load_parquet()
        with placed_folder(target) as folder:
            return write_parquet(extract, folder, progress)
    with placed(target, replace=replace) as partial, partial.open("r+b") as file:
        return _write_sheet(extract, file, progress) if form == XLSX else write_csv(extract, file, progress)


def _write_sheet(extract: Extract, file: BinaryIO, progress: Progress) -> int:
    try:
        return write_workbook(
            extract.connection,
            file,
            table=extract.table,
            query=extract.query,
            grant=extract.grant,
            wanted=Selection(columns=extract.table.columns),
            progress=progress,
        )
    except TooManyRows as error:
        raise Refused(
            f"{extract.table.name} has more rows than an Excel sheet holds, which is {MAX_SHEET_ROWS:,}",
            hint="export CSV, or a shorter time with --from and --to",
        ) from error


def load_parquet() -> Callable[[Extract, Path, Progress], int]:
    """What writes Parquet; Refused, with what to do, where that cannot be had."""
    try:
        from nexshift.exports.parquet import write_parquet  # noqa: PLC0415 (an extra, and slow to import)
    except ImportError as error:
        if is_single_file():
            raise Refused(
                "the single file has no Parquet: it needs pyarrow, which cannot be part of it",
                hint="export CSV or a workbook; or install Nexshift's wheel with pyarrow: pip install WHEEL pyarrow",
            ) from error
        raise Refused(
            "Parquet needs pyarrow, which is not installed",
            hint=f"install it for this Python: {sys.executable} -m pip install pyarrow",
        ) from error
    return write_parquet
