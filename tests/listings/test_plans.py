"""Every query an endpoint makes comes out of the index meant for it: no table is scanned, no page is sorted.

The queries are recorded while the endpoint answers, for every combination of filters, window, cursor and kind of key;
their plans are asked of an empty database, a filled one, and of ones with statistics, which change SQLite's choices.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import combinations, product
from pathlib import Path
from typing import Any

import pytest

from nexshift.listing import Endpoint
from nexshift.listings.downtime import DOWNTIME
from nexshift.listings.summary import SUMMARY
from nexshift.query import parse_query
from nexshift.storage.connection import ReadConnection, open_reader
from nexshift.storage.keys import Grant
from nexshift.storage.library import sqlite3
from tests.asking import ask, filters_of, page, raw_query, takes
from tests.grants import GRANTS, grant_of
from tests.plants import Plant

WINDOWS: list[dict[str, str]] = [
    {},
    {"from": "2026-03-01"},
    {"to": "2026-03-02"},
    {"from": "2026-03-01", "to": "2026-03-02"},
]
# The page's index by what leads it; `open` where only open rows are asked for.
LEADS = {
    "/production/runs": {
        "company": "run_company",
        "site": "run_site",
        "machine": "sqlite_autoindex_run_2",  # UNIQUE (machine_id, started_at)
    },
    "/quality/checks": {
        "company": "quality_check_company",
        "site": "quality_check_site",
        "machine": "quality_check_machine",
    },
    "/maintenance/downtime": {
        "company": "maintenance_company",
        "site": "maintenance_site",
        "open": "maintenance_open",
    },
    "/safety/incidents": {"company": "incident_company", "site": "incident_site"},
    "/batching/batches": {"company": "batch_company", "site": "batch_site"},
    "/batching/logs": {"company": "material_log_company", "site": "material_log_site"},
}

SEQUENCE = "SELECT value, restarted FROM commit_sequence WHERE company_id = ?"  # one row, read once a commit


class Recorder:
    """A read connection that also keeps what was executed."""

    def __init__(self, connection: ReadConnection) -> None:
        self._connection = connection
        self.executed: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def remembered(self, _owner: object) -> dict[Any, Any]:
        return {}  # so that names are asked for every time

    def execute(self, sql: str, values: Any = ()) -> sqlite3.Cursor:
        self.executed[sql] = values
        return self._connection.execute(sql, values)


@pytest.fixture(scope="module", params=["empty", "filled", "analyzed", "analyzed empty", "one large company"])
def planner(
    request: pytest.FixtureRequest, plant: Plant, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ReadConnection]:
    """A database whose statistics and contents differ."""
    path = tmp_path_factory.mktemp("plans") / "plant.db"
    if "empty" in request.param:
        Plant({}).write(path)
    else:
        plant.write(path, companies=(1,) if "company" in request.param else (1, 2))
    if "empty" not in request.param and request.param != "filled":
        add_statistics(path, times=1_000 if "company" in request.param else 1)
    elif request.param == "analyzed empty":
        add_statistics(path, times=1)
    connection = open_reader(path)
    yield connection
    connection.close()


def add_statistics(path: Path, times: int) -> None:
    """Those of this database, or as if every group of rows in it were so many times larger."""
    connection = sqlite3.connect(path)
    connection.execute("ANALYZE")
    for rowid, stat in connection.execute("SELECT rowid, stat FROM sqlite_stat1").fetchall():
        larger = re.sub(r"\b(?!1\b)[0-9]+", lambda match: str(int(match[0]) * times), stat)
        connection.execute("UPDATE sqlite_stat1 SET stat = ? WHERE rowid = ?", (larger, rowid))
    connection.commit()
    connection.close()


def filters(endpoint: Endpoint, plant: Plant, kind: str) -> list[dict[str, Any]]:
    """Every combination of the endpoint's filters."""
    values = {
        "site_id": [plant.site(1, (GRANTS[kind] or ("Brisbane",))[0])["uuid"]] if kind != "no site" else [],
        "machine_id": [plant.of("machine", 1)[0]["uuid"]],
        "passed": ["true", "false"],
        "is_open": ["true", "false"],
        "status": ["closed"],
        "severity": ["minor"],
    }
    names = filters_of(endpoint)
    return [
        dict(zip(chosen, each, strict=True))
        for size in range(len(names) + 1)
        for chosen in combinations(names, size)
        for each in product(*(values[name] for name in chosen))
    ]


def asked(reader: ReadConnection, endpoint: Endpoint, plant: Plant) -> Iterator[tuple[Grant, Mapping[str, Any]]]:
    """Keys of every kind with every query; those with a cursor follow a page of one row."""
    for kind in GRANTS:
        grant = grant_of(plant, 1, kind)
        for filter_, window in product(filters(endpoint, plant, kind), WINDOWS):
            sent = {**filter_, **window}
            yield grant, sent
            if takes(endpoint, "cursor"):
                meta = page(reader, endpoint, grant, {**sent, "limit": 1})["meta"]
                if "next_cursor" in meta:
                    yield grant, {**sent, "cursor": meta["next_cursor"]}


class Unbound(dict[str, Any]):
    """Values of a statement that is only explained."""

    def __missing__(self, _name: str) -> None:
        return None


def record(reader: ReadConnection, endpoint: Endpoint, grant: Grant, sent: Mapping[str, Any]) -> dict[str, Any]:
    """The queries of one answer, in their order, and what they bind."""
    recorder = Recorder(reader)
    query = parse_query(endpoint.path, endpoint.parameters, raw_query(sent), grant)
    if reader.statements is not None:
        reader.statements.prepared.clear()
        reader.remembered(getattr(endpoint, "writer", None)).clear()
    endpoint.page(recorder, grant, query)  # type: ignore[arg-type]
    executed = {sql: values for sql, values in recorder.executed.items() if "SELECT" in sql and sql != SEQUENCE}
    stepped = reader.statements.prepared if reader.statements is not None else {}
    return executed | dict.fromkeys(stepped, Unbound())


def explain(planner: ReadConnection, sql: str, values: Any) -> list[str]:
    return [detail for *_, detail in planner.execute(f"EXPLAIN QUERY PLAN {sql}", values)]


def test_no_query_scans_a_table_or_sorts(
    endpoint: Endpoint, reader: ReadConnection, planner: ReadConnection, plant: Plant
) -> None:
    queries: dict[str, Any] = {}
    for grant, sent in asked(reader, endpoint, plant):
        queries |= record(reader, endpoint, grant, sent)
    assert len(queries) >= 10
    for sql, values in queries.items():
        for step in explain(planner, sql, values):
            # The page's keys: a list of them, or a query that is stepped along.
            allowed = re.fullmatch(r"SCAN (page|json_each) VIRTUAL TABLE INDEX .*|SCAN page", step)
            assert allowed or "SCAN" not in step, (step, sql)
            assert "MATERIALIZE" not in step, (step, sql)
            assert "TEMP B-TREE" not in step, (step, sql)
            assert "AUTOMATIC" not in step, (step, sql)


def expected_lead(endpoint: Endpoint, grant: Grant, sent: Mapping[str, Any]) -> set[str]:
    indexes = LEADS[endpoint.path]
    if "machine_id" in sent:
        return {indexes["machine"]}
    if "site_id" in sent or (grant.sites is not None and len(grant.sites) == 1):
        return {indexes["site"]}
    if sent.get("is_open") == "true":
        return {indexes["open"], indexes["company"]}
    return {indexes["company"]}


def test_a_page_comes_out_of_the_index_of_its_scope_bounded_in_time(
    paged: Endpoint, reader: ReadConnection, planner: ReadConnection, plant: Plant
) -> None:
    for grant, sent in asked(reader, paged, plant):
        sql, values = next(iter(record(reader, paged, grant, sent).items()))
        first = explain(planner, sql, values)[0]
        match = re.fullmatch(r"SEARCH \w+ USING (?:COVERING )?INDEX (\w+) \(\w+=\?(.*)\)", first)
        assert match, (first, sent)
        assert match[1] in expected_lead(paged, grant, sent), (first, sent)
        lower, upper = "from" in sent, "to" in sent or "cursor" in sent
        assert re.fullmatch(rf"(?: AND \w+>\?){{{lower:d}}}(?: AND \w+<\?){{{upper:d}}}", match[2]), (first, sent)


def test_only_open_stops_come_out_of_the_index_of_those(reader: ReadConnection, grant: Grant, plant: Plant) -> None:
    sql, values = next(iter(record(reader, DOWNTIME, grant, {"is_open": "true"}).items()))
    assert "maintenance_open" in explain(reader, sql, values)[0]


def test_the_summary_reads_runs_from_its_index_alone_and_stops_only_where_no_length_is_stored(
    reader: ReadConnection, planner: ReadConnection, plant: Plant
) -> None:
    for grant, sent in asked(reader, SUMMARY, plant):
        queries = [each for each in record(reader, SUMMARY, grant, sent).items() if "FROM run r" in each[0]]
        if grant.sites == {}:
            assert queries == []
            continue
        (runs, values), (stops, _) = queries
        window = f"{' AND started_at>?' if 'from' in sent else ''}{' AND started_at<?' if 'to' in sent else ''}"
        steps = [step for step in explain(planner, runs, values) if " r " in step]
        assert steps == [f"SEARCH r USING COVERING INDEX run_summary (machine_id=?{window})"], sent
        steps = [step for step in explain(planner, stops, values) if " r " in step or " d " in step]
        assert steps == [
            f"SEARCH r USING INDEX run_unmeasured (machine_id=?{window})",
            "SEARCH d USING PRIMARY KEY (run_id=?)",
        ], sent


def test_the_recorder_sees_a_scan_when_there_is_one(planner: ReadConnection) -> None:
    """So that the tests above can fail."""
    assert explain(planner, "SELECT notes FROM quality_check WHERE notes = ?", ("x",)) == ["SCAN quality_check"]
    steps = explain(planner, "SELECT id FROM incident WHERE company_id = 1 ORDER BY title", ())
    assert "USE TEMP B-TREE FOR ORDER BY" in steps


def test_the_order_is_asked_for_and_not_an_index_happening_to_have_it(
    endpoint: Endpoint, reader: ReadConnection, own_file: Path, any_grant: Grant
) -> None:
    """Without the indexes SQLite sorts, and every answer is the same."""
    connection = sqlite3.connect(own_file)
    indexes = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL").fetchall()
    assert len(indexes) > 10
    for (name,) in indexes:
        connection.execute(f"DROP INDEX {name}")
    connection.close()
    bare = open_reader(own_file)
    assert ask(bare, endpoint, any_grant) == ask(reader, endpoint, any_grant)
    bare.close()
