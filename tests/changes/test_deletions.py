"""A deletion tells a key of nothing that the key could never read, whatever was written and in what order.

What no key can read is a run that is still running, with its scrap and stops.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nexshift.storage.connection import ReadConnection, open_reader, open_writer
from nexshift.storage.keys import Grant
from nexshift.storage.library import sqlite3
from nexshift.tables.deletions import DELETIONS_TABLE
from tests.changes.client import KEPT, ask
from tests.changes.writers import Writer
from tests.grants import grant_of
from tests.plants import FIRST, Plant, make_plant

ACTIONS = ("import", "delete", "sql", "sql", "sql", "reopen")
KINDS = ("all", "one site")
moves = st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(0, 2**32)), min_size=8, max_size=16)
plant = make_plant(9)
Seen = set[tuple[str, str]]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return plant.write(tmp_path_factory.mktemp("small") / "plant.db")


def read_all(reader: ReadConnection, grant: Grant) -> Seen:
    """Every row that the key can read now, by its table and id."""
    return {(table.name, row["id"]) for table in KEPT for row in ask(reader, table, grant)[0]}


def read_deletions(reader: ReadConnection, grant: Grant) -> Seen:
    return {(row["table"], row["id"]) for row in ask(reader, DELETIONS_TABLE, grant)[0]}


@pytest.fixture(scope="module")
def counted() -> Iterator[Counter[str]]:
    """What all examples together came to, so that none of it can be missing unnoticed."""
    yield (found := Counter[str]())
    assert found["deletions"] > 200
    assert found["never seen"] > 50


@given(moves=moves, recursive=st.booleans())
@settings(max_examples=40, deadline=None, derandomize=True, database=None)
def test_no_deletion_is_of_a_row_that_the_key_could_never_read(
    small: Path, counted: Counter[str], moves: list[tuple[str, int]], recursive: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plant.db"
        shutil.copyfile(small, path)
        with closing(open_writer(path)) as connection, closing(open_reader(path)) as reader:
            connection.execute(f"PRAGMA recursive_triggers = {recursive:d}")
            grants = [grant_of(plant, 1, kind) for kind in KINDS]
            seen = {grant.key_name: read_all(reader, grant) for grant in grants}
            writer = Writer(connection, Path(folder), 1)
            for action, number in moves:
                if action == "import":
                    writer.import_rows(number)
                elif action == "delete":
                    writer.delete_rows(number)
                elif action == "sql":
                    writer.execute(number)
                else:
                    reopen_one(connection, number)
                for grant in grants:
                    seen[grant.key_name] |= read_all(reader, grant)
            for grant in grants:
                told = read_deletions(reader, grant)
                assert told <= seen[grant.key_name], grant.key_name
                counted["deletions"] += len(told)
            (never,) = connection.execute("SELECT count(*) FROM run WHERE status = 'running'").fetchone()
            counted["never seen"] += never


def reopen_one(connection: sqlite3.Connection, number: int) -> None:
    """A run goes on, or the one that runs ends: at most one runs on a machine."""
    runs = connection.execute("SELECT id, status FROM run WHERE company_id = 1 ORDER BY uuid").fetchall()
    if not runs:
        return
    run, status = runs[number % len(runs)]
    if status == "running":
        connection.execute(
            "UPDATE run SET status = 'completed', ended_at = max(started_at, ?) WHERE id = ?", (FIRST, run)
        )
    else:
        connection.execute("UPDATE OR IGNORE run SET status = 'running', ended_at = NULL WHERE id = ?", (run,))


# --- one run, step by step ---------------------------------------------------------------------------------------


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    one = Plant({name: rows for name, rows in plant.tables.items() if name not in ("material_log",)})
    with closing(open_writer(one.write(tmp_path / "plant.db"))) as connection:
        yield connection


@pytest.fixture
def reader(writer: sqlite3.Connection, tmp_path: Path) -> Iterator[ReadConnection]:
    with closing(open_reader(tmp_path / "plant.db")) as connection:
        yield connection


@pytest.fixture
def running(writer: sqlite3.Connection) -> str:
    """A run that no key has ever read, with scrap and a stop."""
    uuid = "00000000-0000-4000-8000-000000000001"
    writer.execute(
        "INSERT INTO run (id, uuid, company_id, site_id, machine_id, product_id, status, started_at, units_produced)"
        " SELECT 900, ?, company_id, site_id, id, (SELECT min(id) FROM product WHERE company_id = 1), 'running', 5, 1"
        " FROM machine WHERE company_id = 1"
        " AND id NOT IN (SELECT machine_id FROM run WHERE status = 'running') LIMIT 1",
        (uuid,),
    )
    writer.execute(
        "INSERT INTO scrap (run_id, timestamp, uuid, units) VALUES (900, 6, '00000000-0000-4000-8000-000000000002', 1)"
    )
    writer.execute(
        "INSERT INTO downtime (run_id, started_at, uuid)"
        " VALUES (900, 7, '00000000-0000-4000-8000-000000000003'), (900, 8, '00000000-0000-4000-8000-000000000004')"
    )
    return uuid


GRANT = grant_of(plant, 1)
GOES = {
    "deleted": "DELETE FROM run WHERE id = 900",
    "its children deleted": "DELETE FROM downtime WHERE run_id = 900",
    "renamed": "UPDATE run SET uuid = '00000000-0000-4000-8000-00000000000a' WHERE id = 900",
    "a child renamed": "UPDATE scrap SET uuid = '00000000-0000-4000-8000-00000000000a' WHERE run_id = 900",
    "a child moved": "UPDATE scrap SET run_id = (SELECT min(id) FROM run WHERE company_id = 1) WHERE run_id = 900",
    "a child replaced": "UPDATE OR REPLACE downtime SET uuid = (SELECT max(uuid) FROM downtime WHERE run_id = 900)"
    " WHERE uuid = (SELECT min(uuid) FROM downtime WHERE run_id = 900)",
    "moved": "UPDATE machine SET name = 'moved', site_id = (SELECT max(id) FROM site WHERE company_id = 1)"
    " WHERE id = (SELECT machine_id FROM run WHERE id = 900)",
    "replaced": "INSERT OR REPLACE INTO run (id, uuid, company_id, site_id, machine_id, product_id, status, started_at,"
    " ended_at, units_produced) SELECT 901, '00000000-0000-4000-8000-00000000000a', company_id, site_id, machine_id,"
    " product_id, 'completed', started_at, 6, 1 FROM run WHERE id = 900",
}


@pytest.mark.parametrize("how", GOES)
def test_what_happens_to_a_running_run_is_no_deletion(
    writer: sqlite3.Connection, reader: ReadConnection, running: str, how: str
) -> None:
    before = read_deletions(reader, GRANT)
    readable = read_all(reader, GRANT)
    writer.execute(GOES[how])
    assert read_deletions(reader, GRANT) - before <= readable


def test_a_run_that_ends_is_a_change_and_one_that_goes_on_again_a_deletion(
    writer: sqlite3.Connection, reader: ReadConnection, running: str
) -> None:
    _, token = ask(reader, DELETIONS_TABLE, GRANT)
    runs = KEPT[0]
    writer.execute("UPDATE run SET status = 'completed', ended_at = 60 WHERE id = 900")
    changed, later = ask(reader, runs, GRANT, {"changed_after": token})
    assert [row["id"] for row in changed] == [running]
    assert read_deletions(reader, GRANT) == set()

    writer.execute("UPDATE run SET status = 'running', ended_at = NULL WHERE id = 900")
    gone, last = ask(reader, DELETIONS_TABLE, GRANT, {"changed_after": later})
    assert sorted(row["table"] for row in gone) == [
        *("production_runs", "production_runs_downtime", "production_runs_downtime", "production_runs_scrap")
    ]
    writer.execute("DELETE FROM run WHERE id = 900")  # told already
    assert ask(reader, DELETIONS_TABLE, GRANT, {"changed_after": last})[0] == []


def test_a_child_of_a_completed_run_that_is_deleted_is_a_deletion(
    writer: sqlite3.Connection, reader: ReadConnection, running: str
) -> None:
    writer.execute("UPDATE run SET status = 'completed', ended_at = 60 WHERE id = 900")
    writer.execute("DELETE FROM scrap WHERE run_id = 900")
    assert read_deletions(reader, GRANT) == {("production_runs_scrap", "00000000-0000-4000-8000-000000000002")}
