"""What each endpoint must say of a plant, worked out from its records by plain Python, with no SQL."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from oee_core import reference
from tests.plants import Plant, Record

Row = dict[str, Any]


def instant(epoch: int | None) -> str | None:
    """By the calendar of Python, whose years below 1000 strftime would not pad."""
    if epoch is None:
        return None
    when = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=epoch)
    return f"{when.year:04}-{when.month:02}-{when.day:02}T{when.hour:02}:{when.minute:02}:{when.second:02}Z"


def number(value: float | None) -> float | None:
    return int(value) if value is not None and value == int(value) else value


def minutes(start: int, end: int | None) -> float | None:
    return None if end is None else number(math.floor((end - start) / 60 * 10 + 0.5) / 10)


class Expected:
    """The rows of each endpoint, for the records of one company at some sites (None is all)."""

    def __init__(self, plant: Plant, company: int, sites: set[int] | None = None) -> None:
        self.plant = plant
        self.company = company
        self.sites = sites
        self.by_id = {table: {row["id"]: row for row in rows if "id" in row} for table, rows in plant.tables.items()}

    def rows(self, path: str) -> list[Row]:
        """Newest first, ties by ascending id."""
        table, time, make = self.made(path)
        found = [make(row) for row in self.plant.of(table, self.company, self.sites) if _is_listed(table, row)]
        found.sort(key=lambda row: row["id"])
        found.sort(key=lambda row: row[time], reverse=True)  # a stable sort
        return found

    def made(self, path: str) -> tuple[str, str, Callable[[Record], Row]]:
        return {
            "/production/runs": ("run", "started_at", self.run),
            "/quality/checks": ("quality_check", "checked_at", self.check),
            "/maintenance/downtime": ("maintenance", "started_at", self.stop),
            "/safety/incidents": ("incident", "occurred_at", self.incident),
            "/batching/batches": ("batch", "created_at", self.batch),
            "/batching/logs": ("material_log", "logged_at", self.log),
        }[path]

    def pointed(self, row: Record, table: str, **names: str) -> Row | None:
        """The row that `{table}_id` points at: its uuid as `id`, then `names`."""
        pointer = names.pop("by", f"{table}_id")
        if row[pointer] is None:
            return None
        found = self.by_id[table][row[pointer]]
        return {"id": found["uuid"]} | {name: found[column] for name, column in names.items()}

    def flat(self, row: Record, table: str, *columns: str) -> Row:
        """The same as keys such as `site_name`, null where nothing is pointed at."""
        found = self.by_id[table].get(row[f"{table}_id"], {})
        return {f"{table}_id": found.get("uuid")} | {f"{table}_{each}": found.get(each) for each in columns}

    def children(self, table: str, run: Record, time: str) -> list[Record]:
        found = [child for child in self.plant.tables[table] if child["run_id"] == run["id"]]
        return sorted(found, key=lambda child: (child[time], child["uuid"]))

    def run(self, run: Record) -> Row:
        scrap = self.children("scrap", run, "timestamp")
        stops = self.children("downtime", run, "started_at")
        standard = next(
            (
                each["ideal_cycle_seconds"]
                for each in self.plant.tables["standard"]
                if (each["machine_id"], each["product_id"]) == (run["machine_id"], run["product_id"])
            ),
            None,
        )
        member = (run["started_at"], run["ended_at"], run["units_produced"], run["target_quantity"])
        (score,) = reference.score_runs(
            [(1, *member, standard)],
            [(1, stop["started_at"], stop["ended_at"]) for stop in stops],
            [(1, piece["units"]) for piece in scrap],
        )
        return {
            "id": run["uuid"],
            "started_at": instant(run["started_at"]),
            "ended_at": instant(run["ended_at"]),
            "status": "completed",
            "setup_duration_seconds": number(run["setup_duration_seconds"]),
            "running_at": instant(run["running_at"]),
            "units_produced": number(run["units_produced"]),
            "target_quantity": number(run["target_quantity"]),
            "batch_number": run["batch_number"],
            "machine": self.pointed(run, "machine", name="name", uom="uom"),
            "site": self.pointed(run, "site", name="name", location="location"),
            "product": self.pointed(run, "product", sku="sku", description="description"),
            "operator": self.pointed(run, "operator", full_name="full_name"),
            "scrap": [
                {
                    "id": piece["uuid"],
                    "units": number(piece["units"]),
                    "reason": piece["reason"],
                    "timestamp": instant(piece["timestamp"]),
                }
                for piece in scrap
            ],
            "downtime": [
                {
                    "id": stop["uuid"],
                    "started_at": instant(stop["started_at"]),
                    "ended_at": instant(stop["ended_at"]),
                    "duration_minutes": minutes(stop["started_at"], stop["ended_at"]),
                    "category": stop["category"],
                    "reason": stop["reason"],
                }
                for stop in stops
            ],
            "oee": dict(zip(("availability", "performance", "quality", "overall"), score, strict=True)),
        }

    def check(self, check: Record) -> Row:
        return {
            "id": check["uuid"],
            "checked_at": instant(check["checked_at"]),
            "passed": check["passed"] == 1,
            "notes": check["notes"],
            "machine": self.pointed(check, "machine", name="name"),
            "site": self.pointed(check, "site", name="name"),
            "template": self.pointed(check, "template", name="name"),
            "logged_by": self.pointed(check, "operator", by="logged_by_id", full_name="full_name"),
        }

    def stop(self, stop: Record) -> Row:
        return {
            "id": stop["uuid"],
            "started_at": instant(stop["started_at"]),
            "ended_at": instant(stop["ended_at"]),
            "duration_minutes": minutes(stop["started_at"], stop["ended_at"]),
            "is_open": stop["ended_at"] is None,
            "reason": stop["reason"],
            "asset": self.pointed(stop, "asset", name="name", asset_number="asset_number", category="category"),
            "site": self.pointed(stop, "site", name="name"),
        }

    def incident(self, incident: Record) -> Row:
        texts = ("reference_number", "title", "severity", "status")
        return {
            "id": incident["uuid"],
            **{name: incident[name] for name in texts},
            "occurred_at": instant(incident["occurred_at"]),
            "location": incident["location"],
            "site": self.pointed(incident, "site", name="name"),
        }

    def batch(self, batch: Record) -> Row:
        return {
            "id": batch["uuid"],
            "batch_number": batch["batch_number"],
            "total_qty": number(batch["total_qty"]),
            "qty_uom": batch["qty_uom"],
            "notes": batch["notes"],
            "created_at": instant(batch["created_at"]),
            **self.flat(batch, "site", "name"),
            **self.flat(batch, "recipe", "code", "name", "version"),
            "is_formulation": self.by_id["recipe"][batch["recipe_id"]]["is_formulation"] == 1,
            "ingredients": [
                {
                    "id": each["uuid"],
                    **self.flat(each, "material", "code", "name"),
                    "qty_used": number(each["qty_used"]),
                    "uom": each["uom"],
                    "supplier_batch": each["supplier_batch"],
                }
                for each in self.plant.tables["ingredient"]  # in the order in which they were inserted
                if each["batch_id"] == batch["id"]
            ],
        }

    def log(self, log: Record) -> Row:
        run = self.by_id["run"].get(log["run_id"], {})
        made = self.by_id["product"].get(run.get("product_id"), {})
        return {
            "id": log["uuid"],
            "logged_at": instant(log["logged_at"]),
            **self.flat(log, "site", "name"),
            **self.flat(log, "machine", "name"),
            "product_sku": made.get("sku"),
            "product_description": made.get("description"),
            "run_id": run.get("uuid"),
            "batch_number": run.get("batch_number"),
            **self.flat(log, "recipe", "code", "name"),
            **self.flat(log, "material", "code", "name"),
            "qty_used": number(log["qty_used"]),
            "uom": log["uom"],
            "supplier_batch": log["supplier_batch"],
        }


def _is_listed(table: str, row: Record) -> bool:
    return table != "run" or row["status"] == "completed"
