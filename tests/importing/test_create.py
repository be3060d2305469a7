"""What --create makes of names that are not there."""

from __future__ import annotations

import pytest

from nexshift.errors import nearest
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


def test_what_was_created_is_said_with_what_it_resembles(bench: Workbench) -> None:
    rows = [
        {**GOOD["runs"], "machine": "auto 3", "product_sku": "p-1", "operator": "Anne Example"},
        {**GOOD["runs"], "machine": "Filler 7", "site": "Hobart", "product_sku": "P-1"},
        {**GOOD["runs"], "machine": "auto 3", "started_at": "2026-03-28T08:00:00Z", "ended_at": "2026-03-28T09:00:00Z"},
    ]
    path = bench.write_rows("runs.csv", *rows)

    trial = bench.load(path, create=True, dry_run=True)
    report = bench.load(path, create=True)

    assert trial.created == report.created
    assert report.created.sentences("created") == [
        'created operator "Anne Example" (resembles "Ann Example")',
        'created machine "auto 3" at site "Brisbane" (resembles "Auto 3")',
        'created product "p-1" (resembles "P-1")',
        'created site "Hobart"',
        'created machine "Filler 7" at site "Hobart"',
    ]
    assert report.created.counts == {"machine": 2, "product": 1, "operator": 1, "site": 1}
    assert bench.load(path, create=True).created.sentences("created") == []


def test_people_and_templates_that_appear_are_said_too(bench: Workbench) -> None:
    report = bench.load_row("quality_checks", logged_by="An Example")

    assert report.created.sentences("created") == [
        'created template "Torque"',
        'created operator "An Example" (resembles "Ann Example")',
    ]


def test_a_created_name_does_not_resemble_another_created_one(bench: Workbench) -> None:
    rows = [
        {
            **GOOD["runs"],
            "operator": f"Zoë {number}",
            "started_at": f"2026-04-0{number}T08:00:00Z",
            "ended_at": "",
            "status": "",
            "running_at": "",
            "machine": machine,
            "site": site,
        }
        for number, (machine, site) in enumerate((("Auto 3", "Brisbane"), ("Shared", "Perth")), 1)
    ]

    report = bench.load(bench.write_rows("runs.csv", *rows))

    assert report.created.sentences("created") == ['created operator "Zoë 1"', 'created operator "Zoë 2"']


def test_a_letter_of_another_alphabet_in_a_created_name_is_named(bench: Workbench) -> None:
    report = bench.load_row("runs", operator="\u0410nn Example")

    assert report.created.sentences("created") == [
        'created operator "\u0410nn Example" (resembles "Ann Example" ("\u0410" is U+0410 and not U+0041))'
    ]


def test_more_names_than_are_shown_are_counted(bench: Workbench) -> None:
    rows = [
        {
            **GOOD["runs"],
            "operator": f"N {number}",
            "product_sku": f"Q-{number // 10}",
            "machine": "Auto 3",
            "started_at": f"2026-04-01T{number // 60:02}:{number % 60:02}:00Z",
            "ended_at": f"2026-04-01T{number // 60:02}:{number % 60:02}:30Z",
            "running_at": "",
            "setup_duration_seconds": "0",
        }
        for number in range(130)
    ]

    sentences = bench.load(bench.write_rows("runs.csv", *rows), create=True).created.sentences("created")

    assert len(sentences) == 21
    assert sentences[-1] == "created 130 operators, 13 products in all"


def test_nothing_is_said_to_be_created_where_nothing_was(bench: Workbench) -> None:
    rows = [{**GOOD["runs"], "operator": "New Person"}, {**GOOD["runs"], "started_at": "never"}]
    path = bench.write_rows("runs.csv", *rows)

    assert bench.load(path).created.sentences("created") == []
    assert bench.load(path, skip_bad=True).created.sentences("created") == ['created operator "New Person"']


@pytest.mark.parametrize(
    ("name", "known", "meant"),
    [
        ("Filler 12", ["Filler 21", "filler 12"], "filler 12"),  # case first, then what changed places
        ("Filler 12", ["Filler 34", "Filler 21"], "Filler 21"),
        ("Filler  1", ["Filler 1", "FILLER 1", "filler 1"], "Filler 1"),  # of these the one that is written most alike
        ("FILLER-1", ["FILLER 1", "Filler 1"], "FILLER 1"),
        ("Filler 1", ["Oven"], None),
    ],
)
def test_the_name_that_is_proposed_is_the_nearest(name: str, known: list[str], meant: str | None) -> None:
    assert nearest(name, known) == nearest(name, known[::-1]) == meant
