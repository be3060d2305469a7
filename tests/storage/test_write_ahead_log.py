"""Commits that SQLite leaves out without a word, because a byte of the log before them was damaged, are counted."""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from nexshift.config import LOG_LOOKS, MAX_LOG_BYTES_AT_START
from nexshift.storage import write_ahead_log
from nexshift.storage.connection import open_reader
from nexshift.storage.integrity import check
from nexshift.storage.library import sqlite3
from nexshift.storage.write_ahead_log import Log, find_log_damage, inspect_log
from tests.storage.files import read_units
from tests.storage.rows import add_row

HEADER, FRAME = 32, 24 + 4096


@pytest.fixture
def logged(path: Path, writer: sqlite3.Connection, ids: dict[str, int]) -> Path:
    """A database as it stands after a crash, with five commits in its log, each of which has changed one number."""
    writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for units in range(1, 6):
        writer.execute("UPDATE run SET units_produced = ?", (units,))
    crashed = path.with_name("crashed.db")
    for ending in ("", "-wal"):
        shutil.copy(f"{path}{ending}", f"{crashed}{ending}")
    return crashed


def wal_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def find_commits(log: Path) -> list[int]:
    """Where the frames stand that end a commit."""
    content = log.read_bytes()
    starts = range(HEADER, len(content), FRAME)
    return [at for at in starts if content[at + 4 : at + 8] != bytes(4)]


def flip(file: Path, at: int) -> None:
    with file.open("r+b") as opened:
        opened.seek(at)
        byte = opened.read(1)[0]
        opened.seek(at)
        opened.write(bytes([byte ^ 1]))


def inspected(path: Path) -> Log:
    log = inspect_log(path)
    assert log is not None
    return log


def test_a_log_that_is_whole_is_read_to_its_end(logged: Path) -> None:
    log = inspected(logged)
    assert log.reached == (wal_of(logged).stat().st_size - HEADER) // FRAME
    assert (log.unreachable, check(logged), read_units(logged)) == (0, [], [5])


@pytest.mark.parametrize("broken", [0, 1, 2, 3])
def test_commits_behind_a_damaged_byte_are_counted_and_named(logged: Path, broken: int) -> None:
    commits = find_commits(wal_of(logged))
    assert len(commits) == 5
    flip(wal_of(logged), commits[broken] + 24 + 2000)
    before = wal_of(logged).read_bytes()

    assert inspected(logged).unreachable == 5 - broken
    for _ in range(2):  # it stays to be seen
        assert check(logged) == [
            f"crashed.db-wal is damaged: {5 - broken} commits in it cannot be read any more,"
            " and the database is as it was before them"
        ]
    assert wal_of(logged).read_bytes() == before
    reader = open_reader(logged)  # what SQLite makes of it
    assert reader.execute("SELECT units_produced FROM run").fetchall() == [(broken or 9700,)]
    reader.close()


@pytest.mark.parametrize("at", [4, 12, 16])
def test_a_damaged_head_of_a_frame_is_seen_too(logged: Path, at: int) -> None:
    flip(wal_of(logged), find_commits(wal_of(logged))[1] + at)
    assert inspected(logged).unreachable >= 3


def test_one_commit_that_is_not_whole_is_taken_for_an_interruption(logged: Path) -> None:
    flip(wal_of(logged), find_commits(wal_of(logged))[-1] + 24)
    assert (inspected(logged).unreachable, inspected(logged).is_damaged) == (1, False)
    assert check(logged) == []


@pytest.mark.parametrize("missing", [1, 24, FRAME - 1, FRAME])
def test_a_log_that_was_cut_off_is_taken_for_an_interruption(logged: Path, missing: int) -> None:
    os.truncate(wal_of(logged), wal_of(logged).stat().st_size - missing)
    assert inspected(logged).unreachable == 0
    assert (check(logged), read_units(logged)) == ([], [4])


def test_what_a_killed_writer_left_behind_the_last_commit_is_no_damage(
    path: Path, writer: sqlite3.Connection, ids: dict[str, int]
) -> None:
    writer.execute("PRAGMA cache_size = 1")
    writer.execute("BEGIN")
    for number in range(3000):
        add_row(writer, "incident", ids, reference_number=f"spilt-{number}", title="x" * 900)
    writer.execute("ROLLBACK")
    assert wal_of(path).stat().st_size > 400 * FRAME  # pages that were written before the end
    writer.execute("UPDATE run SET units_produced = 7")  # over the first of them
    assert inspected(path).unreachable == 0
    assert check(path) == []


def test_frames_of_an_earlier_time_round_are_no_commits_of_this_one(
    path: Path, writer: sqlite3.Connection, ids: dict[str, int]
) -> None:
    for units in range(50):
        writer.execute("UPDATE run SET units_produced = ?", (units,))
    writer.execute("PRAGMA wal_checkpoint(RESTART)")
    writer.execute("UPDATE run SET units_produced = 99")
    log = inspected(path)
    assert (log.unreachable, log.reached < 10) == (0, True)
    assert wal_of(path).stat().st_size > 50 * FRAME


def test_what_a_writer_is_just_making_is_looked_at_again(logged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = wal_of(logged).read_bytes()
    looks: list[int] = []
    look = write_ahead_log._look

    def look_and_write(log: Path) -> Log | None:
        found = look(log)
        looks.append(1)
        log.write_bytes(whole)
        return found

    monkeypatch.setattr(write_ahead_log, "_look", look_and_write)
    flip(wal_of(logged), find_commits(wal_of(logged))[0] + 24)
    assert inspected(logged).unreachable == 0
    assert len(looks) == 2


def test_a_log_that_changes_at_every_look_says_nothing(logged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []

    def look_at_something_else(_: Path) -> Log:
        looks.append(1)
        return Log(b"", len(looks), 5)

    monkeypatch.setattr(write_ahead_log, "_look", look_at_something_else)
    assert inspect_log(logged) is None
    assert len(looks) == LOG_LOOKS


def test_a_long_log_is_left_to_check(logged: Path) -> None:
    flip(wal_of(logged), find_commits(wal_of(logged))[0] + 24)
    os.truncate(wal_of(logged), MAX_LOG_BYTES_AT_START)
    assert "5 commits in it cannot be read" in (find_log_damage(logged) or "")
    os.truncate(wal_of(logged), MAX_LOG_BYTES_AT_START + 1)
    assert find_log_damage(logged) is None
    assert len(check(logged)) == 1


def test_what_is_no_log_says_nothing(logged: Path) -> None:
    for content in (b"", b"x" * 20, b"x" * 5000, bytes(5000)):
        wal_of(logged).write_bytes(content)
        assert inspect_log(logged) is None
    wal_of(logged).unlink()
    assert inspect_log(logged) is None


def test_a_log_of_a_database_with_other_pages_is_followed(tmp_path: Path) -> None:
    for size in (512, 65_536):
        path = tmp_path / f"{size}.db"
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute(f"PRAGMA page_size = {size}")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("CREATE TABLE x (y)")
            connection.execute("INSERT INTO x VALUES (1)")
            log = inspected(path)
            assert (log.unreachable, log.reached) == (0, (wal_of(path).stat().st_size - HEADER) // (size + 24))
