"""`/safety/incidents`: safety incidents and where their handling stands."""

from __future__ import annotations

from msgspec import Struct

from nexshift.listing import Listing
from nexshift.parameters import SITE_ID, choice_filter, text_filter
from nexshift.records import Instant, Reference, Uuid
from nexshift.storage.schema import INCIDENT_STATUSES


class Incident(Struct, frozen=True, gc=False):
    """A safety incident."""

    id: Uuid
    reference_number: str
    title: str
    severity: str
    status: str
    occurred_at: Instant
    location: str | None
    site: Reference


INCIDENTS = Listing(
    path="/safety/incidents",
    resource="safety",
    title="Safety incidents",
    description="Safety incidents, newest first.",
    record=Incident,
    columns={
        "id": "i.uuid",
        "reference_number": "i.reference_number",
        "title": "i.title",
        "severity": "i.severity",
        "status": "i.status",
        "occurred_at": "i.occurred_at",
        "location": "i.location",
        "site.id": "s.uuid",
        "site.name": "s.name",
    },
    source="incident i CROSS JOIN site s ON s.id = i.site_id",
    row="i",
    time="occurred_at",
    filters=(
        SITE_ID,
        choice_filter("status", "Only incidents of this status.", INCIDENT_STATUSES, "{row}.status = :status"),
        text_filter(
            "severity",
            "Only incidents of this severity, in the plant's own words.",
            "{row}.severity = :severity",
        ),
    ),
    example={
        "id": "019d27a1-5d60-7000-8000-000000000041",
        "reference_number": "INC-2026-014",
        "title": "Slip on wet floor near filler",
        "severity": "minor",
        "status": "under_investigation",
        "occurred_at": "2026-03-20T04:10:00Z",
        "location": "Filling hall",
        "site": {"id": "019d27a1-5d60-7000-8000-000000000001", "name": "Brisbane"},
    },
)
