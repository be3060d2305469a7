"""How a database of any earlier version becomes one of this version, and how a newer one is recognised.

Steps are only ever added at the end, and a step that was released is never changed.  Each runs in a transaction
together with the record that it ran.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlite_utils import Database, Migrations

from nexshift.errors import Refused
from nexshift.storage.schema import INDEXES, TABLES

APPLICATION_ID = 0x4E585348  # "NXSH": tells our file from any other SQLite database


def v1_plant_records(database: Database) -> None:
    """Companies, their plants' records, and API keys."""
    for statement in (*TABLES, *INDEXES):
        database.execute(statement)


STEPS = (v1_plant_records,)

_migrations = Migrations("nexshift")
for _step in STEPS:
    _migrations()(_step)


def check_version(connection: sqlite3.Connection, path: Path) -> None:
    """Raise Refused unless the database is ours and of exactly this version."""
    _check_ours(connection, path)
    _check_not_newer(connection, path)
    if _migrations.pending(_database(connection)):
        raise Refused(
            f"{path} was written by an older version of Nexshift",
            hint="any writing command, such as `nexshift import`, brings it up to date",
        )


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring our database up to this version; a newer one is refused and left as it is."""
    _check_ours(connection, path)
    _check_not_newer(connection, path)
    _migrations.apply(_database(connection))


def create(connection: sqlite3.Connection) -> None:
    """Make an empty database one of ours."""
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    _migrations.apply(_database(connection))


def _check_ours(connection: sqlite3.Connection, path: Path) -> None:
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    if application_id != APPLICATION_ID:
        raise Refused(
            f"{path} is an SQLite database, but not one of Nexshift's",
            hint='name the right file with --db, or create one: nexshift --db FILE init --company "NAME"',
        )


def _check_not_newer(connection: sqlite3.Connection, path: Path) -> None:
    known = {step.__name__ for step in STEPS}
    newer = [step.name for step in _migrations.applied(_database(connection)) if step.name not in known]
    if newer:
        raise Refused(
            f"{path} was written by a newer version of Nexshift (it has {newer[-1]})",
            hint="use that version or a later one; this one leaves the file as it is",
        )


def _database(connection: sqlite3.Connection) -> Database:
    return Database(connection, recursive_triggers=False, execute_plugins=False)
