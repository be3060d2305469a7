"""Each table in turn, read either way."""

from __future__ import annotations

import pytest

from nexshift.tables import TABLES
from nexshift.tables.table import Table


@pytest.fixture(params=TABLES, ids=lambda table: table.name)
def table(request: pytest.FixtureRequest) -> Table:
    """Each flat table in turn."""
    chosen: Table = request.param
    return chosen
