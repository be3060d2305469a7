"""The flat tables: one row a record, for spreadsheets and whatever else reads rows and columns.

The tuple is explicit and in the order in which tables are shown; a new listing's tables are here by themselves.
"""

from __future__ import annotations

from nexshift.listing import Listing
from nexshift.listings import LISTINGS
from nexshift.tables.derived import derive_tables
from nexshift.tables.oee import OEE_TABLES
from nexshift.tables.summary import SUMMARY_TABLE
from nexshift.tables.table import Table

TABLES: tuple[Table, ...] = (
    *(table for listing in LISTINGS if isinstance(listing, Listing) for table in derive_tables(listing)),
    SUMMARY_TABLE,
    *OEE_TABLES,
)
