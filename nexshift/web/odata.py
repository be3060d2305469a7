"""`/odata/v4/`: the flat tables for whoever speaks OData, such as Excel and Power BI.

What a URL means is `nexshift.odata`'s; here are the gate, the memory of answers and the worker thread that reads, as
for listings.
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Scope

from nexshift.config import ODATA_PREFIX
from nexshift.errors import Forbidden
from nexshift.odata.address import Address, What, parse_address
from nexshift.odata.answers import Frame, Wanted, read_count, read_property, read_row, read_rows, read_value
from nexshift.odata.documents import write_metadata, write_service_document
from nexshift.odata.headers import HeaderReader, check_metadata_format, check_version, read_page_size
from nexshift.odata.json_form import JsonForm, Level, read_json_form
from nexshift.odata.options import check_rest, parse_options, split_options
from nexshift.odata.root import find_root
from nexshift.storage.connection import ReadConnection
from nexshift.storage.keys import Grant
from nexshift.tables.table import Table
from nexshift.web.admission import Gate
from nexshift.web.content import CHANGE_TOKEN, Content
from nexshift.web.methods import READING
from nexshift.web.requests import notes_of, sent_path_of
from nexshift.web.response_cache import ResponseCache
from nexshift.web.table_reader import TableReader

ODATA_ROUTES = [ODATA_PREFIX, f"{ODATA_PREFIX}/{{rest:path}}"]
ODATA_TEMPLATES = [ODATA_PREFIX, f"{ODATA_PREFIX}/{{rest}}"]
"""What a request finds as its route's path."""
_VARY = (b"vary", b"Authorization, Accept, Accept-Encoding, Prefer")
_PRIVATE = (b"cache-control", b"private, no-cache")
_XML = b"application/xml;charset=utf-8"
_TEXT = b"text/plain;charset=utf-8"


class _Asked(NamedTuple):
    """A request that came in: what it names, and what its headers ask of the answer."""

    address: Address
    frame: Frame
    wish: int | None
    options: bytes


def make_odata_route(
    tables: Sequence[Table], reader: TableReader, gate: Gate, cache: ResponseCache
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
        asked = _read_headers(scope, address)
        path = scope["path"]
        # One address has several answers: what the headers ask for is part of what is remembered.
        frame = asked.frame
        form = f"{frame.root} {frame.form.level.value} {frame.form.has_text_numbers} {frame.page} "
        variant = form.encode() + asked.options
        content = cache.find(epoch, grant, path, variant)
        notes_of(scope).is_cached = content is not None
        if content is None:

            def make(connection: ReadConnection) -> Content:
                made = _make_content(by_name, connection, grant, asked)
                if made.is_to_be_compressed(scope):
                    made.compress()
                return made

            content = await reader.run(make)
            cache.keep(epoch, grant, path, variant, content)
        elif await content.prepare(scope):
            cache.keep(epoch, grant, path, variant, content)
        return content

    return HTTPRouteHandler(ODATA_ROUTES, http_method=READING)(read)


def _address(scope: Scope, tables: dict[str, Table]) -> Address | None:
    """From the path as it was sent: the framework's own is tidied, and a key may be a text with slashes in it."""
    try:
        path = unquote_to_bytes(sent_path_of(scope)).decode()
    except UnicodeDecodeError:
        return None
    return parse_address(path.lstrip("/")[len(ODATA_PREFIX.strip("/")) :].removeprefix("/"), tables)


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


def _make_content(tables: dict[str, Table], connection: ReadConnection, grant: Grant, asked: _Asked) -> Content:
    """The answer, in a worker thread."""
    what, table, key, column = asked.address
    allowed = [each for each in tables.values() if each.is_open_to(grant)]
    media, headers = asked.frame.form.content_type, [_PRIVATE, _VARY]
    rows: int | None = None
    if what is What.SERVICE:
        check_rest(asked.options, what, grant)
        body = write_service_document(allowed, asked.frame.root, has_metadata=asked.frame.form.level is not Level.NONE)
    elif what is What.METADATA:
        check_rest(asked.options, what, grant)
        body, media = write_metadata(allowed), _XML
    else:
        assert table is not None
        wanted = Wanted(table, grant, parse_options(table, asked.options, grant, what))
        if what is What.ROWS:
            answer = read_rows(connection, wanted, asked.frame)
        elif what is What.ROW:
            answer = read_row(connection, wanted, key, asked.frame)
        elif what is What.PROPERTY and column is not None:
            answer = read_property(connection, wanted, key, column, asked.frame)
        elif what is What.VALUE and column is not None:
            answer, media = read_value(connection, wanted, key, column), _TEXT
        else:
            answer, media = read_count(connection, wanted), _TEXT
        body, rows, token = answer
        headers.append((CHANGE_TOKEN, b"%d" % token))
        if asked.wish is not None and what is What.ROWS:
            headers.append((b"preference-applied", b"odata.maxpagesize=%d" % asked.wish))
    if rows == 0 and what in (What.PROPERTY, What.VALUE):
        return Content(b"", tuple(headers), rows=rows, reader=grant.key_id, status=HTTPStatus.NO_CONTENT)
    return Content(body, ((b"content-type", media), *headers), rows=rows, reader=grant.key_id)
