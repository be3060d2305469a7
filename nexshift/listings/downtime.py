"""`/maintenance/downtime`: times at which an asset was down."""

from __future__ import annotations

from msgspec import Struct

from nexshift.listing import Listing
from nexshift.parameters import SITE_ID, flag_filter
from nexshift.records import Instant, Minutes, Reference, Uuid


class Asset(Struct, frozen=True, gc=False):
    """What was down."""

    id: Uuid
    name: str
    asset_number: str
    category: str | None


class AssetDowntime(Struct, frozen=True, gc=False):
    """A time at which an asset was down; while it is open it has no end and no length."""

    id: Uuid
    started_at: Instant
    ended_at: Instant | None
    duration_minutes: Minutes | None
    is_open: bool
    reason: str | None
    asset: Asset
    site: Reference


DOWNTIME = Listing(
    path="/maintenance/downtime",
    resource="maintenance",
    title="Maintenance downtime",
    description="Times at which an asset was down, newest first.",
    record=AssetDowntime,
    columns={
        "id": "d.uuid",
        "started_at": "d.started_at",
        "ended_at": "d.ended_at",
        "is_open": "d.ended_at IS NULL",
        "reason": "d.reason",
        "asset.id": "a.uuid",
        "asset.name": "a.name",
        "asset.asset_number": "a.asset_number",
        "asset.category": "a.category",
        "site.id": "s.uuid",
        "site.name": "s.name",
    },
    source="maintenance d CROSS JOIN asset a ON a.id = d.asset_id CROSS JOIN site s ON s.id = d.site_id",
    row="d",
    time="started_at",
    filters=(
        SITE_ID,
        flag_filter(
            "is_open",
            "Only assets that are still down, or only those that are up again.",
            {True: "{row}.ended_at IS NULL", False: "{row}.ended_at IS NOT NULL"},
        ),
    ),
    example={
        "id": "019d27a1-5d60-7000-8000-000000000031",
        "started_at": "2026-03-24T20:15:00Z",
        "ended_at": "2026-03-24T22:00:00Z",
        "duration_minutes": 105,
        "is_open": False,
        "reason": "Gearbox oil leak",
        "asset": {
            "id": "019d27a1-5d60-7000-8000-000000000032",
            "name": "Palletiser gearbox",
            "asset_number": "A-1042",
            "category": "Mechanical",
        },
        "site": {"id": "019d27a1-5d60-7000-8000-000000000001", "name": "Brisbane"},
    },
)
