"""A program that writes to the plant while it is read: 50 commits a second through plain SQL, from its own process.

Each commit is a run that has just ended, with a piece of scrap and a stop, and a correction of an earlier one.
`python -m benchmarks.http.writer FILE` takes `start` and `stop` on stdin and answers each with what it did so far.
"""

from __future__ import annotations

import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import IO
from uuid import uuid4

from benchmarks.http import cores
from benchmarks.http.load import Failed
from benchmarks.http.service import ROOT
from nexshift.storage.library import sqlite3

COMMITS_PER_S = 50
_LEAST_SHARE = 0.9  # of the commits that were due; a slower writer would flatter whoever reads


class Writer:
    """The program, from the side of the one that measures."""

    def __init__(self, orders: IO[str], answers: IO[str]) -> None:
        self._orders = orders
        self._answers = answers

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Commits for the length of a `with` block; Failed when they were fewer than they should be."""
        self._tell("start")
        begun = monotonic()
        yield
        due = (monotonic() - begun) * COMMITS_PER_S
        done = self._tell("stop")
        if done < due * _LEAST_SHARE:
            raise Failed(f"the writer made {done} commits where {due:.0f} were due")

    def _tell(self, what: str) -> int:
        print(what, file=self._orders, flush=True)
        answer = self._answers.readline()
        if not answer:
            raise Failed("the writer ended")
        return int(answer)


@contextmanager
def started(database: Path) -> Iterator[Writer]:
    command = [sys.executable, "-m", "benchmarks.http.writer", str(database)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if process.stdin is None or process.stdout is None:
            raise AssertionError("both are pipes")
        cores.pin(process.pid, cores.CLIENT)
        with process.stdin:  # its end is the program's
            yield Writer(process.stdin, process.stdout)


def write_on_demand(database: Path) -> None:
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    ((last,),) = connection.execute("SELECT max(ended_at) FROM run").fetchall()
    begun: float | None = None
    commits = 0
    while True:
        due = None if begun is None else max(0.0, begun + commits / COMMITS_PER_S - monotonic())
        if select.select([sys.stdin], [], [], due)[0]:
            line = sys.stdin.readline()
            if not line:
                break
            print(commits, flush=True)
            begun, commits = (monotonic(), 0) if line.strip() == "start" else (None, 0)
        else:
            last += 1
            commit(connection, last)
            commits += 1
    connection.close()


def commit(connection: sqlite3.Connection, started_at: int) -> None:
    """One transaction; `started_at` is another one each time, so that no machine starts two runs at once."""
    connection.execute("BEGIN IMMEDIATE")
    ((key,),) = connection.execute(
        "INSERT INTO run (uuid, company_id, site_id, machine_id, product_id, operator_id, status, started_at, ended_at,"
        " units_produced, target_quantity) SELECT ?, company_id, site_id, machine_id, product_id, operator_id,"
        " status, ?, ?, units_produced, target_quantity FROM run WHERE id = ? RETURNING id",
        (str(uuid4()), started_at, started_at + 3_600, 1 + started_at % 10_000),
    ).fetchall()
    connection.execute(
        "INSERT INTO scrap (run_id, timestamp, uuid, units, reason) VALUES (?, ?, ?, 3, 'Label misaligned')",
        (key, started_at + 60, str(uuid4())),
    )
    connection.execute(
        "INSERT INTO downtime (run_id, started_at, uuid, ended_at, category, reason)"
        " VALUES (?, ?, ?, ?, 'Unplanned', 'Jam at infeed')",
        (key, started_at + 120, str(uuid4()), started_at + 300),
    )
    connection.execute("UPDATE run SET units_produced = units_produced + 1 WHERE id = ?", (key - 500,))
    connection.execute("COMMIT")


if __name__ == "__main__":
    write_on_demand(Path(sys.argv[1]))
