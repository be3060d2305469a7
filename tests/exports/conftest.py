"""Exports of the plant of two companies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nexshift.exports.extract import extracting
from nexshift.exports.files import write_file
from nexshift.tables import TABLES
from nexshift.tables.table import Table
from tests.plants import NAMES

Export = Callable[..., Path]
"""`export(table, "csv", begin=, end=)` gives the file of the first company's rows."""


@pytest.fixture(params=TABLES, ids=lambda table: table.name)
def table(request: pytest.FixtureRequest) -> Table:
    """Each flat table in turn."""
    chosen: Table = request.param
    return chosen


@pytest.fixture
def export(plant_file: Path, tmp_path: Path) -> Export:
    def write(table: Table, form: str, *, company: int = 1, begin: str | None = None, end: str | None = None) -> Path:
        target = tmp_path / f"{table.name}.{form}"
        counted: list[int] = []
        with extracting(plant_file, NAMES[company], table, begin, end) as extract:
            rows = write_file(extract, form, target, counted.append)
            assert rows == sum(counted) == extract.count()
        return target

    return write
