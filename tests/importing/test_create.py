"""What --create makes of names that are not there."""

from __future__ import annotations

import pytest

from tests.importing.workbench import GOOD, Workbench


def load(bench: Workbench, entity: str, **changes: str | None) -> object:
    return bench.load(bench.write_rows(f"{entity}.csv", {**GOOD[entity], **changes}), create=True)


def test_a_run_creates_its_machine_at_its_site_its_site_and_its_product(bench: Workbench) -> None:
    report = load(bench, "runs", machine="Filler 7", site="Hobart", product_sku="P-77")

    assert report.summary() == "1 added, 0 updated, 0 unchanged, 0 rejected"  # type: ignore[attr-defined]
    assert bench.rows(
        "SELECT site.name, location, machine.name, uom, sku, description FROM run"
        " JOIN machine ON machine.id = machine_id JOIN site ON site.id = run.site_id"
        " JOIN product ON product.id = product_id WHERE sku = 'P-77'"
    ) == [("Hobart", None, "Filler 7", "", "P-77", "")]
    assert load(bench, "runs", machine="Filler 7", site="Hobart", product_sku="P-77").unchanged == 1  # type: ignore[attr-defined]


def test_a_machine_is_created_at_the_only_site(empty: Workbench) -> None:
    empty.load(empty.write("sites.csv", "name\nHobart\n"), empty.write("products.csv", "sku\nP-1\n"))

    report = load(empty, "runs", site=None)

    assert empty.problems_of(report) == []  # type: ignore[arg-type]
    assert empty.rows("SELECT machine.name, site.name FROM machine JOIN site ON site.id = site_id") == [
        ("Auto 3", "Hobart")
    ]


@pytest.mark.parametrize("sites", [0, 2])
def test_a_machine_is_not_created_where_the_site_is_unclear(empty: Workbench, sites: int) -> None:
    if sites:
        empty.load(empty.write("sites.csv", "name\nHobart\nDarwin\n"))

    report = load(empty, "runs", site=None)

    why = "there are 2 sites and the row names none" if sites else "there is no site yet"
    assert empty.problems_of(report) == [f'runs.csv:2: machine: machine "Auto 3" cannot be created: {why}']  # type: ignore[arg-type]
    assert empty.count("product") == 0


def test_assets_materials_and_recipes_are_named_after_their_codes(bench: Workbench) -> None:
    load(bench, "maintenance", asset_number="A-77")
    load(bench, "ingredients", material_code="M-77")
    load(bench, "batches", recipe_code="R-77", recipe_version="")
    load(bench, "batches", batch_number="B-8", recipe_code="R-78", recipe_version="3")

    assert bench.rows("SELECT name FROM asset WHERE asset_number = 'A-77'") == [("A-77",)]
    assert bench.rows("SELECT name FROM material WHERE code = 'M-77'") == [("M-77",)]
    assert bench.rows("SELECT code, name, version, is_formulation FROM recipe WHERE code > 'R-2' ORDER BY code") == [
        ("R-77", "R-77", 1, 0),
        ("R-78", "R-78", 3, 0),
    ]


def test_one_name_in_many_rows_is_created_once(bench: Workbench) -> None:
    rows = [{**GOOD["runs"], "machine": "Filler 7", "started_at": f"2026-03-2{day}T08:00:00Z"} for day in (5, 6, 7)]

    report = bench.load(bench.write_rows("runs.csv", *rows), create=True)

    assert report.added == 3
    assert bench.rows("SELECT count(*) FROM machine WHERE name = 'Filler 7'") == [(1,)]


def test_a_site_that_a_check_and_its_machine_share_is_created_once(bench: Workbench) -> None:
    load(bench, "quality_checks", machine="Filler 7", site="Hobart")
    load(bench, "material_logs", machine="Filler 8", site="Darwin", run_started_at="")

    assert bench.rows(
        "SELECT site.name, machine.name FROM machine JOIN site ON site.id = site_id WHERE machine.name LIKE 'Filler%'"
    ) == [("Hobart", "Filler 7"), ("Darwin", "Filler 8")]


@pytest.mark.parametrize(
    ("entity", "changes", "problem"),
    [
        ("scrap", {"machine": "Filler 7"}, 'machine: there is no machine "Filler 7"'),
        (
            "scrap",
            {"run_started_at": "2026-03-20T00:00:00Z"},
            'run_started_at: there is no run of machine "Auto 3" started at 2026-03-20T00:00:00Z',
        ),
        ("downtime", {"machine": "Filler 7"}, 'machine: there is no machine "Filler 7"'),
        ("ingredients", {"batch_number": "X-7"}, 'batch_number: there is no batch "X-7" at site "Brisbane"'),
        (
            "quality_checks",
            {"site": "Perth"},
            'machine: there is no machine "Auto 3" at site "Perth"; there is one at "Brisbane"',
        ),
    ],
)
def test_runs_and_batches_and_machines_elsewhere_are_never_created(
    bench: Workbench, entity: str, changes: dict[str, str], problem: str
) -> None:
    before = bench.exact_contents()

    report = load(bench, entity, **changes)

    assert bench.problems_of(report) == [f"{entity}.csv:2: {problem}"]  # type: ignore[arg-type]
    assert bench.exact_contents() == before


def test_without_create_nothing_is_created(bench: Workbench) -> None:
    assert bench.load_row("runs", product_sku="P-77").rejected == 1
    assert bench.rows("SELECT count(*) FROM product WHERE sku = 'P-77'") == [(0,)]
