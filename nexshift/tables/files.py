"""A table as a file that is made while it is read: each piece when it is asked for, all of one commit.

Used by one thread at a time, which may be another for each piece.  CSV is sent row by row, unless its commit is wanted
back before its client has received it; a workbook, which is an archive, is made first.  What waits lies in a file
without a name beside the database.
"""

from __future__ import annotations

import logging
import tempfile
from contextlib import ExitStack
from pathlib import Path
from threading import Lock
from typing import BinaryIO, Protocol

from nexshift.changes import settle
from nexshift.config import CHUNK_BYTES, SPOOL_BYTES, WORKBOOK_RETRY_S
from nexshift.errors import Overloaded
from nexshift.query import Query
from nexshift.storage.connection import ReadConnection, reading
from nexshift.storage.keys import Grant
from nexshift.storage.library import sqlite3
from nexshift.storage.pool import ReadPool
from nexshift.tables.lines import Lines, csv_style, open_lines, write_header
from nexshift.tables.table import Selection, Table
from nexshift.tables.workbook import Unwanted, write_workbook

_ANY_NUMBER = 1 << 62
_LET_GO = "its client was slow, the database's log had to be emptied,"
log = logging.getLogger("nexshift.tables")


class TableFile(Protocol):
    """A file that is being made."""

    @property
    def rows(self) -> int:
        """Rows that were read so far."""

    @property
    def size(self) -> int | None:
        """Bytes of the whole file, where that is known when its first piece was read."""

    @property
    def token(self) -> int:
        """The number of the last change that the file may show; known when its first piece was read."""

    def read(self) -> bytes:
        """The next piece; empty when there is none left.  The first call raises what keeps the file from being made."""

    def close(self) -> None:
        """Give everything back, also while another thread is in `read`, which then ends early."""


class CutOff(Exception):
    """The rest of a file cannot be had; its text says why."""


class CsvFile:
    """RFC 4180 with a header, in UTF-8 with its mark."""

    size = None

    def __init__(self, pool: ReadPool[ReadConnection], table: Table, grant: Grant, query: Query) -> None:
        self._pool = pool
        self._table = table
        self._grant = grant
        self._query = query
        self._commit = ExitStack()  # what is held until the last row was read
        self._lock = Lock()
        self._lines: Lines | None = None
        self._rest: BinaryIO | None = None
        self._failure: Exception | None = None
        self._is_closed = False
        self.rows = 0
        self.token = 0

    def read(self) -> bytes:
        with self._lock:
            if self._is_closed:
                return b""
            if self._failure is not None:
                raise self._failure
            if self._rest is not None:
                return self._rest.read(CHUNK_BYTES)
            if self._lines is None:
                self._lines = self._open()
                # What there is at once goes at once: a client sees that its file comes.
                piece = write_header(self._table.columns) + self._lines.read(1, 1)
            else:
                piece = self._lines.read(CHUNK_BYTES, _ANY_NUMBER)
            self.rows = self._lines.count
            return piece

    def let_go(self, folder: Path) -> None:
        """Give the commit back: what is left goes into a file without a name, and is read from there."""
        with self._lock:
            if self._is_closed or self._lines is None or self._rest is not None:
                return
            try:
                self._rest = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 (closed by `close`)
                self._spool(self._lines, self._rest)
            except OSError as error:
                self._failure = CutOff(f"{_LET_GO} and there was no room for the rest: {error.strerror or error}")
            except (CutOff, sqlite3.Error, ValueError) as error:
                self._failure = error
            finally:
                self._commit.close()

    def close(self) -> None:
        self._is_closed = True  # seen by a thread that lets go, which then ends
        with self._lock:
            self._commit.close()
            if self._rest is not None:
                self._rest.close()

    def _spool(self, lines: Lines, rest: BinaryIO) -> None:
        room = SPOOL_BYTES
        while not self._is_closed and (piece := lines.read(CHUNK_BYTES, _ANY_NUMBER)):
            room -= len(piece)
            if room < 0:
                raise CutOff(f"{_LET_GO} and more than {SPOOL_BYTES // 2**20} MiB were left of the file")
            rest.write(piece)
        self.rows = lines.count
        rest.seek(0)

    def _open(self) -> Lines:
        connection = self._commit.enter_context(self._pool.lend())
        self._commit.enter_context(reading(connection))
        query, self.token = settle(connection, self._query, self._grant.company_id)
        wanted = Selection(columns=self._table.columns, limit=query.limit)
        sql, values = self._table.write(query, self._grant, wanted)
        lines = open_lines(connection, sql, values, csv_style(self._table.columns))
        self._commit.callback(lines.close)
        return lines


class XlsxFile:
    """An Excel workbook."""

    def __init__(
        self, pool: ReadPool[ReadConnection], table: Table, grant: Grant, query: Query, *, folder: Path
    ) -> None:
        self._pool = pool
        self._table = table
        self._grant = grant
        self._query = query
        self._folder = folder
        self._lock = Lock()
        self._file: BinaryIO | None = None
        self._is_closed = False
        self.rows = 0
        self.size: int | None = None
        self.token = 0

    def read(self) -> bytes:
        with self._lock:
            if self._file is None and not self._is_closed:
                self._make()
            return b"" if self._is_closed or self._file is None else self._file.read(CHUNK_BYTES)

    def close(self) -> None:
        self._is_closed = True  # seen by a thread that is making it, which then lets the lock go
        with self._lock:
            if self._file is not None:
                self._file.close()

    def _make(self) -> None:
        try:
            # It has no name, so whatever happens to this program, nothing is left of it.
            self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 (closed by `close`)
            with self._pool.lend() as connection, reading(connection):
                query, self.token = settle(connection, self._query, self._grant.company_id)
                self.rows = write_workbook(
                    connection,
                    self._file,
                    table=self._table,
                    query=query,
                    grant=self._grant,
                    wanted=Selection(columns=self._table.columns, limit=query.limit),
                    is_wanted=lambda: not self._is_closed,
                )
            self.size = self._file.tell()
            self._file.seek(0)
        except Unwanted:
            self._is_closed = True
        except OSError as error:
            log.warning("a workbook could not be made in %s: %s", self._folder, error.strerror or error)
            raise Overloaded("There is no room to make a workbook; ask for format=csv", WORKBOOK_RETRY_S) from error
