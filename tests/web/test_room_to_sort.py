"""Where there is no room to sort, the answer says so, and the service and its database are well."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nexshift.storage.library import sqlite3
from tests.web.plant import CHECKS, INCIDENTS
from tests.web.processes import ServiceProcess, process_of

SMALL = """
import sys
from pathlib import Path
from nexshift.web import app
from nexshift.web.server import serve
from nexshift.web.settings import ServiceSettings
app.SQLITE_HEAP_BYTES = 48_000_000
if __name__ == "__main__":
    serve(ServiceSettings(database=Path(sys.argv[1]), port=0))
"""
SORTED = "/odata/v4/quality_checks?$orderby=notes&$top=2"


@pytest.fixture
def service(database: Path, tmp_path: Path, writer: sqlite3.Connection) -> Iterator[ServiceProcess]:
    """One that has 48 MB for SQLite, and 100,000 checks with notes of 400 letters."""
    writer.execute(
        "INSERT INTO quality_check (uuid, company_id, site_id, checked_at, passed, notes)"
        " WITH RECURSIVE n(value) AS (VALUES (1) UNION ALL SELECT value + 1 FROM n WHERE value < 100000)"
        " SELECT printf('00000000-0000-4000-8000-%012x', value), 1, 1, 1700000000 + value, 0,"
        " hex(randomblob(200)) FROM n"
    )
    script = tmp_path / "small.py"
    script.write_text(SMALL)
    with process_of([script, database], PYTHONPATH=str(Path.cwd())) as service:
        yield service


def test_what_finds_no_room_is_told_so_and_everything_else_goes_on(service: ServiceProcess, key: str) -> None:
    assert service.ask(SORTED, key)[0] == 200, "only the first rows are kept"
    for _ in range(3):
        status, body = service.ask(f"{SORTED}&$skip=99990", key)
        assert (status, b"There is no room to sort so many rows; narrow them" in body) == (503, True)
        assert service.ask("/health")[0] == 200
        assert service.ask(f"{INCIDENTS}?limit=1", key)[0] == 200
        assert service.ask(f"{CHECKS}?limit=1000", key)[0] == 200
        assert service.ask(f"{CHECKS}?format=csv", key)[0] == 200
    service.process.terminate()
    lines = service.read_to_end()
    assert "database_unavailable" not in {line["event"] for line in lines}
    assert [line["status"] for line in lines if line["event"] == "request" and line["status"] >= 500] == [503] * 3
