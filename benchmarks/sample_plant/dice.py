"""Where does chance come from, so that it falls the same way everywhere?

Python promises the sequence of `random()` for a seed, and nothing about `choice` or `randrange`; the C
library promises nothing about the last bit of `log`.  So all of it is `random()`, a product and a truncation.
"""

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """One stream of chance; `topic` keeps streams apart: more of one thing does not change another."""

    def __init__(self, seed: int, topic: str) -> None:
        self._random = random.Random(f"{seed}/{topic}").random

    def whole(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + int(self._random() * (high - low + 1))

    def real(self, low: float, high: float) -> float:
        """A number from `low` to `high`, the middle likelier than the ends (the mean of two throws)."""
        return low + (self._random() + self._random()) / 2 * (high - low)

    def chance(self, probability: float) -> bool:
        return self._random() < probability

    def pick(self, choices: Sequence[T]) -> T:
        return choices[int(self._random() * len(choices))]
