"""The database goes away and comes back under a running service."""

import logging
import os
import shutil
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from nexshift.errors import DatabaseUnavailable, Refused
from nexshift.listing import Listing
from nexshift.listings.incidents import INCIDENTS as LISTING
from nexshift.storage.connection import create_database
from nexshift.storage.library import sqlite3
from nexshift.web import admission
from nexshift.web.app import create_app
from nexshift.web.request_lines import RequestLine
from tests.web.plant import INCIDENTS, changed, fill, make_key
from tests.web.running import let_the_loop_turn, running
from tests.web.wire import Client

UNAVAILABLE = {"error": "The database does not answer; try again in a moment"}


def test_a_missing_database_is_a_503_and_its_return_ends_it(
    asking: TestClient, database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    away = database.with_suffix(".away")
    assert asking.get(INCIDENTS).status_code == 200
    database.rename(away)
    for path in (INCIDENTS, "/health"):
        response = asking.get(path)
        assert (response.status_code, response.json()) == (503, UNAVAILABLE)
        assert str(database.parent) not in response.text
    assert f"there is no database at {database}" in caplog.text
    away.rename(database)
    assert asking.get(INCIDENTS).status_code == 200
    assert asking.get("/health").json() == {"status": "ok"}


def test_another_database_in_its_place_is_read_at_once(asking: TestClient, database: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    connection = create_database(other)
    fill(connection)
    connection.execute("DELETE FROM incident WHERE reference_number <> 'INC-007'")
    new_key = make_key(connection)
    connection.close()
    assert asking.get(INCIDENTS).json()["meta"]["count"] == 30
    for leftover in ("-wal", "-shm"):
        Path(f"{database}{leftover}").unlink(missing_ok=True)
    os.replace(other, database)  # noqa: PTH105 - as a deployment does it
    assert asking.get(INCIDENTS).status_code == 401
    rows = asking.get(INCIDENTS, headers={"Authorization": f"Bearer {new_key}"}).json()["data"]
    assert [row["reference_number"] for row in rows] == ["INC-007"]


def test_a_database_that_breaks_after_the_key_was_read_is_a_503_with_the_allowance(database: Path, key: str) -> None:
    class LockedListing(Listing):
        def page(self, connection: sqlite3.Connection, *_: object) -> object:
            error = sqlite3.OperationalError("database is locked")
            error.sqlite_errorcode = sqlite3.SQLITE_BUSY
            raise error

    with TestClient(create_app(database, listings=(changed(LISTING, kind=LockedListing),))) as client:
        response = client.get(INCIDENTS, headers={"Authorization": f"Bearer {key}"})
    assert (response.status_code, response.json()) == (503, UNAVAILABLE)
    assert response.headers["ratelimit-remaining"] == "599"


def test_rubbish_in_its_place_is_a_503(asking: TestClient, database: Path) -> None:
    good, rubbish = database.with_suffix(".good"), database.with_suffix(".rubbish")
    shutil.copy(database, good)
    rubbish.write_bytes(b"rubbish" * 1000)
    os.replace(rubbish, database)  # noqa: PTH105
    assert asking.get(INCIDENTS).status_code == 503
    assert asking.get("/health").status_code == 503
    os.replace(good, database)  # noqa: PTH105
    assert asking.get("/health").status_code == 200


@pytest.fixture
def lockable(database: Path, key: str, writer: sqlite3.Connection) -> Litestar:
    """Over a database in the mode in which a writer can shut readers out."""
    writer.execute("PRAGMA journal_mode = DELETE")
    return create_app(database)


def test_a_locked_database_holds_up_those_who_ask_for_it_and_nobody_else(
    lockable: Litestar, key: str, writer: sqlite3.Connection
) -> None:
    with running(lockable) as port, Client(port, key) as waiting, Client(port, key) as other:
        assert waiting.get(INCIDENTS).status == 200
        writer.execute("BEGIN EXCLUSIVE")
        waiting.send(INCIDENTS)
        assert other.get("/docs").status == 200
        assert other.get("/api/v1/openapi.json").status == 200
        writer.execute("ROLLBACK")
        assert waiting.receive().status == 200


def test_a_database_that_stays_locked_is_a_503(
    lockable: Litestar, key: str, writer: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admission, "READ_BUSY_TIMEOUT_MS", 20)
    with TestClient(lockable) as client:
        client.headers["Authorization"] = f"Bearer {key}"
        assert client.get(INCIDENTS).status_code == 200
        writer.execute("BEGIN EXCLUSIVE")
        response = client.get(INCIDENTS)
        assert (response.status_code, response.json()) == (503, UNAVAILABLE)
        writer.execute("ROLLBACK")
        assert client.get(INCIDENTS).status_code == 200


def test_without_a_database_there_is_no_service(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnavailable, match="there is no database at"):
        create_app(tmp_path / "nothing.db")


def test_a_listing_that_does_not_fit_the_database_refuses_to_start(database: Path) -> None:
    without_title = {name: source for name, source in LISTING.columns.items() if name != "title"}
    misfit = changed(LISTING, columns=without_title)
    with pytest.raises(Refused, match=r"/api/v1/safety/incidents does not fit the database: .*title"):
        create_app(database, listings=(misfit,))
    unknown = changed(LISTING, source="accident i")
    with pytest.raises(Refused, match="does not fit the database: rows of accident have no number"):
        create_app(database, listings=(unknown,))


def test_a_503_is_a_warning_in_the_log_with_its_id(
    asking: TestClient, database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    database.unlink()
    response = asking.get(INCIDENTS)
    let_the_loop_turn(asking)
    (record,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert response.headers["x-request-id"] in record.getMessage()
    assert f"error=there is no database at {database}" in record.getMessage()


def test_an_outage_is_told_once_when_it_begins_and_once_when_it_ends(
    asking: TestClient, database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    away = database.with_suffix(".away")

    def told() -> list[str]:
        let_the_loop_turn(asking)
        return [type(record.msg).__name__ for record in caplog.records if not isinstance(record.msg, RequestLine)]

    for _ in range(2):
        caplog.clear()
        database.rename(away)
        for path in (INCIDENTS, "/health", INCIDENTS):
            assert asking.get(path).status_code == 503
        assert told() == ["DatabaseUnavailableNow"]
        assert asking.get("/docs").status_code == 200, "which needs no database"
        assert told() == ["DatabaseUnavailableNow"]
        away.rename(database)
        assert asking.get(INCIDENTS, params={"limit": "x"}).status_code == 400
        assert [asking.get(INCIDENTS).status_code for _ in range(2)] == [200, 200]
        assert told() == ["DatabaseUnavailableNow", "DatabaseAvailable"]
