"""What a database of the newest version looks like: tables, constraints and indexes.

It is made by the released steps (steps/), which a test holds against this.  What the second step added to most tables
is declared in change_schema.py.

Integer keys inside, the UUID that clients see as a column; instants as UTC epoch seconds; quantities as REAL, which
SQLite stores as integers where they are whole.  Everything that import refuses and one row can show is a CHECK as
well, so that a row written by any other SQL tool obeys the same rules.

Tenancy is in the keys: a row names its company, and every foreign key inside a company includes the company's id, so
that a row can never point at another company's.  A machine's runs also carry its site (for site-first indexes); the
foreign key keeps that copy true when the machine moves.

Every listing has one index a scope, in the order of its pages (newest first, then uuid), so that a page costs the
same whatever the years behind it.
"""

from __future__ import annotations

from nexshift.config import MAX_QUANTITY
from nexshift.storage.columns import (
    COMPANY,
    ID,
    UUID,
    choice,
    flag,
    instant,
    optional_instant,
    optional_quantity,
    optional_text,
    quantity,
    text,
    text_or_empty,
    whole_number,
)

INCIDENT_STATUSES = ("reported", "under_investigation", "corrective_actions_open", "closed")
RUN_STATUSES = ("completed", "running")


def _table(name: str, *parts: str, options: str = "STRICT") -> str:
    body = ",\n  ".join(parts)
    return f"CREATE TABLE {name} (\n  {body}\n) {options}"


def _belongs(column: str, table: str, *, on_delete: str = "") -> str:
    """`column` points at a row of the same company."""
    action = f" ON DELETE {on_delete}" if on_delete else ""
    return f"FOREIGN KEY ({column}, company_id) REFERENCES {table} (id, company_id){action}"


def _at_site(column: str, table: str, *, on_delete: str = "") -> str:
    """`column` points at a row of the same company and site, and this row's copy of the site follows that row's."""
    action = f" ON DELETE {on_delete}" if on_delete else ""
    return (
        f"FOREIGN KEY ({column}, site_id, company_id) REFERENCES {table} (id, site_id, company_id)"
        f" ON UPDATE CASCADE{action}"
    )


_RUN_PLACE = "machine_id, site_id, company_id"

SITE = "site_id INTEGER NOT NULL"
IN_COMPANY = "UNIQUE (id, company_id)"
AT_SITE = "UNIQUE (id, site_id, company_id)"
ENDS_AFTER_START = "CHECK (ended_at >= started_at)"

TABLES = (
    _table(
        "company",
        ID,
        f"{text('name')} UNIQUE",
        text("timezone"),
        instant("created_at"),
    ),
    _table(
        "site",
        ID,
        UUID,
        COMPANY,
        text("name"),
        optional_text("location"),
        "UNIQUE (company_id, name)",
        IN_COMPANY,
    ),
    _table(
        "machine",
        ID,
        UUID,
        COMPANY,
        SITE,
        text("name"),
        text_or_empty("uom"),
        "UNIQUE (site_id, name)",
        IN_COMPANY,
        AT_SITE,
        _belongs("site_id", "site"),
    ),
    _table(
        "product",
        ID,
        UUID,
        COMPANY,
        text("sku"),
        text_or_empty("description"),
        "UNIQUE (company_id, sku)",
        IN_COMPANY,
    ),
    _table("operator", ID, UUID, COMPANY, text("full_name"), "UNIQUE (company_id, full_name)", IN_COMPANY),
    _table("template", ID, UUID, COMPANY, text("name"), "UNIQUE (company_id, name)", IN_COMPANY),
    _table(
        "standard",
        ID,
        UUID,
        COMPANY,
        "machine_id INTEGER NOT NULL",
        "product_id INTEGER NOT NULL",
        f"ideal_cycle_seconds REAL NOT NULL CHECK (ideal_cycle_seconds > 0 AND ideal_cycle_seconds <= {MAX_QUANTITY})",
        "UNIQUE (machine_id, product_id)",
        _belongs("machine_id", "machine", on_delete="CASCADE"),
        _belongs("product_id", "product", on_delete="CASCADE"),
    ),
    _table(
        "run",
        ID,
        UUID,
        COMPANY,
        SITE,
        "machine_id INTEGER NOT NULL",
        "product_id INTEGER NOT NULL",
        "operator_id INTEGER",
        choice("status", RUN_STATUSES),
        instant("started_at"),
        optional_instant("ended_at"),
        f"{quantity('setup_duration_seconds')} DEFAULT 0",
        optional_instant("running_at"),
        quantity("units_produced"),
        optional_quantity("target_quantity"),
        optional_text("batch_number"),
        "downtime_seconds INTEGER CHECK (downtime_seconds >= 0)",  # NULL: not known yet; see triggers.py
        "UNIQUE (machine_id, started_at)",
        f"UNIQUE (id, {_RUN_PLACE})",
        ENDS_AFTER_START,
        "CHECK ((status = 'completed') = (ended_at IS NOT NULL))",
        _at_site("machine_id", "machine"),
        _belongs("product_id", "product"),
        _belongs("operator_id", "operator"),
    ),
    _table(
        "scrap",
        "run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE",
        instant("timestamp"),
        UUID,
        quantity("units"),
        optional_text("reason"),
        "PRIMARY KEY (run_id, timestamp, uuid)",
        options="WITHOUT ROWID, STRICT",
    ),
    _table(
        "downtime",
        "run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE",
        instant("started_at"),
        UUID,
        optional_instant("ended_at"),
        optional_text("category"),
        optional_text("reason"),
        "PRIMARY KEY (run_id, started_at, uuid)",
        ENDS_AFTER_START,
        options="WITHOUT ROWID, STRICT",
    ),
    _table(
        "quality_check",
        ID,
        UUID,
        COMPANY,
        SITE,
        "machine_id INTEGER",
        "template_id INTEGER",
        "logged_by_id INTEGER",
        instant("checked_at"),
        flag("passed"),
        optional_text("notes"),
        _belongs("site_id", "site"),
        _at_site("machine_id", "machine"),
        _belongs("template_id", "template"),
        _belongs("logged_by_id", "operator"),
    ),
    _table(
        "asset",
        ID,
        UUID,
        COMPANY,
        SITE,
        text("asset_number"),
        text("name"),
        optional_text("category"),
        "UNIQUE (site_id, asset_number)",
        AT_SITE,
        _belongs("site_id", "site"),
    ),
    _table(
        "maintenance",
        ID,
        UUID,
        COMPANY,
        SITE,
        "asset_id INTEGER NOT NULL",
        instant("started_at"),
        optional_instant("ended_at"),
        optional_text("reason"),
        ENDS_AFTER_START,
        _at_site("asset_id", "asset", on_delete="CASCADE"),
    ),
    _table(
        "incident",
        ID,
        UUID,
        COMPANY,
        SITE,
        text("reference_number"),
        text("title"),
        text("severity"),
        choice("status", INCIDENT_STATUSES),
        instant("occurred_at"),
        optional_text("location"),
        "UNIQUE (company_id, reference_number)",
        _belongs("site_id", "site"),
    ),
    _table(
        "material",
        ID,
        UUID,
        COMPANY,
        text("code"),
        text("name"),
        "UNIQUE (company_id, code)",
        IN_COMPANY,
    ),
    _table(
        "recipe",
        ID,
        UUID,
        COMPANY,
        text("code"),
        text("name"),
        whole_number("version"),
        f"{flag('is_formulation')} DEFAULT 0",
        "UNIQUE (company_id, code, version)",
        IN_COMPANY,
    ),
    _table(
        "batch",
        ID,
        UUID,
        COMPANY,
        SITE,
        "recipe_id INTEGER NOT NULL",
        text("batch_number"),
        quantity("total_qty"),
        text("qty_uom"),
        optional_text("notes"),
        instant("created_at"),
        "UNIQUE (site_id, batch_number)",
        IN_COMPANY,
        _belongs("site_id", "site"),
        _belongs("recipe_id", "recipe"),
    ),
    _table(
        "ingredient",
        ID,  # ascending, so it also is the order of import
        UUID,
        COMPANY,
        "batch_id INTEGER NOT NULL",
        "material_id INTEGER NOT NULL",
        quantity("qty_used"),
        text("uom"),
        optional_text("supplier_batch"),
        _belongs("batch_id", "batch", on_delete="CASCADE"),
        _belongs("material_id", "material"),
    ),
    _table(
        "material_log",
        ID,
        UUID,
        COMPANY,
        SITE,
        "machine_id INTEGER",
        "run_id INTEGER",
        "recipe_id INTEGER",
        "material_id INTEGER NOT NULL",
        instant("logged_at"),
        quantity("qty_used"),
        text("uom"),
        optional_text("supplier_batch"),
        _belongs("site_id", "site"),
        _at_site("machine_id", "machine"),
        # A log of a run is at the run's machine and site, and follows it to others.
        "CHECK (run_id IS NULL OR machine_id IS NOT NULL)",
        f"FOREIGN KEY (run_id, {_RUN_PLACE}) REFERENCES run (id, {_RUN_PLACE}) ON UPDATE CASCADE",
        _belongs("recipe_id", "recipe"),
        _belongs("material_id", "material"),
    ),
    _table(
        "api_key",
        "id INTEGER PRIMARY KEY AUTOINCREMENT",  # never used again: cursors and rate limits are bound to it
        COMPANY,
        text("name"),
        "hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32)",  # SHA-256 of the key; the key itself is nowhere
        "resources TEXT",  # JSON array; NULL is all
        # A flag, not the absence of rows below: a key whose last site is deleted must see nothing, not everything.
        flag("all_sites"),
        "rate_limit INTEGER CHECK (rate_limit > 0)",
        instant("created_at"),
        "expires_at INTEGER",  # first second at which it fails
        "revoked_at INTEGER",
        IN_COMPANY,
    ),
    _table(
        "api_key_site",
        "api_key_id INTEGER NOT NULL",
        SITE,
        "company_id INTEGER NOT NULL",
        "PRIMARY KEY (api_key_id, site_id)",
        _belongs("api_key_id", "api_key", on_delete="CASCADE"),
        _belongs("site_id", "site", on_delete="CASCADE"),
        options="WITHOUT ROWID, STRICT",
    ),
)

# Trailing columns are filters, tested in the index without a look at the row.
INDEXES = (
    "CREATE UNIQUE INDEX run_open ON run (machine_id) WHERE status = 'running'",
    "CREATE INDEX run_company ON run (company_id, started_at DESC, uuid, site_id) WHERE status = 'completed'",
    "CREATE INDEX run_site ON run (site_id, started_at DESC, uuid) WHERE status = 'completed'",
    "CREATE INDEX run_summary ON run (machine_id, started_at, ended_at, units_produced, target_quantity,"
    " downtime_seconds, site_id, company_id) WHERE ended_at IS NOT NULL",
    "CREATE INDEX run_unmeasured ON run (machine_id, started_at)"
    " WHERE status = 'completed' AND downtime_seconds IS NULL",
    "CREATE INDEX quality_check_company ON quality_check (company_id, checked_at DESC, uuid, site_id, passed)",
    "CREATE INDEX quality_check_site ON quality_check (site_id, checked_at DESC, uuid, passed)",
    "CREATE INDEX quality_check_machine ON quality_check (machine_id, checked_at DESC, uuid, passed)",
    "CREATE INDEX maintenance_company ON maintenance (company_id, started_at DESC, uuid, site_id)",
    "CREATE INDEX maintenance_site ON maintenance (site_id, started_at DESC, uuid)",
    "CREATE INDEX maintenance_open ON maintenance (company_id, started_at DESC, uuid, site_id) WHERE ended_at IS NULL",
    "CREATE INDEX maintenance_asset ON maintenance (asset_id, started_at)",
    "CREATE INDEX incident_company ON incident (company_id, occurred_at DESC, uuid, site_id, status, severity)",
    "CREATE INDEX incident_site ON incident (site_id, occurred_at DESC, uuid, status, severity)",
    "CREATE INDEX batch_company ON batch (company_id, created_at DESC, uuid, site_id)",
    "CREATE INDEX batch_site ON batch (site_id, created_at DESC, uuid)",
    "CREATE INDEX ingredient_batch ON ingredient (batch_id, id)",
    "CREATE INDEX material_log_company ON material_log (company_id, logged_at DESC, uuid, site_id)",
    "CREATE INDEX material_log_site ON material_log (site_id, logged_at DESC, uuid)",
    "CREATE INDEX material_log_run ON material_log (run_id) WHERE run_id IS NOT NULL",
)
