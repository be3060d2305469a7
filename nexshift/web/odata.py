"""`/odata/v4/`: the flat tables for whoever speaks OData, such as Excel and Power BI.

What a URL means is `nexshift.odata`'s; here are the gate, the memory of answers and the worker thread that reads, as
for listings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Scope

from nexshift.config import ODATA_PREFIX
from nexshift.errors import Forbidden, NotOffered
from nexshift.odata.address import Address, What, parse_address
from nexshift.odata.answers import (
    Frame,
    Wanted,
    page_rows,
    read_count,
    read_property,
    read_row,
    read_rows,
    read_value,
)
from nexshift.odata.documents import write_metadata, write_service_document
from nexshift.odata.headers import HeaderReader, check_metadata_format, check_version, read_page_size
from nexshift.odata.json_form import JsonForm, Level, read_json_form
from nexshift.odata.options import check_rest, parse_options, split_options
from nexshift.odata.root import find_root
from nexshift.query import check_sites
from nexshift.storage.connection import ReadConnection
from nexshift.storage.keys import Grant
from nexshift.tables.table import Table
from nexshift.web.admission import Gate
from nexshift.web.content import CHANGE_TOKEN, Content
from nexshift.web.methods import READING
from nexshift.web.outgoing import Outgoing
from nexshift.web.readers import Readers
from nexshift.web.requests import notes_of, sent_path_of
from nexshift.web.response_cache import ResponseCache

ODATA_ROUTES = [ODATA_PREFIX, f"{ODATA_PREFIX}/{{rest:path}}"]
ODATA_TEMPLATES = [ODATA_PREFIX, f"{ODATA_PREFIX}/{{rest}}"]
"""What a request finds as its route's path."""
_match_root = re.compile("/*" + "/+".join(ODATA_PREFIX.strip("/").split("/")) + "(?:/+|$)").match
_VARY = (b"vary", b"Authorization, Accept, Accept-Encoding, Prefer")
_PRIVATE = (b"cache-control", b"private, no-cache")
_XML = b"application/xml"  # which names its charset in its first line
_TEXT = b"text/plain;charset=utf-8"  # named to everybody: many programs take text without it for ASCII


class _Asked(NamedTuple):
    """A request that came in: what it names, and what its headers ask of the answer."""

    address: Address
    frame: Frame
    wish: int | None
    options: bytes


def make_odata_route(
    tables: Sequence[Table], readers: Readers, gate: Gate, cache: ResponseCache, outgoing: Outgoing
) -> HTTPRouteHandler:
    """The one route of everything below the root."""
    by_name = {table.name: table for table in tables}

    async def read(scope: Scope) -> ASGIApp:
        address = _address(scope, by_name)
        if address is None:
            raise NotFoundException
        grant, _, epoch = await gate.admit(scope)
        if address.table is not None and not address.table.is_open_to(grant):
            raise Forbidden
        check_sites(scope["query_string"], grant)
        if address.what is What.OTHER:
            raise NotOffered("What this path names in OData is not offered here, only tables, rows and their values")
        asked = _read_headers(scope, address)
        path = scope["path"]
        # One address has several answers: what the headers ask for is part of what is remembered.
        frame = asked.frame
        variant = b"%b %b %d %b" % (frame.root.encode(), frame.form.content_type, frame.page, asked.options)
        content = cache.find(epoch, grant, path, variant)
        notes_of(scope).is_cached = content is not None
        if content is None:
            content = _make_document(by_name.values(), grant, asked) or await _read_content(
                scope, readers, grant, asked
            )
            cache.keep(epoch, grant, path, variant, content)
        elif await content.prepare(scope):
            cache.keep(epoch, grant, path, variant, content)
        return outgoing.sending(grant.key_id, content)

    return HTTPRouteHandler(ODATA_ROUTES, http_method=READING)(read)


def _address(scope: Scope, tables: dict[str, Table]) -> Address | None:
    """From the path as it was sent: the framework's own is tidied, and a key may be a text with slashes in it."""
    try:
        path = unquote_to_bytes(sent_path_of(scope)).decode()
    except UnicodeDecodeError:
        return None
    root = _match_root(path)
    return parse_address(path[root.end() :], tables) if root else None


def _read_headers(scope: Scope, address: Address) -> _Asked:
    headers = HeaderReader(scope["headers"])
    check_version(headers)
    raw = scope["query_string"]
    is_json = address.what not in (What.METADATA, What.COUNT, What.VALUE)
    sent, _ = split_options(raw, address.what)
    if address.what is What.METADATA:
        check_metadata_format(sent.get("$format"))
    form = read_json_form(headers, sent.get("$format")) if is_json else JsonForm()
    page, wish = read_page_size(headers)
    return _Asked(address, Frame(find_root(headers, scope["scheme"]), form, page), wish, raw)


def _make_document(tables: Iterable[Table], grant: Grant, asked: _Asked) -> Content | None:
    """What is said without a look at the rows; None where that is not what was asked for."""
    what, frame = asked.address.what, asked.frame
    if what not in (What.SERVICE, What.METADATA):
        return None
    check_rest(asked.options, what, grant)
    allowed = [each for each in tables if each.is_open_to(grant)]
    if what is What.SERVICE:
        body = write_service_document(allowed, frame.root, has_metadata=frame.form.level is not Level.NONE)
        media = frame.form.content_type
    else:
        body, media = write_metadata(allowed), _XML
    return Content(body, ((b"content-type", media), _PRIVATE, _VARY), reader=grant.key_id)


async def _read_content(scope: Scope, readers: Readers, grant: Grant, asked: _Asked) -> Content:
    """What is read: rows, a row or their number."""
    what, table, key, column = asked.address
    assert table is not None
    wanted = Wanted(table, grant, parse_options(table, asked.options, grant, what))
    media = _TEXT if what in (What.COUNT, What.VALUE) else asked.frame.form.content_type

    def make(connection: ReadConnection) -> Content:
        if what is What.ROWS:
            answer = read_rows(connection, wanted, asked.frame)
        elif what is What.ROW:
            answer = read_row(connection, wanted, key, asked.frame)
        elif what is What.PROPERTY and column is not None:
            answer = read_property(connection, wanted, key, column, asked.frame)
        elif what is What.VALUE and column is not None:
            answer = read_value(connection, wanted, key, column)
        else:
            answer = read_count(connection, wanted)
        body, rows, token = answer
        headers = [(b"content-type", media), _PRIVATE, _VARY, (CHANGE_TOKEN, b"%d" % token)]
        if asked.wish is not None and what is What.ROWS:
            headers.append((b"preference-applied", b"odata.maxpagesize=%d" % asked.wish))
        if rows == 0 and what in (What.PROPERTY, What.VALUE):
            without_type = tuple(headers[1:])
            return Content(b"", without_type, rows=rows, reader=grant.key_id, status=HTTPStatus.NO_CONTENT)
        made = Content(body, tuple(headers), rows=rows, reader=grant.key_id)
        if made.is_to_be_compressed(scope):
            made.compress()
        return made

    return await readers.run(scope, make, rows=_count_rows(what, wanted, asked.frame))


def _count_rows(what: What, wanted: Wanted, frame: Frame) -> int | None:
    """Of the answer, as far as that is known before it is read."""
    if what is What.ROWS and not wanted.options.is_counted:
        return page_rows(wanted, frame)
    return None if what in (What.ROWS, What.COUNT) else 1
