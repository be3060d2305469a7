"""A small plant, the files that are imported into it while something goes wrong, and what it must hold afterwards.

Every row of the files has an id of its own, so that whatever happens on the way, the same import ends in the same
database, row for row.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from nexshift.storage.backup import backup as make_backup
from nexshift.storage.companies import add_company
from nexshift.storage.connection import create_database
from nexshift.storage.importing import import_paths
from nexshift.storage.keys import create_key
from nexshift.storage.library import sqlite3

COMPANY = "Acme Manufacturing"
FIRST = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp())
SLOT_S = 3_600
_MACHINES = ("Auto 1", "Auto 2", "Auto 3")
RUNS = ("id", "machine", "product_sku", "started_at", "ended_at", "units_produced", "target_quantity", "batch_number")
SCRAP = ("id", "run_id", "units", "reason", "timestamp")
STOPS = ("id", "run_id", "started_at", "ended_at", "category", "reason")
Contents = dict[str, list[tuple[Any, ...]]]
"""The rows of each table."""


@dataclass(frozen=True)
class Plant:
    """A database, and two folders of records that are not in it."""

    path: Path
    key: str
    first: Path
    second: Path
    before: Contents
    after: Contents
    """What it holds when the first folder is in it."""
    backup: Path
    """A backup of that."""

    def put(self, path: Path) -> Path:
        """A copy of the database there, and nothing else of its name."""
        for end in ("-wal", "-shm", "-journal"):
            Path(f"{path}{end}").unlink(missing_ok=True)
        shutil.copy(self.path, path)
        return path


def make_plant(folder: Path) -> Plant:
    """A plant of 100 runs, and folders of 200 runs each with their scrap and stops."""
    path, imported = folder / "plant.db", folder / "imported.db"
    with closing(create_database(path)) as connection:
        company = add_company(connection, COMPANY, "UTC")
        _, key = create_key(connection, company, "reader")
        base = folder / "base"
        write_names(base)
        write_runs(base, 0, 100)
        assert not import_paths(connection, company, [base]).is_refused
        first, second = (write_runs(folder / f"records-{number}", number, 200) for number in (1, 2))
    before = contents(path)
    shutil.copy(path, imported)
    with closing(create_database(imported)) as connection:
        assert not import_paths(connection, company, [first]).is_refused
    after = contents(imported)
    make_backup(imported, folder / "backup.db")
    return Plant(path, key, first, second, before, after, folder / "backup.db")


def contents(path: Path) -> Contents:
    """Every row of every table, the next number of each counter among them; but not the next change's."""
    with closing(sqlite3.connect(path)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        tables.remove("commit_sequence")  # which a copy that is put back raises
        return {table: sorted(connection.execute(f"SELECT * FROM {table}"), key=repr) for table in tables}


def write_names(folder: Path) -> None:
    write(folder / "sites.csv", ("name",), [("Brisbane",)])
    write(folder / "machines.csv", ("name", "site", "uom"), [(name, "Brisbane", "bottles") for name in _MACHINES])
    write(folder / "products.csv", ("sku", "description"), [("SW-500", "Spring water 500 ml")])


def write_runs(folder: Path, number: int, count: int) -> Path:
    """Runs from the hour on that no other `number` below 1,000 has, with scrap and a stop each."""
    runs, scrap, stops = [], [], []
    for row in range(count):
        start = FIRST + (number * 10_000 + row // len(_MACHINES)) * SLOT_S
        run, tag = row_id("run", number, row), f"{number}-{row}"
        times = instant(start), instant(start + 3_000)
        runs.append((run, _MACHINES[row % len(_MACHINES)], "SW-500", *times, 1_000 + row, 2_000, f"B-{tag}"))
        scrap.append((row_id("scrap", number, row), run, 3, f"short fill {tag}", instant(start + 60)))
        times = instant(start + 600), instant(start + 900)
        stops.append((row_id("stop", number, row), run, *times, "Unplanned", f"jam {tag}"))
    write(folder / "runs.csv", RUNS, runs)
    write(folder / "scrap.csv", SCRAP, scrap)
    write(folder / "downtime.csv", STOPS, stops)
    return folder


def row_id(kind: str, number: int, row: int) -> str:
    return str(uuid5(NAMESPACE_OID, f"{kind} {number} {row}"))


def instant(epoch: int) -> str:
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def write(file: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    file.parent.mkdir(exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(columns)
        writer.writerows(rows)
