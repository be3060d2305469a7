"""OEE of many runs together is made of their sums: by hand for three runs, and for a plant from the runs' own rows."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from nexshift.instants import load_zone
from nexshift.storage.companies import pick_company
from nexshift.storage.connection import ReadConnection, create_database, open_reader, writing
from nexshift.storage.importing import import_paths
from nexshift.storage.keys import Grant
from nexshift.tables import TABLES
from oee_core import percent
from oee_core.reference import availability, overall, quality, uncapped_performance
from tests.tables.reading import rows

BY_NAME = {table.name: table for table in TABLES}
Row = dict[str, Any]

# -- by hand -----------------------------------------------------------------------------------------------------------

# Brisbane is ten hours ahead: the second run starts at 23:30 of the 1st there and ends on the 2nd.
FILES = {
    "sites": "name\nNorth\n",
    "machines": "name,site\nA,North\nB,North\n",
    "products": "sku\nP\n",
    "standards": "machine,product_sku,ideal_cycle_seconds\nA,P,2\n",
    "runs": "machine,product_sku,started_at,ended_at,units_produced,target_quantity\n"
    "A,P,2026-03-01T08:00,2026-03-01T09:00,1000,\n"  # PBT 3600, a stop of 600: AUPT 3000, PRI 2, planned 2000
    "A,P,2026-03-01T23:30,2026-03-02T00:30,500,\n"  # PBT 3600, AUPT 3600, planned 1000
    "B,P,2026-03-02T08:00,2026-03-02T10:00,800,\n",  # no PRI: PBT 7200, AUPT 7200
    "scrap": "machine,run_started_at,units,timestamp\nA,2026-03-01T08:00,30,2026-03-01T08:30\n",
    "downtime": "machine,run_started_at,started_at,ended_at,category,reason\n"
    "A,2026-03-01T08:00,2026-03-01T08:10,2026-03-01T08:20,Unplanned,Jam\n"
    # Beyond the run, and open: neither takes anything from its run; below, the first counts whole and the second not.
    "A,2026-03-01T23:30,2026-03-02T00:30,2026-03-02T00:50,Planned,Cleaning\n"
    "B,2026-03-02T08:00,2026-03-02T10:00,,Unplanned,Jam\n",
}


@pytest.fixture
def small(tmp_path: Path) -> Iterator[ReadConnection]:
    for name, text in FILES.items():
        (tmp_path / f"{name}.csv").write_text(text)
    connection = create_database(tmp_path / "plant.db")
    with writing(connection):
        connection.execute(
            "INSERT INTO company (id, name, timezone, created_at) VALUES (1, 'Acme', 'Australia/Brisbane', 0)"
        )
    report = import_paths(connection, pick_company(connection, None), [tmp_path / f"{name}.csv" for name in FILES])
    assert report.is_written
    connection.close()
    reader = open_reader(tmp_path / "plant.db")
    yield reader
    reader.close()


@pytest.fixture
def own(grant: Grant) -> Grant:
    """Everything of the small plant."""
    return Grant(1, "k", 1, "Acme", load_zone("Australia/Brisbane"), grant.resources, None, None, None)


def measures(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("runs", "oee_availability", "oee_performance", "oee_quality", "oee_overall"))


def test_a_run_belongs_to_the_day_of_its_start_in_the_companys_zone(small: ReadConnection, own: Grant) -> None:
    second, first = rows(small, BY_NAME["production_oee_by_day"], own)
    assert (first["date"], second["date"]) == ("2026-03-01", "2026-03-02")
    # (3000 + 3600) / 7200 = 0.91666…; (2000 + 1000) / 6600 = 0.45454…; (1500 - 30) / 1500 = 0.98; product 0.40833…
    assert measures(first) == (2, 91.7, 45.5, 98.0, 40.8)
    assert (first["planned_busy_time_seconds"], first["downtime_seconds"]) == (7200, 600)
    assert (first["actual_unit_processing_time_seconds"], first["planned_production_time_seconds"]) == (6600, 3000)
    assert (first["units_produced"], first["scrap_units"]) == (1500, 30)
    # No run of the 2nd has a PRI, so there is no performance, and nothing to multiply.
    assert measures(second) == (1, 100.0, None, 100.0, None)
    assert second["planned_production_time_seconds"] is None


def test_weeks_begin_on_monday_and_months_on_the_first(small: ReadConnection, own: Grant) -> None:
    # 2026-03-01 is a Sunday, 2026-03-02 a Monday.
    weeks = rows(small, BY_NAME["production_oee_by_week"], own)
    assert [(row["week_start"], row["runs"]) for row in weeks] == [("2026-03-02", 1), ("2026-02-23", 2)]
    (month,) = rows(small, BY_NAME["production_oee_by_month"], own)
    # 13800 / 14400 = 0.95833…; performance of A's two runs alone; 2270 / 2300 = 0.98695…; product 0.42992…
    assert month["month_start"] == "2026-03-01"
    assert measures(month) == (3, 95.8, 45.5, 98.7, 43.0)


def test_machines_products_and_sites_have_theirs(small: ReadConnection, own: Grant) -> None:
    machines = rows(small, BY_NAME["production_oee_by_machine"], own)
    assert [(row["machine_name"], row["site_name"], *measures(row)[:3]) for row in machines] == [
        ("A", "North", 2, 91.7, 45.5),
        ("B", "North", 1, 100.0, None),
    ]
    for part in ("product", "site"):
        (row,) = rows(small, BY_NAME[f"production_oee_by_{part}"], own)
        assert measures(row) == (3, 95.8, 45.5, 98.7, 43.0)


def test_a_window_takes_the_runs_that_start_in_it(small: ReadConnection, own: Grant) -> None:
    (row,) = rows(small, BY_NAME["production_oee_by_site"], own, {"from": "2026-03-02"})
    assert row["runs"] == 1


def test_ended_stops_count_their_own_minutes_and_open_ones_nothing(small: ReadConnection, own: Grant) -> None:
    found = rows(small, BY_NAME["production_downtime_by_category"], own)
    assert found == [
        {"category": "Planned", "stops": 1, "minutes": 20, "share_pct": 66.7, "cumulative_pct": 66.7},
        {"category": "Unplanned", "stops": 1, "minutes": 10, "share_pct": 33.3, "cumulative_pct": 100.0},
    ]
    assert [row["reason"] for row in rows(small, BY_NAME["production_downtime_by_reason"], own)] == ["Cleaning", "Jam"]


# -- of a plant, from its runs -----------------------------------------------------------------------------------------


def day(row: Row) -> str:
    return str(row["date"])


def week(row: Row) -> str:
    when = date.fromisoformat(row["date"])
    return (when - timedelta(days=when.weekday())).isoformat()


def month(row: Row) -> str:
    return f"{row['date'][:7]}-01"


GROUPS: dict[str, tuple[str, Callable[[Row], Any]]] = {
    "day": ("date", day),
    "week": ("week_start", week),
    "month": ("month_start", month),
    "machine": ("machine_id", lambda row: row["machine_id"]),
    "product": ("product_id", lambda row: row["product_id"]),
    "site": ("site_id", lambda row: row["site_id"]),
}


@pytest.mark.parametrize("part", GROUPS)
def test_every_group_is_made_of_its_runs(reader: ReadConnection, any_grant: Grant, part: str) -> None:
    name, key_of = GROUPS[part]
    groups: dict[Any, list[Row]] = defaultdict(list)
    for run in rows(reader, BY_NAME["production_runs"], any_grant):
        groups[key_of(run)].append(run)
    found = {row[name]: row for row in rows(reader, BY_NAME[f"production_oee_by_{part}"], any_grant)}
    assert found.keys() == groups.keys()
    for key, runs in groups.items():
        assert {column: found[key][column] for column in expected(runs)} == expected(runs)


def expected(runs: list[Row]) -> Row:
    planned_runs = [run for run in runs if run["planned_time_per_unit_seconds"] is not None]
    busy = sum(run["planned_busy_time_seconds"] for run in runs)
    actual = sum(run["actual_unit_processing_time_seconds"] for run in runs)
    units = math.fsum(run["units_produced"] for run in runs)
    scrap = math.fsum(run["scrap_units"] for run in runs)
    planned = math.fsum(run["planned_time_per_unit_seconds"] * run["units_produced"] for run in planned_runs)
    counted = planned_runs or runs
    uncapped = uncapped_performance(
        math.fsum(run["units_produced"] for run in counted),
        sum(run["actual_unit_processing_time_seconds"] for run in counted),
        planned if planned_runs else None,
    )
    a, p, q = availability(busy, actual), None if uncapped is None else min(1.0, uncapped), quality(units, scrap)
    return {
        "runs": len(runs),
        "units_produced": units,
        "planned_busy_time_seconds": busy,
        "downtime_seconds": busy - actual,
        "oee_availability": percent(a),
        "oee_performance": percent(p),
        "oee_quality": percent(q),
        "oee_overall": percent(overall(a, p, q)),
        "oee_performance_uncapped": percent(uncapped),
    }
