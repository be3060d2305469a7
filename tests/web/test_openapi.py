"""The OpenAPI document is valid, and says what the service does."""

import json
import re
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
from nexshift.web.formats import FLAT_MEDIA_TYPE, MEDIA_TYPES
from nexshift.web.openapi import make_document
from nexshift.web.routes import list_served
from tests.web.plant import INCIDENTS

XLSX = MEDIA_TYPES["xlsx"]
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


def test_each_type_of_answer_has_one_schema() -> None:
    """So that a program that is made of the document need not ask which of several it has got."""
    for path, operation in OPERATIONS.items():
        contents = operation["responses"]["200"]["content"]
        is_nested = path in {API_PREFIX + listing.path for listing in LISTINGS}
        assert list(contents) == ["application/json", *([FLAT_MEDIA_TYPE] if is_nested else []), "text/csv", XLSX]
        for content in contents.values():
            assert not {"anyOf", "oneOf"} & set(content["schema"])


def test_a_quantity_has_one_type() -> None:
    """Programs that are made of the document give a name to each union, and two of the names were the same."""
    properties = DOCUMENT["components"]["schemas"]["ProductionRuns"]["properties"]
    assert properties["units_produced"]["type"] == "number"
    assert [each["type"] for each in properties["target_quantity"]["anyOf"]] == ["number", "null"]


def test_it_has_what_linters_ask_for() -> None:
    """The concrete rules of spectral's `spectral:oas`, which needs Node."""
    assert set(DOCUMENT["info"]) >= {"title", "version", "description", "contact"}
    assert not any(server["url"].endswith("/") for server in DOCUMENT["servers"])
    operations = [operation for item in DOCUMENT["paths"].values() for operation in item.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names))
    tags = [tag["name"] for tag in DOCUMENT["tags"]]
    assert len(tags) == len(set(tags))
    for operation in operations:
        assert operation["description"]
        assert operation["summary"]
        assert operation["tags"]
        assert set(operation["tags"]) <= set(tags)
        for parameter in operation.get("parameters", ()):
            assert parameter["description"], parameter
    assert not any(path.endswith("/") or "?" in path for path in DOCUMENT["paths"])


def test_a_cursor_of_the_service_is_one_of_the_document(asking: TestClient) -> None:
    parameters = {each["name"]: each["schema"] for each in OPERATIONS[INCIDENTS]["parameters"]}
    for format_ in ("json", "flat"):
        cursor = asking.get(INCIDENTS, params={"limit": 1, "format": format_}).json()["meta"]["next_cursor"]
        assert re.search(parameters["cursor"]["pattern"], cursor)
        assert len(cursor) <= parameters["cursor"]["maxLength"]


def test_flat_rows_have_a_type_of_their_own(asking: TestClient) -> None:
    """Where the path's usual answer is another; a table has but one shape."""
    for path, format_, expected in (
        (INCIDENTS, "json", "application/json"),
        (INCIDENTS, "flat", FLAT_MEDIA_TYPE),
        ("/api/v1/production/oee-by-day", "json", "application/json"),
        ("/api/v1/production/oee-by-day", "flat", "application/json"),
    ):
        for _ in range(2):  # the second is remembered
            answer = asking.get(path, params={"format": format_})
            assert answer.headers["content-type"] == expected


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
