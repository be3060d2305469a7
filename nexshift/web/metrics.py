"""What is told at /metrics, and in which form?  Prometheus' text format, of the whole service whoever answers.

There is no key for it, so nothing in it is a company's: paths of the API, numbers of requests and rows, sizes, times.
"""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Literal

from litestar import Response
from litestar.handlers import HTTPRouteHandler

from nexshift import __version__
from nexshift.storage.library import sqlite3
from nexshift.web.database_facts import DatabaseFacts
from nexshift.web.meter import BOUNDS_S, OTHER_ROUTE, Count, Meter
from nexshift.web.methods import READING

METRICS_PATH = "/metrics"
MEDIA_TYPE = "text/plain; version=0.0.4"  # to which the charset is added

Labels = Mapping[str, str]
Sample = tuple[Labels, float]
_Kind = Literal["counter", "gauge", "histogram"]
_BOUNDS = (*(repr(bound) for bound in BOUNDS_S), "+Inf")


def make_metrics_route(metrics: Metrics) -> HTTPRouteHandler:
    """For whoever watches over the service."""

    def tell_metrics() -> Response[bytes]:
        headers = {"cache-control": "no-store"}
        return Response("".join(metrics.lines()).encode(), media_type=MEDIA_TYPE, headers=headers)

    return HTTPRouteHandler(METRICS_PATH, http_method=READING, sync_to_thread=True)(tell_metrics)


class Metrics:
    """Everything that is told."""

    def __init__(self, meter: Meter, paths: Sequence[str], facts: DatabaseFacts) -> None:
        self._meter = meter
        self._routes = dict(enumerate(paths[:OTHER_ROUTE])) | {OTHER_ROUTE: "other"}
        self._facts = facts

    def lines(self) -> Iterator[str]:
        yield from self._about_requests()
        yield from self._about_connections()
        yield from self._about_the_database()
        build = {"version": __version__, "python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
        yield from _family("build_info", "gauge", "What the service is made of", [(build, 1)])

    def _about_requests(self) -> Iterator[str]:
        requests = {path: self._meter.requests(place) for place, path in self._routes.items()}
        yield from _family(
            "requests_total",
            "counter",
            "Requests that were answered",
            [
                ({"route": path, "status": status}, number)
                for path, numbers in requests.items()
                for status, number in numbers.items()
            ],
        )
        yield _head("request_duration_seconds", "histogram", "From a request's head to its whole answer")
        for place, path in self._routes.items():
            numbers, seconds = self._meter.durations(place)
            if not any(numbers):
                continue
            for bound, number in zip(_BOUNDS, accumulate(numbers), strict=True):
                yield _line("request_duration_seconds_bucket", {"route": path, "le": bound}, number)
            yield _line("request_duration_seconds_sum", {"route": path}, seconds)
            yield _line("request_duration_seconds_count", {"route": path}, sum(numbers))
        limited = sum(numbers.get("429", 0) for numbers in requests.values())
        yield from _single("rate_limited_requests_total", "counter", "Requests beyond a limit", limited)
        for name, what, count in (
            ("refused_keys_total", "Requests with a key that is unknown, revoked or expired", Count.REFUSED_KEYS),
            ("response_body_bytes_total", "Bytes of bodies, as they were sent", Count.BODY_BYTES),
            ("response_cache_hits_total", "Pages that were remembered", Count.CACHE_HITS),
            ("response_cache_misses_total", "Pages that had to be made", Count.CACHE_MISSES),
        ):
            yield from _single(name, "counter", what, self._meter.total(count))
        cached = self._meter.total(Count.CACHE_BYTES)
        yield from _single("response_cache_bytes", "gauge", "Bytes of pages that are remembered", cached)

    def _about_connections(self) -> Iterator[str]:
        total = self._meter.total
        yield from _single("open_connections", "gauge", "Connections of clients", total(Count.CONNECTIONS))
        for name, what, count in (
            ("connections_turned_away_total", "Connections beyond the bound", Count.TURNED_AWAY),
            ("connections_stalled_total", "Connections whose client read nothing any more", Count.STALLED),
            ("worker_deaths_total", "Workers that ended untold and were replaced", Count.WORKER_DEATHS),
        ):
            yield from _single(name, "counter", what, total(count))

    def _about_the_database(self) -> Iterator[str]:
        files, rows = self._facts.files(), self._facts.rows()
        yield from _single("database_up", "gauge", "Whether the database answers", int(rows is not None))
        if files is not None:
            yield from _single("database_bytes", "gauge", "Size of the database's file", files.database_bytes)
            yield from _single("database_wal_bytes", "gauge", "Size of the -wal file beside it", files.wal_bytes)
            written = "When records, keys or companies were last written"
            yield from _single("database_written_timestamp_seconds", "gauge", written, files.written_at)
        if rows is not None and rows.numbers:
            samples = [({"table": name}, number) for name, number in rows.numbers.items()]
            yield from _family("rows", "gauge", "Rows of each table, of all companies, when they were counted", samples)
            counted = "When the rows were counted"
            yield from _single("rows_counted_timestamp_seconds", "gauge", counted, rows.counted_at)


def _single(name: str, kind: _Kind, what: str, value: float) -> Iterator[str]:
    return _family(name, kind, what, [({}, value)])


def _family(name: str, kind: _Kind, what: str, samples: Iterable[Sample]) -> Iterator[str]:
    yield _head(name, kind, what)
    for labels, value in samples:
        yield _line(name, labels, value)


def _head(name: str, kind: _Kind, what: str) -> str:
    return f"# HELP nexshift_{name} {what}.\n# TYPE nexshift_{name} {kind}\n"


def _line(name: str, labels: Labels, value: float) -> str:
    """The values of labels are ours: paths, names of tables and numbers, in which nothing needs to be escaped."""
    inner = ",".join(f'{label}="{text}"' for label, text in labels.items())
    return f"nexshift_{name}{{{inner}}} {value}\n" if inner else f"nexshift_{name} {value}\n"
