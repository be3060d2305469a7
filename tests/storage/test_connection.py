"""Which files are opened, in which version, and what each kind of connection may do."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from nexshift.errors import DatabaseUnavailable, Refused
from nexshift.storage import migrations
from nexshift.storage.companies import add_company, list_companies
from nexshift.storage.connection import (
    Mode,
    create_database,
    new_database,
    open_key_reader,
    open_known,
    open_reader,
    open_replaceable,
    open_writer,
    upgrade,
    writing,
)
from nexshift.storage.library import sqlite3
from tests.storage.rows import add_plant


def open_checker(path: Path) -> sqlite3.Connection:
    return open_known(path, Mode.WRITE)


OPENERS = (open_writer, open_reader, open_key_reader, open_checker, open_replaceable)


@pytest.fixture
def filled(path: Path, writer: sqlite3.Connection) -> Path:
    add_plant(writer)
    return path


@pytest.fixture
def reader(filled: Path) -> Iterator[sqlite3.Connection]:
    connection = open_reader(filled)
    yield connection
    connection.close()


@pytest.fixture
def newer_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program with one more step than this one."""

    def next_remarks(database: Database) -> None:
        database.execute("CREATE TABLE remark (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT")
        database.execute("INSERT INTO remark (text) SELECT name FROM company")

    monkeypatch.setattr(migrations, "STEPS", (*migrations.STEPS, next_remarks))


# --- what each kind of connection may do -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT hash FROM api_key",
        "SELECT count(*) FROM api_key",
        "SELECT site_id FROM api_key_site",
        "SELECT name FROM company WHERE id IN (SELECT company_id FROM api_key)",
        "INSERT INTO company (name, timezone, created_at) VALUES ('x', 'UTC', 0)",
        "UPDATE run SET units_produced = 0",
        "DELETE FROM run",
        "CREATE TABLE x (y)",
        "CREATE TEMP TABLE x (y)",
        "DROP TABLE run",
        "ATTACH DATABASE ':memory:' AS other",
        "VACUUM INTO 'copy.db'",
        "PRAGMA query_only = OFF",
        "PRAGMA writable_schema = ON",
        "PRAGMA table_info(api_key)",
        "REINDEX",
    ],
)
def test_a_listing_connection_is_denied(reader: sqlite3.Connection, statement: str) -> None:
    with pytest.raises(sqlite3.DatabaseError, match=r"not authorized|prohibited|authorization denied"):
        reader.execute(statement)


def test_a_listing_connection_reads_records_and_the_data_version(reader: sqlite3.Connection) -> None:
    assert reader.execute("SELECT units_produced FROM run").fetchall() == [(9700,)]
    assert len(reader.execute("PRAGMA data_version").fetchall()) == 1


def test_a_listing_connection_keeps_8_mib_of_the_database(reader: sqlite3.Connection) -> None:
    reader.set_authorizer(None)  # which denies the question as well
    assert reader.execute("PRAGMA cache_size").fetchone() == (-8192,)


@pytest.mark.parametrize("opener", [open_key_reader, open_checker])
def test_a_connection_that_reads_keys_cannot_write(filled: Path, opener: Callable[..., sqlite3.Connection]) -> None:
    connection = opener(filled)
    assert connection.execute("SELECT name FROM api_key").fetchall() == [("Excel",)]
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("DELETE FROM api_key")
    connection.close()


def test_what_was_deleted_is_overwritten(filled: Path, writer: sqlite3.Connection) -> None:
    """SQLite as Debian builds it does so by itself; as others build it, it does not."""
    writer.execute("UPDATE site SET location = 'Secret Street 12'")
    writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"Secret Street 12" in filled.read_bytes()
    writer.execute("UPDATE site SET location = NULL")
    writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"Secret Street 12" not in filled.read_bytes()


def test_what_fails_inside_a_write_is_undone(writer: sqlite3.Connection) -> None:
    def write_and_stop() -> None:
        with writing(writer):
            add_plant(writer)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_and_stop()
    assert list_companies(writer) == []
    assert not writer.in_transaction


# --- which files are opened --------------------------------------------------------------------------------------


@pytest.mark.parametrize("opener", OPENERS)
def test_a_missing_file_is_refused_and_not_created(path: Path, opener: Callable[..., object]) -> None:
    with pytest.raises((Refused, DatabaseUnavailable), match="there is no database at") as caught:
        opener(path)
    assert f"nexshift --db {path} init" in caught.value.hint
    assert not path.exists()


@pytest.mark.parametrize("opener", OPENERS)
def test_a_folder_is_refused(tmp_path: Path, opener: Callable[..., object]) -> None:
    with pytest.raises((Refused, DatabaseUnavailable), match="is a folder, not a database file"):
        opener(tmp_path)


@pytest.mark.parametrize("opener", OPENERS)
def test_a_text_file_is_refused_and_left_alone(path: Path, opener: Callable[..., object]) -> None:
    path.write_text("machine,started_at\n" * 100)
    with pytest.raises((Refused, DatabaseUnavailable), match="is not a database"):
        opener(path)
    assert path.read_text() == "machine,started_at\n" * 100


@pytest.mark.parametrize("opener", OPENERS)
def test_an_empty_file_is_refused_and_left_empty(path: Path, opener: Callable[..., object]) -> None:
    path.touch()
    with pytest.raises((Refused, DatabaseUnavailable), match="is an empty file"):
        opener(path)
    assert path.read_bytes() == b""


@pytest.mark.parametrize("opener", OPENERS)
def test_another_programs_database_is_refused_and_left_alone(path: Path, opener: Callable[..., object]) -> None:
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE bookmark (url)")
    other.close()
    before = path.read_bytes()

    with pytest.raises((Refused, DatabaseUnavailable), match="not one of Nexshift's"):
        opener(path)
    assert path.read_bytes() == before
    assert sorted(file.name for file in path.parent.iterdir()) == [path.name]


def test_a_damaged_file_is_refused_with_the_way_out(filled: Path, writer: sqlite3.Connection) -> None:
    writer.close()
    content = bytearray(filled.read_bytes())
    content[100:4096] = b"\xff" * 3996
    filled.write_bytes(content)
    with pytest.raises(Refused, match="is damaged") as caught:
        open_writer(filled)
    assert "restore" in caught.value.hint


# --- creation ----------------------------------------------------------------------------------------------------


def test_a_database_whose_creation_fails_leaves_no_file(path: Path) -> None:
    def create_and_stop() -> None:
        with new_database(path) as connection:
            add_company(connection, "Acme")
            assert not path.exists()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        create_and_stop()
    assert list(path.parent.iterdir()) == []


def test_a_full_disk_during_creation_leaves_no_file(path: Path) -> None:
    def create_and_fill() -> None:
        with new_database(path) as connection:
            connection.execute("PRAGMA max_page_count = 1")  # which means: no larger than it is already
            for number in range(10_000):
                add_company(connection, f"Company {number}")

    with pytest.raises(Refused, match="the disk is full; nothing was changed"):
        create_and_fill()
    assert list(path.parent.iterdir()) == []


def test_a_new_database_does_not_take_the_place_of_a_file_that_came_meanwhile(path: Path) -> None:
    with pytest.raises(Refused, match="is there already"), new_database(path):
        path.write_text("precious")
    assert path.read_text() == "precious"
    assert list(path.parent.iterdir()) == [path]


def test_creating_an_existing_database_opens_it(filled: Path) -> None:
    connection = create_database(filled)
    assert [company.name for company in list_companies(connection)] == ["Acme"]
    connection.close()


@pytest.mark.parametrize("name", ["a b.db", "50%.db", "what?.db", "#1.db", "ä.db", "-.db"])
def test_any_file_name_will_do(tmp_path: Path, name: str) -> None:
    create_database(tmp_path / name).close()
    reader = open_reader(tmp_path / name)
    assert sorted(file.name for file in tmp_path.glob("*.db")) == [name]
    reader.close()


# --- versions ----------------------------------------------------------------------------------------------------


def test_an_older_database_is_brought_up_to_date_by_a_writer(filled: Path, newer_program: None) -> None:
    connection = open_writer(filled)
    assert connection.execute("SELECT text FROM remark").fetchall() == [("Acme",)]
    assert connection.execute("SELECT units_produced FROM run").fetchall() == [(9700,)]
    connection.close()
    open_writer(filled).close()  # a second time there is nothing to do


@pytest.mark.parametrize("opener", [open_reader, open_key_reader])
def test_an_older_database_is_not_read_by_the_service(
    filled: Path, opener: Callable[..., object], newer_program: None
) -> None:
    with pytest.raises(DatabaseUnavailable, match="written by an older version"):
        opener(filled)


def test_upgrading_brings_an_older_database_up_to_date(filled: Path, newer_program: None) -> None:
    upgrade(filled)
    reader = open_reader(filled)
    assert reader.execute("SELECT text FROM remark").fetchall() == [("Acme",)]
    reader.close()


def test_upgrading_a_current_database_writes_nothing(filled: Path, writer: sqlite3.Connection) -> None:
    before = writer.execute("PRAGMA data_version").fetchone()
    upgrade(filled)
    assert writer.execute("PRAGMA data_version").fetchone() == before


def test_a_step_that_fails_leaves_the_older_database_as_it_was(
    filled: Path, writer: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def next_first(database: Database) -> None:
        database.execute("CREATE TABLE half (x)")

    def next_broken(database: Database) -> None:
        database.execute("CREATE TABLE other_half (x)")
        raise KeyboardInterrupt

    monkeypatch.setattr(migrations, "STEPS", (*migrations.STEPS, next_first, next_broken))
    with pytest.raises(KeyboardInterrupt):
        open_writer(filled)

    assert writer.execute("SELECT name FROM sqlite_schema WHERE name GLOB '*half'").fetchall() == []
    monkeypatch.undo()
    open_reader(filled).close()


@pytest.mark.parametrize("opener", OPENERS)
def test_a_newer_database_is_refused_and_left_alone(
    filled: Path, opener: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    def next_later(database: Database) -> None:
        database.execute("CREATE TABLE later (x)")

    with monkeypatch.context() as newer:
        newer.setattr(migrations, "STEPS", (*migrations.STEPS, next_later))
        open_writer(filled).close()
    copy = filled.with_name("copy.db")
    shutil.copy(filled, copy)

    with pytest.raises((Refused, DatabaseUnavailable), match=r"written by a newer version .*next_later"):
        opener(filled)
    assert filled.read_bytes() == copy.read_bytes()
