"""After an import and after a deletion, the length of downtime of every completed run is stored."""

from __future__ import annotations

from nexshift.storage.deletion import delete_rows
from tests.importing.workbench import GOOD, Workbench

LENGTHS = "SELECT downtime_seconds FROM run ORDER BY status, started_at"
STOP = {**GOOD["downtime"], "started_at": "2026-03-26T01:00:00Z", "ended_at": "2026-03-26T01:20:00Z"}
LONGER = {**STOP, "ended_at": "2026-03-26T01:30:00Z"}


def test_import_stores_it_and_an_open_run_has_none(bench: Workbench) -> None:
    assert bench.rows(LENGTHS) == [(0,), (None,)]
    bench.load(bench.write_rows("downtime.csv", STOP))
    assert bench.rows(LENGTHS) == [(1200,), (None,)]
    bench.load(bench.write_rows("downtime.csv", LONGER))
    assert bench.rows(LENGTHS) == [(1800,), (None,)]


def test_a_changed_run_gets_its_new_length(bench: Workbench) -> None:
    bench.load(bench.write_rows("downtime.csv", STOP))
    report = bench.load_text(
        "runs.csv", "machine,started_at,ended_at\nAuto 3,2026-03-26T00:21:16Z,2026-03-26T01:10:00Z\n"
    )
    assert (report.updated, bench.problems_of(report)) == (1, [])
    assert bench.rows(LENGTHS) == [(600,), (None,)]
    bench.load_text("runs.csv", "machine,started_at,ended_at,status\nAuto 3,2026-03-26T00:21:16Z,,running\n")
    assert bench.rows(LENGTHS) == [(None,), (None,)]


def test_a_dry_run_and_a_refused_import_leave_what_was_stored(bench: Workbench) -> None:
    bench.load(bench.write_rows("downtime.csv", STOP))
    before = bench.exact_contents()
    bench.load(bench.write_rows("downtime.csv", LONGER), dry_run=True)
    bench.load(bench.write_rows("downtime.csv", LONGER, {**STOP, "started_at": "never"}))
    assert bench.exact_contents() == before


def test_what_another_program_left_unknown_is_stored_by_the_next_import(bench: Workbench) -> None:
    bench.load(bench.write_rows("downtime.csv", STOP))
    bench.rows("UPDATE downtime SET ended_at = ended_at + 60")
    assert bench.rows(LENGTHS) == [(None,), (None,)]
    bench.load_text("sites.csv", "name\nHobart\n")
    assert bench.rows(LENGTHS) == [(1260,), (None,)]


def test_the_length_follows_a_stop_that_is_deleted(bench: Workbench) -> None:
    path = bench.write_rows("downtime.csv", STOP)
    bench.load(path)
    before = bench.exact_contents()
    delete_rows(bench.connection, bench.company, "downtime", path, dry_run=True)
    assert bench.exact_contents() == before
    assert delete_rows(bench.connection, bench.company, "downtime", path).deleted == 1
    assert bench.rows(LENGTHS) == [(0,), (None,)]
