"""The summary's arithmetic, against the pages of runs; its order; what it leaves out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from nexshift.listings.runs import RUNS
from nexshift.listings.summary import SUMMARY
from nexshift.storage.connection import ReadConnection, open_reader, open_writer, writing
from nexshift.storage.keys import Grant
from tests.asking import all_pages, rows
from tests.plants import MACHINES, SITES, Plant

Row = dict[str, Any]
WINDOWS: list[dict[str, str]] = [
    {},
    {"from": "2026-03-01", "to": "2026-03-01"},
    {"from": "2026-03-02T03:00:00+02:00"},
    {"to": "2026-03-01T09:00:00"},
    {"from": "2026-03-01T05:00:00Z", "to": "2026-03-01T05:59:59Z"},
    {"from": "1900-01-01", "to": "1900-12-31"},
]


def seconds(text: str) -> int:
    return round((datetime.fromisoformat(text) - datetime.fromisoformat("1970-01-01T00:00:00Z")).total_seconds())


def up_seconds(run: Row) -> int:
    """Seconds of the run in which it was not stopped, by asking about every piece between two moments."""
    start, end = seconds(run["started_at"]), seconds(run["ended_at"])
    stops = [
        (seconds(stop["started_at"]), end if stop["ended_at"] is None else seconds(stop["ended_at"]))
        for stop in run["downtime"]
    ]
    moments = sorted({start, end, *(min(max(each, start), end) for stop in stops for each in stop)})
    pieces = pairwise(moments)
    return sum(b - a for a, b in pieces if not any(first <= a and b <= last for first, last in stops))


def percent(part: float, whole: float) -> float | None:
    return None if whole == 0 else math.floor(part / whole * 1000 + 0.5) / 10


def number(value: float) -> float:
    return int(value) if value == int(value) else value


def summed(runs: list[Row]) -> list[Row]:
    """The summary that these runs, newest first, make."""
    by_machine: dict[str, list[Row]] = {}
    for run in runs:
        by_machine.setdefault(run["machine"]["id"], []).append(run)
    made = []
    for machine_id, of in by_machine.items():
        aimed = [run for run in of if run["target_quantity"]]
        units = math.fsum(run["units_produced"] for run in of)
        target = math.fsum(run["target_quantity"] for run in aimed)
        units_with_target = math.fsum(run["units_produced"] for run in aimed)
        busy = sum(seconds(run["ended_at"]) - seconds(run["started_at"]) for run in of)
        machine, site = of[0]["machine"], of[0]["site"]
        made.append(
            {
                "machine_id": machine_id,
                "machine_name": machine["name"],
                "site_id": site["id"],
                "site_name": site["name"],
                "total_runs": len(of),
                "total_units": number(units),
                "total_target": number(target),
                "attainment_pct": percent(units_with_target, target),
                "availability_pct": percent(sum(map(up_seconds, of)), busy),
            }
        )
    return sorted(made, key=lambda row: (row["site_name"], row["machine_name"], row["machine_id"]))


@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_it_is_the_sum_of_the_pages_of_runs(
    reader: ReadConnection, any_grant: Grant, window: Mapping[str, str]
) -> None:
    runs = [run for each in all_pages(reader, RUNS, any_grant, window, [1000]) for run in each]
    assert rows(reader, SUMMARY, any_grant, window) == summed(runs)


def test_it_is_the_sum_for_each_site(reader: ReadConnection, grant: Grant, plant: Plant) -> None:
    for name in SITES:
        sent = {"site_id": plant.site(1, name)["uuid"]}
        summary = rows(reader, SUMMARY, grant, sent)
        assert summary == summed(rows(reader, RUNS, grant, {**sent, "limit": 1000}))
        assert {row["site_name"] for row in summary} == {name}


def test_names_stand_by_code_point(reader: ReadConnection, grant: Grant) -> None:
    found = [(row["site_name"], row["machine_name"]) for row in rows(reader, SUMMARY, grant)]
    sites = ("Brisbane", "a-annex", "Äther", "🏭 Nord")
    machines = ("Auto 3", "auto 3", "Ä1", "ﬀ", "🏭")  # U+0041 U+0061 U+00C4 U+FB00 U+1F3ED
    assert found == [(site, machine) for site in sites for machine in machines]
    assert set(machines) == set(MACHINES)


def test_the_totals_of_all_windows_are_the_total(reader: ReadConnection, grant: Grant) -> None:
    """Days tile: no run is in two, and none is in neither."""
    whole = {
        row["machine_id"]: row["total_runs"] for row in rows(reader, SUMMARY, grant, "from=2026-03-01&to=2026-03-05")
    }
    by_day: dict[str, int] = {}
    for day in range(1, 6):
        for row in rows(reader, SUMMARY, grant, f"from=2026-03-0{day}&to=2026-03-0{day}"):
            by_day[row["machine_id"]] = by_day.get(row["machine_id"], 0) + row["total_runs"]
    assert by_day == whole


@pytest.fixture
def one_machine(own_file: Path, plant: Plant) -> tuple[Path, Row]:
    """A machine without runs, at the site Brisbane."""
    machine = plant.of("machine", 1, {plant.site(1, "Brisbane")["id"]})[0]
    connection = open_writer(own_file)
    with writing(connection):
        connection.execute("DELETE FROM material_log")
        connection.execute("DELETE FROM run WHERE machine_id = ?", (machine["id"],))
    connection.close()
    return own_file, machine


def add_run(path: Path, machine: Row, time: tuple[int, int | None], units: float, target: float | None) -> None:
    start, end = time
    connection = open_writer(path)
    with writing(connection):
        connection.execute(
            "INSERT INTO run (uuid, company_id, site_id, machine_id, product_id, status, started_at, ended_at,"
            " units_produced, target_quantity) VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, ?)",
            (
                f"{start:08x}-0000-4000-8000-000000000000",
                *(machine[name] for name in ("company_id", "site_id", "id")),
                "running" if end is None else "completed",
                *(start, end, units, target),
            ),
        )
    connection.close()


def summary_of(path: Path, grant: Grant, machine: Row) -> list[Row]:
    reader = open_reader(path)
    found = [row for row in rows(reader, SUMMARY, grant) if row["machine_id"] == machine["uuid"]]
    reader.close()
    return found


def test_a_machine_without_a_completed_run_is_left_out(one_machine: tuple[Path, Row], grant: Grant) -> None:
    path, machine = one_machine
    assert summary_of(path, grant, machine) == []
    add_run(path, machine, (1_000, None), 5, 10)
    assert summary_of(path, grant, machine) == []


def test_a_target_of_0_prints_as_0_but_is_no_target(one_machine: tuple[Path, Row], grant: Grant) -> None:
    path, machine = one_machine
    add_run(path, machine, (1_000, 2_000), 50, 0)
    (row,) = summary_of(path, grant, machine)
    assert (row["total_units"], row["total_target"], row["attainment_pct"]) == (50, 0, None)
    add_run(path, machine, (3_000, 4_000), 30, 40)
    (row,) = summary_of(path, grant, machine)
    assert (row["total_units"], row["total_target"], row["attainment_pct"]) == (80, 40, 75.0)  # 30 of 40
    reader = open_reader(path)
    sent = {"machine_id": machine["uuid"]}
    assert [run["target_quantity"] for run in rows(reader, RUNS, grant, sent)] == [40, 0]
    reader.close()


def test_percentages_are_of_the_sums_and_not_means(one_machine: tuple[Path, Row], grant: Grant) -> None:
    path, machine = one_machine
    add_run(path, machine, (0, 9_000), 100, 100)  # 100 %
    add_run(path, machine, (10_000, 11_000), 0, 300)  # 0 %, and down for all of its 1,000 seconds
    connection = open_writer(path)
    with writing(connection):
        connection.execute(
            "INSERT INTO downtime (run_id, started_at, ended_at, uuid) SELECT id, 9000, NULL, uuid FROM run"
            " WHERE machine_id = ? AND started_at = 10000",
            (machine["id"],),
        )
    connection.close()
    (row,) = summary_of(path, grant, machine)
    assert (row["attainment_pct"], row["availability_pct"]) == (25.0, 90.0)  # 100 of 400; 9,000 of 10,000 s


def test_only_runs_of_no_length_have_no_availability(one_machine: tuple[Path, Row], grant: Grant) -> None:
    path, machine = one_machine
    add_run(path, machine, (1_000, 1_000), 5, None)
    (row,) = summary_of(path, grant, machine)
    assert (row["total_runs"], row["attainment_pct"], row["availability_pct"]) == (1, None, None)


def test_attainment_may_be_above_100(one_machine: tuple[Path, Row], grant: Grant) -> None:
    path, machine = one_machine
    add_run(path, machine, (1_000, 2_000), 150, 100)
    (row,) = summary_of(path, grant, machine)
    assert row["attainment_pct"] == 150.0
