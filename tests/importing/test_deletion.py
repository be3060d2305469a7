"""Rows that a file names are deleted with what lies inside of them, all or none."""

from __future__ import annotations

import pytest

from nexshift.errors import Refused
from nexshift.storage.deletion import Deletion, delete_rows
from tests.importing.workbench import GOOD, Workbench

ID = "0190c2f4-8f2e-7cc3-98c4-dc0c0c07398f"
OTHER_ID = "0190c2f4-8f2e-7cc3-98c4-dc0c0c073990"


def delete(bench: Workbench, entity: str, content: str, **options: bool) -> Deletion:
    return delete_rows(bench.connection, bench.company, entity, bench.write("rows.csv", content), **options)


def problems_of(bench: Workbench, deletion: Deletion) -> list[str]:
    return [problem.replace(f"{bench.folder}/", "") for problem in deletion.problems.shown]


@pytest.mark.parametrize("entity", GOOD)
def test_the_file_that_was_imported_deletes_its_rows(bench: Workbench, entity: str) -> None:
    bench.load_text(
        "quality_checks.csv", "checked_at,passed,site,template,logged_by\n2026-03-26 09:00,1,Perth,Torque,Bob Example\n"
    )
    bench.load(bench.write_rows("operators.csv", {"full_name": "Cy Example"}))
    before = bench.exact_records()
    row = {**GOOD[entity], "full_name": "Di Example"} if entity == "operators" else GOOD[entity]
    path = bench.write_rows(f"{entity}.csv", row)
    bench.load(path)

    deletion = delete_rows(bench.connection, bench.company, entity, path)

    assert problems_of(bench, deletion) == []
    assert deletion.deleted == 1
    assert bench.exact_records() == before


def test_rows_are_named_by_id_too(bench: Workbench) -> None:
    bench.load_row("scrap", id=ID)
    bench.load_row("scrap", id=OTHER_ID)

    assert delete(bench, "scrap", f"id\n{ID.upper()}\n").deleted == 1
    assert bench.rows("SELECT uuid FROM scrap") == [(OTHER_ID,)]


def test_a_dry_run_counts_and_deletes_nothing(bench: Workbench) -> None:
    before = bench.exact_contents()

    assert delete(bench, "operators", "full_name\nAnn Example\n", dry_run=True).deleted == 1
    assert bench.exact_contents() == before


def test_what_lies_inside_of_a_row_goes_with_it(bench: Workbench) -> None:
    for entity in ("scrap", "downtime", "maintenance", "ingredients", "standards"):
        bench.load_row(entity)

    assert delete(bench, "runs", "machine,started_at\nAuto 3,2026-03-26T00:21:16Z\n").deleted == 1
    assert delete(bench, "assets", "asset_number,site\nA-1,Brisbane\n").deleted == 1
    assert delete(bench, "batches", "batch_number,site\nB-1,Brisbane\n").deleted == 1
    assert delete(bench, "machines", "name,site\nAuto 3,Brisbane\n").deleted == 1

    for table in ("scrap", "downtime", "maintenance", "ingredient", "standard"):
        assert bench.count(table) == 0


def test_a_row_that_others_refer_to_is_refused_and_they_are_counted(bench: Workbench) -> None:
    for entity in ("quality_checks", "material_logs"):
        bench.load_row(entity)
    before = bench.exact_contents()

    machine = delete(bench, "machines", "name,site\nShared,Perth\nAuto 3,Brisbane\n")
    run = delete(bench, "runs", "machine,started_at\nAuto 3,2026-03-26T00:21:16Z\n")

    assert problems_of(bench, machine) == [
        "rows.csv:3: name: other rows refer to this machine: runs (1), quality_checks (1), material_logs (1);"
        " delete those first"
    ]
    assert problems_of(bench, run) == [
        "rows.csv:2: started_at: other rows refer to this run: material_logs (1); delete those first"
    ]
    assert (machine.deleted, run.deleted) == (0, 0)
    assert bench.exact_contents() == before


@pytest.mark.parametrize(
    ("entity", "content", "problem"),
    [
        ("sites", "name\nHobart\n", "rows.csv:2: name: there is no site with this name"),
        ("sites", f"id\n{ID}\n", f'rows.csv:2: id: there is no site with the id "{ID}"'),
        ("sites", "id\nseven\n", f'rows.csv:2: id: "seven" is not an id such as {ID}'),
        ("sites", "location,name\n\nx, \n", "rows.csv:3: name: is required"),
        (
            "machines",
            "name,site\nAuto 3,Brisban\n",
            'rows.csv:2: site: there is no site "Brisban"; did you mean "Brisbane"?',
        ),
        (
            "runs",
            "machine,started_at\nAuto 3,2026-03-26T00:21:17Z\n",
            "rows.csv:2: machine: there is no run with this machine and started_at",
        ),
        (
            "runs",
            "machine\nAuto 3\n",
            "rows.csv:2: started_at: is missing; runs are recognised by machine, started_at (or by an id column)",
        ),
        ("sites", "nam\nPerth\n", 'rows.csv:2: nam: sites have no such column; did you mean "name"?'),
    ],
)
def test_a_row_that_cannot_be_found_is_refused(bench: Workbench, entity: str, content: str, problem: str) -> None:
    before = bench.exact_contents()

    deletion = delete(bench, entity, content)

    assert problems_of(bench, deletion)[0] == problem
    assert deletion.deleted == 0
    assert bench.exact_contents() == before


def test_one_bad_row_keeps_all(bench: Workbench) -> None:
    bench.load(bench.write("sites.csv", "name\nHobart\n"))

    assert delete(bench, "sites", "name\nHobart\nDarwin\n").deleted == 0
    assert bench.rows("SELECT count(*) FROM site WHERE name = 'Hobart'") == [(1,)]


def test_a_key_that_several_rows_have_is_refused(bench: Workbench) -> None:
    bench.load_row("scrap", id=ID)
    bench.load_row("scrap", id=OTHER_ID)
    path = bench.write_rows("scrap.csv", GOOD["scrap"])

    deletion = delete_rows(bench.connection, bench.company, "scrap", path)

    assert problems_of(bench, deletion) == [
        "scrap.csv:2: run: several stored rows have this run and timestamp and reason;"
        " say which one is meant in an id column"
    ]


def test_a_row_that_is_named_twice_is_deleted_once(bench: Workbench) -> None:
    bench.load(bench.write("sites.csv", "name\nHobart\n"))

    assert delete(bench, "sites", "name\nHobart\nHobart\n").deleted == 1


def test_cells_that_name_nothing_are_not_looked_at(bench: Workbench) -> None:
    content = "machine,started_at,units_produced,product_sku,_x\nAuto 3,2026-03-26T00:21:16Z,many,no such,y\n"

    assert delete(bench, "runs", content).deleted == 1


def test_an_unknown_entity_is_refused(bench: Workbench) -> None:
    with pytest.raises(Refused, match=r'there is no entity "site"; did you mean "sites"\?'):
        delete(bench, "site", "name\nPerth\n")
