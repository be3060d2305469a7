"""What is kept of a database before something changes all of it: a migration, or a copy that is put back?

A copy beside it with its checksum, named after the occasion and the second, such as
`plant.db.before-restore-2026-11-23T031500Z`.  One that was made for something that then happened is never removed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from nexshift.config import WRITE_BUSY_TIMEOUT_MS
from nexshift.errors import Refused
from nexshift.storage.copying import copy_pages, snapshot
from nexshift.storage.file_errors import explain_copy, is_damage
from nexshift.storage.library import sqlite3
from nexshift.storage.placement import placed_with_checksum, remove_with_checksum


def save(path: Path, occasion: str, *, must_be_whole: bool = False) -> Path:
    """A copy of the last commit, as one plain file, and where it is.

    Raises Refused when it cannot be written, or, where it must be whole, has damaged pages; and the
    sqlite3.DatabaseError of a database that cannot be read at all.
    """
    target = _name(path, occasion)
    with (
        _explained(path, target),
        closing(_open(path)) as source,
        snapshot(source),
        placed_with_checksum(target) as partial,
        closing(sqlite3.connect(partial, isolation_level=None)) as copy,
    ):
        copy_pages(source, copy, target)
        copy.execute("PRAGMA journal_mode = DELETE")
        if must_be_whole:
            _refuse_damage(copy, path)
    return target


def save_bytes(path: Path, occasion: str) -> Path:
    """The file as it is, and its write-ahead log as far as there is one, for a database that cannot be read.

    To be called while nothing in this process has it open.  Raises Refused when that cannot be written.
    """
    target = _name(path, occasion)
    with _explained(path, target):
        log = path.with_name(f"{path.name}-wal")
        if os.path.lexists(log):
            _copy_bytes(log, target.with_name(f"{target.name}-wal"))
        _copy_bytes(path, target)
    return target


def forget(saved: Path) -> None:
    """Remove such a copy, because what it was made for did not happen."""
    remove_with_checksum(saved.with_name(f"{saved.name}-wal"))
    remove_with_checksum(saved)


def _copy_bytes(source: Path, target: Path) -> None:
    with placed_with_checksum(target) as partial, source.open("rb") as given, partial.open("r+b") as copy:
        shutil.copyfileobj(given, copy)


def _name(path: Path, occasion: str) -> Path:
    """Of what happens twice in a second, the second has a number more."""
    name = f"{path.name}.before-{occasion}-{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}"
    candidates = (path.with_name(name + (f"-{number}" if number > 1 else "")) for number in count(1))
    return next(candidate for candidate in candidates if not os.path.lexists(candidate))


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
    connection.execute(f"PRAGMA busy_timeout = {WRITE_BUSY_TIMEOUT_MS}")
    return connection


def _refuse_damage(copy: sqlite3.Connection, path: Path) -> None:
    """Pages and rows, but not the rules of our tables: a row that breaks one is no reason to stay on an old version."""
    copy.execute("PRAGMA ignore_check_constraints = ON")
    (found,) = copy.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise Refused(
            f"{path} is damaged ({' '.join(found.split())})",
            hint="see all that is wrong with: nexshift --db FILE check; put back a copy with: nexshift restore BACKUP",
        )


@contextmanager
def _explained(path: Path, target: Path) -> Iterator[None]:
    """What keeps the copy from being written is said as the reason why nothing else was done."""
    try:
        yield
    except Refused as refusal:
        raise _refuse(path, refusal.sentence, refusal.hint) from refusal
    except OSError as error:
        reason = f"{target} cannot be written: {(error.strerror or str(error)).lower()}"
        raise _refuse(path, reason, "free some space, or make the folder writable, and run it again") from error
    except sqlite3.DatabaseError as error:
        cause = None if is_damage(error) else explain_copy(error, path, target)
        if cause is None:
            raise
        raise _refuse(path, cause.sentence, cause.hint) from error


def _refuse(path: Path, reason: str, hint: str) -> Refused:
    return Refused(f"{path} was left as it is, because it could not be copied first: {reason}", hint=hint)
