"""What the cells that are accepted mean, what an absent column does, and what an empty cell does."""

from __future__ import annotations

import pytest

from tests.importing.workbench import GOOD, Workbench


def test_text_loses_the_blanks_at_its_ends(bench: Workbench) -> None:
    bench.load_text("sites.csv", 'name,location\n"  Hobart ","\u00a0Quay 1\t"\n')

    assert bench.rows("SELECT name, location FROM site WHERE name = 'Hobart'") == [("Hobart", "Quay 1")]


def test_text_of_ten_thousand_characters_is_kept_whole(bench: Workbench) -> None:
    text = "ü" * 10_000

    assert bench.load_row("sites", location=text).added == 1
    assert bench.rows("SELECT location FROM site WHERE name = 'Hobart'") == [(text,)]


@pytest.mark.parametrize(
    ("cell", "stored"),
    [
        ("0", 0.0),
        ("-0", 0.0),
        ("+7", 7.0),
        ("0.15", 0.15),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("1E-2", 0.01),
        ("007", 7.0),
        ("9007199254740992", 9007199254740992.0),
    ],
)
def test_numbers(bench: Workbench, cell: str, stored: float) -> None:
    bench.load_row("runs", units_produced=cell)

    ((found,),) = bench.rows("SELECT units_produced FROM run WHERE batch_number = 'B-9'")
    assert (found, str(found)) == (stored, str(stored))


@pytest.mark.parametrize(
    ("cell", "stored"),
    [("true", 1), ("YES", 1), ("1", 1), ("Pass", 1), ("false", 0), ("No", 0), ("0", 0), ("FAIL", 0)],
)
def test_booleans(bench: Workbench, cell: str, stored: int) -> None:
    bench.load_row("quality_checks", passed=cell)

    assert bench.rows("SELECT passed FROM quality_check") == [(stored,)]


@pytest.mark.parametrize(
    ("cell", "stored"),
    [
        ("2026-03-27T08:00:00Z", "2026-03-27 08:00:00"),
        ("2026-03-27T08:00:00+10:00", "2026-03-26 22:00:00"),
        ("2026-03-27T08:00:00", "2026-03-26 22:00:00"),  # Brisbane is ten hours ahead
        ("2026-03-27 08:00", "2026-03-26 22:00:00"),
        ("2026-03-27T08:00:00.999Z", "2026-03-27 08:00:00"),
    ],
)
def test_instants(bench: Workbench, cell: str, stored: str) -> None:
    bench.load_row("runs", running_at=cell)

    assert bench.rows("SELECT datetime(running_at, 'unixepoch') FROM run WHERE batch_number = 'B-9'") == [(stored,)]


def test_a_column_that_is_absent_keeps_its_value(bench: Workbench) -> None:
    bench.load_row("runs")

    report = bench.load_text("runs.csv", "machine,started_at,target_quantity\nAuto 3,2026-03-27T08:00:00Z,130\n")

    assert report.updated == 1
    assert bench.rows(
        "SELECT units_produced, target_quantity, status, operator.full_name FROM run"
        " JOIN operator ON operator.id = operator_id WHERE target_quantity = 130"
    ) == [(100.0, 130.0, "completed", "Ann Example")]


OPTIONAL = [
    ("sites", "location", None),
    ("machines", "uom", ""),
    ("products", "description", ""),
    ("runs", "operator", None),
    ("runs", "setup_duration_seconds", 0.0),
    ("runs", "running_at", None),
    ("runs", "target_quantity", None),
    ("runs", "batch_number", None),
    ("downtime", "ended_at", None),
    ("downtime", "category", None),
    ("downtime", "reason", None),
    ("quality_checks", "notes", None),
    ("quality_checks", "logged_by", None),
    ("assets", "category", None),
    ("maintenance", "ended_at", None),
    ("maintenance", "reason", None),
    ("incidents", "location", None),
    ("recipes", "is_formulation", 0),
    ("batches", "notes", None),
    ("material_logs", "supplier_batch", None),
]
TABLE = {"quality_checks": "quality_check", "batches": "batch"}
FIELD = {"operator": "operator_id", "logged_by": "logged_by_id"}


@pytest.mark.parametrize(("entity", "column", "blank"), OPTIONAL)
def test_an_empty_cell_clears_the_value(bench: Workbench, entity: str, column: str, blank: object) -> None:
    bench.load_row(entity)
    table, field = TABLE.get(entity, entity.removesuffix("s")), FIELD.get(column, column)

    report = bench.load_row(entity, **{column: ""})

    assert report.summary() == "0 added, 1 updated, 0 unchanged, 0 rejected"
    newest = "uuid = (SELECT max(uuid) FROM " + table + ")"
    assert bench.rows(f"SELECT {field} FROM {table} WHERE {newest}") == [(blank,)]


@pytest.mark.parametrize(("entity", "column", "blank"), OPTIONAL)
def test_a_new_row_without_the_column_has_the_same_default(
    bench: Workbench, entity: str, column: str, blank: object
) -> None:
    table, field = TABLE.get(entity, entity.removesuffix("s")), FIELD.get(column, column)

    assert bench.load_row(entity, **{column: None}).added == 1

    assert bench.rows(f"SELECT {field} FROM {table} WHERE uuid = (SELECT max(uuid) FROM {table})") == [(blank,)]


def test_a_new_row_needs_the_required_columns(bench: Workbench) -> None:
    report = bench.load_text("runs.csv", "machine,started_at,ended_at\nAuto 3,2026-03-27T08:00:00Z,\n")

    assert bench.problems_of(report) == [
        "runs.csv:2: product_sku: is required for a new row; the file has no such column",
        "runs.csv:2: units_produced: is required for a new row; the file has no such column",
    ]


def test_a_new_batch_was_created_when_it_is_imported_and_keeps_that_time(bench: Workbench) -> None:
    bench.load_row("batches", created_at="")
    ((created_at,),) = bench.rows("SELECT created_at FROM batch WHERE batch_number = 'B-9'")

    ((seconds_ago,),) = bench.rows("SELECT unixepoch() - ?", created_at)
    assert 0 <= seconds_ago < 60
    assert bench.load_row("batches", created_at="").unchanged == 1


def test_the_status_of_a_run_follows_from_its_end(bench: Workbench) -> None:
    bench.load_row("runs", status="", ended_at="")
    assert bench.rows("SELECT status FROM run WHERE batch_number = 'B-9'") == [("running",)]

    assert bench.load_row("runs", status=None).updated == 1
    assert bench.rows("SELECT status FROM run WHERE batch_number = 'B-9'") == [("completed",)]


def test_status_words_are_read_in_any_case(bench: Workbench) -> None:
    assert bench.load_row("runs", status="Completed").added == 1
    assert bench.load_row("incidents", status="CLOSED").added == 1


@pytest.mark.parametrize(
    ("written", "stored"),
    [("1", 1), ("10", 10), ("0", 0), ("007", 7), ("0" * 99 + "3", 3), (str(2**53), 2**53)],
)
def test_the_version_of_a_recipe_is_a_whole_number(bench: Workbench, written: str, stored: int) -> None:
    assert bench.load_row("recipes", code="R-5", version=written).added == 1
    assert bench.load_row("recipes", code="R-5", version=f"0{stored}").unchanged == 1
    assert bench.load_row("batches", recipe_code="R-5", recipe_version=written).added == 1
    assert bench.rows("SELECT version, typeof(version) FROM recipe WHERE code = 'R-5'") == [(stored, "integer")]


def test_two_ways_to_write_one_version_are_one_recipe(bench: Workbench) -> None:
    report = bench.load_text("recipes.csv", "code,name,version\nR-5,Syrup,1\nR-5,Syrup,01\n")
    (problem,) = bench.problems_of(report)
    assert problem.startswith("recipes.csv:3: code: has the same code and version as ")


@pytest.mark.parametrize(
    ("cell", "is_taken"), [("1", True), ('"1"', True), ("1.0", False), ("true", False), ("-0", True)]
)
def test_a_version_from_json_is_a_whole_number_too(bench: Workbench, cell: str, is_taken: bool) -> None:
    report = bench.load_text("recipes.json", f'[{{"code": "R-5", "name": "Syrup", "version": {cell}}}]')
    assert report.added == is_taken
    assert all("is not a whole number from 0 to" in problem for problem in report.problems.shown)
    assert bool(report.problems) == (not is_taken)


def test_without_a_version_the_highest_recipe_is_meant(bench: Workbench) -> None:
    bench.load_row("batches", recipe_version="")
    bench.load_row("material_logs", recipe_version=None)

    for table in ("batch WHERE batch_number = 'B-9'", "material_log"):
        assert bench.rows(f"SELECT version FROM recipe WHERE id IN (SELECT recipe_id FROM {table})") == [(10,)]


def test_a_higher_version_that_comes_later_changes_no_old_row(bench: Workbench) -> None:
    bench.load_row("batches", recipe_version="")
    bench.load_row("material_logs", recipe_version=None)
    bench.load_row("recipes", code="R-1", version="11")
    bench.load_row("recipes", code="R-9")

    assert bench.load_row("batches", recipe_version="").unchanged == 1
    assert bench.load_row("material_logs", recipe_version=None).unchanged == 1
    assert bench.load_row("batches", recipe_version="11").updated == 1
    assert bench.load_row("batches", recipe_code="R-9", recipe_version="").updated == 1


def test_a_logs_machine_comes_from_its_run(bench: Workbench) -> None:
    ((run_id,),) = bench.rows("SELECT uuid FROM run WHERE batch_number = 'B-1'")

    bench.load_row("material_logs", machine="", run_started_at="", run_id=run_id)

    assert bench.rows("SELECT name FROM machine WHERE id = (SELECT machine_id FROM material_log)") == [("Auto 3",)]


def test_a_log_with_a_machine_needs_no_run(bench: Workbench) -> None:
    bench.load_row("material_logs", run_started_at="")

    assert bench.rows("SELECT run_id, machine_id IS NOT NULL FROM material_log") == [(None, 1)]


def test_a_checks_site_is_its_machines(bench: Workbench) -> None:
    bench.load_row("quality_checks", site=None)

    assert bench.rows("SELECT name FROM site WHERE id = (SELECT site_id FROM quality_check)") == [("Brisbane",)]


def test_a_check_may_name_a_site_alone(bench: Workbench) -> None:
    bench.load_row("quality_checks", machine=None, site="Perth")

    assert bench.rows("SELECT machine_id FROM quality_check") == [(None,)]


def test_operators_loggers_and_templates_are_created_as_they_appear(bench: Workbench) -> None:
    bench.load_row("runs", operator="Cy Example")
    bench.load_row("quality_checks", logged_by="Di Example", template="Leak test")

    assert bench.rows("SELECT full_name FROM operator ORDER BY 1") == [
        ("Ann Example",),
        ("Cy Example",),
        ("Di Example",),
    ]
    assert bench.rows("SELECT name FROM template") == [("Leak test",)]


@pytest.mark.parametrize("entity", GOOD)
def test_every_reference_by_id_gives_what_the_names_give(bench: Workbench, entity: str) -> None:
    """Rows written out with their ids and read again are unchanged."""
    bench.load_row(entity)
    table = TABLE.get(entity, entity if entity in ("scrap", "downtime", "maintenance") else entity.removesuffix("s"))
    uuids = [uuid for (uuid,) in bench.rows(f"SELECT uuid FROM {table}")]

    report = bench.load_text(f"{entity}.csv", "id\n" + "".join(f"{uuid}\n" for uuid in uuids))

    assert report.summary() == f"0 added, 0 updated, {len(uuids)} unchanged, 0 rejected"
