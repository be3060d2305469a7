"""How are two sides compared: in turns, many times, so that whatever slows the machine slows both."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
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
    """Call every side once a round; each round begins with another one, because the first finds colder caches."""
    names = list(sides)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    gc.collect()
    gc.set_threshold(*GC_THRESHOLDS)  # as the service does
    for number in range(-WARM_UP, rounds):
        for shift in range(len(names)):
            name = names[(number + shift) % len(names)]
            call = sides[name]
            begun = perf_counter()
            call()
            taken = perf_counter() - begun
            if number >= 0:
                seconds[name].append(taken)
    return Times(seconds)
