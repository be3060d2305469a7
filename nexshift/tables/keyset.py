"""Which rows come after a given one, in any order?

A place is the values of the columns that rows are sorted by, of the last row that was read.  SQLite sorts NULL before
all else, so it is first ascending and last descending.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, Any

from msgspec import Meta
from msgspec.json import Decoder

from nexshift.scope import Values
from nexshift.tables.column import Kind, Order

_Number = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)] | float  # what SQLite can be given
_TEXTS = frozenset({Kind.TEXT, Kind.UUID})


def make_place_decoder(order: Sequence[Order]) -> Decoder[tuple[Any, ...]]:
    """Lets in the places of that order alone: as many values, of the columns' types, and missing where they may be."""
    return _make_decoder(tuple((each.column.kind in _TEXTS, each.column.is_nullable) for each in order))


@lru_cache(maxsize=256)  # clients choose orders as they like
def _make_decoder(columns: tuple[tuple[bool, bool], ...]) -> Decoder[tuple[Any, ...]]:
    types = [(str if is_text else _Number, is_nullable) for is_text, is_nullable in columns]
    return Decoder(tuple[tuple(type_ | None if is_nullable else type_ for type_, is_nullable in types)])  # type: ignore[misc]


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
