"""What does the page of 1000 runs cost in process, in floors, and which of its stages costs how much?

From typed parameters to response bytes, against the C program of `benchmarks.floor`, which steps the same rows with
the same SQLite library.  `python -m benchmarks.page` prints it; `benchmarks.results` writes it down.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks import cache
from benchmarks.comparison import Comparison, compare, table
from benchmarks.floor.library import Floor, Seen
from benchmarks.plant import COMPANY, TIMEZONE
from benchmarks.plant import RUNS as PLANT_RUNS
from benchmarks.rounds import Times, take_turns
from benchmarks.stages import EMPTY, STEPPED, UNSCORED, StructStages, direct_sides, direct_stages, stage_table
from nexshift.listings.runs import RUNS
from nexshift.query import parse_query
from nexshift.storage.connection import open_reader
from nexshift.storage.keys import Grant
from nexshift.storage.stepping import Stepping

ROUNDS = 300
GRANT = Grant(
    key_id=1,
    key_name="benchmark",
    company_id=1,
    company=COMPANY,
    zone=ZoneInfo(TIMEZONE),
    resources=frozenset(),
    sites=None,
    rate_limit=None,
    expires_at=None,
)
PAGE, FLOOR, FLOOR_JSON = "page of 1000 runs, in process", "floor: C, step only", "floor: C, JSON written"
THROUGH_SQLITE3 = "page of 1000 runs, in process, through `sqlite3` and Structs"
DIRECT_STAGES = "stage of the page"
STRUCT_STAGES = "stage of the page through `sqlite3` and Structs"


@dataclass(frozen=True)
class PageResult:
    """Times of the page, both floors and the page through `sqlite3`; stages in milliseconds; what came back."""

    times: Times
    stages_ms: dict[str, float]
    struct_stages_ms: dict[str, float]
    seen: Seen
    page_bytes: int


def measure(rounds: int = ROUNDS) -> PageResult:
    file = cache.plant_file(PLANT_RUNS)
    direct, through_sqlite3 = (open_reader(file, stepping=each) for each in (Stepping.DIRECT, Stepping.SQLITE3))
    floor = Floor(cache.floor_file(PLANT_RUNS), cache.folder())
    query = parse_query(RUNS.path, RUNS.parameters, b"limit=1000", GRANT)
    in_stages = StructStages(through_sqlite3, GRANT, query)

    def page() -> bytes:
        return RUNS.page(direct, GRANT, query).body

    body = page()
    seen = _check(body, floor)
    if RUNS.page(through_sqlite3, GRANT, query).body != body or in_stages.run() != body:
        raise AssertionError("the ways to read a page do not give the same page")

    sides: dict[str, Callable[[], Any]] = {PAGE: page, FLOOR: floor.step, FLOOR_JSON: floor.write}
    sides[THROUGH_SQLITE3] = lambda: RUNS.page(through_sqlite3, GRANT, query)
    times = take_turns(sides | direct_sides(direct, GRANT, query) | {"stages": in_stages.run}, rounds)
    stages = direct_stages(*(times.median_ms(side) for side in (PAGE, EMPTY, STEPPED, UNSCORED)))
    direct.close()
    through_sqlite3.close()
    return PageResult(times, stages, in_stages.medians_ms(), seen, len(body))


def _check(body: bytes, floor: Floor) -> Seen:
    """Both sides must have read the same plant: the floor's JSON is the page's, byte for byte."""
    seen = floor.step()
    data = json.loads(body)["data"]
    children = [sum(len(run[name]) for run in data) for name in ("scrap", "downtime")]
    if [len(data), *children] != [seen.runs, seen.scrap, seen.stops]:
        raise AssertionError(f"the page has {len(data)} runs and {children} children, but the floor read {seen}")
    written = floor.json()
    if not body.startswith(written[:-2]) or not body[len(written) - 2 :].startswith(b',"next_cursor":"'):
        raise AssertionError("the floor's JSON is not that of the page")
    return seen


def comparisons(result: PageResult) -> list[Comparison]:
    seen = result.seen
    page = f"{result.page_bytes:,} bytes of JSON with {seen.runs} runs, {seen.scrap} scrap, {seen.stops} stops and OEE"
    floor = f"the same rows, every column read: {seen.text_bytes:,} bytes of text"
    written = "the same JSON, byte for byte (without `next_cursor`)"
    return [
        compare(result.times, PAGE, FLOOR, f"{page}; {floor}"),
        compare(result.times, PAGE, FLOOR_JSON, f"{page}; {written}"),
        compare(result.times, FLOOR_JSON, FLOOR, f"{written}; {floor}"),
        compare(result.times, THROUGH_SQLITE3, FLOOR, f"the same bytes; {floor}"),
    ]


def stage_tables(result: PageResult) -> tuple[list[str], list[str]]:
    """As Markdown, in floors: of the page, and of the page through `sqlite3`."""
    floor_ms = result.times.median_ms(FLOOR)
    return (
        stage_table(DIRECT_STAGES, result.stages_ms, floor_ms),
        stage_table(STRUCT_STAGES, result.struct_stages_ms, floor_ms),
    )


if __name__ == "__main__":
    measured = measure()
    of_page, of_structs = stage_tables(measured)
    print(*table(comparisons(measured)), "", *of_page, "", *of_structs, sep="\n")
