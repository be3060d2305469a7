"""What does a glance at the database say?  Its files' sizes, when it was last written, and how many rows are in it.

Counting rows takes SQLite a walk through an index of each table.  So they are counted now and then, and in between the
numbers of that time are given, the same ones by every process.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from os import stat_result
from pathlib import Path
from typing import NamedTuple

from nexshift.config import ROWS_COUNTED_EVERY_S, ROWS_COUNTED_SHARE
from nexshift.errors import DatabaseUnavailable
from nexshift.storage.connection import ReadConnection
from nexshift.storage.pool import ReadPool
from nexshift.storage.schema import TABLES
from nexshift.web.meter import Meter

_NAMES = (re.findall(r"^CREATE TABLE (\w+)", statement)[0] for statement in TABLES)
COUNTED = tuple(name for name in _NAMES if not name.startswith("api_key"))  # which a reader of rows may not read
_COUNT = f"SELECT {', '.join(f'(SELECT count(*) FROM {name})' for name in COUNTED)}"
_DUE, _COUNTED_AT, _FIRST = 0, 1, 2  # of the cells that all processes share
_MILLISECONDS = 1000


class Files(NamedTuple):
    """The database and what was committed but not yet moved into it."""

    database_bytes: int
    wal_bytes: int
    written_at: float


class Rows(NamedTuple):
    """How many rows each table had at that time; nothing while they are counted for the first time."""

    numbers: Mapping[str, int]
    counted_at: int


class DatabaseFacts:
    """Of one database, for the processes that share a meter."""

    def __init__(self, database: Path, pool: ReadPool[ReadConnection], meter: Meter) -> None:
        self._database = database
        self._pool = pool
        self._cells = meter.whole

    def files(self) -> Files | None:
        """None while there is no database."""
        database = _look_at(self._database)
        if database is None:
            return None
        wal = _look_at(Path(f"{self._database}-wal"))
        if wal is None or wal.st_size == 0:  # an empty one says when somebody opened the database
            return Files(database.st_size, 0, database.st_mtime)
        return Files(database.st_size, wal.st_size, max(database.st_mtime, wal.st_mtime))

    def rows(self) -> Rows | None:
        """None while the database does not answer."""
        try:
            with self._pool.lend() as connection:
                connection.execute("SELECT 1 FROM company LIMIT 1").fetchone()
                if time.monotonic() * _MILLISECONDS >= self._cells[_DUE]:
                    self._count(connection)
        except DatabaseUnavailable:
            return None
        counted_at = self._cells[_COUNTED_AT]
        numbers = {name: self._cells[_FIRST + place] for place, name in enumerate(COUNTED)} if counted_at else {}
        return Rows(numbers, counted_at)

    def _count(self, connection: ReadConnection) -> None:
        begun = time.monotonic()
        # Whoever looks meanwhile does not count as well: from a slow disk, millions of rows take a minute.
        self._cells[_DUE] = int((begun + ROWS_COUNTED_EVERY_S) * _MILLISECONDS)
        numbers = connection.execute(_COUNT).fetchone()
        now = time.monotonic()
        for place, number in enumerate(numbers):
            self._cells[_FIRST + place] = number
        self._cells[_COUNTED_AT] = int(time.time())
        pause = max(ROWS_COUNTED_EVERY_S, (now - begun) * ROWS_COUNTED_SHARE)
        self._cells[_DUE] = int((now + pause) * _MILLISECONDS)


def _look_at(path: Path) -> stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None
