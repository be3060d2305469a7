"""Where a minute's requests of each key are counted: in this process, or in memory that several workers share.

Without sharing, `--workers 4` would let a key send four times its limit.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from struct import Struct
from typing import Protocol

from nexshift.web.shared_memory import SharedMemory

if sys.platform != "win32":
    import fcntl


class Counts(Protocol):
    """Requests of each key within one window."""

    def add(self, key_id: int, window: int, limit: int) -> int:
        """The requests before this one in that window; this one is counted when they are fewer than `limit`."""


class LocalCounts:
    """Counts of this process alone."""

    def __init__(self) -> None:
        self._window = -1
        self._counts: dict[int, int] = {}

    def add(self, key_id: int, window: int, limit: int) -> int:
        if window != self._window:
            self._window = window
            self._counts.clear()
        count = self._counts.get(key_id, 0)
        if count < limit:
            self._counts[key_id] = count + 1
        return count


class SharedCounts:
    """Counts of every process that has the same memory, of `SharedCounts.SIZE` bytes.

    A key has the slot of its number, which is small: keys that are 65,536 numbers apart would count as one.
    """

    _SLOT = Struct("=QQ")  # window, count
    _SLOTS = 65_536
    SIZE = _SLOT.size * _SLOTS

    def __init__(self, memory: SharedMemory) -> None:
        self._memory = memory

    def add(self, key_id: int, window: int, limit: int) -> int:
        at = key_id % self._SLOTS * self._SLOT.size
        with self._locked(at):
            counted_in, count = self._SLOT.unpack_from(self._memory.bytes, at)
            if counted_in != window:
                count = 0
            if count < limit:
                self._SLOT.pack_into(self._memory.bytes, at, window, count + 1)
        return int(count)

    @contextmanager
    def _locked(self, at: int) -> Iterator[None]:
        """One process at a time in that slot; a lock ends with its process."""
        if sys.platform == "win32":
            yield
            return
        fcntl.lockf(self._memory.descriptor, fcntl.LOCK_EX, self._SLOT.size, at)
        try:
            yield
        finally:
            fcntl.lockf(self._memory.descriptor, fcntl.LOCK_UN, self._SLOT.size, at)
