"""What a key may read, told to whoever holds it: of its own company and sites, and to nobody without one."""

import msgspec
import pytest
from litestar.testing import TestClient

from nexshift.config import API_PREFIX
from nexshift.storage.library import sqlite3
from nexshift.tables import TABLES
from nexshift.web.access import ACCESS_PATH, Access
from tests.web.plant import ELSEWHERE, INCIDENTS, NORTH, SOUTH, make_key

RESOURCES = ["production", "quality", "maintenance", "safety", "batching"]


def ask(client: TestClient, key: str) -> Access:
    response = client.get(ACCESS_PATH, headers={"Authorization": f"Bearer {key}"})
    assert response.status_code == 200
    return msgspec.json.decode(response.content, type=Access, strict=True)


def test_a_key_without_limits_sees_its_company_and_all_its_sites(client: TestClient, key: str) -> None:
    access = ask(client, key)
    assert (access.company, access.timezone, access.key) == ("Acme Manufacturing", "Australia/Brisbane", "test")
    assert access.expires_at is None
    assert access.resources == RESOURCES
    assert [(site.id, site.name) for site in access.sites] == [(NORTH, "North"), (SOUTH, "South")]


def test_a_limited_key_sees_its_own_sites_and_resources_alone(client: TestClient, writer: sqlite3.Connection) -> None:
    access = ask(client, make_key(writer, sites=("South",), resources=("safety", "quality")))
    assert [site.id for site in access.sites] == [SOUTH]
    assert access.resources == ["quality", "safety"]


def test_the_tables_are_those_of_its_resources_with_all_their_columns(
    client: TestClient, writer: sqlite3.Connection, key: str
) -> None:
    assert [table.name for table in ask(client, key).tables] == [table.name for table in TABLES]
    (incidents, deletions) = ask(client, make_key(writer, resources=("safety",))).tables
    assert deletions.name == "deletions"  # of incidents alone, for this key
    assert (incidents.name, incidents.path, incidents.resource) == ("safety_incidents", "/safety/incidents", "safety")
    assert {column.name: (column.type, column.nullable) for column in incidents.columns}.items() >= {
        "id": ("uuid", False),
        "occurred_at": ("instant", False),
        "date": ("date", False),
        "location": ("text", True),
    }.items()


def test_every_kind_of_column_has_its_type(client: TestClient, key: str) -> None:
    types = {(table.name, column.name): column.type for table in ask(client, key).tables for column in table.columns}
    assert set(types.values()) == {"text", "uuid", "instant", "date", "integer", "number", "boolean"}
    assert types["production_runs", "planned_busy_time_seconds"] == "integer"
    assert types["production_runs", "units_produced"] == types["production_runs", "oee_overall"] == "number"
    assert types["quality_checks", "passed"] == "boolean"


def test_whatever_it_names_can_be_had_at_the_places_that_it_names(asking: TestClient, key: str) -> None:
    for table in ask(asking, key).tables:
        rows = asking.get(f"{API_PREFIX}{table.path}", params={"format": "csv"})
        assert rows.text.lstrip("\ufeff").splitlines()[0] == ",".join(column.name for column in table.columns)
        assert asking.get(f"/odata/v4/{table.name}", params={"$top": "1"}).status_code == 200


def test_another_company_sees_its_own(client: TestClient, writer: sqlite3.Connection) -> None:
    access = ask(client, make_key(writer, company="Other Works"))
    assert (access.company, access.timezone, [site.id for site in access.sites]) == ("Other Works", "UTC", [ELSEWHERE])


def test_the_end_of_a_key_is_an_instant(client: TestClient, writer: sqlite3.Connection, key: str) -> None:
    writer.execute("UPDATE api_key SET expires_at = 4102444800")
    assert ask(client, key).expires_at == "2100-01-01T00:00:00Z"


@pytest.mark.parametrize("sent", [{}, {"Authorization": "Bearer nxs_none"}])
def test_nobody_else_learns_anything(client: TestClient, sent: dict[str, str]) -> None:
    response = client.get(ACCESS_PATH, headers=sent)
    assert response.status_code == 401
    assert response.json() == {"error": "Invalid or missing API key"}
    assert "www-authenticate" in response.headers


def test_it_counts_against_the_rate_limit(client: TestClient, writer: sqlite3.Connection) -> None:
    sent = {"Authorization": f"Bearer {make_key(writer, rate_limit=1)}"}
    assert client.get(ACCESS_PATH, headers=sent).headers["ratelimit-remaining"] == "0"
    assert client.get(ACCESS_PATH, headers=sent).status_code == 429


def test_it_answers_like_a_page(asking: TestClient) -> None:
    answer, page = asking.get(ACCESS_PATH), asking.get(INCIDENTS)
    for name in ("content-type", "cache-control", "vary"):
        assert answer.headers[name] == page.headers[name]
    assert asking.get(ACCESS_PATH, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
    head = asking.head(ACCESS_PATH)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == answer.headers["content-length"]
    assert asking.options(ACCESS_PATH).status_code == 204
    assert asking.post(ACCESS_PATH).status_code == 405


def test_keys_with_the_same_rights_get_different_tags(client: TestClient, writer: sqlite3.Connection) -> None:
    tags = {
        client.get(ACCESS_PATH, headers={"Authorization": f"Bearer {make_key(writer)}"}).headers["etag"]
        for _ in range(2)
    }
    assert len(tags) == 2


def test_it_refuses_every_parameter_but_a_cache_buster(asking: TestClient) -> None:
    response = asking.get(ACCESS_PATH, params={"tables": "1"})
    assert response.status_code == 400
    assert response.json() == {"error": 'unknown parameter "tables"; none is known here'}
    assert asking.get(ACCESS_PATH, params={"_": "1"}).status_code == 200


def test_it_is_described(client: TestClient) -> None:
    operation = client.get("/api/v1/openapi.json").json()["paths"][ACCESS_PATH]["get"]
    example = operation["responses"]["200"]["content"]["application/json"]["example"]
    msgspec.convert(example, Access, strict=True)
    assert set(operation["responses"]) == {"200", "304", "400", "401", "405", "408", "429", "431", "500", "503"}
