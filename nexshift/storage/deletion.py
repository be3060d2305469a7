"""Which rows does a file name for deletion, and may they go?

Rows are found as import finds them: by id, or by the columns that they are recognised by, of which one that the file
does not have says nothing; other columns are not looked at.  What exists only inside of a row (the scrap and stops of a
run, the ingredients of a batch) goes with it; a row that others still refer to is refused.  All or nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nexshift.errors import Refused
from nexshift.storage.companies import Company
from nexshift.storage.downtime import store_lengths
from nexshift.storage.importing import ENTITIES, ImportFile, find_entity, find_files
from nexshift.storage.importing.entity import Entity
from nexshift.storage.importing.files import Given
from nexshift.storage.importing.hidden import find_hidden_rows
from nexshift.storage.importing.missing import MissingNames
from nexshift.storage.importing.names import Names
from nexshift.storage.importing.older_spellings import OlderSpellings
from nexshift.storage.importing.plan import Plan
from nexshift.storage.importing.refusals import Refusals
from nexshift.storage.importing.report import Problems, RowRefused, refuse
from nexshift.storage.importing.rows import Columns, Style
from nexshift.storage.importing.sources import open_source
from nexshift.storage.importing.stored import OtherCompany, Stored
from nexshift.storage.importing.values import Cell, show
from nexshift.storage.library import sqlite3
from nexshift.storage.light_sqlite_utils import Database
from nexshift.storage.sequence import writing_changes
from nexshift.storage.uuids import new_uuids


@dataclass(slots=True)
class Deletion:
    """How many rows were deleted (in a dry run: would be), their children not counted; none when there are problems."""

    deleted: int = 0
    problems: Problems = field(default_factory=Problems)


class _Undone(Exception):
    """Rolls the transaction back."""


def delete_rows(
    connection: sqlite3.Connection, company: Company, entity: str, given: Given, *, dry_run: bool = False
) -> Deletion:
    """Delete the rows of an entity that a file names; a row named twice is deleted once."""
    meant = find_entity(entity)
    result = Deletion()
    try:
        with writing_changes(connection, company.id), _target_table(connection):
            for file in find_files([given], meant.name):
                _find_targets(connection, company, meant, file, result.problems)
                _check_references(connection, meant, file.shown, result.problems)
            if result.problems:
                raise _Undone
            identity = "id" if meant.has_company else "uuid"
            sql = f"DELETE FROM {meant.table} WHERE {identity} IN (SELECT identity FROM temp.target)"
            result.deleted = connection.execute(sql).rowcount
            if dry_run:
                raise _Undone
            store_lengths(connection)
    except _Undone:
        pass
    except sqlite3.IntegrityError as error:  # every reference of ours was looked at
        raise Refused(
            "nothing was deleted: a table that is not Nexshift's refers to a row that would go",
            hint="see which tables are there with: nexshift check",
        ) from error
    return result


@contextmanager
def _target_table(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("CREATE TEMP TABLE target (identity PRIMARY KEY, line INTEGER) WITHOUT ROWID")
    yield
    connection.execute("DROP TABLE temp.target")


def _find_targets(
    connection: sqlite3.Connection, company: Company, entity: Entity, file: ImportFile, problems: Problems
) -> None:
    missing = MissingNames(connection, company.id)
    older = OlderSpellings(connection, company.id)
    with open_source(file.path, entity.columns, file.shown) as source:
        finder = _Finder(
            Refusals(entity, company.zone, {}),
            Stored(connection, entity, older),
            Names(connection, company.id, False, new_uuids().__next__, missing, older),
            source.style,
        )
        for line, last, columns, cells in source.rows:
            try:
                if last > line and source.style is not None:
                    finder.look_for_hidden_rows((line, last), columns, cells)
                identity = finder.find(columns, cells)
            except RowRefused as refused:
                problems.add(file.shown, line, refused.problems)
            else:
                connection.execute("INSERT OR IGNORE INTO temp.target VALUES (?, ?)", (identity, line))


@dataclass(slots=True)
class _Finder:
    """Finds the stored rows that the rows of a file name."""

    refusals: Refusals
    stored: Stored
    names: Names
    style: Style | None
    _plans: dict[Columns, tuple[Plan, Plan]] = field(default_factory=dict)

    def find(self, columns: Columns, cells: list[Cell]) -> Any:
        """The identity of the stored row; RowRefused when there is none, or several."""
        by_id, by_key = self._plans.get(columns) or self._make_plans(columns)
        uuid = by_id.read(cells, self.names).get("id")
        if uuid is not None:
            return self._find_by_uuid(uuid)
        row = by_key.read(cells, self.names)
        row["company_id"] = self.names.company_id
        around = self.stored.look_around(row)
        found = [] if around is None else around.find_equal()
        if not found:
            raise self.refusals.refuse_unknown(row)
        if len(found) > 1:
            raise self.refusals.refuse_several(row)
        return found[0].identity

    def look_for_hidden_rows(self, lines: tuple[int, int], columns: Columns, cells: list[Cell]) -> None:
        """RowRefused for a row that holds others, which would not be deleted."""
        by_id, _ = self._plans.get(columns) or self._make_plans(columns)
        if self.style is not None:
            find_hidden_rows(lines, columns, cells, self.style, by_id)

    def _make_plans(self, columns: Columns) -> tuple[Plan, Plan]:
        entity, zone = self.refusals.entity, self.refusals.zone
        by_id = Plan(entity, columns, zone, self.style, only=("id",))
        if by_id.problems:
            raise RowRefused(by_id.problems)
        by_key = Plan(entity, columns, zone, self.style, only=entity.key_columns)
        self._plans[columns] = by_id, by_key
        return by_id, by_key

    def _find_by_uuid(self, uuid: str) -> Any:
        try:
            found = self.stored.find_by_uuid(uuid)
        except OtherCompany:
            found = None
        if found is None:
            raise refuse("id", f"there is no {self.refusals.entity.noun} with the id {show(uuid)}")
        return found.identity


def _check_references(connection: sqlite3.Connection, entity: Entity, path: Path, problems: Problems) -> None:
    """Rows that others refer to stay; what refers to them is read from the schema itself."""
    names = {other.table: name for name, other in ENTITIES.items()}
    referring: dict[int, list[str]] = {}
    for table in Database(connection, recursive_triggers=False, execute_plugins=False).tables:
        for key in table.foreign_keys if table.name in names else ():
            if key.other_table == entity.table and key.on_delete != "CASCADE":
                column = key.columns[key.other_columns.index("id")]
                sql = (
                    f"SELECT line, count(*) FROM temp.target JOIN {table.name} ON {column} = identity"
                    " GROUP BY identity ORDER BY line"
                )
                for line, count in connection.execute(sql):
                    referring.setdefault(line, []).append(f"{names[table.name]} ({count})")
    for line in sorted(referring):
        what = f"other rows refer to this {entity.noun}: {', '.join(referring[line])}; delete those first"
        problems.add(path, line, ((entity.key_words[-1], what),))
