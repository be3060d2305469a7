"""Every answer shows each commit that was made before it was asked for, although answers are remembered."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar.testing import TestClient

from nexshift.envelope import Page
from nexshift.listings.incidents import INCIDENTS as LISTING
from nexshift.storage.backup import backup
from nexshift.storage.connection import open_writer
from nexshift.storage.library import sqlite3
from nexshift.storage.restore import restore
from nexshift.web.app import create_app
from tests.other_process import OtherProcess, other_process
from tests.web.plant import INCIDENTS, CountingListing, changed, make_key
from tests.web.running import running
from tests.web.wire import Client

ROUNDS = 2_000
NEWEST = f"{INCIDENTS}?limit=1"


@pytest.fixture
def listing() -> CountingListing:
    return changed(LISTING, kind=CountingListing)


@pytest.fixture
def port(database: Path, listing: CountingListing) -> Iterator[int]:
    with running(create_app(database, listings=(listing,), rate_limit=10**6)) as port:
        yield port


def commit(other: OtherProcess, number: int) -> None:
    other.commit(("UPDATE incident SET title = ? WHERE reference_number = 'INC-029'", [str(number)]))


def shown(client: Client, target: str = NEWEST) -> int:
    return int(client.get(target).json()["data"][0]["title"])


def test_no_answer_is_stale_while_another_process_commits_before_each(
    port: int, database: Path, key: str, listing: CountingListing
) -> None:
    with other_process(database) as other, Client(port, key) as client:
        for number in range(ROUNDS):
            commit(other, number)
            assert shown(client) == number
            assert shown(client) == number  # remembered
    assert listing.made == ROUNDS


def test_no_answer_is_older_than_what_was_committed_when_it_was_asked_for(
    port: int, database: Path, key: str, listing: CountingListing
) -> None:
    """Four readers, who also ask for pages that take a while, against a writer who never rests."""
    commit_done = -1
    stale: list[tuple[int, int]] = []
    is_over = threading.Event()

    def read(target: str) -> None:
        with Client(port, key) as client:
            while not is_over.is_set():
                known = commit_done
                found = shown(client, target)
                if found < known:
                    stale.append((known, found))

    with other_process(database) as other:
        commit(other, 0)
        readers = [threading.Thread(target=read, args=(target,)) for target in (NEWEST, NEWEST, INCIDENTS, INCIDENTS)]
        for reader in readers:
            reader.start()
        for number in range(1, ROUNDS):
            commit(other, number)
            commit_done = number
        is_over.set()
        for reader in readers:
            reader.join()
    assert stale == []
    assert listing.made > ROUNDS / 10  # the readers did read meanwhile


def test_a_copy_that_was_put_back_is_shown_at_once(
    asking: TestClient, writer: sqlite3.Connection, database: Path, tmp_path: Path
) -> None:
    backup(database, tmp_path / "copy.db")
    writer.execute("UPDATE incident SET title = 'Fall'")
    assert asking.get(NEWEST).json()["data"][0]["title"] == "Fall"
    restore(database, tmp_path / "copy.db")
    assert asking.get(NEWEST).json()["data"][0]["title"] == "Slip"


def test_a_file_that_was_put_in_its_place_is_shown_at_once(asking: TestClient, database: Path, tmp_path: Path) -> None:
    """Both files are at the same number of commits, and the key is the same in both."""
    for number in range(20):
        copy = tmp_path / "copy.db"
        backup(database, copy)
        editor = open_writer(copy)
        editor.execute("UPDATE incident SET title = ?", [str(number)])
        editor.close()
        asking.get(NEWEST)
        for leftover in ("-wal", "-shm"):
            Path(f"{database}{leftover}").unlink(missing_ok=True)
        os.replace(copy, database)  # noqa: PTH105 - as a deployment does it
        assert asking.get(NEWEST).json()["data"][0]["title"] == str(number)


def test_a_page_that_was_read_before_a_commit_is_not_remembered_after_it(database: Path, key: str) -> None:
    """The commit comes after the page's transaction and before the page is kept."""
    writer = open_writer(database)

    class OvertakenListing(CountingListing):
        def page(self, *sent: object) -> Page:
            page = super().page(*sent)
            writer.execute("UPDATE incident SET title = ?", [f"title {self.made}"])
            return page

    listing = changed(LISTING, kind=OvertakenListing)
    with TestClient(create_app(database, listings=(listing,))) as client:
        client.headers["Authorization"] = f"Bearer {key}"
        titles = [client.get(NEWEST).json()["data"][0]["title"] for _ in range(4)]
    writer.close()
    assert titles == ["Slip", "title 1", "title 2", "title 3"]


def test_a_new_site_and_a_new_name_of_the_company_are_shown_at_once(
    asking: TestClient, writer: sqlite3.Connection
) -> None:
    assert asking.get(NEWEST).json()["company"] == "Acme Manufacturing"
    writer.execute("UPDATE company SET name = 'Acme Works', timezone = 'UTC' WHERE name = 'Acme Manufacturing'")
    writer.execute("UPDATE site SET name = 'Far ' || name")
    page = asking.get(NEWEST).json()
    assert (page["company"], page["data"][0]["site"]["name"]) == ("Acme Works", "Far South")


def test_the_time_zone_of_the_company_counts_at_once(asking: TestClient, writer: sqlite3.Connection) -> None:
    day = f"{INCIDENTS}?from=2026-03-01&to=2026-03-01"
    assert asking.get(day).json()["meta"]["count"] == 14  # the day ends at 14:00 UTC in Brisbane
    writer.execute("UPDATE company SET timezone = 'UTC'")
    assert asking.get(day).json()["meta"]["count"] == 24


def test_sites_that_a_key_loses_are_gone_at_once(client: TestClient, writer: sqlite3.Connection) -> None:
    client.headers["Authorization"] = f"Bearer {make_key(writer, sites=('North', 'South'))}"
    assert client.get(INCIDENTS).json()["meta"]["count"] == 30
    writer.execute("DELETE FROM api_key_site WHERE site_id = 2")
    assert client.get(INCIDENTS).json()["meta"]["count"] == 15
