"""How long the log is, whatever is left in its file, and who is in its way."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from nexshift.storage import log_growth
from nexshift.storage.library import sqlite3
from nexshift.storage.log_growth import LogGrowth, find_log_end


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some.db"


def open_log(path: Path, *, page_bytes: int = 4096) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in (
        f"PRAGMA page_size = {page_bytes}",
        "PRAGMA journal_mode = WAL",
        "PRAGMA wal_autocheckpoint = 0",
        "CREATE TABLE t (x)",
    ):
        connection.execute(statement)
    return connection


def frames_by_sqlite(connection: sqlite3.Connection) -> int:
    """As SQLite itself says."""
    frames: int = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[1]
    return frames


@pytest.mark.parametrize("page_bytes", [512, 4096, 65_536])
def test_its_end_is_where_sqlite_says_in_every_time_round(path: Path, page_bytes: int) -> None:
    with closing(open_log(path, page_bytes=page_bytes)) as connection:
        for number in (1, 40, 3, 25, 1):  # later rounds are shorter, so much of an earlier one is left in the file
            for _ in range(number):
                connection.execute("INSERT INTO t VALUES (randomblob(700))")
            frames = frames_by_sqlite(connection)
            assert find_log_end(path).bytes == 32 + frames * (24 + page_bytes)
        assert path.with_name("some.db-wal").stat().st_size > find_log_end(path).bytes


def test_each_time_round_is_another(path: Path) -> None:
    with closing(open_log(path)) as connection:
        first = find_log_end(path)
        frames_by_sqlite(connection)
        connection.execute("INSERT INTO t VALUES (1)")
        assert find_log_end(path).round != first.round


def test_without_a_log_there_is_no_end(path: Path) -> None:
    assert find_log_end(path).bytes == 0
    path.with_name("some.db-wal").touch()
    assert find_log_end(path).bytes == 0


def test_it_is_in_the_way_when_it_is_long_and_goes_on_growing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_growth, "LOG_BYTES", 20_000)
    growth = LogGrowth(path)
    with closing(open_log(path)) as connection:
        assert not growth.look(), "the first look"
        connection.execute("INSERT INTO t VALUES (1)")
        assert not growth.look(), "it is short"
        connection.execute("INSERT INTO t VALUES (randomblob(40000))")
        assert growth.look()
        assert not growth.look(), "nothing was written meanwhile"
        connection.execute("INSERT INTO t VALUES (1)")
        assert growth.look()
        frames_by_sqlite(connection)
        connection.execute("INSERT INTO t VALUES (1)")
        assert not growth.look(), "it was begun anew"
