"""Whose turn is it?  Keys take turns at few places, whoever of them asks how often.

A key has at most its share of the places, so that whoever comes next finds one.  What finds no place waits; keys are
asked in turns, each for what it asked for first.  Only so much may wait: what is too much is taken from the key that
has most waiting, its latest.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from typing import Generic, TypeVar

Entry = TypeVar("Entry")


class Turns(Generic[Entry]):
    """Of `places`, `share` for a key at the most, and `most` entries that wait."""

    def __init__(self, *, places: int, share: int, most: int) -> None:
        self._free = places
        self._share = share
        self._most = most
        self._taken: Counter[int] = Counter()
        self._lines: OrderedDict[int, deque[Entry]] = OrderedDict()  # by key; the first is next
        self.waiting = 0
        """Entries of all keys."""

    def add(self, key: int, entry: Entry) -> Entry | None:
        """Let an entry wait.  Returns what may not wait any more for want of room, which may be the entry itself."""
        refused = None
        if self.waiting >= self._most:
            fullest = max(self._lines, key=lambda each: len(self._lines[each]))
            if len(self._lines.get(key, ())) + 1 >= len(self._lines[fullest]):
                return entry
            refused = self._lines[fullest][-1]
            self.drop(fullest, refused)
        self._lines.setdefault(key, deque()).append(entry)
        self.waiting += 1
        return refused

    def take(self, may: Callable[[int], bool] = lambda _: True) -> Entry | None:
        """The entry whose turn it is, of a key that may; it has a place until `leave`.  None when it is nobody's."""
        if not self._free:
            return None
        for key, line in self._lines.items():
            if self._taken[key] < self._share and may(key):
                entry = line.popleft()
                self.waiting -= 1
                self._lines.move_to_end(key)
                if not line:
                    del self._lines[key]
                self._free -= 1
                self._taken[key] += 1
                return entry
        return None

    def leave(self, key: int) -> None:
        """An entry of that key lets its place go."""
        self._free += 1
        self._taken[key] -= 1
        if not self._taken[key]:
            del self._taken[key]

    def drop(self, key: int, entry: Entry) -> bool:
        """Let an entry wait no longer; whether it was waiting."""
        line = self._lines.get(key)
        if line is None or entry not in line:
            return False
        line.remove(entry)
        self.waiting -= 1
        if not line:
            del self._lines[key]
        return True
