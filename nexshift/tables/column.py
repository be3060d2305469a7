"""What is a column of a flat table?  Its name, what kind of value it holds, and the SQL that gives it.

The SQL may stand in a SELECT, a WHERE or an ORDER BY of its table alike, so whatever can be shown can be filtered and
sorted by, in SQLite.  It is ours; nothing that a client sends ever becomes part of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Kind(IntEnum):
    """What a column's SQL gives, and so how its values are written; the numbers are known to the compiled writer."""

    TEXT = 0
    UUID = 1
    INSTANT = 2  # epoch seconds
    DATE = 3  # days since 1970-01-01, of the company's time zone
    WHOLE = 4  # an integer
    QUANTITY = 5  # a double; whole ones are written as integers
    PERCENTAGE = 6  # a double with one decimal, which is always written
    FLAG = 7  # 0 or 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One column of a flat table."""

    name: str
    kind: Kind
    sql: str
    is_nullable: bool = False
    description: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """A column that rows are sorted by."""

    column: Column
    is_descending: bool = False
