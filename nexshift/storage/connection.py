"""How this program opens SQLite: one function a kind of connection, one named setting a line.

A writer (the command line), a reader (listings: cannot write, cannot see API keys), a key reader (authentication:
cannot write), one for any version up to ours, and one for a database that is about to be replaced.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from nexshift.config import (
    CACHED_STATEMENTS,
    LOG_BYTES,
    LOG_EMPTY_MS,
    READ_BUSY_TIMEOUT_MS,
    READ_CACHE_KIB,
    WRITE_BUSY_TIMEOUT_MS,
)
from nexshift.errors import DatabaseUnavailable, Refused
from nexshift.storage import migrations
from nexshift.storage._sqlite import Statements
from nexshift.storage.file_errors import UNUSABLE, primary_code, reported
from nexshift.storage.functions import define
from nexshift.storage.library import sqlite3
from nexshift.storage.log_growth import find_log_end
from nexshift.storage.migrations import Migrated
from nexshift.storage.placement import placed
from nexshift.storage.recognition import is_ours_by_its_header
from nexshift.storage.reserved import refuse_reserved_name
from nexshift.storage.saving import save
from nexshift.storage.schema_comparison import refuse_other_schema, refuse_others_at_writing
from nexshift.storage.stepping import Stepping, connect_to_step
from nexshift.storage.turns import Turn, take_turn

Connection = TypeVar("Connection", bound=sqlite3.Connection)

# What a listing may do.  Everything else, such as ATTACH or a write, is denied when a statement is prepared.
_READING = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
    | {sqlite3.SQLITE_TRANSACTION, sqlite3.SQLITE_PRAGMA}
)
_SECRET_TABLES = frozenset({"api_key", "api_key_site"})
_READABLE_PRAGMAS = frozenset({"data_version"})


class Mode(StrEnum):
    """How a file is opened, as SQLite's addresses say it."""

    READ = "ro"
    WRITE = "rw"
    UNCHANGING = "ro&immutable=1"  # without locks and log: nobody else may write to it


def open_writer(path: Path, on_migrated: Callable[[Migrated], None] | None = None) -> sqlite3.Connection:
    """An existing database, brought up to this version, to write to.

    One of an earlier version is saved beside it first; `on_migrated` is told.  Raises Refused with a hint when the file
    is missing, not ours, newer, unreadable or not writable, when it cannot be saved, and when triggers of others would
    run with what is written.
    """
    connection = _open_writer(path, path, lambda version: save(path, version, must_be_whole=True), on_migrated)
    connection.keeps_log_short_of = path
    return connection


def open_unsaved_writer(path: Path, named: Path) -> sqlite3.Connection:
    """The same of a database that is a copy itself, of the file that sentences name."""
    return _open_writer(path, named, None, None)


def _open_writer(
    path: Path,
    named: Path,
    save_it: Callable[[str], Path] | None,
    on_migrated: Callable[[Migrated], None] | None,
) -> WriteConnection:
    with reported(named, path):
        connection = _connect_to_write(path)
        try:
            _use_settings_for_writing(connection)
            migrations.check_known(connection, named)
            if not migrations.is_current(connection):
                refuse_other_schema(connection, named)
            migrated = migrations.migrate(connection, named, save_it)
            refuse_others_at_writing(connection, named)
            _use_wal(connection)
            if migrated is not None and on_migrated is not None:
                on_migrated(migrated)
        except BaseException:
            connection.close()
            raise
    return connection


def create_database(path: Path) -> sqlite3.Connection:
    """A new database file, ready to write to; an existing one is opened as it is."""
    if not os.path.lexists(path):
        with new_database(path):
            pass
    return open_writer(path)


@contextmanager
def new_database(path: Path) -> Iterator[sqlite3.Connection]:
    """A database to fill, which appears at `path` with all that was written when the block ends.

    When the block fails, or something stands at `path` already, there is no new file.
    """
    refuse_reserved_name(path)
    with placed(path) as partial, reported(path):
        connection = _connect(partial, Mode.WRITE, sqlite3.Connection)
        try:
            _use_settings_for_writing(connection)
            migrations.create(connection)
            _use_wal(connection)
            yield connection
        finally:
            connection.close()


def open_scratch() -> sqlite3.Connection:
    """A connection for temporary tables of any size, which end with it.

    What is written there is no change of the database that a command works on, so that the command still knows
    whether it changed anything.
    """
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("BEGIN")  # once, and not for each row
    return connection


def open_replaceable(path: Path) -> sqlite3.Connection:
    """A database of ours whose whole content is about to be replaced, so that damage inside does not matter.

    To be called while nothing in this process has it open.  Raises Refused when the file is missing, newer or not
    writable, and when it cannot be recognised as ours.
    """
    is_ours = is_ours_by_its_header(path)
    with reported(path):
        connection = _connect_to_write(path)
        try:
            try:
                _use_settings_for_writing(connection)  # the first, how long to wait, needs nothing of the file
                migrations.check_known(connection, path)
            except UNUSABLE as error:
                if not (primary_code(error) == sqlite3.SQLITE_CORRUPT and is_ours):
                    raise
                connection.execute("PRAGMA writable_schema = ON")  # without, a file that was cut off takes no write
        except BaseException:
            connection.close()
            raise
    return connection


def upgrade(path: Path, on_migrated: Callable[[Migrated], None] | None = None) -> None:
    """Bring a database of an earlier version up to this one; one of this version is not written to.

    Raises Refused as `open_writer` does.
    """
    with reported(path):
        connection = _connect(path, Mode.READ, sqlite3.Connection)  # which leaves the log as it is
        try:
            _use_settings_for_reading(connection)
            migrations.check_known(connection, path)
            is_current = migrations.is_current(connection)
        finally:
            connection.close()
    if not is_current:
        open_writer(path, on_migrated).close()


class WriteConnection(sqlite3.Connection):
    """A connection that has a turn to write, from before it is opened until after it is closed."""

    keeps_log_short_of: Path | None = None
    turn: Turn | None = None

    def close(self) -> None:
        with suppress(sqlite3.Error):  # what was written is safe, whatever becomes of the log
            self._empty_long_log()
        super().close()
        self.turn = None

    def _empty_long_log(self) -> None:
        """Wait for who reads an older commit, as no commit does; who begins to read meanwhile is not in the way.

        Else readers that always overlap would keep each commit from emptying the log.
        """
        path = self.keeps_log_short_of
        if path is not None and not self.in_transaction and find_log_end(path).bytes > LOG_BYTES:
            self.execute(f"PRAGMA busy_timeout = {LOG_EMPTY_MS}")
            self.execute("PRAGMA wal_checkpoint(TRUNCATE)")


class ReadConnection(sqlite3.Connection):
    """A connection for listings, which remembers what it read as long as no other connection has committed since."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._version = -1
        self._memory: dict[object, dict[Any, Any]] = {}
        self.statements: Statements | None = None  # to step in C; None where rows come through `sqlite3`

    def close(self) -> None:
        if self.statements is not None:
            self.statements.close()
        super().close()

    def begin(self) -> None:
        """Start a read transaction; reading data_version is what pins its commit."""
        self.execute("BEGIN")
        (version,) = self.execute("PRAGMA data_version").fetchone()
        if version != self._version:
            self._memory.clear()
            self._version = version

    def remembered(self, owner: object) -> dict[Any, Any]:
        """What `owner` has stored here, inside this transaction or in earlier ones that saw the same commit."""
        return self._memory.setdefault(owner, {})


def open_reader(path: Path, *, stepping: Stepping | None = None, mode: Mode = Mode.READ) -> ReadConnection:
    """A connection for listings, with an authorizer that denies writes and API keys.

    With any `mode` nothing is written.  `stepping` None is what the environment says.  Raises DatabaseUnavailable when
    the file is missing, unreadable, or of another version.
    """

    def connect() -> ReadConnection:
        connection, statements = connect_to_step(lambda: _connect(path, mode, ReadConnection), stepping)
        connection.statements = statements
        define(connection, statements)
        return connection

    connection = _open_read_only(path, connect)
    connection.execute(f"PRAGMA cache_size = -{READ_CACHE_KIB}")  # a page's rows lie on more pages than SQLite's 2 MB
    # SQLite makes the table of json_each at its first use, by a CREATE TABLE that the authorizer would deny.
    connection.execute("SELECT 1 FROM json_each('[]')")
    connection.set_authorizer(_authorize_listing)
    return connection


def open_key_reader(path: Path, mode: Mode = Mode.READ) -> sqlite3.Connection:
    """A connection for authentication, and for lists of keys and companies; with any `mode` nothing is written."""
    return _open_read_only(path, lambda: _connect(path, mode, sqlite3.Connection))


def open_known(path: Path, mode: Mode) -> sqlite3.Connection:
    """A connection to a database of this version or an earlier one, which writes nothing with any `mode`.

    Raises Refused when the file is missing, not ours, newer or unreadable.
    """
    with reported(path):
        # No turn to write is needed: whoever closes a database last empties its log under SQLite's exclusive lock,
        # which nobody gets while another connection is open.
        connection = _connect(path, mode, sqlite3.Connection)
        try:
            _use_settings_for_reading(connection)
            migrations.check_known(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


def bound_heap(most: int) -> None:
    """How many bytes SQLite takes in this process; what would take more is a MemoryError.  Never raised again."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f"PRAGMA hard_heap_limit = {most}")


@contextmanager
def reading(connection: ReadConnection) -> Iterator[None]:
    """One read transaction: every query inside sees the same commit."""
    connection.begin()
    try:
        yield
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


@contextmanager
def writing(connection: sqlite3.Connection) -> Iterator[None]:
    """One write transaction: committed whole, or not at all."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    try:
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _open_read_only(path: Path, connect: Callable[[], Connection]) -> Connection:
    try:
        with reported(path):
            connection = connect()
            try:
                _use_settings_for_reading(connection)
                migrations.check_version(connection, path)
            except BaseException:
                connection.close()
                raise
    except Refused as refusal:
        raise DatabaseUnavailable(refusal.sentence, hint=refusal.hint) from refusal
    return connection


def _connect_to_write(path: Path) -> WriteConnection:
    turn = take_turn(path)
    connection = _connect(path, Mode.WRITE, WriteConnection)
    connection.turn = turn
    return connection


def _connect(path: Path, mode: Mode, kind: type[Connection]) -> Connection:
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        factory=kind,
        isolation_level=None,  # transactions begin where `reading` and `writing` say so, nowhere else
        check_same_thread=False,  # a pool hands a connection from thread to thread, one at a time
        cached_statements=CACHED_STATEMENTS,
    )


def _use_settings_for_writing(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA busy_timeout = {WRITE_BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA trusted_schema = OFF")  # a schema from elsewhere cannot call functions
    connection.execute("PRAGMA synchronous = FULL")  # what was committed survives a power cut
    connection.execute("PRAGMA secure_delete = ON")  # overwrites what is deleted, whatever the library's default is


def _use_wal(connection: sqlite3.Connection) -> None:
    """The service reads while an import writes.  The file keeps this, so only one known as ours is asked."""
    connection.execute("PRAGMA journal_mode = WAL")


def _use_settings_for_reading(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA busy_timeout = {READ_BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA temp_store = MEMORY")  # who only reads makes no file, whatever there is to sort
    connection.execute("PRAGMA automatic_index = OFF")  # every query has its index; one built for it costs a scan


def _authorize_listing(
    action: int, first: str | None, second: str | None, _database: str | None, _trigger: str | None
) -> int:
    if action not in _READING:
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_READ and first in _SECRET_TABLES:
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_PRAGMA and (first not in _READABLE_PRAGMAS or second is not None):
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK
