"""Names that rows of one call pass on to each other: in any order, and in time in proportion to their number."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from tests.importing.workbench import Workbench


def add_products(bench: Workbench, count: int) -> list[str]:
    """Products P00000, P00001 …; returns their ids."""
    bench.load_text("products.csv", "sku\n" + "".join(f"P{number:05}\n" for number in range(count)))
    return [uuid for (uuid,) in bench.rows("SELECT uuid FROM product WHERE sku GLOB 'P0*' ORDER BY sku")]


def rename(bench: Workbench, uuids: Sequence[str], order: Sequence[int]) -> int:
    """Each product gets the name of the next one; returns how many statements that took."""
    statements = 0

    def count(_sql: str) -> None:
        nonlocal statements
        statements += 1

    rows = "".join(f"{uuids[number]},P{number + 1:05}\n" for number in order)
    path = bench.write("products.csv", f"id,sku\n{rows}")
    bench.connection.set_trace_callback(count)
    report = bench.load(path)
    bench.connection.set_trace_callback(None)
    assert report.summary() == f"0 added, {len(uuids)} updated, 0 unchanged, 0 rejected"
    return statements


@pytest.mark.parametrize("order", ["first", "last", "random"])
def test_a_chain_of_any_length_takes_the_same_number_of_statements_a_link(bench: Workbench, order: str) -> None:
    uuids = add_products(bench, 400)
    places = list(range(400))
    if order == "last":
        places.reverse()
    elif order == "random":
        random.Random(5).shuffle(places)

    statements = rename(bench, uuids, places)

    assert bench.rows("SELECT min(sku), max(sku) FROM product WHERE sku GLOB 'P0*'") == [("P00001", "P00400")]
    assert statements < 400 * 16


def test_many_that_wait_for_one_name_are_refused_but_for_the_first(bench: Workbench) -> None:
    uuids = add_products(bench, 30)
    rows = [f"{uuid},P00000\n" for uuid in uuids[1:]] + [f"{uuids[0]},Q\n"]

    report = bench.load_text("products.csv", "id,sku\n" + "".join(rows), skip_bad=True)

    assert (report.updated, report.rejected) == (2, 28)
    assert bench.rows("SELECT sku FROM product WHERE uuid = ?", uuids[1]) == [("P00000",)]
    assert bench.problems_of(report)[0] == "products.csv:3: sku: another product with another id has this sku already"


def test_names_that_go_round_are_refused_and_the_others_of_the_call_are_not(bench: Workbench) -> None:
    uuids = add_products(bench, 5)
    rows = f"{uuids[0]},P00001\n{uuids[1]},P00000\n{uuids[2]},P00003\n{uuids[3]},P00009\n"

    report = bench.load_text("products.csv", "id,sku\n" + rows, skip_bad=True)

    assert (report.updated, report.rejected) == (2, 2)
    assert [problem.split(": ")[0] for problem in bench.problems_of(report)] == ["products.csv:2", "products.csv:3"]
