"""Small pages are made on the event loop, and only as long as they take little time; all are the same."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from litestar.testing import TestClient
from litestar.types import Scope

from nexshift.config import INLINE_ROWS
from nexshift.envelope import Page
from nexshift.listing import Endpoint, Listing
from nexshift.listings import LISTINGS
from nexshift.listings.incidents import INCIDENTS as LISTING
from nexshift.query import parse_query
from nexshift.storage.companies import pick_company
from nexshift.storage.connection import ReadConnection
from nexshift.storage.keys import Grant
from nexshift.storage.library import sqlite3
from nexshift.web import readers
from nexshift.web.app import create_app
from nexshift.web.client import Client
from nexshift.web.long_reads import LongReads
from nexshift.web.outgoing import Outgoing
from nexshift.web.readers import Readers
from tests.asking import takes
from tests.web.plant import INCIDENTS, CountingListing, changed, insert_incident


@pytest.fixture
def handed_over(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The pages that were made in a thread."""
    handed_over: list[object] = []
    read = Readers._run

    def hand_over(self: Readers, make: Any, client: Client) -> Any:
        handed_over.append(make)
        return read(self, make, client)

    monkeypatch.setattr(Readers, "_run", hand_over)
    return handed_over


@pytest.fixture
def listing() -> CountingListing:
    return changed(LISTING, kind=CountingListing)


@pytest.fixture
def client(database: Path, listing: CountingListing, key: str, handed_over: list[object]) -> Iterator[TestClient]:
    with TestClient(create_app(database, listings=(listing,), response_cache_mib=0)) as client:
        client.headers["Authorization"] = f"Bearer {key}"
        yield client


@pytest.mark.parametrize(("limit", "threads"), [(1, 0), (INLINE_ROWS, 0), (INLINE_ROWS + 1, 1)])
def test_a_small_page_is_made_on_the_event_loop_and_a_larger_one_in_a_thread(
    client: TestClient, handed_over: list[object], limit: int, threads: int
) -> None:
    assert len(client.get(INCIDENTS, params={"limit": limit}).json()["data"]) == limit
    assert len(handed_over) == threads


def test_a_small_page_of_many_steps_is_made_in_a_thread(
    client: TestClient, writer: sqlite3.Connection, handed_over: list[object]
) -> None:
    """The only incident of a kind is behind thousands of others."""
    acme = pick_company(writer, "Acme Manufacturing").id
    writer.execute("UPDATE incident SET severity = 'high' WHERE reference_number = 'INC-000'")
    writer.execute("BEGIN")
    for number in range(1_000, 6_000):
        insert_incident(writer, acme, 1, number)
    writer.execute("COMMIT")
    for times in (1, 2):
        (row,) = client.get(INCIDENTS, params={"limit": 1, "severity": "high"}).json()["data"]
        assert row["reference_number"] == "INC-000"
        assert len(handed_over) == times


def test_being_asked_often_is_no_reason_to_give_up(client: TestClient, handed_over: list[object]) -> None:
    """SQLite counts the steps of a statement over all its uses."""
    for _ in range(300):
        client.get(INCIDENTS, params={"limit": INLINE_ROWS})
    assert handed_over == []


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing.path)
def test_a_page_is_the_same_wherever_it_is_made(
    plant_file: Path,
    grant: Grant,
    listing: Endpoint,
    handed_over: list[object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:

    async def read(database: Path, make: Callable[[ReadConnection], Page]) -> Page:
        few = Readers(database, Outgoing(), LongReads(database), places=1, share=1)
        try:
            return await few.run(cast("Scope", {"state": {}}), make, rows=9)
        finally:
            few.close()

    query = parse_query(listing.path, listing.parameters, b"limit=9" if takes(listing, "limit") else b"", grant)
    made = []
    for turn_steps, steps in ((1_000, 8_000), (1, 0)):  # the second gives up at once
        monkeypatch.setattr(readers, "_INLINE_STEPS", turn_steps)
        monkeypatch.setattr(readers, "INLINE_STEPS", steps)
        made.append(asyncio.run(read(plant_file, lambda connection: listing.page(connection, grant, query))))
    assert made[0] == made[1]
    assert len(handed_over) == 1


def test_an_error_on_the_event_loop_is_no_reason_to_try_again(
    database: Path, key: str, handed_over: list[object]
) -> None:
    class LockedListing(Listing):
        def page(self, *_: object) -> Page:
            error = sqlite3.OperationalError("database is locked")
            error.sqlite_errorcode = sqlite3.SQLITE_BUSY
            raise error

    listing = changed(LISTING, kind=LockedListing)
    with TestClient(create_app(database, listings=(listing,))) as client:
        assert client.get(f"{INCIDENTS}?limit=1", headers={"Authorization": f"Bearer {key}"}).status_code == 503
    assert handed_over == []
