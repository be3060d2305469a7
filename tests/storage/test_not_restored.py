"""When a copy is not put back, or not to the end, is everything left as it was?"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from nexshift.errors import Refused
from nexshift.storage import connection as connection_module
from nexshift.storage.backup import backup
from nexshift.storage.checksum import checksum_path
from nexshift.storage.connection import writing
from nexshift.storage.integrity import check
from nexshift.storage.library import sqlite3
from nexshift.storage.restore import restore
from tests.storage.files import files_in, read_units
from tests.storage.rows import add_row


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
        (spoil_truncated, r"was cut off: it has \d+ of \d+ bytes"),
        (spoil_rule, r"is damaged and was not put back \(1 problem: scrap 0.* breaks a rule: .*units BETWEEN 0"),
        (spoil_reference, r"1 problem: maintenance 0.* refers to a row of asset that is not there: asset_id 1"),
        (spoil_index, "1 problem: run_company is missing from the schema"),
        (spoil_newer, "written by a newer version .*v9_moon"),
        (spoil_owner, "was a Nexshift database, and its first bytes are damaged"),
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
    checksum_path(copy).unlink()
    writer.execute("UPDATE run SET units_produced = 1")
    spoil(copy)

    with pytest.raises(Refused, match=reason):
        restore(path, copy)
    assert read_units(path) == [1]
    assert not [name for name in files_in(path) if "before" in name]
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
    checksum_path(copy).unlink()
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
import os, signal, sys
from pathlib import Path
from nexshift.storage import restore
from nexshift.storage.library import sqlite3

class Source(sqlite3.Connection):
    def backup(self, target, *, pages, progress):
        def kill(status, remaining, total):
            if remaining < total - 20:
                os.kill(os.getpid(), signal.SIGKILL)
        super().backup(target, pages=1, progress=kill)

import nexshift.storage.connection as connection
connect = sqlite3.connect
sqlite3.connect = lambda *args, **settings: connect(*args, **(settings | {"factory": Source}))
restore.restore(Path(sys.argv[1]), Path(sys.argv[2]))
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
    checksum_path(copy).unlink()
    spoil_rule(copy)
    may_access = os.access
    # SQLite leaves CHECK constraints out of its own check when it may not write the file.
    connect = connection_module._connect
    monkeypatch.setattr(connection_module, "_connect", lambda path, mode, kind: connect(path, "ro", kind))
    monkeypatch.setattr(os, "access", lambda file, mode: mode != os.W_OK and may_access(file, mode))
    assert ["scrap" in problem for problem in check(copy)] == [True]
