"""Routes from listings: whatever a Listing declares becomes GET and HEAD at its path.

Handlers are plain functions in worker threads, because SQLite is not asynchronous and stepping it lets other threads
run.  Each returns the listing's page; `PageResponse` makes a response of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from litestar.handlers import HTTPRouteHandler
from litestar.middleware import DefineMiddleware
from litestar.types import Scope
from msgspec import Struct

from nexshift.config import API_PREFIX
from nexshift.envelope import Page
from nexshift.errors import Forbidden
from nexshift.listing import Endpoint
from nexshift.query import parse_query
from nexshift.storage.connection import ReadConnection
from nexshift.storage.pool import ReadPool
from nexshift.web.admission import AdmissionMiddleware, Gate, admission_of
from nexshift.web.content import PageResponse
from nexshift.web.methods import READING

HEALTH_PATH = "/health"


class Health(Struct, frozen=True):
    """The database answers."""

    status: str


def make_listing_routes(
    listings: Sequence[Endpoint], pool: ReadPool[ReadConnection], gate: Gate
) -> list[HTTPRouteHandler]:
    """One route a listing, behind the gate."""
    return [_listing_route(listing, pool, gate) for listing in listings]


def make_health_route(pool: ReadPool[ReadConnection]) -> HTTPRouteHandler:
    """200 when the database answers, else 503; for whatever watches over the service."""

    def check_health() -> Health:
        with pool.lend() as connection:
            connection.execute("SELECT 1 FROM company LIMIT 1").fetchone()
        return Health("ok")

    return HTTPRouteHandler(
        HEALTH_PATH, http_method=READING, response_headers={"Cache-Control": "no-store"}, sync_to_thread=True
    )(check_health)


def _listing_route(listing: Endpoint, pool: ReadPool[ReadConnection], gate: Gate) -> HTTPRouteHandler:
    path = API_PREFIX + listing.path

    def read(scope: Scope) -> Page:
        admission = admission_of(scope)
        if admission is None or listing.resource not in admission.grant.resources:
            raise Forbidden
        query = parse_query(path, listing.parameters, scope["query_string"], admission.grant)
        with pool.lend() as connection:
            return listing.page(connection, admission.grant, query)

    return HTTPRouteHandler(
        path,
        http_method=READING,
        # On the handler, not on a router: the OPTIONS route that Litestar adds must stay outside the gate.
        middleware=[DefineMiddleware(AdmissionMiddleware, gate=gate)],
        response_class=PageResponse,
        sync_to_thread=True,
    )(read)
