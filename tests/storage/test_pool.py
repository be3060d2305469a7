"""A pool lends each connection to one reader at a time, and keeps none that failed or whose file was replaced."""

import os
import threading
from pathlib import Path

import pytest

from nexshift.errors import DatabaseUnavailable
from nexshift.storage import pool as pool_module
from nexshift.storage.connection import create_database, open_reader
from nexshift.storage.library import sqlite3
from nexshift.storage.pool import ReadPool


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "pool.db"
    create_database(path).close()
    return path


def test_a_returned_connection_is_lent_again(file: Path) -> None:
    pool = ReadPool(file, open_reader)
    with pool.lend() as first:
        pass
    with pool.lend() as second:
        assert second is first
    pool.close()


def test_two_readers_have_two_connections(file: Path) -> None:
    pool = ReadPool(file, open_reader, size=2)
    with pool.lend() as first, pool.lend() as second:
        assert first is not second
    pool.close()


def test_a_reader_waits_until_one_is_returned(file: Path) -> None:
    pool = ReadPool(file, open_reader, size=1)
    asked, answered = threading.Event(), threading.Event()

    def read() -> None:
        asked.set()
        with pool.lend():
            answered.set()

    with pool.lend():
        thread = threading.Thread(target=read)
        thread.start()
        assert asked.wait(5)
        assert not answered.is_set()
    assert answered.wait(5)
    thread.join()
    pool.close()


def test_a_reader_that_waited_too_long_is_told(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "READ_WAIT_S", 0.01)
    pool = ReadPool(file, open_reader, size=1)
    with pool.lend(), pytest.raises(DatabaseUnavailable, match="busy"), pool.lend():
        pass
    pool.close()


def test_a_connection_that_failed_is_closed(file: Path) -> None:
    pool = ReadPool(file, open_reader)
    with pytest.raises(sqlite3.OperationalError, match="no such table"), pool.lend() as failed:
        failed.execute("SELECT 1 FROM unknown")
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        failed.execute("SELECT 1")
    with pool.lend() as another:
        assert another is not failed
    pool.close()


def test_a_refusal_of_ours_does_not_cost_a_connection(file: Path) -> None:
    pool = ReadPool(file, open_reader)
    with pytest.raises(KeyError), pool.lend() as first:
        raise KeyError
    with pool.lend() as second:
        assert second is first
    pool.close()


def test_a_connection_left_inside_a_transaction_is_not_lent_again(file: Path) -> None:
    pool = ReadPool(file, open_reader)
    with pool.lend() as left:
        left.execute("BEGIN")
    with pool.lend() as another:
        assert another is not left
    pool.close()


def test_connections_to_a_file_that_was_replaced_are_dropped_even_when_they_were_lent(
    file: Path, tmp_path: Path
) -> None:
    pool = ReadPool(file, open_reader)
    other = tmp_path / "other.db"
    create_database(other).close()
    with pool.lend() as lent:
        os.replace(other, file)  # noqa: PTH105
        with pool.lend() as fresh:
            assert fresh is not lent
    with pool.lend() as last:
        assert last is fresh
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        lent.execute("SELECT 1")
    pool.close()


def test_a_file_that_is_gone_or_out_of_reach_is_unavailable(file: Path, tmp_path: Path) -> None:
    with (
        pytest.raises(DatabaseUnavailable, match="there is no database at"),
        ReadPool(tmp_path / "nothing.db", open_reader).lend(),
    ):
        pass
    with pytest.raises(DatabaseUnavailable, match="cannot be reached"), ReadPool(file / "inside", open_reader).lend():
        pass


def test_after_closing_nothing_is_kept(file: Path) -> None:
    pool = ReadPool(file, open_reader)
    with pool.lend() as connection:
        pool.close()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute("SELECT 1")
