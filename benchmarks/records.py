"""The records beside production: enough checks, maintenance, incidents, batches and logs for a full page of each."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks.plant import FIRST_START, MACHINES, OPERATORS, SEED, ascending_uuids
from nexshift.storage.connection import open_writer, writing

COUNT = 3_000  # rows of each listing
INGREDIENTS = 4  # of a batch
_STEP_S = 900  # from one row to the next
_ASSETS = 40
_TEMPLATES = 5
_MATERIALS = 30
_RECIPES = 8
_STATUSES = ("reported", "under_investigation", "corrective_actions_open", "closed")


def add_records(path: Path) -> None:
    """Write them into a plant that `benchmarks.plant.build` has made; machine i stands at site 1 + i % 2."""
    chance = random.Random(SEED + 1)
    uuids = ascending_uuids(SEED + 1)
    with closing(open_writer(path)) as connection, writing(connection):
        for into, rows in _tables(chance):
            columns = into[into.index("(") + 1 : -1]
            marks = ", ".join("?" * (columns.count(",") + 1))
            named = into.replace("(", "(uuid, company_id, ")
            connection.executemany(f"INSERT INTO {named} VALUES (?, 1, {marks})", ((next(uuids), *row) for row in rows))


def _tables(chance: random.Random) -> Iterator[tuple[str, Iterator[tuple[Any, ...]]]]:
    """Every table's columns and rows, parents first."""

    def some(count: int) -> int:
        return chance.randint(1, count)

    times = [FIRST_START + _STEP_S * number for number in range(1, COUNT + 1)]
    yield "template (id, name)", ((i, f"Line check {i}") for i in range(1, _TEMPLATES + 1))
    yield "material (id, code, name)", ((i, f"M-{i:03}", f"Material {i}") for i in range(1, _MATERIALS + 1))
    yield (
        "recipe (id, code, name, version, is_formulation)",
        ((i, f"R-{i:02}", f"Recipe {i}", "1", i % 2) for i in range(1, _RECIPES + 1)),
    )
    yield (
        "asset (id, site_id, asset_number, name, category)",
        ((i, 1 + i % 2, f"A-{i:03}", f"Asset {i}", "Filler") for i in range(1, _ASSETS + 1)),
    )
    yield (
        "quality_check (machine_id, site_id, template_id, logged_by_id, checked_at, passed, notes)",
        (
            (machine, 1 + machine % 2, some(_TEMPLATES), some(OPERATORS), time, some(10) > 1, None)
            for time in times
            for machine in [some(MACHINES)]
        ),
    )
    yield (
        "maintenance (asset_id, site_id, started_at, ended_at, reason)",
        (
            (asset, 1 + asset % 2, time, None if some(20) == 1 else time + some(7_200), "Bearing worn")
            for time in times
            for asset in [some(_ASSETS)]
        ),
    )
    yield (
        "incident (site_id, reference_number, title, severity, status, occurred_at, location)",
        (
            (some(2), f"INC-{number:05}", "Wet floor", "minor", chance.choice(_STATUSES), time, None)
            for number, time in enumerate(times)
        ),
    )
    yield (
        "batch (id, site_id, recipe_id, batch_number, total_qty, qty_uom, notes, created_at)",
        (
            (number, some(2), some(_RECIPES), f"BT-{number:06}", some(5_000) / 4, "kg", None, time)
            for number, time in enumerate(times, 1)
        ),
    )
    yield (
        "ingredient (batch_id, material_id, qty_used, uom, supplier_batch)",
        (
            (batch, some(_MATERIALS), some(900) / 8, "kg", f"S-{some(500)}")
            for batch in range(1, COUNT + 1)
            for _ in range(INGREDIENTS)
        ),
    )
    yield (
        "material_log (site_id, machine_id, run_id, recipe_id, material_id, logged_at, qty_used, uom, supplier_batch)",
        # the plant's run i is on machine i % MACHINES + 1
        (
            (1 + machine % 2, machine, run, some(_RECIPES), some(_MATERIALS), time, some(900) / 8, "kg", None)
            for run, time in enumerate(times, 1)
            for machine in [run % MACHINES + 1]
        ),
    )
