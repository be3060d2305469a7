"""`/quality/checks`: quality checks and whether they passed."""

from __future__ import annotations

from msgspec import Struct

from nexshift.listing import Listing
from nexshift.parameters import MACHINE_ID, SITE_ID, flag_filter
from nexshift.records import Instant, Person, Reference, Uuid


class Check(Struct, frozen=True, gc=False):
    """A quality check."""

    id: Uuid
    checked_at: Instant
    passed: bool
    notes: str | None
    machine: Reference | None
    site: Reference
    template: Reference | None
    logged_by: Person | None


CHECKS = Listing(
    path="/quality/checks",
    resource="quality",
    title="Quality checks",
    description="Quality checks, newest first.",
    record=Check,
    columns={
        "id": "q.uuid",
        "checked_at": "q.checked_at",
        "passed": "q.passed",
        "notes": "q.notes",
        "machine.id": "m.uuid",
        "machine.name": "m.name",
        "site.id": "s.uuid",
        "site.name": "s.name",
        "template.id": "t.uuid",
        "template.name": "t.name",
        "logged_by.id": "o.uuid",
        "logged_by.full_name": "o.full_name",
    },
    source="quality_check q CROSS JOIN site s ON s.id = q.site_id LEFT JOIN machine m ON m.id = q.machine_id"
    " LEFT JOIN template t ON t.id = q.template_id LEFT JOIN operator o ON o.id = q.logged_by_id",
    row="q",
    time="checked_at",
    filters=(
        SITE_ID,
        MACHINE_ID,
        flag_filter("passed", "Only checks that passed, or only those that failed.", "{row}.passed = :passed"),
    ),
    example={
        "id": "019d27a1-5d60-7000-8000-000000000021",
        "checked_at": "2026-03-26T01:30:00Z",
        "passed": True,
        "notes": None,
        "machine": {"id": "019d27a1-5d60-7000-8000-000000000003", "name": "Auto 3"},
        "site": {"id": "019d27a1-5d60-7000-8000-000000000001", "name": "Brisbane"},
        "template": {"id": "019d27a1-5d60-7000-8000-000000000022", "name": "Fill level"},
        "logged_by": {"id": "019d27a1-5d60-7000-8000-000000000009", "full_name": "Ana Novak"},
    },
)
