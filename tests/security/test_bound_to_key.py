"""A cursor and an ETag are worth something with the key that got them, and nothing with any other."""

from __future__ import annotations

from itertools import permutations

import pytest

from nexshift.config import API_PREFIX
from nexshift.listing import Endpoint
from nexshift.listings import LISTINGS
from tests.security.wire import Service
from tests.web.plant import INCIDENTS, NORTH

KEYS = ["all", "all again", "north", "south", "safety", "other company"]
OTHERS = list(permutations(KEYS, 2))
PAGE = f"{INCIDENTS}?limit=1".encode()


def cursor_of(service: Service, key: str) -> bytes:
    """Where the first page of that key ended."""
    body = service.ask(PAGE, key=key).json()
    return str(body["meta"]["next_cursor"]).encode()


@pytest.mark.parametrize(("owner", "other"), [pair for pair in OTHERS if pair[0] != "other company"])
def test_a_cursor_of_another_key_is_refused(service: Service, owner: str, other: str) -> None:
    cursor = cursor_of(service, owner)
    assert service.ask(PAGE + b"&cursor=" + cursor, key=owner).status == 200

    answer = service.ask(PAGE + b"&cursor=" + cursor, key=other)

    assert answer.status == 400
    assert answer.error.startswith("cursor must be the next_cursor of a page with the same path, filters and key, not ")


@pytest.mark.parametrize("filters", [f"&site_id={NORTH}", "&status=closed", "&to=2030-01-01"])
def test_a_cursor_of_other_filters_is_refused(service: Service, filters: str) -> None:
    cursor = cursor_of(service, "all")
    assert service.ask(PAGE + filters.encode() + b"&cursor=" + cursor).status == 400


def test_a_cursor_without_the_resource_is_403_before_it_is_read(service: Service) -> None:
    cursor = cursor_of(service, "all")
    for sent in (cursor, b"rubbish"):
        assert service.ask(PAGE + b"&cursor=" + sent, key="quality").status == 403


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing.path)
@pytest.mark.parametrize(("owner", "other"), OTHERS)
def test_a_tag_of_another_key_matches_nothing(service: Service, owner: str, other: str, listing: Endpoint) -> None:
    """Not even where both keys get the same bytes."""
    target = (API_PREFIX + listing.path).encode()
    tag = service.ask(target, key=owner).headers.get("etag")
    if tag is None:
        assert owner == "safety"  # which gets 403 here
        return
    sent = b"If-None-Match: " + tag.encode()
    assert service.ask(target, sent, key=owner).status == 304

    answer = service.ask(target, sent, key=other)

    assert answer.status == (403 if other == "safety" and listing.resource != "safety" else 200)


def test_a_good_tag_with_a_bad_key_is_401(service: Service) -> None:
    tag = service.ask(PAGE).headers["etag"].encode()
    for authorization in ([], [b"Authorization: Bearer nxs_" + b"0" * 39]):
        for sent in (tag, b"*"):
            assert service.ask(PAGE, b"If-None-Match: " + sent, *authorization, key=None).status == 401
