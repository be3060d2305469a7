"""Which names did an import create, and which known names do they resemble?

A typing slip in a name becomes another machine with --create, and another person without it.  The first ones are named,
the others are counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from nexshift.config import MAX_CREATED_SHOWN
from nexshift.lookalike import explain_difference
from nexshift.storage.importing.values import show


@dataclass(frozen=True, slots=True)
class CreatedName:
    """A machine, a person, a product … that was not there before."""

    noun: str
    name: str
    site: str | None
    resembles: str | None
    """A name of the same kind that was there before."""

    def describe(self) -> str:
        """`machine "Filler 1b" at site "Brisbane" (resembles "Filler 1")`."""
        at = "" if self.site is None else f" at site {show(self.site)}"
        if self.resembles is None:
            return f"{self.noun} {show(self.name)}{at}"
        difference = explain_difference(self.name, self.resembles)
        return f"{self.noun} {show(self.name)}{at} (resembles {show(self.resembles)}{difference})"


@dataclass(slots=True)
class Created:
    """What one call created."""

    shown: list[CreatedName] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    """By noun."""

    @property
    def has_room(self) -> bool:
        """Whether one more is named."""
        return len(self.shown) < MAX_CREATED_SHOWN

    def count(self, noun: str) -> None:
        self.counts[noun] = self.counts.get(noun, 0) + 1

    def knows(self, noun: str, name: str) -> bool:
        """Whether it is one of those that are named."""
        return any((one.noun, one.name) == (noun, name) for one in self.shown)

    def clear(self) -> None:
        """Nothing was created after all."""
        self.shown.clear()
        self.counts.clear()

    def sentences(self, did: str) -> list[str]:
        """`created machine "Filler 1b"` … `created 30 operators and 2 products in all`."""
        lines = [f"{did} {one.describe()}" for one in self.shown]
        if sum(self.counts.values()) > len(self.shown):
            counts = [f"{count} {noun if count == 1 else f'{noun}s'}" for noun, count in self.counts.items()]
            lines.append(f"{did} {', '.join(counts)} in all")
        return lines
