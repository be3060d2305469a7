"""When may a read begin that can be long?  At any time, unless reads that overlap keep SQLite's log from ending.

A commit copies the log into the database if nobody reads an older commit at that moment, and the next commit then
begins the log anew.  Each read may be short enough, and still there may be no such moment.  So when something was
committed to a log that was long already, no read begins for a while: those that have begun come to their end, and the
commits that follow find nobody (https://www.sqlite.org/wal.html#avoiding_excessively_large_wal_files).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from nexshift.config import LOG_BYTES, LOG_HOLD_S, LOG_LOOK_S, LOG_REST_S
from nexshift.storage.log_growth import LogEnd, find_log_end


class LongReads:
    """Of one process; used from the event loop alone."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._under_way = 0
        self._is_used = False  # since the last look
        self._timer: asyncio.TimerHandle | None = None
        self._at_rest: LogEnd | None = None
        self._free = asyncio.Event()
        self._free.set()
        self._held_until = 0.0
        self._rests_until = 0.0
        self._when_free: list[Callable[[], None]] = []

    @property
    def may_begin(self) -> bool:
        """Whether nothing is held back."""
        return self._free.is_set()

    def when_free(self, call: Callable[[], None]) -> None:
        """Call whenever reads may begin again."""
        self._when_free.append(call)

    async def wait(self) -> None:
        """Until a read may begin."""
        await self._free.wait()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """While this lasts, something is read or waits to be, and the log is looked at."""
        self._under_way += 1
        self._is_used = True
        if self._timer is None:
            self._at_rest = None
            self._look()
        try:
            yield
        finally:
            self._under_way -= 1

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = None
        if self._under_way or self._is_used or not self.may_begin:
            self._timer = loop.call_later(LOG_LOOK_S, self._look)
        self._is_used = False
        before, end = self._at_rest, find_log_end(self._database)
        if end.is_at_rest:  # else in the midst of a commit, which may be a large one
            self._at_rest = end
        has_begun_anew = before is None or before.round != end.round
        if not self.may_begin:
            self._look_at_hold(loop.time(), has_begun_anew)
        elif before is None or has_begun_anew or not end.is_at_rest or loop.time() < self._rests_until:
            return
        elif end.bytes > before.bytes > LOG_BYTES:
            self._held_until = loop.time() + LOG_HOLD_S
            self._free.clear()

    def _look_at_hold(self, now: float, has_begun_anew: bool) -> None:
        if not has_begun_anew and now < self._held_until:
            return
        if not has_begun_anew:  # nobody commits any more, or another program reads, and waiting on is of no use
            self._rests_until = now + LOG_REST_S
        self._free.set()
        for call in self._when_free:
            call()
