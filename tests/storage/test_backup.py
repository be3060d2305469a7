"""Is a copy made while the service runs whole, or not made at all?"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import NoReturn

import pytest

from nexshift.errors import Refused
from nexshift.storage import backup as backup_module
from nexshift.storage.backup import backup
from nexshift.storage.checksum import checksum_path
from nexshift.storage.connection import writing
from nexshift.storage.integrity import check
from nexshift.storage.library import sqlite3
from tests.storage.files import files_in, read_units
from tests.storage.rows import add_row, new_uuid


def test_a_copy_is_one_plain_file_with_all_that_was_committed(
    path: Path, copy: Path, writer: sqlite3.Connection, ids: dict[str, int]
) -> None:
    backup(path, copy)

    assert files_in(path) == {"plant.db", "plant.db-wal", "plant.db-shm", "copy.db", "copy.db.sha256"}
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
    copy_pages = backup_module.copy_pages

    def write_meanwhile(source: sqlite3.Connection, target: sqlite3.Connection, path: Path, **_: object) -> None:
        copy_pages(
            source, target, path, when_locked=lambda: add_row(writer, "incident", ids, reference_number=new_uuid())
        )
        add_row(writer, "run", ids, started_at=1, ended_at=2, units_produced=7)

    monkeypatch.setattr(backup_module, "copy_pages", write_meanwhile)
    backup(path, copy)
    assert read_units(copy) == [9700] + [5] * 200
    assert read_units(path) == [9700] + [5] * 200 + [7]
    assert check(copy) == []
    assert writer.execute("SELECT count(*) > 1 FROM incident").fetchone() == (1,)
    with closing(sqlite3.connect(copy)) as made:
        assert made.execute("SELECT count(*) FROM incident").fetchone() == (1,)


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
    def stop(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(backup_module, "refuse_problems", stop)
    with pytest.raises(KeyboardInterrupt):
        backup(path, copy)
    assert files_in(path) == {"plant.db", "plant.db-wal", "plant.db-shm"}


def test_a_copy_and_its_checksum_are_for_their_owner_alone(path: Path, copy: Path, ids: dict[str, int]) -> None:
    path.chmod(0o644)
    backup(path, copy)
    assert [file.stat().st_mode & 0o777 for file in (copy, checksum_path(copy))] == [0o600, 0o600]
    assert path.stat().st_mode & 0o777 == 0o644
