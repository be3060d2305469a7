"""What /metrics tells: in Prometheus' format, of all processes together, and nothing that is a company's."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from litestar.testing import TestClient
from prometheus_client.parser import text_string_to_metric_families

from nexshift import __version__
from nexshift.config import API_PREFIX
from nexshift.listings import LISTINGS
from nexshift.storage.connection import ReadConnection, open_reader
from nexshift.storage.library import sqlite3
from nexshift.storage.pool import ReadPool
from nexshift.web import database_facts
from nexshift.web.app import create_app
from nexshift.web.database_facts import DatabaseFacts, Rows
from nexshift.web.meter import OTHER_ROUTE, Meter
from tests.web.plant import INCIDENTS, StillClock, insert_incident, make_key
from tests.web.processes import ServiceProcess, halt, serving
from tests.web.running import let_the_loop_turn

Values = dict[tuple[str, ...], float]
Scrape = Callable[[], Values]


def parse(text: str) -> Values:
    """The value of each sample, by its name without the prefix and the values of its labels."""
    values: Values = {}
    for family in text_string_to_metric_families(text):
        assert family.type != "unknown"
        assert family.documentation.endswith(".")
        for sample in family.samples:
            assert sample.name.startswith("nexshift_")
            key = (sample.name.removeprefix("nexshift_"), *sample.labels.values())
            assert key not in values, "told twice"
            values[key] = sample.value
    return values


@pytest.fixture
def measured(database: Path, key: str, clock: StillClock) -> Iterator[TestClient]:
    with TestClient(create_app(database, clock=clock, has_metrics=True)) as client:
        client.headers["Authorization"] = f"Bearer {key}"
        yield client


@pytest.fixture
def scrape(measured: TestClient) -> Scrape:
    def ask() -> Values:
        let_the_loop_turn(measured)
        answer = measured.get("/metrics", headers={"Authorization": ""})
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert answer.headers["cache-control"] == "no-store"
        return parse(answer.text)

    return ask


def test_there_is_nothing_unless_it_was_asked_for(client: TestClient) -> None:
    assert client.get("/metrics").status_code == 404


def test_requests_are_counted_by_route_and_status(measured: TestClient, scrape: Scrape) -> None:
    tag = measured.get(INCIDENTS).headers["etag"]
    measured.get(INCIDENTS, headers={"If-None-Match": tag})
    measured.get(INCIDENTS, params={"limit": 0})
    measured.get("/health")
    measured.get("/nothing")
    measured.get("/nothing/else")
    measured.post(INCIDENTS)
    values = scrape()
    assert {key[1:]: value for key, value in values.items() if key[0] == "requests_total"} == {
        (INCIDENTS, "200"): 1,
        (INCIDENTS, "304"): 1,
        (INCIDENTS, "400"): 1,
        (INCIDENTS, "405"): 1,
        ("/health", "200"): 1,
        ("other", "404"): 2,
    }
    assert scrape()["requests_total", "/metrics", "200"] == 1


def test_durations_are_a_histogram(measured: TestClient, scrape: Scrape) -> None:
    for _ in range(5):
        measured.get(INCIDENTS)
    values = scrape()
    buckets = [value for key, value in values.items() if key[:2] == ("request_duration_seconds_bucket", INCIDENTS)]
    assert buckets == sorted(buckets)
    assert buckets[-1] == values["request_duration_seconds_bucket", INCIDENTS, "+Inf"] == 5
    assert values["request_duration_seconds_count", INCIDENTS] == 5
    assert 0 < values["request_duration_seconds_sum", INCIDENTS] < 60


def test_remembered_pages_are_told_from_made_ones(measured: TestClient, scrape: Scrape) -> None:
    assert scrape()["response_cache_bytes",] == 0
    sizes = [int(measured.get(INCIDENTS).headers["content-length"]) for _ in range(3)]
    measured.get(INCIDENTS, params={"limit": "x"})
    values = scrape()
    assert values["response_cache_hits_total",] == 2
    assert values["response_cache_misses_total",] == 1
    assert values["response_cache_bytes",] > sizes[0]
    assert values["response_body_bytes_total",] > sum(sizes)


def test_refused_keys_and_limits_are_counted(measured: TestClient, scrape: Scrape, writer: sqlite3.Connection) -> None:
    slow = make_key(writer, rate_limit=1)
    for header in ("Bearer nxs_none", "Basic ???", "", f"Bearer {slow}", f"Bearer {slow}"):
        measured.get(INCIDENTS, headers={"Authorization": header})
    del measured.headers["Authorization"]
    measured.get(INCIDENTS)
    values = scrape()
    assert values["refused_keys_total",] == 3
    assert values["requests_total", INCIDENTS, "401"] == 4
    assert values["rate_limited_requests_total",] == values["requests_total", INCIDENTS, "429"] == 1


def test_the_database_is_measured(scrape: Scrape, database: Path, writer: sqlite3.Connection) -> None:
    values = scrape()
    assert values["database_up",] == 1
    assert values["database_bytes",] == database.stat().st_size
    assert values["database_wal_bytes",] == Path(f"{database}-wal").stat().st_size > 0
    assert values["database_written_timestamp_seconds",] == pytest.approx(Path(f"{database}-wal").stat().st_mtime)
    assert values["rows", "incident"] == 31
    assert values["rows", "company"] == 2
    assert ("rows", "api_key") not in values


def test_rows_are_not_counted_with_every_look(
    scrape: Scrape, writer: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = scrape()
    insert_incident(writer, 1, 1, 500)
    assert scrape()["rows", "incident"] == before["rows", "incident"] == 31
    assert before["rows_counted_timestamp_seconds",] > 1.7e9


def test_rows_are_counted_again_when_it_is_time(
    scrape: Scrape, writer: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_facts, "ROWS_COUNTED_EVERY_S", 0)
    monkeypatch.setattr(database_facts, "ROWS_COUNTED_SHARE", 0)
    assert scrape()["rows", "incident"] == 31
    insert_incident(writer, 1, 1, 500)
    assert scrape()["rows", "incident"] == 32


def test_who_looks_while_rows_are_counted_does_not_count_as_well(database: Path) -> None:
    meanwhile: list[Rows | None] = []
    statements: list[str] = []

    def look(statement: str) -> None:
        statements.append(statement)
        if "count(*)" in statement and len(statements) < 10:
            meanwhile.append(facts.rows())

    def open_traced(path: Path) -> ReadConnection:
        connection = open_reader(path)
        connection.set_trace_callback(look)
        return connection

    pool = ReadPool(database, open_traced)
    facts = DatabaseFacts(database, pool, Meter())
    counted = facts.rows()
    assert meanwhile == [Rows({}, 0)]
    assert counted is not None
    assert counted.numbers["incident"] == 31
    assert len([each for each in statements if "count(*)" in each]) == 1
    pool.close()


def test_a_database_that_is_gone_is_no_reason_not_to_answer(scrape: Scrape, database: Path) -> None:
    away = database.with_suffix(".away")
    scrape()
    database.rename(away)
    values = scrape()
    assert values["database_up",] == 0
    assert not {"rows", "database_bytes"} & {name for name, *_ in values}
    away.rename(database)
    assert scrape()["database_up",] == 1


def test_nothing_of_it_is_a_companys(measured: TestClient, key: str) -> None:
    measured.get(INCIDENTS, params={"severity": "Acme", "site_id": key})
    measured.get(f"/{key}/Acme")
    let_the_loop_turn(measured)
    text = measured.get("/metrics").text
    for secret in ("Acme", "Other Works", "North", "Slip", key, "nxs_"):
        assert secret not in text
    values = parse(text)
    assert {key[1] for key in values if key[0] == "requests_total"} == {INCIDENTS, "other"}
    assert [key[1] for key in values if key[0] == "build_info"] == [__version__]


def test_every_listing_has_a_route_of_its_own(measured: TestClient, scrape: Scrape) -> None:
    for listing in LISTINGS:
        measured.get(API_PREFIX + listing.path)
    values = scrape()
    assert all(values["requests_total", API_PREFIX + listing.path, "200"] == 1 for listing in LISTINGS)
    assert len(measured.app.routes) < OTHER_ROUTE, "no route has the place of all others"


def read(service: ServiceProcess) -> Values:
    status, text = service.ask("/metrics")
    assert status == 200
    return parse(text.decode())


def test_processes_are_counted_together_and_no_count_falls(database: Path, key: str) -> None:
    with serving(database, "--workers", "2", "--metrics") as service:
        pids = {line["worker"]: line["pid"] for line in service.read_until("worker_started", 2) if "worker" in line}
        for number in (1, 2):  # while one is stopped by the system the other has to answer
            halt(pids[3 - number])
            assert [service.ask(INCIDENTS, key)[0] for _ in range(3)] == [200] * 3
            assert [service.ask(INCIDENTS, "nxs_none")[0] for _ in range(2)] == [401] * 2
            os.kill(pids[3 - number], signal.SIGCONT)
        service.read_until("request", 10)
        values = read(service)
        assert values["requests_total", INCIDENTS, "200"] == 6
        assert values["refused_keys_total",] == 4
        assert values["worker_deaths_total",] == 0
        os.kill(pids[1], signal.SIGKILL)
        service.read_until("worker_started")
        values = read(service)
        assert values["requests_total", INCIDENTS, "200"] == 6
        assert values["worker_deaths_total",] == 1
        with service.connect() as one, service.connect() as another:
            for connection in (one, another):
                connection.sendall(b"GET /health HTTP/1.1\r\nHost: plant\r\n\r\n")
                assert connection.recv(65536)
            while read(service)["open_connections",] < 2:  # each process looks ten times a second
                pass
