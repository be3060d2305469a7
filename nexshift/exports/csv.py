"""How does a table become a CSV file?  Byte for byte as the service sends it."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from nexshift.config import EXPORT_CHUNK_BYTES, EXPORT_CHUNK_ROWS
from nexshift.exports.extract import Extract
from nexshift.tables.lines import csv_style, write_header


def write_csv(extract: Extract, file: BinaryIO, progress: Callable[[int], None]) -> int:
    """All rows, a chunk at a time; `progress` is told how many each chunk had.  Returns how many there were."""
    columns = extract.table.columns
    file.write(write_header(columns))
    with extract.lines(columns, csv_style(columns)) as lines:
        written = 0
        while chunk := lines.read(EXPORT_CHUNK_BYTES, EXPORT_CHUNK_ROWS):
            file.write(chunk)
            progress(lines.count - written)
            written = lines.count
    return written
