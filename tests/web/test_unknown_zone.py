"""A company whose time zone this machine does not know: nobody who asks is to blame, and whoever runs it is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from litestar.testing import TestClient

from nexshift.errors import DatabaseUnavailable
from nexshift.storage.companies import add_company, set_timezone
from nexshift.storage.library import sqlite3
from nexshift.web.app import create_app
from tests.web.plant import INCIDENTS, make_key

UNAVAILABLE = {"error": "The database does not answer; try again in a moment"}
UNKNOWN = "US/Pacific-New"  # which there was until 2020


def forget_zone(writer: sqlite3.Connection, company: int = 1) -> None:
    writer.execute("UPDATE company SET timezone = ? WHERE id = ?", (UNKNOWN, company))


def test_the_service_does_not_start(database: Path, writer: sqlite3.Connection) -> None:
    forget_zone(writer)
    with pytest.raises(DatabaseUnavailable, match=f'has the time zone "{UNKNOWN}", which this machine does not know'):
        create_app(database)


def test_while_it_runs_requests_are_503_until_another_zone_is_set(
    asking: TestClient, writer: sqlite3.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    assert asking.get(INCIDENTS).status_code == 200
    (name,) = writer.execute("SELECT name FROM company WHERE id = 1").fetchone()
    forget_zone(writer)
    for path in (INCIDENTS, f"{INCIDENTS}?from=2026-03-01", "/api/v1/access", "/odata/v4/safety_incidents", "/health"):
        response = asking.get(path)
        assert response.status_code == 503, path
        assert UNKNOWN not in response.text
    assert f'the company "{name}" has the time zone "{UNKNOWN}", which this machine does not know' in caplog.text
    set_timezone(writer, name, "America/Los_Angeles")
    assert asking.get(INCIDENTS).status_code == 200
    assert asking.get("/health").json() == {"status": "ok"}


def test_other_companies_are_answered_meanwhile(asking: TestClient, writer: sqlite3.Connection) -> None:
    other = add_company(writer, "Other")
    forget_zone(writer, other.id)
    assert asking.get(INCIDENTS).status_code == 200
    assert asking.get(INCIDENTS, headers={"Authorization": f"Bearer {make_key(writer)}"}).status_code == 200
    assert asking.get("/health").status_code == 503
