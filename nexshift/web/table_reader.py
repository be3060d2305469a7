"""Who reads flat tables, as pages and for OData?  Few threads with connections of their own, each for a bounded time.

Sums over years, and a filter over a column that has no index, pass over all rows of a table, which may take a while.
So such requests wait for each other and for nobody else, and listings never wait for them.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from nexshift.config import TABLE_DEADLINE_S, TABLE_READERS
from nexshift.errors import TooSlow
from nexshift.storage.connection import ReadConnection, open_reader
from nexshift.storage.library import sqlite3
from nexshift.storage.pool import ReadPool

_STEPS = 100_000  # of SQLite's machine between two looks at the clock: some milliseconds
Made = TypeVar("Made")


class TableReader:
    """Runs what reads, with the connection to read from."""

    def __init__(self, database: Path) -> None:
        self._pool = ReadPool(database, self._open, size=TABLE_READERS)
        self._threads = ThreadPoolExecutor(TABLE_READERS, "table")
        self._own = threading.local()
        self._is_closed = False

    async def run(self, make: Callable[[ReadConnection], Made]) -> Made:
        """What `make` makes, in a thread; TooSlow when SQLite has not come to an end in time."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._run, make)

    def close(self) -> None:
        """What is being read ends at its next look at the clock."""
        self._is_closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._pool.close()

    def _run(self, make: Callable[[ReadConnection], Made]) -> Made:
        self._own.deadline = time.monotonic() + TABLE_DEADLINE_S
        with self._pool.lend() as connection:
            try:
                return make(connection)
            except sqlite3.OperationalError as error:
                if getattr(error, "sqlite_errorcode", None) != sqlite3.SQLITE_INTERRUPT:
                    raise
                raise TooSlow(TABLE_DEADLINE_S) from error

    def _open(self, path: Path) -> ReadConnection:
        connection = open_reader(path)
        connection.set_progress_handler(self._is_late, _STEPS)
        return connection

    def _is_late(self) -> bool:
        """Asked by SQLite, in the thread that reads."""
        return self._is_closed or time.monotonic() > self._own.deadline
