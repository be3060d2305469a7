"""What the values of a response are: the types that records are declared with, and the Structs that several share.

A type says three things at once: what a client gets (the JSON schema), how strictly a body is decoded, and how the
value is made of what SQLite stores (`Stored`).
"""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated

from msgspec import Meta, Struct


class Stored(IntEnum):
    """How a column becomes a value; the numbers are known to the compiled reader as well."""

    VALUE = 0  # as it is
    INSTANT = 1  # epoch seconds
    FLAG = 2  # 0 or 1
    QUANTITY = 3  # a double; whole ones print as integers
    LENGTH = 4  # no column of its own: from `started_at` to `ended_at` of the same record, in minutes


Uuid = Annotated[str, Meta(pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", extra_json_schema={"format": "uuid"})]
Instant = Annotated[
    str,
    Meta(
        pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$",
        description="UTC, whole seconds.",
        extra_json_schema={"format": "date-time"},
        extra={"stored": Stored.INSTANT},
    ),
]
Date = Annotated[
    str,
    Meta(
        pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
        description="A day in the company's time zone.",
        extra_json_schema={"format": "date"},
    ),
]
Quantity = Annotated[
    int | float,
    Meta(description="An integer when whole, else a decimal.", extra={"stored": Stored.QUANTITY}),
]
Minutes = Annotated[
    int | float,
    Meta(
        description="The event's own length in minutes, rounded to one decimal; an integer when whole.",
        extra={"stored": Stored.LENGTH},
    ),
]
Percentage = Annotated[float, Meta(description="Percent with one decimal.", ge=0)]
Attainment = Annotated[float, Meta(description="Percent with one decimal; above 100 when more was made.", ge=0)]


class Reference(Struct, frozen=True, gc=False):
    """Something that has a name."""

    id: Uuid
    name: str


class Person(Struct, frozen=True, gc=False):
    """Somebody who operated a machine or logged a check."""

    id: Uuid
    full_name: str
