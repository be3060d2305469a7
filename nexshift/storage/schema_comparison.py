"""What does a database hold beside what our steps have made, and what of that is missing or was changed?

A trigger of somebody else runs with what our commands write, as their own statements would, and a unique index refuses
rows that are good, one company's because of another's.  A view, another index or a table changes nothing, but a new
version or a restore would not know what to do with it.  SQLite's own tables, such as those of ANALYZE, the indexes that
it makes for a table, and the record of our steps are no strangers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from nexshift.errors import Refused
from nexshift.storage.library import sqlite3
from nexshift.storage.migrations import SchemaObject, expected_schema

_NOBODYS = ("_sqlite_migrations", "sqlite_sequence", "sqlite_stat1", "sqlite_stat2", "sqlite_stat3", "sqlite_stat4")
_MOST_NAMED = 5


class SchemaComparison(NamedTuple):
    """How the schema of a database differs from what the steps that it has taken give."""

    strangers: tuple[SchemaObject, ...]
    """What is not ours."""
    missing: tuple[SchemaObject, ...]
    changed: tuple[SchemaObject, ...]
    """What is ours by its name, and not as we define it."""

    def describe_ours(self) -> Iterator[str]:
        """A sentence for each object of ours that is missing or was changed."""
        for each in self.changed:
            yield f"{each.name} is not defined as this program defines it, so its rules may be missing"
        for each in self.missing:
            yield f"{each.name} is missing from the schema"

    def describe_strangers(self) -> Iterator[str]:
        """A sentence for each object that is not ours, with what removes it."""
        for each in self.strangers:
            yield f"the {each} is not Nexshift's{self._effect(each)}; {_removal(each)} would remove it"

    def of_writing(self) -> SchemaComparison:
        """The same of what runs with what is written, or refuses it."""
        return SchemaComparison(*(tuple(filter(self._effect, group)) for group in self))

    def of_reading(self) -> SchemaComparison:
        """The same of everything else."""
        return SchemaComparison(*(tuple(each for each in group if not self._effect(each)) for group in self))

    def _effect(self, each: SchemaObject) -> str:
        """What it does with what is written; nothing where it does nothing."""
        if each.kind == "trigger":
            return ", and runs with what is written there"
        is_unique = each.kind == "index" and each.sql is not None and each.sql.startswith("CREATE UNIQUE")
        if is_unique and not any(other.kind == "table" and other.name == each.table for other in self.strangers):
            return ", and refuses rows that Nexshift takes"
        return ""


def compare_schema(connection: sqlite3.Connection) -> SchemaComparison:
    """Of our database, of whatever version."""
    rows = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid").fetchall()
    expected = _by_name(expected_schema(connection))
    present = _by_name(SchemaObject(*row) for row in rows)
    return SchemaComparison(
        tuple(each for key, each in present.items() if key not in expected),
        tuple(each for key, each in expected.items() if key not in present),
        tuple(each for key, each in present.items() if key in expected and each.sql != expected[key].sql),
    )


def _by_name(objects: Iterable[SchemaObject]) -> dict[tuple[str, str], SchemaObject]:
    """All but what SQLite makes by itself; a name is the same in any case, as it is for SQLite."""
    return {(each.kind, each.name.lower()): each for each in objects if not _is_nobodys(each)}


def refuse_other_schema(connection: sqlite3.Connection, path: Path) -> None:
    """Raise Refused unless everything is as we have made it, to the letter: a new version would lose what is not."""
    compared = compare_schema(connection)
    _refuse(path, [*compared.describe_strangers(), *compared.describe_ours()], "brought up to this version")


def refuse_others_at_writing(connection: sqlite3.Connection, path: Path) -> None:
    """Raise Refused unless what runs with our statements, or refuses them, is what we have made, to the letter."""
    others = compare_schema(connection).of_writing()
    _refuse(path, [*others.describe_strangers(), *others.describe_ours()], "written")


def remove_strangers(connection: sqlite3.Connection) -> list[str]:
    """Take everything that is not ours out of a copy; what that was, in words.

    Raises Refused for what this SQLite cannot remove, such as a table of an extension that is not here.
    """
    removed = []
    for each in sorted(compare_schema(connection).strangers, key=lambda each: each.kind, reverse=True):
        # Some are gone with others: an index with its table, and the tables of a virtual table.
        if each in compare_schema(connection).strangers:
            try:
                connection.execute(_removal(each))
            except sqlite3.OperationalError as error:
                raise Refused(
                    f"the {each} is not Nexshift's and cannot be left out: {error}",
                    hint="remove it from the database with the program that made it, and make another copy",
                ) from error
        removed.append(f"the {each}")
    return removed


def _refuse(path: Path, found: list[str], what: str) -> None:
    if found:
        more = f"; and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
        raise Refused(
            f"{path} was not {what}: {'; '.join(found[:_MOST_NAMED])}{more}",
            hint="see all with: nexshift check; find out who made it before you remove it, or put back a backup with:"
            " nexshift restore BACKUP",
        )


def _is_nobodys(each: SchemaObject) -> bool:
    return each.sql is None if each.kind == "index" else each.kind == "table" and each.table in _NOBODYS


def _removal(each: SchemaObject) -> str:
    name = each.name.replace('"', '""')
    return f'DROP {each.kind.upper()} "{name}"'
