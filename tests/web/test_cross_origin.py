"""Web pages of other origins: none may read by default, those that were named may."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar.testing import TestClient

from nexshift.config import MAX_PREFLIGHT_BYTES
from nexshift.errors import Refused
from nexshift.web.app import create_app
from tests.web.plant import INCIDENTS

BOARD = "https://board.acme.example"


@pytest.fixture
def open_client(database: Path) -> Iterator[TestClient]:
    with TestClient(create_app(database, cors_origins=[BOARD, "http://[::1]:3000"])) as client:
        yield client


def allowed(headers: object) -> list[str]:
    return [name for name in headers if name.startswith("access-control")]  # type: ignore[attr-defined]


def test_by_default_no_page_may_read(asking: TestClient) -> None:
    assert allowed(asking.get(INCIDENTS, headers={"Origin": BOARD}).headers) == []
    preflight = {"Origin": BOARD, "Access-Control-Request-Method": "GET"}
    assert allowed(asking.options(INCIDENTS, headers=preflight).headers) == []


def test_a_named_origin_may_read_body_and_headers(open_client: TestClient, key: str) -> None:
    response = open_client.get(INCIDENTS, headers={"Origin": BOARD, "Authorization": f"Bearer {key}"})
    assert response.headers["access-control-allow-origin"] == BOARD
    exposed = response.headers["access-control-expose-headers"].split(", ")
    assert {"ETag", "Link", "RateLimit-Limit", "Retry-After", "X-Request-Id"} <= set(exposed)
    assert response.headers["vary"] == "Authorization, Accept, Accept-Encoding, Origin"


def test_its_preflight_allows_the_key_and_conditional_requests(open_client: TestClient) -> None:
    response = open_client.options(
        INCIDENTS,
        headers={
            "Origin": BOARD,
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "authorization, if-none-match",
        },
    )
    assert response.status_code == 204
    assert response.headers["access-control-allow-origin"] == BOARD
    assert response.headers["access-control-allow-headers"] == "authorization, if-none-match"
    assert response.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"


USUAL = "Authorization, If-None-Match, OData-MaxVersion, OData-Version, Prefer"


@pytest.mark.parametrize(
    ("asked", "allowed_names"),
    [
        ("authorization,content-type", "authorization,content-type"),  # @odata/client, with every GET
        ("content-type,x-csrf-token,x-sap-security-session", "content-type,x-csrf-token,x-sap-security-session"),
        ("X-Requested-With ,\tcache-control", "X-Requested-With ,\tcache-control"),
        ("a" * MAX_PREFLIGHT_BYTES, "a" * MAX_PREFLIGHT_BYTES),
        ("a" * (MAX_PREFLIGHT_BYTES + 1), USUAL),
        ("", USUAL),
        (None, USUAL),
        ("a b", USUAL),
        ("a;b", USUAL),
        ("a,,b", USUAL),
        ("é", USUAL),
        ('a"', USUAL),
        ("a: b", USUAL),
    ],
)
def test_a_preflight_allows_what_was_asked_where_it_is_a_list_of_names(
    open_client: TestClient, asked: str | None, allowed_names: str
) -> None:
    headers = {"Origin": BOARD, "Access-Control-Request-Method": "GET"}
    sent = {**headers, **({} if asked is None else {"Access-Control-Request-Headers": asked})}
    response = open_client.options(INCIDENTS, headers={name: value.encode() for name, value in sent.items()})
    assert response.status_code == 204
    assert response.headers.get_list("access-control-allow-headers") == [allowed_names]


def test_a_preflight_of_another_origin_allows_nothing(open_client: TestClient) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Headers": "authorization"}
    assert allowed(open_client.options(INCIDENTS, headers=asked).headers) == []


def test_errors_can_be_read_as_well(open_client: TestClient) -> None:
    for path, status in ((INCIDENTS, 401), ("/nowhere", 404)):
        response = open_client.get(path, headers={"Origin": BOARD})
        assert response.status_code == status
        assert response.headers["access-control-allow-origin"] == BOARD


@pytest.mark.parametrize("origin", ["https://evil.example", f"{BOARD}.evil.example", "null", BOARD.upper(), "*"])
def test_another_origin_may_not(open_client: TestClient, key: str, origin: str) -> None:
    response = open_client.get(INCIDENTS, headers={"Origin": origin, "Authorization": f"Bearer {key}"})
    assert allowed(response.headers) == []
    assert response.headers["vary"].endswith("Origin")


def test_a_star_allows_every_page_that_has_a_key(database: Path) -> None:
    with TestClient(create_app(database, cors_origins=["*"])) as client:
        response = client.get(INCIDENTS, headers={"Origin": "https://any.example"})
    assert response.headers["access-control-allow-origin"] == "https://any.example"
    assert "access-control-allow-credentials" not in response.headers


@pytest.mark.parametrize(
    ("named", "sent"),
    [
        ("HTTPS://Board.Acme.Example", BOARD),
        (f"{BOARD}:443", BOARD),
        ("http://a.example:80", "http://a.example"),
        ("http://a.example:443", "http://a.example:443"),
        ("https://a.example:80", "https://a.example:80"),
        ("http://[::1]:80", "http://[::1]"),
        ("http://[fe80::80]", "http://[fe80::80]"),
    ],
)
def test_an_origin_is_the_same_however_it_is_named_at_start(database: Path, named: str, sent: str) -> None:
    """A browser sends it in small letters, and without the port that belongs to the scheme."""
    with TestClient(create_app(database, cors_origins=[named])) as client:
        response = client.get(INCIDENTS, headers={"Origin": sent})
        assert response.headers["access-control-allow-origin"] == sent
        assert allowed(client.get(INCIDENTS, headers={"Origin": f"{sent}0"}).headers) == []


@pytest.mark.parametrize("origin", ["board.acme.example", "https://board.acme.example/", "", "https://a b", "ftp://a"])
def test_what_is_no_origin_is_refused_at_start(database: Path, origin: str) -> None:
    with pytest.raises(Refused, match="is not an origin"):
        create_app(database, cors_origins=[origin])
