"""Who holds which read connection?

A pool of read-only connections to one file, lent to one thread at a time.  It keeps itself true to the file: a
database that was put in its place is noticed at the next loan, a connection that failed is never lent again, and a
database that is gone is asked for anew with every loan, so the service recovers by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock
from typing import Generic, NamedTuple, TypeVar

from nexshift.config import READ_CONNECTIONS, READ_WAIT_S
from nexshift.errors import DatabaseUnavailable
from nexshift.storage.file_errors import explain_unavailable, missing
from nexshift.storage.library import sqlite3

Connection = TypeVar("Connection", bound=sqlite3.Connection)


class FileIdentity(NamedTuple):
    """Which file stands at a path."""

    device: int
    inode: int


class ReadPool(Generic[Connection]):
    """At most `size` connections, opened with `opener` when first needed."""

    def __init__(self, path: Path, opener: Callable[[Path], Connection], *, size: int = READ_CONNECTIONS) -> None:
        self._path = path
        self._open = opener
        self._places: SimpleQueue[None] = SimpleQueue()  # a semaphore, of which Python's own takes ten times as long
        for _ in range(size):
            self._places.put(None)
        self._lock = Lock()
        self._idle: list[Connection] = []  # the last one returned is lent first: its page cache is warm
        self._identity: FileIdentity | None = None  # of the file that the idle connections have open
        self._closed = False

    @contextmanager
    def lend(self) -> Iterator[Connection]:
        """A connection for the length of a `with` block.

        Raises DatabaseUnavailable when the file is missing or SQLite says that it cannot be read, and when no
        connection became free in time.  Errors in SQL itself pass through.
        """
        try:
            self._places.get(timeout=READ_WAIT_S)
        except Empty:
            raise DatabaseUnavailable("every read connection is busy", hint="start more workers") from None
        try:
            connection, identity = self._take()
            try:
                yield connection
            except sqlite3.DatabaseError as error:
                connection.close()
                refusal = explain_unavailable(error, self._path)
                if refusal is None:
                    raise
                raise refusal from error
            except BaseException:
                self._give_back(connection, identity)
                raise
            self._give_back(connection, identity)
        finally:
            self._places.put(None)

    def close(self) -> None:
        """Close what is idle now, and each lent connection when it comes back."""
        with self._lock:
            self._closed = True
        self._drop_idle()

    def _take(self) -> tuple[Connection, FileIdentity]:
        try:
            identity = identify(self._path)
        except DatabaseUnavailable:
            self._drop_idle()
            raise
        if identity != self._identity:
            self._drop_idle()
        with self._lock:
            self._identity = identity
            if self._idle:
                return self._idle.pop(), identity
        return self._open(self._path), identity

    def _give_back(self, connection: Connection, identity: FileIdentity) -> None:
        if connection.in_transaction:  # a reader left inside one would see that commit for ever
            connection.close()
            return
        with self._lock:
            if not self._closed and identity == self._identity:
                self._idle.append(connection)
                return
        connection.close()

    def _drop_idle(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()


def identify(path: Path) -> FileIdentity:
    """Which file stands at `path` now; DatabaseUnavailable when there is none, or nobody can tell."""
    try:
        status = path.stat()
    except FileNotFoundError:
        refusal = missing(path)
        raise DatabaseUnavailable(refusal.sentence, hint=refusal.hint) from None
    except OSError as error:
        raise DatabaseUnavailable(f"{path} cannot be reached: {error.strerror}") from error
    return FileIdentity(status.st_dev, status.st_ino)
