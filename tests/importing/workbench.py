"""A small plant to import into, and the few things that every import test does with it."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nexshift.storage.companies import Company, add_company, pick_company
from nexshift.storage.connection import new_database, open_writer
from nexshift.storage.importing import Report, import_paths
from nexshift.storage.library import sqlite3
from tests.dumping import dump_rows

Cells = Mapping[str, str | None]

PLANT = {
    "sites": "name,location\nBrisbane,12 Wharf Street\nPerth,\n",
    "machines": "name,site,uom\nAuto 1,Brisbane,bottles\nAuto 3,Brisbane,bottles\nShared,Brisbane,\nShared,Perth,\n",
    "products": "sku,description\nP-1,Lemonade\nP-2,Cola\n",
    "operators": "full_name\nAnn Example\n",
    "runs": (
        "machine,product_sku,started_at,ended_at,units_produced,batch_number\n"
        "Auto 3,P-1,2026-03-26T00:21:16Z,2026-03-26T02:21:29Z,9700,B-1\n"
        "Auto 1,P-1,2026-03-26T00:00:00Z,,10,\n"
    ),
    "assets": "asset_number,name,site\nA-1,Compressor,Brisbane\nA-2,Boiler,Brisbane\nA-2,Boiler,Perth\n",
    "materials": "code,name\nM-1,Sugar\n",
    "recipes": "code,name,version\nR-1,Syrup,9\nR-1,Syrup,10\n",
    "batches": (
        "batch_number,total_qty,qty_uom,created_at,site,recipe_code\n"
        "B-1,800,l,2026-03-26T00:00:00Z,Brisbane,R-1\n"
        "B-2,800,l,2026-03-26T00:00:00Z,Brisbane,R-1\n"
        "B-2,800,l,2026-03-26T00:00:00Z,Perth,R-1\n"
    ),
}
"""Company Acme, whose clocks are Brisbane's (UTC+10, no daylight saving): an ended run of Auto 3, an open one of
Auto 1; and a machine, an asset and a batch whose names two sites have."""

GOOD: dict[str, Cells] = {
    "sites": {"name": "Hobart", "location": "Quay 1"},
    "machines": {"name": "Auto 9", "site": "Brisbane", "uom": "cans"},
    "products": {"sku": "P-9", "description": "Tonic"},
    "operators": {"full_name": "Bob Example"},
    "standards": {"machine": "Auto 3", "site": "Brisbane", "product_sku": "P-1", "ideal_cycle_seconds": "0.5"},
    "runs": {
        "machine": "Auto 3",
        "site": "Brisbane",
        "product_sku": "P-1",
        "operator": "Ann Example",
        "started_at": "2026-03-27T08:00:00Z",
        "ended_at": "2026-03-27T10:00:00Z",
        "status": "completed",
        "setup_duration_seconds": "720",
        "running_at": "2026-03-27T08:12:00Z",
        "units_produced": "100",
        "target_quantity": "120",
        "batch_number": "B-9",
    },
    "scrap": {
        "machine": "Auto 3",
        "run_started_at": "2026-03-26T00:21:16Z",
        "units": "20",
        "reason": "Dented",
        "timestamp": "2026-03-26T01:00:00Z",
    },
    "downtime": {
        "machine": "Auto 3",
        "run_started_at": "2026-03-26T00:21:16Z",
        "started_at": "2026-03-26T01:00:00Z",
        "ended_at": "2026-03-26T01:20:00Z",
        "category": "Unplanned",
        "reason": "Jam",
    },
    "quality_checks": {
        "checked_at": "2026-03-26T01:00:00Z",
        "passed": "pass",
        "notes": "Fine",
        "machine": "Auto 3",
        "site": "Brisbane",
        "template": "Torque",
        "logged_by": "Ann Example",
    },
    "assets": {"asset_number": "A-9", "name": "Chiller", "category": "Utilities", "site": "Brisbane"},
    "maintenance": {
        "asset_number": "A-1",
        "site": "Brisbane",
        "started_at": "2026-03-26T01:00:00Z",
        "ended_at": "2026-03-26T02:00:00Z",
        "reason": "Belt",
    },
    "incidents": {
        "reference_number": "I-1",
        "title": "Wet floor",
        "severity": "low",
        "status": "reported",
        "occurred_at": "2026-03-26T01:00:00Z",
        "location": "Hall",
        "site": "Brisbane",
    },
    "materials": {"code": "M-9", "name": "Salt"},
    "recipes": {"code": "R-9", "name": "Brine", "version": "1", "is_formulation": "yes"},
    "batches": {
        "batch_number": "B-9",
        "total_qty": "5.5",
        "qty_uom": "kg",
        "notes": "First",
        "created_at": "2026-03-26T01:00:00Z",
        "site": "Brisbane",
        "recipe_code": "R-1",
        "recipe_version": "9",
    },
    "ingredients": {
        "batch_number": "B-1",
        "site": "Brisbane",
        "material_code": "M-1",
        "qty_used": "0.15",
        "uom": "kg",
        "supplier_batch": "S-1",
    },
    "material_logs": {
        "logged_at": "2026-03-26T01:00:00Z",
        "site": "Brisbane",
        "machine": "Auto 3",
        "run_started_at": "2026-03-26T00:21:16Z",
        "recipe_code": "R-1",
        "recipe_version": "9",
        "material_code": "M-1",
        "qty_used": "0.15",
        "uom": "kg",
        "supplier_batch": "S-1",
    },
}
"""A row of each entity that the plant accepts."""

NAMED_BY = {
    "site": ("name",),
    "machine": ("name", "site_id"),
    "product": ("sku",),
    "operator": ("full_name",),
    "template": ("name",),
    "run": ("machine_id", "started_at"),
    "asset": ("asset_number", "site_id"),
    "material": ("code",),
    "recipe": ("code", "version"),
    "batch": ("batch_number", "site_id"),
}
TABLES = (
    *NAMED_BY,
    "standard",
    "scrap",
    "downtime",
    "quality_check",
    "maintenance",
    "incident",
    "ingredient",
    "material_log",
)


@dataclass(frozen=True)
class Workbench:
    """A database of one company, and a folder of files."""

    folder: Path
    connection: sqlite3.Connection
    company: Company

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def write_rows(self, name: str, *rows: Cells) -> Path:
        """A CSV file with the columns of all rows; None leaves a column out."""
        header = list(dict.fromkeys(column for row in rows for column, cell in row.items() if cell is not None))
        path = self.folder / name
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            writer.writerows([row.get(column) or "" for column in header] for row in rows)
        return path

    def load(self, *paths: Path, **options: Any) -> Report:
        return import_paths(self.connection, self.company, paths or [self.folder], **options)

    def load_text(self, name: str, content: str | bytes, **options: Any) -> Report:
        return self.load(self.write(name, content), **options)

    def load_row(self, entity: str, **changes: str | None) -> Report:
        """The good row of an entity, with some cells changed; None leaves a column out."""
        return self.load(self.write_rows(f"{entity}.csv", {**GOOD[entity], **changes}))

    def problems_of(self, report: Report) -> list[str]:
        """Without the folder."""
        return [problem.replace(f"{self.folder}/", "") for problem in report.problems.shown]

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql, values).fetchall()

    def count(self, table: str) -> int:
        (count,) = self.connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        return int(count)

    def contents(self) -> dict[str, list[str]]:
        """Every row of every table, with names in the place of ids, in an order that does not depend on them."""
        return {table: sorted(self._describe(table, row) for row in self._records(table)) for table in TABLES}

    def exact_contents(self) -> list[str]:
        """Every row as it is, ids and numbers included."""
        return dump_rows(self.connection)

    def exact_records(self) -> list[str]:
        """The same of every record, without the number of its last change."""
        return [
            f"{table} {[value for name, value in record.items() if name != 'changed']}"
            for table in TABLES
            for record in self._records(table)
        ]

    def _records(self, table: str, where: str = "") -> list[dict[str, Any]]:
        cursor = self.connection.execute(f"SELECT * FROM {table} {where}")
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    def _describe(self, table: str, record: dict[str, Any]) -> str:
        own = ("id", "uuid", "changed")
        shown = {name: self._name(name, value) for name, value in record.items() if name not in own}
        return repr(sorted(shown.items()))

    def _name(self, column: str, value: Any) -> Any:
        if not column.endswith("_id") or column == "company_id" or value is None:
            return value
        table = {"logged_by": "operator"}.get(column[:-3], column[:-3])
        (record,) = self._records(table, f"WHERE id = {value}")
        return tuple(self._name(name, record[name]) for name in NAMED_BY[table])


def create_plant(path: Path) -> Path:
    """The database with the plant in it."""
    files = path.with_name("plant")
    files.mkdir()
    with new_database(path) as connection:
        add_company(connection, "Acme", "Australia/Brisbane")
        for entity, content in PLANT.items():
            (files / f"{entity}.csv").write_text(content)
        report = import_paths(connection, pick_company(connection, None), [files])
        assert not report.problems, report.problems
    return path


def open_bench(database: Path, folder: Path, company: str | None = None) -> Workbench:
    folder.mkdir(exist_ok=True)
    connection = open_writer(database)
    return Workbench(folder, connection, pick_company(connection, company))
