"""The parameters that listings take: what each means, how it is read, and which condition a filter becomes.

A filter that only one listing has is declared in that listing, in the same way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nexshift.config import DEFAULT_LIMIT, MAX_CURSOR_BYTES, MAX_LIMIT
from nexshift.errors import BadParameter
from nexshift.moment_pattern import MOMENT_PATTERN

EXAMPLE_ID = "0b9f3a52-6c1e-4d7a-9a3e-5d2f7c8b1e40"
CURSOR_PATTERN = "^[A-Za-z0-9_-]+$"  # base64 that needs no encoding in an address
_MAX_SHOWN = 60

is_whole = re.compile(r"[0-9]{1,20}", re.ASCII).fullmatch
is_uuid = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE).fullmatch


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A query parameter.  `read` gives its value or raises BadParameter; `schema` is the same rule as JSON schema."""

    name: str
    description: str
    schema: Mapping[str, Any] = field(hash=False)
    read: Callable[[str], Any]
    example: str | int | bool | None = None


@dataclass(frozen=True, kw_only=True)
class Filter(Parameter):
    """A parameter that keeps some of the rows.

    `condition` is SQL about the table `{row}`, with the value bound as `:name` and the company as `:company`; or one
    condition for each value.  `leads` names the scope whose index the condition can lead: "site" or "machine".
    """

    condition: str | Mapping[Any, str] = field(hash=False)
    leads: str | None = None

    def write(self, row: str, value: Any) -> str:
        condition = self.condition if isinstance(self.condition, str) else self.condition[value]
        return condition.format(row=row)

    def conditions(self, row: str) -> list[str]:
        """Every condition that it can become."""
        found = [self.condition] if isinstance(self.condition, str) else self.condition.values()
        return [condition.format(row=row) for condition in found]


def shown(text: str) -> str:
    """What was sent, short enough to repeat in a sentence."""
    return f'"{text}"' if len(text) <= _MAX_SHOWN else f'"{text[:_MAX_SHOWN]}…"'


def read_limit(text: str) -> int:
    if not is_whole(text) or not 1 <= int(text) <= MAX_LIMIT:
        raise BadParameter(f"limit must be a whole number from 1 to {MAX_LIMIT}, not {shown(text)}")
    return int(text)


def read_text(text: str) -> str:
    return text


def id_filter(name: str, description: str, condition: str, leads: str) -> Filter:
    def read(text: str) -> str:
        if not is_uuid(text):
            raise BadParameter(f"{name} must be a UUID such as {EXAMPLE_ID}, not {shown(text)}")
        return text.lower()

    return Filter(
        name=name,
        description=description,
        schema={"type": "string", "format": "uuid"},
        read=read,
        condition=condition,
        leads=leads,
    )


def flag_filter(name: str, description: str, condition: str | Mapping[Any, str]) -> Filter:
    def read(text: str) -> bool:
        if text.lower() not in ("true", "false"):
            raise BadParameter(f"{name} must be true or false, not {shown(text)}")
        return text.lower() == "true"

    return Filter(name=name, description=description, schema={"type": "boolean"}, read=read, condition=condition)


def choice_filter(name: str, description: str, choices: Sequence[str], condition: str) -> Filter:
    def read(text: str) -> str:
        if text not in choices:
            raise BadParameter(f"{name} must be one of {', '.join(choices)}, not {shown(text)}")
        return text

    schema = {"type": "string", "enum": list(choices)}
    return Filter(name=name, description=description, schema=schema, read=read, condition=condition)


def text_filter(name: str, description: str, condition: str) -> Filter:
    def read(text: str) -> str:
        if not text:
            raise BadParameter(f'{name} must be a text of at least one character, not ""')
        return text

    schema = {"type": "string", "minLength": 1}
    return Filter(name=name, description=description, schema=schema, read=read, condition=condition)


_END = (
    "A date (that whole day in the company's time zone) or an ISO 8601 date-time (with `Z` or an offset that instant,"
    " without one in the company's time zone). Included."
)

FROM = Parameter(
    name="from",
    description=f"First day or instant. {_END}",
    schema={"type": "string", "pattern": MOMENT_PATTERN},
    read=read_text,  # read together with `to`, in the company's zone
    example="2026-03-01",
)
TO = Parameter(
    name="to",
    description=f"Last day or instant. {_END}",
    schema={"type": "string", "pattern": MOMENT_PATTERN},
    read=read_text,
    example="2026-03-31",
)
FORMATS = ("json", "flat", "csv", "xlsx")


def _read_format(text: str) -> str:
    if text not in FORMATS:
        raise BadParameter(f"format must be one of {', '.join(FORMATS)}, not {shown(text)}")
    return text


FORMAT = Parameter(
    name="format",
    description="`json` is the default; `flat` is JSON with one row a record and nothing nested; `csv` and `xlsx` are"
    " files of such rows, without `limit` of all of them. `Accept: text/csv` asks for CSV as well.",
    schema={"type": "string", "enum": list(FORMATS), "default": "json"},
    read=_read_format,
)
LIMIT = Parameter(
    name="limit",
    description="Rows of a page at the most.",
    schema={"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
    read=read_limit,
)
CURSOR = Parameter(
    name="cursor",
    description="`meta.next_cursor` of the page before, with the same filters; only `limit` may change.",
    schema={"type": "string", "pattern": CURSOR_PATTERN, "maxLength": MAX_CURSOR_BYTES},
    read=read_text,  # read last: it is bound to the others
)
SITE_ID = id_filter(
    "site_id",
    "Only rows of this site.",
    "{row}.site_id = (SELECT id FROM site WHERE company_id = :company AND uuid = :site_id)",
    leads="site",
)
MACHINE_ID = id_filter(
    "machine_id",
    "Only rows of this machine.",
    "{row}.machine_id = (SELECT id FROM machine WHERE company_id = :company AND uuid = :machine_id)",
    leads="machine",
)
