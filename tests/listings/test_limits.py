"""The first 500 rows, or as many as were asked for up to 1000, of a plant that has more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from nexshift.listing import Endpoint
from nexshift.storage.connection import ReadConnection, open_reader
from nexshift.storage.keys import Grant
from tests.asking import all_pages, page
from tests.grants import grant_of
from tests.plants import make_plant

ROWS = 1_005


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ReadConnection, Grant]]:
    plant = make_plant(ROWS, seed=7)
    connection = open_reader(plant.write(tmp_path_factory.mktemp("large") / "plant.db", companies=(1,)))
    yield connection, grant_of(plant, 1)
    connection.close()


@pytest.mark.parametrize(("sent", "count"), [("", 500), ("limit=1", 1), ("limit=1000", 1000)])
def test_a_page_has_as_many_rows_as_asked_for(
    paged: Endpoint, large: tuple[ReadConnection, Grant], sent: str, count: int
) -> None:
    body = page(large[0], paged, large[1], sent)
    assert len(body["data"]) == body["meta"].get("count") == count
    assert "next_cursor" in body["meta"]


def test_the_rest_is_on_the_next_pages(paged: Endpoint, large: tuple[ReadConnection, Grant]) -> None:
    pages = list(all_pages(large[0], paged, large[1], {}, [1000]))
    assert [len(each) for each in pages] == [1000, ROWS - 1000]
    assert len({row["id"] for each in pages for row in each}) == ROWS
