"""`/deletions`: what a key could read before and can read no longer, so that copies of tables can forget it.

Deleted, replaced, reopened, or gone to a site that the key may not see: whoever keeps copies need not know which.  What
is there after all, since it was added again or moved among the key's sites, is not shown.  What no key could ever read
was never written into the table: triggers know it (nexshift.storage.change_triggers).
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from nexshift.changes import TokenFilter
from nexshift.listing import Listing
from nexshift.listings import LISTINGS
from nexshift.parameters import SITE_ID
from nexshift.scope import Values
from nexshift.storage.keys import Grant
from nexshift.tables.column import Column, Kind, Order
from nexshift.tables.derived import derive_tables, local_date
from nexshift.tables.table import Table

_TABLES = tuple(table for listing in LISTINGS if isinstance(listing, Listing) for table in derive_tables(listing))
_IN_SITES = "(:seen_sites IS NULL OR {}.site_id IN (SELECT value FROM json_each(:seen_sites)))"


def _is_there(table: Table) -> str:
    """Whether the key sees the row; joins that only bring names are left out."""
    (key,) = table.key
    child = table.column_of[key].sql.partition(".")[0]
    source = table.source.partition(" LEFT JOIN ")[0].partition(" CROSS JOIN ")[0]
    if child != table.row:
        join = next(each for each in table.source.split(" CROSS JOIN ") if each.split()[1] == child)
        source = f"{join.partition(' ON ')[0]} CROSS JOIN {source} ON {join.partition(' ON ')[2]}"
    return (
        f"EXISTS (SELECT 1 FROM {source} WHERE {child}.uuid = gone.uuid AND {table.row}.company_id = gone.company_id"
        f" AND {table.fixed} AND {_IN_SITES.format(table.row)})"
    )


_CASES = " ".join(f"WHEN '{table.name}' THEN {_is_there(table)}" for table in _TABLES)
_FIXED = (
    # What came before that is of no use to anybody: its tokens are refused.
    "gone.sequence > (SELECT restarted FROM commit_sequence WHERE company_id = gone.company_id)"
    " AND gone.table_name IN (SELECT value FROM json_each(:seen_tables))"
    f" AND NOT CASE gone.table_name {_CASES} END"
    # Of several deletions of a row, the last.
    " AND NOT EXISTS (SELECT 1 FROM deletion later WHERE later.uuid = gone.uuid AND later.id > gone.id"
    f" AND later.table_name = gone.table_name AND later.company_id = gone.company_id AND {_IN_SITES.format('later')})"
)


@dataclass(frozen=True, kw_only=True)
class Deletions(Table):
    """The table of deletions, in which each key finds those of the tables that it may read."""

    def is_open_to(self, grant: Grant) -> bool:
        return True

    def bind(self, grant: Grant | None) -> Values:
        if grant is None:
            return {"seen_sites": None, "seen_tables": "[]"}
        sites = None if grant.sites is None else json.dumps(list(grant.sites.values()))
        return {
            "seen_sites": sites,
            "seen_tables": json.dumps([each.name for each in _TABLES if each.is_open_to(grant)]),
        }


_COLUMNS = (
    Column(name="table", kind=Kind.TEXT, sql="gone.table_name", description="The name of the table that it was in."),
    Column(name="id", kind=Kind.UUID, sql="gone.uuid", description="What `id` was there."),
    Column(name="deleted_at", kind=Kind.INSTANT, sql="gone.deleted_at", description="When it went."),
    Column(
        name="date",
        kind=Kind.DATE,
        sql=local_date("gone.deleted_at"),
        description="The day of deleted_at in the company's time zone.",
    ),
    Column(name="changed", kind=Kind.WHOLE, sql="gone.sequence", description="Number of the change that removed it."),
)
_COLUMN = {column.name: column for column in _COLUMNS}

DELETIONS_TABLE = Deletions(
    name="deletions",
    path="/deletions",
    resource="deletions",
    title="Deletions",
    description="Rows of the other tables that this key can read no longer, the last first.",
    columns=_COLUMNS,
    key=("table", "id"),
    # By no number of the row itself, which would tell how much other companies have deleted.
    order=tuple(Order(_COLUMN[name], is_descending=True) for name in ("changed", "id", "table")),
    source="deletion gone",
    row="gone",
    time="deleted_at",
    fixed=_FIXED,
    filters=(
        SITE_ID,
        TokenFilter(
            description="Only what went since an answer with this `Nexshift-Change-Token`; 0 is all that is known.",
            condition="{row}.sequence > :changed_after",
        ),
    ),
)
