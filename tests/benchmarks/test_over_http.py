"""What stands around the figures taken over HTTP: who is asked, whether the answers are right, and who writes."""

import shutil
import socket
import sys
from operator import attrgetter
from pathlib import Path
from typing import Any

import msgspec
import pytest

from benchmarks import plant
from benchmarks.http.load import Failed, Target, ask, fetch
from benchmarks.http.service import NotStarted, free_port, running
from benchmarks.http.writer import commit
from benchmarks.page import GRANT
from benchmarks.peers import answers
from benchmarks.peers.fastapi_plant.oee import score
from nexshift.listings.runs import RUNS
from nexshift.query import parse_query
from nexshift.storage.connection import open_reader
from nexshift.storage.library import sqlite3
from oee_core import reference

RUN = {
    "id": "r",
    "started_at": "1970-01-01T00:01:00Z",
    "machine": {"id": "m", "name": "Auto 3"},
    "site": {"id": "s"},
    "product": {"id": "p"},
    "operator": None,
    "scrap": [{"id": "c", "timestamp": "1970-01-01T00:02:00Z"}],
    "downtime": [{"id": "d", "started_at": "1970-01-01T00:03:00Z", "ended_at": None}],
    "oee": {"overall": 83.2},
}
PAGE = {"company": "Acme", "data": [RUN], "meta": {"count": 1}}
FLAT = {
    "id": "r",
    "started_at": 60,
    "machine_id": "m",
    "machine_name": "Auto 3",
    "site_id": "s",
    "product_id": "p",
    "operator_id": None,
    "operator_full_name": None,
}


def serve_files(folder: Path, port: int) -> list[str]:
    return [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(folder)]


def test_a_flat_row_has_the_names_but_neither_children_nor_oee() -> None:
    assert answers.flat(PAGE) == [FLAT]


def test_a_nested_row_has_the_children_as_well() -> None:
    scrap = [{"id": "c", "timestamp": 120}]
    stops = [{"id": "d", "started_at": 180, "ended_at": None}]
    assert answers.nested(PAGE) == [{**FLAT, "scrap": scrap, "downtime": stops}]


def test_nulls_that_a_peer_leaves_out_are_put_back() -> None:
    assert answers.read_without_nulls(b'[{"a":1,"b":2},{"a":3}]') == [{"a": 1, "b": 2}, {"a": 3, "b": None}]


@pytest.mark.parametrize("theirs", [[], [{**FLAT, "started_at": 61}], [FLAT, FLAT]])
def test_other_records_are_no_answer(theirs: list[Any]) -> None:
    answers.check("peer", answers.flat(PAGE), [FLAT])
    with pytest.raises(Failed, match="peer does not return our records"):
        answers.check("peer", answers.flat(PAGE), theirs)


def test_the_oee_of_the_peer_is_the_reference() -> None:
    records = plant.make_plant(500)
    ideal = {(machine, product): seconds for *_, machine, product, seconds in records.standards}
    for run in records.runs:
        cycle = ideal.get((run.machine, run.product))
        stops = [(stop.started, stop.ended) for stop in sorted(run.stops, key=attrgetter("started"))]
        theirs = score(
            started_at=run.started,
            ended_at=run.ended,
            units=run.units,
            target=run.target,
            ideal_cycle_s=cycle,
            stops=stops,
            scrap=sum(piece.units for piece in run.scrap),
        )
        (ours,) = reference.score_runs(
            [(run.id, run.started, run.ended, run.units, run.target, cycle)],
            [(run.id, *stop) for stop in stops],
            [(run.id, piece.units) for piece in run.scrap],
        )
        assert (theirs.availability, theirs.performance, theirs.quality, theirs.overall) == ours


def test_a_program_answers_while_it_is_wanted_and_not_longer(tmp_path: Path) -> None:
    (tmp_path / "page").write_bytes(b"rows")
    port = free_port()
    with running(serve_files(tmp_path, port), port) as url:
        assert fetch(Target(f"{url}/page")) == b"rows"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def test_a_program_that_ends_is_named_with_its_last_words() -> None:
    with (
        pytest.raises(NotStarted, match="no such plant"),
        running([sys.executable, "-c", "raise SystemExit('no such plant')"], free_port()),
    ):
        pytest.fail("it does not answer")


@pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is not installed: apt-get install wrk")
def test_an_answer_other_than_200_is_no_figure(tmp_path: Path) -> None:
    (tmp_path / "page").write_bytes(b"rows")
    port = free_port()
    with running(serve_files(tmp_path, port), port) as url:
        load = ask(Target(f"{url}/page"), clients=2)
        assert load.requests_per_s > 0
        assert 0 < load.p50_s <= load.p99_s
        with pytest.raises(Failed, match="did not always answer"):
            ask(Target(f"{url}/nothing"))


def test_each_commit_adds_a_run_and_corrects_another(tmp_path: Path) -> None:
    database = tmp_path / "plant.db"
    plant.build(database, 600)
    writer = sqlite3.connect(database, isolation_level=None)
    writer.execute("PRAGMA foreign_keys = ON")
    newest_at = 4_000_000_000
    before = dict(writer.execute("SELECT uuid, units_produced FROM run").fetchall())
    for second in range(2):
        commit(writer, newest_at + second)
    writer.close()
    reader = open_reader(database)
    query = parse_query(RUNS.path, RUNS.parameters, b"limit=1000", GRANT)
    runs = msgspec.json.decode(RUNS.page(reader, GRANT, query).body)["data"]
    reader.close()
    assert len(runs) == 602
    assert [len(runs[0][name]) for name in ("scrap", "downtime")] == [1, 1]
    changed = [
        run["units_produced"] - before[run["id"]] for run in runs[2:] if run["units_produced"] != before[run["id"]]
    ]
    assert changed == [1, 1]
