"""What is accepted, and is almost surely a mistake of the source?

It is counted and said, because a single wrong date or a missing end moves figures without a word.  Nothing is refused
for it: a plant may have its reasons.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class Oddity(NamedTuple):
    """What is said of a row, and of several."""

    one: str
    many: str


@dataclass(slots=True)
class Oddities:
    """How often each was found, and where first."""

    _found: dict[Oddity, tuple[int, str]] = field(default_factory=dict)

    def add(self, oddity: Oddity, place: str, count: int = 1) -> None:
        before, first = self._found.get(oddity, (0, place))
        self._found[oddity] = before + count, first

    def sentences(self) -> list[str]:
        """`2 runs overlap others of their machine (first: Filler 1 at 2026-06-01T05:00:00Z)`."""
        return [
            f"{count} {oddity.one if count == 1 else oddity.many} ({'first: ' if count > 1 else ''}{place})"
            for oddity, (count, place) in self._found.items()
        ]
