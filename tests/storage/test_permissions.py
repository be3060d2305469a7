"""What others may do with the database is said; what is created is for its owner alone."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from nexshift.errors import Refused
from nexshift.storage.backup import backup
from nexshift.storage.connection import create_database, open_reader, open_writer
from nexshift.storage.library import sqlite3
from nexshift.storage.permissions import find_exposures, refuse_unwritable_folder
from nexshift.storage.restore import restore

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs the nine bits")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may look into, as one below /srv or /var/lib may be."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        if not all(place.stat().st_mode & stat.S_IXOTH for place in folder.parents):
            pytest.skip("the folder of temporary files is closed to others")
        yield folder


@pytest.fixture
def database(open_folder: Path) -> Path:
    path = open_folder / "plant.db"
    create_database(path).close()
    return path


def mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_what_is_created_is_for_its_owner_alone_whatever_the_umask(open_folder: Path) -> None:
    before = os.umask(0)
    try:
        path = open_folder / "plant.db"
        writer = create_database(path)
        writer.execute("PRAGMA user_version = 5")
        backup(path, open_folder / "copy.db")
        saved = restore(path, open_folder / "copy.db")
        assert restore(open_folder / "other.db", open_folder / "copy.db") is None
    finally:
        os.umask(before)
    assert saved is not None
    modes = {file.name: mode_of(file) for file in open_folder.iterdir()}
    made = {"copy.db", "copy.db.sha256", "other.db", saved.name, f"{saved.name}.sha256"}
    assert set(modes) == made | {"plant.db", "plant.db-wal", "plant.db-shm"}
    assert set(modes.values()) == {0o600}
    writer.close()


def test_the_mode_that_somebody_gave_is_kept(database: Path, open_folder: Path) -> None:
    database.chmod(0o640)
    copy = open_folder / "copy.db"
    backup(database, copy)
    writer = open_writer(database)
    writer.execute("CREATE TABLE x (y)")
    restore(database, copy)
    assert {mode_of(database), mode_of(Path(f"{database}-wal"))} == {0o640}
    writer.close()


@pytest.mark.parametrize(
    ("mode", "verb"), [(0o600, None), (0o640, None), (0o660, None), (0o604, "read"), (0o644, "read"), (0o666, "change")]
)
def test_a_file_that_others_may_use_is_named(database: Path, mode: int, verb: str | None) -> None:
    database.chmod(mode)
    expected = f"every user of this machine can {verb} {database}; make it yours alone: chmod 600 {database}"
    assert find_exposures(database) == ([] if verb is None else [expected])


def test_a_log_that_others_may_read_is_named(database: Path) -> None:
    writer = open_writer(database)
    Path(f"{database}-wal").chmod(0o644)
    (found,) = find_exposures(database)
    assert f"chmod 600 {database}-wal" in found
    writer.close()


def test_a_folder_that_others_cannot_enter_protects_what_is_in_it(database: Path) -> None:
    database.chmod(0o666)
    inner = database.parent / "closed" / "inner"
    inner.mkdir(parents=True)
    os.link(database, inner / "plant.db")
    assert find_exposures(inner / "plant.db") != []
    inner.parent.chmod(0o750)
    assert find_exposures(inner / "plant.db") == []


def test_a_folder_in_which_others_may_rename_files_is_named(database: Path, open_folder: Path) -> None:
    open_folder.chmod(0o777)
    assert find_exposures(database) == [
        f"every user of this machine can replace and delete the files in {open_folder};"
        f" do not let them: chmod o-w {open_folder}"
    ]
    open_folder.chmod(0o1777)  # as /tmp: everybody may create, and rename only what is theirs
    assert find_exposures(database) == []


def test_of_a_link_the_file_itself_counts(database: Path, tmp_path: Path) -> None:
    database.chmod(0o644)
    link = tmp_path / "link.db"
    link.symlink_to(database)
    assert len(find_exposures(link)) == 1


def test_what_is_not_there_exposes_nothing(open_folder: Path) -> None:
    assert find_exposures(open_folder / "nothing.db") == []


@pytest.fixture
def read_only(database: Path, open_folder: Path) -> Iterator[Path]:
    """Its folder, for a user who may read everything there and write nothing; root may write everywhere."""
    other = 65534 if os.geteuid() == 0 else os.geteuid()
    if os.geteuid() == 0:
        os.chown(database, other, other)
    open_folder.chmod(0o555)
    before = os.geteuid()
    os.seteuid(other)
    yield database
    os.seteuid(before)
    open_folder.chmod(0o755)


def test_a_folder_without_room_for_the_log_is_refused(read_only: Path) -> None:
    with pytest.raises(Refused, match=r"this user may not write in .*, where SQLite keeps plant\.db-wal and"):
        refuse_unwritable_folder(read_only)


def test_a_copy_in_a_folder_that_cannot_be_written_is_read(database: Path, open_folder: Path) -> None:
    copy = open_folder / "copy.db"
    backup(database, copy)
    os.chown(copy, 65534, 65534)
    open_folder.chmod(0o555)
    os.seteuid(65534)
    try:
        refuse_unwritable_folder(copy)
        reader = open_reader(copy)
        assert reader.execute("SELECT count(*) FROM run").fetchone() == (0,)
        reader.close()
    finally:
        os.seteuid(0)
        open_folder.chmod(0o755)


def test_an_older_database_with_another_mode_still_opens(database: Path) -> None:
    database.chmod(0o644)
    connection = open_writer(database)
    assert isinstance(connection, sqlite3.Connection)
    connection.close()
    assert mode_of(database) == 0o644
