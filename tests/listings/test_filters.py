"""Filters and windows keep exactly the rows that Python keeps of the unfiltered set, alone and together."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from nexshift.instants import EARLIEST, LATEST, format_instant
from nexshift.listing import Endpoint, Listing
from nexshift.listings.checks import CHECKS
from nexshift.listings.downtime import DOWNTIME
from nexshift.listings.incidents import INCIDENTS
from nexshift.listings.runs import RUNS
from nexshift.storage.connection import ReadConnection
from nexshift.storage.keys import Grant
from tests.asking import filters_of, rows
from tests.plants import FIRST, SEVERITIES, SLOT, Plant

Row = dict[str, Any]
SEED = 11
STATUSES = ("reported", "under_investigation", "corrective_actions_open", "closed")


def is_kept(row: Row, name: str, value: Any) -> bool:
    """What a filter means, said about a row as it is answered."""
    if name in ("site_id", "machine_id"):
        nested = row.get(name.removesuffix("_id"), {})
        return bool(nested is not None and nested.get("id", row.get(name)) == value)
    return bool(row[name] == value)


def choices(endpoint: Endpoint, plant: Plant) -> dict[str, list[Any]]:
    """Values to try for each filter: all that occur, and some that do not."""
    unknown = "0b9f3a52-6c1e-4d7a-9a3e-5d2f7c8b1e40"
    known: dict[str, list[Any]] = {
        "site_id": [*(site["uuid"] for site in plant.tables["site"]), unknown],
        "machine_id": [*(machine["uuid"] for machine in plant.tables["machine"]), unknown],
        "passed": [True, False],
        "is_open": [True, False],
        "status": list(STATUSES),
        "severity": [*SEVERITIES, "nobody used this", "MINOR", "minor "],
    }
    names = filters_of(endpoint)
    assert set(names) <= set(known), "a filter that this test does not know"
    return {name: known[name] for name in names}


def test_each_filter_keeps_what_python_keeps(
    paged: Endpoint, reader: ReadConnection, grant: Grant, plant: Plant
) -> None:
    unfiltered = rows(reader, paged, grant, "limit=1000")
    for name, values in choices(paged, plant).items():
        kept = 0
        for value in values:
            expected = [row for row in unfiltered if is_kept(row, name, value)]
            assert rows(reader, paged, grant, {name: value, "limit": 1000}) == expected
            kept += len(expected)
        assert kept <= len(unfiltered)
        assert kept == len([row for row in unfiltered if name != "machine_id" or row["machine"]])


def test_filters_and_windows_combine(paged: Endpoint, reader: ReadConnection, any_grant: Grant, plant: Plant) -> None:
    assert isinstance(paged, Listing)
    print(f"seed {SEED}")
    rng = random.Random(SEED)
    unfiltered = rows(reader, paged, any_grant, "limit=1000")
    some = 0
    for _ in range(150):
        filters = {name: rng.choice(values) for name, values in choices(paged, plant).items() if rng.random() < 0.4}
        if any_grant.sites is not None and filters.get("site_id") not in any_grant.sites:
            filters.pop("site_id", None)
        start, stop = sorted(FIRST + SLOT * rng.randint(-2, 52) + rng.choice((0, 1, 1_799)) for _ in range(2))
        window = {"from": format_instant(start)} if rng.random() < 0.7 else {}
        window |= {"to": format_instant(stop)} if rng.random() < 0.7 else {}
        expected = [
            row
            for row in unfiltered
            if all(is_kept(row, name, value) for name, value in filters.items())
            and window.get("from", "") <= row[paged.time] <= window.get("to", "9999-12-31T23:59:59Z")
        ]
        assert rows(reader, paged, any_grant, {**filters, **window, "limit": 1000}) == expected
        some += bool(expected)
    assert some > 40 or any_grant.sites == {}


@pytest.mark.parametrize("offset", ["Z", "+10:00", "-03:30"])
def test_a_window_is_inclusive_at_both_ends(paged: Endpoint, reader: ReadConnection, grant: Grant, offset: str) -> None:
    assert isinstance(paged, Listing)
    unfiltered = rows(reader, paged, grant, "limit=1000")
    instants = sorted({row[paged.time] for row in unfiltered})[3:-3:9]
    for first, last in zip(instants, instants[2:], strict=False):
        sent = {"from": elsewhere(first, offset), "to": elsewhere(last, offset), "limit": 1000}
        expected = [row for row in unfiltered if first <= row[paged.time] <= last]
        assert rows(reader, paged, grant, sent) == expected
        assert {first, last} <= {row[paged.time] for row in expected}


def elsewhere(instant: str, offset: str) -> str:
    """The same instant as clocks at that offset show it."""
    when = datetime.fromisoformat(instant)
    zone = UTC if offset == "Z" else datetime.fromisoformat(f"2000-01-01T00:00:00{offset}").tzinfo
    return when.astimezone(zone).isoformat()[:19] + offset


def test_a_date_is_the_whole_day_in_the_companys_zone(paged: Endpoint, reader: ReadConnection, grant: Grant) -> None:
    """Brisbane is ten hours east all year: 2026-03-02 there is 14:00Z to 14:00Z."""
    assert isinstance(paged, Listing)
    unfiltered = rows(reader, paged, grant, "limit=1000")
    expected = [row for row in unfiltered if "2026-03-01T14:00:00Z" <= row[paged.time] < "2026-03-02T14:00:00Z"]
    assert rows(reader, paged, grant, "from=2026-03-02&to=2026-03-02&limit=1000") == expected
    assert expected


def test_all_of_time_is_everything(paged: Endpoint, reader: ReadConnection, grant: Grant) -> None:
    everything = rows(reader, paged, grant, "limit=1000")
    assert isinstance(paged, Listing)
    times = [row[paged.time] for row in everything]
    assert (times[0], times[-1]) == (format_instant(LATEST), format_instant(EARLIEST))
    assert rows(reader, paged, grant, "from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59Z&limit=1000") == everything
    # In Brisbane the last of them lies in the year 10000.
    assert rows(reader, paged, grant, "from=0001-01-01&to=9999-12-31&limit=1000") == everything[1:]
    assert rows(reader, paged, grant, "from=0001-01-02&to=9999-12-30&limit=1000") == everything[1:-1]
    assert rows(reader, paged, grant, "from=1969-12-31T23:59:59Z&to=1970-01-01T00:00:00Z") == everything[-3:-1]


def test_between_two_seconds_there_is_nothing(paged: Endpoint, reader: ReadConnection, grant: Grant) -> None:
    assert isinstance(paged, Listing)
    at = rows(reader, paged, grant)[10][paged.time][:19]
    assert rows(reader, paged, grant, f"from={at}.2Z&to={at}.8Z") == []
    assert rows(reader, paged, grant, f"from={at}.0Z&to={at}.8Z") != []
    before = (datetime.fromisoformat(at) - timedelta(seconds=1)).isoformat()
    assert rows(reader, paged, grant, f"from={before}.5Z&to={at}.0Z") == rows(
        reader, paged, grant, f"from={at}Z&to={at}Z"
    )


def test_a_severity_that_nobody_used_gives_an_empty_page(reader: ReadConnection, grant: Grant) -> None:
    assert rows(reader, INCIDENTS, grant, {"severity": "catastrophic"}) == []


def test_a_severity_may_hold_any_text(reader: ReadConnection, grant: Grant) -> None:
    assert rows(reader, INCIDENTS, grant, {"severity": "' OR 1=1 --"}) == []
    assert rows(reader, INCIDENTS, grant, {"severity": "minor\0"}) == []
    assert rows(reader, INCIDENTS, grant, {"severity": "high & low"}) != []


def test_each_value_of_a_flag_or_choice_occurs(reader: ReadConnection, grant: Grant) -> None:
    """So that the comparisons above had something to keep and something to leave out."""
    assert {row["passed"] for row in rows(reader, CHECKS, grant)} == {True, False}
    assert {row["is_open"] for row in rows(reader, DOWNTIME, grant)} == {True, False}
    assert {row["status"] for row in rows(reader, INCIDENTS, grant)} == set(STATUSES)


def test_an_open_run_is_not_listed(reader: ReadConnection, grant: Grant, plant: Plant) -> None:
    running = {run["uuid"] for run in plant.of("run", 1) if run["status"] == "running"}
    assert len(running) > 3
    assert running.isdisjoint(row["id"] for row in rows(reader, RUNS, grant))
