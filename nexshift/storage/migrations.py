"""How a database of any earlier version becomes one of this version, and how a newer one is recognised.

Steps are only ever added at the end, and a step that was released is never changed: its SQL is frozen text (steps/).
All that a database lacks run in one transaction, together with the record that they ran.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from nexshift.errors import Refused
from nexshift.storage.library import sqlite3
from nexshift.storage.light_sqlite_utils import Database, Migrations
from nexshift.storage.saving import forget
from nexshift.storage.steps import read_statements
from nexshift.storage.steps.recipe_versions import refuse_other_versions

APPLICATION_ID = 0x4E585348  # "NXSH": tells our file from any other SQLite database


def v1_plant_records(database: Database) -> None:
    """Companies, their plants' records, and API keys."""
    _execute(database, "v1_plant_records")


def v2_changes(database: Database) -> None:
    """When each row changed last, and what was deleted since."""
    _execute(database, "v2_changes")


def v3_recipe_versions(database: Database) -> None:
    """The version of a recipe is a whole number."""
    refuse_other_versions(database.conn)
    _execute(database, "v3_recipe_versions")


def v4_company_numbers(database: Database) -> None:
    """Numbers of changes are a company's own."""
    _execute(database, "v4_company_numbers")


STEPS: tuple[Callable[[Database], None], ...] = (v1_plant_records, v2_changes, v3_recipe_versions, v4_company_numbers)


def check_version(connection: sqlite3.Connection, path: Path) -> None:
    """Raise Refused unless the database is ours and of exactly this version."""
    check_known(connection, path)
    if not is_current(connection):
        raise Refused(
            f"{path} was written by an older version of Nexshift",
            hint="`nexshift serve`, or any command that writes, brings it up to date",
        )


def check_known(connection: sqlite3.Connection, path: Path) -> None:
    """Raise Refused unless the database is ours and of this version or an earlier one."""
    _check_ours(connection, path)
    _check_not_newer(connection, path)


def is_current(connection: sqlite3.Connection) -> bool:
    """Whether our database lacks no step."""
    return not _migrations().pending(_database(connection))


class Migrated(NamedTuple):
    """What was done to a database of an earlier version."""

    path: Path
    steps: tuple[str, ...]  # in the order in which they were taken
    saved: Path | None  # the copy of what it was before


def migrate(connection: sqlite3.Connection, path: Path, save: Callable[[str], Path] | None) -> Migrated | None:
    """Bring our database up to this version; a newer one is refused and left as it is.

    `save` is called before the first step, with the version that is being made, while nobody else can write; what it
    raises leaves the database as it was.  Returns None where nothing was lacking.
    """
    check_known(connection, path)
    if is_current(connection):
        return None
    saved = None
    try:
        with _changing_schema(connection):
            # Of two programs that start at once, one migrates, and the other finds that nothing is lacking any more.
            steps = tuple(step.name for step in _migrations().pending(_database(connection)))
            if not steps:
                return None
            saved = None if save is None else save(f"v{len(STEPS)}")
            _take_steps(connection, path)
    except Exception:
        if saved is not None and not is_current(connection):
            forget(saved)  # else a service that is started again and again would fill the disk with such copies
        raise
    return Migrated(path, steps, saved)


def _take_steps(connection: sqlite3.Connection, path: Path) -> None:
    """All that are lacking.  What keeps one from being taken is said of the file."""
    sentence = f"{path} was not brought up to this version"
    try:
        _migrations().apply(_database(connection))
    except Refused as refusal:
        raise Refused(f"{sentence}: {refusal.sentence}", hint=refusal.hint) from refusal
    except sqlite3.IntegrityError as error:
        raise Refused(
            f"{sentence}: a row in it breaks a rule that the change needs ({error})",
            hint="see what is wrong with: nexshift check; put back a backup with: nexshift restore BACKUP",
        ) from error


def create(connection: sqlite3.Connection) -> None:
    """Make an empty database one of ours."""
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    with _changing_schema(connection):
        _migrations().apply(_database(connection))
    connection.execute("VACUUM")  # of what one step has made and another replaced, nothing is left


class SchemaObject(NamedTuple):
    """A table, index, view or trigger, as SQLite's own schema has it."""

    kind: str
    name: str
    table: str  # that it is, or belongs to
    sql: str | None  # None of an index that SQLite has made for a table

    def __str__(self) -> str:
        place = f" on {self.table}" if self.kind in ("index", "trigger") else ""
        return f'{self.kind} "{self.name}"{place}'


def expected_schema(connection: sqlite3.Connection) -> tuple[SchemaObject, ...]:
    """Everything that the steps of our database have made."""
    pending = {step.name for step in _migrations().pending(_database(connection))}
    return _make_schema(tuple(step for step in STEPS if step.__name__ not in pending))


@lru_cache(maxsize=8)
def _make_schema(steps: tuple[Callable[[Database], None], ...]) -> tuple[SchemaObject, ...]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as model:
        _migrations(steps).apply(_database(model))
        return tuple(SchemaObject(*row) for row in model.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema"))


@contextmanager
def _changing_schema(connection: sqlite3.Connection) -> Iterator[None]:
    """One transaction, in which nobody else writes, and in which a table can be put in the place of another.

    Rows that refer to the old table then refer to the new one (https://sqlite.org/lang_altertable.html, section 7),
    and rows that break a rule are taken over as they are.
    """
    (foreign_keys,) = connection.execute("PRAGMA foreign_keys").fetchone()
    connection.execute("PRAGMA foreign_keys = OFF")  # means nothing inside of a transaction
    connection.execute("PRAGMA ignore_check_constraints = ON")
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    finally:
        connection.execute("PRAGMA ignore_check_constraints = OFF")
        connection.execute(f"PRAGMA foreign_keys = {foreign_keys}")


def _execute(database: Database, step: str) -> None:
    for statement in read_statements(step):
        database.execute(statement)


def _migrations(steps: tuple[Callable[[Database], None], ...] | None = None) -> Migrations:
    """All steps, or those."""
    migrations = Migrations("nexshift")
    for step in STEPS if steps is None else steps:
        migrations()(step)
    return migrations


def _check_ours(connection: sqlite3.Connection, path: Path) -> None:
    """Raise Refused unless the database is ours, of whatever version."""
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    if not path.is_file():
        raise Refused(f"{path} is not a file", hint="name a Nexshift database with --db")
    if connection.execute("PRAGMA page_count").fetchone()[0] == 0:
        raise Refused(f"{path} is an empty file", hint="delete it, then create a database there with: nexshift init")
    if application_id != APPLICATION_ID and _migrations().applied(_database(connection)):
        raise Refused(
            f"{path} was a Nexshift database, and its first bytes are damaged",
            hint="stop the service, move the file away, and put back a backup with: nexshift restore BACKUP",
        )
    if application_id != APPLICATION_ID:
        raise Refused(
            f"{path} is an SQLite database, but not one of Nexshift's",
            hint='name the right file with --db, or create one: nexshift --db FILE init --company "NAME"',
        )


def _check_not_newer(connection: sqlite3.Connection, path: Path) -> None:
    known = {step.__name__ for step in STEPS}
    newer = [step.name for step in _migrations().applied(_database(connection)) if step.name not in known]
    if newer:
        raise Refused(
            f"{path} was written by a newer version of Nexshift (it has {newer[-1]})",
            hint="use that version or a later one; this one leaves the file as it is",
        )


def _database(connection: sqlite3.Connection) -> Database:
    return Database(connection, recursive_triggers=False, execute_plugins=False)
