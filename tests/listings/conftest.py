"""Everything about listings is tested twice: with rows that are stepped directly, and with those of `sqlite3`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nexshift.storage.connection import ReadConnection, open_reader
from nexshift.storage.stepping import Stepping


@pytest.fixture(scope="session", params=list(Stepping), autouse=True)
def stepping(request: pytest.FixtureRequest) -> Iterator[Stepping]:
    """Each way in turn, for every reader that a test opens."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NEXSHIFT_STEPPING", request.param)
        yield request.param


@pytest.fixture(scope="session")
def reader(plant_file: Path, stepping: Stepping) -> Iterator[ReadConnection]:
    connection = open_reader(plant_file)
    assert (connection.statements is not None) == (stepping == Stepping.DIRECT)
    yield connection
    connection.close()
