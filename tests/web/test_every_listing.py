"""What holds for every listing alike, and for one that is added tomorrow."""

from pathlib import Path

import pytest
from litestar.testing import TestClient

from nexshift.config import API_PREFIX, RESOURCES
from nexshift.listing import Endpoint
from nexshift.listings import LISTINGS
from nexshift.listings.incidents import INCIDENTS as LISTING
from nexshift.storage.library import sqlite3
from nexshift.web.app import create_app
from tests.web.plant import changed, make_key

every_listing = pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing.path)


@every_listing
def test_it_needs_a_key(client: TestClient, listing: Endpoint) -> None:
    assert client.get(API_PREFIX + listing.path).status_code == 401
    assert client.head(API_PREFIX + listing.path).status_code == 401
    assert client.options(API_PREFIX + listing.path).status_code == 204


@every_listing
def test_it_needs_its_own_resource(client: TestClient, writer: sqlite3.Connection, listing: Endpoint) -> None:
    others = tuple(resource for resource in RESOURCES if resource != listing.resource)
    for resources, status in (((listing.resource,), 200), (others, 403)):
        key = make_key(writer, resources=resources)
        response = client.get(API_PREFIX + listing.path, headers={"Authorization": f"Bearer {key}"})
        assert response.status_code == status


@every_listing
def test_it_answers_in_the_envelope_and_with_the_headers_of_a_page(asking: TestClient, listing: Endpoint) -> None:
    response = asking.get(API_PREFIX + listing.path)
    assert list(response.json()) == ["company", "data", "meta"]
    assert response.json()["company"] == "Acme Manufacturing"
    for name in ("etag", "cache-control", "vary", "x-request-id", "ratelimit-limit"):
        assert name in response.headers
    again = asking.get(API_PREFIX + listing.path, headers={"If-None-Match": response.headers["etag"]})
    assert again.status_code == 304


@every_listing
def test_it_refuses_a_parameter_that_it_does_not_know(asking: TestClient, listing: Endpoint) -> None:
    response = asking.get(API_PREFIX + listing.path, params={"page": "2"})
    assert response.status_code == 400
    assert response.json()["error"].startswith('unknown parameter "page"')


def test_an_eighth_listing_is_served_and_described_without_another_change(database: Path, key: str) -> None:
    near_misses = changed(LISTING, path="/safety/near_misses", title="Near misses")
    with TestClient(create_app(database, listings=(*LISTINGS, near_misses))) as client:
        page = client.get("/api/v1/safety/near_misses", params={"limit": 1}, headers={"Authorization": f"Bearer {key}"})
        assert page.json()["meta"]["count"] == 1
        assert page.links["next"]["url"].startswith("near_misses?")
        assert client.post("/api/v1/safety/near_misses").status_code == 405
        described = client.get("/api/v1/openapi.json").json()["paths"]["/api/v1/safety/near_misses"]["get"]
        assert described["summary"] == "Near misses"
