"""Does putting a copy back bring its rows to the file and to whoever has it open?"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlite_utils import Database

from nexshift.errors import Refused
from nexshift.storage import migrations
from nexshift.storage import restore as restore_module
from nexshift.storage.backup import backup
from nexshift.storage.checksum import checksum_path
from nexshift.storage.connection import create_database, open_key_reader, open_reader, open_writer, writing
from nexshift.storage.integrity import check
from nexshift.storage.library import sqlite3
from nexshift.storage.restore import restore
from nexshift.storage.sequence import read_sequence
from tests.storage.files import files_in, read_units
from tests.storage.rows import add_row


def test_open_connections_read_the_rows_and_keys_that_were_put_back(
    path: Path, copy: Path, writer: sqlite3.Connection, ids: dict[str, int]
) -> None:
    backup(path, copy)
    listing, keys = open_reader(path), open_key_reader(path)
    writer.execute("UPDATE run SET units_produced = 1")
    writer.execute("UPDATE api_key SET revoked_at = 5")
    assert listing.execute("SELECT units_produced FROM run").fetchall() == [(1,)]
    version = listing.execute("PRAGMA data_version").fetchone()

    restore(path, copy)

    assert listing.execute("PRAGMA data_version").fetchone() != version
    assert listing.execute("SELECT units_produced FROM run").fetchall() == [(9700,)]
    assert keys.execute("SELECT revoked_at FROM api_key").fetchall() == [(None,)]
    assert check(path) == []
    assert writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    add_row(writer, "run", ids, started_at=1, ended_at=2, units_produced=7)
    assert listing.execute("SELECT count(*) FROM run").fetchone() == (2,)
    listing.close()
    keys.close()


def test_a_reader_in_a_transaction_keeps_its_rows_until_the_end(
    path: Path, copy: Path, writer: sqlite3.Connection, ids: dict[str, int]
) -> None:
    backup(path, copy)
    writer.execute("DELETE FROM maintenance")
    listing = open_reader(path)
    listing.execute("BEGIN")
    assert listing.execute("SELECT count(*) FROM maintenance").fetchone() == (0,)

    restore(path, copy)

    assert listing.execute("SELECT count(*) FROM maintenance").fetchone() == (0,)
    listing.execute("COMMIT")
    assert listing.execute("SELECT count(*) FROM maintenance").fetchone() == (1,)
    listing.close()


def test_a_larger_database_becomes_as_small_as_its_copy(
    path: Path, copy: Path, writer: sqlite3.Connection, ids: dict[str, int]
) -> None:
    backup(path, copy)
    with writing(writer):
        for number in range(2000):
            add_row(writer, "incident", ids, reference_number=str(number), title="x" * 500)
    restore(path, copy)
    writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert path.stat().st_size == copy.stat().st_size


def test_a_copy_is_put_back_where_no_database_is(
    path: Path, copy: Path, writer: sqlite3.Connection, ids: dict[str, int]
) -> None:
    backup(path, copy)
    elsewhere = path.parent / "elsewhere.db"
    restore(elsewhere, copy)
    assert read_units(elsewhere) == [9700]
    assert check(elsewhere) == []
    assert elsewhere.read_bytes()[18:20] == b"\x02\x02"  # a write-ahead log again, for readers beside a writer


def test_a_copy_is_put_back_over_a_damaged_database(
    path: Path, copy: Path, writer: sqlite3.Connection, ids: dict[str, int]
) -> None:
    backup(path, copy)
    writer.close()
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    assert check_raises(path)

    restore(path, copy)
    assert read_units(path) == [9700]
    assert check(path) == []


def check_raises(path: Path) -> bool:
    """Whether the file is too damaged even to be looked into."""
    with pytest.raises(Refused, match="is damaged"):
        open_writer(path)
    return True


def test_an_older_copy_is_brought_up_to_this_version(
    path: Path, copy: Path, ids: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def next_remarks(database: Database) -> None:
        database.execute("CREATE TABLE remark (text TEXT) STRICT")

    backup(path, copy)
    before = copy.read_bytes()
    monkeypatch.setattr(migrations, "STEPS", (*migrations.STEPS, next_remarks))
    for target in (path, path.parent / "elsewhere.db"):
        restore(target, copy)
        assert read_units(target) == [9700]  # a reader refuses an older version
        assert check(target) == []
    assert copy.read_bytes() == before
    assert not [name for name in files_in(path) if name.startswith(".")]


def test_a_restored_copy_of_an_empty_database_is_empty(
    tmp_path: Path, path: Path, copy: Path, ids: dict[str, int]
) -> None:
    empty = tmp_path / "empty.db"
    create_database(empty).close()
    shutil.move(empty, copy)
    restore(path, copy)
    assert read_units(path) == []


def test_numbers_go_on_above_those_of_both_and_every_older_token_is_refused(
    path: Path, copy: Path, writer: sqlite3.Connection, ids: dict[str, int]
) -> None:
    """Also in the first commit that a reader can see."""
    backup(path, copy)
    kept = copy.read_bytes()
    for ahead in (0, 10**9, 10**12):  # of the clock, for each change counts on by one
        writer.execute("UPDATE commit_sequence SET value = value + ?", (ahead,))
        writer.execute("UPDATE site SET name = name || '!'")
        before = read_sequence(writer, 1)
        restore(path, copy)
        after = read_sequence(writer, 1)
        assert before.value < after.restarted == after.value
        assert writer.execute("SELECT name FROM site").fetchall() == [("Brisbane",)]
        writer.execute("UPDATE site SET name = name || '?'")
        assert writer.execute("SELECT changed > ? FROM site", (after.value,)).fetchone() == (1,)
    assert copy.read_bytes() == kept
    assert {name for name in files_in(copy) if name.startswith(copy.name)} == {copy.name, checksum_path(copy).name}


def test_where_no_database_is_numbers_go_on_above_those_of_the_copy(
    path: Path, copy: Path, writer: sqlite3.Connection, ids: dict[str, int]
) -> None:
    backup(path, copy)
    elsewhere = path.parent / "elsewhere.db"
    restore(elsewhere, copy)
    connection = open_reader(elsewhere)
    assert read_sequence(connection, 1).restarted > read_sequence(writer, 1).value
    connection.close()


def test_no_reader_sees_the_rows_of_the_copy_with_a_number_of_before(
    path: Path, copy: Path, writer: sqlite3.Connection, ids: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it would be if the number were raised by a second commit."""
    backup(path, copy)
    writer.execute("UPDATE run SET units_produced = 1")
    before = read_sequence(writer, 1)
    listing = open_reader(path)
    seen: list[tuple[float, int]] = []

    def look(target: sqlite3.Connection) -> None:
        (units,) = listing.execute("SELECT units_produced FROM run").fetchone()
        seen.append((units, read_sequence(listing, 1).restarted))

    monkeypatch.setattr(restore_module, "_use_wal", look)  # the first that happens after the commit
    restore(path, copy)
    listing.close()
    assert seen[-1][0] == 9700
    assert seen[-1][1] > before.value
