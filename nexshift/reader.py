"""How a query's columns become the fields of its record.

A column named after a field fills it; one named `machine.name` fills a field of the nested record `machine`.  A field
that no column fills is a length (from `started_at` to `ended_at`), comes from a look-up (its key is the column
`_machine`) or is given (children, OEE).  What does not match exactly is an error when the program starts, never a wrong
response later.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from msgspec import Meta, Struct

from nexshift._rows import GIVEN_STEP, LOOKUP_STEP, NESTED_OR_NONE_STEP, NESTED_STEP, Reader
from nexshift.records import Stored

RecordT = TypeVar("RecordT", bound=Struct)


def make_reader(
    record: type[RecordT], columns: Sequence[str], *, lookups: Sequence[str] = (), given: Sequence[str] = ()
) -> Reader[RecordT]:
    """The Reader of `record` for a query with these column names.

    Columns that begin with `_` are for the program alone.  ValueError says what is left over or comes twice.
    """
    sources = [*(name for name in columns if not name.startswith("_")), *lookups, *given]
    wanted = set(sources)
    if len(wanted) != len(sources):
        raise ValueError(f"{record.__name__}: one name comes twice among {', '.join(sources)}")
    reader, filled = _make(record, "", list(columns), tuple(lookups), tuple(given))
    if filled != wanted:
        raise ValueError(f"{record.__name__} has no field for: {', '.join(sorted(wanted - filled))}")
    return reader


def _make(
    record: type[RecordT], prefix: str, columns: list[str], lookups: tuple[str, ...], given: tuple[str, ...]
) -> tuple[Reader[RecordT], set[str]]:
    steps: list[tuple[int, int, Any]] = []
    filled: set[str] = set()
    for field, hint in get_type_hints(record, include_extras=True).items():
        name = prefix + field
        inner = _record_of(hint)
        stored = _stored(hint)
        if stored == Stored.LENGTH:
            start, end = f"{prefix}started_at", f"{prefix}ended_at"
            if start not in columns or end not in columns:
                raise ValueError(f"{record.__name__}: {name} is the time from {start} to {end}, which are no columns")
            steps.append((stored, columns.index(end), columns.index(start)))
        elif name in columns:
            steps.append((stored, columns.index(name), None))
            filled.add(name)
        elif name in given:
            steps.append((GIVEN_STEP, given.index(name), None))
            filled.add(name)
        elif name in lookups:
            if f"_{name}" not in columns:
                raise ValueError(f"{record.__name__}: no column _{name} to look {name} up by")
            filled.add(name)
            steps.append((LOOKUP_STEP, lookups.index(name), columns.index(f"_{name}")))
        elif inner is not None and f"{name}.id" in columns:
            nested, names = _make(inner, f"{name}.", columns, lookups, given)
            kind = NESTED_OR_NONE_STEP if _is_optional(hint) else NESTED_STEP
            steps.append((kind, columns.index(f"{name}.id"), nested))
            filled |= names
        else:
            raise ValueError(f"{record.__name__}: no column fills {name}")
    return Reader(record, len(columns), steps), filled


def _alternatives(hint: object) -> tuple[object, ...]:
    if get_origin(hint) is Annotated:
        return _alternatives(get_args(hint)[0])
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)


def _is_optional(hint: object) -> bool:
    return NoneType in _alternatives(hint)


def _record_of(hint: object) -> type[Struct] | None:
    for each in _alternatives(hint):
        if isinstance(each, type) and issubclass(each, Struct):
            return each
    return None


def _stored(hint: object) -> int:
    """How the column is stored: said by the type's Meta, or the type itself."""
    for each in (hint, *_alternatives(hint)):
        if get_origin(each) is Annotated:
            for meta in get_args(each)[1:]:
                if isinstance(meta, Meta) and meta.extra and "stored" in meta.extra:
                    return int(meta.extra["stored"])
        if each is bool:
            return int(Stored.FLAG)
    return int(Stored.VALUE)
