"""Every single cell that import refuses, and the very words in which it does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nexshift.storage.importing import import_paths
from tests.importing.workbench import GOOD, Workbench

TOO_LONG = "x" * 10_001
NOT_A_TIME = "is not a date-time such as 2026-03-26T08:00:00"
STATUSES = "reported under_investigation corrective_actions_open closed"
RUN_START = "2026-03-26T00:21:16Z"

REFUSED = [
    # texts
    ("sites", {"name": TOO_LONG}, f'name: "{"x" * 60}…" has 10,001 characters; at most 10,000 are allowed'),
    ("sites", {"name": "a\0b"}, "name: has a NUL character in it"),
    ("sites", {"name": ""}, "name: is required"),
    ("sites", {"name": "   "}, "name: is required"),
    # numbers
    ("runs", {"units_produced": ""}, "units_produced: is required"),
    ("runs", {"units_produced": "-1"}, 'units_produced: "-1" is negative'),
    ("runs", {"units_produced": "1,5"}, 'units_produced: "1,5" is not a number; use a point for decimals'),
    (
        "runs",
        {"units_produced": "1.234,5"},
        'units_produced: "1.234,5" is not a number; write 1234.5, without thousands separators and with a point for'
        " decimals",
    ),
    (
        "runs",
        {"units_produced": "1_000"},
        'units_produced: "1_000" is not a number; write 1000, without thousands separators',
    ),
    ("runs", {"units_produced": "0x10"}, 'units_produced: "0x10" is not a number'),
    ("runs", {"units_produced": "nan"}, 'units_produced: "nan" is not a number'),
    ("runs", {"units_produced": "inf"}, 'units_produced: "inf" is not a number'),
    ("runs", {"units_produced": "-Infinity"}, 'units_produced: "-Infinity" is not a number'),
    ("runs", {"units_produced": "."}, 'units_produced: "." is not a number'),
    ("runs", {"units_produced": "١٢"}, 'units_produced: "١٢" is not a number; write 12, in the digits 0 to 9'),
    (
        "runs",
        {"units_produced": "1e999"},
        'units_produced: "1e999" is larger than 9007199254740992, the largest number that is kept exactly',
    ),
    (
        "runs",
        {"units_produced": "9007199254740993"},
        'units_produced: "9007199254740993" is larger than 9007199254740992, the largest number that is kept exactly',
    ),
    ("runs", {"target_quantity": "-0.5"}, 'target_quantity: "-0.5" is negative'),
    ("runs", {"setup_duration_seconds": "-1"}, 'setup_duration_seconds: "-1" is negative'),
    ("scrap", {"units": "-1"}, 'units: "-1" is negative'),
    ("batches", {"total_qty": "-1"}, 'total_qty: "-1" is negative'),
    ("ingredients", {"qty_used": "-1"}, 'qty_used: "-1" is negative'),
    ("material_logs", {"qty_used": "-1"}, 'qty_used: "-1" is negative'),
    ("standards", {"ideal_cycle_seconds": "0"}, 'ideal_cycle_seconds: "0" must be greater than 0'),
    ("standards", {"ideal_cycle_seconds": "1e-999"}, 'ideal_cycle_seconds: "1e-999" must be greater than 0'),
    # booleans and words
    (
        "quality_checks",
        {"passed": "maybe"},
        'passed: "maybe" is neither true nor false (true false yes no 1 0 pass fail)',
    ),
    ("quality_checks", {"passed": ""}, "passed: is required"),
    ("runs", {"status": "done"}, 'status: "done" is not one of completed running'),
    ("runs", {"status": "complete"}, 'status: "complete" is not one of completed running; did you mean "completed"?'),
    ("incidents", {"status": "open"}, f'status: "open" is not one of {STATUSES}'),
    # instants
    ("runs", {"started_at": "yesterday"}, f'started_at: "yesterday" {NOT_A_TIME}'),
    ("runs", {"started_at": "26/03/2026 08:00"}, f'started_at: "26/03/2026 08:00" {NOT_A_TIME}'),
    (
        "runs",
        {"started_at": "2026-13-01T00:00:00Z"},
        'started_at: "2026-13-01T00:00:00Z" is not a date-time: month must be 01 to 12',
    ),
    (
        "runs",
        {"started_at": "2026-03-26"},
        'started_at: "2026-03-26" has no time of day; write it as 2026-03-26T08:00:00',
    ),
    # ends
    (
        "runs",
        {"ended_at": "2026-03-27T07:59:59Z"},
        "ended_at: 2026-03-27T07:59:59Z is before started_at, 2026-03-27T08:00:00Z",
    ),
    (
        "downtime",
        {"ended_at": "2026-03-26T00:59:59Z"},
        "ended_at: 2026-03-26T00:59:59Z is before started_at, 2026-03-26T01:00:00Z",
    ),
    (
        "maintenance",
        {"ended_at": "2026-03-26T00:59:59Z"},
        "ended_at: 2026-03-26T00:59:59Z is before started_at, 2026-03-26T01:00:00Z",
    ),
    # the status of a run
    ("runs", {"ended_at": ""}, "ended_at: is required, because the status is completed"),
    ("runs", {"status": "running"}, "status: cannot be running, because the run has an ended_at"),
    (
        "runs",
        {"machine": "Auto 1", "ended_at": "", "status": ""},
        'ended_at: is required: machine "Auto 1" already has an open run, started at 2026-03-26T00:00:00Z',
    ),
    # names
    (
        "runs",
        {"machine": "Auto 33"},
        'machine: there is no machine "Auto 33" at site "Brisbane"; did you mean "Auto 3"?',
    ),
    ("runs", {"machine": "Xylophone", "site": ""}, 'machine: there is no machine "Xylophone"'),
    ("runs", {"machine": "auto 3", "site": None}, 'machine: there is no machine "auto 3"; did you mean "Auto 3"?'),
    (
        "runs",
        {"machine": "Shared", "site": None},
        'machine: "Shared" is there at "Brisbane" and at "Perth"; say which in the column site',
    ),
    (
        "runs",
        {"site": "Perth"},
        'machine: there is no machine "Auto 3" at site "Perth"; there is one at "Brisbane"',
    ),
    ("runs", {"site": "Brisbin"}, 'site: there is no site "Brisbin"; did you mean "Brisbane"?'),
    ("runs", {"product_sku": "P-11"}, 'product_sku: there is no product "P-11"; did you mean "P-1"?'),
    ("machines", {"site": "Brisban"}, 'site: there is no site "Brisban"; did you mean "Brisbane"?'),
    ("assets", {"site": ""}, "site: is required"),
    ("standards", {"machine": ""}, "machine: is required"),
    (
        "maintenance",
        {"asset_number": "A-2", "site": None},
        'asset_number: "A-2" is there at "Brisbane" and at "Perth"; say which in the column site',
    ),
    (
        "maintenance",
        {"asset_number": "A-7"},
        'asset_number: there is no asset "A-7" at site "Brisbane"; did you mean "A-2"?',
    ),
    ("ingredients", {"material_code": "M-2"}, 'material_code: there is no material "M-2"; did you mean "M-1"?'),
    ("batches", {"recipe_code": "R-2"}, 'recipe_code: there is no recipe "R-2"; did you mean "R-1"?'),
    (
        "batches",
        {"recipe_version": "2"},
        'recipe_version: recipe "R-1" has no version 2; it has 9, 10',
    ),
    ("material_logs", {"recipe_code": ""}, "recipe_code: is required beside recipe_version"),
    *[
        (
            entity,
            {column: cell},
            f'{column}: "{cell}" is not a whole number from 0 to 9007199254740992, such as 1, 2 or 10',
        )
        for cell in ("1.10", "1.0", "A", "v1", "-1", "+1", "1e3", "1_0", "1 0", "１", "²", "9007199254740993", "9" * 40)
        for entity, column in (
            ("recipes", "version"),
            ("batches", "recipe_version"),
            ("material_logs", "recipe_version"),
        )
    ],
    # runs and batches that rows belong to
    (
        "scrap",
        {"run_started_at": "2026-03-26T00:21:17Z"},
        'run_started_at: there is no run of machine "Auto 3" started at 2026-03-26T00:21:17Z;'
        " the one before started at 2026-03-26T00:21:16Z",
    ),
    (
        "scrap",
        {"run_started_at": ""},
        "run_started_at: is required: a run is given by machine and run_started_at, or by run_id",
    ),
    ("scrap", {"machine": ""}, "machine: is required beside run_started_at"),
    ("scrap", {"machine": "Auto 4"}, 'machine: there is no machine "Auto 4"; did you mean "Auto 3"?'),
    ("scrap", {"run_id": "7"}, 'run_id: "7" is not an id such as 0190c2f4-8f2e-7cc3-98c4-dc0c0c07398f'),
    (
        "scrap",
        {"run_id": "0190c2f4-8f2e-7cc3-98c4-dc0c0c07398f"},
        'run_id: there is no run with the id "0190c2f4-8f2e-7cc3-98c4-dc0c0c07398f"',
    ),
    (
        "ingredients",
        {"batch_number": ""},
        "batch_number: is required: a batch is given by batch_number, or by batch_id",
    ),
    (
        "ingredients",
        {"batch_number": "B-2", "site": None},
        'batch_number: "B-2" is there at "Brisbane" and at "Perth"; say which in the column site',
    ),
    (
        "ingredients",
        {"batch_number": "B-7", "site": None},
        'batch_number: there is no batch "B-7"; did you mean "B-2"?',
    ),
    # places that contradict each other
    ("quality_checks", {"machine": "", "site": ""}, "site: is required where no machine is given"),
    (
        "quality_checks",
        {"site": "Perth"},
        'machine: there is no machine "Auto 3" at site "Perth"; there is one at "Brisbane"',
    ),
    (
        "material_logs",
        {"site": "Perth", "run_started_at": ""},
        'machine: there is no machine "Auto 3" at site "Perth"; there is one at "Brisbane"',
    ),
    ("material_logs", {"site": ""}, "site: is required"),
    # ids
    ("sites", {"id": "12"}, 'id: "12" is not an id such as 0190c2f4-8f2e-7cc3-98c4-dc0c0c07398f'),
]


@pytest.mark.parametrize(("entity", "changes", "problem"), REFUSED, ids=range(len(REFUSED)))
def test_a_bad_cell_is_refused_in_these_words(
    bench: Workbench, entity: str, changes: dict[str, str | None], problem: str
) -> None:
    before = bench.exact_contents()

    report = bench.load_row(entity, **changes)

    assert bench.problems_of(report) == [f"{entity}.csv:2: {problem}"]
    assert report.summary() == "0 added, 0 updated, 0 unchanged, 1 rejected"
    assert bench.exact_contents() == before


@pytest.mark.parametrize("entity", GOOD)
def test_the_row_without_those_cells_is_accepted(bench: Workbench, entity: str) -> None:
    report = bench.load_row(entity)

    assert bench.problems_of(report) == []
    assert report.summary() == "1 added, 0 updated, 0 unchanged, 0 rejected"


def test_all_problems_of_a_row_are_named_at_once(bench: Workbench) -> None:
    report = bench.load_row("runs", machine="Auto 33", units_produced="many", started_at="soon", product_sku="P-11")

    assert bench.problems_of(report) == [
        f'runs.csv:2: started_at: "soon" {NOT_A_TIME}',
        'runs.csv:2: units_produced: "many" is not a number',
        'runs.csv:2: machine: there is no machine "Auto 33" at site "Brisbane"; did you mean "Auto 3"?',
        'runs.csv:2: product_sku: there is no product "P-11"; did you mean "P-1"?',
    ]
    assert report.rejected == 1


def test_a_local_time_that_the_clocks_skip_is_refused(bench: Workbench) -> None:
    company = replace(bench.company, timezone="Australia/Sydney")
    path = bench.write_rows("runs.csv", {**GOOD["runs"], "running_at": "2026-10-04 02:30"})

    report = import_paths(bench.connection, company, [path])

    assert bench.problems_of(report) == [
        'runs.csv:2: running_at: "2026-10-04 02:30" does not exist in Australia/Sydney: the clocks skip it'
    ]


def test_run_id_and_the_columns_beside_it_must_agree(bench: Workbench) -> None:
    ((run_id,),) = bench.rows("SELECT uuid FROM run WHERE batch_number = 'B-1'")

    other_machine = bench.load_row("scrap", run_id=run_id, machine="Auto 1", run_started_at="")
    other_start = bench.load_row("scrap", run_id=run_id, run_started_at="2026-03-26T00:21:17Z")
    agreeing = bench.load_row("scrap", run_id=run_id.upper())

    assert bench.problems_of(other_machine) == [
        'scrap.csv:2: machine: "Auto 1" is not the machine of the run of this run_id'
    ]
    assert bench.problems_of(other_start) == ["scrap.csv:2: run_started_at: is not when the run of this run_id started"]
    assert agreeing.added == 1


def test_a_log_at_another_machine_than_its_run_is_refused(bench: Workbench) -> None:
    bench.load_row("material_logs")
    log_id = bench.rows("SELECT uuid FROM material_log")[0][0]

    report = bench.load_text("material_logs.csv", f"id,machine\n{log_id},Auto 1\n")

    assert bench.problems_of(report) == [
        'material_logs.csv:2: machine: is not the machine of the run, which is "Auto 3"'
    ]


def test_a_check_cannot_move_to_a_site_without_its_machine(bench: Workbench) -> None:
    bench.load_row("quality_checks")
    ((check_id,),) = bench.rows("SELECT uuid FROM quality_check")

    report = bench.load_text("quality_checks.csv", f"id,site\n{check_id},Perth\n")

    assert bench.problems_of(report) == [
        'quality_checks.csv:2: site: machine "Auto 3" is at "Brisbane", not at "Perth"'
    ]
