"""Two companies in one database do not see each other, not even in an error."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nexshift.storage.companies import add_company
from nexshift.storage.deletion import delete_rows
from tests.importing.workbench import GOOD, PLANT, Workbench, open_bench


@pytest.fixture
def other(bench: Workbench, tmp_path: Path) -> Iterator[Workbench]:
    """A second company in the first one's database, without records."""
    add_company(bench.connection, "Other")
    other = open_bench(tmp_path / "plant.db", tmp_path / "other-files", "Other")
    yield other
    other.connection.close()


def load_plant(bench: Workbench) -> None:
    for entity, content in PLANT.items():
        bench.write(f"{entity}.csv", content)
    report = bench.load()
    assert not report.problems


@pytest.mark.parametrize(
    "entity", [name for name in GOOD if name not in ("sites", "products", "operators", "materials", "recipes")]
)
def test_names_of_another_company_are_not_there(other: Workbench, entity: str) -> None:
    report = other.load_row(entity)

    assert report.rejected == 1
    for word in ("did you mean", "Perth", "1.10", "there is one"):
        assert not any(word in problem for problem in report.problems.shown)


def test_the_same_files_give_each_company_rows_of_its_own(bench: Workbench, other: Workbench) -> None:
    before = bench.exact_records()

    load_plant(other)

    assert set(before) < set(bench.exact_records())
    assert bench.rows("SELECT company_id, count(*) FROM run GROUP BY company_id") == [(1, 2), (2, 2)]


@pytest.mark.parametrize("entity", GOOD)
def test_an_id_of_another_company_cannot_be_used(bench: Workbench, other: Workbench, entity: str) -> None:
    load_plant(other)
    bench.load_row(entity)
    table = {"quality_checks": "quality_check", "batches": "batch"}.get(
        entity, entity if entity in ("scrap", "downtime", "maintenance") else entity.removesuffix("s")
    )
    ((uuid,),) = bench.rows(f"SELECT max(uuid) FROM {table}")
    before = bench.exact_contents()

    report = other.load_row(entity, id=uuid)

    assert other.problems_of(report) == [
        f'{entity}.csv:2: id: "{uuid}" cannot be used here; leave the cell empty to get a new one'
    ]
    deleted = delete_rows(other.connection, other.company, entity, other.write(f"{entity}.csv", f"id\n{uuid}\n"))
    assert deleted.problems.shown[0].endswith(f'with the id "{uuid}"')
    assert bench.exact_contents() == before


def test_runs_and_batches_of_another_company_are_not_found_by_id(bench: Workbench, other: Workbench) -> None:
    load_plant(other)
    ((run_id,),) = bench.rows("SELECT uuid FROM run WHERE company_id = 1 AND batch_number = 'B-1'")
    ((batch_id,),) = bench.rows("SELECT uuid FROM batch WHERE company_id = 1 AND batch_number = 'B-1'")

    scrap = other.load_row("scrap", run_id=run_id, machine=None, run_started_at=None)
    ingredient = other.load_row("ingredients", batch_id=batch_id, batch_number=None, site=None)

    assert other.problems_of(scrap) == [f'scrap.csv:2: run_id: there is no run with the id "{run_id}"']
    assert other.problems_of(ingredient) == [f'ingredients.csv:2: batch_id: there is no batch with the id "{batch_id}"']
