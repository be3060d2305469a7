"""Commits that can be told apart: from what a database holds one can see which of them was the last, or that there is
half of one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event, Thread

from nexshift.storage.connection import open_writer, writing
from nexshift.storage.library import sqlite3
from tests.faults.plant import FIRST, row_id

_SITES = 20


def make_markable(path: Path, title_size: int = 10) -> None:
    """Sites that every commit changes, and incidents with so long titles that a copy of them takes a while."""
    with closing(open_writer(path)) as connection, writing(connection):
        for number in range(_SITES):
            connection.execute(
                "INSERT INTO site (uuid, company_id, name, location) VALUES (?, 1, ?, '0')",
                (row_id("marked site", 0, number), f"Marked {number}"),
            )
        for number in range(600):
            _add_incident(connection, "filler", number, "x" * title_size)


def commit(connection: sqlite3.Connection, number: int) -> None:
    """The commit of that number, which comes after the one before."""
    with writing(connection):
        connection.execute("UPDATE site SET location = ? WHERE name LIKE 'Marked%'", (str(number),))
        _add_incident(connection, "marked", number, f"Commit {number}")


def last_commit(path: Path) -> int:
    """Which was the last in this file.  AssertionError where it holds half of one, or lacks an earlier one."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("BEGIN")
        locations = connection.execute("SELECT DISTINCT location FROM site WHERE name LIKE 'Marked%'").fetchall()
        incidents = connection.execute("SELECT count(*) FROM incident WHERE title LIKE 'Commit %'").fetchall()
    assert len(locations) == 1, "half a commit"
    number = int(locations[0][0])
    assert incidents == [(number,)], "another commit than the last is missing"
    return number


class Writer:
    """Commits one after the other until it is stopped."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stopping = Event()
        self.begun = self.committed = last_commit(path)
        self._thread = Thread(target=self._write)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def _write(self) -> None:
        with closing(open_writer(self._path)) as connection:
            while not self._stopping.is_set():
                self.begun += 1
                commit(connection, self.begun)
                self.committed = self.begun


@contextmanager
def writing_on(path: Path) -> Iterator[Writer]:
    writer = Writer(path)
    try:
        yield writer
    finally:
        writer.stop()


def _add_incident(connection: sqlite3.Connection, kind: str, number: int, title: str) -> None:
    connection.execute(
        "INSERT INTO incident (uuid, company_id, site_id, reference_number, title, severity, status, occurred_at)"
        " VALUES (?, 1, 1, ?, ?, 'low', 'closed', ?)",
        (row_id(kind, 0, number), f"{kind} {number}", title, FIRST + number),
    )
