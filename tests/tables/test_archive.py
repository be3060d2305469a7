"""A zip file that is written from front to end, as others read it."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nexshift.tables.archive import Archive

MADE_AT = datetime(2026, 3, 26, 0, 21, 16, tzinfo=UTC)
LARGE = random.Random(20260326).randbytes(100_000)


def make(entries: dict[str, bytes], largest: int | None = None) -> bytes:
    out = io.BytesIO()
    archive = Archive(out, MADE_AT) if largest is None else Archive(out, MADE_AT, largest=largest)
    for name, content in entries.items():
        with archive.entry(name) as write:
            for at in range(0, len(content), 7_000):
                write(content[at : at + 7_000])
    archive.close()
    return out.getvalue()


ENTRIES = {"a/small.xml": b"<a/>", "empty": b"", "long": b"row " * 50_000, "a/large.bin": LARGE, "last": b"z"}


@pytest.mark.parametrize("largest", [None, 50_000, 100], ids=["usual", "some are large", "all are large"])
def test_what_was_written_is_read(largest: int | None) -> None:
    with zipfile.ZipFile(io.BytesIO(make(ENTRIES, largest))) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == ENTRIES
        assert {entry.date_time for entry in archive.infolist()} == {(2026, 3, 26, 0, 21, 16)}


@pytest.mark.parametrize(("largest", "version", "extra"), [(None, 20, 0xA220), (50_000, 45, 1)])
def test_each_entry_says_its_sizes_before_its_data(largest: int | None, version: int, extra: int) -> None:
    made = make({"a": LARGE}, largest)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        (entry,) = archive.infolist()
    needed, flags, checksum, packed, size, name = struct.unpack_from("<4xHH6xIIIH", made)
    kind, length, first, second = struct.unpack_from("<HHQQ", made, 30 + name)
    assert (needed, flags, checksum, kind, length) == (version, 0, entry.CRC, extra, 16)
    (listed_at,) = struct.unpack_from("<I", made, len(made) - 6)
    assert (listed_at == 2**32 - 1) == (largest is not None)
    if largest is None:
        assert (packed, size) == (entry.compress_size, entry.file_size)
    else:
        assert (packed, size, first, second) == (2**32 - 1, 2**32 - 1, entry.file_size, entry.compress_size)


def test_the_same_content_makes_the_same_file() -> None:
    assert make(ENTRIES) == make(ENTRIES)


def test_an_archive_that_was_not_closed_is_none() -> None:
    out = io.BytesIO()
    Archive(out, MADE_AT).add("a", "b")
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(out)


def test_an_entry_may_be_larger_than_four_bytes_say(tmp_path: Path) -> None:
    piece, pieces = bytes(range(256)) * 65_536, 257  # 16 MiB, and 4 GiB and 16 MiB in all
    with (tmp_path / "large.zip").open("w+b") as out:
        archive = Archive(out, MADE_AT)
        with archive.entry("large") as write:
            for _ in range(pieces):
                write(piece)
        archive.add("last", "z")
        archive.close()
    with zipfile.ZipFile(tmp_path / "large.zip") as read:
        assert [entry.file_size for entry in read.infolist()] == [len(piece) * pieces, 1]
        assert read.read("last") == b"z"
        with read.open("large") as large:
            assert large.read(len(piece)) == piece
