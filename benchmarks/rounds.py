"""How are two sides compared: in turns, many times, so that whatever slows the machine slows both."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from functools import partial
from statistics import median
from time import perf_counter
from typing import Any

from nexshift.config import GC_THRESHOLDS

WARM_UP = 3  # rounds that are not counted


class Times:
    """The seconds that each side took, round by round."""

    def __init__(self, seconds: Mapping[str, list[float]]) -> None:
        self._seconds = seconds

    def ratio(self, side: str, over: str) -> float:
        """How many times as long `side` took as `over`: the median of the rounds' own ratios."""
        pairs = zip(self._seconds[side], self._seconds[over], strict=True)
        return median(mine / theirs for mine, theirs in pairs)

    def median_ms(self, side: str) -> float:
        return median(self._seconds[side]) * 1000

    def least_ms(self, side: str) -> float:
        return min(self._seconds[side]) * 1000

    def shown(self, side: str) -> str:
        """The median and, which other programs on the machine disturb less, the least."""
        return f"{self.median_ms(side):.2f} ms (least {self.least_ms(side):.2f})"


def take_turns(sides: Mapping[str, Callable[[], Any]], rounds: int) -> Times:
    """The time that a call of each side takes."""
    gc.collect()
    gc.set_threshold(*GC_THRESHOLDS)  # as the service does
    return Times(in_turns({name: partial(_seconds_of, call) for name, call in sides.items()}, rounds, WARM_UP))


def in_turns(sides: Mapping[str, Callable[[], float]], rounds: int, warm_up: int) -> dict[str, list[float]]:
    """What each side gave in every round but the first `warm_up`.

    Each round begins with another side, because the first finds colder caches.
    """
    names = list(sides)
    given: dict[str, list[float]] = {name: [] for name in names}
    for number in range(-warm_up, rounds):
        for shift in range(len(names)):
            name = names[(number + shift) % len(names)]
            value = sides[name]()
            if number >= 0:
                given[name].append(value)
    return given


def _seconds_of(call: Callable[[], Any]) -> float:
    begun = perf_counter()
    call()
    return perf_counter() - begun
