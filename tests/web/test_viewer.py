"""The page at /docs: everything on it comes from this service, and what it shows works."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from nexshift.listings import LISTINGS
from nexshift.tables import TABLES
from tests.web.browser import CHROMIUM, browsing
from tests.web.running import running

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium")


@pytest.fixture
def address(app: Litestar) -> Iterator[str]:
    with running(app) as port:
        yield f"http://127.0.0.1:{port}"


def test_the_page_names_no_other_host(client: TestClient) -> None:
    page = client.get("/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    links = re.findall(r'(?:src|href)="([^"]*)"', page.text)
    assert "docs/swagger-ui-bundle.js" in links
    for link in links:
        assert link.startswith("docs/") or link in {"api/v1/openapi.json", "connect"}, "relative, for a proxy's prefix"
        assert client.get(f"/{link}").status_code == 200
    assert "//" not in page.text.replace("<!DOCTYPE", "")


def test_its_script_names_no_other_host(client: TestClient) -> None:
    script = client.get("/docs/start.js").text
    assert not re.search(r"https?:|['\"]//", script)
    assert 'validatorUrl: "none"' in script  # the viewer's default is a validator on the internet


def test_its_policy_forbids_other_hosts_and_inline_scripts(client: TestClient) -> None:
    policy = dict(
        rule.strip().split(" ", 1) for rule in client.get("/docs").headers["content-security-policy"].split(";")
    )
    assert policy.pop("style-src") == "'self' 'unsafe-inline'"
    assert policy.pop("img-src") == "'self' data:"
    assert set(policy.values()) == {"'self'", "'none'"}
    assert policy["default-src"] == "'none'"


def test_its_assets_are_compressed_and_asked_for_once(client: TestClient) -> None:
    first = client.get("/docs/swagger-ui-bundle.js", headers={"Accept-Encoding": "gzip"})
    assert first.headers["content-encoding"] == "gzip"
    assert b"SwaggerUIBundle" in first.content
    again = client.get("/docs/swagger-ui-bundle.js", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304


@needs_chromium
def test_in_a_browser_it_shows_every_endpoint_and_asks_no_other_host(address: str, tmp_path: Path) -> None:
    with browsing(tmp_path) as page:
        page.open(f"{address}/docs")
        page.wait_for(".opblock-summary-path")
        shown = page.evaluate("[...document.querySelectorAll('.opblock-summary-path')].map(e => e.dataset.path)")
        assert len(shown) == len({endpoint.path for endpoint in (*LISTINGS, *TABLES)}) + 2
        assert "/api/v1/production/runs" in shown
        assert page.complaints == []
        assert f"{address}/api/v1/openapi.json" in page.requests
        assert [url for url in page.requests if not url.startswith((address, "data:"))] == []


@needs_chromium
@pytest.mark.parametrize(
    ("key_field", "user_field"), [("#auth-bearer-value", None), ("#auth-basic-password", "#auth-basic-username")]
)
def test_in_a_browser_a_key_can_be_entered_and_an_endpoint_tried(
    address: str, tmp_path: Path, key: str, key_field: str, user_field: str | None
) -> None:
    with browsing(tmp_path) as page:
        page.open(f"{address}/docs#/safety/safety_incidents")
        page.click(".btn.authorize")
        page.wait_for(key_field)
        if user_field:
            page.type(user_field, "anyone")
        page.type(key_field, key)
        page.click(f".auth-container form:has({key_field}) .authorize")
        page.wait_for("[aria-label='Remove authorization']")
        page.click(".btn-done")
        page.click(".opblock .execute")
        page.wait_for(".live-responses-table .response-col_status")
        assert page.text(".live-responses-table tbody .response-col_status").startswith("200")
        assert '"company": "Acme Manufacturing"' in page.text(".live-responses-table tbody .response-col_description")
        assert page.complaints == []
        assert [url for url in page.requests if not url.startswith((address, "data:"))] == []
