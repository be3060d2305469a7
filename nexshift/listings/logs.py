"""`/batching/logs`: materials that were used, at a machine or in a run."""

from __future__ import annotations

from msgspec import Struct

from nexshift.envelope import CountOnly
from nexshift.listing import Listing
from nexshift.parameters import SITE_ID
from nexshift.records import Instant, Quantity, Uuid


class MaterialLog(Struct, frozen=True, gc=False):
    """A quantity of a material that was used; product and batch number are those of its run."""

    id: Uuid
    logged_at: Instant
    site_id: Uuid
    site_name: str
    machine_id: Uuid | None
    machine_name: str | None
    product_sku: str | None
    product_description: str | None
    run_id: Uuid | None
    batch_number: str | None
    recipe_id: Uuid | None
    recipe_code: str | None
    recipe_name: str | None
    material_id: Uuid
    material_code: str
    material_name: str
    qty_used: Quantity
    uom: str
    supplier_batch: str | None


LOGS = Listing(
    path="/batching/logs",
    resource="batching",
    title="Material logs",
    description="Materials that were used, newest first.",
    record=MaterialLog,
    meta=CountOnly,
    columns={
        "id": "l.uuid",
        "logged_at": "l.logged_at",
        "site_id": "s.uuid",
        "site_name": "s.name",
        "machine_id": "m.uuid",
        "machine_name": "m.name",
        "product_sku": "p.sku",
        "product_description": "p.description",
        "run_id": "r.uuid",
        "batch_number": "r.batch_number",
        "recipe_id": "c.uuid",
        "recipe_code": "c.code",
        "recipe_name": "c.name",
        "material_id": "a.uuid",
        "material_code": "a.code",
        "material_name": "a.name",
        "qty_used": "l.qty_used",
        "uom": "l.uom",
        "supplier_batch": "l.supplier_batch",
    },
    source="material_log l CROSS JOIN site s ON s.id = l.site_id CROSS JOIN material a ON a.id = l.material_id"
    " LEFT JOIN machine m ON m.id = l.machine_id LEFT JOIN run r ON r.id = l.run_id"
    " LEFT JOIN product p ON p.id = r.product_id LEFT JOIN recipe c ON c.id = l.recipe_id",
    row="l",
    time="logged_at",
    filters=(SITE_ID,),
    example={
        "id": "019d27a1-5d60-7000-8000-000000000061",
        "logged_at": "2026-03-26T00:40:00Z",
        "site_id": "019d27a1-5d60-7000-8000-000000000001",
        "site_name": "Brisbane",
        "machine_id": "019d27a1-5d60-7000-8000-000000000003",
        "machine_name": "Auto 3",
        "product_sku": "SW-500",
        "product_description": "Spring water 500 ml",
        "run_id": "019d27a1-5d60-7c3e-8a51-6f2b9d0c4e11",
        "batch_number": "B-2603-118",
        "recipe_id": None,
        "recipe_code": None,
        "recipe_name": None,
        "material_id": "019d27a1-5d60-7000-8000-000000000062",
        "material_code": "CAP-28",
        "material_name": "Cap 28 mm",
        "qty_used": 9720,
        "uom": "pcs",
        "supplier_batch": "C-5521",
    },
)
