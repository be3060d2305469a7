"""OEE of one run in plain Python: the same definition, written without a care for anything but its result."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor


@dataclass(slots=True)
class Oee:
    availability: float | None
    performance: float | None
    quality: float | None
    overall: float | None


def score(
    *,
    started_at: int,
    ended_at: int,
    units: float,
    target: float | None,
    ideal_cycle_s: float | None,
    stops: list[tuple[int, int | None]],
    scrap: float,
) -> Oee:
    """`stops` are ordered by their start; an open one has no end."""
    planned = ended_at - started_at
    running = planned - _union_s(started_at, ended_at, stops)
    if ideal_cycle_s is None and target:
        ideal_cycle_s = planned / target
    a = running / planned if planned > 0 else None
    if running == 0 or units == 0:
        p = 0.0
    else:
        p = None if ideal_cycle_s is None else min(1.0, ideal_cycle_s * units / running)
    q = max(0.0, (units - scrap) / units) if units else None
    return Oee(_percent(a), _percent(p), _percent(q), _percent(_overall(a, p, q)))


def _overall(a: float | None, p: float | None, q: float | None) -> float | None:
    if 0 in (a, p, q):
        return 0.0
    return None if a is None or p is None or q is None else a * p * q


def _union_s(started_at: int, ended_at: int, stops: list[tuple[int, int | None]]) -> int:
    total, reached = 0, started_at
    for begin, end in stops:
        last = ended_at if end is None or end > ended_at else end
        first = max(begin, reached)
        if last > first:
            total += last - first
            reached = last
    return total


def _percent(ratio: float | None) -> float | None:
    return None if ratio is None else floor(ratio * 1000 + 0.5) / 10
