"""What is OEE here, exactly?  This is the specification; the compiled kernel must equal it to the last bit.

Terms are those of ISO 22400-2 where it has one.  Seconds and counts come in, ratios from 0 to 1 are
computed in IEEE doubles in the order written, and percentages are rounded once, at the very end.  Sums of
quantities are exact and rounded once as well.  A value that has no meaning is None.  Rows that break a rule of
`oee_core.rows`, or come out of order, are refused by TypeError or ValueError.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from operator import attrgetter
from typing import NamedTuple, TypeVar

from oee_core import rows
from oee_core.rows import Interval, Member, Row, Run, Scrap, Stop

Percentages = tuple[float | None, float | None, float | None, float | None]
"""Availability, performance, quality and overall."""
Child = TypeVar("Child", Stop, Scrap)


def planned_busy_time_s(started_at: int, ended_at: int) -> int:
    """PBT: the run's length.  A run that ends before it starts has none."""
    return max(0, ended_at - started_at)


def downtime_s(started_at: int, ended_at: int, stops: Iterable[Stop]) -> int:
    """Length of the union of the stops, each clipped to the run; an open stop lasts to the run's end."""
    total = 0
    reached = started_at
    for stop in sorted(stops, key=attrgetter("started_at")):
        begin = max(reached, stop.started_at)
        end = ended_at if stop.ended_at is None else min(stop.ended_at, ended_at)
        if end > begin:
            total += end - begin
            reached = end
    return total


def planned_time_per_unit_s(
    planned_busy_time_s: int, target: float | None, ideal_cycle_time_s: float | None
) -> float | None:
    """PRI: the ideal cycle time when one is on record, else what the target allows for each unit."""
    if ideal_cycle_time_s is not None:
        return ideal_cycle_time_s
    return None if target is None else planned_busy_time_s / target


def availability(planned_busy_time_s: int, actual_unit_processing_time_s: int) -> float | None:
    """A.  Setup is not subtracted: it is no loss here, as in the standard's net equipment effectiveness."""
    if planned_busy_time_s <= 0:
        return None
    return actual_unit_processing_time_s / planned_busy_time_s


def performance(
    units: float, actual_unit_processing_time_s: int, planned_time_per_unit_s: float | None
) -> float | None:
    """P: planned against actual time for the units made, at most 1.  Nothing made is 0, whatever the plan."""
    planned = None if planned_time_per_unit_s is None else planned_time_per_unit_s * units
    ratio = uncapped_performance(units, actual_unit_processing_time_s, planned)
    return None if ratio is None else min(1.0, ratio)


def uncapped_performance(
    units: float, actual_unit_processing_time_s: int, planned_time_s: float | None
) -> float | None:
    """P before it is cut off at 1, of one run or of several added up; `planned_time_s` is the sum of PRI * units."""
    if actual_unit_processing_time_s == 0 or units == 0:
        return 0.0
    return None if planned_time_s is None else planned_time_s / actual_unit_processing_time_s


def quality(units: float, scrap: float) -> float | None:
    """Q: the share of good units; more scrap than units is still 0."""
    if units == 0:
        return None
    return max(0.0, (units - scrap) / units)


def overall(a: float | None, p: float | None, q: float | None) -> float | None:
    """The product; a factor of 0 decides even where another is unknown."""
    if a == 0 or p == 0 or q == 0:
        return 0.0
    if a is None or p is None or q is None:
        return None
    return a * p * q


def percent(ratio: float | None) -> float | None:
    """A ratio as a percentage with one decimal, halves upwards: 0.8336 is 83.4.  None stays None.

    So does what is beyond every number: a quotient of a huge count and a tiny target may be infinite.
    """
    if ratio is None:
        return None
    thousandths = ratio * 1000 + 0.5
    return math.floor(thousandths) / 10 if math.isfinite(thousandths) else None


def exact_sum(quantities: Iterable[float]) -> float:
    """Rounded once, so that no order of the quantities shows; infinite where it is beyond the largest double."""
    try:
        return math.fsum(quantities)
    except OverflowError:
        return math.inf


class Sums(NamedTuple):
    """A group of runs added up.  Ratios are made of the sums, never a mean of ratios."""

    group_key: int
    runs: int
    units: float
    target: float
    """Sum over the runs that have a target."""
    units_with_target: float
    """Units of the runs that have a target."""
    planned_busy_time_s: int
    actual_unit_processing_time_s: int

    @property
    def availability(self) -> float | None:
        return availability(self.planned_busy_time_s, self.actual_unit_processing_time_s)

    @property
    def attainment(self) -> float | None:
        """May be above 1.  None when no run has a target."""
        return None if self.target == 0 else self.units_with_target / self.target


def score_runs(runs: Sequence[Row], stops: Sequence[Row], scrap: Sequence[Row]) -> list[Percentages]:
    """Percentages of each run, in the order of `runs`.

    Rows begin `runs`: run_key, started_at, ended_at, units, target?, ideal_cycle_time_s?;
    `stops`: run_key, started_at, ended_at?; `scrap`: run_key, units.  Stops and scrap stand grouped by run in
    the order of `runs`; inside a run both may stand in any order.
    """
    scored = _distinct([rows.read_run(position, row) for position, row in enumerate(runs)])
    keys = [run.key for run in scored]
    stops_of = _by_run(keys, "stop", rows.read_stop, stops)
    scrap_of = _by_run(keys, "scrap", rows.read_scrap, scrap)
    return [_score(*each) for each in zip(scored, stops_of, scrap_of, strict=True)]


def _score(run: Run, stops: list[Stop], scrap: list[Scrap]) -> Percentages:
    pbt = planned_busy_time_s(run.started_at, run.ended_at)
    aupt = pbt - downtime_s(run.started_at, run.ended_at, stops)
    pri = planned_time_per_unit_s(pbt, run.target, run.ideal_cycle_time_s)
    scrapped = exact_sum(piece.units for piece in scrap)
    a = availability(pbt, aupt)
    p = performance(run.units, aupt, pri)
    q = quality(run.units, scrapped)
    return percent(a), percent(p), percent(q), percent(overall(a, p, q))


def downtime_seconds(runs: Sequence[Row], stops: Sequence[Row]) -> list[int]:
    """Downtime of each run, in the order of `runs`.

    Rows as for `score_runs`; of a run only the first three items are needed.
    """
    intervals = _distinct([rows.read_interval(position, row) for position, row in enumerate(runs)])
    stops_of = _by_run([run.key for run in intervals], "stop", rows.read_stop, stops)
    return [downtime_s(run.started_at, run.ended_at, of) for run, of in zip(intervals, stops_of, strict=True)]


def sum_runs(members: Sequence[Row], stops: Sequence[Row] = ()) -> list[Sums]:
    """Each group of runs added up, in the order of the groups.

    Rows begin `members`: group_key, run_key, started_at, ended_at, units, target?, downtime_s?;
    `stops` as for `score_runs`.  A stored downtime_s is used as it is, None is computed from the stops.
    """
    summed = _distinct([rows.read_member(position, row) for position, row in enumerate(members)])
    stops_of = _by_run([run.key for run in summed], "stop", rows.read_stop, stops)
    groups: dict[int, list[tuple[Member, list[Stop]]]] = {}
    last = None
    for run, of in zip(summed, stops_of, strict=True):
        if run.group_key != last and run.group_key in groups:
            rows.refuse_returning_group(run.group_key)
        last = run.group_key
        groups.setdefault(last, []).append((run, of))
    return [_sum(key, group) for key, group in groups.items()]


def _sum(group_key: int, group: list[tuple[Member, list[Stop]]]) -> Sums:
    aimed = [(run.units, run.target) for run, _ in group if run.target is not None]
    busy = [planned_busy_time_s(run.started_at, run.ended_at) for run, _ in group]
    down = [
        downtime_s(run.started_at, run.ended_at, stops) if run.downtime_s is None else run.downtime_s
        for run, stops in group
    ]
    return Sums(
        group_key,
        len(group),
        exact_sum(run.units for run, _ in group),
        exact_sum(target for _, target in aimed),
        exact_sum(units for units, _ in aimed),
        sum(busy),
        sum(busy) - sum(down),
    )


AnyRun = TypeVar("AnyRun", Run, Interval, Member)


def _distinct(runs: list[AnyRun]) -> list[AnyRun]:
    """Catches the join that multiplies runs; a key that returns later is not looked for."""
    for before, run in pairwise(runs):
        if run.key == before.key:
            rows.refuse_repeated_run(run.key)
    return runs


def _by_run(
    keys: list[int], what: str, read: Callable[[int, object], Child], children: Iterable[Row]
) -> list[list[Child]]:
    """The children of each run, by one pass over both lists; a child out of order is refused."""
    found: list[list[Child]] = [[] for _ in keys]
    at = 0
    for position, row in enumerate(children):
        child = read(position, row)
        while at < len(keys) and keys[at] != child.run_key:
            at += 1
        if at == len(keys):
            rows.refuse_order(what, child.run_key)
        found[at].append(child)
    return found
