"""What does the page of 1000 runs cost in process, in floors, and which of its stages costs how much?

From typed parameters to response bytes, against the C program of `benchmarks.floor`, which steps the same rows with
the same SQLite library.  `python -m benchmarks.page` prints it; `benchmarks.results` writes it down.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from time import perf_counter
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from benchmarks import cache
from benchmarks.comparison import Comparison, compare, table
from benchmarks.floor.library import Floor, Seen
from benchmarks.plant import COMPANY, TIMEZONE
from benchmarks.plant import RUNS as PLANT_RUNS
from benchmarks.rounds import Times, take_turns
from nexshift._rows import group
from nexshift.cursor import Position, encode_cursor
from nexshift.envelope import make_meta
from nexshift.listings.runs import RUNS, Oee
from nexshift.query import Query, parse_query
from nexshift.reader import make_reader
from nexshift.storage.connection import ReadConnection, open_reader, reading
from nexshift.storage.keys import Grant
from oee_core import score_runs

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
STAGES = ("fetch", "merge and OEE", "Structs", "encode", "free")
_encode = msgspec.json.Encoder().encode
_oee = make_reader(Oee, Oee.__struct_fields__)


@dataclass(frozen=True)
class PageResult:
    """Times of PAGE, FLOOR and FLOOR_JSON, the page's stages in milliseconds (medians), and what came back."""

    times: Times
    stages_ms: dict[str, float]
    seen: Seen
    page_bytes: int


def measure(rounds: int = ROUNDS) -> PageResult:
    connection = open_reader(cache.plant_file(PLANT_RUNS))
    floor = Floor(cache.floor_file(PLANT_RUNS), cache.folder())
    query = parse_query(RUNS.path, RUNS.parameters, b"limit=1000", GRANT)

    def page() -> bytes:
        return RUNS.page(connection, GRANT, query).body

    body = page()
    seen = _check(body, floor)
    staged, _ = _run_in_stages(connection, query)
    if staged != body:
        raise AssertionError("the page in stages is another page")

    stages: defaultdict[str, list[float]] = defaultdict(list)

    def page_in_stages() -> None:
        for stage, seconds in _run_in_stages(connection, query)[1].items():
            stages[stage].append(seconds)

    sides: dict[str, Callable[[], Any]] = {PAGE: page, FLOOR: floor.step, FLOOR_JSON: floor.write}
    times = take_turns(sides | {"stages": page_in_stages}, rounds)
    connection.close()
    return PageResult(times, {stage: median(s) * 1000 for stage, s in stages.items()}, seen, len(body))


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


def _run_in_stages(connection: ReadConnection, query: Query) -> tuple[bytes, dict[str, float]]:
    """The page as `Listing.page` makes it, with a clock between the stages; `measure` holds the two together."""
    scrap_child, downtime_child = RUNS.children
    at = {name: position for position, name in enumerate(RUNS.columns)}
    marks = [perf_counter()]
    with reading(connection):
        rows = connection.execute(*RUNS.write(query, GRANT)).fetchall()
        del rows[query.limit :]
        keys = [row[0] for row in rows]
        bound = (msgspec.json.encode(keys).decode(),)
        scrap = connection.execute(scrap_child.sql, bound).fetchall()
        stops = connection.execute(downtime_child.sql, bound).fetchall()
        names = tuple(lookup.find(connection, rows, at[f"_{lookup.name}"]) for lookup in RUNS.lookups)
    marks.append(perf_counter())
    scores = score_runs(rows, stops, scrap)
    marks.append(perf_counter())
    given = (
        group(keys, scrap, scrap_child.reader.read(scrap)),
        group(keys, stops, downtime_child.reader.read(stops)),
        _oee.read(scores),
    )
    data = RUNS.reader.read(rows, names, given)
    marks.append(perf_counter())
    last = Position(rows[-1][at[RUNS.time]], rows[-1][at["id"]])
    meta = make_meta(RUNS.meta, query, len(rows), encode_cursor(last, query.bound_to))
    body = _encode(RUNS.body(GRANT.company, data, meta))
    marks.append(perf_counter())
    del rows, keys, bound, scrap, stops, names, scores, given, data
    marks.append(perf_counter())
    return body, {stage: end - begin for stage, (begin, end) in zip(STAGES, pairwise(marks), strict=True)}


def comparisons(result: PageResult) -> list[Comparison]:
    seen = result.seen
    page = f"{result.page_bytes:,} bytes of JSON with {seen.runs} runs, {seen.scrap} scrap, {seen.stops} stops and OEE"
    floor = f"the same rows, every column read: {seen.text_bytes:,} bytes of text"
    written = "the same JSON, byte for byte (without `next_cursor`)"
    return [
        compare(result.times, PAGE, FLOOR, f"{page}; {floor}"),
        compare(result.times, PAGE, FLOOR_JSON, f"{page}; {written}"),
        compare(result.times, FLOOR_JSON, FLOOR, f"{written}; {floor}"),
    ]


def stage_table(result: PageResult) -> list[str]:
    """As Markdown, in floors."""
    floor_ms = result.times.median_ms(FLOOR)
    return [
        "| stage of the page | ms | floors |",
        "|---|---|---|",
        *(f"| {stage} | {ms:.2f} | {ms / floor_ms:.2f} |" for stage, ms in result.stages_ms.items()),
    ]


if __name__ == "__main__":
    measured = measure()
    print(*table(comparisons(measured)), "", *stage_table(measured), sep="\n")
