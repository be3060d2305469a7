"""Whatever plain SQL does to runs and stops, no stored length is wrong and the summary is that of a fresh sum."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from nexshift.listings.summary import SUMMARY
from nexshift.storage.connection import ReadConnection, create_database, open_reader, writing
from nexshift.storage.downtime import store_lengths
from nexshift.storage.keys import Grant
from nexshift.storage.library import sqlite3
from tests.asking import ask, rows
from tests.plants import Plant
from tests.storage.rows import add_row

MACHINES, RUNS, STOPS = 2, 6, 9  # so few that ids, keys and times often meet
LATEST = 40
UUID = "00000000-0000-4000-8000-{:012}"
Change = Callable[[random.Random], tuple[str, dict[str, Any]]]
COLUMNS = "id, uuid, company_id, site_id, machine_id, product_id, status, started_at, ended_at, units_produced"
VALUES = ":id, :uuid, 1, 1, :machine, 1, :status, :start, :end, 1"


def span(rng: random.Random) -> dict[str, Any]:
    start = rng.randrange(LATEST)
    end = None if rng.random() < 0.2 else rng.randint(start, LATEST)
    return {"start": start, "end": end, "status": "running" if end is None else "completed"}


def put_run(rng: random.Random) -> tuple[str, dict[str, Any]]:
    run = rng.randint(1, RUNS)
    values = {"id": run, "uuid": UUID.format(run), "machine": rng.randint(1, MACHINES), "length": rng.randrange(3)}
    verb = rng.choice(("INSERT", "INSERT OR REPLACE", "INSERT OR IGNORE"))
    upsert = rng.choice(("", " ON CONFLICT (id) DO UPDATE SET started_at = :start, ended_at = :end, status = :status"))
    return (
        f"{verb} INTO run ({COLUMNS}, downtime_seconds) VALUES ({VALUES}, :length){upsert if verb == 'INSERT' else ''}",
        values | span(rng),
    )


def change_run(rng: random.Random) -> tuple[str, dict[str, Any]]:
    settings = rng.choice(
        (
            "started_at = :start, ended_at = :end, status = :status",
            "started_at = :start, ended_at = :end, status = :status, downtime_seconds = :length",
            "started_at = :start",
            "ended_at = :end, status = :status",
            "status = 'running', ended_at = NULL",
            "machine_id = :machine",
            "units_produced = units_produced + 1",
            "id = :other",
        )
    )
    values = {"id": rng.randint(1, RUNS), "other": rng.randint(1, RUNS), "machine": rng.randint(1, MACHINES)}
    verb = rng.choice(("UPDATE", "UPDATE OR REPLACE"))
    which = rng.choice((" WHERE id = :id", " WHERE id >= :id", ""))
    return f"{verb} run SET {settings}{which}", values | {"length": rng.randrange(3)} | span(rng)


def remove_run(rng: random.Random) -> tuple[str, dict[str, Any]]:
    return "DELETE FROM run WHERE id = :id", {"id": rng.randint(1, RUNS)}


def put_stop(rng: random.Random) -> tuple[str, dict[str, Any]]:
    values = {"run": rng.randint(1, RUNS), "uuid": UUID.format(rng.randint(1, STOPS))}
    verb = rng.choice(("INSERT", "INSERT OR REPLACE", "INSERT OR IGNORE"))
    upsert = rng.choice(("", " ON CONFLICT (uuid) DO UPDATE SET run_id = :run, ended_at = NULL"))
    return (
        f"{verb} INTO downtime (run_id, started_at, ended_at, uuid) VALUES (:run, :start, :end, :uuid)"
        f"{upsert if verb == 'INSERT' else ''}",
        values | span(rng),
    )


def change_stop(rng: random.Random) -> tuple[str, dict[str, Any]]:
    settings = rng.choice(
        (
            "run_id = :run",
            "started_at = :start, ended_at = :end",
            "ended_at = :end",
            "uuid = :uuid",
            "run_id = :run, started_at = :start, ended_at = :end, uuid = :uuid",
            "reason = 'jam'",
        )
    )
    ids = {"uuid": UUID.format(rng.randint(1, STOPS)), "old": UUID.format(rng.randint(1, STOPS))}
    verb = rng.choice(("UPDATE", "UPDATE OR REPLACE"))
    which = rng.choice((" WHERE uuid = :old", " WHERE uuid = :old", " WHERE uuid >= :old"))
    return f"{verb} downtime SET {settings}{which}", ids | {"run": rng.randint(1, RUNS)} | span(rng)


def remove_stop(rng: random.Random) -> tuple[str, dict[str, Any]]:
    values = {"uuid": UUID.format(rng.randint(1, STOPS)), "run": rng.randint(1, RUNS)}
    which = rng.choice(("uuid = :uuid", "run_id = :run"))
    return f"DELETE FROM downtime WHERE {which}", values


CHANGES: tuple[Change, ...] = (put_run, put_run, change_run, remove_run, put_stop, put_stop, change_stop, remove_stop)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "plant.db"
    connection = create_database(path)
    ids: dict[str, int] = {}
    for number in range(MACHINES):
        add_row(connection, "machine", ids, name=f"Auto {number + 1}")
    add_row(connection, "product", ids)
    connection.close()
    return path


@pytest.fixture
def plain(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection as any tool opens one."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    yield connection
    connection.close()


@pytest.fixture
def its_reader(path: Path) -> Iterator[ReadConnection]:
    reader = open_reader(path)
    yield reader
    reader.close()


def down_seconds(connection: sqlite3.Connection) -> dict[int, int]:
    """Of each completed run, second by second."""
    stops: dict[int, list[tuple[int, int | None]]] = {}
    for run, start, end in connection.execute("SELECT run_id, started_at, ended_at FROM downtime"):
        stops.setdefault(run, []).append((start, end))
    return {
        run: sum(
            any(first <= second and (last is None or second < last) for first, last in stops.get(run, ()))
            for second in range(start, end)
        )
        for run, start, end in connection.execute("SELECT id, started_at, ended_at FROM run WHERE status = 'completed'")
    }


def availabilities(connection: sqlite3.Connection) -> dict[str, float | None]:
    """Of each machine with a completed run."""
    down = down_seconds(connection)
    sums: dict[str, tuple[int, int]] = {}
    for machine, run, length in connection.execute(
        "SELECT m.uuid, r.id, r.ended_at - r.started_at FROM run r JOIN machine m ON m.id = r.machine_id"
        " WHERE r.status = 'completed'"
    ):
        busy, up = sums.get(machine, (0, 0))
        sums[machine] = busy + length, up + length - down[run]
    return {machine: math.floor(up / busy * 1000 + 0.5) / 10 if busy else None for machine, (busy, up) in sums.items()}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("recursive_triggers", ["ON", "OFF"])
@pytest.mark.parametrize("foreign_keys", ["ON", "OFF"])
def test_random_writes_leave_no_wrong_length(
    *,
    plain: sqlite3.Connection,
    its_reader: ReadConnection,
    grant: Grant,
    seed: int,
    foreign_keys: str,
    recursive_triggers: str,
) -> None:
    plain.execute(f"PRAGMA foreign_keys = {foreign_keys}")
    plain.execute(f"PRAGMA recursive_triggers = {recursive_triggers}")
    rng = random.Random(seed)
    written = known = 0
    for _ in range(400):
        if rng.random() < 0.3:
            store_lengths(plain)
        change = rng.choice(CHANGES)(rng)
        with suppress(sqlite3.IntegrityError):  # it broke a rule, and changed nothing
            written += plain.execute(*change).rowcount > 0
        right = down_seconds(plain)
        for run, stored in plain.execute("SELECT id, downtime_seconds FROM run WHERE downtime_seconds IS NOT NULL"):
            assert stored == right.get(run), change
            known += 1
        summary = {row["machine_id"]: row["availability_pct"] for row in rows(its_reader, SUMMARY, grant)}
        assert summary == availabilities(plain), change
    assert written > 150
    assert known > 150


def test_a_lasting_length_is_what_the_summary_uses(
    plain: sqlite3.Connection, its_reader: ReadConnection, grant: Grant
) -> None:
    """So that the test above can fail: the stops of a run whose length is stored are not looked at."""
    plain.execute(
        f"INSERT INTO run ({COLUMNS}) VALUES ({VALUES})",
        {"id": 1, "uuid": UUID.format(1), "machine": 1, "status": "completed", "start": 0, "end": 40},
    )
    assert [row["availability_pct"] for row in rows(its_reader, SUMMARY, grant)] == [100.0]
    plain.execute("UPDATE run SET downtime_seconds = 10")
    assert [row["availability_pct"] for row in rows(its_reader, SUMMARY, grant)] == [75.0]


def test_the_summary_is_the_same_bytes_before_and_after(
    plant: Plant, reader: ReadConnection, own_file: Path, any_grant: Grant
) -> None:
    """All, none and half of the lengths stored."""
    sent = {"from": "2026-03-01", "to": "2026-03-02"}
    expected = [ask(reader, SUMMARY, any_grant, each) for each in ({}, sent)]
    connection = sqlite3.connect(own_file, isolation_level=None)
    with writing(connection):
        store_lengths(connection)
    own_reader = open_reader(own_file)
    for forget in ("0", "id % 2 = 0"):
        connection.execute(f"UPDATE run SET downtime_seconds = NULL WHERE {forget}")
        (stored,) = connection.execute("SELECT count(downtime_seconds) FROM run").fetchone()
        assert stored > 100
        assert [ask(own_reader, SUMMARY, any_grant, each) for each in ({}, sent)] == expected
    own_reader.close()
    connection.close()
