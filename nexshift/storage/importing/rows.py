"""What is a row of a file before anything is known about its entity?"""

from __future__ import annotations

from collections.abc import Iterator

from nexshift.storage.importing.values import Cell

Columns = tuple[str, ...]
Row = tuple[int, Columns, list[Cell]]
"""Its first line (in a JSON file its number), the names of its columns, and its cells.

There are more or fewer cells than columns only where a line of a CSV file has too many or too few.
"""
Rows = Iterator[Row]
