"""Which companies does the database hold, and which one is meant?

A company is the tenant: every row belongs to one, and so does every API key.  Its time zone decides what a
date means.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple
from zoneinfo import ZoneInfo

from nexshift.config import MAX_TEXT
from nexshift.errors import BadUsage, DatabaseUnavailable, Refused
from nexshift.instants import load_zone
from nexshift.lookalike import propose
from nexshift.spelling import normalise
from nexshift.storage.connection import writing
from nexshift.storage.library import sqlite3

EXAMPLE_COMPANY = "Acme Manufacturing"
_ADVICE = (
    "update this machine's time zone data (the package tzdata), or choose another time zone with:"
    ' nexshift company set --company "{}" --timezone ZONE'
)
_SELECT = "SELECT id, name, timezone FROM company"


@dataclass(frozen=True, slots=True)
class Company:
    """One tenant of the database."""

    id: int
    name: str
    timezone: str

    @property
    def zone(self) -> ZoneInfo:
        """The time zone; raises DatabaseUnavailable where this machine does not know it."""
        return load_companys_zone(self.name, self.timezone)


def load_companys_zone(company: str, timezone: str) -> ZoneInfo:
    """A stored time zone.  That one is unknown here is no fault of whoever asks: raises DatabaseUnavailable."""
    try:
        return load_zone(timezone)
    except Refused as refusal:
        raise DatabaseUnavailable(
            _describe_unknown_zone(company, timezone),
            hint=_ADVICE.format(company),
        ) from refusal


def find_unknown_zones(connection: sqlite3.Connection) -> Iterator[str]:
    """A sentence for each company whose time zone this machine does not know."""
    for company in list_companies(connection):
        try:
            load_zone(company.timezone)
        except Refused:
            yield f"{_describe_unknown_zone(company.name, company.timezone)}; {_ADVICE.format(company.name)}"


def refuse_unknown_zones(connection: sqlite3.Connection) -> None:
    """Raise DatabaseUnavailable unless this machine knows the time zone of each company."""
    for company in list_companies(connection):
        _ = company.zone


def _describe_unknown_zone(company: str, timezone: str) -> str:
    return f'the company "{company}" has the time zone "{timezone}", which this machine does not know'


def add_company(connection: sqlite3.Connection, name: str, timezone: str = "UTC") -> Company:
    """Add a company; one of that name with that time zone already there is returned as it is.

    Raises Refused for an impossible name, an unknown time zone, and for a known company with another time
    zone: changing that would silently move every date that was ever asked for.
    """
    name = checked_label(name, "company's name", EXAMPLE_COMPANY)
    load_zone(timezone)
    with writing(connection):
        known = _find(connection, name)
        if known is None:
            connection.execute(
                "INSERT INTO company (name, timezone, created_at) VALUES (?, ?, ?)",
                (name, timezone, int(time.time())),
            )
            known = _find(connection, name)
            assert known is not None
    if known.timezone != timezone:
        raise Refused(
            f'the company "{name}" is already there, with the time zone {known.timezone}',
            hint=f"leave it as it is (--timezone {known.timezone}), or change it with: nexshift company set",
        )
    return known


class ZoneChange(NamedTuple):
    """What was done to a company's time zone."""

    company: str
    before: str
    now: str


def set_timezone(connection: sqlite3.Connection, company: str | None, timezone: str) -> ZoneChange:
    """Give a company another time zone, whether this machine knows the one before or not.

    Records keep their instants; which day each of them is on, and what a date means, follow the zone.  Raises Refused
    for an unknown zone, and as `pick_company` does.
    """
    load_zone(timezone)
    with writing(connection):
        picked = pick_company(connection, company)
        if picked.timezone != timezone:
            connection.execute("UPDATE company SET timezone = ? WHERE id = ?", (timezone, picked.id))
    return ZoneChange(picked.name, picked.timezone, timezone)


def list_companies(connection: sqlite3.Connection) -> list[Company]:
    """Every company, in the order in which they were added."""
    return [_company(row) for row in connection.execute(f"{_SELECT} ORDER BY id")]


def pick_company(connection: sqlite3.Connection, name: str | None) -> Company:
    """The company of that name; without a name the only one.

    Raises BadUsage, listing them, when a name is needed to choose, and Refused when none has that name.
    """
    if name is not None:
        company = _find(connection, normalise(name).strip())
        if company is not None:
            return company
    companies = list_companies(connection)
    names = [company.name for company in companies]
    if not companies:
        raise Refused("the database has no company yet", hint='add one with: nexshift init --company "NAME"')
    if name is None:
        if len(companies) == 1:
            return companies[0]
        raise BadUsage(
            f"the database has {len(companies)} companies: {_quoted(names)}",
            hint=f'say which one is meant, such as: --company "{names[0]}"',
        )
    raise Refused(
        f'there is no company "{name}"{propose(normalise(name), names)}',
        hint=f"the database has {_quoted(names)}",
    )


def checked_label(text: str, what: str, example: str) -> str:
    """A name without blanks at its ends; Refused when it is empty, too long or more than one line.

    `what` the name is of stands in the sentence, and `example` in the hint for an empty one.
    """
    label = normalise(text).strip()
    if not label:
        raise Refused(f"the {what} is empty", hint=f'give one, such as "{example}"')
    if len(label) > MAX_TEXT:
        raise Refused(f"the {what} has {len(label)} characters; at most {MAX_TEXT} are possible")
    if not label.isprintable():
        raise Refused(f"the {what} holds a character that cannot be printed, such as a tab or a line break")
    return label


def _find(connection: sqlite3.Connection, name: str) -> Company | None:
    rows = connection.execute(f"{_SELECT} ORDER BY name <> ?, id", (name,))
    # A version before this one stored what it was given.
    return next((_company(row) for row in rows if normalise(row[1]) == name), None)


def _company(row: tuple[int, str, str]) -> Company:
    return Company(*row)


def _quoted(names: list[str]) -> str:
    shown = ", ".join(f'"{name}"' for name in names[:20])
    return shown if len(names) <= 20 else f"{shown} and {len(names) - 20} more"
