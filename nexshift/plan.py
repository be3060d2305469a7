"""How a query's columns become the fields of its record.

A column named after a field fills it; one named `machine.name` fills a field of the nested record `machine`.  A field
that no column fills is a length (from `started_at` to `ended_at`), comes from a look-up (its key is the column
`_machine`) or is given (children, OEE).  What does not match exactly is an error when the program starts, never a wrong
response later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from types import NoneType, UnionType
from typing import Annotated, NamedTuple, Union, get_args, get_origin, get_type_hints

from msgspec import Meta, Struct
from msgspec.structs import fields

from nexshift.records import Stored


class Made(IntEnum):
    """How a field is made that is no column; the numbers are known to the compiled reader as well."""

    NESTED = 5
    NESTED_OR_NONE = 6  # none when its id is
    LOOKUP = 7
    GIVEN = 8


class Field(NamedTuple):
    """One field: its name in JSON, and where its value comes from.

    `at` is its column, or its place among the look-ups or what is given.  `other` is the column that a length starts
    from, or that holds a look-up's key; `nested` is the plan of a nested record.
    """

    name: str
    kind: Stored | Made
    at: int
    other: int = -1
    nested: Plan | None = None


class Plan(NamedTuple):
    """A record's fields, in their order, for a query of `width` columns."""

    record: type[Struct]
    width: int
    fields: tuple[Field, ...]


def make_plan(
    record: type[Struct], columns: Sequence[str], *, lookups: Sequence[str] = (), given: Sequence[str] = ()
) -> Plan:
    """The Plan of `record` for a query with these column names.

    Columns that begin with `_` are for the program alone.  ValueError says what is left over or comes twice.
    """
    sources = [*(name for name in columns if not name.startswith("_")), *lookups, *given]
    wanted = set(sources)
    if len(wanted) != len(sources):
        raise ValueError(f"{record.__name__}: one name comes twice among {', '.join(sources)}")
    filled: set[str] = set()
    plan = _plan(record, "", _Sources(list(columns), tuple(lookups), tuple(given)), filled)
    if filled != wanted:
        raise ValueError(f"{record.__name__} has no field for: {', '.join(sorted(wanted - filled))}")
    return plan


def select(columns: Mapping[str, str]) -> str:
    """The list of a SELECT whose aliases are the names of what its columns fill."""
    return ", ".join(f'{source} AS "{name}"' for name, source in columns.items())


class _Sources(NamedTuple):
    """What a record can be made of."""

    columns: list[str]
    lookups: tuple[str, ...]
    given: tuple[str, ...]


def _plan(record: type[Struct], prefix: str, sources: _Sources, filled: set[str]) -> Plan:
    columns, lookups, given = sources
    hints = get_type_hints(record, include_extras=True)
    found: list[Field] = []
    for field in fields(record):
        name, shown, hint = prefix + field.name, field.encode_name, hints[field.name]
        inner = record_of(hint)
        way = stored(hint)
        if way == Stored.LENGTH:
            start, end = f"{prefix}started_at", f"{prefix}ended_at"
            if start not in columns or end not in columns:
                raise ValueError(f"{record.__name__}: {name} is the time from {start} to {end}, which are no columns")
            found.append(Field(shown, way, columns.index(end), columns.index(start)))
        elif name in columns:
            found.append(Field(shown, way, columns.index(name)))
            filled.add(name)
        elif name in given:
            found.append(Field(shown, Made.GIVEN, given.index(name)))
            filled.add(name)
        elif name in lookups:
            if f"_{name}" not in columns:
                raise ValueError(f"{record.__name__}: no column _{name} to look {name} up by")
            found.append(Field(shown, Made.LOOKUP, lookups.index(name), columns.index(f"_{name}")))
            filled.add(name)
        elif inner is not None and f"{name}.id" in columns:
            nested = _plan(inner, f"{name}.", sources, filled)
            kind = Made.NESTED_OR_NONE if is_optional(hint) else Made.NESTED
            found.append(Field(shown, kind, columns.index(f"{name}.id"), nested=nested))
        else:
            raise ValueError(f"{record.__name__}: no column fills {name}")
    return Plan(record, len(columns), tuple(found))


def alternatives(hint: object) -> tuple[object, ...]:
    """The types of a union; a type alone is the only one."""
    if get_origin(hint) is Annotated:
        return alternatives(get_args(hint)[0])
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)


def is_optional(hint: object) -> bool:
    """Whether a field of this type may be null."""
    return NoneType in alternatives(hint)


def record_of(hint: object) -> type[Struct] | None:
    """The record that a field of this type holds."""
    for each in alternatives(hint):
        if isinstance(each, type) and issubclass(each, Struct):
            return each
    return None


def stored(hint: object) -> Stored:
    """How the column is stored: said by the type's Meta, or the type itself."""
    for each in (hint, *alternatives(hint)):
        if get_origin(each) is Annotated:
            for meta in get_args(each)[1:]:
                if isinstance(meta, Meta) and meta.extra and "stored" in meta.extra:
                    return Stored(meta.extra["stored"])
        if each is bool:
            return Stored.FLAG
    return Stored.VALUE
