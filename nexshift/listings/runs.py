"""`/production/runs`: completed production runs with their scrap, stops and OEE."""

from __future__ import annotations

from msgspec import Struct

from nexshift.listing import Listing
from nexshift.names import Lookup
from nexshift.parameters import MACHINE_ID, SITE_ID
from nexshift.parts import Child, Score
from nexshift.records import Instant, Minutes, Percentage, Person, Quantity, Uuid


class RunMachine(Struct, frozen=True, gc=False):
    """The machine, and the unit that it counts in."""

    id: Uuid
    name: str
    uom: str


class RunSite(Struct, frozen=True, gc=False):
    """The machine's site."""

    id: Uuid
    name: str
    location: str | None


class RunProduct(Struct, frozen=True, gc=False):
    """What was made."""

    id: Uuid
    sku: str
    description: str


class Scrap(Struct, frozen=True, gc=False):
    """Units that were thrown away."""

    id: Uuid
    units: Quantity
    reason: str | None
    timestamp: Instant


class Stop(Struct, frozen=True, gc=False):
    """A stop; while it is open it has no end and no length."""

    id: Uuid
    started_at: Instant
    ended_at: Instant | None
    duration_minutes: Minutes | None
    category: str | None
    reason: str | None


class Oee(Struct, frozen=True, gc=False):
    """Percent with one decimal; null where a value has no meaning."""

    availability: Percentage | None
    performance: Percentage | None
    quality: Percentage | None
    overall: Percentage | None


class Run(Struct, frozen=True, gc=False):
    """A completed production run."""

    id: Uuid
    started_at: Instant
    ended_at: Instant
    status: str
    setup_duration_seconds: Quantity
    running_at: Instant | None
    units_produced: Quantity
    target_quantity: Quantity | None
    batch_number: str | None
    machine: RunMachine
    site: RunSite
    product: RunProduct
    operator: Person | None
    scrap: list[Scrap]
    downtime: list[Stop]
    oee: Oee


# What a stop or scrap is looked at by.
_RUN = {
    "run_id": "id",
    "run_started_at": "started_at",
    "run_date": "date",
    "machine_id": "machine_id",
    "machine_name": "machine_name",
    "site_id": "site_id",
    "site_name": "site_name",
    "product_id": "product_id",
    "product_sku": "product_sku",
}

RUNS = Listing(
    path="/production/runs",
    resource="production",
    title="Production runs",
    description="Completed production runs with their scrap, stops and OEE, newest first.",
    record=Run,
    # The first five are what `oee_core.score_runs` takes, which takes the ideal cycle time as well.
    columns={
        "_key": "r.id",
        "started_at": "r.started_at",
        "ended_at": "r.ended_at",
        "units_produced": "r.units_produced",
        "target_quantity": "r.target_quantity",
        "id": "r.uuid",
        "status": "r.status",
        "setup_duration_seconds": "r.setup_duration_seconds",
        "running_at": "r.running_at",
        "batch_number": "r.batch_number",
        "_machine": "r.machine_id",
        "_site": "r.site_id",
        "_product": "r.product_id",
        "_operator": "r.operator_id",
    },
    source="run r",
    row="r",
    time="started_at",
    fixed="r.status = 'completed'",
    filters=(SITE_ID, MACHINE_ID),
    lookups=(
        Lookup(
            name="machine",
            record=RunMachine,
            table="machine",
            columns={"id": "uuid", "name": "name", "uom": "uom"},
        ),
        Lookup(
            name="site",
            record=RunSite,
            table="site",
            columns={"id": "uuid", "name": "name", "location": "location"},
        ),
        Lookup(
            name="product",
            record=RunProduct,
            table="product",
            columns={"id": "uuid", "sku": "sku", "description": "description"},
        ),
        Lookup(
            name="operator",
            record=Person,
            table="operator",
            columns={"id": "uuid", "full_name": "full_name"},
        ),
    ),
    children=(
        Child(
            name="scrap",
            record=Scrap,
            columns={
                "_run": "c.run_id",
                "units": "c.units",
                "id": "c.uuid",
                "reason": "c.reason",
                "timestamp": "c.timestamp",
            },
            source="scrap c ON c.run_id = page.value",
            order=("c.timestamp", "c.uuid"),
            table_description="What was thrown away, in the runs' order and inside a run oldest first.",
            carries=_RUN,
        ),
        Child(
            name="downtime",
            record=Stop,
            columns={
                "_run": "d.run_id",
                "started_at": "d.started_at",
                "ended_at": "d.ended_at",
                "id": "d.uuid",
                "category": "d.category",
                "reason": "d.reason",
            },
            source="downtime d ON d.run_id = page.value",
            order=("d.started_at", "d.uuid"),
            table_description="Stops of runs, in the runs' order and inside a run oldest first.",
            carries=_RUN,
        ),
    ),
    score=Score(
        name="oee",
        record=Oee,
        stops="downtime",
        scrap="scrap",
        standard="SELECT ideal_cycle_seconds FROM standard WHERE machine_id = :machine AND product_id = :product",
        stored_downtime="r.downtime_seconds",
    ),
    example={
        "id": "019d27a1-5d60-7c3e-8a51-6f2b9d0c4e11",
        "started_at": "2026-03-26T00:21:16Z",
        "ended_at": "2026-03-26T02:21:29Z",
        "status": "completed",
        "setup_duration_seconds": 720,
        "running_at": "2026-03-26T00:33:16Z",
        "units_produced": 9700,
        "target_quantity": 10000,
        "batch_number": "B-2603-118",
        "machine": {"id": "019d27a1-5d60-7000-8000-000000000003", "name": "Auto 3", "uom": "bottles"},
        "site": {"id": "019d27a1-5d60-7000-8000-000000000001", "name": "Brisbane", "location": "Brisbane QLD"},
        "product": {
            "id": "019d27a1-5d60-7000-8000-000000000007",
            "sku": "SW-500",
            "description": "Spring water 500 ml",
        },
        "operator": {"id": "019d27a1-5d60-7000-8000-000000000009", "full_name": "Ana Novak"},
        "scrap": [
            {
                "id": "019d27a1-5d60-7000-8000-000000000012",
                "units": 20,
                "reason": "Label misaligned",
                "timestamp": "2026-03-26T01:50:00Z",
            }
        ],
        "downtime": [
            {
                "id": "019d27a1-5d60-7000-8000-000000000015",
                "started_at": "2026-03-26T01:00:00Z",
                "ended_at": "2026-03-26T01:20:00Z",
                "duration_minutes": 20,
                "category": "Unplanned",
                "reason": "Jam at infeed",
            }
        ],
        "oee": {"availability": 83.4, "performance": 100.0, "quality": 99.8, "overall": 83.2},
    },
)
