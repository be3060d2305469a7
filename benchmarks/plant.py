"""A plant large enough to measure: 300,000 runs with about 1.2 million child rows, from a seed, by plain SQL.

`python -m benchmarks.plant FILE [RUNS]` writes it.  Import is measured elsewhere; this only makes the shape quickly.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from nexshift.storage.connection import create_database, writing
from nexshift.storage.uuids import new_uuids

SEED = 20260401
RUNS = 300_000
FIRST_START = 1_600_000_000
MACHINES = 12
PRODUCTS = 40
OPERATORS = 30
STANDARD_SHARE = 0.6
_REASONS = ("Jam at infeed", "Label misaligned", "Waiting for material", "Changeover", "Sensor fault", None)
_CATEGORIES = ("Planned", "Unplanned", None)
_WIDTHS = {"run": 15, "scrap": 5, "downtime": 6}  # columns of each table


def build(path: Path, runs: int = RUNS) -> None:
    """Write the plant to a new file at `path`: one company, two sites, `runs` completed runs in order of time."""
    print(f"plant of {runs} runs, seed {SEED}")
    rng = random.Random(SEED)
    uuids = new_uuids()
    connection = create_database(path)
    with writing(connection):
        connection.execute("INSERT INTO company VALUES (1, 'Acme Manufacturing', 'Australia/Brisbane', 0)")
        connection.executemany(
            "INSERT INTO site VALUES (?, ?, 1, ?, ?)",
            [(i, next(uuids), f"Site {i}", f"Street {i}") for i in (1, 2)],
        )
        connection.executemany(
            "INSERT INTO machine VALUES (?, ?, 1, ?, ?, 'bottles')",
            [(i, next(uuids), 1 + i % 2, f"Machine {i}") for i in range(1, MACHINES + 1)],
        )
        connection.executemany(
            "INSERT INTO product VALUES (?, ?, 1, ?, ?)",
            [(i, next(uuids), f"SKU-{i:04}", f"Spring water {i * 50} ml") for i in range(1, PRODUCTS + 1)],
        )
        connection.executemany(
            "INSERT INTO operator VALUES (?, ?, 1, ?)",
            [(i, next(uuids), f"Operator {i}") for i in range(1, OPERATORS + 1)],
        )
        connection.executemany(
            "INSERT INTO standard VALUES (NULL, ?, 1, ?, ?, ?)",
            [
                (next(uuids), machine, product, rng.choice((0.4, 0.6, 0.75)))
                for machine in range(1, MACHINES + 1)
                for product in range(1, PRODUCTS + 1)
                if rng.random() < STANDARD_SHARE
            ],
        )
        rows = _rows(rng, uuids, runs)
        while batch := list(islice(rows, 50_000)):
            for table, width in _WIDTHS.items():
                marks = ", ".join("?" * width)
                connection.executemany(
                    f"INSERT INTO {table} VALUES ({marks})", [row for name, row in batch if name == table]
                )
    connection.close()


def _rows(rng: random.Random, uuids: Iterator[str], runs: int) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Runs, each followed by its two pieces of scrap and two stops on average."""
    clock = [FIRST_START + 600 * machine for machine in range(MACHINES)]
    for run in range(1, runs + 1):
        machine = run % MACHINES + 1
        started = clock[machine - 1]
        length = rng.randint(1_800, 14_400)
        ended = started + length
        clock[machine - 1] = ended + rng.randint(60, 1_800)
        units = rng.randint(500, 12_000)
        target = None if rng.random() < 0.1 else float(round(units * rng.uniform(0.9, 1.2)))
        yield (
            "run",
            (run, next(uuids), 1, 1 + machine % 2, machine, rng.randint(1, PRODUCTS), rng.randint(1, OPERATORS))
            + ("completed", started, ended, 720.0, started + 720, float(units), target, f"B-{run:07}"),
        )
        for _ in range(rng.randint(0, 4)):
            timestamp = started + rng.randint(0, length)
            yield "scrap", (run, timestamp, next(uuids), float(rng.randint(1, 40)), rng.choice(_REASONS))
        for _ in range(rng.randint(0, 4)):
            stopped = started + rng.randint(0, length)
            end = stopped + rng.randint(10, 1_200)
            yield "downtime", (run, stopped, next(uuids), end, rng.choice(_CATEGORIES), rng.choice(_REASONS))


if __name__ == "__main__":
    build(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else RUNS)
