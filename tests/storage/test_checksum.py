"""Does the checksum beside a copy say whether its bytes are still the same, to us and to `sha256sum`?"""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from nexshift.config import MAX_CHECKSUM_BYTES, STALE_PARTIAL_S
from nexshift.errors import Refused
from nexshift.storage import placement
from nexshift.storage.backup import backup
from nexshift.storage.checksum import Comparison, checksum_path, compare
from nexshift.storage.connection import open_writer
from nexshift.storage.integrity import check
from nexshift.storage.library import sqlite3
from nexshift.storage.restore import restore
from tests.storage.files import files_in, read_units

NAMES = ("copy.db", "a copy.db", "Kopie für März.db", "back\\slash.db", "two\nlines.db", "\udcff.db", "*.db")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="needs sha256sum, of coreutils")
def test_sha256sum_verifies_a_copy_by_its_checksum(path: Path, ids: dict[str, int], name: str) -> None:
    backup(path, path.parent / name)
    by_sha256sum = subprocess.run(
        ["sha256sum", "-c", "--strict", f"{name}.sha256"], cwd=path.parent, capture_output=True, check=False
    )
    assert by_sha256sum.returncode == 0, by_sha256sum.stderr
    written_by_it = subprocess.run(["sha256sum", name], cwd=path.parent, capture_output=True, check=True).stdout
    assert checksum_path(path.parent / name).read_bytes() == written_by_it


def flip(file: Path, at: int) -> None:
    content = bytearray(file.read_bytes())
    content[at] ^= 1
    file.write_bytes(content)


@pytest.mark.parametrize("at", [19, 27, 4096 * 3 + 2000, -1])
def test_a_flipped_bit_is_seen_and_not_put_back(path: Path, copy: Path, ids: dict[str, int], at: int) -> None:
    backup(path, copy)
    assert check(copy) == []
    flip(copy, at)
    assert compare(copy) == Comparison.OTHER
    with pytest.raises(Refused, match=r"is not the file that copy\.db\.sha256 was written for"):
        restore(path, copy)
    assert read_units(path) == [9700]


def test_check_names_a_change_that_no_rule_forbids(path: Path, copy: Path, ids: dict[str, int]) -> None:
    backup(path, copy)
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute("UPDATE run SET units_produced = 9701")
    assert check(copy) == [
        "the file is not the one that copy.db.sha256 was written for: it was damaged or changed since"
    ]


def test_a_copy_and_its_checksum_may_be_renamed(path: Path, copy: Path, ids: dict[str, int]) -> None:
    backup(path, copy)
    renamed = copy.with_name("march.db")
    copy.rename(renamed)
    checksum_path(copy).rename(checksum_path(renamed))
    assert compare(renamed) == Comparison.SAME
    restore(path, renamed)


def test_a_copy_that_is_used_as_the_database_no_longer_has_to_be_the_same(
    path: Path, copy: Path, ids: dict[str, int]
) -> None:
    backup(path, copy)
    open_writer(copy).close()
    assert compare(copy) == Comparison.IN_USE
    assert check(copy) == []


def test_what_is_no_checksum_is_refused(path: Path, copy: Path, ids: dict[str, int]) -> None:
    backup(path, copy)
    good = checksum_path(copy).read_bytes()
    for content in (b"", b"\n", b"hello\n", good[1:], good + good, good[:64], b"x" + good[1:]):
        checksum_path(copy).write_bytes(content)
        for command in (lambda: restore(path, copy), lambda: check(copy)):
            with pytest.raises(Refused, match=r"copy\.db\.sha256 is not a checksum as `nexshift backup` writes it"):
                command()
    for content in (good.upper(), good.replace(b"  ", b" *"), good.rstrip(), good[:-1] + b"\r\n"):
        checksum_path(copy).write_bytes(content)
        assert check(copy) == []


def test_of_a_checksum_no_more_is_read_than_one_can_have(path: Path, copy: Path, ids: dict[str, int]) -> None:
    backup(path, copy)
    good = checksum_path(copy).read_bytes().rstrip()
    checksum_path(copy).write_bytes(good.ljust(MAX_CHECKSUM_BYTES, b"x"))
    assert check(copy) == []
    checksum_path(copy).write_bytes(good.ljust(MAX_CHECKSUM_BYTES, b"x") + b"\nmore")
    assert check(copy) == []  # what lies behind is not looked at


def test_a_copy_that_has_its_name_has_its_checksum(
    path: Path, copy: Path, ids: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    put = placement._put

    def put_and_note(partial: Path, target: Path) -> None:
        put(partial, target)
        order.append(target.name)

    monkeypatch.setattr(placement, "_put", put_and_note)
    backup(path, copy)
    assert order == ["copy.db.sha256", "copy.db"]


def test_when_the_name_is_taken_at_the_last_moment_neither_stays(
    path: Path, copy: Path, ids: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    make = placement.make_checksum

    def take_the_name(content: Path, name: str) -> bytes:
        copy.write_text("precious")
        return make(content, name)

    monkeypatch.setattr(placement, "make_checksum", take_the_name)
    with pytest.raises(Refused, match="is there already"):
        backup(path, copy)
    assert files_in(path) == {"plant.db", "plant.db-wal", "plant.db-shm", "copy.db"}
    assert copy.read_text() == "precious"


def test_a_checksum_without_its_file_is_replaced_and_anything_else_is_not(
    path: Path, copy: Path, ids: dict[str, int]
) -> None:
    checksum_path(copy).write_text(f"{'0' * 64}  copy.db\n")  # as a program leaves it that is killed between the two
    backup(path, copy)
    assert compare(copy) == Comparison.SAME

    other = copy.with_name("other.db")
    checksum_path(other).write_text("precious")
    with pytest.raises(Refused, match=r"other\.db\.sha256 is there already"):
        backup(path, other)
    assert checksum_path(other).read_text() == "precious"
    assert not other.exists()


def test_what_a_killed_program_left_is_removed_after_a_day(path: Path, copy: Path, ids: dict[str, int]) -> None:
    left = [copy.with_name(f".copy.db.0123abcd.partial{end}") for end in ("", "-journal")]
    others = [
        copy.with_name(name) for name in (".copy.db.0123abcd.partials", ".other.db.0123abcd.partial", ".copy.db.x")
    ]
    young = copy.with_name(".copy.db.89abcdef.partial")
    for file in (*left, *others, young):
        file.write_text("half")
    now = young.stat().st_mtime
    for file in (*left, *others):
        os.utime(file, (now, now - STALE_PARTIAL_S - 60))
    os.utime(young, (now, now - STALE_PARTIAL_S + 600))

    backup(path, copy)

    assert [file.exists() for file in left] == [False, False]
    assert all(file.exists() for file in (*others, young))
