"""What is a row of a file before anything is known about its entity?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nexshift.storage.importing.values import Cell

Columns = tuple[str, ...]
Row = tuple[int, int, Columns, list[Cell]]
"""Its first and last line (in a JSON file twice its number), the names of its columns, and its cells.

There are more or fewer cells than columns only where a line of a CSV file has too many or too few.
"""
Rows = Iterator[Row]


@dataclass(frozen=True, slots=True)
class Style:
    """How a table was written: what its cells may mean depends on it, and its rejects are written alike."""

    delimiter: str
    has_mark: bool
    """Whether it began with a byte-order mark."""
    names_delimiter: bool
    """Whether its first line was `sep=;`, as Excel understands it."""

    @property
    def doubt(self) -> str | None:
        """Where a point may stand between thousands: in files that Excel writes where the decimals have a comma."""
        if self.delimiter == ";":
            return "in a file with semicolons"
        return "in a file that Excel wrote with tabs" if self.delimiter == "\t" and self.has_mark else None
