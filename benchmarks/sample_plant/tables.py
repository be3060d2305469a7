"""What does an import file look like: which columns, in which order, how is a value written?

UTF-8, commas, `\\n` at the end of a line, instants in UTC with `Z`, quantities without needless zeros,
empty for none.
"""

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime

Cell = str | int | float | bool | None
Row = tuple[Cell, ...]

COLUMNS: dict[str, str] = {
    "sites": "name location",
    "machines": "name site uom",
    "products": "sku description",
    "operators": "full_name",
    "standards": "machine product_sku ideal_cycle_seconds",
    "runs": "machine site product_sku operator started_at ended_at status setup_duration_seconds running_at"
    " units_produced target_quantity batch_number",
    "scrap": "machine run_started_at units reason timestamp",
    "downtime": "machine run_started_at started_at ended_at category reason",
    "quality_checks": "checked_at passed notes machine site template logged_by",
    "assets": "asset_number name category site",
    "maintenance": "asset_number site started_at ended_at reason",
    "incidents": "reference_number title severity status occurred_at location site",
    "materials": "code name",
    "recipes": "code name version is_formulation",
    "batches": "batch_number total_qty qty_uom notes created_at site recipe_code recipe_version",
    "ingredients": "batch_number material_code qty_used uom supplier_batch",
    "material_logs": "logged_at site machine run_started_at recipe_code recipe_version material_code qty_used"
    " uom supplier_batch",
}


def stamp(epoch_s: int) -> str:
    """An instant as the files write it."""
    return datetime.fromtimestamp(epoch_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def write_cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    return str(value)


def render(entity: str, rows: Iterable[Row]) -> bytes:
    """The bytes of one file; a row of the wrong width is refused here rather than found at import."""
    header = COLUMNS[entity].split()
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        if len(row) != len(header):
            raise ValueError(f"{entity}: {len(row)} cells for {len(header)} columns: {row}")
        writer.writerow([write_cell(cell) for cell in row])
    return text.getvalue().encode()
