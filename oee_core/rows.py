"""Which rows does the core take, and what does it say about the others?

A row is a tuple; its first items count, further ones are ignored, so that a query's rows can be passed as
they are.  Instants are whole seconds since 1970 UTC, quantities finite numbers from 0 to 2^53.  The
reference reads every row through here; the kernel calls in only to name what is wrong with a row it
refused, so both say the same.
"""

from __future__ import annotations

from typing import NamedTuple, NoReturn

Row = tuple[object, ...]

LARGEST_KEY = 2**63 - 1
"""Keys are SQLite's integers."""
LARGEST_INSTANT = 2**52
"""Keeps a run's length, a difference of two instants, exact as a double; the year 9999 ends below 2^38."""
LARGEST_QUANTITY = 2**53
"""Up to here every whole number is exact as a double."""


class Run(NamedTuple):
    """What OEE needs to know of a run; a target of 0 is already None here."""

    key: int
    started_at: int
    ended_at: int
    units: float
    target: float | None
    ideal_cycle_time_s: float | None


class Stop(NamedTuple):
    """One downtime interval; `ended_at` None while it is open."""

    run_key: int
    started_at: int
    ended_at: int | None


class Scrap(NamedTuple):
    """Units of a run that were thrown away."""

    run_key: int
    units: float


class Interval(NamedTuple):
    """A run's beginning and end, where nothing else of it is asked for."""

    key: int
    started_at: int
    ended_at: int


class Member(NamedTuple):
    """A run as a member of a group that is summed; `downtime_s` None where it is not stored."""

    group_key: int
    key: int
    started_at: int
    ended_at: int
    units: float
    target: float | None
    downtime_s: int | None


def read_run(position: int, row: object) -> Run:
    key, started_at, ended_at, units, target, ideal_cycle_time_s = _items("run", position, row, 6)
    return Run(
        _whole("run", position, "run_key", key, LARGEST_KEY),
        _whole("run", position, "started_at", started_at, LARGEST_INSTANT),
        _whole("run", position, "ended_at", ended_at, LARGEST_INSTANT),
        _quantity("run", position, "units", units),
        _target("run", position, target),
        None if ideal_cycle_time_s is None else _quantity("run", position, "ideal_cycle_time_s", ideal_cycle_time_s),
    )


def read_interval(position: int, row: object) -> Interval:
    key, started_at, ended_at = _items("run", position, row, 3)
    return Interval(
        _whole("run", position, "run_key", key, LARGEST_KEY),
        _whole("run", position, "started_at", started_at, LARGEST_INSTANT),
        _whole("run", position, "ended_at", ended_at, LARGEST_INSTANT),
    )


def read_stop(position: int, row: object) -> Stop:
    run_key, started_at, ended_at = _items("stop", position, row, 3)
    return Stop(
        _whole("stop", position, "run_key", run_key, LARGEST_KEY),
        _whole("stop", position, "started_at", started_at, LARGEST_INSTANT),
        None if ended_at is None else _whole("stop", position, "ended_at", ended_at, LARGEST_INSTANT),
    )


def read_scrap(position: int, row: object) -> Scrap:
    run_key, units = _items("scrap", position, row, 2)
    return Scrap(
        _whole("scrap", position, "run_key", run_key, LARGEST_KEY),
        _quantity("scrap", position, "units", units),
    )


def read_member(position: int, row: object) -> Member:
    group_key, key, started_at, ended_at, units, target, downtime_s = _items("run", position, row, 7)
    member = Member(
        _whole("run", position, "group_key", group_key, LARGEST_KEY),
        _whole("run", position, "run_key", key, LARGEST_KEY),
        _whole("run", position, "started_at", started_at, LARGEST_INSTANT),
        _whole("run", position, "ended_at", ended_at, LARGEST_INSTANT),
        _quantity("run", position, "units", units),
        _target("run", position, target),
        None if downtime_s is None else _whole("run", position, "downtime_s", downtime_s, LARGEST_KEY),
    )
    length = max(0, member.ended_at - member.started_at)
    if member.downtime_s is not None and not 0 <= member.downtime_s <= length:
        raise ValueError(f"run {member.key} lasts {length} s, so its downtime_s cannot be {member.downtime_s}")
    return member


def refuse_repeated_run(key: int) -> NoReturn:
    raise ValueError(f"run {key} comes twice in a row")


def refuse_order(what: str, key: int) -> NoReturn:
    raise ValueError(f"a {what} row of run {key} does not come in the order of the runs, or there is no such run")


def refuse_returning_group(key: int) -> NoReturn:
    raise ValueError(f"group {key} comes back: the rows of a group must stand together")


def _items(what: str, position: int, row: object, count: int) -> Row:
    if not isinstance(row, tuple):
        raise TypeError(f"{what} row {position} must be a tuple, not {_shown(row)}")
    if len(row) < count:
        raise ValueError(f"{what} row {position} needs {count} items, but has {len(row)}: {row!r}")
    return row[:count]


def _whole(what: str, position: int, name: str, value: object, largest: int) -> int:
    if type(value) is not int:
        raise TypeError(f"{what} row {position}: {name} must be an int, not {_shown(value)}")
    if not -largest <= value <= largest:
        raise ValueError(f"{what} row {position}: {name} {value} is beyond {largest}")
    return value


def _quantity(what: str, position: int, name: str, value: object) -> float:
    # `type(...) is`, because True is no quantity although it is an int.
    if type(value) is not int and type(value) is not float:
        raise TypeError(f"{what} row {position}: {name} must be an int or a float, not {_shown(value)}")
    if not 0 <= value <= LARGEST_QUANTITY:
        raise ValueError(f"{what} row {position}: {name} {value} is not a quantity from 0 to 2^53")
    return float(value)


def _target(what: str, position: int, value: object) -> float | None:
    return None if value is None else _quantity(what, position, "target", value) or None


def _shown(value: object) -> str:
    return f"{type(value).__name__} ({value!r:.60})"
