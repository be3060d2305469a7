"""Where is a page made?  In a worker thread, because SQLite does not wait; a small one at once, on the event loop.

Handing a request to a thread and back costs more than a page of a few rows takes.  What looks small may not be: a query
may have to pass over many rows, and a row may have many children.  So SQLite itself gives up after a number of steps,
and that page is made in a thread after all.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from litestar.concurrency import sync_to_thread

from nexshift.config import INLINE_ROWS, INLINE_STEPS
from nexshift.envelope import Page
from nexshift.listing import Endpoint
from nexshift.query import Query
from nexshift.storage.connection import ReadConnection, open_reader
from nexshift.storage.keys import Grant
from nexshift.storage.library import sqlite3
from nexshift.storage.pool import ReadPool

_TURN_STEPS = 1_000
Made = TypeVar("Made")


class PageMaker:
    """Makes the pages of all listings."""

    def __init__(self, database: Path) -> None:
        self.pool = ReadPool(database, open_reader)
        self._inline = ReadPool(database, self._open_inline, size=1)  # for the event loop alone, so it never waits
        self._turns = 0

    async def make(self, listing: Endpoint, grant: Grant, query: Query, finish: Callable[[Page], Made]) -> Made:
        """What `finish` makes of the page; that is done in the same thread."""
        if query.page_rows <= INLINE_ROWS:
            page = self._make_inline(listing, grant, query)
            if page is not None:
                return finish(page)

        def make() -> Made:
            with self.pool.lend() as connection:
                page = listing.page(connection, grant, query)
            return finish(page)

        return await sync_to_thread(make)

    def close(self) -> None:
        self.pool.close()
        self._inline.close()

    def _make_inline(self, listing: Endpoint, grant: Grant, query: Query) -> Page | None:
        """The page; None when it takes too many steps."""
        self._turns = 0
        with self._inline.lend() as connection:
            try:
                return listing.page(connection, grant, query)
            except sqlite3.OperationalError as error:
                if getattr(error, "sqlite_errorcode", None) != sqlite3.SQLITE_INTERRUPT:  # one of ours has none
                    raise
                return None

    def _open_inline(self, path: Path) -> ReadConnection:
        connection = open_reader(path)
        # SQLite counts the steps of each statement on and on, over all its uses: one turn is no reason to give up.
        connection.set_progress_handler(self._is_enough, _TURN_STEPS)
        return connection

    def _is_enough(self) -> bool:
        self._turns += 1
        return self._turns > INLINE_STEPS // _TURN_STEPS
