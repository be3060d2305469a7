"""How long does each listing take in process, from typed parameters to response bytes, on a plant of 20,000 runs?

A minute on a developer's machine: `pytest benchmarks/test_pages.py`.  Nothing is asserted about times, but every
body is decoded strictly and counted before it is timed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.page import GRANT
from benchmarks.plant import MACHINES, build
from benchmarks.records import INGREDIENTS, add_records
from nexshift.listing import Endpoint
from nexshift.listings import LISTINGS
from nexshift.listings.batches import BATCHES
from nexshift.listings.runs import RUNS
from nexshift.listings.summary import SUMMARY
from nexshift.query import parse_query
from nexshift.storage.connection import ReadConnection, open_reader

PLANT_RUNS = 20_000
FULL_PAGE = 1_000
DEEP = 15  # pages before the one that is timed
PAGED = [listing for listing in LISTINGS if listing is not SUMMARY]


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReadConnection]:
    path: Path = tmp_path_factory.mktemp("plant") / "plant.db"
    build(path, PLANT_RUNS)
    add_records(path)
    opened = open_reader(path)
    yield opened
    opened.close()


def reading(connection: ReadConnection, listing: Endpoint, text: str) -> Callable[[], bytes]:
    query = parse_query(listing.path, listing.parameters, text.encode(), GRANT)
    return lambda: listing.page(connection, GRANT, query).body


def decoded(body: bytes, listing: Endpoint) -> Any:
    return msgspec.json.decode(body, type=listing.body)


@pytest.mark.parametrize("listing", PAGED, ids=lambda listing: listing.path)
def test_first_page(benchmark: BenchmarkFixture, connection: ReadConnection, listing: Endpoint) -> None:
    page = reading(connection, listing, f"limit={FULL_PAGE}")
    body = decoded(page(), listing)
    assert len(body.data) == body.meta.count == FULL_PAGE
    assert body.meta.next_cursor
    if listing is BATCHES:
        assert {len(batch.ingredients) for batch in body.data} == {INGREDIENTS}
    benchmark.group = "first page of 1000"
    benchmark(page)


def test_one_run(benchmark: BenchmarkFixture, connection: ReadConnection) -> None:
    page = reading(connection, RUNS, "limit=1")
    (newest,) = decoded(page(), RUNS).data
    assert newest.started_at == max(
        run.started_at for run in decoded(reading(connection, RUNS, "limit=1000")(), RUNS).data
    )
    benchmark.group = "runs"
    benchmark(page)


def test_deep_page(benchmark: BenchmarkFixture, connection: ReadConnection) -> None:
    body = decoded(reading(connection, RUNS, f"limit={FULL_PAGE}")(), RUNS)
    seen = {run.id for run in body.data}
    for _ in range(DEEP):
        page = reading(connection, RUNS, f"limit={FULL_PAGE}&cursor={body.meta.next_cursor}")
        body = decoded(page(), RUNS)
        seen |= {run.id for run in body.data}
    assert len(seen) == FULL_PAGE * (DEEP + 1)  # none came twice
    benchmark.group = "runs"
    benchmark(page)


def test_runs_of_one_machine(benchmark: BenchmarkFixture, connection: ReadConnection) -> None:
    (machine,) = {run.machine.id for run in decoded(reading(connection, RUNS, "limit=1")(), RUNS).data}
    page = reading(connection, RUNS, f"limit={FULL_PAGE}&machine_id={machine}")
    assert [run.machine.id for run in decoded(page(), RUNS).data] == [machine] * FULL_PAGE
    benchmark.group = "runs"
    benchmark(page)


def test_summary(benchmark: BenchmarkFixture, connection: ReadConnection) -> None:
    summary = reading(connection, SUMMARY, "")
    machines = decoded(summary(), SUMMARY).data
    assert len(machines) == MACHINES
    assert sum(machine.total_runs for machine in machines) == PLANT_RUNS
    benchmark.group = "summary of 20,000 runs"
    benchmark(summary)
