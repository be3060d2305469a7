"""Is what a restore replaces kept, to the last commit, or nothing replaced?"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from nexshift.config import RESTORE_ATTEMPTS
from nexshift.errors import Refused
from nexshift.storage import restore as restore_module
from nexshift.storage import saving
from nexshift.storage.backup import backup
from nexshift.storage.checksum import verify
from nexshift.storage.connection import writing
from nexshift.storage.integrity import check
from nexshift.storage.library import sqlite3
from nexshift.storage.restore import restore
from tests.storage.files import files_in, read_units
from tests.storage.rows import add_row


@pytest.fixture
def changed(path: Path, copy: Path, writer: sqlite3.Connection, ids: dict[str, int]) -> Path:
    """A database that is no longer as its copy is."""
    backup(path, copy)
    writer.execute("UPDATE run SET units_produced = 1")
    return path


def kept_in(path: Path) -> list[str]:
    return sorted(name for name in files_in(path) if ".before-" in name)


def test_what_was_replaced_can_be_put_back(changed: Path, copy: Path) -> None:
    saved = restore(changed, copy)
    assert saved is not None
    assert kept_in(changed) == [saved.name, f"{saved.name}.sha256"]
    assert saved.name.startswith("plant.db.before-restore-2")
    assert verify(saved)
    assert (read_units(changed), check(saved)) == ([9700], [])
    assert saved.stat().st_mode & 0o777 == 0o600

    again = restore(changed, saved)
    assert (read_units(changed), again != saved) == ([1], True)


def test_two_restores_in_one_second_keep_both(
    changed: Path, copy: Path, writer: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Noon(saving.datetime):
        @classmethod
        def now(cls, _zone: object = None) -> Noon:
            return cls(2026, 11, 23, 12)

    monkeypatch.setattr(saving, "datetime", Noon)
    names = [saved.name for _ in range(3) if (saved := restore(changed, copy))]
    first = "plant.db.before-restore-2026-11-23T120000Z"
    assert names == [first, f"{first}-2", f"{first}-3"]


def test_where_no_database_is_nothing_is_kept(changed: Path, copy: Path) -> None:
    assert restore(changed.with_name("elsewhere.db"), copy) is None
    assert kept_in(changed) == []


def test_what_is_given_up_is_not_kept(changed: Path, copy: Path) -> None:
    assert restore(changed, copy, keep=False) is None
    assert (read_units(changed), kept_in(changed)) == ([9700], [])


def test_what_is_committed_after_it_was_saved_is_saved_as_well(
    changed: Path, copy: Path, writer: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    committed: list[int] = []

    def save_and_commit(path: Path, occasion: str) -> Path:
        saved = saving.save(path, occasion)
        if not committed:
            committed.append(1)
            writer.execute("UPDATE run SET units_produced = 2")
        return saved

    monkeypatch.setattr(restore_module, "save", save_and_commit)
    saved = restore(changed, copy)
    assert saved is not None
    assert (read_units(changed), read_units(saved)) == ([9700], [2])
    assert kept_in(changed) == [saved.name, f"{saved.name}.sha256"]


def test_a_database_that_is_written_all_the_time_is_left_alone(
    changed: Path, copy: Path, writer: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts: list[Path] = []

    def save_and_commit(path: Path, occasion: str) -> Path:
        attempts.append(saving.save(path, occasion))
        writer.execute("UPDATE run SET units_produced = ?", (len(attempts),))
        return attempts[-1]

    monkeypatch.setattr(restore_module, "save", save_and_commit)
    with pytest.raises(Refused, match="is being written all the time; it was left as it is"):
        restore(changed, copy)
    assert len(attempts) == RESTORE_ATTEMPTS
    assert (read_units(changed), kept_in(changed)) == ([RESTORE_ATTEMPTS], [])


def test_what_cannot_be_saved_is_not_replaced(changed: Path, copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saving, "_name", lambda path, _: path.parent / "nowhere" / "saved.db")
    with pytest.raises(
        Refused, match=r"was left as it is, because it could not be copied first: .*no such file"
    ) as caught:
        restore(changed, copy)
    assert "restore --no-save" in caught.value.hint
    assert read_units(changed) == [1]


def test_a_restore_that_fails_later_keeps_no_copy(
    changed: Path, copy: Path, writer: sqlite3.Connection, ids: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nexshift.storage.connection.WRITE_BUSY_TIMEOUT_MS", 10)
    with writing(writer):
        add_row(writer, "run", ids, started_at=1, ended_at=2, units_produced=7)
        with pytest.raises(Refused, match="is being written by another program"):
            restore(changed, copy)
    assert (read_units(changed), kept_in(changed)) == ([1, 7], [])


def damage_pages(content: bytearray) -> None:
    content[4096:] = b"\xff" * (len(content) - 4096)


def damage_schema(content: bytearray) -> None:
    content[100:4096] = b"\xff" * 3996


@pytest.mark.parametrize("damage", [damage_pages, damage_schema])
def test_a_damaged_database_is_kept_byte_for_byte(
    changed: Path, copy: Path, writer: sqlite3.Connection, damage: Callable[[bytearray], None]
) -> None:
    writer.close()
    content = bytearray(changed.read_bytes())
    damage(content)
    changed.write_bytes(content)

    saved = restore(changed, copy)

    assert saved is not None
    assert verify(saved)
    assert saved.read_bytes()[4096:] == bytes(content[4096:])
    assert (read_units(changed), check(changed)) == ([9700], [])


def test_of_a_damaged_database_the_log_is_kept_too(changed: Path, copy: Path, writer: sqlite3.Connection) -> None:
    writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    writer.execute("UPDATE run SET units_produced = 3")
    log = Path(f"{changed}-wal").read_bytes()
    assert log
    with changed.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * 3996)

    saved = restore(changed, copy)

    assert saved is not None
    kept_log = Path(f"{saved}-wal")
    assert kept_log.read_bytes() == log
    assert verify(saved)
    assert verify(kept_log)
    assert read_units(changed) == [9700]


def test_a_database_that_was_cut_off_is_replaced(changed: Path, copy: Path, writer: sqlite3.Connection) -> None:
    writer.close()
    whole = changed.read_bytes()
    for size in (100, 5000, 4096 * 20, len(whole) - 1):
        changed.write_bytes(whole[:size])
        saved = restore(changed, copy)
        assert saved is not None
        assert saved.read_bytes() == whole[:size]
        assert (read_units(changed), check(changed)) == ([9700], [])


def test_a_full_disk_is_said_of_the_file_that_was_being_written(
    changed: Path, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("nexshift.storage.placement._flush", fill)
    with pytest.raises(
        Refused, match=r"could not be copied first: .*before-restore.* cannot be written: no space left"
    ):
        restore(changed, copy)
    assert (read_units(changed), kept_in(changed)) == ([1], [])
