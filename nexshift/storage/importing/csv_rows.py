"""Which columns and rows does a CSV file hold?

Comma, semicolon or tab: the one that a first line `sep=;` names, as Excel has it, else whichever makes the header
understood.  Quoted cells may hold line breaks, and blanks may stand before their quotation mark.  Blank lines, and
the lines of nothing but delimiters and blanks that spreadsheets leave behind, are skipped.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from nexshift.config import MAX_CELL
from nexshift.errors import Refused
from nexshift.storage.importing.rows import Columns, Rows, Style
from nexshift.storage.importing.texts import Text

if TYPE_CHECKING:
    from _csv import Reader

DELIMITERS = (",", ";", "\t")
_EMPTY = '",; \t\r\n'
_match_naming = re.compile(r'"?sep=(.)"?[",;\t]*[\r\n]*', re.IGNORECASE).fullmatch


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV file behind its header."""

    header: Columns
    header_line: int
    rows: Rows
    style: Style


def open_csv(text: Text, known: Collection[str]) -> Table:
    """The header and, one after the other, the rows; Refused for an empty file and for quotes that do not match."""
    lines = text.lines()
    skipped, first = _first_line(lines)
    naming = _match_naming(first)
    if naming is not None:
        if naming[1] not in DELIMITERS:
            raise Refused(
                f'{text.shown}:{skipped + 1}: "{naming[0].strip()}" names a delimiter that is not understood',
                hint="separate the cells by commas, semicolons or tabs",
            )
        above, first = _first_line(lines)
        skipped += 1 + above
    if not first:
        raise Refused(f"{text.shown} is empty", hint="its first line must name the columns; see nexshift template")
    # of a single column nothing tells the delimiter, and then it is the one of that kind of file
    likely = sorted(DELIMITERS, key="\t".__ne__) if text.is_tabbed else DELIMITERS
    delimiter = naming[1] if naming else max(likely, key=lambda mark: _count_known(first, mark, known))
    csv.field_size_limit(MAX_CELL)
    # strict: a stray quote is an error, where it would otherwise swallow the lines up to the next one
    reader = csv.reader(chain((first,), lines), delimiter=delimiter, strict=True, skipinitialspace=True)
    rows = _number_rows(text, reader, skipped)
    line, _, header, _ = next(rows)
    return Table(header, line, rows, Style(delimiter, text.has_mark, names_delimiter=naming is not None))


def _first_line(lines: Iterator[str]) -> tuple[int, str]:
    """How many empty lines stand first, and the line after them ("" when there is none)."""
    skipped = 0
    for line in lines:
        if line.strip(_EMPTY):
            return skipped, line
        skipped += 1
    return skipped, ""


def _count_known(header: str, delimiter: str, known: Collection[str]) -> tuple[int, int]:
    """How many names are understood with this delimiter, and how many there are."""
    names = [name.strip().strip('"').strip() for name in header.split(delimiter)]
    return sum(name in known for name in names), len(names)


def _number_rows(text: Text, reader: Reader, skipped: int) -> Rows:
    """The header as a row, then each row that is not blank."""
    line = skipped + 1
    columns: Columns = ()
    try:
        for cells in reader:
            last = skipped + reader.line_num
            if not columns:
                columns = tuple(name.strip() for name in cells)
                yield line, last, columns, []
            elif any(map(str.strip, cells)):
                yield line, last, columns, cells
            line = last + 1
    except csv.Error as error:
        if "field larger" in str(error):
            reason = f"a cell has more than {MAX_CELL:,} characters; a quotation mark may be missing"
        else:
            reason = f"the quotation marks do not match ({error})"
        raise Refused(
            f"{text.shown}:{line}: {reason}", hint='a " inside of a quoted cell is written twice: ""'
        ) from error
