"""Lengths are stored where they are unknown, however many runs there are, and a wrong one is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from nexshift.config import MAX_LIMIT
from nexshift.storage.connection import writing
from nexshift.storage.downtime import find_wrong_lengths, store_lengths
from nexshift.storage.integrity import check
from nexshift.storage.library import sqlite3
from tests.storage.rows import add_plant, add_row

RUNS = 2 * MAX_LIMIT + 1


@pytest.fixture
def many_runs(writer: sqlite3.Connection) -> dict[str, int]:
    """More than are computed at a time, each of 3600 s; the one with number n was down for n seconds."""
    ids: dict[str, int] = {}
    with writing(writer):
        for number in range(RUNS):
            start = 10_000 * (RUNS - number)  # the later in the table, the earlier
            run = add_row(writer, "run", ids, started_at=start, ended_at=start + 3600, running_at=None)
            if number:
                add_row(writer, "downtime", {"run": run}, started_at=start, ended_at=start + number)
    return ids


@pytest.mark.usefixtures("many_runs")
def test_every_run_gets_its_length(writer: sqlite3.Connection) -> None:
    store_lengths(writer)
    stored = writer.execute("SELECT downtime_seconds FROM run ORDER BY id").fetchall()
    assert stored == [(number,) for number in range(RUNS)]
    assert list(find_wrong_lengths(writer)) == []


@pytest.mark.usefixtures("many_runs")
def test_only_what_is_unknown_is_written(writer: sqlite3.Connection) -> None:
    store_lengths(writer)
    writer.execute("UPDATE run SET downtime_seconds = NULL WHERE id % 100 = 0")
    before = writer.total_changes
    store_lengths(writer)
    assert writer.total_changes - before == RUNS // 100
    store_lengths(writer)
    assert writer.total_changes - before == RUNS // 100


def test_an_open_run_is_left_alone(writer: sqlite3.Connection) -> None:
    add_row(writer, "run", {}, status="running", ended_at=None)
    store_lengths(writer)
    assert writer.execute("SELECT downtime_seconds FROM run").fetchall() == [(None,)]


def test_it_is_the_length_of_the_union_inside_of_the_run(writer: sqlite3.Connection) -> None:
    run = add_row(writer, "run", {}, started_at=1000, ended_at=4600)
    for start, end in ((500, 1100), (2000, 3200), (3000, 3300), (4500, None)):
        add_row(writer, "downtime", {"run": run}, started_at=start, ended_at=end)
    store_lengths(writer)
    assert writer.execute("SELECT downtime_seconds FROM run").fetchall() == [(100 + 1300 + 100,)]


@pytest.mark.usefixtures("many_runs")
def test_finding_the_unknown_scans_no_table(writer: sqlite3.Connection) -> None:
    for statistics in (False, True):
        if statistics:
            writer.execute("ANALYZE")
        executed: list[str] = []
        writer.set_trace_callback(executed.append)
        writer.execute("UPDATE run SET downtime_seconds = NULL WHERE id = 5")
        store_lengths(writer)
        writer.set_trace_callback(None)
        selects = [sql for sql in executed if sql.startswith("SELECT")]
        plans = {tuple(step for *_, step in writer.execute(f"EXPLAIN QUERY PLAN {sql}")) for sql in selects}
        assert plans == {
            ("SCAN run USING INDEX run_unmeasured",),
            ("SCAN page VIRTUAL TABLE INDEX 1:", "SEARCH d USING PRIMARY KEY (run_id=?)"),
        }


@pytest.mark.usefixtures("many_runs")
def test_a_check_names_the_run_whose_length_is_wrong(path: Path, writer: sqlite3.Connection) -> None:
    store_lengths(writer)
    assert check(path) == []
    writer.execute("UPDATE run SET downtime_seconds = 8 WHERE id = 8")
    writer.execute("UPDATE run SET downtime_seconds = NULL WHERE id = 9")
    (uuid,) = writer.execute("SELECT uuid FROM run WHERE id = 8").fetchone()
    assert check(path) == [f"run {uuid} says that it was down for 8 s; its stops make 7 s"]


def test_a_check_computes_nothing_from_rows_that_break_rules(path: Path, writer: sqlite3.Connection) -> None:
    add_plant(writer)
    store_lengths(writer)
    writer.execute("PRAGMA ignore_check_constraints = ON")
    writer.execute("DROP TRIGGER run_changed")
    writer.execute("UPDATE run SET started_at = -9000000000000000")
    assert len(check(path)) == 2  # the trigger and the row
