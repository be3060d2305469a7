"""Did a quotation mark swallow the rows that follow?

One that is too many begins a cell that ends at the next one, perhaps hundreds of lines further down.  If that stands in
the same column, the row has as many cells as it should, and all rows in between are text of one cell.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from nexshift.storage.importing.plan import Plan
from nexshift.storage.importing.report import Problem, refuse
from nexshift.storage.importing.rows import Columns, Style
from nexshift.storage.importing.values import Cell

_split_lines = re.compile(r"\r\n|\r|\n").split


def find_hidden_rows(
    lines: tuple[int, int], columns: Columns, cells: list[Cell], style: Style, plan: Plan
) -> Problem | None:
    """What is odd about a row that runs over these lines, from the first to the last.

    Raises RowRefused where there is no doubt: the text can be read as rows, with their dates and numbers.
    """
    first, last = lines
    if len(cells) != len(columns):
        raise refuse(
            "row",
            f"has {len(cells)} cells where the header has {len(columns)}, and runs over lines {first} to {last};"
            " a quotation mark may be one too many",
        )
    for place, cell in enumerate(cells):
        parts = _split_lines(cell)
        if len(parts) > 1:
            start, middle, end = _split_rows(cells, place, parts, style.delimiter)
            # of a line between, all cells come from the text; the row itself lends its good cells to the other two
            is_certain = any(map(plan.fits, middle)) or (plan.fits(start) and plan.fits(end))
            if is_certain or (_are_wide((start, end), len(columns)) and _are_mostly_wide(middle, len(columns))):
                reason = (
                    f"holds lines {first} to {first + len(parts) - 1} of the file, which look like rows;"
                    f" a quotation mark in line {first} may be one too many"
                )
                if is_certain:
                    raise refuse(columns[place], reason)
                return columns[place], reason
        first += len(parts) - 1
    return None


def _split_rows(
    cells: list[Cell], place: int, parts: Sequence[str], delimiter: str
) -> tuple[list[Cell], list[list[Cell]], list[Cell]]:
    """The rows that there would be without the quotation marks of one cell: in which it begins, between, and ends.

    Blank lines are no rows.
    """
    first, *middle, last = (part.split(delimiter) for part in parts)
    return [*cells[:place], *first], [row for row in middle if any(map(str.strip, row))], [*last, *cells[place + 1 :]]


def _are_wide(rows: Sequence[list[Cell]], width: int) -> bool:
    return all(len(row) == width for row in rows)


def _are_mostly_wide(rows: Sequence[list[Cell]], width: int) -> bool:
    """Lines between may be broken themselves; those of an address with a comma here and there are not rows."""
    return 2 * sum(len(row) == width for row in rows) >= len(rows)
