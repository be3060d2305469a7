"""Routes from listings: whatever a Listing declares becomes GET and HEAD at its path.

Between the gate and the answer stands the memory of answers; what it does not know is made by `nexshift.web.pages`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from http import HTTPStatus

from litestar.exceptions import MethodNotAllowedException
from litestar.handlers import ASGIRouteHandler, HTTPRouteHandler
from litestar.types import Receive, Scope, Send
from msgspec import Struct

from nexshift.config import API_PREFIX
from nexshift.errors import Forbidden
from nexshift.listing import Endpoint
from nexshift.query import parse_query
from nexshift.storage.connection import ReadConnection
from nexshift.storage.pool import ReadPool
from nexshift.web.admission import Gate
from nexshift.web.content import make_page_content
from nexshift.web.methods import ALLOWED, READING
from nexshift.web.pages import PageMaker
from nexshift.web.requests import method_of, notes_of
from nexshift.web.response_cache import ResponseCache

HEALTH_PATH = "/health"


class Health(Struct, frozen=True):
    """The database answers."""

    status: str


def make_listing_routes(
    listings: Sequence[Endpoint], pages: PageMaker, gate: Gate, cache: ResponseCache
) -> list[ASGIRouteHandler]:
    """One route a listing, behind the gate."""
    return [_listing_route(listing, pages, gate, cache) for listing in listings]


def make_health_route(pool: ReadPool[ReadConnection]) -> HTTPRouteHandler:
    """200 when the database answers, else 503; for whatever watches over the service."""

    def check_health() -> Health:
        with pool.lend() as connection:
            connection.execute("SELECT 1 FROM company LIMIT 1").fetchone()
        return Health("ok")

    return HTTPRouteHandler(
        HEALTH_PATH, http_method=READING, response_headers={"Cache-Control": "no-store"}, sync_to_thread=True
    )(check_health)


def _listing_route(listing: Endpoint, pages: PageMaker, gate: Gate, cache: ResponseCache) -> ASGIRouteHandler:
    """An ASGI handler: what Litestar does for others before and after, such as their kwargs, costs 50 µs a request."""
    path = API_PREFIX + listing.path

    async def read(scope: Scope, receive: Receive, send: Send) -> None:
        if method_of(scope) not in READING:
            await _answer_other_method(scope, send)
            return
        grant, _, epoch = await gate.admit(scope)
        if listing.resource not in grant.resources:
            raise Forbidden
        raw_query = scope["query_string"]
        content = cache.find(epoch, grant, path, raw_query)
        notes_of(scope).is_cached = content is not None
        if content is None:
            query = parse_query(path, listing.parameters, raw_query, grant)
            content = await pages.make(listing, grant, query, partial(make_page_content, scope))
            cache.keep(epoch, grant, path, raw_query, content)
        elif await content.prepare(scope):
            cache.keep(epoch, grant, path, raw_query, content)
        await content.send(scope, send)

    return ASGIRouteHandler(path, copy_scope=False)(read)


async def _answer_other_method(scope: Scope, send: Send) -> None:
    """As Litestar's own routes do."""
    if method_of(scope) != "OPTIONS":
        raise MethodNotAllowedException(headers={"allow": ALLOWED})
    headers = [(b"allow", ALLOWED.encode())]
    await send({"type": "http.response.start", "status": HTTPStatus.NO_CONTENT, "headers": headers})
    await send({"type": "http.response.body", "body": b"", "more_body": False})
