"""What a page costs does not grow with the years behind it, nor with the pages before it.

Counted in steps of SQLite's virtual machine, which are the same on every machine and at every load.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from nexshift.listing import Endpoint
from nexshift.listings.runs import RUNS
from nexshift.storage.connection import ReadConnection, open_reader, open_writer
from nexshift.storage.keys import Grant
from tests.asking import all_pages, ask, page
from tests.grants import grant_of
from tests.plants import Plant, make_plant

FEW, MANY = 220, 2_200
LIMIT = 40
Sized = tuple[Plant, ReadConnection]


@pytest.fixture(scope="module")
def sizes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sized, Sized]]:
    """The same plant after one year and after ten."""
    folder = tmp_path_factory.mktemp("sizes")
    plants = [make_plant(rows) for rows in (FEW, MANY)]
    few, many = (
        (plant, open_reader(plant.write(folder / f"{at}.db", companies=(1,)))) for at, plant in enumerate(plants)
    )
    yield few, many
    few[1].close()
    many[1].close()


def steps(reader: ReadConnection, endpoint: Endpoint, grant: Grant, sent: dict[str, object]) -> int:
    """Steps of an answer whose names are known already."""
    ask(reader, endpoint, grant, sent)
    count = 0

    def step() -> None:
        nonlocal count
        count += 1

    reader.set_progress_handler(step, 1)
    ask(reader, endpoint, grant, sent)
    reader.set_progress_handler(None, 1)
    return count


def steps_of_pages(sized: Sized, endpoint: Endpoint, kind: str, sent: dict[str, object]) -> list[int]:
    """Of the first page, and of one that comes after others."""
    plant, reader = sized
    grant = grant_of(plant, 1, kind)
    first = steps(reader, endpoint, grant, {**sent, "limit": LIMIT})
    cursor = page(reader, endpoint, grant, {**sent, "limit": LIMIT * 3})["meta"]["next_cursor"]
    return [first, steps(reader, endpoint, grant, {**sent, "limit": LIMIT, "cursor": cursor})]


def test_ten_times_the_rows_cost_a_page_no_more(paged: Endpoint, sizes: tuple[Sized, Sized]) -> None:
    few, many = (steps_of_pages(each, paged, "all", {}) for each in sizes)
    assert min(few) > LIMIT * 10  # something was counted
    assert max(few + many) < 1.3 * min(few + many), (few, many)


def test_nor_with_a_window_in_the_middle(paged: Endpoint, sizes: tuple[Sized, Sized]) -> None:
    few, many = (steps_of_pages(each, paged, "all", {"to": "2026-03-09T00:00:00Z"}) for each in sizes)
    assert max(few + many) < 1.3 * min(few + many), (few, many)


def test_nor_for_a_key_of_one_site(paged: Endpoint, sizes: tuple[Sized, Sized]) -> None:
    few, many = (steps(reader, paged, grant_of(plant, 1, "one site"), {"limit": LIMIT}) for plant, reader in sizes)
    assert max(few, many) < 1.3 * min(few, many), (few, many)


def test_the_hundredth_page_costs_what_the_second_does(paged: Endpoint, sizes: tuple[Sized, Sized]) -> None:
    plant, reader = sizes[1]
    grant = grant_of(plant, 1)
    costs = []
    cursor: dict[str, object] = {}
    for _ in range(100):
        body = page(reader, paged, grant, {"limit": 20, **cursor})
        cursor = {"cursor": body["meta"]["next_cursor"]}
        costs.append(steps(reader, paged, grant, {"limit": 20, **cursor}))
    early, late = sum(costs[:10]), sum(costs[-10:])
    assert 0.8 * early < late < 1.2 * early, (early, late)


def test_without_its_index_the_cost_would_grow(sizes: tuple[Sized, Sized], tmp_path: Path) -> None:
    """So that the tests above can fail."""
    costs = []
    for at, (plant, _) in enumerate(sizes):
        path = plant.write(tmp_path / f"{at}.db", companies=(1,))
        writer = open_writer(path)
        writer.execute("DROP INDEX run_company")
        writer.close()
        reader = open_reader(path)
        costs.append(steps(reader, RUNS, grant_of(plant, 1), {"limit": LIMIT}))
        reader.close()
    assert costs[1] > 4 * costs[0], costs


def test_pages_hold_what_was_counted(paged: Endpoint, sizes: tuple[Sized, Sized]) -> None:
    for (plant, reader), rows in zip(sizes, (FEW, MANY), strict=True):
        pages = list(islice(all_pages(reader, paged, grant_of(plant, 1), {}, [1000]), 4))
        assert sum(map(len, pages)) == rows
