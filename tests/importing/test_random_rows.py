"""Whatever stands in a cell, a row is stored or refused; SQLite never has to object."""

from __future__ import annotations

import random

import pytest

from nexshift.storage.importing import ENTITIES
from tests.importing.workbench import GOOD, PLANT, Workbench

NASTY = (
    "",
    " ",
    "0",
    "-0",
    "-1",
    "1e308",
    "9007199254740992",
    "9007199254740993",
    "true",
    "Auto 1",
    "Auto 3",
    "Shared",
    "Perth",
    "Brisbane",
    "P-1",
    "R-1",
    "1.9",
    "1.10",
    "B-1",
    "B-2",
    "A-2",
    "M-1",
    "completed",
    "running",
    "closed",
    "2026-03-26T00:00:00Z",
    "2026-03-26T00:21:16Z",
    "2026-03-27T00:21:16Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59-10:00",
    "0190c2f4-8f2e-7cc3-98c4-dc0c0c07398f",
    "x" * 10_001,
    "\0",
    "😀",
    "'; DROP TABLE run; --",
    '"quoted", and\nbroken',
)


def write_random_rows(bench: Workbench, seed: int, *, ids: bool) -> None:
    chance = random.Random(seed)
    for entity, good in GOOD.items():
        names = [name for name in ENTITIES[entity].columns if ids or name != "id"]
        rows = []
        for _ in range(120):
            row = {name: good.get(name, "") for name in names}
            for name in chance.sample(names, chance.randint(0, min(4, len(names)))):
                row[name] = chance.choice(
                    (*NASTY, f"N-{chance.randint(1, 30)}", f"2026-03-28T0{chance.randint(0, 9)}:00:00Z")
                )
            rows.append(row)
        bench.write_rows(f"{entity}.csv", *rows)


def check(bench: Workbench) -> None:
    assert bench.rows("PRAGMA integrity_check") == [("ok",)]
    assert bench.rows("PRAGMA foreign_key_check") == []
    assert bench.rows(
        "SELECT count(*) FROM material_log JOIN run ON run.id = run_id WHERE material_log.machine_id <> run.machine_id"
    ) == [(0,)]


@pytest.mark.parametrize("seed", range(3))
def test_random_rows_are_stored_or_refused_and_the_second_time_nothing_changes(bench: Workbench, seed: int) -> None:
    write_random_rows(bench, seed, ids=False)

    first = bench.load(skip_bad=True)

    assert first.added > len(GOOD)
    check(bench)
    before = bench.exact_contents()
    second = bench.load(skip_bad=True)
    assert (second.added, second.updated, second.rejected) == (0, 0, first.rejected)
    assert bench.exact_contents() == before


@pytest.mark.parametrize("seed", range(3))
def test_random_rows_with_ids_are_stored_or_refused(bench: Workbench, seed: int) -> None:
    write_random_rows(bench, seed, ids=True)

    report = bench.load(skip_bad=True, create=True)

    assert report.added > len(GOOD)
    check(bench)
    bench.load(skip_bad=True, create=True)
    check(bench)


def test_random_rows_of_an_empty_company_are_refused_or_stored(empty: Workbench) -> None:
    for entity, content in PLANT.items():
        if entity not in ("runs", "batches"):
            empty.write(f"{entity}.csv", content)
    write_random_rows(empty, 9, ids=True)

    empty.load(skip_bad=True)

    check(empty)
