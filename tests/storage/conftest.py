"""A new database, open to write to, with a company in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from nexshift.storage.companies import Company, add_company
from nexshift.storage.connection import create_database


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "plant.db"


@pytest.fixture
def writer(path: Path) -> Iterator[sqlite3.Connection]:
    connection = create_database(path)
    yield connection
    connection.close()


@pytest.fixture
def acme(writer: sqlite3.Connection) -> Company:
    return add_company(writer, "Acme Manufacturing", "Australia/Brisbane")
