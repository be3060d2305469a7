"""A page is bounded in bytes as well: it ends early, with the cursor of the next, and has one row at least."""

from __future__ import annotations

import msgspec
import pytest

from nexshift import listing
from nexshift.listing import Endpoint
from nexshift.storage.connection import ReadConnection
from nexshift.storage.keys import Grant
from tests.asking import all_pages, page


@pytest.mark.parametrize("most", [1, 1_500, 20_000])
def test_pages_of_few_bytes_together_are_the_whole_listing(
    reader: ReadConnection, paged: Endpoint, grant: Grant, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    (whole,) = all_pages(reader, paged, grant, {}, (1000,))
    monkeypatch.setattr(listing, "PAGE_BYTES", most)
    pages = list(all_pages(reader, paged, grant, {}, (1000,)))
    assert [row for each in pages for row in each] == whole
    for each in pages:
        assert len(msgspec.json.encode(each[:-1])) - 2 < most, "a page ends with the row that reaches the bound"
    for each in pages[:-1]:
        assert len(msgspec.json.encode(each)) - 2 >= most, "and not before"
    assert most > 1 or len(pages) == len(whole) > 1


def test_a_page_that_ends_early_says_how_many_rows_it_has(
    reader: ReadConnection, paged: Endpoint, grant: Grant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE_BYTES", 1)
    answer = page(reader, paged, grant, {"limit": 5})
    assert (len(answer["data"]), answer["meta"]["count"]) == (1, 1)
    assert answer["meta"]["next_cursor"]
