"""How many requests may still come this minute?

Fixed windows of a minute, for keys and for addresses that send bad ones.  When a window ends its counts are forgotten,
so memory is bounded by what one minute can bring.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from math import ceil
from typing import NamedTuple

from nexshift.config import BAD_KEY_LIMIT, MAX_TRACKED_ADDRESSES, RATE_WINDOW_S
from nexshift.web.counts import Counts

Clock = Callable[[], float]
"""Seconds from any fixed point, never backwards; `time.monotonic`."""


class Allowance(NamedTuple):
    """What a key may still do in this window, this request included."""

    limit: int
    remaining: int
    reset_s: int
    """Whole seconds to the next window, at least 1."""
    is_exceeded: bool


class _Window(NamedTuple):
    """A minute: its number, and whole seconds to the next one."""

    number: int
    reset_s: int


def _window_at(now: float) -> _Window:
    number = int(now // RATE_WINDOW_S)
    return _Window(number, max(1, ceil((number + 1) * RATE_WINDOW_S - now)))


class KeyLimits:
    """Counts the requests of each key."""

    def __init__(self, default_limit: int, clock: Clock, counts: Counts) -> None:
        self._default_limit = default_limit
        self._clock = clock
        self._counts = counts

    def spend(self, key_id: int, own_limit: int | None) -> Allowance:
        """Count one request; those over the limit are not counted."""
        window, reset_s = _window_at(self._clock())
        limit = self._default_limit if own_limit is None else own_limit
        before = self._counts.add(key_id, window, limit)
        return Allowance(limit, max(0, limit - before - 1), reset_s, before >= limit)


class BadKeyLimits:
    """Counts the refused keys of each address, in this process alone: it slows guessing, it need not be exact."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._window = -1
        self._counts: OrderedDict[str, int] = OrderedDict()  # longest unseen first

    def count(self, address: str) -> int | None:
        """Count a refused key; the seconds to wait when that is one too many, else None."""
        window, reset_s = _window_at(self._clock())
        if window != self._window:
            self._window = window
            self._counts.clear()
        network = _network(address)
        count = self._counts.pop(network, 0)
        self._counts[network] = min(count + 1, BAD_KEY_LIMIT + 1)
        if len(self._counts) > MAX_TRACKED_ADDRESSES:
            self._counts.popitem(last=False)
        return reset_s if count >= BAD_KEY_LIMIT else None


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
