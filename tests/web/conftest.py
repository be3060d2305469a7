"""The plant's database, keys, and the application over it, with a clock that stands still until a test moves it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from nexshift.storage.connection import create_database, open_writer
from nexshift.storage.library import sqlite3
from nexshift.web.app import create_app
from tests.web.plant import StillClock, fill, make_key


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "plant.db"
    connection = create_database(path)
    fill(connection)
    connection.close()
    return path


@pytest.fixture
def writer(database: Path) -> Iterator[sqlite3.Connection]:
    connection = open_writer(database)
    yield connection
    connection.close()


@pytest.fixture
def key(writer: sqlite3.Connection) -> str:
    return make_key(writer)


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def app(database: Path, clock: StillClock) -> Litestar:
    return create_app(database, clock=clock)


@pytest.fixture
def client(app: Litestar) -> Iterator[TestClient]:
    """Asks without a key; an exception that escapes the application fails the test."""
    with TestClient(app, base_url="http://plant.test") as client:
        yield client


@pytest.fixture
def asking(client: TestClient, key: str) -> TestClient:
    """Asks with a key of Acme's that may read everything."""
    client.headers["Authorization"] = f"Bearer {key}"
    return client
