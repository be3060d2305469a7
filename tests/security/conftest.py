"""A service on a port of this machine, with keys of two companies, that must come through whatever is sent to it."""

from __future__ import annotations

import logging
import resource
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from nexshift.storage.connection import create_database
from nexshift.web.app import create_app
from tests.security.wire import Service
from tests.web.plant import fill, make_key
from tests.web.running import running

MOST_GROWTH_BYTES = 128 * 2**20  # while a module's attempts are made, with what hypothesis itself remembers


class _Faults(logging.Handler):
    """Every line of the log that tells of a fault of our own."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info or record.levelno >= logging.ERROR:
            self.found.append(self.format(record))


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Ends with a check that nothing which was sent made the service fail, even unseen."""
    path = tmp_path_factory.mktemp("service") / "plant.db"
    connection = create_database(path)
    fill(connection)
    keys = {
        "all": make_key(connection),
        "all again": make_key(connection),
        "north": make_key(connection, sites=("North",)),
        "south": make_key(connection, sites=("South",)),
        "safety": make_key(connection, resources=("safety",)),
        "quality": make_key(connection, resources=("quality",)),
        "other company": make_key(connection, company="Other Works"),
    }
    connection.close()
    each_look_a_minute_later = count(step=60).__next__  # or the bad keys would be too many for one minute
    faults = _Faults()
    before = _resident_bytes()
    logging.getLogger().addHandler(faults)
    try:
        with running(create_app(path, clock=each_look_a_minute_later)) as port:
            yield Service(port, path, keys)
    finally:
        logging.getLogger().removeHandler(faults)
    assert faults.found == []
    assert _resident_bytes() - before < MOST_GROWTH_BYTES


def _resident_bytes() -> int:
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) * resource.getpagesize() if statm.exists() else 0
