"""A copy while the service runs, and back again: whole, or not at all."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest
from sqlite_utils import Database

from nexshift.errors import Refused
from nexshift.storage import backup as backup_module
from nexshift.storage import connection as connection_module
from nexshift.storage import migrations
from nexshift.storage.backup import backup, restore
from nexshift.storage.connection import create_database, open_key_reader, open_reader, open_writer, writing
from nexshift.storage.integrity import check
from tests.storage.rows import add_plant, add_row


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return tmp_path / "copy.db"


@pytest.fixture
def ids(writer: sqlite3.Connection) -> dict[str, int]:
    return add_plant(writer)


def read_units(path: Path) -> list[float]:
    connection = open_reader(path)
    units = [row[0] for row in connection.execute("SELECT units_produced FROM run ORDER BY id")]
    connection.close()
    return units


def files_in(path: Path) -> set[str]:
    return {file.name for file in path.parent.iterdir()}


# --- backup ------------------------------------------------------------------------------------------------------


def test_a_copy_is_one_plain_file_with_all_that_was_committed(
    path: Path, copy: Path, writer: sqlite3.Connection, ids: dict[str, int]
) -> None:
    backup(path, copy)

    assert files_in(path) == {"plant.db", "plant.db-wal", "plant.db-shm", "copy.db"}
    assert copy.read_bytes()[18:20] == b"\x01\x01"  # no write-ahead log is needed to read it
    plain = sqlite3.connect(f"{copy.as_uri()}?immutable=1", uri=True)
    assert plain.execute("SELECT units_produced FROM run").fetchall() == [(9700,)]
    plain.close()
    assert check(copy) == []


def test_a_copy_taken_during_an_import_holds_only_what_was_committed(
    path: Path, copy: Path, writer: sqlite3.Connection, ids: dict[str, int]
) -> None:
    with writing(writer):
        add_row(writer, "run", ids, started_at=9000, ended_at=9000, units_produced=5)
        backup(path, copy)
    assert read_units(path) == [9700, 5]
    assert read_units(copy) == [9700]


def test_commits_while_the_copy_is_made_are_not_in_it(
    path: Path, copy: Path, writer: sqlite3.Connection, ids: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    with writing(writer):
        for number in range(200):
            add_row(writer, "run", ids, started_at=9000 + number, ended_at=9999, units_produced=5)
    find_problems = backup_module.find_problems

    def write_meanwhile(connection: sqlite3.Connection) -> list[str]:
        add_row(writer, "run", ids, started_at=1, ended_at=2, units_produced=7)
        return find_problems(connection)

    monkeypatch.setattr(backup_module, "find_problems", write_meanwhile)
    backup(path, copy)
    assert read_units(copy) == [9700] + [5] * 200
    assert read_units(path) == [9700] + [5] * 200 + [7]


def test_an_existing_file_is_never_overwritten(path: Path, copy: Path, ids: dict[str, int]) -> None:
    copy.write_text("precious")
    for target in (copy, path, path.parent):
        with pytest.raises(Refused, match="is there already; it was left as it is"):
            backup(path, target)
    assert copy.read_text() == "precious"


def test_a_copy_into_a_missing_folder_is_refused(path: Path, ids: dict[str, int]) -> None:
    with pytest.raises(Refused, match="cannot be created: no such file or directory"):
        backup(path, path.parent / "nowhere" / "copy.db")


def test_a_damaged_database_is_not_copied(
    path: Path, copy: Path, writer: sqlite3.Connection, ids: dict[str, int]
) -> None:
    writer.execute("PRAGMA ignore_check_constraints = ON")
    writer.execute("UPDATE run SET units_produced = -5")

    with pytest.raises(Refused, match=r"was not backed up, because it is damaged \(1 problem: run 0.* breaks a rule"):
        backup(path, copy)
    assert not copy.exists()


def test_an_interrupted_copy_leaves_no_file(
    path: Path, copy: Path, ids: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(_connection: sqlite3.Connection) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(backup_module, "find_problems", stop)
    with pytest.raises(KeyboardInterrupt):
        backup(path, copy)
    assert files_in(path) == {"plant.db", "plant.db-wal", "plant.db-shm"}


def test_a_copy_is_as_private_as_the_database(path: Path, copy: Path, ids: dict[str, int]) -> None:
    path.chmod(0o600)
    backup(path, copy)
    assert copy.stat().st_mode & 0o777 == 0o600


# --- restore -----------------------------------------------------------------------------------------------------


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
    def v2_remarks(database: Database) -> None:
        database.execute("CREATE TABLE remark (text TEXT) STRICT")

    backup(path, copy)
    before = copy.read_bytes()
    monkeypatch.setattr(migrations, "STEPS", (*migrations.STEPS, v2_remarks))
    for target in (path, path.parent / "elsewhere.db"):
        restore(target, copy)
        assert read_units(target) == [9700]  # a reader refuses an older version
        assert check(target) == []
    assert copy.read_bytes() == before
    assert not [name for name in files_in(path) if name.startswith(".")]


def spoil_nothing_there(copy: Path) -> None:
    copy.unlink()


def spoil_text(copy: Path) -> None:
    copy.write_text("units\n" * 1000)


def spoil_pages(copy: Path) -> None:
    content = bytearray(copy.read_bytes())
    content[8 * 4096 : 20 * 4096] = b"\xff" * (12 * 4096)
    copy.write_bytes(content)


def spoil_truncated(copy: Path) -> None:
    copy.write_bytes(copy.read_bytes()[: 30 * 4096])


def spoil_rule(copy: Path) -> None:
    with sqlite3.connect(copy) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute("UPDATE scrap SET units = -1")
    connection.close()


def spoil_reference(copy: Path) -> None:
    with sqlite3.connect(copy) as connection:
        connection.execute("DELETE FROM asset")
    connection.close()


def spoil_index(copy: Path) -> None:
    with sqlite3.connect(copy) as connection:
        connection.execute("DROP INDEX run_company")
    connection.close()


def spoil_newer(copy: Path) -> None:
    with sqlite3.connect(copy) as connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('nexshift', 'v9_moon', '')"
        )
    connection.close()


def spoil_owner(copy: Path) -> None:
    with sqlite3.connect(copy) as connection:
        connection.execute("PRAGMA application_id = 5")
    connection.close()


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (spoil_nothing_there, "there is no backup at"),
        (spoil_text, "is not a database"),
        (spoil_pages, "is damaged"),
        (spoil_truncated, "is damaged"),
        (spoil_rule, r"is damaged and was not put back \(1 problem: scrap 0.* breaks a rule: .*units BETWEEN 0"),
        (spoil_reference, r"1 problem: maintenance 0.* refers to a row of asset that is not there: asset_id 1"),
        (spoil_index, "1 problem: run_company is missing from the schema"),
        (spoil_newer, "written by a newer version .*v9_moon"),
        (spoil_owner, "not one of Nexshift's"),
    ],
)
def test_a_copy_that_is_not_whole_leaves_the_database_as_it_was(
    path: Path,
    copy: Path,
    writer: sqlite3.Connection,
    ids: dict[str, int],
    *,
    spoil: Callable[[Path], None],
    reason: str,
) -> None:
    backup(path, copy)
    writer.execute("UPDATE run SET units_produced = 1")
    spoil(copy)

    with pytest.raises(Refused, match=reason):
        restore(path, copy)
    assert read_units(path) == [1]
    with pytest.raises(Refused, match=reason):
        restore(path.parent / "elsewhere.db", copy)
    assert not (path.parent / "elsewhere.db").exists()


def test_a_file_that_is_no_database_of_ours_is_never_overwritten(path: Path, copy: Path, ids: dict[str, int]) -> None:
    backup(path, copy)
    text = path.parent / "notes.txt"
    text.write_text("precious\n" * 1000)
    other = path.parent / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE bookmark (url)")
    connection.close()
    before = other.read_bytes()

    for target, reason in ((text, "is not a database"), (other, "not one of Nexshift's"), (path.parent, "is a folder")):
        with pytest.raises(Refused, match=reason) as caught:
            restore(target, copy)
        assert "move the file away" in caught.value.hint
    assert text.read_text() == "precious\n" * 1000
    assert other.read_bytes() == before


def test_the_database_is_not_put_back_over_itself(path: Path, ids: dict[str, int]) -> None:
    with pytest.raises(Refused, match="is the database itself"):
        restore(path, path)


def test_an_import_under_way_is_not_disturbed(
    path: Path, copy: Path, writer: sqlite3.Connection, ids: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_module, "WRITE_BUSY_TIMEOUT_MS", 10)
    backup(path, copy)
    with writing(writer):
        add_row(writer, "run", ids, started_at=1, ended_at=2, units_produced=7)
        with pytest.raises(Refused, match="is being written by another program; it was left as it is"):
            restore(path, copy)
    assert read_units(path) == [9700, 7]


def test_pages_of_another_size_are_refused(path: Path, copy: Path, ids: dict[str, int]) -> None:
    backup(path, copy)
    with sqlite3.connect(copy, isolation_level=None) as connection:
        connection.execute("PRAGMA page_size = 8192")
        connection.execute("VACUUM")
    connection.close()

    with pytest.raises(Refused, match=r"pages of 8192 bytes and .* has pages of 4096"):
        restore(path, copy)
    assert read_units(path) == [9700]
    restore(path.parent / "elsewhere.db", copy)
    assert read_units(path.parent / "elsewhere.db") == [9700]


KILLED_HALFWAY = """
import os, signal, sqlite3, sys
from pathlib import Path
from nexshift.storage import backup

class Source(sqlite3.Connection):
    def backup(self, target, *, pages, progress):
        def kill(status, remaining, total):
            if remaining < total - 20:
                os.kill(os.getpid(), signal.SIGKILL)
        super().backup(target, pages=1, progress=kill)

import nexshift.storage.connection as connection
connect = sqlite3.connect
sqlite3.connect = lambda *args, **settings: connect(*args, **(settings | {"factory": Source}))
backup.restore(Path(sys.argv[1]), Path(sys.argv[2]))
"""


def test_a_program_killed_while_putting_a_copy_back_leaves_the_database_as_it_was(
    path: Path, copy: Path, writer: sqlite3.Connection, ids: dict[str, int]
) -> None:
    backup(path, copy)
    writer.execute("UPDATE run SET units_produced = 1")

    killed = subprocess.run([sys.executable, "-c", KILLED_HALFWAY, path, copy], check=False)

    assert killed.returncode == -signal.SIGKILL
    assert read_units(path) == [1]
    assert check(path) == []
    restore(path, copy)
    assert read_units(path) == [9700]


def test_a_copy_on_media_that_cannot_be_written_is_checked_as_well(
    path: Path, copy: Path, ids: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    backup(path, copy)
    spoil_rule(copy)
    may_access = os.access
    # SQLite leaves CHECK constraints out of its own check when it may not write the file.
    connect = connection_module._connect
    monkeypatch.setattr(connection_module, "_connect", lambda path, mode, kind: connect(path, "ro", kind))
    monkeypatch.setattr(os, "access", lambda file, mode: mode != os.W_OK and may_access(file, mode))
    assert ["scrap" in problem for problem in check(copy)] == [True]


def test_a_restored_copy_of_an_empty_database_is_empty(
    tmp_path: Path, path: Path, copy: Path, ids: dict[str, int]
) -> None:
    empty = tmp_path / "empty.db"
    create_database(empty).close()
    shutil.move(empty, copy)
    restore(path, copy)
    assert read_units(path) == []
