"""A plant large enough to measure: 300,000 runs with about 1.2 million child rows, the same ones from the same seed.

Here are its records, which know no schema, and the program's own database filled with them by plain SQL (import is
measured elsewhere).  `python -m benchmarks.plant FILE [RUNS]` writes it.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from nexshift.storage.connection import new_database, writing
from nexshift.storage.downtime import store_lengths
from nexshift.storage.library import sqlite3

SEED = 20260401
RUNS = 300_000
COMPANY = "Acme Manufacturing"
TIMEZONE = "Australia/Brisbane"
FIRST_START = 1_600_000_000
MACHINES = 12
PRODUCTS = 40
OPERATORS = 30
STANDARD_SHARE = 0.6
_REASONS = ("Jam at infeed", "Label misaligned", "Waiting for material", "Changeover", "Sensor fault", None)
_CATEGORIES = ("Planned", "Unplanned", None)
_BATCH = 20_000  # runs that are inserted at a time
_CACHE_KIB = 65_536  # of pages, while the plant is written

Row = tuple[Any, ...]


class Scrap(NamedTuple):
    run: int
    timestamp: int
    uuid: str
    units: float
    reason: str | None


class Stop(NamedTuple):
    run: int
    started: int
    uuid: str
    ended: int
    category: str | None
    reason: str | None


class Run(NamedTuple):
    id: int
    uuid: str
    site: int
    machine: int
    product: int
    operator: int
    started: int
    ended: int
    setup_s: float
    running: int
    units: float
    target: float | None
    batch: str
    scrap: list[Scrap]
    stops: list[Stop]


@dataclass(frozen=True)
class Plant:
    """One company; the first column of every table is the integer key, the second the UUID."""

    sites: list[Row]  # name, location
    machines: list[Row]  # site, name, uom
    products: list[Row]  # sku, description
    operators: list[Row]  # full name
    standards: list[Row]  # machine, product, ideal cycle time in seconds
    runs: Iterator[Run]  # can be taken once, in order of their keys; children as they happened to be recorded


def make_plant(runs: int = RUNS) -> Plant:
    """Two sites and `runs` completed runs."""
    chance = random.Random(SEED)
    uuids = ascending_uuids(SEED)
    sites = [(i, next(uuids), f"Site {i}", f"Street {i}") for i in (1, 2)]
    machines = [(i, next(uuids), 1 + i % 2, f"Machine {i}", "bottles") for i in range(1, MACHINES + 1)]
    products = [(i, next(uuids), f"SKU-{i:04}", f"Spring water {i * 50} ml") for i in range(1, PRODUCTS + 1)]
    operators = [(i, next(uuids), f"Operator {i}") for i in range(1, OPERATORS + 1)]
    pairs = (
        (machine, product, chance.choice((0.4, 0.6, 0.75)))
        for machine in range(1, MACHINES + 1)
        for product in range(1, PRODUCTS + 1)
        if chance.random() < STANDARD_SHARE
    )
    standards = [(i, next(uuids), *pair) for i, pair in enumerate(pairs, 1)]
    return Plant(sites, machines, products, operators, standards, _runs(chance, uuids, runs))


def ascending_uuids(seed: int) -> Iterator[str]:
    """Endless UUIDs of version 7, one a millisecond: ids that ascend are what import makes as well."""
    chance = random.Random(seed)
    milliseconds = FIRST_START * 1000
    while True:
        milliseconds += 1
        digits = f"{milliseconds:012x}7{chance.getrandbits(12):03x}8{chance.getrandbits(60):015x}"
        yield f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _runs(chance: random.Random, uuids: Iterator[str], count: int) -> Iterator[Run]:
    """On all machines in turn, in order of their start, with two pieces of scrap and two stops on average.

    A machine whose turn it is waits for the one before: left alone, their clocks drift apart by months in 3,000,000
    runs, and the newest would be found among thousands of others, which no plant's records do.
    """
    started = FIRST_START
    clock = [FIRST_START + 600 * machine for machine in range(MACHINES)]
    for key in range(1, count + 1):
        machine = key % MACHINES + 1
        started = max(started, clock[machine - 1])
        length = chance.randint(1_800, 14_400)
        ended = started + length
        clock[machine - 1] = ended + chance.randint(60, 1_800)
        units = chance.randint(500, 12_000)
        target = None if chance.random() < 0.1 else float(round(units * chance.uniform(0.9, 1.2)))
        where = (1 + machine % 2, machine, chance.randint(1, PRODUCTS), chance.randint(1, OPERATORS))
        when = (started, ended, 720.0, started + 720)
        run = Run(key, next(uuids), *where, *when, float(units), target, f"B-{key:07}", [], [])
        for _ in range(chance.randint(0, 4)):
            timestamp = started + chance.randint(0, length)
            scrapped = float(chance.randint(1, 40))
            run.scrap.append(Scrap(key, timestamp, next(uuids), scrapped, chance.choice(_REASONS)))
        for _ in range(chance.randint(0, 4)):
            begin = started + chance.randint(0, length)
            end = begin + chance.randint(10, 1_200)
            why = (chance.choice(_CATEGORIES), chance.choice(_REASONS))
            run.stops.append(Stop(key, begin, next(uuids), end, *why))
        yield run


def in_batches(runs: Iterator[Run]) -> Iterator[list[Run]]:
    while batch := list(islice(runs, _BATCH)):
        yield batch


def build(path: Path, runs: int = RUNS) -> None:
    """Write the plant to a new database of the program at `path`; it appears when it is complete."""
    plant = make_plant(runs)
    with new_database(path) as connection, _in_a_hurry(connection), writing(connection):

        def insert(into: str, rows: Iterable[Row], width: int) -> None:
            marks = ", ".join("?" * width)
            connection.executemany(f"INSERT INTO {into} VALUES ({marks})", rows)

        insert("company (id, name, timezone, created_at)", [(1, COMPANY, TIMEZONE, 0)], 4)
        insert("site (id, uuid, name, location, company_id)", ((*row, 1) for row in plant.sites), 5)
        insert("machine (id, uuid, site_id, name, uom, company_id)", ((*row, 1) for row in plant.machines), 6)
        insert("product (id, uuid, sku, description, company_id)", ((*row, 1) for row in plant.products), 5)
        insert("operator (id, uuid, full_name, company_id)", ((*row, 1) for row in plant.operators), 4)
        insert(
            "standard (id, uuid, machine_id, product_id, ideal_cycle_seconds, company_id)",
            ((*row, 1) for row in plant.standards),
            6,
        )
        with _without_triggers(connection):
            for batch in in_batches(plant.runs):
                insert(
                    "run (id, uuid, site_id, machine_id, product_id, operator_id, started_at, ended_at,"
                    " setup_duration_seconds, running_at, units_produced, target_quantity, batch_number,"
                    " company_id, status)",
                    ((*run[:13], 1, "completed") for run in batch),
                    15,
                )
                scrap = (row for run in batch for row in run.scrap)
                insert("scrap (run_id, timestamp, uuid, units, reason)", scrap, 5)
                stops = (row for run in batch for row in run.stops)
                insert("downtime (run_id, started_at, uuid, ended_at, category, reason)", stops, 6)
        store_lengths(connection)  # as import does


@contextmanager
def _in_a_hurry(connection: sqlite3.Connection) -> Iterator[None]:
    """Nothing is lost when a new file is left half written: no write-ahead log as large as the plant, no flushes."""
    connection.execute("PRAGMA journal_mode = MEMORY")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    yield
    connection.execute("PRAGMA journal_mode = WAL")


@contextmanager
def _without_triggers(connection: sqlite3.Connection) -> Iterator[None]:
    """They forget lengths of runs that have none yet, for two fifths of the time of loading, and number each row."""
    triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    yield
    for _, definition in triggers:
        connection.execute(definition)


if __name__ == "__main__":
    build(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else RUNS)
