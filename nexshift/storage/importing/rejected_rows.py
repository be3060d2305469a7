"""How does a rejected row stand in a file, so that nothing of it is lost and it can be corrected there?

With a last column `_error` that says what is wrong, which is skipped when the file is imported.  A line with too many
or too few cells has those that have a place in it, and says in the column `_cells` how many there were and what the
others are.  Such a row is refused until that cell is empty: however a spreadsheet saves the file, a row that was never
looked at is not taken for whole, and a complaint is never taken for data.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from nexshift.storage.importing.pairs import Pairs
from nexshift.storage.importing.rows import Columns, Style
from nexshift.storage.importing.values import Cell

ERROR = "_error"
CELLS = "_cells"
_match_complaint = re.compile(r"(?:_?[a-z]+(?:_[a-z]+)*|column [0-9]+): .").match


class RejectedRow(NamedTuple):
    """A line of a table under its columns, those of `OWN` left out."""

    columns: Columns
    cells: list[str]
    note: str
    """How its number of cells differs, and which have no place; empty where it does not."""


def list_own(columns: Columns) -> frozenset[str]:
    """The columns that are ours, where a file is one of rejects."""
    return frozenset((ERROR, CELLS)) if ERROR in columns else frozenset()


def complete(columns: Columns, cells: list[Cell]) -> list[Cell] | None:
    """The cells of a whole line; None for one with too many or too few of them.

    A line of rejects is whole without our own cells at its end: somebody deleted them together with their commas.
    """
    if len(cells) == len(columns):
        return cells
    own = list_own(columns)
    least = len(columns)
    while least and columns[least - 1] in own:
        least -= 1
    if least <= len(cells) < len(columns) and not any(map(is_complaint, cells[:least])):
        return cells + [""] * (len(columns) - len(cells))
    return None


def is_complaint(cell: Cell) -> bool:
    """Whether a cell looks like one of our own sentences."""
    return isinstance(cell, str) and _match_complaint(cell) is not None


def split_line(columns: Columns, cells: list[str]) -> RejectedRow:
    """The line without our own cells, if it comes from a file of rejects itself."""
    own = list_own(columns)
    names = tuple(name for name in columns if name not in own)
    whole = complete(columns, cells)
    if whole is not None:
        given = list(zip(columns, whole, strict=True))
        note = "".join(cell for name, cell in given if name in own and name == CELLS)
        return RejectedRow(names, [cell for name, cell in given if name not in own], note)
    data = [cell for cell in cells if not own or not is_complaint(cell)]
    others = data[len(names) :] + [cell for cell in cells if own and is_complaint(cell)]
    note = f"{len(cells)} of {len(columns)} cells"
    if others:
        note += f": {write_line(others, ',', always=True)}"
    return RejectedRow(names, (data + [""] * len(names))[: len(names)], note)


def write_table(
    columns: Columns, rows: Iterable[tuple[list[str], str, str]], style: Style, *, noted: bool
) -> Iterator[str]:
    """The lines of a file: its columns, then of each row its cells, its note and what is wrong with it."""
    if style.names_delimiter:
        yield f"sep={style.delimiter}\n"
    own = (CELLS, ERROR) if noted else (ERROR,)
    yield write_line((*columns, *own), style.delimiter) + "\n"
    for cells, note, error in rows:
        yield write_line((*cells, note, error) if noted else (*cells, error), style.delimiter) + "\n"


def write_line(cells: Sequence[str], delimiter: str, *, always: bool = False) -> str:
    """The cells of a line; in quotation marks where that is needed, or `always`.

    The csv module of Python before 3.11.9 writes a lone carriage return without them, and the line falls into two.
    """
    return delimiter.join(
        '"' + cell.replace('"', '""') + '"'
        if always or cell.startswith(" ") or not {delimiter, '"', "\r", "\n"}.isdisjoint(cell)
        else cell
        for cell in cells
    )


def write_object(columns: Columns, cells: list[Cell], error: str) -> str:
    """The line of an NDJSON file for an object: with the names that it has, and no others."""
    pairs = Pairs((name, cell) for name, cell in zip(columns, cells, strict=True) if name != ERROR)
    return _write_exactly(Pairs((*pairs, (ERROR, error)))) + "\n"


def _write_exactly(value: Cell) -> str:
    """JSON with every digit that was read, and with every value of a name that stands there twice."""
    if isinstance(value, Pairs):
        return "{" + ", ".join(f"{_write_text(name)}: {_write_exactly(inner)}" for name, inner in value) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_write_exactly, value)) + "]"
    if isinstance(value, Decimal):
        return str(value)
    return _write_text(value) if isinstance(value, str) else json.dumps(value)


def _write_text(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:  # half a character, which only its number can stand for
        return json.dumps(text)
    return json.dumps(text, ensure_ascii=False)
