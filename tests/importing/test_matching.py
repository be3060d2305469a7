"""Which stored row is meant: ids, natural keys, and two rows that mean the same one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from nexshift.storage.companies import pick_company
from tests.importing.workbench import GOOD, Cells, Workbench

ID = "0190c2f4-8f2e-7cc3-98c4-dc0c0c07398f"
OTHER_ID = "0190c2f4-8f2e-7cc3-98c4-dc0c0c073990"
MANY_OF_A_KEY = ("scrap", "downtime", "quality_checks", "maintenance", "ingredients", "material_logs")
CHANGES = {
    "sites": {"location": "Quay 2"},
    "machines": {"uom": "kegs"},
    "products": {"description": "Bitter"},
    "standards": {"ideal_cycle_seconds": "0.75"},
    "runs": {"units_produced": "101"},
    "scrap": {"units": "21"},
    "downtime": {"ended_at": "2026-03-26T01:21:00Z"},
    "quality_checks": {"passed": "fail"},
    "assets": {"name": "Cooler"},
    "maintenance": {"reason": "Bearing"},
    "incidents": {"status": "closed"},
    "materials": {"name": "Sea salt"},
    "recipes": {"is_formulation": "no"},
    "batches": {"total_qty": "6"},
    "ingredients": {"qty_used": "0.2"},
    "material_logs": {"qty_used": "0.2"},
}
"""One cell of each entity that is no part of what it is recognised by."""


@pytest.mark.parametrize("entity", GOOD)
def test_the_same_row_again_changes_nothing(bench: Workbench, entity: str) -> None:
    bench.load_row(entity)
    before = bench.exact_contents()

    report = bench.load_row(entity)

    assert report.summary() == "0 added, 0 updated, 1 unchanged, 0 rejected"
    assert bench.exact_contents() == before


@pytest.mark.parametrize("entity", CHANGES)
def test_a_changed_cell_updates_the_row_and_keeps_its_id(bench: Workbench, entity: str) -> None:
    bench.load_row(entity)
    before = bench.exact_records()

    report = bench.load_row(entity, **CHANGES[entity])

    assert report.summary() == "0 added, 1 updated, 0 unchanged, 0 rejected"
    after = bench.exact_records()
    changed = 2 if entity == "downtime" else 1  # with a stop, the length of downtime of its run
    assert len(set(before) - set(after)) == len(set(after) - set(before)) == changed


@pytest.mark.parametrize("entity", GOOD)
def test_two_rows_with_one_key_are_refused_naming_both_lines(bench: Workbench, entity: str) -> None:
    path = bench.write_rows(f"{entity}.csv", GOOD[entity], GOOD[entity])

    report = bench.load(path)

    (problem,) = bench.problems_of(report)
    assert problem.startswith(f"{entity}.csv:3: ")
    apart = ", or tell them apart with an id column" if entity in MANY_OF_A_KEY else ""
    assert problem.endswith(f" as {entity}.csv:2; remove one of them{apart}")
    assert report.summary() == "0 added, 0 updated, 0 unchanged, 1 rejected"


def test_two_files_of_a_call_may_not_hold_one_key_either(bench: Workbench) -> None:
    csv = bench.write_rows("sites.csv", GOOD["sites"])
    ndjson = bench.write("sites.ndjson", '{"name": "Darwin"}\n{"name": "Hobart"}\n')

    report = bench.load(csv, ndjson)

    assert bench.problems_of(report) == ["sites.ndjson:2: name: has the same name as sites.csv:2; remove one of them"]


def test_one_id_twice_is_refused_naming_both_lines(bench: Workbench) -> None:
    report = bench.load_text("sites.csv", f"id,name\n{ID},Hobart\n{ID.upper()},Darwin\n")

    assert bench.problems_of(report) == [f'sites.csv:3: id: "{ID}" stands for the same row as sites.csv:2']


def test_an_id_is_stored_in_lower_case_and_matched_in_any(bench: Workbench) -> None:
    bench.load_text("sites.csv", f"id,name\n{ID.upper()},Hobart\n")
    report = bench.load_text("sites.csv", f"id,name\n{ID.upper()},Hobart\n")

    assert report.unchanged == 1
    assert bench.rows("SELECT uuid FROM site WHERE name = 'Hobart'") == [(ID,)]


def test_a_row_with_an_id_is_matched_by_it_alone(bench: Workbench) -> None:
    bench.load_text("sites.csv", f"id,name\n{ID},Hobart\n")

    report = bench.load_text("sites.csv", f"id,name\n{ID},Launceston\n")

    assert report.summary() == "0 added, 1 updated, 0 unchanged, 0 rejected"
    assert bench.rows("SELECT uuid FROM site WHERE name = 'Launceston'") == [(ID,)]
    assert bench.rows("SELECT count(*) FROM site WHERE name = 'Hobart'") == [(0,)]


@pytest.mark.parametrize("entity", [name for name in GOOD if name not in MANY_OF_A_KEY])
def test_a_new_id_cannot_share_the_key_of_a_row_that_is_referred_to_by_name(bench: Workbench, entity: str) -> None:
    bench.load_row(entity)

    report = bench.load_row(entity, id=ID)

    (problem,) = bench.problems_of(report)
    assert "with another id has this" in problem
    assert report.rejected == 1


@pytest.mark.parametrize("entity", MANY_OF_A_KEY)
def test_a_new_id_may_share_the_key_of_others(bench: Workbench, entity: str) -> None:
    bench.load_row(entity)

    assert bench.load_row(entity, id=ID).added == 1
    assert bench.load_row(entity, id=OTHER_ID).added == 1
    assert bench.load_row(entity, id=ID).unchanged == 1


@pytest.mark.parametrize("entity", MANY_OF_A_KEY)
def test_a_row_without_id_that_matches_several_is_refused(bench: Workbench, entity: str) -> None:
    bench.load_row(entity, id=ID)
    bench.load_row(entity, id=OTHER_ID)

    report = bench.load_row(entity)

    (problem,) = bench.problems_of(report)
    assert ": several stored rows have this " in problem
    assert problem.endswith("; say which one is meant in an id column")


def test_an_empty_id_is_no_id(bench: Workbench) -> None:
    bench.load_row("sites")

    report = bench.load_row("sites", id="", location="Quay 3")

    assert report.updated == 1


def test_in_a_key_empty_equals_empty(bench: Workbench) -> None:
    assert bench.load_row("scrap", reason="").added == 1
    assert bench.load_row("scrap", reason="").unchanged == 1
    assert bench.load_row("scrap", reason=None).unchanged == 1
    assert bench.load_row("quality_checks", machine="", template="").added == 1
    assert bench.load_row("quality_checks", machine=None, template=None).unchanged == 1
    assert bench.load_row("material_logs", machine="", run_started_at="").added == 1
    assert bench.load_row("material_logs", machine="", run_started_at="").unchanged == 1


def test_other_reasons_at_one_instant_are_other_scrap_rows(bench: Workbench) -> None:
    bench.load_row("scrap")

    assert bench.load_row("scrap", reason="Torn").added == 1
    assert bench.count("scrap") == 2


def test_rows_move_to_another_key_by_their_id(bench: Workbench) -> None:
    bench.load_row("scrap", id=ID)

    report = bench.load_row("scrap", id=ID, machine="Auto 1", run_started_at="2026-03-26T00:00:00Z", reason="")

    assert report.updated == 1
    assert bench.rows(
        "SELECT machine.name, reason FROM scrap JOIN run ON run.id = run_id JOIN machine ON machine.id = machine_id"
    ) == [("Auto 1", None)]


def test_a_runs_logs_follow_it_to_another_machine(bench: Workbench) -> None:
    bench.load_row("material_logs")
    ((run_id,),) = bench.rows("SELECT uuid FROM run WHERE batch_number = 'B-1'")

    report = bench.load_text("runs.csv", f"id,machine,site\n{run_id},Shared,Perth\n")

    assert report.updated == 1
    assert bench.rows(
        "SELECT machine.name, site.name FROM material_log JOIN machine ON machine.id = machine_id"
        " JOIN site ON site.id = material_log.site_id"
    ) == [("Shared", "Perth")]


def test_a_machine_that_moves_takes_its_rows_along(bench: Workbench) -> None:
    for entity in ("quality_checks", "material_logs"):
        bench.load_row(entity)
    ((machine_id,),) = bench.rows("SELECT uuid FROM machine WHERE name = 'Auto 3'")

    bench.load_text("machines.csv", f"id,site\n{machine_id},Perth\n")

    for table in ("run", "quality_check", "material_log"):
        assert bench.rows(
            f"SELECT DISTINCT site.name FROM {table} JOIN site ON site.id = {table}.site_id"
            " JOIN machine ON machine.id = machine_id WHERE machine.name = 'Auto 3'"
        ) == [("Perth",)]


def test_names_can_be_passed_on_in_one_call_in_any_order(bench: Workbench) -> None:
    names = {name: uuid for uuid, name in bench.rows("SELECT uuid, name FROM site")}

    report = bench.load_text("sites.csv", f"id,name\n{names['Brisbane']},Perth\n{names['Perth']},Darwin\n")

    assert report.summary() == "0 added, 2 updated, 0 unchanged, 0 rejected"
    assert bench.rows("SELECT name FROM site ORDER BY id") == [("Perth",), ("Darwin",)]


def test_a_name_that_stays_taken_is_refused(bench: Workbench) -> None:
    names = {name: uuid for uuid, name in bench.rows("SELECT uuid, name FROM site")}

    report = bench.load_text("sites.csv", f"id,name\n{names['Brisbane']},Perth\n")

    assert bench.problems_of(report) == ["sites.csv:2: name: another site with another id has this name already"]


@pytest.mark.parametrize("ids", [False, True])
def test_in_the_hour_that_clocks_repeat_the_advice_is_an_offset(bench: Workbench, ids: bool) -> None:
    """Berlin's clocks showed 02:00 twice on 25 October 2026."""
    bench.connection.execute("UPDATE company SET timezone = 'Europe/Berlin'")
    there = replace(bench, company=pick_company(bench.connection, None))
    row = {**GOOD["runs"], "running_at": "", "started_at": "2026-10-25 02:00", "ended_at": "2026-10-25 03:00"}
    path = there.write_rows("runs.csv", {**row, "id": ID if ids else None}, {**row, "id": OTHER_ID if ids else None})

    (problem,) = there.problems_of(there.load(path))

    assert problem.endswith("; if it is of the hour after the clocks were set back, write 2026-10-25T02:00:00+01:00")
    assert "id column" not in problem
    later = there.load(there.write_rows("runs.csv", row, {**row, "started_at": "2026-10-25T02:00:00+01:00"}))
    assert later.added == 2


def write_in_one(bench: Workbench, entity: str, rows: list[Cells]) -> list[Path]:
    return [bench.write_rows(f"{entity}.csv", *rows)]


def write_in_two(bench: Workbench, entity: str, rows: list[Cells]) -> list[Path]:
    files = zip((f"{entity}.csv", f"{entity}.txt"), rows, strict=True)
    return [bench.write_rows(name, {column: cell or None for column, cell in row.items()}) for name, row in files]


def write_objects(bench: Workbench, entity: str, rows: list[Cells]) -> list[Path]:
    objects = [json.dumps({column: cell for column, cell in row.items() if cell}) for row in rows]
    return [bench.write(f"{entity}.ndjson", "\n".join(objects))]


WAYS = (write_in_one, write_in_two, write_objects)
Way = Callable[[Workbench, str, list[Cells]], list[Path]]


@pytest.mark.parametrize("write", WAYS)
@pytest.mark.parametrize("is_turned", [False, True])
def test_a_name_that_an_id_gives_up_is_new_in_any_order(bench: Workbench, write: Way, is_turned: bool) -> None:
    ((uuid,),) = bench.rows("SELECT uuid FROM machine WHERE name = 'Auto 3'")
    rows: list[Cells] = [
        {"id": uuid, "name": "Old 3", "site": "Brisbane"},
        {"id": "", "name": "Auto 3", "site": "Brisbane"},
    ]
    paths = write(bench, "machines", rows[::-1] if is_turned else rows)

    assert bench.load(*paths).summary() == "1 added, 1 updated, 0 unchanged, 0 rejected"
    assert bench.rows("SELECT name FROM machine WHERE uuid = ?", uuid) == [("Old 3",)]
    assert bench.load(*paths).summary() == "0 added, 0 updated, 2 unchanged, 0 rejected"


@pytest.mark.parametrize("write", WAYS)
@pytest.mark.parametrize("is_turned", [False, True])
def test_a_row_with_the_key_of_a_new_id_is_refused_in_any_order(bench: Workbench, write: Way, is_turned: bool) -> None:
    rows: list[Cells] = [{"id": ID, **GOOD["scrap"]}, {"id": "", **GOOD["scrap"]}]
    paths = write(bench, "scrap", rows[::-1] if is_turned else rows)

    report = bench.load(*paths)

    (problem,) = bench.problems_of(report)
    assert ": run: has the same run and timestamp and reason as " in problem


def test_rows_that_had_to_wait_and_are_unchanged_leave_every_number(bench: Workbench) -> None:
    """What an import writes down for itself is no change: clients would read the whole table again."""
    paths = write_objects(bench, "quality_checks", [{**GOOD["quality_checks"], "template": ""}])
    bench.load(*paths)
    before = bench.exact_contents(), bench.rows("SELECT * FROM commit_sequence")

    assert bench.load(*paths).summary() == "0 added, 0 updated, 1 unchanged, 0 rejected"
    assert (bench.exact_contents(), bench.rows("SELECT * FROM commit_sequence")) == before
