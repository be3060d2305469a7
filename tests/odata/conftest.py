from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar.testing import TestClient

from nexshift.storage.connection import ReadConnection, open_reader, open_writer
from nexshift.storage.functions import lower_text, upper_text
from nexshift.storage.library import sqlite3
from nexshift.tables import TABLES
from nexshift.tables.column import Column, Kind
from nexshift.tables.table import Table
from nexshift.web.app import create_app
from tests.grants import GRANTS
from tests.plants import COMPANIES, NAMES
from tests.web.plant import make_key

COLUMNS = (
    Column(name="id", kind=Kind.UUID, sql="t.id"),
    Column(name="name", kind=Kind.TEXT, sql="t.name", is_nullable=True),
    Column(name="sku", kind=Kind.TEXT, sql="t.sku"),
    Column(name="started_at", kind=Kind.INSTANT, sql="t.started_at"),
    Column(name="ended_at", kind=Kind.INSTANT, sql="t.ended_at", is_nullable=True),
    Column(name="day", kind=Kind.DATE, sql="t.day + 0", is_nullable=True),
    Column(name="units", kind=Kind.WHOLE, sql="t.units"),
    Column(name="quantity", kind=Kind.QUANTITY, sql="t.quantity", is_nullable=True),
    Column(name="passed", kind=Kind.FLAG, sql="t.passed", is_nullable=True),
)


@pytest.fixture(scope="session")
def table() -> sqlite3.Connection:
    """An empty table of every kind of column, as SQLite holds them in the service's own."""
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    connection.execute(
        "CREATE TABLE t (id TEXT, name TEXT, sku TEXT, started_at INTEGER, ended_at INTEGER, day INTEGER,"
        " units INTEGER, quantity REAL, passed INTEGER) STRICT"
    )
    connection.execute("CREATE INDEX by_start ON t (started_at DESC, id)")
    connection.create_function("lower_text", 1, lower_text)
    connection.create_function("upper_text", 1, upper_text)
    return connection


@pytest.fixture(scope="package")
def database(plant_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plant of two companies; no test writes to it but keys."""
    return Path(shutil.copyfile(plant_file, tmp_path_factory.mktemp("odata") / "plant.db"))


@pytest.fixture(scope="package")
def keys(database: Path) -> dict[tuple[int, str], str]:
    """A key by company and kind of grant."""
    connection = open_writer(database)
    found = {
        (company, kind): make_key(connection, company=NAMES[company], sites=sites or ())
        for company in COMPANIES
        for kind, sites in GRANTS.items()
        if sites != ()
    }
    connection.close()
    return found


@pytest.fixture(scope="package")
def client(database: Path) -> Iterator[TestClient]:
    """The service over the plant, with a limit that no test reaches."""
    with TestClient(create_app(database, rate_limit=1_000_000), base_url="http://plant.test") as client:
        yield client


@pytest.fixture(scope="package")
def key(keys: dict[tuple[int, str], str]) -> str:
    """Of the first company, for everything."""
    return keys[1, "all"]


@pytest.fixture(params=TABLES, ids=lambda table: table.name)
def each_table(request: pytest.FixtureRequest) -> Table:
    """Each flat table in turn."""
    chosen: Table = request.param
    return chosen


@pytest.fixture(scope="package")
def reader(database: Path) -> Iterator[ReadConnection]:
    """Of the same database, whose changes are numbered as in no other."""
    connection = open_reader(database)
    yield connection
    connection.close()
