"""Which columns and rows does a CSV file hold?

Comma, semicolon or tab, whichever makes the header understood; quoted cells may hold line breaks.  Blank lines, and
the lines of nothing but delimiters that spreadsheets leave behind, are skipped.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from nexshift.config import MAX_CELL
from nexshift.errors import Refused
from nexshift.storage.importing.rows import Columns, Rows
from nexshift.storage.importing.texts import Text

if TYPE_CHECKING:
    from _csv import Reader

DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV file behind its header."""

    header: Columns
    header_line: int
    rows: Rows
    delimiter: str


def open_csv(text: Text, known: Collection[str]) -> Table:
    """The header and, one after the other, the rows; Refused for an empty file and for quotes that do not match."""
    lines = text.lines()
    skipped, first = _first_line(lines)
    if not first:
        raise Refused(f"{text.path} is empty", hint="its first line must name the columns; see nexshift template")
    delimiter = max(DELIMITERS, key=lambda mark: _count_known(first, mark, known))
    csv.field_size_limit(MAX_CELL)
    # strict: a stray quote is an error, where it would otherwise swallow the lines up to the next one
    reader = csv.reader(chain((first,), lines), delimiter=delimiter, strict=True)
    rows = _number_rows(text, reader, skipped)
    line, header, _ = next(rows)
    return Table(header, line, rows, delimiter)


def _first_line(lines: Iterator[str]) -> tuple[int, str]:
    """How many blank lines stand first, and the line after them ("" when there is none)."""
    skipped = 0
    for line in lines:
        if line.strip():
            return skipped, line
        skipped += 1
    return skipped, ""


def _count_known(header: str, delimiter: str, known: Collection[str]) -> tuple[int, int]:
    """How many names are understood with this delimiter, and how many there are."""
    names = [name.strip().strip('"').strip() for name in header.split(delimiter)]
    return sum(name in known for name in names), len(names)


def _number_rows(text: Text, reader: Reader, skipped: int) -> Rows:
    """The header as a row, then each row that is not blank; a row's line is its first."""
    line = skipped + 1
    columns: Columns = ()
    try:
        for cells in reader:
            if not columns:
                columns = tuple(name.strip() for name in cells)
                yield line, columns, []
            elif any(cells):
                yield line, columns, cells
            line = skipped + reader.line_num + 1
    except csv.Error as error:
        if "field larger" in str(error):
            reason = f"a cell has more than {MAX_CELL:,} characters; a quotation mark may be missing"
        else:
            reason = f"the quotation marks do not match ({error})"
        raise Refused(
            f"{text.path}:{line}: {reason}", hint='a " inside of a quoted cell is written twice: ""'
        ) from error
