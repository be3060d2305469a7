"""`/batching/batches`: batches that were mixed, with their ingredients."""

from __future__ import annotations

from msgspec import Struct

from nexshift.envelope import CountAndWindow
from nexshift.listing import Listing
from nexshift.parameters import SITE_ID
from nexshift.parts import Child
from nexshift.records import Instant, Quantity, Uuid


class Ingredient(Struct, frozen=True, gc=False):
    """A material that went into the batch."""

    id: Uuid
    material_id: Uuid
    material_code: str
    material_name: str
    qty_used: Quantity
    uom: str
    supplier_batch: str | None


class Batch(Struct, frozen=True, gc=False):
    """A batch of a recipe."""

    id: Uuid
    batch_number: str
    total_qty: Quantity
    qty_uom: str
    notes: str | None
    created_at: Instant
    site_id: Uuid
    site_name: str
    recipe_id: Uuid
    recipe_code: str
    recipe_name: str
    recipe_version: int
    is_formulation: bool
    ingredients: list[Ingredient]


BATCHES = Listing(
    path="/batching/batches",
    resource="batching",
    title="Batches",
    description="Batches with their ingredients in order of import, newest first.",
    record=Batch,
    meta=CountAndWindow,
    columns={
        "_key": "b.id",
        "id": "b.uuid",
        "batch_number": "b.batch_number",
        "total_qty": "b.total_qty",
        "qty_uom": "b.qty_uom",
        "notes": "b.notes",
        "created_at": "b.created_at",
        "site_id": "s.uuid",
        "site_name": "s.name",
        "recipe_id": "p.uuid",
        "recipe_code": "p.code",
        "recipe_name": "p.name",
        "recipe_version": "p.version",
        "is_formulation": "p.is_formulation",
    },
    source="batch b CROSS JOIN site s ON s.id = b.site_id CROSS JOIN recipe p ON p.id = b.recipe_id",
    row="b",
    time="created_at",
    filters=(SITE_ID,),
    children=(
        Child(
            name="ingredients",
            record=Ingredient,
            columns={
                "_batch": "i.batch_id",
                "id": "i.uuid",
                "material_id": "m.uuid",
                "material_code": "m.code",
                "material_name": "m.name",
                "qty_used": "i.qty_used",
                "uom": "i.uom",
                "supplier_batch": "i.supplier_batch",
            },
            source="ingredient i ON i.batch_id = page.value CROSS JOIN material m ON m.id = i.material_id",
            order=("i.id",),
            table_description="What went into batches, in the batches' order and inside a batch in order of import.",
            carries={
                "batch_id": "id",
                "batch_number": "batch_number",
                "batch_created_at": "created_at",
                "batch_date": "date",
                "site_id": "site_id",
                "site_name": "site_name",
            },
        ),
    ),
    example={
        "id": "019d27a1-5d60-7000-8000-000000000051",
        "batch_number": "MIX-0412",
        "total_qty": 500,
        "qty_uom": "kg",
        "notes": None,
        "created_at": "2026-03-25T21:00:00Z",
        "site_id": "019d27a1-5d60-7000-8000-000000000001",
        "site_name": "Brisbane",
        "recipe_id": "019d27a1-5d60-7000-8000-000000000052",
        "recipe_code": "ORANGE-BASE",
        "recipe_name": "Orange base",
        "recipe_version": 2,
        "is_formulation": True,
        "ingredients": [
            {
                "id": "019d27a1-5d60-7000-8000-000000000053",
                "material_id": "019d27a1-5d60-7000-8000-000000000054",
                "material_code": "CITRIC",
                "material_name": "Citric acid",
                "qty_used": 0.15,
                "uom": "kg",
                "supplier_batch": "L-88213",
            }
        ],
    },
)
