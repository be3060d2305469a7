"""A new database, open to write to, with a company in it or a whole plant, and where a copy of it goes."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from nexshift.storage.companies import Company, add_company
from nexshift.storage.connection import create_database
from nexshift.storage.library import sqlite3
from nexshift.storage.nightly import NightlyBackups
from tests.storage.nights import Clock, watch
from tests.storage.rows import add_plant


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "plant.db"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return tmp_path / "copy.db"


@pytest.fixture
def writer(path: Path) -> Iterator[sqlite3.Connection]:
    connection = create_database(path)
    yield connection
    connection.close()


@pytest.fixture
def acme(writer: sqlite3.Connection) -> Company:
    return add_company(writer, "Acme Manufacturing", "Australia/Brisbane")


@pytest.fixture
def ids(writer: sqlite3.Connection) -> dict[str, int]:
    return add_plant(writer)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Path:
    caplog.set_level(logging.INFO, "nexshift")
    made = tmp_path / "backups"
    made.mkdir()
    return made


@pytest.fixture
def nightly(path: Path, ids: dict[str, int], folder: Path, clock: Clock) -> NightlyBackups:
    return watch(path, folder, clock)
