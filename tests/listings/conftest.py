"""Everything about listings is tested twice: with rows that are stepped directly, and with those of `sqlite3`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nexshift.storage.connection import ReadConnection, open_reader
from nexshift.storage.stepping import Stepping


@pytest.fixture(scope="session", params=list(Stepping))
def stepping(request: pytest.FixtureRequest) -> Stepping:
    """Each way in turn."""
    chosen: Stepping = request.param
    return chosen


@pytest.fixture(scope="module", autouse=True)
def _environment(stepping: Stepping) -> Iterator[None]:
    """For every reader that a test opens; no longer than a module, because other tests may follow in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NEXSHIFT_STEPPING", stepping)
        yield


@pytest.fixture(scope="session")
def reader(plant_file: Path, stepping: Stepping) -> Iterator[ReadConnection]:
    connection = open_reader(plant_file, stepping=stepping)
    assert (connection.statements is not None) == (stepping == Stepping.DIRECT)
    yield connection
    connection.close()
