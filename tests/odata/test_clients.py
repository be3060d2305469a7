"""Two OData clients that others wrote read the service over the wire, each in its own way.

odatapy is modelled on Apache Olingo: it takes every value through the types of `$metadata`.  python-odata makes classes
of `$metadata`, and filters of Python's operators.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from litestar.testing import TestClient
from odata import ODataService
from odatapy.client import BasicAuth, EdmEnabledODataClient, HttpxTransport, ODataClientError

from nexshift.instants import format_instant
from nexshift.tables import TABLES
from nexshift.tables.column import Kind
from nexshift.web.app import create_app
from tests.odata.asking import ask, rows
from tests.web.running import running

MARCH = "2026-03-01T00:00:00Z"


@pytest.fixture(scope="module")
def root(database: Path) -> Iterator[str]:
    """Where a real server serves the plant."""
    with running(create_app(database, rate_limit=1_000_000)) as port:
        yield f"http://127.0.0.1:{port}/odata/v4/"


@pytest.fixture
def olingo(root: str, keys: dict[tuple[int, str], str]) -> Iterator[EdmEnabledODataClient]:
    transport = HttpxTransport(auth=BasicAuth("any", keys[1, "all"]))
    yield EdmEnabledODataClient(root, transport)
    transport.close()


@pytest.fixture
def service(root: str, keys: dict[tuple[int, str], str]) -> Iterator[Any]:
    with requests.Session() as session:
        session.auth = ("any", keys[1, "all"])
        session.headers["Prefer"] = "odata.maxpagesize=7"
        yield ODataService(root, session=session, reflect_entities=True, quiet_progress=True)


def typed(kind: Kind, value: Any) -> Any:
    """A value of our JSON as its Edm type is in Python."""
    if value is None:
        return None
    match kind:
        case Kind.UUID:
            return uuid.UUID(value)
        case Kind.INSTANT:
            return datetime.fromisoformat(value)
        case Kind.DATE:
            return date.fromisoformat(value)
        case Kind.QUANTITY | Kind.PERCENTAGE:
            return float(value)
    return value


def test_odatapy_reads_every_set_with_its_types(olingo: EdmEnabledODataClient, client: TestClient, key: str) -> None:
    assert list(olingo.get_service_document().entity_sets) == [table.name for table in TABLES]
    for table in TABLES:
        address = olingo.entity_set_uri(table.name)
        found = [{each.name: each.value for each in entity.properties} for entity in olingo.iter_entities(address)]
        expected = [
            {column.name: typed(column.kind, row[column.name]) for column in table.columns}
            for row in rows(client, table.name, key)
        ]
        assert found == expected, table.name
        assert olingo.get_count(olingo.entity_set_uri(table.name)) == len(expected)


def test_odatapy_follows_pages_and_finds_a_row(olingo: EdmEnabledODataClient, client: TestClient, key: str) -> None:
    whole = rows(client, "production_runs", key, _orderby="units_produced desc", _filter=f"started_at ge {MARCH}")
    address = olingo.entity_set_uri("production_runs").filter(f"started_at ge {MARCH}").orderby("units_produced desc")
    sizes = [len(page.entities) for page in olingo.iter_pages(address, max_page_size=9)]
    assert sizes[:2] == [9, 9]
    assert sum(sizes) == len(whole)
    row = olingo.get_entity(olingo.entity_uri("production_runs", uuid.UUID(whole[0]["id"])))
    assert {each.name: each.value for each in row.properties}["batch_number"] == whole[0]["batch_number"]


def test_odatapy_reads_our_errors(olingo: EdmEnabledODataClient) -> None:
    with pytest.raises(ODataClientError) as refusal:
        olingo.get_entity_set(olingo.entity_set_uri("production_runs").filter("unit_produced gt 1"))
    assert 'did you mean "units_produced"?' in str(refusal.value)


def test_python_odata_reads_every_set(service: Any, client: TestClient, key: str) -> None:
    assert set(service.entities) == {table.name for table in TABLES}
    for table in TABLES:
        entity = service.entities[table.name]
        found = [[getattr(each, name) for name in table.key] for each in service.query(entity)]
        expected = [[row[name] for name in table.key] for row in rows(client, table.name, key)]
        assert [[str(value) for value in values] for values in found] == expected


def test_python_odata_filters_by_pythons_operators(service: Any, client: TestClient, key: str) -> None:
    runs = service.entities["production_runs"]
    begin, end = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)
    query = service.query(runs).filter(runs.started_at >= begin).filter(runs.started_at < end)
    query = query.filter((runs.machine_name == "Auto 3") | runs.machine_name.contains("ﬀ"))
    found = [format_instant(int(run.started_at.timestamp())) for run in query.order_by(runs.started_at.asc())]
    expected = sorted(
        row["started_at"]
        for row in rows(client, "production_runs", key)
        if MARCH <= row["started_at"] < "2026-03-02" and (row["machine_name"] == "Auto 3" or "ﬀ" in row["machine_name"])
    )
    assert found == expected
    assert expected


def test_python_odata_finds_a_row_by_its_key(service: Any, client: TestClient, key: str) -> None:
    row = ask(client, "safety_incidents", key, _top=1).json()["value"][0]
    incident = service.query(service.entities["safety_incidents"]).get(row["id"])
    assert incident.reference_number == row["reference_number"]
