"""The floor's own database, filled with the same plant."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from benchmarks.plant import COMPANY, Plant, Row, Run, in_batches
from nexshift.storage.library import sqlite3

SCHEMA = (Path(__file__).parent / "schema.sql").read_text()


def fill(path: Path, plant: Plant) -> None:
    """Write `plant` to a new database at `path`; in WAL mode, as the program's own."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(SCHEMA)
        connection.execute("BEGIN")
        connection.execute("INSERT INTO company VALUES (1, ?)", (COMPANY,))
        connection.executemany("INSERT INTO site VALUES (?, ?, ?, ?)", plant.sites)
        connection.executemany(
            "INSERT INTO machine (id, uuid, name, uom) VALUES (?, ?, ?, ?)",
            ((key, uuid, name, uom) for key, uuid, _, name, uom in plant.machines),
        )
        connection.executemany("INSERT INTO product VALUES (?, ?, ?, ?)", plant.products)
        connection.executemany("INSERT INTO operator VALUES (?, ?, ?)", plant.operators)
        connection.executemany("INSERT INTO standard VALUES (?, ?, ?)", (row[2:] for row in plant.standards))
        for batch in in_batches(plant.runs):
            connection.executemany(
                "INSERT INTO run (id, uuid, site, machine, product, operator, started, ended, setup_s, running,"
                " units, target, batch, company, status)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, 'completed')",
                (run[:13] for run in batch),
            )
            connection.executemany(
                "INSERT INTO scrap (run, id, timestamp, uuid, units, reason) VALUES (?, ?, ?, ?, ?, ?)", _scrap(batch)
            )
            connection.executemany(
                "INSERT INTO stop (run, id, started, uuid, ended, category, reason) VALUES (?, ?, ?, ?, ?, ?, ?)",
                _stops(batch),
            )
        connection.execute("COMMIT")


def _scrap(runs: Iterable[Run]) -> Iterable[Row]:
    """Numbered within its run: oldest first, ties by UUID, which is the order in which the fields stand."""
    return ((run.id, i, *row[1:]) for run in runs for i, row in enumerate(sorted(run.scrap, key=_age), 1))


def _stops(runs: Iterable[Run]) -> Iterable[Row]:
    return ((run.id, i, *row[1:]) for run in runs for i, row in enumerate(sorted(run.stops, key=_age), 1))


def _age(row: Row) -> Row:
    return row[1:3]
