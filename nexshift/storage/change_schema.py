"""What the database has beside its records, so that a client can ask what has changed since it asked last.

`commit_sequence` has one row a company: `value` is the number of the company's last change, and every commit that
changes what is shown of it raises it.  `changed` of a row is the number of its last change; triggers keep it true for
every writer (change_triggers.py).  SQLite has one writer at a time, so what is committed after somebody has read
`value` has higher numbers, and whoever keeps that value has a token to ask with.  What other companies write changes no
number of this one.

Names are not written into all rows that show them: how recent a row is, is the largest number of all that it shows,
found when it is read (nexshift.changes).  What is gone has no number any more, so `deletion` has a row for it.

`is_held` is 1 only inside of a transaction: all its changes have one number, and it writes that itself.  Tokens below
`restarted` are refused, because what is there now does not follow from what was there then.  The first number is the
time in milliseconds, so that tokens of different databases hardly ever fit each other.
"""

from __future__ import annotations

from nexshift.storage.columns import UUID, instant

LISTED = ("run", "quality_check", "maintenance", "incident", "batch", "material_log")
NAMED = ("site", "machine", "product", "operator", "template", "asset", "material", "recipe", "standard")
NUMBERED = (*NAMED, *LISTED)
"""The tables whose rows have a number."""

MAX_TABLE_NAME = 100

CHANGE_TABLES = (
    # No reference to the company: one that goes and comes again must not give a number twice.
    """\
CREATE TABLE commit_sequence (
  company_id INTEGER PRIMARY KEY,
  value INTEGER NOT NULL CHECK (value >= restarted),
  restarted INTEGER NOT NULL CHECK (restarted > 0),
  is_held INTEGER NOT NULL DEFAULT 0 CHECK (is_held IN (0, 1))
) STRICT""",
    # For the question whether any number is held, whatever the number of companies.
    "CREATE INDEX commit_sequence_held ON commit_sequence (company_id) WHERE is_held = 1",
    # No reference to the site, which may go as well; what is deleted before that is of no use to anybody then.
    # `table_name` is the name under which clients know the table.
    f"""\
CREATE TABLE deletion (
  id INTEGER PRIMARY KEY,
  sequence INTEGER NOT NULL CHECK (sequence > 0),
  {instant("deleted_at")} DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)),
  company_id INTEGER NOT NULL REFERENCES company (id) ON DELETE CASCADE,
  site_id INTEGER NOT NULL,
  table_name TEXT NOT NULL CHECK (length(table_name) BETWEEN 1 AND {MAX_TABLE_NAME}),
  {UUID.replace(" UNIQUE", "")}
) STRICT""",
    # In the order of its pages, so that no page's place holds a number that counts other companies' deletions.
    "CREATE INDEX deletion_company ON deletion (company_id, sequence, uuid, table_name)",
    "CREATE INDEX deletion_site ON deletion (site_id, sequence, uuid, table_name)",
    "CREATE INDEX deletion_row ON deletion (uuid)",
    # 1 is the number of what was there before numbers were: every token is above it.
    *(f"ALTER TABLE {table} ADD COLUMN changed INTEGER NOT NULL DEFAULT 1 CHECK (changed > 0)" for table in NUMBERED),
    *(f"CREATE INDEX {table}_number ON {table} (company_id, changed)" for table in NUMBERED),
)
