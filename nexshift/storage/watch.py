"""Has anything been committed since?  Asked anew for every request, before anything remembered is used.

`PRAGMA data_version` is another number after every commit of another connection, whichever process made it, as long as
it is always asked on one connection.  Here is that connection; it belongs to one thread.  The number of an epoch stands
for one commit of one file:

* What is read from the database within an epoch, by any connection, is of its commit or of a later one.
* When `look` gives the same epoch again, there has been no later one.  So what was read in between is what stands in
  the database now, and may be given as an answer.
* When it gives another, everything remembered is forgotten, whether it was read before that commit or just after.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from nexshift.errors import DatabaseBusy
from nexshift.storage.connection import open_key_reader
from nexshift.storage.file_errors import explain_unavailable
from nexshift.storage.library import sqlite3
from nexshift.storage.pool import FileIdentity, identify


class Watch:
    """Counts epochs, and lends the connection to read keys with.  Never waits for a lock."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._identity: FileIdentity | None = None
        self._version = -1
        self._epoch = 0

    def look(self) -> int:
        """The present epoch.

        Raises DatabaseUnavailable when the file is missing or cannot be read, and DatabaseBusy when it is locked.
        """
        identity = identify(self._path)
        if self._connection is None or identity != self._identity:
            self._reopen(identity)
        assert self._connection is not None
        try:
            (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        except sqlite3.DatabaseError as error:
            self._fail(error)
        if version != self._version:
            self._version = version
            self._epoch += 1
        return self._epoch

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, for what is read in the epoch that `look` gave last.  Raises as `look` does."""
        assert self._connection is not None
        try:
            yield self._connection
        except sqlite3.DatabaseError as error:
            self._fail(error)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _reopen(self, identity: FileIdentity) -> None:
        self.close()
        self._epoch += 1
        self._version = -1
        self._connection = open_key_reader(self._path)
        self._connection.execute("PRAGMA busy_timeout = 0")
        self._identity = identity

    def _fail(self, error: sqlite3.DatabaseError) -> NoReturn:
        refusal = explain_unavailable(error, self._path)
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY and refusal is not None:
            raise DatabaseBusy(refusal.sentence, hint=refusal.hint) from error
        self.close()
        if refusal is None:
            raise error
        raise refusal from error
