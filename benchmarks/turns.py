"""Which benchmarks of two sides, measured in turns, differ by more than the turns of one side do among themselves?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

Turn = Mapping[str, float]
"""What one run of the suite found: the seconds of each benchmark, by name."""


@dataclass(frozen=True)
class Change:
    """One benchmark that both sides have; seconds are the medians of its turns."""

    name: str
    before_s: float
    after_s: float
    ratio: float
    """The median of the turns' own ratios, after over before."""
    noise: float
    """Slowest over fastest turn, of the side where they lie further apart."""

    @property
    def verdict(self) -> str:
        """Empty when the ratio is no further from 1 than the turns of one side are from each other."""
        if self.ratio > self.noise:
            return "slower"
        return "faster" if self.ratio * self.noise < 1 else ""


@dataclass(frozen=True)
class Changes:
    """What came of it, by name; a benchmark that was not measured in every turn of a side is not of that side."""

    both: list[Change]
    only_before: list[str]
    only_after: list[str]


def compare_turns(before: Sequence[Turn], after: Sequence[Turn]) -> Changes:
    """The same number of turns of each side, at least one, in the order in which they were taken."""
    old, new = _series(before), _series(after)
    return Changes(
        [_change(name, old[name], new[name]) for name in sorted(old.keys() & new.keys())],
        sorted(old.keys() - new.keys()),
        sorted(new.keys() - old.keys()),
    )


def _series(turns: Sequence[Turn]) -> dict[str, list[float]]:
    return {name: [turn[name] for turn in turns] for name in turns[0] if all(name in turn for turn in turns)}


def _change(name: str, before: list[float], after: list[float]) -> Change:
    ratio = median(new / old for old, new in zip(before, after, strict=True))
    noise = max(max(side) / min(side) for side in (before, after))
    return Change(name, median(before), median(after), ratio, noise)


def show(changes: Changes, before: str, after: str) -> list[str]:
    """The lines of a table, and of the names that one side alone has."""
    cells = [("benchmark", before, after, "ratio", "noise", "")]
    for change in changes.both:
        old, new = (f"{seconds * 1000:.3f} ms" for seconds in (change.before_s, change.after_s))
        cells.append((change.name, old, new, f"{change.ratio:.2f}", f"{change.noise:.2f}", change.verdict))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    rows = [
        "  ".join((row[0].ljust(widths[0]), *map(str.rjust, row[1:5], widths[1:5]), row[5])).rstrip() for row in cells
    ]
    alone = [
        f"only {side}: {name}"
        for side, names in ((before, changes.only_before), (after, changes.only_after))
        for name in names
    ]
    return [*rows, *alone]
