"""A stored length of downtime is forgotten by every write that could change it, and by no other."""

from __future__ import annotations

import pytest

from nexshift.storage.downtime import store_lengths
from nexshift.storage.library import sqlite3
from tests.storage.rows import add_plant, add_row, new_uuid

LENGTH = 1200  # the good stop lasts from 2000 to 3200, the good run from 1000 to 4600


@pytest.fixture
def ids(writer: sqlite3.Connection) -> dict[str, int]:
    """A run with one stop, and beside it one without; the lengths of both are stored."""
    ids = add_plant(writer)
    writer.execute("UPDATE run SET started_at = 1000")
    ids["other run"] = add_row(writer, "run", ids, started_at=10_000, ended_at=13_600)
    store_lengths(writer)
    assert lengths(writer, ids) == (LENGTH, 0)
    return ids


@pytest.fixture(params=["ON", "OFF"])
def recursive(request: pytest.FixtureRequest, writer: sqlite3.Connection) -> None:
    """REPLACE runs DELETE triggers with this setting only."""
    writer.execute(f"PRAGMA recursive_triggers = {request.param}")


def lengths(connection: sqlite3.Connection, ids: dict[str, int]) -> tuple[int | None, int | None]:
    stored = dict(connection.execute("SELECT id, downtime_seconds FROM run").fetchall())
    return stored[ids["run"]], stored[ids["other run"]]


@pytest.mark.usefixtures("recursive")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE run SET started_at = 1500 WHERE id = :run",
        "UPDATE run SET ended_at = 5000 WHERE id = :run",
        "UPDATE run SET ended_at = 1001, running_at = NULL WHERE id = :run",  # shorter than what is stored
        "UPDATE run SET status = 'running', ended_at = NULL WHERE id = :run",
        "UPDATE run SET ended_at = 5000, downtime_seconds = 7 WHERE id = :run",  # of which end is not known
        "UPDATE downtime SET ended_at = NULL",
        "UPDATE downtime SET started_at = 1999",
        "UPDATE downtime SET ended_at = ended_at + 1 WHERE run_id = :run",
        "DELETE FROM downtime",
        "DELETE FROM downtime WHERE run_id = :run",
        "INSERT INTO downtime (run_id, started_at, uuid) VALUES (:run, 4000, :uuid)",
        "INSERT OR REPLACE INTO downtime SELECT * FROM downtime",
    ],
)
def test_a_write_forgets_the_length_of_its_run_alone(
    writer: sqlite3.Connection, ids: dict[str, int], statement: str
) -> None:
    writer.execute(statement, {"run": ids["run"], "uuid": new_uuid()})
    assert lengths(writer, ids) == (None, 0)


@pytest.mark.usefixtures("recursive")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE downtime SET run_id = :other",
        # replaces the stop of the first run, which has this id
        "INSERT OR REPLACE INTO downtime (run_id, started_at, uuid) SELECT :other, 11000, uuid FROM downtime",
        "UPDATE OR REPLACE downtime SET uuid = (SELECT uuid FROM downtime WHERE run_id = :run) WHERE run_id = :other",
    ],
)
def test_a_stop_that_moves_forgets_both_runs(writer: sqlite3.Connection, ids: dict[str, int], statement: str) -> None:
    if "UPDATE OR REPLACE" in statement:
        add_row(writer, "downtime", {"run": ids["other run"]}, started_at=11_000, ended_at=11_060)
        store_lengths(writer)
    writer.execute(statement, {"run": ids["run"], "other": ids["other run"]})
    assert lengths(writer, ids) == (None, None)
    assert writer.execute("SELECT run_id FROM downtime").fetchall() == [(ids["other run"],)]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE run SET units_produced = 1, target_quantity = NULL, batch_number = 'B-2', setup_duration_seconds = 0",
        "UPDATE downtime SET reason = 'other', category = NULL",
        "UPDATE scrap SET units = 5",
        "DELETE FROM scrap",
        "UPDATE machine SET name = 'Auto 4'",
    ],
)
def test_other_writes_keep_it(writer: sqlite3.Connection, ids: dict[str, int], statement: str) -> None:
    writer.execute(statement)
    assert lengths(writer, ids) == (LENGTH, 0)


def test_a_length_that_is_unknown_already_is_not_written_again(writer: sqlite3.Connection, ids: dict[str, int]) -> None:
    def changes(statement: str) -> int:
        before = writer.total_changes
        writer.execute(statement)
        return writer.total_changes - before

    numbering = 2  # the sequence, and the number of the run
    assert changes("UPDATE downtime SET ended_at = 3300") == 2 + numbering  # the stop and its run
    assert changes("UPDATE downtime SET ended_at = 3400") == 1 + numbering
    assert changes("UPDATE run SET ended_at = 4700 WHERE started_at = 1000") == 1 + numbering
    assert lengths(writer, ids) == (None, 0)


def test_a_length_that_is_stored_by_itself_stays(writer: sqlite3.Connection, ids: dict[str, int]) -> None:
    """The triggers compute nothing: what import computes is taken, up to the run's own length."""
    for seconds in (3600, 0, None):
        writer.execute("UPDATE run SET downtime_seconds = ? WHERE id = ?", (seconds, ids["run"]))
        assert lengths(writer, ids) == (seconds, 0)


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("UPDATE run SET downtime_seconds = -1", "CHECK constraint failed: downtime_seconds >= 0"),
        ("UPDATE run SET downtime_seconds = 3601", "longer than the run"),
        ("UPDATE run SET ended_at = 1002, downtime_seconds = 3", "longer than the run"),
        ("UPDATE run SET downtime_seconds = 'long'", "cannot store TEXT value in INTEGER column"),
        ("UPDATE run SET status = 'running', ended_at = NULL, downtime_seconds = 0", "has not ended"),
    ],
)
def test_a_length_that_cannot_be_is_refused(
    writer: sqlite3.Connection, ids: dict[str, int], statement: str, reason: str
) -> None:
    with pytest.raises(sqlite3.IntegrityError, match=reason):
        writer.execute(f"{statement} WHERE id = ?", (ids["run"],))
    assert lengths(writer, ids) == (LENGTH, 0)


def test_a_running_run_has_none(writer: sqlite3.Connection, ids: dict[str, int]) -> None:
    writer.execute("UPDATE run SET status = 'running', ended_at = NULL WHERE id = ?", (ids["run"],))
    store_lengths(writer)
    with pytest.raises(sqlite3.IntegrityError, match="has not ended"):
        writer.execute("UPDATE run SET downtime_seconds = 0 WHERE id = ?", (ids["run"],))
    assert lengths(writer, ids) == (None, 0)


def test_what_an_insert_brings_is_not_believed(writer: sqlite3.Connection, ids: dict[str, int]) -> None:
    run = add_row(writer, "run", ids, started_at=20_000, ended_at=23_600, downtime_seconds=5)
    assert writer.execute("SELECT downtime_seconds FROM run WHERE id = ?", (run,)).fetchone() == (None,)


def test_a_run_that_goes_takes_its_stops_with_it(writer: sqlite3.Connection, ids: dict[str, int]) -> None:
    writer.execute("UPDATE material_log SET run_id = NULL")
    writer.execute("DELETE FROM run WHERE id = ?", (ids["run"],))
    assert writer.execute("SELECT downtime_seconds FROM run").fetchall() == [(0,)]
    assert writer.execute("SELECT count(*) FROM downtime").fetchone() == (0,)
