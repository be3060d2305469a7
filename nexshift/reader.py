"""The Reader that makes a record of each row, by a record's plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from msgspec import Struct

from nexshift._rows import Reader
from nexshift.plan import Plan, make_plan

RecordT = TypeVar("RecordT", bound=Struct)


def make_reader(
    record: type[RecordT], columns: Sequence[str], *, lookups: Sequence[str] = (), given: Sequence[str] = ()
) -> Reader[RecordT]:
    """The Reader of `record` for a query with these column names; ValueError as `make_plan` says."""
    return reader_of(make_plan(record, columns, lookups=lookups, given=given))


def reader_of(plan: Plan) -> Reader[Any]:
    """The Reader that follows a plan."""
    steps = [(field.kind, field.at, reader_of(field.nested) if field.nested else field.other) for field in plan.fields]
    return Reader(plan.record, plan.width, steps)
