"""How is a copy put back as the database, while the service runs?

Through SQLite's backup API, as one more commit: a file renamed over a live database leaves its readers on the old rows.
What is replaced is saved first, to the last commit.

Tokens of what was there before say nothing about what is there then.  So what is put back has a higher number than
either, in that same commit; a second one would come too late for a reader in between, and for whoever is killed there.
The copy's own file stays as it is, so a copy of it beside the database is what is put back, without what is not ours:
a trigger of somebody else would run with every command from then on.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from functools import partial
from pathlib import Path

from nexshift.config import RESTORE_ATTEMPTS
from nexshift.errors import Refused
from nexshift.storage import migrations
from nexshift.storage.checksum import checksum_path, has_checksum, verify
from nexshift.storage.connection import open_replaceable, open_unsaved_writer
from nexshift.storage.copying import copy_pages, snapshot
from nexshift.storage.file_errors import UNUSABLE, UnusableFile, is_damage, reported
from nexshift.storage.integrity import refuse_problems
from nexshift.storage.library import sqlite3
from nexshift.storage.placement import placed
from nexshift.storage.private_folder import private_folder
from nexshift.storage.recognition import recognise
from nexshift.storage.reserved import refuse_reserved_name
from nexshift.storage.saving import forget, save, save_bytes
from nexshift.storage.schema_comparison import remove_strangers
from nexshift.storage.sequence import read_highest, restart
from nexshift.storage.untouched import checking


class _CommittedMeanwhileError(Exception):
    """What was saved is no longer all that would be replaced."""


def restore(
    path: Path, source: Path, *, keep: bool = True, on_left_out: Callable[[list[str]], None] = lambda _: None
) -> Path | None:
    """Put the copy at `source` back as the database at `path`, in one transaction; readers see another commit.

    The copy is checked first, against its checksum too where it has one, and what is put back is brought up to this
    version, without what is not ours, of which `on_left_out` is told once it is done.  Returns where that is saved
    which was replaced; None where nothing was, or with `keep` False.  Raises
    Refused, leaving the database as it was, when the copy is not ours, newer or damaged, when the file at `path` is no
    database of ours, and when it cannot be saved.
    """
    if not os.path.lexists(source):
        raise Refused(f"there is no backup at {source}", hint="give the file that `nexshift backup` made")
    if path.exists() and path.samefile(source):
        raise Refused(f"{source} is the database itself", hint="give the file that `nexshift backup` made")
    _refuse_other_bytes(source)
    with reported(source), _opened_copy(source) as copy, snapshot(copy):
        refuse_problems(copy, f"{source} is damaged and was not put back")
        with _staged(copy, source, path) as (current, left_out):
            saved = None
            if os.path.lexists(path):
                saved = _replace(path, current, keep=keep)
            else:
                _place(path, current)
    if left_out:
        on_left_out(left_out)
    return saved


def _refuse_other_bytes(source: Path) -> None:
    if source.is_file() and has_checksum(source) and not verify(source):
        raise Refused(
            f"{source} is not the file that {checksum_path(source).name} was written for:"
            " it was damaged or changed since, and was not put back",
            hint="give another backup; or, if it was changed on purpose, move that checksum away",
        )


@contextmanager
def _opened_copy(source: Path) -> Iterator[sqlite3.Connection]:
    with ExitStack() as stack:
        try:
            copy = stack.enter_context(checking(source))
        except Refused as refusal:  # whose hint speaks of --db
            hint = "give another file that `nexshift backup` made"
            raise Refused(_recognise(source, refusal), hint=hint) from refusal
        yield copy


def _recognise(path: Path, refusal: Refused) -> str:
    finding = recognise(path) if isinstance(refusal, UnusableFile) else None
    return refusal.sentence if finding is None else finding.sentence


def _open_target(path: Path) -> sqlite3.Connection:
    try:
        return open_replaceable(path)
    except Refused as refusal:
        raise Refused(
            _recognise(path, refusal),
            hint=f"if {path} may be replaced, stop the service, move the file away, and run restore again",
        ) from refusal


def _replace(path: Path, copy: sqlite3.Connection, *, keep: bool) -> Path | None:
    """Overwrite what was saved, and nothing else: when somebody commits in between, it is saved anew."""
    _prepare(path, copy)
    if not keep:
        _overwrite(path, copy)
        return None
    for _ in range(RESTORE_ATTEMPTS):
        with suppress(_CommittedMeanwhileError):
            return _save_and_overwrite(path, copy)
    raise Refused(
        f"{path} is being written all the time; it was left as it is",
        hint="wait until the imports have finished and run the command again",
    )


def _prepare(path: Path, copy: sqlite3.Connection) -> None:
    """Refuse a file that cannot be overwritten, before anything is saved."""
    with reported(path), closing(_open_target(path)) as target:
        if _page_size(copy) != _page_size(target):  # SQLite cannot change that of a database in use
            raise Refused(
                f"the backup has pages of {_page_size(copy)} bytes and {path} has pages of {_page_size(target)}",
                hint=f"stop the service, move {path} away, and run restore again",
            )
        _use_wal(target)  # in which one can see whether somebody commits


def _save_and_overwrite(path: Path, copy: sqlite3.Connection) -> Path:
    with ExitStack() as stack:
        check = None
        try:
            watch = stack.enter_context(closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)))
            version = _data_version(watch)
            saved = _with_way_out(save, path)
            check = partial(_refuse_commits, watch, version)
        except UNUSABLE as error:
            if not is_damage(error):
                raise
            stack.close()
            saved = _with_way_out(save_bytes, path)
        try:
            _overwrite(path, copy, check)
        except (_CommittedMeanwhileError, Refused):  # after an interruption nobody knows, and what was saved stays
            forget(saved)
            raise
    return saved


def _with_way_out(save_it: Callable[[Path, str], Path], path: Path) -> Path:
    try:
        return save_it(path, "restore")
    except Refused as refusal:
        raise Refused(
            refusal.sentence, hint=f"{refusal.hint}; or give up what is there now, with: restore --no-save"
        ) from refusal


def _refuse_commits(watch: sqlite3.Connection, version: int) -> None:
    if _data_version(watch) != version:
        raise _CommittedMeanwhileError


def _overwrite(path: Path, copy: sqlite3.Connection, when_locked: Callable[[], None] | None = None) -> None:
    with reported(path), closing(_open_target(path)) as target:
        restart(copy, _last_number(target))
        copy_pages(copy, target, path, when_locked=when_locked)
        _use_wal(target)
        with suppress(sqlite3.DatabaseError):  # as when the disk is full now; the rows are there, in the log at least
            target.execute("PRAGMA wal_checkpoint(PASSIVE)")


def _place(path: Path, copy: sqlite3.Connection) -> None:
    """Make the database where there is none."""
    refuse_reserved_name(path)
    restart(copy, 0)
    with reported(path), placed(path) as partial, closing(sqlite3.connect(partial, isolation_level=None)) as target:
        copy_pages(copy, target, path)
        _use_wal(target)


@contextmanager
def _staged(copy: sqlite3.Connection, source: Path, path: Path) -> Iterator[tuple[sqlite3.Connection, list[str]]]:
    """A copy of the copy at `source` beside `path`, of this version, to write to; and what was left out of it."""
    with private_folder(path) as folder:
        staged = folder / "staged.db"
        with closing(sqlite3.connect(staged, isolation_level=None)) as target:
            copy_pages(copy, target, staged)
            left_out = remove_strangers(target)
        with closing(open_unsaved_writer(staged, source)) as current:
            if not migrations.is_current(copy):
                refuse_problems(current, "the backup could not be brought up to this version")
            yield current, left_out


def _last_number(target: sqlite3.Connection) -> int:
    """Of the database that is replaced; 0 where it has none, or it cannot be read."""
    with suppress(sqlite3.DatabaseError):
        return read_highest(target)
    return 0


def _use_wal(target: sqlite3.Connection) -> None:
    with suppress(sqlite3.DatabaseError):  # a damaged one stays in the mode that it was in
        target.execute("PRAGMA journal_mode = WAL")


def _page_size(connection: sqlite3.Connection) -> int:
    size: int = connection.execute("PRAGMA page_size").fetchone()[0]
    return size


def _data_version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA data_version").fetchone()[0]
    return version
