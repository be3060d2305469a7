"""How is a copy of the database taken while the service runs, and how is one put back?

Both go through SQLite's backup API, so that a running service never sees half of anything: a copy is one commit,
and putting one back is one more.  (A file renamed over a live database leaves its readers on the old rows.)
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from nexshift.errors import Refused
from nexshift.storage import migrations
from nexshift.storage.connection import open_checker, open_replaceable, open_writer
from nexshift.storage.file_errors import reported
from nexshift.storage.integrity import find_problems
from nexshift.storage.placement import placed

_PAGES = 1000  # copied between two looks at the keyboard: 4 MB


def backup(path: Path, target: Path) -> None:
    """A checked copy of the database's last commit, as one plain file at `target`.

    Raises Refused when something stands at `target`, and when the database is damaged: a copy that could not be
    put back is none.
    """
    with reported(path), closing(open_checker(path)) as source, _snapshot(source), placed(target) as partial:
        with closing(sqlite3.connect(partial, isolation_level=None)) as copy:
            _copy(source, copy, path)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, that can be read from read-only media as well
            _refuse_problems(copy, f"{path} was not backed up, because it is damaged")
        shutil.copymode(path, partial)


def restore(path: Path, source: Path) -> None:
    """Put the copy at `source` back as the database at `path`, in one transaction; readers see another commit.

    The copy is checked first, and what is put back is brought up to this version.  Raises Refused, leaving the
    database as it was, when the copy is not ours, newer or damaged, and when the file at `path` is no database
    of ours.
    """
    if not os.path.lexists(source):
        raise Refused(f"there is no backup at {source}", hint="give the file that `nexshift backup` made")
    if path.exists() and path.samefile(source):
        raise Refused(f"{source} is the database itself", hint="give the file that `nexshift backup` made")
    with reported(source), closing(_open_copy(source)) as copy, _snapshot(copy):
        _refuse_problems(copy, f"{source} is damaged and was not put back")
        with _brought_up_to_date(copy, path) as current:
            if os.path.lexists(path):
                _overwrite(path, current)
            else:
                _place(path, current)


def _open_copy(source: Path) -> sqlite3.Connection:
    try:
        return open_checker(source)
    except Refused as refusal:  # whose hint speaks of --db
        raise Refused(refusal.sentence, hint="give another file that `nexshift backup` made") from refusal


def _open_target(path: Path) -> sqlite3.Connection:
    try:
        return open_replaceable(path)
    except Refused as refusal:
        raise Refused(
            refusal.sentence,
            hint=f"if {path} may be replaced, stop the service, move the file away, and run restore again",
        ) from refusal


def _overwrite(path: Path, copy: sqlite3.Connection) -> None:
    with reported(path), closing(_open_target(path)) as target:
        if _page_size(copy) != _page_size(target):  # SQLite cannot change that of a database in use
            raise Refused(
                f"the backup has pages of {_page_size(copy)} bytes and {path} has pages of {_page_size(target)}",
                hint=f"stop the service, move {path} away, and run restore again",
            )
        _copy(copy, target, path)
        target.execute("PRAGMA journal_mode = WAL")
        target.execute("PRAGMA wal_checkpoint(PASSIVE)")


def _place(path: Path, copy: sqlite3.Connection) -> None:
    with reported(path), placed(path) as partial, closing(sqlite3.connect(partial, isolation_level=None)) as target:
        _copy(copy, target, path)
        target.execute("PRAGMA journal_mode = WAL")


@contextmanager
def _brought_up_to_date(copy: sqlite3.Connection, path: Path) -> Iterator[sqlite3.Connection]:
    """The copy itself when it is of this version; otherwise one beside `path` that was migrated."""
    if migrations.is_current(copy):
        yield copy
        return
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name[:200]}.") as folder:
        staged = Path(folder) / "staged.db"
        with closing(sqlite3.connect(staged, isolation_level=None)) as target:
            _copy(copy, target, staged)
        with closing(open_writer(staged)) as current:
            _refuse_problems(current, "the backup could not be brought up to this version")
            yield current


@contextmanager
def _snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """All that is read inside, in as many steps as it takes, is of one commit."""
    connection.execute("BEGIN")
    connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    try:
        yield
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _copy(source: sqlite3.Connection, target: sqlite3.Connection, path: Path) -> None:
    """Every page in one transaction.  What fails, or is interrupted, leaves `target` as it was."""

    def look(status: int, _remaining: int, _total: int) -> None:
        if status in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:  # after the connection's own busy timeout
            raise Refused(
                f"{path} is being written by another program; it was left as it is",
                hint="wait until that has finished and run the command again",
            )

    source.backup(target, pages=_PAGES, progress=look)


def _page_size(connection: sqlite3.Connection) -> int:
    size: int = connection.execute("PRAGMA page_size").fetchone()[0]
    return size


def _refuse_problems(connection: sqlite3.Connection, sentence: str) -> None:
    problems = find_problems(connection)
    if problems:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems, the first of them"
        raise Refused(f"{sentence} ({count}: {problems[0]})", hint="see all with: nexshift --db FILE check")
