"""Which rows come after a given one, in any order?

A place is the values of the columns that rows are sorted by, of the last row that was read.  SQLite sorts NULL before
all else, so it is first ascending and last descending.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nexshift.scope import Values
from nexshift.tables.column import Order


def write_after(order: Sequence[Order], place: Sequence[Any]) -> tuple[str, Values]:
    """The condition on rows behind a place, and the values it binds."""
    condition = "FALSE"
    for number, (each, value) in reversed(list(enumerate(zip(order, place, strict=True)))):
        beyond = _beyond(each, f":place{number}", value)
        tied = f"({each.column.sql}) IS :place{number}"
        condition = f"({beyond} OR ({tied} AND {condition}))"
    return f"{_bound(order[0], place[0])}{condition}", {f"place{number}": value for number, value in enumerate(place)}


def _beyond(each: Order, bound: str, value: Any) -> str:
    sql = f"({each.column.sql})"
    if value is None:
        return "FALSE" if each.is_descending else f"{sql} IS NOT NULL"
    if not each.is_descending:
        return f"{sql} > {bound}"
    return f"({sql} < {bound} OR {sql} IS NULL)" if each.column.is_nullable else f"{sql} < {bound}"


def _bound(first: Order, value: Any) -> str:
    """The same once more of the first column alone, and less exactly: a plain bound, at which an index is entered."""
    if value is None or (first.is_descending and first.column.is_nullable):
        return ""
    return f"({first.column.sql}) {'<=' if first.is_descending else '>='} :place0 AND "
