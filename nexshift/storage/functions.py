"""Which functions can the SQL of flat tables use that SQLite does not have?

`local_day(instant, zone)`  the day (from 1970-01-01) on which an instant falls in a time zone, as windows count days
`availability_pct(PBT, AUPT)`, `performance_pct(units, AUPT, planned)`, `quality_pct(units, scrap)`,
`performance_uncapped_pct(units, AUPT, planned)`, `overall_pct(PBT, AUPT, units, AUPT, planned, units, scrap)`
    percentages of a run, or of runs added up; seconds and units, `planned` is PRI times units or NULL
`ratio_pct(part, whole)`  any other percentage; NULL when the whole is 0 or NULL
`stopped_seconds(started_at, ended_at, run_started_at, run_ended_at)`  aggregate: length of the union of a run's stops
`lower_text(text)`, `upper_text(text)`  as Unicode has it; SQLite's own know the letters of ASCII alone
`address_text(text)`  in quotes, as a value that may stand in an address
`exact_sum(x)`  aggregate: rounded once, so that the order of rows does not matter
Aggregates of no rows are NULL, as SQLite's own.

OEE itself is `oee_core`'s.  Where rows are stepped in C the functions are too, but for those of texts; both give the
same doubles.
"""

from __future__ import annotations

from typing import Any

from nexshift.instants import DAY, EARLIEST, LATEST, list_day_starts, load_zone
from nexshift.storage._functions import define_functions
from nexshift.storage._sqlite import Statements
from nexshift.storage.addresses import quote_text
from nexshift.storage.library import sqlite3
from oee_core import reference as oee
from oee_core.rows import Stop

Number = int | float


def define(connection: sqlite3.Connection, statements: Statements | None) -> None:
    """Make the functions known to a connection."""
    if statements is not None:
        define_functions(statements)
        return
    for function in (
        lower_text,
        upper_text,
        address_text,
        local_day,
        availability_pct,
        performance_pct,
        performance_uncapped_pct,
        ratio_pct,
        quality_pct,
        overall_pct,
    ):
        count = function.__code__.co_argcount
        connection.create_function(function.__name__, count, function, deterministic=True)
    aggregates: dict[str, tuple[int, Any]] = {
        "stopped_seconds": (4, _StoppedSeconds),
        "exact_sum": (1, _ExactSum),
    }
    for name, (count, aggregate) in aggregates.items():
        connection.create_aggregate(name, count, aggregate)


def lower_text(text: str | None) -> str | None:
    """`pysqlite3` ends a text at a NUL character, which no import stores; the compiled twin does not."""
    return None if text is None else text.lower()


def upper_text(text: str | None) -> str | None:
    return None if text is None else text.upper()


def address_text(text: str | None) -> str | None:
    return None if text is None else quote_text(text)


def local_day(epoch: int | None, zone: str) -> int | None:
    if epoch is None:
        return None
    if not EARLIEST <= epoch <= LATEST:
        raise ValueError(f"{epoch} is no instant of the years 1 to 9999")
    day, following, after = list_day_starts(epoch // DAY, load_zone(zone))
    return min(max(day + (epoch >= following) + (epoch >= after), EARLIEST // DAY), LATEST // DAY)


def availability_pct(busy: int, actual: int) -> float | None:
    return oee.percent(oee.availability(busy, actual))


def performance_pct(units: float, actual: int, planned: float | None) -> float | None:
    return oee.percent(_capped(oee.uncapped_performance(units, actual, planned)))


def performance_uncapped_pct(units: float, actual: int, planned: float | None) -> float | None:
    return oee.percent(oee.uncapped_performance(units, actual, planned))


def ratio_pct(part: float | None, whole: float | None) -> float | None:
    return oee.percent((part or 0.0) / whole) if whole else None


def quality_pct(units: float, scrap: float) -> float | None:
    return oee.percent(oee.quality(units, scrap))


def overall_pct(  # noqa: PLR0917 (an SQL function's arguments have no names)
    busy: int, actual: int, planned_units: float, planned_actual: int, planned: float | None, units: float, scrap: float
) -> float | None:
    performance = _capped(oee.uncapped_performance(planned_units, planned_actual, planned))
    return oee.percent(oee.overall(oee.availability(busy, actual), performance, oee.quality(units, scrap)))


def _capped(ratio: float | None) -> float | None:
    return None if ratio is None else min(1.0, ratio)


class _StoppedSeconds:
    def __init__(self) -> None:
        self._stops: list[tuple[int, int | None]] = []
        self._run = (0, 0)

    def step(self, started_at: int, ended_at: int | None, run_started_at: int, run_ended_at: int) -> None:
        self._stops.append((started_at, ended_at))
        self._run = (run_started_at, run_ended_at)

    def finalize(self) -> int:
        stops = [Stop(0, started_at, ended_at) for started_at, ended_at in self._stops]
        return oee.downtime_s(*self._run, stops)


class _ExactSum:
    def __init__(self) -> None:
        self._values: list[Number] = []

    def step(self, value: Number | None) -> None:
        if value is not None:
            self._values.append(value)

    def finalize(self) -> float | None:
        return oee.exact_sum(self._values) if self._values else None
