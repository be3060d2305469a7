"""One row that is good, of every table, each by itself in an otherwise empty company."""

from __future__ import annotations

from hashlib import sha256
from itertools import count
from typing import Any

from nexshift.storage.library import sqlite3

_numbers = count(1)


def new_uuid() -> str:
    """Another one at each call."""
    return f"00000000-0000-7000-8000-{next(_numbers):012d}"


# A value that is the name of a table in brackets stands for the id of a row of that table.
GOOD_ROWS: dict[str, dict[str, Any]] = {
    "company": {"name": "Acme", "timezone": "Australia/Brisbane", "created_at": 0},
    "site": {"uuid": new_uuid, "company_id": "[company]", "name": "Brisbane"},
    "machine": {"uuid": new_uuid, "company_id": "[company]", "site_id": "[site]", "name": "Auto 3", "uom": "bottles"},
    "product": {"uuid": new_uuid, "company_id": "[company]", "sku": "WB-500"},
    "operator": {"uuid": new_uuid, "company_id": "[company]", "full_name": "Kim Lee"},
    "template": {"uuid": new_uuid, "company_id": "[company]", "name": "Start of shift"},
    "standard": {
        "uuid": new_uuid,
        "company_id": "[company]",
        "machine_id": "[machine]",
        "product_id": "[product]",
        "ideal_cycle_seconds": 0.5,
    },
    "run": {
        "uuid": new_uuid,
        "company_id": "[company]",
        "site_id": "[site]",
        "machine_id": "[machine]",
        "product_id": "[product]",
        "operator_id": "[operator]",
        "status": "completed",
        "started_at": 1000,
        "ended_at": 4600,
        "setup_duration_seconds": 720,
        "running_at": 1720,
        "units_produced": 9700,
        "target_quantity": 10000,
        "batch_number": "B-1",
    },
    "scrap": {"run_id": "[run]", "timestamp": 2000, "uuid": new_uuid, "units": 20, "reason": "short fill"},
    "downtime": {
        "run_id": "[run]",
        "started_at": 2000,
        "uuid": new_uuid,
        "ended_at": 3200,
        "category": "Mechanical",
        "reason": "jam",
    },
    "quality_check": {
        "uuid": new_uuid,
        "company_id": "[company]",
        "site_id": "[site]",
        "machine_id": "[machine]",
        "template_id": "[template]",
        "logged_by_id": "[operator]",
        "checked_at": 2000,
        "passed": 1,
        "notes": "ok",
    },
    "asset": {
        "uuid": new_uuid,
        "company_id": "[company]",
        "site_id": "[site]",
        "asset_number": "A-1",
        "name": "Compressor",
    },
    "maintenance": {
        "uuid": new_uuid,
        "company_id": "[company]",
        "site_id": "[site]",
        "asset_id": "[asset]",
        "started_at": 2000,
        "ended_at": 3000,
        "reason": "belt",
    },
    "incident": {
        "uuid": new_uuid,
        "company_id": "[company]",
        "site_id": "[site]",
        "reference_number": "INC-1",
        "title": "Slip",
        "severity": "low",
        "status": "reported",
        "occurred_at": 2000,
    },
    "material": {"uuid": new_uuid, "company_id": "[company]", "code": "SUGAR", "name": "Sugar"},
    "recipe": {"uuid": new_uuid, "company_id": "[company]", "code": "COLA", "name": "Cola", "version": 1},
    "batch": {
        "uuid": new_uuid,
        "company_id": "[company]",
        "site_id": "[site]",
        "recipe_id": "[recipe]",
        "batch_number": "B-1",
        "total_qty": 500,
        "qty_uom": "kg",
        "created_at": 2000,
    },
    "ingredient": {
        "uuid": new_uuid,
        "company_id": "[company]",
        "batch_id": "[batch]",
        "material_id": "[material]",
        "qty_used": 0.15,
        "uom": "kg",
    },
    "material_log": {
        "uuid": new_uuid,
        "company_id": "[company]",
        "site_id": "[site]",
        "machine_id": "[machine]",
        "run_id": "[run]",
        "recipe_id": "[recipe]",
        "material_id": "[material]",
        "logged_at": 2000,
        "qty_used": 0.15,
        "uom": "kg",
    },
    "api_key": {"company_id": "[company]", "name": "Excel", "hash": b"x" * 32, "all_sites": 1, "created_at": 0},
    "api_key_site": {"api_key_id": "[api_key]", "site_id": "[site]", "company_id": "[company]"},
}


def insert(connection: sqlite3.Connection, table: str, **values: Any) -> int:
    """Insert a row of exactly these values and return its rowid (0 for tables that have none)."""
    columns, marks = ", ".join(values), ", ".join("?" * len(values))
    cursor = connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", tuple(values.values()))
    return cursor.lastrowid or 0


def add_row(connection: sqlite3.Connection, table: str, ids: dict[str, int], **changes: Any) -> int:
    """Insert the good row of that table, with changes, after the rows that it refers to; `ids` collects theirs."""
    values = GOOD_ROWS[table] | changes
    for column, value in values.items():
        if isinstance(value, str) and value.startswith("["):
            parent = value[1:-1]
            if parent not in ids:
                ids[parent] = add_row(connection, parent, ids)
            values[column] = ids[parent]
        elif callable(value):
            values[column] = value()
    return insert(connection, table, **values)


def add_plant(connection: sqlite3.Connection, name: str = "Acme") -> dict[str, int]:
    """A company with one good row of every table, whose names no other company has; the ids by table."""
    changes: dict[str, dict[str, Any]] = {
        "company": {"name": name},
        "api_key": {"hash": sha256(name.encode()).digest()},
        "machine": {"name": f"Auto 3 of {name}"},
        "asset": {"asset_number": f"A-1 of {name}"},
        "batch": {"batch_number": f"B-1 of {name}"},
        "run": {"started_at": 1000 + len(name)},
    }
    ids: dict[str, int] = {}
    connection.execute("SAVEPOINT plant")  # one commit instead of twenty
    for table in GOOD_ROWS:
        ids[table] = add_row(connection, table, ids, **changes.get(table, {}))
    connection.execute("RELEASE plant")
    return ids
