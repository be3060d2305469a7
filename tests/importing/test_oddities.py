"""What is accepted and is almost surely a mistake is counted and said."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nexshift.instants import format_instant
from tests.importing.workbench import GOOD, Workbench

MORNING = 1_774_569_600  # 2026-03-27T00:00:00Z, when no machine of the plant has an ended run
Span = tuple[int, int | None]


def load_spans(bench: Workbench, spans: Sequence[Span], machine: str = "Auto 3") -> list[str]:
    """Runs by their minutes; returns what is said of them."""
    rows = [
        {
            "machine": machine,
            "product_sku": "P-1",
            "started_at": format_instant(MORNING + start * 60),
            "ended_at": "" if end is None else format_instant(MORNING + end * 60),
            "units_produced": "1",
        }
        for start, end in spans
    ]
    if not rows:
        return []
    report = bench.load(bench.write_rows("runs.csv", *rows))
    assert bench.problems_of(report) == []
    return report.oddities.sentences()


@pytest.mark.parametrize(
    ("spans", "count"),
    [
        ([(0, 60), (60, 120)], 0),
        ([(0, 60), (59, 120)], 2),
        ([(0, 60), (10, 20)], 2),
        ([(0, 600), (10, 20), (30, 40), (700, 800)], 3),
        ([(0, 60), (60, 60)], 0),
        ([(0, 60), (30, 30)], 2),
        ([(0, None), (60, 120)], 2),
        ([(0, 60), (60, None)], 0),
    ],
)
def test_runs_that_overlap_are_counted_in_any_order(bench: Workbench, spans: list[Span], count: int) -> None:
    random.Random(3).shuffle(spans)

    said = load_spans(bench, spans)

    first = format_instant(MORNING + min(start for start, _ in spans) * 60)
    assert said == ([f"{count} runs overlap others of their machine (first: Auto 3 at {first})"] if count else [])


def test_a_run_that_overlaps_a_stored_one_is_said_and_the_stored_one_is_not_counted(bench: Workbench) -> None:
    load_spans(bench, [(0, 600), (700, 800)])

    assert load_spans(bench, [(500, 550)]) == [
        f"1 run overlaps another of its machine (Auto 3 at {format_instant(MORNING + 500 * 60)})"
    ]
    assert load_spans(bench, [(500, 550)]) == []
    assert load_spans(bench, [(900, 950)]) == []


def test_runs_of_other_machines_do_not_overlap(bench: Workbench) -> None:
    load_spans(bench, [(0, 60)])

    bench.load_text("machines.csv", "name,site\nAuto 9,Brisbane\n")
    assert load_spans(bench, [(0, 60)], machine="Auto 9") == []


@given(spans=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 8)), max_size=12, unique_by=lambda span: span[0]))
@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_overlaps_are_those_of_every_pair(bench: Workbench, spans: list[tuple[int, int]]) -> None:
    runs = [(start, start + length) for start, length in spans]
    half = len(runs) // 2
    bench.connection.execute("DELETE FROM run WHERE started_at >= ?", (MORNING,))
    load_spans(bench, runs[:half])

    said = load_spans(bench, runs[half:])

    count = sum(
        any(other[0] != run[0] and run[0] < other[1] and other[0] < run[1] for other in runs) for run in runs[half:]
    )
    assert [sentence.split()[0] for sentence in said] == ([str(count)] if count else [])


RUN = ("2026-03-26T00:21:16Z", "2026-03-26T02:21:29Z")


@pytest.mark.parametrize(
    ("entity", "changes", "said"),
    [
        ("runs", {"setup_duration_seconds": "7201"}, "1 run is shorter than its setup (runs.csv:2)"),
        ("runs", {"setup_duration_seconds": "7200"}, None),
        ("runs", {"running_at": "2026-03-27T07:59:59Z"}, "1 run has a running_at outside of its time (runs.csv:2)"),
        ("runs", {"running_at": "2026-03-27T10:00:01Z"}, "1 run has a running_at outside of its time (runs.csv:2)"),
        ("runs", {"running_at": "2026-03-27T10:00:00Z"}, None),
        ("scrap", {"timestamp": "2026-03-27T02:21:29Z"}, None),
        ("scrap", {"timestamp": "2026-03-27T02:21:30Z"}, "1 scrap row is over a day away from its run (scrap.csv:2)"),
        ("scrap", {"timestamp": "2025-03-26T01:00:00Z"}, "1 scrap row is over a day away from its run (scrap.csv:2)"),
        ("downtime", {"started_at": "2026-03-26T00:00:00Z", "ended_at": "2026-03-26T00:21:17Z"}, None),
        ("downtime", {"started_at": "2026-03-26T02:21:28Z", "ended_at": ""}, None),
        ("downtime", {"started_at": RUN[0], "ended_at": RUN[0]}, None),
        ("downtime", {"started_at": RUN[1], "ended_at": RUN[1]}, None),
        (
            "downtime",
            {"started_at": "2026-03-26T00:00:00Z", "ended_at": "2026-03-26T00:21:16Z"},
            "1 stop lies wholly outside of its run, where it does not count (downtime.csv:2)",
        ),
        (
            "downtime",
            {"started_at": "2026-03-26T02:21:29Z", "ended_at": ""},
            "1 stop lies wholly outside of its run, where it does not count (downtime.csv:2)",
        ),
        (
            "material_logs",
            {"logged_at": "2026-03-29T00:00:00Z"},
            "1 material log is over a day away from its run (material_logs.csv:2)",
        ),
    ],
)
def test_a_row_that_cannot_be_meant_so_is_said(
    bench: Workbench, entity: str, changes: dict[str, Any], said: str | None
) -> None:
    assert bench.load_row(entity).oddities.sentences() == []

    report = bench.load_row(entity, **changes)

    expected = [] if said is None else [said.replace(f"{entity}.csv", f"{bench.folder}/{entity}.csv")]
    assert report.oddities.sentences() == expected
    assert bench.load_row(entity, **changes).oddities.sentences() == []  # nothing was written


def test_several_are_counted_with_the_first(bench: Workbench) -> None:
    rows = [{**GOOD["scrap"], "timestamp": f"2027-01-0{day}T00:00:00Z"} for day in range(1, 5)]

    report = bench.load(bench.write_rows("scrap.csv", GOOD["scrap"], *rows))

    assert report.oddities.sentences() == [
        f"4 scrap rows are over a day away from their runs (first: {bench.folder}/scrap.csv:3)"
    ]


def test_an_open_run_has_no_end_to_be_away_from(bench: Workbench) -> None:
    report = bench.load_row(
        "scrap", machine="Auto 1", run_started_at="2026-03-26T00:00:00Z", timestamp="2026-05-01T00:00:00Z"
    )

    assert (report.added, report.oddities.sentences()) == (1, [])


MOVES = (
    ("machines", "Auto 3", ("1 run", "1 quality check", "1 material log")),
    ("assets", "A-1", ("1 maintenance row",)),
)


@pytest.mark.parametrize(("entity", "name", "counts"), MOVES)
def test_what_moves_to_another_site_with_its_past_is_said(
    bench: Workbench, entity: str, name: str, counts: tuple[str, ...]
) -> None:
    for past in ("quality_checks", "material_logs", "maintenance"):
        bench.load_row(past)
    table, column = ("machine", "name") if entity == "machines" else ("asset", "asset_number")
    ((uuid,),) = bench.rows(f"SELECT uuid FROM {table} WHERE {column} = ?", name)
    before = bench.exact_contents()
    moved = f"id,{column},site\n{uuid},{name},Perth\n"

    trial = bench.load_text(f"{entity}.csv", moved, dry_run=True)
    assert bench.exact_contents() == before
    report = bench.load_text(f"{entity}.csv", moved)

    assert trial.warnings == report.warnings
    (warning,) = report.warnings.shown
    assert warning == (
        f'{bench.folder}/{entity}.csv:2: site: {table} "{name}" moves from "Brisbane" to "Perth" with its past'
        f' ({", ".join(counts)}), and a row that names it at "Brisbane" is refused from now on; for another {table} of'
        f' that name at "Perth", leave the id empty, and the past stays at "Brisbane"'
    )
    assert bench.load_text(f"{entity}.csv", moved).warnings.shown == []


@pytest.mark.parametrize(("entity", "name", "counts"), MOVES)
def test_the_other_meaning_is_a_row_without_the_id(
    bench: Workbench, entity: str, name: str, counts: tuple[str, ...]
) -> None:
    column, more = ("name", "") if entity == "machines" else ("asset_number", "Compressor")
    header = f"id,{column},site" + (",name" if more else "")

    report = bench.load_text(f"{entity}.csv", f"{header}\n,{name},Perth{',' + more if more else ''}\n")

    assert (report.added, report.warnings.shown) == (1, [])
    sites = bench.rows("SELECT DISTINCT site.name FROM run JOIN site ON site.id = site_id")
    assert sites == [("Brisbane",)]


def test_a_machine_without_a_past_moves_without_a_word(bench: Workbench) -> None:
    ((uuid,),) = bench.rows(
        "SELECT machine.uuid FROM machine JOIN site ON site.id = site_id WHERE machine.name = 'Shared'"
        " AND site.name = 'Perth'"
    )

    report = bench.load_text("machines.csv", f"id,name,site\n{uuid},Mine,Brisbane\n")

    assert (report.updated, report.warnings.shown) == (1, [])
