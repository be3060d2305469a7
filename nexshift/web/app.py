"""The application: what is made once at start, and how the parts are put together."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path

from litestar import Litestar
from litestar.datastructures import State
from litestar.types import Scope

from nexshift.config import (
    API_PREFIX,
    HSTS_DAYS,
    ODATA_PREFIX,
    RATE_LIMIT,
    READ_CONNECTIONS,
    READ_SHARE,
    RESPONSE_CACHE_MIB,
    SQLITE_HEAP_BYTES,
    TABLE_READERS,
    TABLE_SHARE,
)
from nexshift.errors import Refused
from nexshift.listing import Endpoint
from nexshift.listings import LISTINGS
from nexshift.storage.companies import refuse_unknown_zones
from nexshift.storage.connection import ReadConnection, bound_heap, open_reader
from nexshift.storage.library import sqlite3
from nexshift.storage.pool import ReadPool
from nexshift.storage.stepping import explain_sqlite3
from nexshift.storage.watch import Watch
from nexshift.tables import make_tables
from nexshift.web.access import ACCESS_PATH, make_access_route
from nexshift.web.admission import Gate
from nexshift.web.common_headers import make_before_send
from nexshift.web.connect_page import make_connect_routes
from nexshift.web.counts import LocalCounts, SharedCounts
from nexshift.web.cross_origin import AllowedOrigins
from nexshift.web.database_facts import DatabaseFacts
from nexshift.web.downloads import Downloads
from nexshift.web.failures import make_exception_handlers
from nexshift.web.limits import Clock
from nexshift.web.long_reads import LongReads
from nexshift.web.meter import OTHER_ROUTE, Count, Meter
from nexshift.web.metrics import METRICS_PATH, Metrics, make_metrics_route
from nexshift.web.odata import ODATA_ROUTES, ODATA_TEMPLATES, make_odata_route
from nexshift.web.openapi import make_document
from nexshift.web.outage import Outage
from nexshift.web.outgoing import Outgoing
from nexshift.web.readers import Readers
from nexshift.web.request_lines import log_request
from nexshift.web.requests import Notes
from nexshift.web.response_cache import ResponseCache
from nexshift.web.routes import HEALTH_PATH, Makers, list_served, make_health_route, make_listing_routes
from nexshift.web.transport_security import make_transport_security
from nexshift.web.viewer import make_viewer_routes

log = logging.getLogger("nexshift")


def create_app(
    database: Path,
    *,
    rate_limit: int = RATE_LIMIT,
    cors_origins: Sequence[str] = (),
    hsts_days: int = HSTS_DAYS,
    clock: Clock = time.monotonic,
    listings: Sequence[Endpoint] = LISTINGS,
    shared_counts: SharedCounts | None = None,
    response_cache_mib: int = RESPONSE_CACHE_MIB,
    meter: Meter | None = None,
    has_metrics: bool = False,
) -> Litestar:
    """The service over one database, as an ASGI application.

    `rate_limit` is requests a minute for each key that has no limit of its own; processes that are to count them
    together are given the same `shared_counts`.  `response_cache_mib` bounds the answers that are remembered; 0 is
    none.  `hsts_days` is how long browsers remember that this host speaks TLS, where it does.  What happens is counted
    in `meter`, which the server finds in the state; `has_metrics` tells it at /metrics.
    Raises DatabaseUnavailable when the database cannot be read now, and Refused when a listing does not fit it.
    """
    origins = AllowedOrigins(cors_origins)
    transport_security = make_transport_security(hsts_days)
    outage = Outage()
    outgoing = Outgoing()
    long_reads = LongReads(database)
    pool = ReadPool(database, open_reader)
    pages = Readers(database, outgoing, long_reads, places=READ_CONNECTIONS, share=READ_SHARE)
    watch = Watch(database)
    downloads = Downloads(database, long_reads)
    table_readers = Readers(database, outgoing, long_reads, places=TABLE_READERS, share=TABLE_SHARE)
    bound_heap(SQLITE_HEAP_BYTES)
    _warn_of_slow_stepping(pool)
    with pool.lend() as connection:
        refuse_unknown_zones(connection)
    _prepare(listings, pool)
    tables = make_tables(listings)
    served = list_served(listings, tables)
    _prepare([each.flat for each in served], pool)
    counts = LocalCounts() if shared_counts is None else shared_counts
    gate = Gate(watch, rate_limit=rate_limit, clock=clock, counts=counts)
    cache = ResponseCache(response_cache_mib * 2**20)
    routes = [
        *make_listing_routes(served, Makers(pages, table_readers, downloads, gate, cache, outgoing)),
        make_access_route(pool, gate),
        make_odata_route(tables, table_readers, gate, cache, outgoing),
        make_health_route(pool),
        *make_viewer_routes(make_document(served)),
        *make_connect_routes(),
    ]
    paths = [path for route in routes for path in route.paths if path not in ODATA_ROUTES] + ODATA_TEMPLATES
    meter = meter or Meter()
    if has_metrics:
        paths.append(METRICS_PATH)
        routes.append(make_metrics_route(Metrics(meter, paths, DatabaseFacts(database, pool, meter))))
    known = [path for path in paths if path not in ODATA_TEMPLATES] + [
        f"{ODATA_PREFIX}/{name}" for name in ("$metadata", *(table.name for table in tables))
    ]
    places = {path: place for place, path in enumerate(paths[:OTHER_ROUTE])}
    reading = {HEALTH_PATH, ACCESS_PATH, *ODATA_TEMPLATES, *(API_PREFIX + each.flat.path for each in served)}

    def observe(scope: Scope, notes: Notes) -> None:
        log_request(scope, notes)
        meter.part.set(Count.CACHE_BYTES, cache.size)
        meter.part.add_answer(places.get(scope.get("path_template", ""), OTHER_ROUTE), notes)
        if outage.is_on and notes.status < HTTPStatus.BAD_REQUEST and scope.get("path_template") in reading:
            outage.end()

    return Litestar(
        route_handlers=routes,
        exception_handlers=make_exception_handlers(known, outage),
        before_send=[make_before_send(origins, transport_security, observe)],
        on_shutdown=[pages.close, downloads.close, table_readers.close, pool.close, watch.close],
        openapi_config=None,  # `nexshift.web.openapi` writes the document
        state=State({"meter": meter, "transport_security": transport_security}),
        logging_config=None,  # the server configures logging, once a process
    )


def _warn_of_slow_stepping(pool: ReadPool[ReadConnection]) -> None:
    with pool.lend() as connection:
        if connection.statements is None:
            log.warning(
                "rows are stepped by Python's sqlite3, which takes several times as long: %s", explain_sqlite3()
            )


def _prepare(listings: Sequence[Endpoint], pool: ReadPool[ReadConnection]) -> None:
    """Every query against the schema and its record, so that a mismatch shows at start and not in a response."""
    with pool.lend() as connection:
        for listing in listings:
            try:
                listing.prepare(connection)
            except (ValueError, TypeError, sqlite3.OperationalError) as error:
                raise Refused(f"{API_PREFIX}{listing.path} does not fit the database: {error}") from error
