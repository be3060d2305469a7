"""A part of the key that a file does not have says nothing; one that was empty may be filled in later."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nexshift.storage.deletion import delete_rows
from nexshift.storage.importing import Report
from tests.importing.workbench import GOOD, Cells, Workbench

ID = "0190c2f4-8f2e-7cc3-98c4-dc0c0c07398f"
OTHER_ID = "0190c2f4-8f2e-7cc3-98c4-dc0c0c073990"
CHANGED = {
    "scrap": {"units": "21"},
    "quality_checks": {"passed": "fail"},
    "ingredients": {"qty_used": "0.2"},
    "material_logs": {"qty_used": "0.2"},
}
LOOSE = (
    ("scrap", "reason", "reason"),
    ("quality_checks", "template", "template_id"),
    ("quality_checks", "machine", "machine_id"),
    ("ingredients", "supplier_batch", "supplier_batch"),
    ("material_logs", "machine", "machine_id"),
)
"""An entity, a column that is an optional part of its key, and the table's column."""
TABLES = {
    "scrap": "scrap",
    "quality_checks": "quality_check",
    "ingredients": "ingredient",
    "material_logs": "material_log",
}
OTHER_VALUE = {"reason": "Torn", "template": "Weight", "machine": "Auto 1", "supplier_batch": "S-2"}


def without(entity: str, column: str) -> dict[str, str | None]:
    """A log's machine is its run's, so both are left out."""
    return dict.fromkeys(("machine", "run_started_at") if entity == "material_logs" else (column,))


def load_row(bench: Workbench, entity: str, **changes: str | None) -> Report:
    if entity == "material_logs":
        changes = {"run_started_at": "", **changes}
    return bench.load_row(entity, **changes)


@pytest.mark.parametrize(("entity", "column", "field"), LOOSE)
def test_an_absent_part_keeps_its_value(bench: Workbench, entity: str, column: str, field: str) -> None:
    bench.load_row(entity)
    ((value,),) = bench.rows(f"SELECT {field} FROM {TABLES[entity]}")
    assert value is not None

    report = bench.load_row(entity, **without(entity, column), **CHANGED[entity])

    assert report.summary() == "0 added, 1 updated, 0 unchanged, 0 rejected"
    assert bench.rows(f"SELECT {field} FROM {TABLES[entity]}") == [(value,)]


@pytest.mark.parametrize(("entity", "column", "field"), LOOSE)
def test_an_absent_part_that_fits_several_is_refused(bench: Workbench, entity: str, column: str, field: str) -> None:
    load_row(bench, entity)
    load_row(bench, entity, **{column: OTHER_VALUE[column]})
    before = bench.exact_contents()

    report = bench.load_row(entity, **without(entity, column), **CHANGED[entity])

    (problem,) = bench.problems_of(report)
    assert ": several stored rows have this " in problem
    assert column not in problem.split(";")[0].split()
    assert problem.endswith(f"; add the column {column}, or say which one is meant in an id column")
    assert bench.exact_contents() == before


@pytest.mark.parametrize(("entity", "column", "field"), LOOSE)
def test_an_absent_part_that_fits_none_makes_a_new_row(bench: Workbench, entity: str, column: str, field: str) -> None:
    assert bench.load_row(entity, **without(entity, column)).added == 1
    assert bench.load_row(entity, **without(entity, column)).unchanged == 1
    assert bench.rows(f"SELECT {field} FROM {TABLES[entity]}") == [(None,)]


@pytest.mark.parametrize(("entity", "column", "field"), LOOSE)
def test_two_rows_that_an_absent_column_makes_the_same_are_refused(
    bench: Workbench, entity: str, column: str, field: str
) -> None:
    row = {**GOOD[entity], **without(entity, column)}

    report = bench.load(bench.write_rows(f"{entity}.csv", row, {**row, **CHANGED[entity]}))

    (problem,) = bench.problems_of(report)
    assert problem.startswith(f"{entity}.csv:3: ")
    assert problem.endswith(f" as {entity}.csv:2; add the column {column}, or tell them apart with an id column")


def test_a_check_without_a_column_of_its_site_or_machine_is_the_one_of_that_time(bench: Workbench) -> None:
    bench.load_row("quality_checks", machine="")

    report = bench.load_row("quality_checks", site=None, machine="", template=None, passed="fail")

    assert report.summary() == "0 added, 1 updated, 0 unchanged, 0 rejected"
    assert bench.load_row("quality_checks", site=None, machine="", checked_at="2026-03-27T01:00:00Z").rejected == 1


def test_without_the_parts_that_are_required_a_row_is_nobodys(bench: Workbench) -> None:
    bench.load_row("scrap")

    report = bench.load_text("scrap.csv", "id,units\n,16\n")

    assert bench.problems_of(report)[0] == (
        "scrap.csv:2: run_started_at: is required for a new row; the file has no such column"
    )


@pytest.mark.parametrize(("entity", "column", "field"), LOOSE)
def test_deletion_means_the_one_row_that_fits(bench: Workbench, entity: str, column: str, field: str) -> None:
    load_row(bench, entity)
    path = bench.write_rows("rows.csv", {**GOOD[entity], **without(entity, column)})

    assert delete_rows(bench.connection, bench.company, entity, path).deleted == 1


@pytest.mark.parametrize(("entity", "column", "field"), LOOSE)
def test_deletion_refuses_what_fits_several(bench: Workbench, entity: str, column: str, field: str) -> None:
    load_row(bench, entity)
    load_row(bench, entity, **{column: ""})
    path = bench.write_rows("rows.csv", {**GOOD[entity], **without(entity, column)})

    deletion = delete_rows(bench.connection, bench.company, entity, path)

    (problem,) = deletion.problems.shown
    assert problem.endswith(f"; add the column {column}, or say which one is meant in an id column")
    assert bench.count(TABLES[entity]) == 2


@pytest.mark.parametrize(("entity", "column", "field"), LOOSE)
def test_a_part_that_is_filled_in_later_is_the_same_row(bench: Workbench, entity: str, column: str, field: str) -> None:
    load_row(bench, entity, **{column: ""})
    before = bench.rows(f"SELECT uuid FROM {TABLES[entity]}")

    report = load_row(bench, entity)

    assert report.summary() == "0 added, 1 updated, 0 unchanged, 0 rejected"
    assert not report.warnings
    assert bench.rows(f"SELECT uuid FROM {TABLES[entity]} WHERE {field} IS NOT NULL") == before
    assert load_row(bench, entity).unchanged == 1


@pytest.mark.parametrize(("entity", "column", "field"), LOOSE)
def test_a_part_that_is_emptied_or_changed_makes_a_new_row_and_a_warning(
    bench: Workbench, entity: str, column: str, field: str
) -> None:
    load_row(bench, entity)

    for value in ("", OTHER_VALUE[column]):
        report = load_row(bench, entity, **{column: value})
        assert report.added == (1 if value == "" else 0), value
        report = load_row(bench, entity, **{column: value})
        assert (report.unchanged, report.warnings.shown) == (1, [])


@pytest.mark.parametrize(("entity", "column", "field"), LOOSE)
def test_the_warning_names_the_old_value(bench: Workbench, entity: str, column: str, field: str) -> None:
    load_row(bench, entity)

    report = load_row(bench, entity, **{column: OTHER_VALUE[column]})

    assert report.added == 1
    (warning,) = report.warnings.shown
    assert f"{entity}.csv:2: {column}: makes this a new " in warning
    assert f'beside the stored one with the {column} "{GOOD[entity][column]}", which stays; ' in warning


def test_a_stored_row_that_the_call_names_as_well_is_no_reason_to_warn(bench: Workbench) -> None:
    bench.load_row("scrap")
    torn = {**GOOD["scrap"], "reason": "Torn"}

    for rows in ((torn, GOOD["scrap"]), (GOOD["scrap"], {**torn, "reason": "Wet"})):
        report = bench.load(bench.write_rows("scrap.csv", *rows))
        assert (report.added, report.unchanged) == (1, 1)
    assert len(report.warnings.shown) == 1  # "Torn" alone is not in the second file


def test_warnings_beyond_the_first_hundred_are_counted(bench: Workbench) -> None:
    rows = [{**GOOD["scrap"], "timestamp": f"2026-03-26T01:{n // 60:02}:{n % 60:02}Z"} for n in range(130)]
    bench.load(bench.write_rows("scrap.csv", *rows))

    report = bench.load(bench.write_rows("scrap.csv", *({**row, "reason": "Torn"} for row in rows)))

    assert (len(report.warnings.shown), report.warnings.unshown) == (100, 30)


def test_an_empty_part_that_several_stored_rows_have_is_filled_in_none(bench: Workbench) -> None:
    bench.load_row("scrap", id=ID, reason="")
    bench.load_row("scrap", id=OTHER_ID, reason="")

    report = bench.load_row("scrap")

    assert report.added == 1
    (warning,) = report.warnings.shown
    assert "beside the stored one without a reason, which stays" in warning


def test_two_empty_parts_are_filled_in_one_after_the_other_or_at_once(bench: Workbench) -> None:
    bench.load_row("quality_checks", machine="", template="")
    assert bench.load_row("quality_checks", template="").updated == 1
    assert bench.load_row("quality_checks").updated == 1

    bench.load_row("quality_checks", machine="", template="", checked_at="2026-03-27T01:00:00Z")
    assert bench.load_row("quality_checks", checked_at="2026-03-27T01:00:00Z").updated == 1
    assert bench.count("quality_check") == 2


def test_a_template_that_is_new_itself_fills_an_empty_part(bench: Workbench) -> None:
    bench.load_row("quality_checks", template="")

    assert bench.load_row("quality_checks", template="Never seen").updated == 1
    assert bench.rows("SELECT name FROM template") == [("Never seen",)]


@pytest.mark.parametrize("backwards", [False, True])
def test_a_file_with_the_empty_and_the_filled_row_has_two_rows(bench: Workbench, backwards: bool) -> None:
    bench.load_row("scrap", reason="", units="15")
    rows = [{**GOOD["scrap"], "reason": "", "units": "10"}, {**GOOD["scrap"], "units": "5"}]

    report = bench.load(bench.write_rows("scrap.csv", *(reversed(rows) if backwards else rows)))

    assert (report.added, report.updated, report.warnings.shown) == (1, 1, [])
    assert bench.rows("SELECT reason, units FROM scrap ORDER BY units") == [("Dented", 5), (None, 10)]


@pytest.mark.parametrize("backwards", [False, True])
def test_a_row_that_was_split_leaves_nothing_of_the_old_one(bench: Workbench, backwards: bool) -> None:
    """Fifteen pieces without a reason became ten and five with one each."""
    bench.load_row("scrap", reason="", units="15")
    rows = [{**GOOD["scrap"], "reason": "Dented", "units": "10"}, {**GOOD["scrap"], "reason": "Torn", "units": "5"}]
    ((old,),) = bench.rows("SELECT uuid FROM scrap")

    bench.load(bench.write_rows("scrap.csv", *(reversed(rows) if backwards else rows)))

    assert bench.rows("SELECT reason, units, uuid = ? FROM scrap ORDER BY reason", old) == [
        ("Dented", 10, 1),
        ("Torn", 5, 0),
    ]


@pytest.mark.parametrize("backwards", [False, True])
def test_json_rows_each_have_their_own_columns(bench: Workbench, backwards: bool) -> None:
    """The row without a reason means the one row of that time, whichever comes first."""
    row = GOOD["scrap"]
    rows = [{**row, "reason": "Torn"}, {name: cell for name, cell in row.items() if name != "reason"}]
    lines = [json.dumps(each) for each in (reversed(rows) if backwards else rows)]

    report = bench.load_text("scrap.ndjson", "\n".join(lines))

    (problem,) = bench.problems_of(report)
    partial, whole = (1, 2) if backwards else (2, 1)
    assert problem == (
        f"scrap.ndjson:{partial}: run: has the same run and timestamp as scrap.ndjson:{whole};"
        " add the column reason, or tell them apart with an id column"
    )


modest = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
REASONS = (None, "", "Dented", "Torn")
TIMES = ("2026-03-26T01:00:00Z", "2026-03-26T02:00:00Z")
SCRAP = st.fixed_dictionaries(
    {"timestamp": st.sampled_from(TIMES), "reason": st.sampled_from(REASONS), "units": st.integers(1, 3).map(str)}
)
CHECKS = st.fixed_dictionaries(
    {
        "checked_at": st.sampled_from(TIMES[:1]),
        "machine": st.sampled_from((None, "", "Auto 1", "Auto 3")),
        "template": st.sampled_from((None, "", "Torque", "Weight")),
        "passed": st.sampled_from(("pass", "fail")),
    }
)
CALLS = st.lists(st.lists(SCRAP, max_size=5), min_size=1, max_size=3)
CHECK_CALLS = st.lists(st.lists(CHECKS, max_size=4), min_size=1, max_size=3)


@contextmanager
def undone(bench: Workbench) -> Iterator[None]:
    """The bench as it was, for the next example."""
    yield
    for table in ("scrap", "quality_check", "template"):
        bench.connection.execute(f"DELETE FROM {table}")


def load_json(bench: Workbench, entity: str, rows: Sequence[dict[str, Any]]) -> Report:
    base = GOOD[entity]
    lines = [json.dumps({name: cell for name, cell in {**base, **row}.items() if cell is not None}) for row in rows]
    return bench.load_text(f"{entity}.ndjson", "\n".join(lines) + "\n")


def check_calls(bench: Workbench, entity: str, calls: Sequence[Sequence[dict[str, Any]]]) -> None:
    for rows in calls:
        before = bench.contents()
        first = load_json(bench, entity, rows)
        after = bench.contents()
        again = load_json(bench, entity, rows)
        if first.rejected:
            assert after == before
        else:
            assert not again.warnings
            assert again.summary() == f"0 added, 0 updated, {len(rows)} unchanged, 0 rejected"
        assert bench.contents() == after


@modest
@given(calls=CALLS)
def test_whatever_was_imported_the_same_rows_again_change_nothing(bench: Workbench, calls: Any) -> None:
    with undone(bench):
        check_calls(bench, "scrap", calls)


@modest
@given(calls=CHECK_CALLS)
def test_whatever_checks_were_imported_the_same_again_change_nothing(bench: Workbench, calls: Any) -> None:
    with undone(bench):
        check_calls(bench, "quality_checks", calls)


@modest
@given(stored=st.lists(SCRAP, max_size=3), rows=st.lists(SCRAP, min_size=2, max_size=4))
def test_the_order_of_rows_makes_no_difference(bench: Workbench, stored: Any, rows: Any) -> None:
    outcomes = set()
    for order in itertools.islice(itertools.permutations(rows), 6):
        with undone(bench):
            load_json(bench, "scrap", stored)
            report = load_json(bench, "scrap", order)
            outcomes.add((report.summary(), repr(bench.contents()["scrap"])))
    assert len(outcomes) == 1


@modest
@given(stored=st.lists(CHECKS, max_size=3), rows=st.lists(CHECKS, min_size=2, max_size=4))
def test_the_order_of_checks_makes_no_difference(bench: Workbench, stored: Any, rows: Any) -> None:
    outcomes = set()
    for order in itertools.islice(itertools.permutations(rows), 6):
        with undone(bench):
            load_json(bench, "quality_checks", stored)
            report = load_json(bench, "quality_checks", order)
            outcomes.add((bool(report.rejected), repr(bench.contents()["quality_check"])))
    assert len(outcomes) == 1


def test_cells_of_the_plant_are_as_the_tests_above_have_them() -> None:
    cells: dict[str, Cells] = {entity: GOOD[entity] for entity, _, _ in LOOSE}
    assert all(cells[entity][column] != OTHER_VALUE[column] for entity, column, _ in LOOSE)
