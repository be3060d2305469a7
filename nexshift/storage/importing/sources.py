"""How does a file of any kind become rows?

A Source gives one row after the other and holds none of them, so that a file may be larger than memory; only a JSON
file is read whole, up to a bound.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nexshift.storage.importing.csv_rows import open_csv
from nexshift.storage.importing.files import JSON, NDJSON
from nexshift.storage.importing.json_rows import read_json, read_ndjson
from nexshift.storage.importing.rows import Columns, Rows, Style
from nexshift.storage.importing.texts import opened


@dataclass(frozen=True, slots=True)
class Source:
    """An opened file of rows."""

    header: Columns | None
    """The columns of every row; None where each row names its own."""
    header_line: int
    rows: Rows
    bytes_read: Callable[[], int]
    style: Style | None
    """How a table was written; None of JSON."""
    find_cut: Callable[[], int | None]
    """Once all rows are read: the line in which the file seems to break off."""


@contextmanager
def open_source(path: Path, known: Collection[str], shown: Path | None = None) -> Iterator[Source]:
    """The rows of a file, whose kind follows from the end of its name; `known` columns tell the delimiter.

    Messages call it `shown`, where that is not its path.

    Raises Refused, then or while rows are read, when the file as a whole makes no sense.
    """
    suffix = path.suffix.lower()
    with opened(path, shown) as text:
        if suffix in JSON | NDJSON:
            rows = read_json(text) if suffix in JSON else read_ndjson(text)
            yield Source(None, 0, rows, text.bytes_read, None, lambda: None)
        else:
            table = open_csv(text, known)
            yield Source(table.header, table.header_line, table.rows, text.bytes_read, table.style, text.find_cut)


def may_hold_ids(path: Path, known: Collection[str], shown: Path | None = None) -> bool:
    """Whether a row of the file may have an id; of JSON that is told without decoding it."""
    with open_source(path, known, shown) as source:
        if source.header is not None:
            return "id" in source.header
    with opened(path, shown) as text:
        return text.holds('"id"')
