"""Is a database of an earlier version brought up to this one with a copy of what it was, or left alone?

The program with one more step is real, and a program of its own: tests/newer_program.py.
"""

from __future__ import annotations

import re
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlite_utils import Database

from nexshift.errors import Refused
from nexshift.storage import connection as connection_module
from nexshift.storage import migrations
from nexshift.storage.checksum import verify
from nexshift.storage.connection import Mode, open_known, open_reader, open_writer, upgrade
from nexshift.storage.integrity import check
from nexshift.storage.library import sqlite3
from nexshift.storage.migrations import Migrated
from tests.other_process import ROOT, other_process
from tests.storage.files import files_in, read_units

RELEASED = [step.__name__ for step in migrations.STEPS]
NEXT = len(RELEASED) + 1
Newer = Callable[..., subprocess.CompletedProcess[str]]


WRITING = ("init", "--company", "Acme", "--timezone", "Australia/Brisbane")  # which is there already


@pytest.fixture
def newer(path: Path, writer: sqlite3.Connection, ids: dict[str, int]) -> Newer:
    """The next version's `nexshift --db plant.db ARGUMENTS`, over a database of this version."""
    writer.close()  # a program with an older SQLite waits until nobody else has it open to write

    def run(*arguments: str, **settings: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tests.newer_program", "--db", path, *arguments],
            check=False,
            **({"cwd": ROOT, "capture_output": True, "text": True, "timeout": 60} | settings),
        )

    return run


def kept_in(path: Path) -> list[str]:
    return sorted(name for name in files_in(path) if ".before-" in name)


def steps_of(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    names = [row[0] for row in connection.execute("SELECT name FROM _sqlite_migrations ORDER BY id")]
    connection.close()
    return names


@pytest.fixture
def one_more_step(ids: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    def next_remarks(database: Database) -> None:
        database.execute("CREATE TABLE remark (text TEXT) STRICT")

    monkeypatch.setattr(migrations, "STEPS", (*migrations.STEPS, next_remarks))


def test_the_first_command_that_writes_migrates_and_says_where_the_copy_is(path: Path, newer: Newer) -> None:
    done = newer(*WRITING)

    assert done.returncode == 0
    said = re.fullmatch(
        rf"Brought {path} up to this version of Nexshift \(next_run_hours\); as it was before, it is kept as (.*)\.\n",
        done.stderr,
    )
    assert said
    saved = Path(said[1])
    assert re.fullmatch(rf"plant\.db\.before-v{NEXT}-\d{{4}}-\d\d-\d\dT\d{{6}}Z", saved.name)
    assert kept_in(path) == [saved.name, f"{saved.name}.sha256"]
    assert verify(saved)
    assert saved.stat().st_mode & 0o777 == 0o600
    assert (steps_of(saved), steps_of(path)) == (RELEASED, [*RELEASED, "next_run_hours"])
    assert (read_units(saved), check(saved)) == ([9700], [])  # this version still reads it

    again = newer(*WRITING)
    assert (again.stderr, len(kept_in(path))) == ("", 2)


def test_the_earlier_version_says_what_to_do_with_a_newer_database(path: Path, newer: Newer) -> None:
    newer(*WRITING)
    (saved, _) = kept_in(path)
    done = subprocess.run(
        [sys.executable, "-m", "nexshift", "--db", path, "restore", path.with_name(saved)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "was written by a newer version of Nexshift (it has next_run_hours)" in done.stderr
    assert "move the file away" in done.stderr


def test_looking_does_not_migrate(path: Path, newer: Newer) -> None:
    assert newer("check").stdout == "OK\n"
    assert "Excel" in newer("key", "list").stdout
    assert newer("export", "production_runs", "-").returncode == 0
    assert newer("backup", str(path.with_name("copy.db"))).returncode == 0
    assert (steps_of(path), kept_in(path)) == (RELEASED, [])


def test_a_copy_that_cannot_be_made_keeps_the_database_as_it_was(path: Path, newer: Newer) -> None:
    def allow_100_kb() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    done = newer(*WRITING, preexec_fn=allow_100_kb)
    assert done.returncode == 1
    first, second = done.stderr.splitlines()
    assert first.startswith(
        f"Error: {path} was left as it is, because it could not be copied first: {path}.before-v{NEXT}-"
    )
    assert second.startswith("Hint: ")
    assert (steps_of(path), kept_in(path)) == (RELEASED, [])
    assert not [name for name in files_in(path) if name.endswith(".partial")]


def test_a_step_that_fails_leaves_the_database_as_it_was_and_no_copy(
    path: Path, ids: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def next_half(database: Database) -> None:
        database.execute("CREATE TABLE remark (text TEXT) STRICT")
        database.execute("INSERT INTO nowhere VALUES (1)")

    monkeypatch.setattr(migrations, "STEPS", (*migrations.STEPS, next_half))
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        open_writer(path)
    assert steps_of(path) == RELEASED
    assert kept_in(path) == []


@pytest.mark.usefixtures("one_more_step")
def test_a_damaged_database_is_not_migrated(path: Path, writer: sqlite3.Connection, ids: dict[str, int]) -> None:
    (page,) = writer.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'run_company'").fetchone()
    writer.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)
    with pytest.raises(Refused, match=r"could not be copied first: .* is damaged \(") as caught:
        open_writer(path)
    assert "check" in caught.value.hint
    assert kept_in(path) == []


@pytest.mark.usefixtures("one_more_step")
def test_a_row_that_breaks_a_rule_is_no_reason_to_stay_on_an_old_version(
    path: Path, writer: sqlite3.Connection, ids: dict[str, int]
) -> None:
    writer.execute("PRAGMA ignore_check_constraints = ON")
    writer.execute("UPDATE run SET units_produced = -5")
    upgrade(path)
    open_reader(path).close()


@pytest.mark.usefixtures("one_more_step")
def test_nobody_can_commit_between_the_copy_and_the_migration(
    path: Path, ids: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    save = connection_module.save
    refused: list[str] = []

    def save_while_another_writes(path: Path, occasion: str, *, must_be_whole: bool) -> Path:
        other = sqlite3.connect(path, timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked") as caught:
            other.execute("UPDATE run SET units_produced = 1")
        refused.append(str(caught.value))
        assert other.execute("SELECT units_produced FROM run").fetchall() == [(9700,)]  # readers do not wait
        other.close()
        return save(path, occasion, must_be_whole=must_be_whole)

    monkeypatch.setattr(connection_module, "save", save_while_another_writes)
    upgrade(path)
    assert len(refused) == 1


@pytest.mark.usefixtures("one_more_step")
def test_of_two_programs_that_start_at_once_one_migrates(
    path: Path, ids: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Migrated] = []
    is_current = migrations.is_current

    def look_late(connection: sqlite3.Connection) -> bool:
        found = is_current(connection)
        monkeypatch.setattr(migrations, "is_current", is_current)
        open_writer(path, told.append).close()  # the other, between our look and our lock
        return found

    monkeypatch.setattr(migrations, "is_current", look_late)
    open_writer(path, told.append).close()
    assert len(told) == 1
    assert len(kept_in(path)) == 2


@pytest.mark.usefixtures("one_more_step")
def test_a_writer_that_is_at_work_is_waited_for(path: Path, ids: dict[str, int]) -> None:
    with other_process(path) as other:
        other.commit(("UPDATE run SET units_produced = 5", []))
        upgrade(path)
        assert read_units(path) == [5]
        (saved, _) = kept_in(path)
        connection = open_known(path.with_name(saved), Mode.READ)
        assert connection.execute("SELECT units_produced FROM run").fetchall() == [(5,)]
        connection.close()
