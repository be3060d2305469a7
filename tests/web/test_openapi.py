"""The OpenAPI document is valid, and says what the service does."""

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient
from openapi_spec_validator import OpenAPIV31SpecValidator

from nexshift.config import API_PREFIX
from nexshift.listings import LISTINGS
from nexshift.tables import TABLES
from nexshift.web.access import ACCESS_PATH
from nexshift.web.openapi import make_document
from nexshift.web.routes import list_served
from tests.web.plant import INCIDENTS

SERVED = list_served(LISTINGS, TABLES)
DOCUMENT: dict[str, Any] = json.loads(make_document(SERVED))
OPERATIONS = {
    path: item["get"] for path, item in DOCUMENT["paths"].items() if path.startswith(API_PREFIX) and path != ACCESS_PATH
}


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in part:
        return part
    found: Any = DOCUMENT
    for step in part["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return found


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from (part["$ref"],) if "$ref" in part else ()
        part = list(part.values())
    if isinstance(part, list):
        for each in part:
            yield from references(each)


def test_the_document_is_valid_openapi_3_1() -> None:
    assert DOCUMENT["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(DOCUMENT).validate()


def test_it_is_served_without_a_key(client: TestClient) -> None:
    response = client.get("/api/v1/openapi.json")
    assert response.headers["content-type"] == "application/json"
    assert response.json() == DOCUMENT


def test_every_listing_is_in_it() -> None:
    assert list(OPERATIONS) == [API_PREFIX + each.flat.path for each in SERVED]
    assert {API_PREFIX + endpoint.path for endpoint in (*LISTINGS, *TABLES)} == set(OPERATIONS)


def test_all_that_it_refers_to_is_in_it_and_nothing_else() -> None:
    used = set(references(DOCUMENT))
    for name in used:
        assert resolved({"$ref": name})
    for kind in ("schemas", "headers", "responses"):
        assert {f"#/components/{kind}/{name}" for name in DOCUMENT["components"][kind]} <= used


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing.path)
def test_the_example_of_a_page_is_one(listing: Any) -> None:
    example = OPERATIONS[API_PREFIX + listing.path]["responses"]["200"]["content"]["application/json"]["example"]
    page = msgspec.convert(example, listing.body, strict=True)
    assert json.loads(msgspec.json.encode(page)) == example
    assert json.dumps(example) == json.dumps(json.loads(msgspec.json.encode(page)))  # the order of keys as well


@pytest.mark.parametrize("path", OPERATIONS)
def test_every_refusal_has_the_one_shape(path: str) -> None:
    responses = OPERATIONS[path]["responses"]
    assert set(responses) == {"200", "304", "400", "401", "403", "405", "408", "429", "431", "500", "503"}
    for status, reference in responses.items():
        if status not in {"200", "304"}:
            content = resolved(reference)["content"]["application/json"]
            assert content["schema"] == {"$ref": "#/components/schemas/Failure"}
            assert list(content["example"]) == ["error"]


def test_null_is_allowed_where_the_response_may_have_it_and_nowhere_else() -> None:
    run = DOCUMENT["components"]["schemas"]["Run"]
    nullable = {name for name, schema in run["properties"].items() if {"type": "null"} in schema.get("anyOf", ())}
    assert nullable == {"running_at", "target_quantity", "batch_number", "operator"}
    assert set(run["required"]) == set(run["properties"])


def test_ids_and_instants_have_their_formats() -> None:
    incident = DOCUMENT["components"]["schemas"]["Incident"]["properties"]
    assert incident["id"]["format"] == "uuid"
    assert incident["occurred_at"]["format"] == "date-time"


def test_parameters_have_their_bounds() -> None:
    parameters = {each["name"]: each for each in OPERATIONS[INCIDENTS]["parameters"]}
    filters = ["site_id", "status", "severity", "changed_after"]
    assert list(parameters) == ["from", "to", *filters, "limit", "cursor", "format", "If-None-Match"]
    assert parameters["limit"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 1000, "default": 500}
    assert parameters["status"]["schema"]["enum"] == [
        "reported",
        "under_investigation",
        "corrective_actions_open",
        "closed",
    ]
    assert not any(each.get("required") for each in parameters.values())


def test_a_key_is_needed_for_all_but_the_health_check() -> None:
    assert DOCUMENT["security"] == [{"bearer": []}, {"basic": []}]
    assert all("security" not in operation for operation in OPERATIONS.values())
    assert DOCUMENT["paths"]["/health"]["get"]["security"] == []


def test_the_headers_of_a_page_are_those_it_has(asking: TestClient) -> None:
    page = asking.get(INCIDENTS, params={"limit": 1})
    described = {name.lower() for name in OPERATIONS[INCIDENTS]["responses"]["200"]["headers"]}
    assert described - set(page.headers) == set()
    assert set(page.headers) - described == {"content-type", "content-length", "x-content-type-options"}
