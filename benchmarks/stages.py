"""Which stage of the page of 1000 runs costs how much, for both ways to step its rows?

The direct way has no clock between its stages, because they take turns at every value.  It is measured by what it costs
without them: the same statements with nothing written, the same page without its score, a page of no rows.  The way
through `sqlite3` is followed with a clock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise
from statistics import median
from time import perf_counter
from typing import Any

import msgspec

from nexshift._pages import Layout, PageWriter
from nexshift._rows import group
from nexshift.cursor import Position, encode_cursor
from nexshift.envelope import make_meta
from nexshift.layout import make_layout
from nexshift.listings.runs import RUNS
from nexshift.query import Query, parse_query
from nexshift.storage.connection import ReadConnection, reading
from nexshift.storage.keys import Grant

EMPTY, STEPPED, UNSCORED = "a page of no rows", "rows stepped, nothing written", "the page without its score"
_NO_ROWS = "to=0001-01-01"
_encode = msgspec.json.Encoder().encode


def direct_sides(connection: ReadConnection, grant: Grant, query: Query) -> dict[str, Callable[[], Any]]:
    """What `direct_stages` takes the difference of."""
    nothing = parse_query(RUNS.path, RUNS.parameters, _NO_ROWS.encode(), grant)
    sql, children, values = RUNS.queries(query, grant)
    texts = [(sql, len(RUNS.columns)), *zip(children, _child_widths(), strict=True)]
    steppers = [
        (text, PageWriter(Layout(width, []), (), (), time_column=0, id_column=0, score=None)) for text, width in texts
    ]
    plan = RUNS.plan._replace(fields=tuple(field for field in RUNS.plan.fields if field.name != "oee"))
    unscored = PageWriter(
        make_layout(plan, children=len(RUNS.children)),
        tuple((lookup.name, lookup.one, lookup.layout) for lookup in RUNS.lookups),
        tuple(make_layout(child.plan) for child in RUNS.children),
        time_column=list(RUNS.columns).index(RUNS.time),
        id_column=list(RUNS.columns).index("id"),
        score=None,
    )
    statements = connection.statements
    if statements is None:
        raise AssertionError("rows are not stepped directly")

    def step() -> None:
        with reading(connection):
            for text, writer in steppers:
                writer.write(statements, text, (), values, connection.remembered(writer), 10_000)

    def write_unscored() -> None:
        with reading(connection):
            memory = connection.remembered(unscored)
            rows = unscored.write(statements, *RUNS.queries(query, grant), memory, query.limit)
            rows.enclose(b"", b"")

    return {
        EMPTY: lambda: RUNS.page(connection, grant, nothing),
        STEPPED: step,
        UNSCORED: write_unscored,
    }


def _stepper(width: int) -> PageWriter:
    """Steps every row and writes nothing."""
    return PageWriter(Layout(width, []), (), (), time_column=0, id_column=0, score=None)


def _child_widths() -> list[int]:
    return [len(child.columns) for child in RUNS.children]


def direct_stages(page_ms: float, empty_ms: float, stepped_ms: float, unscored_ms: float) -> dict[str, float]:
    """The stages in milliseconds."""
    return {
        "transaction, SQL text, envelope": empty_ms,
        "fetch: SQLite steps the rows": stepped_ms,
        "merge and OEE": max(0.0, page_ms - unscored_ms),
        "values read and written as JSON": max(0.0, min(page_ms, unscored_ms) - empty_ms - stepped_ms),
    }


class StructStages:
    """The page as `Listing.page` makes it through `sqlite3`, with a clock between the stages."""

    NAMES = ("fetch", "merge and OEE", "Structs", "encode", "free")

    def __init__(self, connection: ReadConnection, grant: Grant, query: Query) -> None:
        self._connection = connection
        self._grant = grant
        self._query = query
        self._seconds: defaultdict[str, list[float]] = defaultdict(list)

    def run(self) -> bytes:
        """The page's body; the times are kept."""
        body, marks = self._run()
        for stage, (begin, end) in zip(self.NAMES, pairwise(marks), strict=True):
            self._seconds[stage].append(end - begin)
        return body

    def medians_ms(self) -> dict[str, float]:
        return {stage: median(seconds) * 1000 for stage, seconds in self._seconds.items()}

    def _run(self) -> tuple[bytes, list[float]]:
        connection, query = self._connection, self._query
        at = {name: position for position, name in enumerate(RUNS.columns)}
        score = RUNS.score
        if score is None:
            raise AssertionError("runs have a score")
        marks = [perf_counter()]
        with reading(connection):
            sql, _, values = RUNS.queries(query, self._grant)
            rows = connection.execute(sql, values).fetchall()
            del rows[query.limit :]
            keys = [row[0] for row in rows]
            bound = (msgspec.json.encode(keys).decode(),)
            children = {child.name: connection.execute(child.sql, bound).fetchall() for child in RUNS.children}
            names = tuple(lookup.find(connection, rows, at[f"_{lookup.name}"]) for lookup in RUNS.lookups)
            marks.append(perf_counter())
            scores = score.compute(connection, rows, at, children)
        marks.append(perf_counter())
        found = [children[child.name] for child in RUNS.children]
        given = [group(keys, each, child.reader.read(each)) for child, each in zip(RUNS.children, found, strict=True)]
        data = RUNS.reader.read(rows, names, (*given, scores))
        marks.append(perf_counter())
        last = Position(rows[-1][at[RUNS.time]], rows[-1][at["id"]])
        meta = make_meta(RUNS.meta, query, len(rows), encode_cursor(last, query.bound_to))
        body = _encode(RUNS.body(self._grant.company, data, meta))
        marks.append(perf_counter())
        del rows, keys, bound, children, found, names, scores, given, data
        marks.append(perf_counter())
        return body, marks


def stage_table(title: str, stages: dict[str, float], floor_ms: float) -> list[str]:
    """As Markdown, in floors."""
    return [
        f"| {title} | ms | floors |",
        "|---|---|---|",
        *(f"| {stage} | {ms:.2f} | {ms / floor_ms:.2f} |" for stage, ms in stages.items()),
    ]
