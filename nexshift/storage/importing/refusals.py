"""What is said of a row that does not name exactly one stored row, and what can its user do?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from nexshift.instants import find_repeat
from nexshift.storage.importing.entity import Entity, Row
from nexshift.storage.importing.report import Problem, RowRefused, refuse
from nexshift.storage.importing.seen import Line
from nexshift.storage.importing.values import read_instant, show


@dataclass(frozen=True, slots=True)
class Refusals:
    """Refusals of rows of one entity.

    Ids tell rows apart only where a key may be shared; two rows of any other entity cannot both be stored.
    """

    entity: Entity
    zone: ZoneInfo
    files: Mapping[int, Path]

    def refuse_id_twice(self, uuid: str, first: Line) -> RowRefused:
        """Another line has that id."""
        return refuse("id", f"{show(uuid)} stands for the same row as {self.place(first)}")

    def refuse_twice(self, row: Row, first: Line) -> RowRefused:
        """Another line means the same stored row."""
        ways = [self._add_columns(row) or "remove one of them"]
        if not self.entity.is_unique:
            ways.append("tell them apart with an id column")
        reason = f"has the same {self._words(row)} as {self.place(first)}; {', or '.join(ways)}"
        return refuse(self.entity.key_words[0], reason + self._repeat(row))

    def refuse_several(self, row: Row) -> RowRefused:
        """Several stored rows fit."""
        ways = [way for way in (self._add_columns(row), "say which one is meant in an id column") if way]
        reason = f"several stored rows have this {self._words(row)}; {', or '.join(ways)}"
        return refuse(self.entity.key_words[0], reason)

    def refuse_unknown(self, row: Row) -> RowRefused:
        """No stored row fits."""
        return refuse(self.entity.key_words[0], f"there is no {self.entity.noun} with this {self._words(row)}")

    def explain_taken(self, problem: Problem, whole: Row) -> Problem:
        """Why another row's key cannot be had, with the way out where clocks were set back."""
        column, reason = problem
        return column, reason + self._repeat(whole)

    def _words(self, row: Row) -> str:
        return " and ".join(word for field, word in self.entity.word_of.items() if field in row)

    def _add_columns(self, row: Row) -> str:
        absent = [word for field, word in self.entity.word_of.items() if field not in row]
        return f"add the column{'s' if len(absent) > 1 else ''} {' and '.join(absent)}" if absent else ""

    def _repeat(self, row: Row) -> str:
        """A local time that occurs twice is the first: the second one needs its offset."""
        for field in self.entity.key:
            column = self.entity.columns.get(field)
            if column is not None and column.read is read_instant and row.get(field) is not None:
                later = find_repeat(row[field], self.zone)
                if later is not None:
                    return f"; if it is of the hour after the clocks were set back, write {later}"
        return ""

    def place(self, line: Line) -> str:
        """`runs.csv:2`."""
        return f"{self.files[line[0]]}:{line[1]}"
