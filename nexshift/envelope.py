"""What stands around the rows: `{"company": …, "data": […], "meta": {…}}`, with the keys of each `meta` in order."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET, Struct, UnsetType

from nexshift._pages import Written
from nexshift.query import Query

_encode = msgspec.json.Encoder().encode


class WindowAndCount(Struct, frozen=True):
    """What was asked for, how many rows came, and where the next page starts when there is one."""

    from_: str | None = msgspec.field(name="from")
    to: str | None
    count: int
    next_cursor: str | UnsetType = msgspec.UNSET


class CountAndWindow(Struct, frozen=True):
    """How many rows came, what was asked for, and where the next page starts when there is one."""

    count: int
    from_: str | None = msgspec.field(name="from")
    to: str | None
    next_cursor: str | UnsetType = msgspec.UNSET


class CountOnly(Struct, frozen=True):
    """How many rows came, and where the next page starts when there is one."""

    count: int
    next_cursor: str | UnsetType = msgspec.UNSET


class WindowOnly(Struct, frozen=True):
    """What was asked for."""

    from_: str | None = msgspec.field(name="from")
    to: str | None


class Page(NamedTuple):
    """A response's body as it is sent, where the next page starts when there is one, and how many rows are in it.

    `token` is the number of the last change that it may show.
    """

    body: bytes
    next_cursor: str | None
    rows: int
    token: int


Meta = WindowAndCount | CountAndWindow | CountOnly | WindowOnly


@cache
def make_body(record: type[Struct], meta: type[Meta]) -> type[Struct]:
    """The envelope of a listing, named after its record and as unique as that: one for listings that share it."""
    return msgspec.defstruct(
        f"{record.__name__}Page",
        [("company", str), ("data", list[record]), ("meta", meta)],  # type: ignore[valid-type]
        module=record.__module__,
        frozen=True,
    )


def make_meta(meta: type[Meta], query: Query, count: int, next_cursor: str | UnsetType) -> Struct:
    values: dict[str, Any] = {
        "from_": query.window.from_text,
        "to": query.window.to_text,
        "count": count,
        "next_cursor": next_cursor,
    }
    return meta(**{name: values[name] for name in meta.__struct_fields__})


def encode_page(body: Struct, token: int) -> Page:
    """The bytes of an envelope."""
    return Page(_encode(body), _cursor_of(body), len(body.data), token)  # type: ignore[attr-defined]


def enclose_page(body: Struct, rows: Written, token: int) -> Page:
    """The bytes of an envelope with empty `data`, around rows that were written already."""
    before, after = split_around_rows(body)
    return Page(rows.enclose(before, after), _cursor_of(body), rows.count, token)


def count_fitting(data: Sequence[Struct], most: int) -> int:
    """How many of the rows a page has that ends with the one with which they have `most` bytes or more."""
    size = -1  # no comma before the first
    for number, row in enumerate(data, 1):
        size += 1 + len(_encode(row))
        if size >= most:
            return number
    return len(data)


def split_around_rows(body: Struct) -> tuple[bytes, bytes]:
    """What stands before and after the rows of an envelope with empty `data`."""
    text = _encode(body)
    at = len(b'{"company":,"data":[') + len(_encode(body.company))  # type: ignore[attr-defined]
    return text[:at], text[at:]


def _cursor_of(body: Struct) -> str | None:
    cursor = getattr(body.meta, "next_cursor", UNSET)  # type: ignore[attr-defined]
    return None if cursor is UNSET else cursor
