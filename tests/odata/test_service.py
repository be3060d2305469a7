"""The set's requests are seen by whoever runs the service as any others: in the metrics, the log, and in an outage."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Semaphore
from typing import Any

import pytest
from litestar.testing import TestClient

from nexshift.config import TABLE_READERS
from nexshift.storage.connection import open_writer
from nexshift.web import app
from nexshift.web.app import create_app
from nexshift.web.readers import Readers
from tests.odata.asking import ask, error
from tests.plants import NAMES
from tests.web.plant import make_key
from tests.web.running import let_the_loop_turn


def test_requests_are_counted_as_one_route(database: Path, key: str) -> None:
    with TestClient(create_app(database, has_metrics=True), base_url="http://plant.test") as client:
        for path in ("production_runs", "production_runs/$count", "$metadata"):
            ask(client, path, key)
        ask(client, "", key)
        let_the_loop_turn(client)
        counted = client.get("/metrics").text
    assert 'nexshift_requests_total{route="/odata/v4/{rest}",status="200"} 3' in counted
    assert 'nexshift_requests_total{route="/odata/v4",status="200"} 1' in counted


def test_the_log_names_the_address(client: TestClient, key: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "nexshift.access"):
        ask(client, "production_runs", key, _top=2, _filter="unit gt 1")
        let_the_loop_turn(client)
    (line,) = [record.getMessage() for record in caplog.records if "/odata/" in record.getMessage()]
    assert "GET /odata/v4/production_runs?%24top=2&%24filter=unit" in line
    assert '$filter names the column "unit"' in line


def test_an_outage_begins_and_ends_here_as_well(own_file: Path, caplog: pytest.LogCaptureFixture) -> None:
    connection = open_writer(own_file)
    key = make_key(connection, company=NAMES[1])
    connection.close()
    away = own_file.with_suffix(".away")
    with TestClient(create_app(own_file), base_url="http://plant.test") as client:
        assert ask(client, "quality_checks", key, _top=1).status_code == 200
        own_file.rename(away)
        answer = ask(client, "quality_checks", key, _top=1)
        assert (answer.status_code, error(answer)) == (503, "The database does not answer; try again in a moment")
        away.rename(own_file)
        with caplog.at_level(logging.INFO):
            caplog.clear()
            assert ask(client, "quality_checks", key, _top=1).status_code == 200
            let_the_loop_turn(client)
        assert "answers again" in caplog.text


def test_a_page_of_an_allowed_origin_reads_it(database: Path, key: str) -> None:
    """An OData client in a browser sends these headers, for which it must ask first, and reads those."""
    origin = {"Origin": "https://reports.example"}
    with TestClient(create_app(database, cors_origins=["https://reports.example"])) as client:
        asked = client.options("/odata/v4/production_runs", headers=origin)
        assert asked.status_code == 204
        for name in ("Authorization", "OData-MaxVersion", "OData-Version", "Prefer"):
            assert name in asked.headers["access-control-allow-headers"]
        answer = ask(client, "production_runs", key, origin, _top=1)
        assert answer.headers["access-control-allow-origin"] == "https://reports.example"
        assert "OData-Version" in answer.headers["access-control-expose-headers"]


def test_what_takes_too_long_is_given_up(database: Path, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """At once, here: SQLite looks at the clock after each of its steps, and has no time at all."""
    monkeypatch.setattr("nexshift.web.readers._STEPS", 1)
    with TestClient(create_app(database), base_url="http://plant.test") as client:
        assert ask(client, "production_runs", key, _top=1).status_code == 200
        monkeypatch.setattr("nexshift.web.readers.READ_DEADLINE_S", -1)
        for path in ("production_runs", "production_runs/$count", "production_oee_by_day"):
            answer = ask(client, path, key, _filter="oee_overall gt 10")
            assert answer.status_code == 400
            assert error(answer).startswith("reading this took longer than -1 seconds, so it was given up; narrow it")
        for path in ("production/oee-by-day", "production/runs?format=flat", "production/runs"):
            flat = client.get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {key}"})
            assert flat.status_code == 400
            assert flat.json()["error"].startswith("reading this took longer than -1 seconds")
        monkeypatch.setattr("nexshift.web.readers.READ_DEADLINE_S", 90)
        assert ask(client, "production_runs", key, _filter="oee_overall gt 10").status_code == 200


def test_listings_do_not_wait_for_tables(database: Path, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every thread that reads tables for the key is held up, in what it reads, until a listing has answered."""
    listing_has_answered = Event()
    begun = Semaphore(0)

    class HeldUp(Readers):
        def _is_over(self) -> bool:
            begun.release()
            assert listing_has_answered.wait(60)
            return False

    def make(database: Path, *given: Any, places: int, share: int) -> Readers:
        return (HeldUp if (places, share) == (TABLE_READERS, 2) else Readers)(
            database, *given, places=places, share=share
        )

    monkeypatch.setattr("nexshift.web.readers._STEPS", 1_000)
    monkeypatch.setattr(app, "TABLE_SHARE", 2)
    monkeypatch.setattr(app, "Readers", make)
    with (
        TestClient(create_app(database), base_url="http://plant.test") as client,
        ThreadPoolExecutor(TABLE_READERS + 2) as threads,
    ):
        waiting = [
            threads.submit(ask, client, "production_runs", key, _filter=f"oee_overall gt {number}")
            for number in range(TABLE_READERS + 2)
        ]
        for _ in range(2):
            assert begun.acquire(timeout=60)
        listing = client.get("/api/v1/production/runs", headers={"Authorization": f"Bearer {key}"})
        assert listing.status_code == 200
        assert not any(each.done() for each in waiting)
        listing_has_answered.set()
        assert [each.result().status_code for each in waiting] == [200] * len(waiting)
