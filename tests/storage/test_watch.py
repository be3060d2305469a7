"""An epoch lasts until the next commit, whoever makes it, and until another file stands in the database's place."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from nexshift.errors import DatabaseBusy, DatabaseUnavailable
from nexshift.storage.backup import backup
from nexshift.storage.connection import create_database, open_reader, open_writer
from nexshift.storage.library import sqlite3
from nexshift.storage.restore import restore
from nexshift.storage.watch import Watch
from tests.other_process import other_process

INSERT = "INSERT INTO company (name, timezone, created_at) VALUES (?, 'UTC', 0)"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "watched.db"
    create_database(path).close()
    return path


@pytest.fixture
def watch(file: Path) -> Iterator[Watch]:
    watch = Watch(file)
    yield watch
    watch.close()


@pytest.fixture
def writer(file: Path) -> Iterator[sqlite3.Connection]:
    connection = open_writer(file)
    yield connection
    connection.close()


def test_an_epoch_lasts_while_nothing_is_committed(watch: Watch, file: Path) -> None:
    epoch = watch.look()
    reader = open_reader(file)
    reader.execute("SELECT * FROM company").fetchall()
    reader.close()
    assert watch.look() == epoch


def test_every_commit_of_another_process_begins_an_epoch(watch: Watch, file: Path) -> None:
    epochs = [watch.look()]
    with other_process(file) as other:
        for number in range(100):
            other.commit((INSERT, [f"Company {number}"]))
            epochs.append(watch.look())
    assert epochs == sorted(set(epochs))


def test_a_commit_of_this_process_begins_an_epoch_and_a_rollback_none(watch: Watch, writer: sqlite3.Connection) -> None:
    epoch = watch.look()
    writer.execute("BEGIN IMMEDIATE")
    writer.execute(INSERT, ["Acme"])
    assert watch.look() == epoch
    writer.execute("ROLLBACK")
    assert watch.look() == epoch
    writer.execute(INSERT, ["Acme"])
    assert watch.look() > epoch


def test_what_was_put_back_from_a_copy_begins_an_epoch(
    watch: Watch, file: Path, writer: sqlite3.Connection, tmp_path: Path
) -> None:
    backup(file, tmp_path / "copy.db")
    writer.execute(INSERT, ["Acme"])
    epoch = watch.look()
    restore(file, tmp_path / "copy.db")
    assert watch.look() > epoch


def test_another_file_in_its_place_begins_an_epoch_also_when_it_is_the_same_byte_for_byte(
    watch: Watch, file: Path, tmp_path: Path
) -> None:
    epoch = watch.look()
    backup(file, tmp_path / "copy.db")
    os.replace(tmp_path / "copy.db", file)  # noqa: PTH105
    assert watch.look() > epoch


def test_a_file_that_is_gone_is_unavailable_and_its_return_is_noticed(watch: Watch, file: Path) -> None:
    watch.look()
    away = file.with_suffix(".away")
    file.rename(away)
    with pytest.raises(DatabaseUnavailable, match="there is no database at"):
        watch.look()
    away.rename(file)
    watch.look()


def test_a_locked_database_is_said_at_once_and_read_afterwards(watch: Watch, writer: sqlite3.Connection) -> None:
    writer.execute("PRAGMA journal_mode = DELETE")  # in which a writer can shut readers out
    epoch = watch.look()
    writer.execute("BEGIN EXCLUSIVE")
    with pytest.raises(DatabaseBusy):
        watch.look()
    writer.execute("ROLLBACK")
    assert watch.look() == epoch


def test_an_error_that_is_ours_passes_through(watch: Watch) -> None:
    watch.look()
    with pytest.raises(sqlite3.OperationalError, match="no such table"), watch.reading() as connection:
        connection.execute("SELECT 1 FROM unknown")
    watch.look()
