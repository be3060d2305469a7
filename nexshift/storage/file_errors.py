"""What does an SQLite error about the file, the disk or a lock mean to the person who named the file?

One sentence, and a hint what to do.  An error that is none of these is a fault of ours.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nexshift.errors import DatabaseDamaged, DatabaseUnavailable, NexshiftError, Refused
from nexshift.storage.library import sqlite3
from nexshift.storage.permissions import may

UNUSABLE = (sqlite3.DatabaseError, UnicodeDecodeError)
"""What `sqlite3` raises about a file; the second where it cannot read what SQLite says about a damaged schema."""

READ_ERRORS = {sqlite3.SQLITE_IOERR | number << 8 for number in (1, 2)}
"""SQLITE_IOERR_READ and SQLITE_IOERR_SHORT_READ: `pysqlite3` has no names for SQLite's extended codes."""

FileError = sqlite3.Error | UnicodeDecodeError


class UnusableFile(Refused):
    """What stands at `path` is no database, or a damaged one; `recognition` may know more."""

    def __init__(self, sentence: str, *, hint: str, path: Path) -> None:
        super().__init__(sentence, hint=hint)
        self.path = path


@contextmanager
def reported(path: Path, target: Path | None = None) -> Iterator[None]:
    """Turn what SQLite says about the file, or about the `target` it is copied to, into one sentence with a hint."""
    try:
        yield
    except UNUSABLE as error:
        refusal = explain_copy(error, path, path if target is None else target)
        if refusal is None:
            raise
        raise refusal from error


def explain(error: FileError, path: Path) -> NexshiftError | None:
    """The refusal that an error about the file, the disk or a lock means; None for an error of ours."""
    code = primary_code(error)
    if code not in _CAUSES:
        return None
    if os.path.isdir(path):  # noqa: PTH112 (Path's own raises in a folder that this user may not look into)
        return Refused(f"{path} is a folder, not a database file", hint="name the file inside it with --db")
    if os.path.exists(path) and not os.path.isfile(path):  # noqa: PTH110, PTH113
        return no_file(path)
    if code == sqlite3.SQLITE_CANTOPEN or (code == sqlite3.SQLITE_READONLY and may(path, os.W_OK)):
        if _is_missing(path):
            return missing(path)
        refusal = _explain_permission(path)
        if refusal is not None:
            return refusal
    sentence, hint = _CAUSES[code]
    if code in _DAMAGE:
        # SQLite says more only of a schema, such as that of an object that was written into it by hand.
        detail = f": {error}" if str(error).startswith("malformed database schema") else ""
        return UnusableFile(f"{sentence.format(path=path)}{detail}", hint=hint, path=path)
    return Refused(sentence.format(path=path), hint=hint)


def primary_code(error: FileError) -> int:
    """SQLite's number for it without its details; those that `sqlite3` raises by itself have none.

    A text that is no UTF-8, which nobody can have stored through this program, is damage.
    """
    if isinstance(error, UnicodeDecodeError) or str(error).startswith("Could not decode to UTF-8"):
        return sqlite3.SQLITE_CORRUPT
    return _code(error) & 0xFF


def _code(error: FileError) -> int:
    """SQLite's number with its details.  `pysqlite3` gives none for a copy that fails, only the number's own text."""
    code: int = getattr(error, "sqlite_errorcode", _CODES.get(str(error), sqlite3.SQLITE_ERROR))
    return code


def explain_copy(error: FileError, source: Path, target: Path) -> NexshiftError | None:
    """The same where one file was being copied into another: which of the two the error is about."""
    code = _code(error)
    is_target = code & 0xFF in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR}
    return explain(error, target if is_target and code not in READ_ERRORS else source)


def explain_unavailable(error: FileError, path: Path) -> DatabaseUnavailable | None:
    """The same for a service, which says to clients only that the database does not answer."""
    refusal = explain(error, path)
    if refusal is None:
        return None
    kind = DatabaseDamaged if is_damage(error) else DatabaseUnavailable
    return kind(refusal.sentence, hint=refusal.hint)


def is_damage(error: FileError) -> bool:
    """Whether it says that the file itself is not what a database is."""
    return primary_code(error) in _DAMAGE


def _is_missing(path: Path) -> bool:
    """Whether the folder is there and the file is not; of a folder that cannot be looked into nobody knows."""
    try:
        path.lstat()
    except FileNotFoundError:
        return path.parent.is_dir()
    except OSError:
        pass
    return False


def _explain_permission(path: Path) -> Refused | None:
    """What this user may not do, where that can be seen; nothing is opened, for that would drop SQLite's locks."""
    folder = path.parent
    if not may(folder, os.X_OK):
        return None
    if os.path.islink(path) and not os.path.exists(path):  # noqa: PTH110, PTH114
        return Refused(
            f"{path} is a link that leads to nothing",
            hint="let it lead to the database, or remove it",
        )
    if not may(path, os.R_OK):
        return Refused(
            f"{path} cannot be opened: this user may not read it",
            hint="run this as the user to whom it belongs, or give it to this one: chown USER FILE",
        )
    for companion in (path.with_name(path.name + ending) for ending in ("-wal", "-shm")):
        if companion.exists() and not may(companion, os.R_OK | os.W_OK):
            return Refused(
                f"{path} cannot be opened: this user may not write {companion}, which another one has made",
                hint=f"run every command as the same user; give that one the file: chown USER {companion}",
            )
    if not may(folder, os.W_OK):
        return Refused(
            f"{path} cannot be opened: this user may not write in its folder, where SQLite keeps {path.name}-wal and"
            f" {path.name}-shm",
            hint="give the folder to this user, or run this as the user to whom it belongs",
        )
    return None


def no_file(path: Path) -> Refused:
    """The refusal of a pipe, a device or the like, where a database should be."""
    return Refused(f"{path} is not a file", hint="name a Nexshift database with --db")


def missing(path: Path) -> Refused:
    """The refusal of a database that is not there."""
    return Refused(
        f"there is no database at {path}",
        hint=f'create it with: nexshift --db {path} init --company "NAME"',
    )


_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_CODES = {
    "database is locked": sqlite3.SQLITE_BUSY,
    "database table is locked": sqlite3.SQLITE_LOCKED,
    "out of memory": sqlite3.SQLITE_NOMEM,
    "attempt to write a readonly database": sqlite3.SQLITE_READONLY,
    "disk I/O error": sqlite3.SQLITE_IOERR,
    "database disk image is malformed": sqlite3.SQLITE_CORRUPT,
    "database or disk is full": sqlite3.SQLITE_FULL,
    "unable to open database file": sqlite3.SQLITE_CANTOPEN,
    "file is not a database": sqlite3.SQLITE_NOTADB,
}

_CAUSES = {
    sqlite3.SQLITE_CANTOPEN: (
        "{path} cannot be opened",
        "check that the file and its folder exist and that this user may read and write both",
    ),
    sqlite3.SQLITE_NOTADB: ("{path} is not a database", "name a Nexshift database with --db"),
    sqlite3.SQLITE_CORRUPT: (
        "{path} is damaged",
        "see what is wrong with: nexshift check; put back a backup with: nexshift restore BACKUP",
    ),
    sqlite3.SQLITE_READONLY: (
        "{path} cannot be written",
        "check that this user may write the file and its folder",
    ),
    sqlite3.SQLITE_PERM: ("{path} cannot be used", "check the file's permissions"),
    sqlite3.SQLITE_FULL: (
        "the disk is full; nothing was changed",
        "free some space and run the command again",
    ),
    sqlite3.SQLITE_IOERR: (
        "{path} cannot be read or written: the disk reports an error or is full; nothing was changed",
        "check the disk and its free space",
    ),
    sqlite3.SQLITE_BUSY: (
        "{path} is being written by another program; nothing was changed",
        "wait until it has finished and run the command again",
    ),
    sqlite3.SQLITE_LOCKED: ("{path} is locked; nothing was changed", "run the command again"),
    sqlite3.SQLITE_PROTOCOL: ("{path} is locked; nothing was changed", "run the command again"),
    sqlite3.SQLITE_NOMEM: ("not enough memory to read {path}", "close other programs"),
}
