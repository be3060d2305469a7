"""A copy of the small plant for every test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from nexshift.storage.companies import add_company
from nexshift.storage.connection import new_database
from tests.importing.workbench import Workbench, create_plant, open_bench


@pytest.fixture(scope="session")
def plant_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return create_plant(tmp_path_factory.mktemp("import") / "plant.db")


@pytest.fixture
def bench(plant_database: Path, tmp_path: Path) -> Iterator[Workbench]:
    """The small plant."""
    database = tmp_path / "plant.db"
    shutil.copy(plant_database, database)
    bench = open_bench(database, tmp_path / "files")
    yield bench
    bench.connection.close()


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Workbench]:
    """A company without any records."""
    database = tmp_path / "empty.db"
    with new_database(database) as connection:
        add_company(connection, "Acme", "Australia/Brisbane")
    bench = open_bench(database, tmp_path / "empty-files")
    yield bench
    bench.connection.close()
