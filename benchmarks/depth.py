"""Does a page cost the same behind 200 cursors as in front, and behind years of records as behind one month?"""

from __future__ import annotations

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
SMALL_PLANT = 20_000
ROUNDS = 100
FIRST, DEEP = f"first page of {PLANT_RUNS:,} runs", f"page behind {CURSORS} cursors"
SMALL = f"first page of {SMALL_PLANT:,} runs"


def measure(rounds: int = ROUNDS) -> list[Comparison]:
    large = open_reader(cache.plant_file(PLANT_RUNS))
    small = open_reader(cache.plant_file(SMALL_PLANT))
    first, deep = _query(""), _walk(large)

    def read(connection: ReadConnection, query: Query) -> bytes:
        return RUNS.page(connection, GRANT, query).body

    times = take_turns(
        {FIRST: lambda: read(large, first), DEEP: lambda: read(large, deep), SMALL: lambda: read(small, first)},
        rounds,
    )
    large.close()
    small.close()
    return [
        compare(times, DEEP, FIRST, "1000 runs each; on the way no run came twice"),
        compare(times, FIRST, SMALL, "1000 runs each"),
    ]


def _query(cursor: str) -> Query:
    text = f"limit=1000&cursor={cursor}" if cursor else "limit=1000"
    return parse_query(RUNS.path, RUNS.parameters, text.encode(), GRANT)


def _walk(connection: ReadConnection) -> Query:
    """The query of the page that is reached by following the cursors."""
    query = _query("")
    seen: set[str] = set()
    for _ in range(CURSORS):
        page = msgspec.json.decode(RUNS.page(connection, GRANT, query).body)
        seen |= {run["id"] for run in page["data"]}
        query = _query(page["meta"]["next_cursor"])
    if len(seen) != CURSORS * 1000:
        raise AssertionError(f"{CURSORS} pages had only {len(seen):,} different runs")
    return query


if __name__ == "__main__":
    print(*table(measure()), sep="\n")
