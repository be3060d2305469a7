"""What does import have to know of an entity?

An Entity is data: its columns and references, what it is recognised by, and the few rules that no column states
alone.  A new entity is one declaration in entities.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from nexshift.storage.importing.names import Names
from nexshift.storage.importing.oddities import Oddity
from nexshift.storage.importing.report import Problem
from nexshift.storage.importing.values import Reader, Stored, read_uuid
from nexshift.storage.library import sqlite3

Row = dict[str, Any]
"""A row while it is read: the values of its columns and, once references are resolved, of the table's columns."""

FindReference = Callable[[Row, Names], None]
"""Resolves a reference: takes what its columns hold out of the row and puts the table's columns in."""

Settle = Callable[[Row, Row, Row | None, Names], None]
"""Completes and checks the whole row as it will be stored (what is given, merged with what is stored), given the
row of the file and the stored row, None for a new one.  Raises RowRefused."""


class Obstacle(NamedTuple):
    """Why a row cannot be stored while another stored row is as it is, and the identity of that one."""

    problem: Problem
    identity: Any


Judge = Callable[[Row, Names], Oddity | None]
"""What is odd about a whole row that is stored nevertheless."""

Warn = Callable[[sqlite3.Connection, Row, Row, Any, Names], Problem | None]
"""What a change of the stored row to the whole new one brings with it that its user may not expect."""

Survey = Callable[[sqlite3.Connection, int], tuple[Oddity, str, int] | None]
"""What is odd about rows of a company that this transaction wrote beside others: where first, and how often."""

FindConflict = Callable[[sqlite3.Connection, Row, Any], Obstacle | None]
"""Which stored row the row cannot stand beside, its own identity excepted."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file; of the table as well, under the same name, unless a reference takes it."""

    name: str
    read: Reader
    required: bool = False
    blank: Stored = None
    """What an empty cell stores, and a new row whose file has no such column."""
    blank_says_nothing: bool = False
    """An empty cell is like an absent column: a rule decides what is stored."""
    example: str | None = None
    """The cell of the template; a column without one is not in it."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Columns that together name another row."""

    columns: tuple[Column, ...]
    leads: tuple[str, ...]
    """The columns of which one has to be there; the others only say more about them."""
    fields: tuple[str, ...]
    """The table's columns that it fills."""
    find: FindReference
    required: bool = False


@dataclass(frozen=True)
class Entity:
    """Something that can be imported."""

    name: str
    table: str
    noun: str
    parts: tuple[Column | Reference, ...]
    key: tuple[str, ...]
    """The table's columns that it is recognised by."""
    key_words: tuple[str, ...]
    """The same as a user knows them."""
    settle: Settle | None = None
    find_conflict: FindConflict | None = None
    judge: Judge | None = None
    warn: Warn | None = None
    survey: Survey | None = None
    is_unique: bool = True
    """Whether its key names one row only; other entities may share it when they have ids."""
    has_company: bool = True
    """Whether its table says to which company a row belongs; else its run does."""

    @cached_property
    def columns(self) -> dict[str, Column]:
        """Every column that a file may have, by name."""
        found = {"id": Column("id", read_uuid)}
        for part in self.parts:
            for column in (part,) if isinstance(part, Column) else part.columns:
                found[column.name] = column
        return found

    @cached_property
    def references(self) -> tuple[Reference, ...]:
        return tuple(part for part in self.parts if isinstance(part, Reference))

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The columns of the table that a file decides."""
        own = (part.fields if isinstance(part, Reference) else (part.name,) for part in self.parts)
        return tuple(field for fields in own for field in fields)

    @cached_property
    def blanks(self) -> Row:
        """What a new row holds where its file says nothing and nothing is required."""
        found: Row = {}
        for part in self.parts:
            if isinstance(part, Reference):
                found.update(dict.fromkeys(part.fields[1:] if part.required else part.fields))
            elif not part.required:
                found[part.name] = part.blank
        return found

    @cached_property
    def needs(self) -> tuple[tuple[str, str], ...]:
        """The table's columns that a new row must fill, each with the column that its user would add."""
        found = []
        for part in self.parts:
            if part.required:
                found.append((part.fields[0], part.leads[0]) if isinstance(part, Reference) else (part.name, part.name))
        return tuple(found)

    @cached_property
    def firm_key(self) -> tuple[str, ...]:
        """The part of its key that every row has."""
        firm = {"company_id", *(field for field, _ in self.needs)}
        return tuple(field for field in self.key if field in firm)

    @cached_property
    def loose_key(self) -> tuple[str, ...]:
        """The part of its key that may be empty, and be filled in later."""
        return tuple(field for field in self.key if field not in self.firm_key)

    @cached_property
    def key_leads(self) -> tuple[frozenset[str], ...]:
        """Of each set one field has to be given, or a row has no key at all."""
        key = set(self.key)
        parts = (part.fields if isinstance(part, Reference) else (part.name,) for part in self.parts if part.required)
        return tuple(frozenset(key.intersection(fields)) for fields in parts if not key.isdisjoint(fields))

    @cached_property
    def word_of(self) -> dict[str, str]:
        """What a user calls each field of the key."""
        return dict(zip(self.key[-len(self.key_words) :], self.key_words, strict=True))

    @cached_property
    def key_columns(self) -> tuple[str, ...]:
        """The columns of a file that its key is made of."""
        found: list[str] = []
        for part in self.parts:
            if isinstance(part, Reference):
                if not set(part.fields).isdisjoint(self.key):
                    found.extend(column.name for column in part.columns)
            elif part.name in self.key:
                found.append(part.name)
        return tuple(found)

    @cached_property
    def template(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """A header and an example row."""
        shown = [(column.name, column.example) for column in self.columns.values()]
        return tuple(name for name, cell in shown if cell is not None), tuple(c for _, c in shown if c is not None)
