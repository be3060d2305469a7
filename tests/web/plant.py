"""A small plant to ask for over HTTP.

Acme has 30 incidents, one an hour from 2026-03-01T00:00:00Z on, at the sites North and South in turn; Other Works has
one.
"""

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, TypeVar

from nexshift.envelope import Page
from nexshift.listing import Listing
from nexshift.storage.companies import add_company, pick_company
from nexshift.storage.keys import create_key
from nexshift.storage.library import sqlite3

INCIDENTS = "/api/v1/safety/incidents"
CHECKS = "/api/v1/quality/checks"
FIRST_INCIDENT = 1772323200  # 2026-03-01T00:00:00Z


def uuid(number: int) -> str:
    return f"00000000-0000-7000-8000-{number:012x}"


NORTH, SOUTH, ELSEWHERE = uuid(1), uuid(2), uuid(3)


@dataclass
class StillClock:
    """Seconds that pass only when told to."""

    now: float = 1_000_040.0  # 20 s into a minute, which began at 16,667 * 60

    def __call__(self) -> float:
        return self.now


def fill(connection: sqlite3.Connection) -> None:
    acme = add_company(connection, "Acme Manufacturing", "Australia/Brisbane")
    other = add_company(connection, "Other Works")
    connection.execute("BEGIN")
    for site_id, company_id, name, id_ in (
        (1, acme.id, "North", NORTH),
        (2, acme.id, "South", SOUTH),
        (3, other.id, "Elsewhere", ELSEWHERE),
    ):
        connection.execute(
            "INSERT INTO site (id, uuid, company_id, name) VALUES (?, ?, ?, ?)", (site_id, id_, company_id, name)
        )
    for number in range(30):
        insert_incident(connection, acme.id, 1 + number % 2, number)
    insert_incident(connection, other.id, 3, 100)
    connection.execute("COMMIT")


def insert_incident(connection: sqlite3.Connection, company_id: int, site_id: int, number: int) -> None:
    connection.execute(
        "INSERT INTO incident (uuid, company_id, site_id, reference_number, title, severity, status, occurred_at)"
        " VALUES (?, ?, ?, ?, 'Slip', 'low', 'closed', ?)",
        (uuid(1000 + number), company_id, site_id, f"INC-{number:03}", FIRST_INCIDENT + 3600 * number),
    )


def make_key(
    writer: sqlite3.Connection,
    *,
    company: str = "Acme Manufacturing",
    resources: tuple[str, ...] = (),
    sites: tuple[str, ...] = (),
    rate_limit: int | None = None,
) -> str:
    _, text = create_key(writer, pick_company(writer, company), "test", resources, sites, rate_limit=rate_limit)
    return text


class CountingListing(Listing):
    """A listing that counts the pages it made."""

    @cached_property
    def pages(self) -> list[Page]:
        return []

    @property
    def made(self) -> int:
        return len(self.pages)

    def page(self, *sent: Any) -> Page:
        page = super().page(*sent)
        self.pages.append(page)
        return page


Kind = TypeVar("Kind", bound=Listing)


def changed(listing: Listing, *, kind: type[Kind] = Listing, **changes: Any) -> Kind:  # type: ignore[assignment]
    """The same listing with other parts, or of a class that behaves otherwise."""
    return kind(**{field.name: getattr(listing, field.name) for field in fields(listing)} | changes)
