"""Who reads a page, and when?  Few threads with connections of their own, for which keys take turns.

A page of a few rows is made at once, on the event loop: handing it to a thread and back costs more than it takes.  What
looks small may not be, since a query may pass over many rows, so SQLite gives up there after a number of steps, and
the page waits for a thread after all.

Nothing is read for a client that has left, no longer than anybody should wait, and not before there is room for what
comes of it.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from litestar.types import Scope

from nexshift.config import (
    INLINE_ROWS,
    INLINE_STEPS,
    LOG_DEADLINE_S,
    LOG_LOOK_S,
    LOG_RETRY_S,
    MAX_WAITING,
    READ_DEADLINE_S,
    ROOM_WAIT_S,
    WAIT_RETRY_S,
    WAIT_S,
)
from nexshift.errors import ClientGone, NoRoomToSort, Overloaded, TooSlow
from nexshift.storage.connection import ReadConnection, open_reader
from nexshift.storage.library import sqlite3
from nexshift.storage.log_growth import LogGrowth
from nexshift.storage.pool import ReadPool
from nexshift.web.admission import key_of
from nexshift.web.client import Client, client_of
from nexshift.web.long_reads import LongReads
from nexshift.web.outgoing import Outgoing
from nexshift.web.threads import Threads
from nexshift.web.turns import Turns

_STEPS = 100_000  # of SQLite's machine between two looks at the clock: some milliseconds
_INLINE_STEPS = 1_000
_LOG = "This takes long, and much is being written to the database at this time; try again in a moment"
_FULL = "Too many answers wait to be received; receive those first, and try again in a moment"
_BUSY = "The service is busy with other requests; try again in a moment"
Made = TypeVar("Made")
Make = Callable[[ReadConnection], Made]
"""Makes something of what it reads."""


class Readers:
    """Of one kind of page, which wait for each other and for nobody else."""

    def __init__(self, database: Path, outgoing: Outgoing, long_reads: LongReads, *, places: int, share: int) -> None:
        """`places` are read at once, of which a key has `share` at the most."""
        self._database = database
        self._outgoing = outgoing
        outgoing.when_less(self._call)
        self._long_reads = long_reads
        long_reads.when_free(self._call)
        self._turns: Turns[_Waiting] = Turns(places=places, share=share, most=MAX_WAITING)
        self._threads = Threads(places, "reader")
        self._pool = ReadPool(database, self._open, size=places)
        self._inline = ReadPool(database, self._open_inline, size=1)  # for the event loop alone, so it never waits
        self._inline_steps = 0
        self._own = threading.local()
        self._is_closed = False

    async def run(self, scope: Scope, make: Make[Made], *, rows: int | None = None) -> Made:
        """What `make` makes for whoever asks; `rows` is how many it reads, where that is known.

        Raises ClientGone when nobody waits for it any more, TooSlow when it takes too long, Overloaded when it finds no
        reader, and NoRoomToSort.
        """
        key, client = key_of(scope), client_of(scope)
        try:
            if rows is not None and rows <= INLINE_ROWS and self._outgoing.has_room(key):
                with suppress(_TooManyStepsError):
                    return self._run_inline(make)
            with self._long_reads.watched():
                async with self._turn(key, client):
                    return await self._threads.run(lambda: self._run(make, client))
        except MemoryError as error:
            raise NoRoomToSort from error

    def close(self) -> None:
        """What is being read ends at its next look at the clock."""
        self._is_closed = True
        self._threads.close()
        self._pool.close()
        self._inline.close()

    # -- on the event loop ---------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def _turn(self, key: int, client: Client) -> AsyncIterator[None]:
        """A place among the readers."""
        if client.is_gone:
            raise ClientGone
        waiting = _Waiting()
        refused = self._turns.add(key, waiting)
        if refused is not None:
            refused.refuse(Overloaded(_BUSY, WAIT_RETRY_S))
        self._call()
        try:
            if not waiting.turn.done():
                await self._wait(key, client, waiting)
            waiting.turn.result()
            if client.is_gone:
                raise ClientGone
            yield
        finally:
            if not self._turns.drop(key, waiting) and waiting.has_place:
                self._turns.leave(key)
                self._call()

    async def _wait(self, key: int, client: Client, waiting: _Waiting) -> None:
        def end(refusal: Exception) -> None:
            if self._turns.drop(key, waiting):
                waiting.refuse(refusal)

        def look_for_room() -> None:
            if not self._outgoing.has_room(key):
                end(Overloaded(_FULL, WAIT_RETRY_S))

        loop = asyncio.get_running_loop()
        forget = client.when_gone(lambda: end(ClientGone()))
        timers = (
            loop.call_later(ROOM_WAIT_S, look_for_room),
            loop.call_later(WAIT_S, end, Overloaded(_BUSY, WAIT_RETRY_S)),
        )
        try:
            await asyncio.wait((waiting.turn,))
        finally:
            forget()
            for timer in timers:
                timer.cancel()

    def _call(self) -> None:
        """Whoever's turn it is."""
        while self._long_reads.may_begin and (waiting := self._turns.take(self._outgoing.has_room)) is not None:
            waiting.call()

    # -- in whichever thread reads -------------------------------------------------------------------------------------

    def _run(self, make: Make[Made], client: Client) -> Made:
        now = time.monotonic()
        self._own.reading = _Reading(client, now + READ_DEADLINE_S, now + LOG_DEADLINE_S, LogGrowth(self._database))
        with self._pool.lend() as connection:
            try:
                return make(connection)
            except sqlite3.OperationalError as error:
                if not _is_interrupt(error):
                    raise
                raise self._explain_end(client) from error

    def _open(self, path: Path) -> ReadConnection:
        connection = open_reader(path)
        connection.set_progress_handler(self._is_over, _STEPS)
        return connection

    def _is_over(self) -> bool:
        """Asked by SQLite, in the thread that reads."""
        reading: _Reading = self._own.reading
        return self._is_closed or reading.is_over()

    def _explain_end(self, client: Client) -> Exception:
        if client.is_gone:
            return ClientGone()
        if self._own.reading.is_in_the_way:
            return Overloaded(_LOG, LOG_RETRY_S)
        return TooSlow(READ_DEADLINE_S)

    def _run_inline(self, make: Make[Made]) -> Made:
        self._inline_steps = 0
        with self._inline.lend() as connection:
            try:
                return make(connection)
            except sqlite3.OperationalError as error:
                if not _is_interrupt(error):
                    raise
                raise _TooManyStepsError from None

    def _open_inline(self, path: Path) -> ReadConnection:
        connection = open_reader(path)
        # SQLite counts the steps of each statement on and on, over all its uses: one turn is no reason to give up.
        connection.set_progress_handler(self._is_enough, _INLINE_STEPS)
        return connection

    def _is_enough(self) -> bool:
        self._inline_steps += _INLINE_STEPS
        return self._inline_steps > INLINE_STEPS


class _Waiting:
    """A request that waits for its turn."""

    def __init__(self) -> None:
        self.turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.has_place = False

    def call(self) -> None:
        self.has_place = True
        if not self.turn.done():
            self.turn.set_result(None)

    def refuse(self, refusal: Exception) -> None:
        if not self.turn.done():
            self.turn.set_exception(refusal)


@dataclass
class _Reading:
    """What is being read, for whom, and until when."""

    client: Client
    deadline: float
    look_at: float
    """When to look at the log for the first time, and then again."""
    growth: LogGrowth
    is_in_the_way: bool = False

    def is_over(self) -> bool:
        now = time.monotonic()
        if now > self.look_at:
            self.look_at = now + LOG_LOOK_S
            self.is_in_the_way = self.growth.look()
        return self.client.is_gone or self.is_in_the_way or now > self.deadline


class _TooManyStepsError(Exception):
    """It is not as small as it looked."""


def _is_interrupt(error: sqlite3.OperationalError) -> bool:
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT  # one of ours has none
