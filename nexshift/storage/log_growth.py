"""Does the write-ahead log grow because somebody reads an old commit?

SQLite begins its log anew when all of it was copied into the database and nobody reads a commit that stands in it.  As
long as somebody does, it grows with every commit.  So whoever reads for long looks now and then, and ends when the log
is long and was written to meanwhile (https://www.sqlite.org/wal.html#avoiding_excessively_large_wal_files).
"""

from __future__ import annotations

import os
import struct
from bisect import bisect_left
from pathlib import Path
from typing import NamedTuple

from nexshift.config import LOG_BYTES

_HEADER_BYTES, _FRAME_BYTES = 32, 24
_PAGE_BYTES, _SALTS = slice(8, 12), slice(16, 24)
_COMMITTED, _FRAME_SALTS = slice(4, 8), slice(8, 16)  # the first is 0 in a frame that ends no commit


class LogEnd(NamedTuple):
    """How far a log was written: which time round, and bytes of it."""

    round: bytes
    bytes: int
    is_at_rest: bool = True
    """Whether a commit ends there, and not a part of one that is still being written."""


def find_log_end(database: Path) -> LogEnd:
    """Where the log ends.  Its file may be larger: what is behind is left of an earlier time round.

    Frames of the present time round stand before all others, so the last is found by halves.  No lock is on this file,
    so that looking at it drops none.
    """
    try:
        with database.with_name(f"{database.name}-wal").open("rb") as file:
            header = file.read(_HEADER_BYTES)
            if len(header) < _HEADER_BYTES:
                return LogEnd(b"", 0)
            frame_bytes = _FRAME_BYTES + struct.unpack(">I", header[_PAGE_BYTES])[0]

            def read_frame(number: int) -> bytes:
                file.seek(_HEADER_BYTES + number * frame_bytes)
                return file.read(_FRAME_BYTES)

            def is_left_over(number: int) -> bool:
                return read_frame(number)[_FRAME_SALTS] != header[_SALTS]

            frames = range((os.fstat(file.fileno()).st_size - _HEADER_BYTES) // frame_bytes)
            used = bisect_left(frames, True, key=is_left_over)
            is_at_rest = not used or any(read_frame(used - 1)[_COMMITTED])
            return LogEnd(header[_SALTS], _HEADER_BYTES + used * frame_bytes, is_at_rest)
    except OSError:  # gone, or not ours to read, which is said elsewhere
        return LogEnd(b"", 0)


class LogGrowth:
    """Of one database, since the first look."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._last: LogEnd | None = None

    def look(self) -> bool:
        """Whether the log is longer than it should be, and was written to since the last look."""
        last, self._last = self._last, find_log_end(self._database)
        return last not in (None, self._last) and self._last.bytes > LOG_BYTES
