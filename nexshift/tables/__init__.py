"""The flat tables: one row a record, for spreadsheets and whatever else reads rows and columns.

They come in the order in which they are shown; a new listing's are among them by themselves.
"""

from __future__ import annotations

from collections.abc import Sequence

from nexshift.listing import Endpoint, Listing
from nexshift.listings import LISTINGS
from nexshift.tables.deletions import DELETIONS_TABLE
from nexshift.tables.derived import derive_tables
from nexshift.tables.oee import OEE_TABLES
from nexshift.tables.summary import SUMMARY_TABLE
from nexshift.tables.table import Table


def make_tables(listings: Sequence[Endpoint]) -> tuple[Table, ...]:
    """The tables of a service with these listings."""
    return (
        *(table for listing in listings if isinstance(listing, Listing) for table in derive_tables(listing)),
        SUMMARY_TABLE,
        *OEE_TABLES,
        DELETIONS_TABLE,
    )


TABLES = make_tables(LISTINGS)
