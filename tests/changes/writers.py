"""Whatever may be written to a plant, each by a number: imports and deletes of files, and SQL of other programs.

Nothing here knows of numbers of changes.  What the database refuses is refused, and the next write follows.  What a
number means is the same in every database that holds the same rows of the company that is written to.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from nexshift.storage.companies import pick_company
from nexshift.storage.deletion import delete_rows
from nexshift.storage.importing import import_paths
from nexshift.storage.library import sqlite3
from nexshift.storage.sequence import writing_changes
from tests.plants import COMPANIES, FIRST, MACHINES, NAMES, SITES, SLOT

TABLES = (
    *("site", "machine", "product", "operator", "template", "standard", "run", "scrap", "downtime", "quality_check"),
    *("asset", "maintenance", "incident", "material", "recipe", "batch", "ingredient", "material_log"),
)
CODES = ("one", "two", "three")
ENTITIES = {
    "sites": "site",
    "machines": "machine",
    "products": "product",
    "operators": "operator",
    "standards": "standard",
    "runs": "run",
    "scrap": "scrap",
    "downtime": "downtime",
    "quality_checks": "quality_check",
    "assets": "asset",
    "maintenance": "maintenance",
    "incidents": "incident",
    "materials": "material",
    "recipes": "recipe",
    "batches": "batch",
    "ingredients": "ingredient",
    "material_logs": "material_log",
}


class Writer:
    """Writes to one database, as the number of a write says: to one company's rows, or to those of all."""

    def __init__(self, connection: sqlite3.Connection, folder: Path, company: int | None = None) -> None:
        self.connection = connection
        self._folder = folder
        self._company = company

    def import_rows(self, number: int, progress: Callable[[int], None] | None = None) -> None:
        """A file of new, changed and moved rows; bad ones are left out."""
        rng = random.Random(number)
        entity = rng.choice(list(ENTITIES))
        rows = [self._row(entity, rng) for _ in range(rng.randint(1, 4))]
        import_paths(
            self.connection,
            pick_company(self.connection, NAMES[self._pick(rng)]),
            [self._write(entity, rows)],
            create=rng.random() < 0.5,
            skip_bad=True,
            dry_run=rng.random() < 0.1,
            progress=progress,
        )

    def delete_rows(self, number: int) -> None:
        """A file of rows that are to go; one that others refer to keeps them all."""
        rng = random.Random(number)
        entity = rng.choice(list(ENTITIES))
        rows = [{"id": uuid} for uuid in self._some(ENTITIES[entity], "uuid", rng, rng.randint(1, 3))]
        company = pick_company(self.connection, NAMES[self._pick(rng)])
        if rows:
            delete_rows(self.connection, company, entity, self._write(entity, rows))

    def execute(self, number: int) -> None:
        """One statement of another program."""
        verbs = ("UPDATE", "UPDATE OR REPLACE", "UPDATE OR IGNORE", "INSERT", "DELETE")
        with suppress(sqlite3.IntegrityError):
            self._execute(random.Random(number), verbs)

    def hold(self, number: int, meanwhile: Callable[[], None]) -> None:
        """Statements that have one number together, of which the last may take all of them back."""
        rng = random.Random(number)
        with suppress(sqlite3.IntegrityError), writing_changes(self.connection, self._pick(rng)):
            for _ in range(rng.randint(1, 3)):
                self._execute(rng, ("UPDATE", "DELETE"))
                meanwhile()

    def _execute(self, rng: random.Random, verbs: tuple[str, ...]) -> None:
        verb, table = rng.choice(verbs), rng.choice(TABLES)
        columns = [row[1] for row in self.connection.execute(f"PRAGMA table_info({table})")]
        (row,) = self._some(table, "uuid", rng, 1) or (None,)
        if verb == "DELETE":
            self.connection.execute(f"DELETE FROM {table} WHERE uuid = ?", (row,))
        elif verb == "INSERT":
            # The row once more, but for some columns, which are another's or new.
            taken = {column: column for column in columns if column != "id" or rng.random() < 0.5}
            for column in rng.sample([*taken], rng.randint(1, 3)):
                taken[column] = ":new" if column == "uuid" else f"(SELECT {column} FROM {table} WHERE uuid = :other)"
            (other,) = self._some(table, "uuid", rng, 1) or (None,)
            self.connection.execute(
                f"INSERT OR REPLACE INTO {table} ({', '.join(taken)})"
                f" SELECT {', '.join(taken.values())} FROM {table} WHERE uuid = :row",
                {"row": row, "other": other, "new": self._uuid(rng)},
            )
        else:
            column = rng.choice([each for each in columns if each != "changed"])
            (value,) = self._some(table, column, rng, 1) or (None,)
            if column == "uuid" and rng.random() < 0.5:
                value = self._uuid(rng)
            if column in ("name", "full_name", "sku", "code", "description", "reason", "notes", "batch_number"):
                value = rng.choice((value, f"renamed {rng.randint(1, 99)}"))
            if column == "status" and table == "run":
                self.connection.execute(f"{verb} run SET status = 'running', ended_at = NULL WHERE uuid = ?", (row,))
                return
            where = self._own(table) if rng.random() < 0.05 else "uuid = :row"
            self.connection.execute(f"{verb} {table} SET {column} = :value WHERE {where}", {"value": value, "row": row})

    def _some(self, table: str, column: str, rng: random.Random, count: int) -> list[Any]:
        rows = self.connection.execute(f"SELECT {column} FROM {table} WHERE {self._own(table)} ORDER BY uuid")
        found = [value for (value,) in rows]
        return [rng.choice(found) for _ in range(count)] if found else []

    def _pick(self, rng: random.Random) -> int:
        return self._company or rng.choice(COMPANIES)

    def _own(self, table: str) -> str:
        """Which rows of a table are the company's."""
        if self._company is None:
            return "TRUE"
        if table in ("scrap", "downtime"):
            return f"run_id IN (SELECT id FROM run WHERE company_id = {self._company})"
        return f"company_id = {self._company}"

    def _uuid(self, rng: random.Random) -> str:
        return f"00000000-0000-4000-8{self._company or 0:03}-{rng.randint(1, 40):012}"

    def _write(self, entity: str, rows: list[dict[str, Any]]) -> Path:
        path = self._folder / f"{entity}.ndjson"
        path.write_text("\n".join(json.dumps(row) for row in rows) + "\n")
        return path

    def _row(self, entity: str, rng: random.Random) -> dict[str, Any]:
        """A row among few enough values to meet those that are there, sometimes by id."""
        row = _cells(rng)[entity]
        if rng.random() < 0.4:
            row["id"] = rng.choice([self._uuid(rng), *self._some(ENTITIES[entity], "uuid", rng, 3)])
        for column in list(row):
            if rng.random() < 0.1:
                del row[column]
        return row


def _cells(rng: random.Random) -> dict[str, dict[str, Any]]:
    def instant() -> int:
        return FIRST + SLOT * rng.randrange(8)

    def stamp(epoch: int) -> str:
        day, second = divmod(epoch - FIRST, 86_400)
        return f"2026-03-{1 + day:02}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z"

    site, machine, code = rng.choice(SITES), rng.choice(MACHINES), rng.choice(CODES)
    start = instant()
    place = {"machine": machine, "site": site}
    run = {**place, "run_started_at": stamp(start)}
    amount = rng.choice((0, 0.5, 7, 100))
    word = f"word {rng.randint(1, 9)}"
    kind = {"recipe_code": code, "recipe_version": rng.choice(("1", "2"))}
    return {
        "sites": {"name": rng.choice((site, "Hafen")), "location": word},
        "machines": {"name": rng.choice((machine, word)), "site": site, "uom": word},
        "products": {"sku": rng.choice((code, word)), "description": word},
        "operators": {"full_name": rng.choice((f"Ana {code}", word))},
        "standards": {**place, "product_sku": code, "ideal_cycle_seconds": amount + 1},
        "runs": {
            **place,
            "product_sku": code,
            "operator": f"Ana {code}",
            "started_at": stamp(start),
            "ended_at": rng.choice((stamp(start + 600), stamp(start + 7_200), None)),
            "units_produced": amount,
            "target_quantity": rng.choice((None, amount)),
            "batch_number": word,
        },
        "scrap": {**run, "units": amount, "reason": word, "timestamp": stamp(start + 60)},
        "downtime": {**run, "started_at": stamp(start + 60), "ended_at": stamp(start + 120), "reason": word},
        "quality_checks": {**place, "checked_at": stamp(start), "passed": "yes", "notes": word, "logged_by": word},
        "assets": {"asset_number": rng.choice(("A-1", "A-2", word)), "name": word, "site": site},
        "maintenance": {"asset_number": "A-1", "site": site, "started_at": stamp(start), "reason": word},
        "incidents": {
            "reference_number": f"INC-{rng.randrange(12):04}",
            "title": word,
            "severity": word,
            "status": "closed",
            "occurred_at": stamp(start),
            "site": site,
        },
        "materials": {"code": rng.choice((code, word)), "name": word},
        "recipes": {"code": code, "name": word, "version": rng.choice(("1", "2", "3"))},
        "batches": {
            "batch_number": f"MIX-{rng.randrange(12):04}",
            "total_qty": amount,
            "qty_uom": "kg",
            "created_at": stamp(start),
            "site": site,
            **kind,
        },
        "ingredients": {
            "batch_number": f"MIX-{rng.randrange(12):04}",
            "material_code": code,
            "qty_used": amount,
            "uom": "kg",
        },
        "material_logs": {
            "logged_at": stamp(start),
            **rng.choice((run, place, {"site": site})),
            **kind,
            "material_code": code,
            "qty_used": amount,
            "uom": "kg",
        },
    }
