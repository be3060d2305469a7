"""How many requests may still come this minute?

Fixed windows of a minute, for keys and for addresses that send bad ones.  When a window ends all its counts are
forgotten at once, so memory is bounded by what one minute can bring.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from math import ceil
from typing import NamedTuple

from nexshift.config import BAD_KEY_LIMIT, MAX_TRACKED_ADDRESSES, RATE_WINDOW_S

Clock = Callable[[], float]
"""Seconds from any fixed point, never backwards; `time.monotonic`."""


class Allowance(NamedTuple):
    """What a key may still do in this window, this request included."""

    limit: int
    remaining: int
    reset_s: int
    """Whole seconds to the next window, at least 1."""
    is_exceeded: bool


class _Window:
    """The present minute; `is_new` is true once after it changed."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._number = -1
        self.reset_s = 0

    def is_new(self) -> bool:
        now = self._clock()
        number = int(now // RATE_WINDOW_S)
        self.reset_s = max(1, ceil((number + 1) * RATE_WINDOW_S - now))
        if number == self._number:
            return False
        self._number = number
        return True


class KeyLimits:
    """Counts the requests of each key."""

    def __init__(self, default_limit: int, clock: Clock) -> None:
        self._default_limit = default_limit
        self._window = _Window(clock)
        self._counts: dict[int, int] = {}

    def spend(self, key_id: int, own_limit: int | None) -> Allowance:
        """Count one request; those over the limit are not counted."""
        if self._window.is_new():
            self._counts.clear()
        limit = self._default_limit if own_limit is None else own_limit
        count = self._counts.get(key_id, 0)
        if count >= limit:
            return Allowance(limit, 0, self._window.reset_s, True)
        self._counts[key_id] = count + 1
        return Allowance(limit, limit - count - 1, self._window.reset_s, False)


class BadKeyLimits:
    """Counts the refused keys of each address, so that guessing is slowed and the log of it stays short."""

    def __init__(self, clock: Clock) -> None:
        self._window = _Window(clock)
        self._counts: OrderedDict[str, int] = OrderedDict()  # longest unseen first

    def count(self, address: str) -> int | None:
        """Count a refused key; the seconds to wait when that is one too many, else None."""
        if self._window.is_new():
            self._counts.clear()
        network = _network(address)
        count = self._counts.pop(network, 0)
        self._counts[network] = min(count + 1, BAD_KEY_LIMIT + 1)
        if len(self._counts) > MAX_TRACKED_ADDRESSES:
            self._counts.popitem(last=False)
        return self._window.reset_s if count >= BAD_KEY_LIMIT else None


def _network(address: str) -> str:
    """What one subscriber has: an IPv4 address, or the /64 of an IPv6 one, which holds more addresses than we count."""
    if ":" not in address:
        return address
    parsed = ip_address(address)
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return parsed.packed[:8].hex()
