"""How does a command that only reads find the database, so that no byte of it changes, nor of what stands beside it?

A copy has no write-ahead log, and is opened to be read.  A database with one is read through it.  One whose log was
removed by its last writer gets a log while it is read, which SQLite removes again; where this user may not write that,
the file is read as one that nobody changes, and it is looked whether that was so.  What an earlier version has written,
and what cannot be read without a change, is read from a private copy.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import NamedTuple

from nexshift.errors import Refused
from nexshift.storage import migrations
from nexshift.storage.checksum import is_in_use
from nexshift.storage.connection import Mode, open_known, open_unsaved_writer
from nexshift.storage.copying import copy_pages, snapshot
from nexshift.storage.file_errors import no_file, reported
from nexshift.storage.library import sqlite3
from nexshift.storage.permissions import follow, may
from nexshift.storage.private_folder import private_folder


class Source(NamedTuple):
    """Where a database is read."""

    path: Path
    mode: Mode


@contextmanager
def untouched(path: Path) -> Iterator[Source]:
    """The database as it is, of whatever version.

    To be called while nothing in this process has it open.  Raises Refused when what stands there is no file, and in
    the end when somebody has written to a file that could only be read as one that nobody changes.
    """
    if os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path):  # noqa: PTH110, PTH112, PTH113
        raise no_file(path)  # a pipe would never open
    real = follow(path)
    log, index = (real.with_name(f"{real.name}{ending}") for ending in ("-wal", "-shm"))
    if not _has_log_mode(real):
        yield Source(path, Mode.READ)
    elif os.path.lexists(log) and not os.path.lexists(index) and may(real, os.R_OK) and may(log, os.R_OK):
        with _private_place(path) as place:  # opened where they are, they would get an index, which would stay
            shutil.copyfile(real, place)
            shutil.copyfile(log, place.with_name(f"{place.name}-wal"))
            yield Source(place, Mode.WRITE)
    elif os.path.lexists(log):
        yield Source(path, Mode.READ)
    elif _may_write(real):
        yield Source(path, Mode.WRITE)
    else:
        with _undisturbed(path, real, log):
            yield Source(path, Mode.UNCHANGING)


@contextmanager
def untouched_of_this_version(path: Path) -> Iterator[Source]:
    """The same as this version writes it; one of an earlier version stays as it is, and a newer one is refused."""
    with untouched(path) as source:
        with reported(path), closing(open_known(source.path, source.mode)) as connection:
            is_current = migrations.is_current(connection)
        if is_current:
            yield source
        else:
            with _private_copy(path, source) as copy:
                open_unsaved_writer(copy, path).close()
                yield Source(copy, Mode.WRITE)


@contextmanager
def checking(path: Path, *, is_open_here: bool = False) -> Iterator[sqlite3.Connection]:
    """A connection that changes nothing, to look at a database of this version or an earlier one as it is.

    `is_open_here` says that this process may have it open already.  Raises Refused when the file is missing, not ours,
    newer or unreadable.
    """
    with nullcontext(Source(path, Mode.READ)) if is_open_here else untouched(path) as source, _kept_log(source):
        # SQLite forgets the CHECK constraints of a file that it opens to be read, and finds no broken one.
        mode = Mode.WRITE if source.mode == Mode.READ else source.mode
        with reported(path):
            connection = open_known(source.path, mode)
        with closing(connection):
            yield connection


@contextmanager
def trying(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection of this version to write to, in a transaction that will be undone.

    A database that is in use is written to, until that; of a copy, and of one that this user may not write or that an
    earlier version has written, a private copy is.
    """
    real = follow(path)
    with untouched(path) as source:
        with reported(path), closing(open_known(source.path, source.mode)) as connection:
            is_current = migrations.is_current(connection)
        if is_current and source.path == path and _has_log_mode(real) and _may_write(real):
            with _kept_log(source), reported(path), closing(open_unsaved_writer(path, path)) as connection:
                yield connection
        else:
            with _private_copy(path, source) as copy, closing(open_unsaved_writer(copy, path)) as connection:
                yield connection


@contextmanager
def _kept_log(source: Source) -> Iterator[None]:
    """Keep the connection that is closed last from putting the log's commits into the database, if there is a log.

    One that is open to be read cannot do so, and no other does while it is open.
    """
    if not os.path.lexists(f"{follow(source.path)}-wal"):
        yield
        return
    with closing(open_known(source.path, Mode.READ)) as reader:
        with reported(source.path), snapshot(reader):
            pass
        yield


@contextmanager
def _private_copy(path: Path, source: Source) -> Iterator[Path]:
    """The last commit as a file of its own."""
    with _private_place(path) as copy, reported(path, Path(f"a copy of {path.name} in {copy.parent.parent}")):
        with (
            closing(open_known(source.path, source.mode)) as reader,
            closing(sqlite3.connect(copy, isolation_level=None)) as target,
        ):
            target.execute("PRAGMA synchronous = OFF")  # it does not outlive this process
            copy_pages(reader, target, copy)
        yield copy


@contextmanager
def _private_place(path: Path) -> Iterator[Path]:
    """Where a copy may stand: beside the database, else where temporary files are."""
    place = follow(path)
    if not may(place.parent, os.W_OK | os.X_OK):
        place = Path(tempfile.gettempdir(), place.name)
    with private_folder(place) as folder:
        yield folder / place.name


@contextmanager
def _undisturbed(path: Path, real: Path, log: Path) -> Iterator[None]:
    before = _look(real)
    yield
    if _look(real) != before or os.path.lexists(log):
        raise Refused(
            f"{path} was written while it was read, so what was read may be wrong",
            hint="run the command again; as the user to whom the database belongs it may run at any time",
        )


def _look(real: Path) -> tuple[int, int, int]:
    status = real.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns


def _has_log_mode(real: Path) -> bool:
    try:
        return real.is_file() and is_in_use(real)
    except OSError:  # which is said when SQLite opens it
        return False


def _may_write(real: Path) -> bool:
    return may(real, os.W_OK) and may(real.parent, os.W_OK | os.X_OK)
