"""Which stored row does a row mean, and which stored rows are near it?

A row without an id is found by its key.  A part of the key that its file does not have says nothing, so the one
stored row that fits the rest is meant.  A part that is stored empty and given now may have been filled in.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any, NamedTuple

from nexshift.config import MAX_NEAR_ROWS
from nexshift.spelling import normalise
from nexshift.storage.importing.entity import Entity, Obstacle, Row
from nexshift.storage.importing.kinds import New
from nexshift.storage.importing.older_spellings import OlderSpellings
from nexshift.storage.importing.report import RowRefused
from nexshift.storage.importing.values import TEXTS, show
from nexshift.storage.library import sqlite3


class OtherCompany(RowRefused):
    """An id that another company's row has."""


class Found(NamedTuple):
    """A stored row."""

    identity: Any
    stored: Row


class Stored:
    """The rows of one table as they are now."""

    def __init__(self, connection: sqlite3.Connection, entity: Entity, older: OlderSpellings) -> None:
        self._connection = connection
        self._entity = entity
        self._older = older
        self._company_id = older.company_id
        self.identity = "id" if entity.has_company else "uuid"
        owner = "company_id" if entity.has_company else "(SELECT company_id FROM run WHERE run.id = run_id)"
        self._select = f"SELECT {self.identity}, {owner}, {', '.join(entity.fields)} FROM {entity.table} WHERE "
        # IS, not =, because empty equals empty; both use an index
        self._by_firm_key = f"{self._select}{' AND '.join(f'{field} IS ?' for field in entity.firm_key)} LIMIT 2"
        texts = {name for name, column in entity.columns.items() if column.read in TEXTS}
        self._firm_texts = [field for field in entity.firm_key if field in texts]
        self.loose_key = entity.loose_key
        self._loose_texts = [field for field in entity.loose_key if field in texts]

    def find_by_uuid(self, uuid: str) -> Found | None:
        """The row of that id; OtherCompany when it is not this company's."""
        found = self._connection.execute(f"{self._select}uuid = ?", (uuid,)).fetchone()
        if found is None:
            return None
        if found[1] != self._company_id:
            raise OtherCompany((("id", f"{show(uuid)} cannot be used here; leave the cell empty to get a new one"),))
        return self._make(found)

    def look_around(self, row: Row) -> Surroundings | None:
        """The stored rows that have what every key has as this row has it; None when there are none."""
        try:
            values = [row[field] for field in self._entity.firm_key]
        except KeyError:
            return self._look_around_part(row)
        if New in map(type, values):
            return None
        found = self._connection.execute(self._by_firm_key, values).fetchall()
        if not found and self._renew_firm():
            found = self._connection.execute(self._by_firm_key, values).fetchall()
        return None if not found else Surroundings(self, self._entity.firm_key, row, list(map(self._make, found)))

    def _look_around_part(self, row: Row) -> Surroundings | None:
        """The same for a row whose file does not have all of that."""
        firm = [field for field in self._entity.firm_key if field in row]
        if any(row[field].__class__ is New for field in firm) or any(
            lead.isdisjoint(row) for lead in self._entity.key_leads
        ):
            return None
        if self._entity.has_company:
            firm.append("company_id")  # a part that would say so is not given
        found = self.fetch({field: row[field] for field in firm}, limit=2)
        return Surroundings(self, firm, row, found) if found else None

    def find_other(self, whole: Row, identity: Any) -> Obstacle | None:
        """Why this key is taken: another row has it."""
        key = {field: self._company_id if field == "company_id" else whole[field] for field in self._entity.key}
        if New in map(type, key.values()):
            return None
        others = self.fetch(key, limit=1)
        if not others and self._renew_firm():
            others = self.fetch(key, limit=1)
        if not others or others[0].identity == identity:
            return None
        words = " and ".join(self._entity.key_words)
        reason = f"another {self._entity.noun} with another id has this {words} already"
        return Obstacle((self._entity.key_words[-1], reason), others[0].identity)

    def renew_near(self, firm: Row) -> bool:
        """Give what may be empty in the keys of these rows the spelling that is compared; whether any got another."""
        where, values = " AND ".join(f"{field} IS ?" for field in firm), tuple(firm.values())
        table, identity = self._entity.table, self.identity
        renewed = [self._older.renew_some(table, identity, field, where, values) for field in self._loose_texts]
        return any(renewed)

    def _renew_firm(self) -> bool:
        """The same for what no key lacks, once a call."""
        texts, self._firm_texts = self._firm_texts, []
        renewed = [self._older.renew(self._entity.table, field) for field in texts]
        return any(renewed)

    def fetch(self, equal: Row, *, unlike: str | None = None, limit: int) -> list[Found]:
        """So many of the rows that have these values, and, in the column `unlike`, any but its."""
        terms = [f"{field} IS {'NOT ' if field == unlike else ''}?" for field in equal]
        sql = f"{self._select}{' AND '.join(terms)} LIMIT {limit}"
        return [self._make(found) for found in self._connection.execute(sql, tuple(equal.values()))]

    def _make(self, found: Sequence[Any]) -> Found:
        return Found(found[0], dict(zip(self._entity.fields, found[2:], strict=True)))


class Surroundings:
    """The stored rows around one row.

    Up to two of them are fetched at first: mostly there is one, and nothing else has to be asked then.
    """

    __slots__ = ("_firm", "_first", "_row", "_stored")

    def __init__(self, stored: Stored, firm: Sequence[str], row: Row, first: Sequence[Found]) -> None:
        self._stored = stored
        self._firm = firm
        self._row = row
        self._first = first

    def find_equal(self) -> list[Found]:
        """Up to two rows that have all that is given."""
        if len(self._first) == 1:
            return [] if self._differing(self._first[0]) else list(self._first)
        loose = self._loose()
        equal = self._fetch(loose, limit=2)
        if not equal and self._stored.renew_near(self._firm_values()):
            equal = self._fetch(loose, limit=2)
        return equal

    def find_unfilled(self) -> list[Found]:
        """The rows that would have all that is given, were what they have empty filled in."""
        if len(self._first) == 1:
            return [found for found in self._first if self._is_unfilled(found)]
        loose = self._loose()
        filled = [field for field, value in loose.items() if value is not None]
        found: list[Found] = []
        for emptied in product((False, True), repeat=len(filled)):
            if any(emptied):
                blanks = {field: None for field, is_empty in zip(filled, emptied, strict=True) if is_empty}
                found.extend(self._fetch(loose | blanks, limit=MAX_NEAR_ROWS))
        return found

    def find_beside(self) -> list[tuple[str, Found]]:
        """The rows that differ in one part of what is given, and in which."""
        if len(self._first) == 1:
            fields = self._differing(self._first[0])
            return [(fields[0], self._first[0])] if len(fields) == 1 else []
        loose = self._loose()
        return [(field, found) for field in loose for found in self._fetch(loose, unlike=field, limit=MAX_NEAR_ROWS)]

    def _firm_values(self) -> Row:
        return {field: self._row[field] for field in self._firm}

    def _loose(self) -> Row:
        """What is given of the parts of the key that may be empty."""
        return {field: self._row[field] for field in self._stored.loose_key if field in self._row}

    def _fetch(self, loose: Row, *, unlike: str | None = None, limit: int) -> list[Found]:
        if any(value.__class__ is New and field != unlike for field, value in loose.items()):
            return []  # what is not stored yet is in no stored row
        known = {field: value for field, value in loose.items() if value.__class__ is not New}
        return self._stored.fetch(self._firm_values() | known, unlike=unlike, limit=limit)

    def _differing(self, found: Found) -> list[str]:
        row, stored = self._row, found.stored
        return [
            field
            for field in self._stored.loose_key
            if field in row and row[field] != stored[field] and not _is_other_spelling(stored[field], row[field])
        ]

    def _is_unfilled(self, found: Found) -> bool:
        fields = self._differing(found)
        return bool(fields) and all(found.stored[field] is None for field in fields)


def _is_other_spelling(stored: Any, value: Any) -> bool:
    """Whether a version before this one stored the same text otherwise."""
    return isinstance(stored, str) and normalise(stored) == value
