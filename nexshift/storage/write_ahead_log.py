"""Does the write-ahead log hold commits that SQLite can no longer reach?

SQLite reads it up to the first frame whose checksum is wrong, and takes what follows for the rest of a transaction that
was interrupted.  After a crash that is so.  Where a byte was damaged, whole commits can follow, which it leaves out
without a word; they are counted here, by the same checksums (https://www.sqlite.org/fileformat2.html#walformat).
"""

from __future__ import annotations

import os
import struct
from io import BufferedReader
from pathlib import Path
from typing import NamedTuple

from nexshift.config import LOG_LOOKS, MAX_LOG_BYTES_AT_START

_HEADER = struct.Struct(">8I")  # magic, version, page size, checkpoint, two salts, two sums
_FRAME = struct.Struct(">6I")  # page, size of the database after a commit or 0, two salts, two sums
_MAGIC, _BIG_ENDIAN = 0x377F0682, 1
_MASK = 0xFFFF_FFFF


class Log(NamedTuple):
    """What stands in a log."""

    header: bytes
    reached: int  # frames up to the last commit that SQLite reads
    unreachable: int  # commits behind it

    @property
    def is_damaged(self) -> bool:
        """Whether commits are lost.  A single one may have been interrupted: its checksums are mended last."""
        return self.unreachable > 1


def inspect_log(database: Path) -> Log | None:
    """The log beside the database; None where there is none, or it changes too fast to be looked at.

    May be called while others write: it is looked at until two looks see the same.
    """
    before = None
    for _ in range(LOG_LOOKS):
        found = _look(database.with_name(f"{database.name}-wal"))
        if found is None or not found.unreachable or found == before:
            return found
        before = found
    return None


def describe_log_damage(database: Path, log: Log) -> str:
    """The sentence about a log that is damaged."""
    return (
        f"{database.name}-wal is damaged: {log.unreachable} commits in it cannot be read any more,"
        " and the database is as it was before them"
    )


def find_log_damage(database: Path) -> str | None:
    """What the service says about its log when it starts; nothing of one that is too long to be looked through then."""
    log = database.with_name(f"{database.name}-wal")
    if not log.is_file() or log.stat().st_size > MAX_LOG_BYTES_AT_START:
        return None
    found = inspect_log(database)
    if found is None or not found.is_damaged:
        return None
    return f"{describe_log_damage(database, found)}; put back a backup, or import again what came after"


def _look(path: Path) -> Log | None:
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER.size)
            if len(header) < _HEADER.size:
                return None
            return _follow(file, header, os.fstat(file.fileno()).st_size)
    except OSError:  # gone, or not ours to read, which is said elsewhere
        return None


def _follow(file: BufferedReader, header: bytes, size: int) -> Log | None:
    magic, _, page_bytes, _, first_salt, second_salt, *sums = _HEADER.unpack(header)
    if magic & ~_BIG_ENDIAN != _MAGIC or not 512 <= page_bytes <= 65_536:
        return None
    words = struct.Struct(f"{'>' if magic & _BIG_ENDIAN else '<'}{2 + page_bytes // 4}I")
    state = _add(struct.Struct(f"{words.format[0]}6I").unpack(header[:24]), 0, 0)
    if list(state) != sums:
        return None
    is_whole, reached, unreachable = True, 0, 0
    for number in range((size - _HEADER.size) // (_FRAME.size + page_bytes)):
        frame = file.read(_FRAME.size)
        content = file.read(page_bytes)
        if len(content) < page_bytes:
            break
        _, committed, *salts, first_sum, second_sum = _FRAME.unpack(frame)
        if salts != [first_salt, second_salt]:  # of an earlier time round
            is_whole = False
            continue
        if is_whole:
            state = _add(words.unpack(frame[:8] + content), *state)
            is_whole = state == (first_sum, second_sum)
        if committed:
            if is_whole:
                reached = number + 1
            else:
                unreachable += 1
    return Log(header, reached, unreachable)


def _add(words: tuple[int, ...], first: int, second: int) -> tuple[int, int]:
    for even, odd in zip(words[::2], words[1::2], strict=True):
        first = (first + even + second) & _MASK
        second = (second + odd + first) & _MASK
    return first, second
