"""Remembered answers: whose they are, how much memory they take, and that they are what would be made anew."""

import gzip
from collections.abc import Iterator
from dataclasses import fields, replace
from itertools import product
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.testing import TestClient

from nexshift.config import API_PREFIX, RESOURCES, RESPONSE_CACHE_SHARE
from nexshift.envelope import Page
from nexshift.listings import LISTINGS
from nexshift.listings.incidents import INCIDENTS as LISTING
from nexshift.storage.keys import Grant, list_keys, revoke_key
from nexshift.storage.library import sqlite3
from nexshift.web import admission
from nexshift.web.app import create_app
from nexshift.web.content import Content
from nexshift.web.response_cache import ENTRY_BYTES, ResponseCache
from tests.web.plant import INCIDENTS, CountingListing, changed, make_key

GRANT = Grant(
    key_id=1,
    key_name="planner",
    company_id=1,
    company="Acme",
    zone=ZoneInfo("UTC"),
    resources=frozenset(RESOURCES),
    sites=None,
    rate_limit=None,
    expires_at=None,
)
OTHERS: dict[str, Any] = {
    "key_id": 2,
    "key_name": "board",
    "company_id": 2,
    "company": "Acme Works",
    "zone": ZoneInfo("Australia/Brisbane"),
    "resources": frozenset({"safety"}),
    "sites": {"00000000-0000-7000-8000-000000000001": 1},
    "rate_limit": 5,
    "expires_at": 2_000_000_000,
}


def content_of(body: bytes) -> Content:
    return Content(body, ())


@pytest.fixture
def listing() -> CountingListing:
    return changed(LISTING, kind=CountingListing)


@pytest.fixture
def counted(database: Path, listing: CountingListing, key: str) -> Iterator[TestClient]:
    with TestClient(create_app(database, listings=(listing,))) as client:
        client.headers["Authorization"] = f"Bearer {key}"
        yield client


def test_the_same_request_is_answered_from_memory_by_whatever_method_and_coding(
    counted: TestClient, listing: CountingListing
) -> None:
    plain = counted.get(INCIDENTS, headers={"Accept-Encoding": "identity"})
    assert counted.head(INCIDENTS).headers["etag"] == plain.headers["etag"]
    assert counted.get(INCIDENTS, headers={"If-None-Match": plain.headers["etag"]}).status_code == 304
    for _ in range(2):
        with counted.stream("GET", INCIDENTS, headers={"Accept-Encoding": "gzip"}) as compressed:
            assert gzip.decompress(b"".join(compressed.iter_raw())) == plain.content
        assert counted.get(INCIDENTS, headers={"Accept-Encoding": "identity"}).content == plain.content
    assert listing.made == 1


def test_another_query_is_another_answer_also_when_it_asks_for_the_same(
    counted: TestClient, listing: CountingListing
) -> None:
    """`meta` and the link show what was sent."""
    targets = [f"{INCIDENTS}?{query}" for query in ("limit=1", "limit=01", "limit=1&_=2", "limit=1&from=2026-03-01")]
    answers = [counted.get(target) for target in targets]
    assert listing.made == 4
    assert len({answer.headers["link"] for answer in answers}) == 4


def test_without_memory_every_answer_is_made_anew(database: Path, listing: CountingListing, key: str) -> None:
    with TestClient(create_app(database, listings=(listing,), response_cache_mib=0)) as client:
        client.headers["Authorization"] = f"Bearer {key}"
        assert client.get(INCIDENTS).content == client.get(INCIDENTS).content
    assert listing.made == 2


@pytest.mark.parametrize("status", [400, 403])
def test_a_refusal_is_not_remembered(
    client: TestClient, writer: sqlite3.Connection, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[object] = []
    monkeypatch.setattr(ResponseCache, "keep", lambda *sent: kept.append(sent))
    client.headers["Authorization"] = f"Bearer {make_key(writer, resources=('safety',), sites=('North',))}"
    site = "00000000-0000-7000-8000-000000000002"
    target = f"{INCIDENTS}?limit=0" if status == 400 else f"{INCIDENTS}?site_id={site}"
    assert client.get(target).status_code == status
    assert kept == []
    assert client.get(INCIDENTS).status_code == 200
    assert len(kept) == 1


def test_an_answer_survives_a_fault_of_ours_before_it(database: Path, key: str) -> None:
    class BrokenOnce(CountingListing):
        def page(self, *sent: Any) -> Page:
            page = super().page(*sent)
            if self.made == 1:
                raise ZeroDivisionError
            return page

    with TestClient(create_app(database, listings=(changed(LISTING, kind=BrokenOnce),))) as client:
        client.headers["Authorization"] = f"Bearer {key}"
        assert [client.get(INCIDENTS).status_code for _ in range(3)] == [500, 200, 200]


def test_no_key_gets_what_was_made_for_another(database: Path, writer: sqlite3.Connection) -> None:
    """Two keys to everything, one to each site, one to both, one of another company; every listing, asked in turn."""
    keys = [
        make_key(writer),
        make_key(writer),
        make_key(writer, sites=("North",)),
        make_key(writer, sites=("South",)),
        make_key(writer, sites=("North", "South")),
        make_key(writer, company="Other Works"),
    ]
    targets = [API_PREFIX + listing.path for listing in LISTINGS] + [f"{INCIDENTS}?limit=3"]
    asked = list(product(targets, keys))
    with (
        TestClient(create_app(database, response_cache_mib=0)) as forgetful,
        TestClient(create_app(database)) as client,
    ):
        for order in (asked, asked[::-1], asked):
            for target, key in order:
                headers = {"Authorization": f"Bearer {key}"}
                expected, found = forgetful.get(target, headers=headers), client.get(target, headers=headers)
                assert (found.status_code, found.content) == (200, expected.content)
                assert found.headers.get("link") == expected.headers.get("link")
        cursors = {
            client.get(targets[-1], headers={"Authorization": f"Bearer {key}"}).json()["meta"].get("next_cursor")
            for key in keys
        }
    assert len(cursors) == len(keys)  # all but the one incident of Other Works have a next page, each its own


@pytest.mark.parametrize("field", [field.name for field in fields(Grant)])
def test_a_grant_that_differs_in_any_field_gets_nothing(field: str) -> None:
    cache = ResponseCache(2**20)
    assert cache.find(1, GRANT, INCIDENTS, b"") is None
    cache.keep(1, GRANT, INCIDENTS, b"", content_of(b"{}"))
    assert cache.find(1, replace(GRANT), INCIDENTS, b"") is not None
    assert cache.find(1, replace(GRANT, **{field: OTHERS[field]}), INCIDENTS, b"") is None


def test_a_revoked_key_is_refused_although_its_answer_is_remembered(
    asking: TestClient, writer: sqlite3.Connection
) -> None:
    assert [asking.get(INCIDENTS).status_code for _ in range(2)] == [200, 200]
    revoke_key(writer, list_keys(writer)[-1].id)
    assert asking.get(INCIDENTS).status_code == 401


def test_a_key_expires_by_the_clock_although_nothing_was_committed(
    asking: TestClient, writer: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1_900_000_000
    monkeypatch.setattr(admission.time, "time", lambda: now + 0.9)
    writer.execute("UPDATE api_key SET expires_at = ?", [now + 1])
    assert [asking.get(INCIDENTS).status_code for _ in range(2)] == [200, 200]
    now += 1
    assert asking.get(INCIDENTS).status_code == 401


def test_what_is_remembered_counts_against_the_limit(client: TestClient, writer: sqlite3.Connection) -> None:
    client.headers["Authorization"] = f"Bearer {make_key(writer, rate_limit=2)}"
    answers = [client.get(INCIDENTS) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers["ratelimit-remaining"] for answer in answers] == ["1", "0", "0"]


def test_the_tag_stays_the_same_when_the_service_starts_again(database: Path, key: str) -> None:
    tags = []
    for _ in range(2):
        with TestClient(create_app(database)) as client:
            client.headers["Authorization"] = f"Bearer {key}"
            page = client.get(INCIDENTS, headers={"If-None-Match": ", ".join(tags)} if tags else None)
            tags.append(page.headers["etag"])
            assert page.status_code == (200 if len(tags) == 1 else 304)
    assert tags[0] == tags[1]


def test_what_is_kept_stays_within_its_bound(database: Path, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of different queries for a page of 30 incidents, plain and compressed, in 1 MiB."""
    caches: list[ResponseCache] = []
    monkeypatch.setattr(
        "nexshift.web.app.ResponseCache", lambda bound: caches.append(ResponseCache(bound)) or caches[0]
    )
    with TestClient(create_app(database, response_cache_mib=1, rate_limit=10**6)) as client:
        client.headers["Authorization"] = f"Bearer {key}"
        (cache,) = caches
        for number in range(400):
            coding = "gzip" if number % 3 == 0 else "identity"
            assert client.get(f"{INCIDENTS}?_={number}", headers={"Accept-Encoding": coding}).status_code == 200
            assert cache.size <= 2**20
        assert cache.size > 2**20 - 16_384  # the last answer drove out no more than it had to


def test_the_longest_unused_goes_first() -> None:
    cache = ResponseCache(10 * (ENTRY_BYTES + 1_000))
    cache.find(1, GRANT, INCIDENTS, b"")
    for number in range(9):
        cache.keep(1, GRANT, INCIDENTS, b"%d" % number, content_of(b"x" * 700))
    assert cache.find(1, GRANT, INCIDENTS, b"0") is not None
    for number in range(9, 13):
        cache.keep(1, GRANT, INCIDENTS, b"%d" % number, content_of(b"x" * 700))
    assert cache.find(1, GRANT, INCIDENTS, b"0") is not None
    assert cache.find(1, GRANT, INCIDENTS, b"1") is None


def test_an_answer_that_is_kept_again_counts_once() -> None:
    cache = ResponseCache(2**20)
    content = content_of(b"x" * 5_000)
    cache.find(1, GRANT, INCIDENTS, b"")
    cache.keep(1, GRANT, INCIDENTS, b"", content)
    before = cache.size
    cache.keep(1, GRANT, INCIDENTS, b"", content)
    assert cache.size == before
    content.compress()
    cache.keep(1, GRANT, INCIDENTS, b"", content)
    assert before < cache.size < before + 100


def test_a_body_larger_than_its_share_is_not_kept() -> None:
    bound = 80_000
    cache = ResponseCache(bound)
    cache.find(1, GRANT, INCIDENTS, b"")
    cache.keep(1, GRANT, INCIDENTS, b"", content_of(b"x" * (bound // RESPONSE_CACHE_SHARE)))
    assert cache.find(1, GRANT, INCIDENTS, b"") is None
    assert cache.size == 0


def test_a_new_epoch_frees_everything_at_once() -> None:
    cache = ResponseCache(2**20)
    cache.find(1, GRANT, INCIDENTS, b"")
    cache.keep(1, GRANT, INCIDENTS, b"", content_of(b"{}"))
    cache.find(2, GRANT, INCIDENTS, b"other")
    assert cache.size == 0
    cache.keep(1, GRANT, INCIDENTS, b"", content_of(b"{}"))  # of a request that came before the commit
    assert cache.size == 0
    assert cache.find(2, GRANT, INCIDENTS, b"") is None


Step = tuple[str, int, int, int, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["find", "keep", "grow", "commit"]),
        st.integers(0, 1),  # grant
        st.integers(0, 2),  # path
        st.integers(0, 2),  # query
        st.sampled_from([10, 2_000, 9_000]),  # bytes
    ),
    max_size=60,
)


@given(STEPS)
def test_an_answer_is_the_last_one_kept_for_its_request_since_the_last_commit(steps: list[Step]) -> None:
    cache = ResponseCache(64_000)
    grants = (GRANT, replace(GRANT, sites={"a": 1}))
    epoch, last = 1, dict[tuple[int, str, bytes], Content]()
    cache.find(epoch, GRANT, "/", b"")
    for number, (kind, which, path_number, query_number, size) in enumerate(steps):
        key = (which, f"/{path_number}", b"%d" % query_number)
        grant, path, query = grants[which], *key[1:]
        if kind == "commit":
            epoch += 1
            last.clear()
        elif kind == "keep":
            last[key] = content_of(b"%d" % number * size)
            cache.find(epoch, grant, path, query)
            cache.keep(epoch, grant, path, query, last[key])
        elif (found := cache.find(epoch, grant, path, query)) is not None:
            assert found is last[key]
            if kind == "grow":
                found.compress()
                cache.keep(epoch, grant, path, query, found)
        assert 0 <= cache.size <= 64_000
