"""How does a record become columns?  What is nested stands beside the rest, its lists in tables of their own.

The record stays the only place that says which fields there are; where a value comes from is the SQL that the listing
gives it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, get_args, get_origin, get_type_hints

from msgspec import Meta, Struct
from msgspec.structs import fields

from nexshift.plan import alternatives, is_optional, record_of, stored
from nexshift.records import Stored
from nexshift.tables.column import Column, Kind

_KINDS = {
    Stored.INSTANT: Kind.INSTANT,
    Stored.FLAG: Kind.FLAG,
    Stored.QUANTITY: Kind.QUANTITY,
    Stored.LENGTH: Kind.QUANTITY,
}


def flatten(
    record: type[Struct], sources: Mapping[str, str], *, prefix: str = "", is_nullable: bool = False
) -> Iterator[Column]:
    """The columns of a record, in the order of its fields; `sources` is SQL by a field's name, such as `machine.name`.

    ValueError for a field that nothing is said of.
    """
    hints = get_type_hints(record, include_extras=True)
    for field in fields(record):
        name, hint = prefix + field.name, hints[field.name]
        if any(get_origin(each) is list for each in alternatives(hint)):
            continue
        may_be_null = is_nullable or is_optional(hint)
        inner = record_of(hint)
        if inner is not None:
            yield from flatten(inner, sources, prefix=f"{name}.", is_nullable=may_be_null)
            continue
        yield Column(
            name=_flat(name),
            kind=_kind(hint),
            sql=_length(prefix, sources) if stored(hint) == Stored.LENGTH else _source(record, name, sources),
            is_nullable=may_be_null,
            description=str(_meta(hint, "description") or ""),
        )


def _flat(name: str) -> str:
    """`machine.name` as `machine_name`, and `asset.asset_number` as `asset_number`."""
    outer, _, inner = name.rpartition(".")
    return inner if not outer or inner.startswith(f"{outer}_") else f"{outer}_{inner}".replace(".", "_")


def _source(record: type[Struct], name: str, sources: Mapping[str, str]) -> str:
    if name not in sources:
        raise ValueError(f"{record.__name__}: nothing says where {name} comes from")
    return sources[name]


def _length(prefix: str, sources: Mapping[str, str]) -> str:
    """floor(seconds / 60 * 10 + 0.5) / 10, evaluated as written; no length is negative."""
    return minutes(f"({sources[f'{prefix}ended_at']} - {sources[f'{prefix}started_at']})")


def minutes(seconds: str) -> str:
    """SQL of seconds as minutes with one decimal."""
    return f"CAST({seconds} / 60.0 * 10.0 + 0.5 AS INTEGER) / 10.0"


def _kind(hint: object) -> Kind:
    way = stored(hint)
    if way != Stored.VALUE:
        return _KINDS[way]
    if _meta(hint, "extra_json_schema") == {"format": "uuid"}:
        return Kind.UUID
    types = [get_args(each)[0] if get_origin(each) is Annotated else each for each in alternatives(hint)]
    return Kind.PERCENTAGE if float in types else Kind.WHOLE if int in types else Kind.TEXT


def _meta(hint: object, what: str) -> object:
    for each in (hint, *alternatives(hint)):
        for meta in get_args(each)[1:] if get_origin(each) is Annotated else ():
            if isinstance(meta, Meta) and getattr(meta, what) is not None:
                return getattr(meta, what)
    return None
