"""How does a run come by its stored length of downtime, and is what is stored right?

Computed by `oee_core` and nowhere else, for as many runs at a time as a page has, so that memory does not grow with
the number of runs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from nexshift.config import MAX_LIMIT
from nexshift.storage.library import sqlite3
from oee_core import downtime_seconds

Rows = list[tuple[Any, ...]]

_UNMEASURED = (
    "SELECT id, started_at, ended_at FROM run WHERE status = 'completed' AND downtime_seconds IS NULL"
    " ORDER BY machine_id, started_at LIMIT ?"
)
_MEASURED = (
    "SELECT id, started_at, ended_at, uuid, downtime_seconds FROM run WHERE downtime_seconds IS NOT NULL ORDER BY id"
)
# CROSS JOIN keeps the order of the runs: SQLite never swaps its sides.
_STOPS = (
    "SELECT d.run_id, d.started_at, d.ended_at FROM json_each(?) AS page CROSS JOIN downtime d ON d.run_id = page.value"
)


def store_lengths(connection: sqlite3.Connection) -> None:
    """Store the length of every completed run where it is not known, inside the caller's transaction."""
    while runs := connection.execute(_UNMEASURED, (MAX_LIMIT,)).fetchall():
        lengths = zip(_compute(connection, runs), (run[0] for run in runs), strict=True)
        connection.executemany("UPDATE run SET downtime_seconds = ? WHERE id = ?", lengths)


def find_wrong_lengths(connection: sqlite3.Connection) -> Iterator[tuple[str, int, int]]:
    """The UUID of each run whose stored length is not what its stops make, the stored length and the right one."""
    measured = connection.execute(_MEASURED)
    while runs := measured.fetchmany(MAX_LIMIT):
        for (*_, uuid, stored), computed in zip(runs, _compute(connection, runs), strict=True):
            if stored != computed:
                yield uuid, stored, computed


def _compute(connection: sqlite3.Connection, runs: Rows) -> list[int]:
    page = json.dumps([run[0] for run in runs])
    return downtime_seconds(runs, connection.execute(_STOPS, (page,)).fetchall())
