"""Pages: together they are the unpaged set, in order, with any size, in any mixture."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import chain, pairwise
from typing import Any

import pytest

from nexshift.errors import BadParameter
from nexshift.listing import Endpoint, Listing
from nexshift.listings import LISTINGS
from nexshift.listings.checks import CHECKS
from nexshift.listings.runs import RUNS
from nexshift.storage.connection import ReadConnection
from nexshift.storage.keys import Grant
from tests.asking import all_pages, ask, ids, page, rows
from tests.grants import grant_of
from tests.plants import Plant


def time_of(paged: Endpoint) -> str:
    assert isinstance(paged, Listing)
    return paged.time


@pytest.mark.parametrize("size", [1, 2, 3, 10, 149, 150, 151, 1000])
def test_pages_of_any_size_are_the_unpaged_set(
    paged: Endpoint, reader: ReadConnection, grant: Grant, size: int
) -> None:
    unpaged = rows(reader, paged, grant, "limit=1000")
    pages = list(all_pages(reader, paged, grant, {}, [size]))
    assert list(chain.from_iterable(pages)) == unpaged
    assert [len(each) for each in pages[:-1]] == [size] * (len(pages) - 1)
    assert len(pages) == -(-len(unpaged) // size)  # no empty page at the end


def test_the_limit_may_change_from_page_to_page(paged: Endpoint, reader: ReadConnection, grant: Grant) -> None:
    pages = list(all_pages(reader, paged, grant, {}, [1, 7, 2, 50, 3]))
    assert [len(each) for each in pages[:5]] == [1, 7, 2, 50, 3]
    assert list(chain.from_iterable(pages)) == rows(reader, paged, grant, "limit=1000")


def test_pages_of_a_window_are_that_window(paged: Endpoint, reader: ReadConnection, any_grant: Grant) -> None:
    window = {"from": "2026-03-01T05:00:00Z", "to": "2026-03-02T09:59:59Z"}
    unpaged = rows(reader, paged, any_grant, window)
    assert list(chain.from_iterable(all_pages(reader, paged, any_grant, window, [4]))) == unpaged
    assert (len(unpaged) > 5) == (any_grant.sites != {})


def test_pages_of_a_site_are_that_site(paged: Endpoint, reader: ReadConnection, any_grant: Grant, plant: Plant) -> None:
    for name in ("a-annex", "Brisbane"):
        site = plant.site(1, name)["uuid"]
        if any_grant.sites is None or site in any_grant.sites:
            sent = {"site_id": site}
            pages = all_pages(reader, paged, any_grant, sent, [5])
            assert list(chain.from_iterable(pages)) == rows(reader, paged, any_grant, sent)


def test_rows_come_newest_first_and_ties_by_ascending_id(
    paged: Endpoint, reader: ReadConnection, any_grant: Grant
) -> None:
    time = time_of(paged)
    found = rows(reader, paged, any_grant)
    assert all(
        newer[time] > older[time] or (newer[time] == older[time] and newer["id"] < older["id"])
        for newer, older in pairwise(found)
    )
    if any_grant.sites is None:
        assert max(Counter(row[time] for row in found).values()) >= 3  # there are ties to order


def test_a_page_may_end_inside_a_tie(paged: Endpoint, reader: ReadConnection, grant: Grant) -> None:
    time = time_of(paged)
    found = rows(reader, paged, grant)
    at = next(at for at, (one, other) in enumerate(pairwise(found)) if one[time] == other[time])
    first = page(reader, paged, grant, {"limit": at + 1})
    following = rows(reader, paged, grant, {"limit": 2, "cursor": first["meta"]["next_cursor"]})
    assert following == found[at + 1 : at + 3]


@pytest.mark.parametrize(("limit", "more"), [(149, True), (150, False), (151, False)])
def test_next_cursor_is_there_only_when_more_rows_match(
    paged: Endpoint, reader: ReadConnection, grant: Grant, limit: int, more: bool
) -> None:
    body = page(reader, paged, grant, {"limit": limit})
    assert len(body["data"]) == min(limit, 150)
    assert ("next_cursor" in body["meta"]) == more


class TestBinding:
    """A cursor is good for the query and key that it was made for."""

    def cursor(self, reader: ReadConnection, paged: Endpoint, grant: Grant, sent: dict[str, Any]) -> str:
        meta = page(reader, paged, grant, {**sent, "limit": 1})["meta"]
        return str(meta["next_cursor"])

    def refused(self, reader: ReadConnection, paged: Endpoint, grant: Grant, sent: dict[str, Any], cursor: str) -> None:
        with pytest.raises(BadParameter) as caught:
            ask(reader, paged, grant, {**sent, "cursor": cursor})
        assert caught.value.sentence == (
            "cursor must be the next_cursor of a page with the same path, filters and key,"
            f' not "{cursor}"; start again without it'
        )

    def test_another_window_or_filter_is_refused(
        self, paged: Endpoint, reader: ReadConnection, grant: Grant, plant: Plant
    ) -> None:
        window = {"from": "2026-03-01", "to": "2026-03-02"}
        site = {"site_id": plant.site(1, "Brisbane")["uuid"]}
        for sent, changed in [
            ({}, window),
            (window, {}),
            (window, window | {"to": "2026-03-03"}),
            (window, window | {"from": "2026-02-28"}),
            (window, window | site),
            (site, {}),
            (site, {"site_id": plant.site(1, "a-annex")["uuid"]}),
        ]:
            self.refused(reader, paged, grant, changed, self.cursor(reader, paged, grant, sent))

    def test_every_filter_of_the_endpoint_is_bound(
        self, paged: Endpoint, reader: ReadConnection, grant: Grant, plant: Plant
    ) -> None:
        cursor = self.cursor(reader, paged, grant, {})
        sent = {
            "site_id": plant.site(1, "Brisbane")["uuid"],
            "machine_id": plant.of("machine", 1)[0]["uuid"],
            "passed": "true",
            "is_open": "false",
            "status": "closed",
            "severity": "minor",
            "changed_after": "0",
        }
        names = {each.name for each in paged.parameters} - {"from", "to", "limit", "cursor", "format"}
        assert names <= set(sent)
        for name in names:
            self.refused(reader, paged, grant, {name: sent[name]}, cursor)

    def test_another_key_is_refused(self, paged: Endpoint, reader: ReadConnection, grant: Grant, plant: Plant) -> None:
        cursor = self.cursor(reader, paged, grant, {})
        for other in (replace(grant, key_id=99), grant_of(plant, 2), grant_of(plant, 1, "one site")):
            self.refused(reader, paged, other, {}, cursor)

    def test_another_path_is_refused(self, paged: Endpoint, reader: ReadConnection, grant: Grant) -> None:
        cursor = self.cursor(reader, paged, grant, {})
        others = [each for each in LISTINGS if each is not paged and isinstance(each, Listing)]
        for other in others:
            self.refused(reader, other, grant, {}, cursor)

    def test_the_same_window_in_other_words_is_the_same(self, reader: ReadConnection, grant: Grant) -> None:
        cursor = self.cursor(reader, RUNS, grant, {"from": "2026-03-01"})
        again = rows(reader, RUNS, grant, {"from": "2026-03-01T00:00:00+10:00", "cursor": cursor})
        assert again == rows(reader, RUNS, grant, {"from": "2026-03-01"})[1:]

    def test_a_changed_letter_is_refused(self, reader: ReadConnection, grant: Grant) -> None:
        cursor = self.cursor(reader, CHECKS, grant, {})
        for at, letter in enumerate(cursor):
            self.refused(reader, CHECKS, grant, {}, cursor[:at] + ("A" if letter != "A" else "B") + cursor[at + 1 :])


def test_the_ids_of_all_pages_are_distinct(paged: Endpoint, reader: ReadConnection, any_grant: Grant) -> None:
    found = ids(chain.from_iterable(all_pages(reader, paged, any_grant, {}, [11])))
    assert len(set(found)) == len(found)
