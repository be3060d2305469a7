"""Each table in turn, read either way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nexshift.storage.connection import ReadConnection, open_reader
from nexshift.storage.stepping import Stepping
from nexshift.tables import TABLES
from nexshift.tables.table import Table


@pytest.fixture(params=TABLES, ids=lambda table: table.name)
def table(request: pytest.FixtureRequest) -> Table:
    """Each flat table in turn."""
    chosen: Table = request.param
    return chosen


@pytest.fixture(scope="session")
def plain_reader(plant_file: Path) -> Iterator[ReadConnection]:
    """A connection whose rows come through `sqlite3`."""
    connection = open_reader(plant_file, stepping=Stepping.SQLITE3)
    yield connection
    connection.close()
