"""Which runs that were written share time with another run of their machine?

A machine makes one thing at a time. Two runs of the same hour count it twice.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from nexshift.config import OVERLAP_LOOK_BACK
from nexshift.instants import LATEST, format_instant
from nexshift.storage.importing.oddities import Oddity
from nexshift.storage.library import sqlite3
from nexshift.storage.sequence import number_of

OVERLAPS = Oddity("run overlaps another of its machine", "runs overlap others of their machine")


def find_overlaps(connection: sqlite3.Connection, company_id: int) -> tuple[Oddity, str, int] | None:
    """Among the runs that this transaction wrote, those at whose time their machine has another, and the first."""
    first: tuple[int, int] | None = None
    count = 0
    number = number_of(company_id)
    sql = (
        "SELECT machine_id, min(started_at), max(ifnull(ended_at, ?)) FROM run"
        f" WHERE company_id = ? AND changed = {number} GROUP BY machine_id"
    )
    written = f"SELECT changed = {number} FROM run WHERE id = ?"
    for machine_id, earliest, latest in connection.execute(sql, (LATEST, company_id)).fetchall():
        for run_id, started_at in _overlapping(connection, machine_id, earliest, latest):
            if connection.execute(written, (run_id,)).fetchone()[0]:
                count += 1
                first = first or (machine_id, started_at)
    if first is None:
        return None
    (name,) = connection.execute("SELECT name FROM machine WHERE id = ?", (first[0],)).fetchone()
    return OVERLAPS, f"{name} at {format_instant(first[1])}", count


def _overlapping(
    connection: sqlite3.Connection, machine_id: int, earliest: int, latest: int
) -> Iterator[tuple[int, int]]:
    """Id and start of each run of a machine that shares time with another one; an open run ends never."""
    sql = (
        "SELECT min(started_at) FROM (SELECT started_at FROM run WHERE machine_id = ? AND started_at < ?"
        f" AND ended_at IS NOT NULL ORDER BY started_at DESC LIMIT {OVERLAP_LOOK_BACK})"
    )
    (before,) = connection.execute(sql, (machine_id, earliest)).fetchone()
    completed = connection.execute(
        "SELECT started_at, ended_at, id FROM run"
        " WHERE machine_id = ? AND started_at BETWEEN ? AND ? AND ended_at IS NOT NULL ORDER BY started_at",
        (machine_id, earliest if before is None else before, latest),
    )
    running = connection.execute(
        "SELECT started_at, ?, id FROM run WHERE machine_id = ? AND status = 'running'", (LATEST + 1, machine_id)
    )
    furthest = 0
    previous: tuple[int, int, int] | None = None
    is_marked = False
    for run in heapq.merge(completed, running):
        started_at, ended_at, _ = run
        if previous is not None and (is_marked or started_at < previous[1]):
            yield previous[2], previous[0]
        is_marked = previous is not None and started_at < furthest
        furthest = ended_at if previous is None else max(furthest, ended_at)
        previous = run
    if previous is not None and is_marked:
        yield previous[2], previous[0]
