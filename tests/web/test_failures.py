"""Every failure has one shape, leaks nothing, and can be found in the log by the id that the response carries."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from nexshift.config import API_PREFIX
from nexshift.listing import Listing
from nexshift.listings import LISTINGS
from nexshift.listings.incidents import INCIDENTS as LISTING
from nexshift.web.app import create_app
from nexshift.web.logs import HumanFormatter
from tests.web.plant import INCIDENTS, changed

SECRET = "SELECT secret FROM /srv/plant.db"


class BrokenListing(Listing):
    """A listing with a bug that only a request brings to light."""

    def page(self, *_: Any) -> Any:
        raise ZeroDivisionError(SECRET)


@pytest.fixture
def broken(database: Path, key: str) -> Iterator[TestClient]:
    with TestClient(create_app(database, listings=(changed(LISTING, kind=BrokenListing),))) as client:
        client.headers["Authorization"] = f"Bearer {key}"
        yield client


def test_an_exception_of_ours_is_a_500_that_says_nothing(broken: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    response = broken.get(INCIDENTS)
    assert (response.status_code, response.json()) == (500, {"error": "Internal server error"})
    assert "secret" not in response.text + str(response.headers)
    assert response.headers["ratelimit-remaining"] == "599"
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    logged = HumanFormatter().format(record)
    assert response.headers["x-request-id"] in logged
    assert SECRET in logged
    assert "Traceback" in logged


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/api/v1",
        "/api/v1/production",
        "/api/v1/production/runs/x",
        "/API/V1/production/runs",
        "/%ff",
        "/x",
    ],
)
def test_an_unknown_path_is_a_404_in_the_same_shape(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/json"
    assert list(response.json()) == ["error"]


def test_a_misspelt_path_gets_the_nearest_one(client: TestClient) -> None:
    assert client.get("/api/v1/production/run").json() == {
        "error": 'There is nothing at this path; did you mean "/api/v1/production/runs"?'
    }


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/api/v1/nosuch", None),
        ("/api/v1/x", None),
        ("/api/v1/production/rnus", "/api/v1/production/runs"),
        ("/API/v1/production/runs", "/api/v1/production/runs"),
        ("/api/production/runs", "/api/v1/production/runs"),
        ("/odata/v4/$batchx", None),
        ("/odata/v4/%00", None),
        ("/odata/v4/Production_Runs", "/odata/v4/production_runs"),
        ("/odata/v4/$METADATA", "/odata/v4/$metadata"),
    ],
)
def test_only_a_path_that_may_have_been_meant_is_proposed(client: TestClient, path: str, meant: str | None) -> None:
    error = client.get(path).json()["error"]
    sentence = error if isinstance(error, str) else error["message"]
    proposal = "" if meant is None else f'; did you mean "{meant}"?'
    assert sentence == f"There is nothing at this path{proposal}"


@pytest.mark.parametrize("path", ["/health/", "//health", "/health//"])
def test_superfluous_slashes_make_no_difference(client: TestClient, path: str) -> None:
    assert client.get(f"http://plant.test{path}").json() == {"status": "ok"}


@pytest.mark.parametrize("path", [*(API_PREFIX + listing.path for listing in LISTINGS), "/health", "/docs"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
def test_a_writing_method_is_a_405_that_names_the_others(client: TestClient, path: str, method: str) -> None:
    response = client.request(method, path)
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD, OPTIONS"
    assert response.json() == {"error": f"{method} is not possible here, only GET, HEAD, OPTIONS"}


def test_a_bad_parameter_is_a_400_that_names_it(client: TestClient, key: str) -> None:
    response = client.get(INCIDENTS, params={"limit": 5000}, headers={"Authorization": f"Bearer {key}"})
    assert response.status_code == 400
    assert response.json() == {"error": 'limit must be a whole number from 1 to 1000, not "5000"'}


def test_a_host_that_is_none_is_a_400(client: TestClient) -> None:
    response = client.get("/health", headers={"Host": "a b"})
    assert (response.status_code, response.json()) == (400, {"error": "Invalid host header"})


def test_the_first_page_sends_browsers_to_the_docs(client: TestClient) -> None:
    response = client.get("/", follow_redirects=False)
    assert (response.status_code, response.headers["location"]) == (307, "docs")
