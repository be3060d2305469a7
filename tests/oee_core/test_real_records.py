"""Five days of a real soda bottling line, whose efficiency by operator is known from its source."""

import csv
import os
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest

from oee_core import percent

FOLDER = os.environ.get("NEXSHIFT_REAL_RECORDS")

pytestmark = pytest.mark.skipif(
    not FOLDER, reason="NEXSHIFT_REAL_RECORDS does not name the folder that holds soda-bottling/"
)


def records(name: str) -> list[dict[str, str]]:
    with (Path(FOLDER or "") / "soda-bottling" / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def seconds(local: str) -> int:
    return int(datetime.fromisoformat(local).replace(tzinfo=UTC).timestamp())


def bottling(*, by_operator: bool) -> tuple[list[str], list[tuple[object, ...]], list[tuple[object, ...]]]:
    """Names of the groups, members and stops; a run's start is its key."""
    runs = records("runs.csv")
    names = sorted({run["operator"] for run in runs}) if by_operator else ["the line"]
    group = {name: number for number, name in enumerate(names)}
    members = [
        (
            group[run["operator"]] if by_operator else 0,
            seconds(run["started_at"]),
            seconds(run["started_at"]),
            seconds(run["ended_at"]),
            int(run["units_produced"]),
            int(run["target_quantity"]),
            None,
        )
        for run in runs
    ]
    members.sort()
    order = {member[1]: place for place, member in enumerate(members)}
    stops = [
        (seconds(stop["run_started_at"]), seconds(stop["started_at"]), seconds(stop["ended_at"]))
        for stop in records("downtime.csv")
    ]
    stops.sort(key=lambda stop: order[stop[0]])
    return names, members, stops


def test_the_line_ran_3858_minutes_and_stood_1388(core: ModuleType) -> None:
    _, members, stops = bottling(by_operator=False)
    [line] = core.sum_runs(members, stops)
    assert (line.runs, line.units, line.target) == (38, 38.0, 38.0)
    assert line.planned_busy_time_s == 3858 * 60
    assert line.actual_unit_processing_time_s == (3858 - 1388) * 60
    assert round(line.availability, 5) == 0.64023
    assert percent(line.availability) == 64.0
    assert percent(line.attainment) == 100.0


def test_the_operators_figures(core: ModuleType) -> None:
    names, members, stops = bottling(by_operator=True)
    figures = {names[sums.group_key]: round(sums.availability, 5) for sums in core.sum_runs(members, stops)}
    # The notes beside the records say 0.66838 for Charlie; 774 of 1158 minutes are 0.668394.
    assert figures == {"Charlie": 0.66839, "Dee": 0.64078, "Dennis": 0.63171, "Mac": 0.60941}


def test_what_the_operators_ran_is_the_minimum_time_of_their_batches(core: ModuleType) -> None:
    """The source knows an operator's efficiency a second way, in which no stop appears."""
    minimum = {row["product_sku"]: int(row["ideal_cycle_seconds"]) for row in records("standards.csv")}
    expected: Counter[str] = Counter()
    for run in records("runs.csv"):
        expected[run["operator"]] += minimum[run["product_sku"]]
    names, members, stops = bottling(by_operator=True)
    ran = {names[sums.group_key]: sums.actual_unit_processing_time_s for sums in core.sum_runs(members, stops)}
    assert ran == expected
    assert expected["Charlie"] == 774 * 60
