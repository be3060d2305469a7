"""What a page looks like on the wire: headers, conditional requests, compression, HEAD, the next page's link."""

import gzip
import json
from urllib.parse import urljoin

import pytest
from litestar.testing import TestClient

from nexshift.storage.companies import pick_company
from nexshift.storage.library import sqlite3
from nexshift.web.content import accepts_gzip
from tests.web.plant import INCIDENTS, insert_incident


def test_a_page_is_json_that_only_its_reader_may_keep(asking: TestClient) -> None:
    response = asking.get(INCIDENTS, params={"limit": 1})
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "private, no-cache"
    assert response.headers["vary"] == "Authorization, Accept, Accept-Encoding"
    assert int(response.headers["content-length"]) == len(response.content)


def test_the_same_page_has_the_same_tag_and_a_changed_one_another(
    asking: TestClient, writer: sqlite3.Connection
) -> None:
    first, second = asking.get(INCIDENTS), asking.get(INCIDENTS)
    assert first.headers["etag"] == second.headers["etag"]
    insert_incident(writer, pick_company(writer, "Acme Manufacturing").id, 1, 50)
    assert asking.get(INCIDENTS).headers["etag"] != first.headers["etag"]


@pytest.mark.parametrize("form", ["{tag}", "*", '"other", {tag}', "{strong}", '"a" ,{strong}'])
def test_a_known_tag_gets_304_without_a_body(asking: TestClient, form: str) -> None:
    page = asking.get(INCIDENTS, params={"limit": 2})
    tag = page.headers["etag"]
    sent = form.format(tag=tag, strong=tag.removeprefix("W/"))
    response = asking.get(INCIDENTS, params={"limit": 2}, headers={"If-None-Match": sent})
    assert (response.status_code, response.content) == (304, b"")
    for name in ("etag", "cache-control", "vary", "link"):
        assert response.headers[name] == page.headers[name]
    assert response.headers["ratelimit-remaining"] == "598"  # of 600, the second request


@pytest.mark.parametrize("sent", ['"other"', "W/other", "{tag}x", "**", ""])
def test_another_tag_gets_the_page(asking: TestClient, sent: str) -> None:
    tag = asking.get(INCIDENTS).headers["etag"]
    assert asking.get(INCIDENTS, headers={"If-None-Match": sent.format(tag=tag)}).status_code == 200


def test_a_changed_page_is_sent_although_its_old_tag_is_known(asking: TestClient, writer: sqlite3.Connection) -> None:
    tag = asking.get(INCIDENTS).headers["etag"]
    writer.execute("UPDATE incident SET status = 'reported' WHERE reference_number = 'INC-000'")
    assert asking.get(INCIDENTS, headers={"If-None-Match": tag}).status_code == 200


def test_a_page_is_compressed_when_asked_for(asking: TestClient) -> None:
    plain = asking.get(INCIDENTS, headers={"Accept-Encoding": "identity"})
    with asking.stream("GET", INCIDENTS, headers={"Accept-Encoding": "br, gzip"}) as response:
        raw = b"".join(response.iter_raw())
    assert "content-encoding" not in plain.headers
    assert response.headers["content-encoding"] == "gzip"
    assert int(response.headers["content-length"]) == len(raw) < len(plain.content)
    assert gzip.decompress(raw) == plain.content
    assert response.headers["etag"] == plain.headers["etag"]


def test_a_small_page_is_not_compressed(asking: TestClient) -> None:
    response = asking.get(INCIDENTS, params={"limit": 1}, headers={"Accept-Encoding": "gzip"})
    assert len(response.content) < 1000
    assert "content-encoding" not in response.headers


@pytest.mark.parametrize(
    ("sent", "compressed"),
    [
        (b"gzip", True),
        (b"GZIP", True),
        (b"x-gzip", True),
        (b"*", True),
        (b"deflate, gzip;q=0.5", True),
        (b"gzip ; q=0.001", True),
        (b"gzip;q=1.0, identity;q=0.5", True),
        (b"br", False),
        (b"identity", False),
        (b"gzip;q=0", False),
        (b"gzip;q=0, *", False),
        (b"*;q=0", False),
        (b"gzip;q=0.1, identity;q=0.9", False),
        (b"gzip;q=nonsense", False),
        (b"gzip;q=nan", False),
        (b"", False),
    ],
)
def test_compression_follows_the_weights_that_were_sent(sent: bytes, compressed: bool) -> None:
    assert accepts_gzip(sent) is compressed


def test_a_large_page_is_the_same_as_many_small_ones(asking: TestClient, writer: sqlite3.Connection) -> None:
    """More than 64 KiB, so that it is hashed and compressed in a thread."""
    acme = pick_company(writer, "Acme Manufacturing").id
    with writer:
        for number in range(200, 700):
            insert_incident(writer, acme, 1, number)
    page = asking.get(INCIDENTS, params={"limit": 530}, headers={"Accept-Encoding": "gzip"})
    assert page.headers["content-encoding"] == "gzip"
    assert len(page.content) > 65_536
    assert len(page.json()["data"]) == 530


def test_head_has_the_headers_of_get_and_no_body(asking: TestClient) -> None:
    got = asking.get(INCIDENTS, params={"limit": 3})
    head = asking.head(INCIDENTS, params={"limit": 3})
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "content-length", "etag", "link", "cache-control", "vary"):
        assert head.headers[name] == got.headers[name]


def test_the_link_leads_through_all_pages_with_the_same_filters(asking: TestClient) -> None:
    seen, url = [], f"{INCIDENTS}?limit=7&from=2026-03-01T00:00:00%2B00:00&_=173&to=2026-03-02T23:00:00+00:00"
    while url:
        page = asking.get(url)
        assert page.status_code == 200
        seen += [row["reference_number"] for row in page.json()["data"]]
        following = page.links.get("next", {}).get("url")
        url = following and urljoin(url, following)
    assert seen == [f"INC-{number:03}" for number in range(29, -1, -1)]


def test_the_last_page_has_no_link(asking: TestClient) -> None:
    response = asking.get(INCIDENTS, params={"limit": 30})
    assert "link" not in response.headers
    assert json.loads(response.content)["meta"] == {"from": None, "to": None, "count": 30}


def test_every_response_has_an_id_of_its_own(client: TestClient) -> None:
    ids = {client.get(path).headers["x-request-id"] for path in (INCIDENTS, "/", "/docs", "/health", "/nowhere")}
    ids.add(client.options(INCIDENTS).headers["x-request-id"])
    ids.add(client.post(INCIDENTS).headers["x-request-id"])
    assert len(ids) == 7


def test_an_id_that_the_client_sends_is_not_taken_over(client: TestClient) -> None:
    response = client.get("/health", headers={"X-Request-Id": "mine"})
    assert response.headers["x-request-id"] != "mine"
