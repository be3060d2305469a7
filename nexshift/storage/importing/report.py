"""What came of an import, and how is a bad cell reported?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from nexshift.config import MAX_PROBLEMS_SHOWN
from nexshift.invisible import reveal
from nexshift.storage.importing.created import Created
from nexshift.storage.importing.oddities import Oddities

_MOST_TOLD = 20  # problems of one row in its rejects; a cell has a bound

Problem = tuple[str, str]
"""A column and the reason for which its cell is refused."""


class RowRefused(Exception):
    """A row that cannot be stored, with every problem that was found in it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        told = [reveal(f"{column}: {reason}") for column, reason in self.problems[:_MOST_TOLD]]
        more = len(self.problems) - _MOST_TOLD
        super().__init__("; ".join([*told, f"and {more} more"] if more > 0 else told))


def refuse(column: str, reason: str) -> RowRefused:
    """The refusal of a row for one cell."""
    return RowRefused(((column, reason),))


@dataclass(slots=True)
class Problems:
    """What is wrong with the cells of files: the first ones spelt out, the others counted."""

    shown: list[str] = field(default_factory=list)
    """Each as `file:line: column: reason`."""
    unshown: int = 0

    def __bool__(self) -> bool:
        return bool(self.shown)

    def add(self, path: Path, line: int, problems: Iterable[Problem]) -> None:
        for column, reason in problems:
            if len(self.shown) < MAX_PROBLEMS_SHOWN:
                self.shown.append(reveal(f"{path}:{line}: {column}: {reason}"))
            else:
                self.unshown += 1


@dataclass(slots=True)
class Report:
    """What one call of import did, in rows; in a dry run, what it would have done."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    problems: Problems = field(default_factory=Problems)
    warnings: Problems = field(default_factory=Problems)
    """What is odd about rows that are stored nevertheless."""
    oddities: Oddities = field(default_factory=Oddities)
    """What is almost surely a mistake of the source."""
    created: Created = field(default_factory=Created)
    """Names that were not there before."""
    rejects_files: tuple[Path, ...] = ()
    is_written: bool = False
    """Whether the rows are in the database now."""
    is_trial: bool = False
    """Whether this was a dry run."""
    is_refused: bool = False
    """Whether bad rows, or a header that is not understood, forbid that."""

    def summary(self) -> str:
        """The last line that a user sees."""
        would = "would be " if self.is_trial else ""
        return (
            f"{self.added} {would}added, {self.updated} {would}updated, {self.unchanged} unchanged,"
            f" {self.rejected} {would}rejected"
        )
