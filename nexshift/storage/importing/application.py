"""Is a row new, changed or unchanged, and how is it stored?

Everything is checked before the first write, so that a refused row leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from nexshift.storage.change_schema import NUMBERED
from nexshift.storage.importing.entity import Entity, Row
from nexshift.storage.importing.kinds import New
from nexshift.storage.importing.names import Names
from nexshift.storage.importing.report import Problem, RowRefused, refuse
from nexshift.storage.importing.seen import Line, SeenRows
from nexshift.storage.importing.values import show
from nexshift.storage.library import sqlite3
from nexshift.storage.sequence import NUMBER

Outcome = Literal["added", "updated", "unchanged"]


class Conflict(RowRefused):
    """A row that cannot stand beside the stored rows as they are now; a later row may change that."""


class OtherCompany(RowRefused):
    """An id that another company's row has."""


class Application:
    """The rows of one entity on their way into its table."""

    def __init__(self, connection: sqlite3.Connection, entity: Entity, names: Names, files: Mapping[int, Path]) -> None:
        self._connection = connection
        self._entity = entity
        self._names = names
        self._files = files
        self._seen = SeenRows(connection)
        self._stored = Stored(connection, entity, names.company_id)
        self._updates: dict[tuple[str, ...], str] = {}
        fixed = ("uuid", "company_id") if entity.has_company else ("uuid",)
        # Written with the row itself, so that the trigger that would do so has nothing left to do.
        number = {"changed": NUMBER} if entity.table in NUMBERED else {}
        self._number = "".join(f", {column} = {value}" for column, value in number.items())
        columns = ", ".join((*fixed, *entity.fields, *number))
        values = ", ".join([*"?" * (len(fixed) + len(entity.fields)), *number.values()])
        self._insert = f"INSERT INTO {entity.table} ({columns}) VALUES ({values})"

    def apply(self, row: Row, line: Line) -> Outcome:
        """Store one row.  Raises RowRefused, or Conflict when it may be tried again after others."""
        if self._entity.has_company:
            row["company_id"] = self._names.company_id
        identity, stored = self._find(row, line)
        if stored is None:
            return self._add(row, line)
        whole = stored | {field: row[field] for field in stored if field in row}
        self._settle(whole, row, stored)
        changed = {field: value for field, value in whole.items() if value != stored[field]}
        if not changed:
            self._seen.add(identity, line)
            return "unchanged"
        is_moved = not changed.keys().isdisjoint(self._entity.key)
        self._check_conflict(whole, identity, has_new_key=is_moved)
        self._create_named(changed, whole)
        self._update(identity, changed)
        self._seen.add(identity, line)
        return "updated"

    def close(self) -> None:
        self._seen.close()

    def _find(self, row: Row, line: Line) -> tuple[Any, Row | None]:
        """The stored row that this one means."""
        uuid = row.get("id")
        if uuid is not None:
            identity, stored = self._stored.find_by_uuid(uuid)
            words = "id"
        else:
            identity, stored = self._stored.find_by_key(row)
            words = " and ".join(self._entity.key_words)
        if stored is not None:
            first = self._seen.find(identity)
            if first is not None:
                raise self._refuse_twice(uuid, words, first)
        return identity, stored

    def _refuse_twice(self, uuid: str | None, words: str, first: Line) -> RowRefused:
        where = f"{self._files[first[0]]}:{first[1]}"
        if uuid is not None:
            return refuse("id", f"{show(uuid)} stands for the same row as {where}")
        reason = f"has the same {words} as {where}; remove one of them, or tell them apart with an id column"
        return refuse(self._entity.key_words[0], reason)

    def _add(self, row: Row, line: Line) -> Outcome:
        missing = [column for field, column in self._entity.needs if field not in row]
        if missing:
            raise RowRefused((column, "is required for a new row; the file has no such column") for column in missing)
        whole = {**self._entity.blanks, **row}
        self._settle(whole, row, None)
        self._check_conflict(whole, None, has_new_key=row.get("id") is not None)
        self._create_named(whole, whole)
        uuid = whole.get("id") or self._names.new_uuid()
        values = [whole[field] for field in self._entity.fields]
        if self._entity.has_company:
            cursor = self._connection.execute(self._insert, (uuid, self._names.company_id, *values))
            self._seen.add(cursor.lastrowid, line)
        else:
            self._connection.execute(self._insert, (uuid, *values))
            self._seen.add(uuid, line)
        return "added"

    def _settle(self, whole: Row, row: Row, stored: Row | None) -> None:
        if self._entity.settle is not None:
            self._entity.settle(whole, row, stored, self._names)

    def _check_conflict(self, whole: Row, identity: Any, *, has_new_key: bool) -> None:
        problem: Problem | None = None
        if has_new_key and self._entity.is_unique:
            problem = self._stored.find_other(whole, identity)
        if problem is None and self._entity.find_conflict is not None:
            problem = self._entity.find_conflict(self._connection, whole, identity)
        if problem is not None:
            raise Conflict((problem,))

    def _create_named(self, row: Row, whole: Row) -> None:
        """Store what the row names and is not there yet."""
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


class Stored:
    """The rows of one table as they are now."""

    def __init__(self, connection: sqlite3.Connection, entity: Entity, company_id: int) -> None:
        self._connection = connection
        self._entity = entity
        self._company_id = company_id
        self.identity = "id" if entity.has_company else "uuid"
        owner = "company_id" if entity.has_company else "(SELECT company_id FROM run WHERE run.id = run_id)"
        columns = f"{self.identity}, {owner}, {', '.join(entity.fields)}"
        table = entity.table
        self._by_uuid = f"SELECT {columns} FROM {table} WHERE uuid = ?"
        # IS, not =, because empty equals empty; both use an index
        key = " AND ".join(f"{field} IS ?" for field in entity.key)
        self._by_key = f"SELECT {columns} FROM {table} WHERE {key} LIMIT 2"

    def find_by_uuid(self, uuid: str) -> tuple[Any, Row | None]:
        found = self._connection.execute(self._by_uuid, (uuid,)).fetchone()
        if found is None:
            return None, None
        if found[1] != self._company_id:
            raise OtherCompany((("id", f"{show(uuid)} cannot be used here; leave the cell empty to get a new one"),))
        return found[0], dict(zip(self._entity.fields, found[2:], strict=True))

    def find_by_key(self, row: Row) -> tuple[Any, Row | None]:
        key = [row.get(field) for field in self._entity.key]
        if New in map(type, key):
            return None, None
        found = self._connection.execute(self._by_key, key).fetchall()
        if not found:
            return None, None
        if len(found) > 1:
            words = " and ".join(self._entity.key_words)
            raise refuse(
                self._entity.key_words[0],
                f"several stored rows have this {words}; say which one is meant in an id column",
            )
        return found[0][0], dict(zip(self._entity.fields, found[0][2:], strict=True))

    def find_other(self, whole: Row, identity: Any) -> Problem | None:
        """Why this key is taken: another row has it."""
        key = [self._company_id if field == "company_id" else whole[field] for field in self._entity.key]
        if New in map(type, key):
            return None
        found = self._connection.execute(self._by_key, key).fetchone()
        if found is None or found[0] == identity:
            return None
        words = " and ".join(self._entity.key_words)
        return self._entity.key_words[-1], f"another {self._entity.noun} with another id has this {words} already"
