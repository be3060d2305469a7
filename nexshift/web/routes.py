"""Routes from listings and flat tables: whatever one declares becomes GET and HEAD at its path.

Between the gate and the answer stands the memory of answers; what it does not know is made by `nexshift.web.pages`,
and a whole table as a file by `nexshift.web.downloads`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from http import HTTPStatus
from typing import Any, NamedTuple

from litestar.exceptions import MethodNotAllowedException
from litestar.handlers import ASGIRouteHandler, HTTPRouteHandler
from litestar.types import Receive, Scope, Send
from msgspec import Struct

from nexshift.config import API_PREFIX
from nexshift.errors import Forbidden
from nexshift.listing import Endpoint
from nexshift.query import decode_position, parse_query
from nexshift.storage.companies import refuse_unknown_zones
from nexshift.storage.connection import ReadConnection
from nexshift.storage.pool import ReadPool
from nexshift.tables.pages import TablePages, decode_table_place
from nexshift.tables.table import Table
from nexshift.web.admission import Gate
from nexshift.web.content import make_page_content
from nexshift.web.downloads import Downloads, Wanted
from nexshift.web.formats import FLAT_MEDIA_TYPE, accepted_file, is_file
from nexshift.web.methods import ALLOWED, READING
from nexshift.web.outgoing import Outgoing
from nexshift.web.readers import Readers
from nexshift.web.requests import method_of, notes_of, sent_path_of
from nexshift.web.response_cache import ResponseCache

HEALTH_PATH = "/health"


class Health(Struct, frozen=True):
    """The database answers."""

    status: str


class Makers(NamedTuple):
    """Who makes answers, and who lets requests in."""

    pages: Readers
    tables: Readers
    downloads: Downloads
    gate: Gate
    cache: ResponseCache
    outgoing: Outgoing


class Served(NamedTuple):
    """What is at a path: an endpoint, and its rows as a flat table, which may be the endpoint itself."""

    endpoint: Endpoint
    flat: TablePages


def list_served(listings: Sequence[Endpoint], tables: Sequence[Table]) -> list[Served]:
    """The listings, each of which has a table at its path, and the other tables."""
    flat = {table.path: TablePages(table) for table in tables}
    nested = {listing.path: listing for listing in listings}
    return [Served(nested.get(path, flat[path]), flat[path]) for path in (nested | flat)]


def make_listing_routes(served: Sequence[Served], makers: Makers) -> list[ASGIRouteHandler]:
    """One route a path, behind the gate."""
    return [_route(each.endpoint, each.flat, makers) for each in served]


def make_health_route(pool: ReadPool[ReadConnection]) -> HTTPRouteHandler:
    """200 when the database answers, else 503; for whatever watches over the service."""

    def check_health() -> Health:
        with pool.lend() as connection:
            refuse_unknown_zones(connection)
        return Health("ok")

    return HTTPRouteHandler(
        HEALTH_PATH, http_method=READING, response_headers={"Cache-Control": "no-store"}, sync_to_thread=True
    )(check_health)


def _route(endpoint: Endpoint, flat: TablePages, makers: Makers) -> ASGIRouteHandler:
    """An ASGI handler: what Litestar does for others before and after, such as their kwargs, costs 50 µs a request."""
    path = API_PREFIX + endpoint.path
    raw_path, other_spelling = path.encode(), f"{path}/"  # on which the link to the next page depends
    pages, tables, downloads, gate, cache, outgoing = makers
    make_content = partial(make_page_content, path, "application/json")
    make_flat_content = make_content if endpoint is flat else partial(make_page_content, path, FLAT_MEDIA_TYPE)

    def decode(wanted: str | None, text: str, bound_to: tuple[Any, ...]) -> Any:
        if is_file(wanted):
            return None  # a file has no pages
        if endpoint is flat or wanted == "flat":
            return decode_table_place(flat.table, text, bound_to)
        return decode_position(wanted, text, bound_to)

    async def read(scope: Scope, receive: Receive, send: Send) -> None:
        if method_of(scope) not in READING:
            await _answer_other_method(scope, send)
            return
        grant, _, epoch = await gate.admit(scope)
        if not flat.table.is_open_to(grant):
            raise Forbidden
        raw_query = scope["query_string"]
        spelling = path if sent_path_of(scope) == raw_path else other_spelling
        accepted = accepted_file(scope)
        content = None if accepted else cache.find(epoch, grant, spelling, raw_query)
        notes_of(scope).is_cached = content is not None
        if content is None:
            query = parse_query(path, endpoint.parameters, raw_query, grant, decode=decode)
            wanted = query.format or accepted or "json"
            if is_file(wanted):
                await downloads.send(scope, send, Wanted(flat.table, grant, query, wanted))
                return
            is_flat = wanted == "flat" or endpoint is flat
            shown: Endpoint = flat if is_flat else endpoint
            make = make_flat_content if is_flat else make_content
            content = await (tables if is_flat else pages).run(
                scope, lambda connection: make(scope, shown.page(connection, grant, query)), rows=query.page_rows
            )
            cache.keep(epoch, grant, spelling, raw_query, content)
        elif await content.prepare(scope):
            cache.keep(epoch, grant, spelling, raw_query, content)
        await outgoing.send(grant.key_id, content, scope, send)

    return ASGIRouteHandler(path, copy_scope=False)(read)


async def _answer_other_method(scope: Scope, send: Send) -> None:
    """As Litestar's own routes do."""
    if method_of(scope) != "OPTIONS":
        raise MethodNotAllowedException(headers={"allow": ALLOWED})
    headers = [(b"allow", ALLOWED.encode())]
    await send({"type": "http.response.start", "status": HTTPStatus.NO_CONTENT, "headers": headers})
    await send({"type": "http.response.body", "body": b"", "more_body": False})
