"""What the database has beside its records, so that a client can ask what has changed since it asked last.

`commit_sequence` is one row: `value` is the number of the last change, and every commit that changes what is shown
raises it.  `changed` of a row is the number of its last change; triggers keep it true for every writer
(change_triggers.py).  SQLite has one writer at a time, so what is committed after somebody has read `value` has higher
numbers, and whoever keeps that value has a token to ask with.

Names are not written into all rows that show them: how recent a row is, is the largest number of all that it shows,
found when it is read (nexshift.changes).  What is gone has no number any more, so `deletion` has a row for it.

`is_held` is 1 only inside of a transaction: all its changes have one number, and it writes that itself.  Tokens below
`restarted` are refused, because something else was put in the database's place since.  The first number is the time in
milliseconds, so that tokens of different databases hardly ever fit each other.
"""

from __future__ import annotations

from nexshift.storage.columns import UUID, instant

LISTED = ("run", "quality_check", "maintenance", "incident", "batch", "material_log")
NAMED = ("site", "machine", "product", "operator", "template", "asset", "material", "recipe", "standard")
NUMBERED = (*NAMED, *LISTED)
"""The tables whose rows have a number."""

DELETION_TABLES = (
    "production_runs",
    "production_runs_scrap",
    "production_runs_downtime",
    "quality_checks",
    "maintenance_downtime",
    "safety_incidents",
    "batching_batches",
    "batching_batches_ingredients",
    "batching_logs",
)
"""The names under which clients know what they read."""

_ALLOWED = ", ".join(f"'{name}'" for name in DELETION_TABLES)

CHANGE_TABLES = (
    """\
CREATE TABLE commit_sequence (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  value INTEGER NOT NULL CHECK (value >= restarted),
  restarted INTEGER NOT NULL CHECK (restarted > 0),
  is_held INTEGER NOT NULL DEFAULT 0 CHECK (is_held IN (0, 1))
) STRICT""",
    "INSERT INTO commit_sequence (id, value, restarted) SELECT 1, ms, ms"
    " FROM (SELECT CAST(strftime('%s', 'now') AS INTEGER) * 1000 AS ms)",
    # No reference to the site, which may go as well; what is deleted before that is of no use to anybody then.
    f"""\
CREATE TABLE deletion (
  id INTEGER PRIMARY KEY,
  sequence INTEGER NOT NULL CHECK (sequence > 0),
  {instant("deleted_at")} DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)),
  company_id INTEGER NOT NULL REFERENCES company (id) ON DELETE CASCADE,
  site_id INTEGER NOT NULL,
  table_name TEXT NOT NULL CHECK (table_name IN ({_ALLOWED})),
  {UUID.replace(" UNIQUE", "")}
) STRICT""",
    "CREATE INDEX deletion_company ON deletion (company_id, sequence)",
    "CREATE INDEX deletion_site ON deletion (site_id, sequence)",
    "CREATE INDEX deletion_row ON deletion (uuid)",
    # 1 is the number of what was there before numbers were: every token is above it.
    *(f"ALTER TABLE {table} ADD COLUMN changed INTEGER NOT NULL DEFAULT 1 CHECK (changed > 0)" for table in NUMBERED),
    *(f"CREATE INDEX {table}_number ON {table} (company_id, changed)" for table in NUMBERED),
)
