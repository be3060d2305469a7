"""Does a page cost the same behind 200 cursors as in front, and behind seventy years of records as behind seven?

Two plants from one seed, the larger with ten times the runs; it is built at the first call, which takes minutes.
Its machines' clocks have drifted further apart, so its newest 1000 runs lie among the last 6,900 recorded ones, not
among the last 2,000: that costs more than the deeper trees do.  `python -m benchmarks.depth` prints the ratios.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import msgspec

from benchmarks import cache
from benchmarks.comparison import Comparison, compare, table
from benchmarks.page import GRANT
from benchmarks.plant import RUNS as PLANT_RUNS
from benchmarks.rounds import take_turns
from nexshift.listings.runs import RUNS
from nexshift.query import Query, parse_query
from nexshift.storage.connection import ReadConnection, open_reader

CURSORS = 200
LARGE_PLANT = 3_000_000
ROUNDS = 100
FIRST = f"first page of {PLANT_RUNS:,} runs"
DEEP = f"page behind {CURSORS} cursors of {PLANT_RUNS:,} runs"
LARGE_FIRST = f"first page of {LARGE_PLANT:,} runs"
LARGE_DEEP = f"page behind {CURSORS} cursors of {LARGE_PLANT:,} runs"
_RETURNED = "1000 runs each"
_WALKED = f"1000 runs each; on the way no run came twice, {CURSORS},000 in all"


def measure(rounds: int = ROUNDS) -> list[Comparison]:
    with (
        closing(open_reader(cache.plant_file(PLANT_RUNS))) as usual,
        closing(open_reader(cache.plant_file(LARGE_PLANT))) as large,
    ):
        times = take_turns(
            {
                FIRST: _reading(usual, _query()),
                LARGE_FIRST: _reading(large, _query()),
                DEEP: _reading(usual, _walk(usual)),
                LARGE_DEEP: _reading(large, _walk(large)),
            },
            rounds,
        )
    return [
        compare(times, LARGE_FIRST, FIRST, _RETURNED),
        compare(times, LARGE_DEEP, DEEP, _WALKED),
        compare(times, DEEP, FIRST, _WALKED),
        compare(times, LARGE_DEEP, LARGE_FIRST, _WALKED),
    ]


def _reading(connection: ReadConnection, query: Query) -> Callable[[], bytes]:
    """What reads the page; it has been read once, and had its 1000 runs."""

    def read() -> bytes:
        return RUNS.page(connection, GRANT, query).body

    if len(_decode(read()).data) != 1000:
        raise AssertionError("the page has not 1000 runs")
    return read


def _query(cursor: str = "") -> Query:
    text = f"limit=1000&cursor={cursor}" if cursor else "limit=1000"
    return parse_query(RUNS.path, RUNS.parameters, text.encode(), GRANT)


def _walk(connection: ReadConnection) -> Query:
    """The query of the page that is reached by following the cursors."""
    query = _query()
    seen: set[str] = set()
    for _ in range(CURSORS):
        page = _decode(RUNS.page(connection, GRANT, query).body)
        seen |= {run.id for run in page.data}
        query = _query(page.meta.next_cursor)
    if len(seen) != CURSORS * 1000:
        raise AssertionError(f"{CURSORS} pages had only {len(seen):,} different runs")
    return query


_decode = msgspec.json.Decoder(RUNS.body).decode


if __name__ == "__main__":
    print(*table(measure()), sep="\n")
