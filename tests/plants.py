"""Two companies whose records lie interleaved in one database, made from a seed.

Both use the same site, machine, product and operator names, at the same times; row ids alternate.  The records are
plain dictionaries by table, so that a test can work out by itself what an endpoint must say, and `write` can leave a
company or a site out as if it had never been there.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import count, product
from pathlib import Path
from typing import Any

from nexshift.instants import EARLIEST, LATEST
from nexshift.storage.connection import create_database, writing
from nexshift.storage.schema import INCIDENT_STATUSES

SEED = 20260326
COMPANIES = (1, 2)
TAGS = {1: "acme", 2: "zenith"}
NAMES = {1: "Acme Manufacturing", 2: "Zenith Foods"}
ZONES = {1: "Australia/Brisbane", 2: "America/New_York"}
# In code point order B < a < Ä < ﬀ < 🏭; UTF-16 would put the last before the last but one, a dictionary a before B.
SITES = ("🏭 Nord", "a-annex", "Brisbane", "Äther")
MACHINES = ("🏭", "auto 3", "ﬀ", "Auto 3", "Ä1")
FIRST = 1_772_323_200
"""2026-03-01T00:00:00Z"""
SLOT = 3_600
SPECIAL_TIMES = (EARLIEST, -1, 0, LATEST)
"""The ends of what can be stored, and both sides of 1970."""
SEVERITIES = ("minor", "Major", "high & low", "ernst")

Record = dict[str, Any]


@dataclass(frozen=True)
class Plant:
    """Records by table, in the order in which they are inserted."""

    tables: dict[str, list[Record]]

    def of(self, table: str, company: int, sites: Collection[int] | None = None) -> list[Record]:
        """The company's rows of a table that has a site, at those sites or at all."""
        return [
            row
            for row in self.tables[table]
            if row["company_id"] == company and (sites is None or row["site_id"] in sites)
        ]

    def site(self, company: int, name: str) -> Record:
        return next(site for site in self.tables["site"] if site["company_id"] == company and site["name"] == name)

    def write(self, path: Path, companies: Collection[int] = COMPANIES, sites: Collection[int] | None = None) -> Path:
        """A new database with those companies and sites (all when None), as if there had never been others."""
        connection = create_database(path)
        chosen = {"company": set(companies)} | ({} if sites is None else {"site": set(sites)})
        kept: dict[str, set[int]] = {}
        with writing(connection):
            for table, rows in self.tables.items():
                wanted = [
                    row
                    for row in rows
                    if row.get("id") in chosen.get(table, (row.get("id"),)) and _has_parents(row, kept)
                ]
                kept[table] = {row["id"] for row in wanted if "id" in row}
                if wanted:
                    names = list(wanted[0])
                    marks = ", ".join(f":{name}" for name in names)
                    connection.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", wanted)
        connection.close()
        return path


def _has_parents(row: Record, kept: dict[str, set[int]]) -> bool:
    parents = ("company", "site", "machine", "run", "batch", "asset")
    return all(row.get(f"{table}_id") is None or row[f"{table}_id"] in kept[table] for table in parents)


def make_plant(rows: int = 150, seed: int = SEED) -> Plant:
    """About `rows` completed runs, checks, stops, incidents, batches and logs of each company."""
    print(f"plant of {rows} rows a listing and company, seed {seed}")
    return Plant(_Maker(random.Random(seed), rows).make())


class _Maker:
    def __init__(self, rng: random.Random, rows: int) -> None:
        self.rng = rng
        self.rows = rows
        self.tables: dict[str, list[Record]] = {}
        self.numbers: dict[str, Iterator[int]] = {}

    def make(self) -> dict[str, list[Record]]:
        self.add_names()
        machines = self.tables["machine"]
        self.add_runs(machines)
        self.add_checks(machines)
        self.add_maintenance()
        self.add_incidents()
        self.add_batches()
        self.add_logs(machines)
        return self.tables

    def add(self, table: str, **values: Any) -> Record:
        number = next(self.numbers.setdefault(table, count(1)))
        row = {"id": number, "uuid": self.uuid(), **values}
        self.tables.setdefault(table, []).append(row)
        return row

    def uuid(self) -> str:
        digits = f"{self.rng.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    def time(self, number: int) -> int:
        """The special times first, then so few others that several rows share each."""
        if number < len(SPECIAL_TIMES):
            return SPECIAL_TIMES[number]
        return FIRST + SLOT * self.rng.randrange(self.rows // 3) + self.rng.choice((0, 0, 0, 1, 1_799))

    def quantity(self) -> float:
        return self.rng.choice((0.0, 0.15, 75.0, 2.0**53, 0.1 + 0.2, float(self.rng.randint(1, 20_000))))

    def text(self, company: int, site: int, what: str) -> str:
        """A text that tells whose it is."""
        return f"{what} of {TAGS[company]} at {site}"

    def maybe(self, value: Any) -> Any:
        return self.rng.choice((None, value, value))

    def pick(self, table: str, company: int, site: int | None = None) -> Record:
        return self.rng.choice(
            [
                row
                for row in self.tables[table]
                if row["company_id"] == company and (site is None or row["site_id"] == site)
            ]
        )

    def each(self) -> Iterator[tuple[int, int, Record]]:
        """(number, company, a site of it), the companies taking turns."""
        for number, company in product(range(self.rows), COMPANIES):
            yield number, company, self.pick("site", company)

    def add_names(self) -> None:
        self.tables["company"] = [
            {"id": each, "name": NAMES[each], "timezone": ZONES[each], "created_at": 0} for each in COMPANIES
        ]
        for name, company in product(SITES, COMPANIES):
            location = None if name == "Brisbane" else f"Street of {TAGS[company]}"
            self.add("site", company_id=company, name=name, location=location)
        for name, site in product(MACHINES, list(self.tables["site"])):
            uom = self.rng.choice(("", "bottles"))
            self.add("machine", company_id=site["company_id"], site_id=site["id"], name=name, uom=uom)
        for name, company in product(("one", "two", "three"), COMPANIES):
            tagged = f"{name} of {TAGS[company]}"
            self.add("product", company_id=company, sku=name, description=self.rng.choice(("", tagged)))
            self.add("operator", company_id=company, full_name=f"Ana {name}")
            self.add("template", company_id=company, name=f"Fill level {name}")
            self.add("material", company_id=company, code=name, name=tagged)
            for version in (1, 2):
                formulation = self.rng.randrange(2)
                self.add(
                    "recipe",
                    company_id=company,
                    code=name,
                    name=tagged,
                    version=version,
                    is_formulation=formulation,
                )
        for machine in list(self.tables["machine"]):
            company = machine["company_id"]
            if self.rng.random() < 0.6:
                made = self.pick("product", company)
                seconds = self.rng.choice((0.4, 1.0, 12.5))
                self.add(
                    "standard",
                    company_id=company,
                    machine_id=machine["id"],
                    product_id=made["id"],
                    ideal_cycle_seconds=seconds,
                )

    def add_runs(self, machines: list[Record]) -> None:
        self.tables |= {"run": [], "scrap": [], "downtime": []}
        free = {machine["id"]: self.rng.sample(range(self.rows), self.rows) for machine in machines}
        for number, company, site in self.each():
            machine = self.pick("machine", company, site["id"])
            start = FIRST + SLOT * free[machine["id"]].pop()
            self.add_run(machine, SPECIAL_TIMES[number] if number < len(SPECIAL_TIMES) else start)
        for machine in machines[::3]:
            self.add_run(machine, FIRST + SLOT * free[machine["id"]].pop(), status="running")

    def add_run(self, machine: Record, start: int, status: str = "completed") -> None:
        company, site = machine["company_id"], machine["site_id"]
        length = min(self.rng.choice((0, 1, 60, 7_213, 7_213)), LATEST - start)
        run = self.add(
            "run",
            company_id=company,
            site_id=site,
            machine_id=machine["id"],
            product_id=self.pick("product", company)["id"],
            operator_id=self.maybe(self.pick("operator", company)["id"]),
            status=status,
            started_at=start,
            ended_at=start + length if status == "completed" else None,
            setup_duration_seconds=self.rng.choice((0.0, 720.0, 0.5)),
            running_at=self.maybe(start),
            units_produced=self.quantity(),
            target_quantity=self.rng.choice((None, 0.0, 0.15, 10_000.0)),
            batch_number=self.maybe(self.text(company, site, "B")),
        )
        for table in ("scrap", "downtime"):
            for _ in range(self.rng.randrange(4)):
                at = min(max(start + self.rng.choice((-30, 0, 0, 600)), EARLIEST), LATEST)
                reason = self.maybe(self.text(company, site, "jam"))
                child: Record = {"run_id": run["id"], "uuid": self.uuid(), "reason": reason}
                if table == "scrap":
                    child |= {"timestamp": at, "units": self.quantity()}
                else:
                    end = min(at + self.rng.choice((0, 3, 20, 1_200, 9_000)), LATEST)
                    category = self.maybe(self.text(company, site, "Unplanned"))
                    child |= {"started_at": at, "ended_at": self.maybe(end), "category": category}
                self.tables[table].append(child)

    def add_checks(self, machines: list[Record]) -> None:
        for number, company, site in self.each():
            self.add(
                "quality_check",
                company_id=company,
                site_id=site["id"],
                machine_id=self.maybe(self.pick("machine", company, site["id"])["id"]),
                template_id=self.maybe(self.pick("template", company)["id"]),
                logged_by_id=self.maybe(self.pick("operator", company)["id"]),
                checked_at=self.time(number),
                passed=self.rng.randrange(2),
                notes=self.maybe(self.text(company, site["id"], 'said "no"\n\t\u2028 é')),
            )

    def add_maintenance(self) -> None:
        for number, site in product(("A-1", "A-2"), list(self.tables["site"])):
            company = site["company_id"]
            category = None if number == "A-1" else self.text(company, site["id"], "Mechanical")
            self.add(
                "asset",
                company_id=company,
                site_id=site["id"],
                asset_number=number,
                name="Gearbox",
                category=category,
            )
        for number, company, site in self.each():
            start = self.time(number)
            self.add(
                "maintenance",
                company_id=company,
                site_id=site["id"],
                asset_id=self.pick("asset", company, site["id"])["id"],
                started_at=start,
                ended_at=self.maybe(min(start + self.rng.choice((0, 2, 3, 20, 1_200, 6_299)), LATEST)),
                reason=self.maybe(self.text(company, site["id"], "oil leak")),
            )

    def add_incidents(self) -> None:
        for number, company, site in self.each():
            self.add(
                "incident",
                company_id=company,
                site_id=site["id"],
                reference_number=f"INC-{number:04}",
                title=self.text(company, site["id"], "Slip"),
                severity=self.rng.choice(SEVERITIES),
                status=self.rng.choice(INCIDENT_STATUSES),
                occurred_at=self.time(number),
                location=self.maybe(self.text(company, site["id"], "Hall")),
            )

    def add_batches(self) -> None:
        self.tables |= {"batch": [], "ingredient": []}
        for number, company, site in self.each():
            batch = self.add(
                "batch",
                company_id=company,
                site_id=site["id"],
                recipe_id=self.pick("recipe", company)["id"],
                batch_number=f"MIX-{number:04}",
                total_qty=self.quantity(),
                qty_uom="kg",
                notes=self.maybe(self.text(company, site["id"], "stirred")),
                created_at=self.time(number),
            )
            for _ in range(self.rng.randrange(5)):
                self.add_ingredient(batch)
            # One more for an earlier batch: the order of import is not the order of the batches.
            self.add_ingredient(self.pick("batch", company))

    def add_ingredient(self, batch: Record) -> None:
        company = batch["company_id"]
        self.add(
            "ingredient",
            company_id=company,
            batch_id=batch["id"],
            material_id=self.pick("material", company)["id"],
            qty_used=self.quantity(),
            uom="kg",
            supplier_batch=self.maybe(self.text(company, batch["site_id"], "L")),
        )

    def add_logs(self, machines: list[Record]) -> None:
        for number, company, site in self.each():
            of_run = self.rng.random() < 0.5
            run = self.pick("run", company, site["id"]) if of_run else None
            machine = run["machine_id"] if run else self.maybe(self.pick("machine", company, site["id"])["id"])
            self.add(
                "material_log",
                company_id=company,
                site_id=site["id"],
                machine_id=machine,
                run_id=run and run["id"],
                recipe_id=self.maybe(self.pick("recipe", company)["id"]),
                material_id=self.pick("material", company)["id"],
                logged_at=self.time(number),
                qty_used=self.quantity(),
                uom="pcs",
                supplier_batch=self.maybe(self.text(company, site["id"], "C")),
            )
