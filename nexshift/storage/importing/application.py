"""Is a row new, changed or unchanged, and how is it stored?

Everything is checked before the first write, so that a refused row leaves nothing behind.  A row that might mean
another stored row once all rows of the call are known is put off.
"""

from __future__ import annotations

from typing import Any, Literal

from nexshift.storage.change_schema import NUMBERED
from nexshift.storage.importing.beside import BesideRows
from nexshift.storage.importing.entity import Entity, Obstacle, Row
from nexshift.storage.importing.kinds import New
from nexshift.storage.importing.names import Names
from nexshift.storage.importing.refusals import Refusals
from nexshift.storage.importing.report import Problem, Report, RowRefused
from nexshift.storage.importing.seen import Line, SeenRows
from nexshift.storage.importing.stored import Found, Stored, Surroundings
from nexshift.storage.library import sqlite3
from nexshift.storage.sequence import number_of

Outcome = Literal["added", "updated", "unchanged"]


Applied = tuple[Outcome, Any]
"""What became of a row, and the identity of the stored row that it is."""


class Conflict(RowRefused):
    """A row that cannot stand beside a stored row as that is now; a later row may change that one."""

    def __init__(self, obstacle: Obstacle) -> None:
        super().__init__((obstacle.problem,))
        self.identity = obstacle.identity


class Early(Exception):
    """A row to be stored once all rows are known whose keys say more: those come first, in whatever order they are."""

    def __init__(self, entity: Entity, row: Row) -> None:
        super().__init__()
        unknown = sum(field not in row for field in entity.key)
        empty = sum(row.get(field) is None for field in entity.key)
        self.rank = unknown, empty
        """How many parts of the key its file does not have, and how many say nothing in all; least come first."""


class Application:
    """The rows of one entity on their way into its table.

    Where `is_mixed`, the rows do not all have the same columns.  Where `ids_first`, some may have an id: they are taken
    before all others, because they may give or leave the key by which another one is recognised.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        scratch: sqlite3.Connection,
        names: Names,
        refusals: Refusals,
        report: Report,
        *,
        is_mixed: bool,
        ids_first: bool,
    ) -> None:
        self._connection = connection
        self._entity = entity = refusals.entity
        self._names = names
        self._refusals = refusals
        self._report = report
        self._is_mixed = is_mixed
        self._ids_first = ids_first
        self._key = frozenset(entity.key)
        self._seen = SeenRows(scratch)
        self._beside = BesideRows(scratch, entity, names)
        self._stored = Stored(connection, entity, names.older)
        self._updates: dict[tuple[str, ...], str] = {}
        fixed = ("uuid", "company_id") if entity.has_company else ("uuid",)
        # Written with the row itself, so that the trigger that would do so has nothing left to do.
        number = {"changed": number_of(names.company_id)} if entity.table in NUMBERED else {}
        self._number = "".join(f", {column} = {value}" for column, value in number.items())
        columns = ", ".join((*fixed, *entity.fields, *number))
        values = ", ".join([*"?" * (len(fixed) + len(entity.fields)), *number.values()])
        self._insert = f"INSERT INTO {entity.table} ({columns}) VALUES ({values})"

    def apply(self, row: Row, line: Line, *, is_late: bool = False) -> Applied:
        """Store one row.

        Raises RowRefused; Conflict when it may be tried again once another row has changed; Early, unless `is_late`,
        when it is to be tried again behind all others.
        """
        if self._entity.has_company:
            row["company_id"] = self._names.company_id
        found, around = self._find(row, line, is_late=is_late)
        if found is None:
            return self._add(row, line, around)
        identity, stored = found
        whole = stored | {field: row[field] for field in stored if field in row}
        self._settle(whole, row, stored)
        if whole == stored:
            self._seen.add(identity, line)
            return "unchanged", identity
        changed = {field: value for field, value in whole.items() if value != stored[field]}
        is_moved = not changed.keys().isdisjoint(self._entity.key)
        self._check_conflict(whole, identity, has_new_key=is_moved)
        self._create_named(changed, whole)
        warning = None
        if self._entity.warn is not None:
            warning = self._entity.warn(self._connection, stored, whole, identity, self._names)
        self._update(identity, changed)
        self._seen.add(identity, line)
        self._take_note(whole, line, warning)
        return "updated", identity

    def close(self) -> None:
        """Say what is odd about rows that were stored, once all are."""
        for line, warning in self._beside.list_unseen(self._seen):
            self._warn(line, warning)
        if self._entity.survey is not None:
            found = self._entity.survey(self._connection, self._names.company_id)
            if found is not None:
                self._report.oddities.add(*found)
        self._seen.close()
        self._beside.close()

    def _find(self, row: Row, line: Line, *, is_late: bool) -> tuple[Found | None, Surroundings | None]:
        """The stored row that this one means; without one, what a row without an id has around it."""
        uuid = row.get("id")
        if uuid is not None:
            found = self._stored.find_by_uuid(uuid)
            first = None if found is None else self._seen.find(found.identity)
            if first is not None:
                raise self._refusals.refuse_id_twice(uuid, first)
            return found, None
        if not is_late and (self._ids_first or (self._is_mixed and not row.keys() >= self._key)):
            raise Early(self._entity, row)
        around = self._stored.look_around(row)
        if around is None:
            return None, None
        equal = around.find_equal()
        if len(equal) > 1:
            raise self._refusals.refuse_several(row)
        if equal:
            first = self._seen.find(equal[0].identity)
            if first is not None:
                raise self._refusals.refuse_twice(row, first)
            return equal[0], None
        unfilled = [found for found in around.find_unfilled() if self._seen.find(found.identity) is None]
        if unfilled and not is_late:
            raise Early(self._entity, row)  # a later line may name the row that has it empty
        return (unfilled[0] if len(unfilled) == 1 else None), around

    def _add(self, row: Row, line: Line, around: Surroundings | None) -> Applied:
        missing = [column for field, column in self._entity.needs if field not in row]
        if missing:
            raise RowRefused((column, "is required for a new row; the file has no such column") for column in missing)
        beside = [] if around is None else self._list_beside(around)
        whole = {**self._entity.blanks, **row}
        self._settle(whole, row, None)
        self._check_conflict(whole, None, has_new_key=row.get("id") is not None)
        self._create_named(whole, whole)
        uuid = whole.get("id") or self._names.new_uuid()
        values = [whole[field] for field in self._entity.fields]
        identity: Any = uuid
        if self._entity.has_company:
            identity = self._connection.execute(self._insert, (uuid, self._names.company_id, *values)).lastrowid
        else:
            self._connection.execute(self._insert, (uuid, *values))
        self._seen.add(identity, line)
        if beside:
            self._beside.add(line, beside)
        self._take_note(whole, line, None)
        return "added", identity

    def _take_note(self, whole: Row, line: Line, warning: Problem | None) -> None:
        if warning is not None:
            self._warn(line, warning)
        if self._entity.judge is not None:
            oddity = self._entity.judge(whole, self._names)
            if oddity is not None:
                self._report.oddities.add(oddity, self._refusals.place(line))

    def _warn(self, line: Line, warning: Problem) -> None:
        self._report.warnings.add(self._refusals.files[line[0]], line[1], (warning,))

    def _list_beside(self, around: Surroundings) -> list[tuple[str, Found]]:
        return [(field, found) for field, found in around.find_beside() if self._seen.find(found.identity) is None]

    def _settle(self, whole: Row, row: Row, stored: Row | None) -> None:
        if self._entity.settle is not None:
            self._entity.settle(whole, row, stored, self._names)

    def _check_conflict(self, whole: Row, identity: Any, *, has_new_key: bool) -> None:
        obstacle: Obstacle | None = None
        if has_new_key and self._entity.is_unique:
            obstacle = self._stored.find_other(whole, identity)
            if obstacle is not None:
                obstacle = obstacle._replace(problem=self._refusals.explain_taken(obstacle.problem, whole))
        if obstacle is None and self._entity.find_conflict is not None:
            obstacle = self._entity.find_conflict(self._connection, whole, identity)
        if obstacle is not None:
            if self._seen.find(obstacle.identity) is not None:
                raise RowRefused((obstacle.problem,))  # no line may change that row once more
            raise Conflict(obstacle)

    def _create_named(self, row: Row, whole: Row) -> None:
        """Store what the row names and is not there yet."""
        if New not in map(type, row.values()):
            return
        for field, value in row.items():
            if value.__class__ is New:
                row[field] = whole[field] = self._names.store(value)

    def _update(self, identity: Any, changed: Row) -> None:
        columns = tuple(changed)
        sql = self._updates.get(columns)
        if sql is None:
            settings = ", ".join(f"{column} = ?" for column in columns)
            sql = f"UPDATE {self._entity.table} SET {settings}{self._number} WHERE {self._stored.identity} = ?"
            self._updates[columns] = sql
        self._connection.execute(sql, (*changed.values(), identity))
