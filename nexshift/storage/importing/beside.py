"""Which rows are new beside a stored row that may have been meant?

A reason that was corrected makes another row, because it is part of what the row is recognised by.  Whether the stored
row was meant is known when all rows are: one that the call names as well is another row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from nexshift.storage.importing.entity import Entity
from nexshift.storage.importing.kinds import MACHINE, TEMPLATE
from nexshift.storage.importing.names import Names
from nexshift.storage.importing.report import Problem
from nexshift.storage.importing.seen import Line, SeenRows
from nexshift.storage.importing.stored import Found
from nexshift.storage.importing.values import show
from nexshift.storage.library import sqlite3

_KINDS = {"machine_id": MACHINE, "template_id": TEMPLATE}


class BesideRows:
    """New rows of one entity, and the stored ones that differ in one part of their key; in a temporary table, as
    there may be any number of them.
    """

    def __init__(self, scratch: sqlite3.Connection, entity: Entity, names: Names) -> None:
        self._scratch = scratch
        self._entity = entity
        self._names = names
        self._has_table = False

    def add(self, line: Line, near: Iterable[tuple[str, Found]]) -> None:
        """A new row, and the stored ones beside it with the field in which each differs."""
        if not self._has_table:
            self._scratch.execute("CREATE TEMP TABLE beside (file INTEGER, line INTEGER, field TEXT, identity, was)")
            self._has_table = True
        self._scratch.executemany(
            "INSERT INTO temp.beside VALUES (?, ?, ?, ?, ?)",
            [(*line, field, found.identity, found.stored[field]) for field, found in near],
        )

    def list_unseen(self, seen: SeenRows) -> Iterator[tuple[Line, Problem]]:
        """For each new row the first stored one beside it that no line of the call names."""
        if not self._has_table:
            return
        rows = self._scratch.execute("SELECT file, line, field, identity, was FROM temp.beside ORDER BY rowid")
        for line, group in groupby(rows, key=lambda row: (row[0], row[1])):
            for _, _, field, identity, was in group:
                if seen.find(identity) is None:
                    yield line, self._describe(field, was)
                    break

    def close(self) -> None:
        if self._has_table:
            self._scratch.execute("DROP TABLE temp.beside")

    def _describe(self, field: str, was: str | int | None) -> Problem:
        word = self._entity.word_of[field]
        kind = _KINDS.get(field)
        text = was if kind is None or not isinstance(was, int) else self._names.name_of(kind, was)
        which = f"without a {word}" if text is None else f"with the {word} {show(text)}"
        return word, (
            f"makes this a new {self._entity.noun} beside the stored one {which}, which stays;"
            " if that one is meant, give its id, or delete it"
        )
