"""How does a body reach the client?  One way for pages, the OpenAPI file and the viewer's assets.

The ETag is made of the body itself, so it is true whatever changed in the database.  It is weak, because one tag
stands for the body with and without compression.  That of a page is made of its key's number as well: with another key
it is worth nothing, not even to learn that both get the same.
"""

from __future__ import annotations

from functools import lru_cache
from http import HTTPStatus

from isal import igzip
from litestar.concurrency import sync_to_thread
from litestar.types import Receive, Scope, Send
from xxhash import xxh3_128_hexdigest

from nexshift.config import GZIP_MIN_BYTES, INLINE_BYTES
from nexshift.envelope import Page
from nexshift.web.admission import key_of
from nexshift.web.body import send_body
from nexshift.web.negotiation import header_of, read_weights
from nexshift.web.next_link import next_link
from nexshift.web.requests import method_of, notes_of, sent_path_of

Header = tuple[bytes, bytes]

JSON = b"application/json"
CHANGE_TOKEN = b"nexshift-change-token"


def page_headers(media_type: str) -> tuple[Header, ...]:
    """What every answer with a key's own rows has."""
    return (
        (b"content-type", media_type.encode()),
        (b"cache-control", b"private, no-cache"),
        (b"vary", b"Authorization, Accept, Accept-Encoding"),
    )


PAGE_HEADERS = page_headers("application/json")
_GZIP_LEVEL = 1  # of ISA-L's own scale: 3.5 ms for a page of 1000 runs, where zlib's fastest takes 16


class Content:
    """A body with its headers: conditional, compressed when asked for, empty for HEAD."""

    __slots__ = ("_body", "_compressed", "_headers", "_rows", "_status", "_tag")

    def __init__(
        self,
        body: bytes,
        headers: tuple[Header, ...],
        *,
        rows: int | None = None,
        reader: int = 0,
        status: HTTPStatus = HTTPStatus.OK,
    ) -> None:
        self._body = body
        self._compressed: bytes | None = None
        self._tag = b'"%s"' % xxh3_128_hexdigest(body, reader).encode()
        self._headers = (*headers, (b"etag", b"W/" + self._tag))
        self._rows = rows
        self._status = status

    @property
    def size(self) -> int:
        """Bytes of what is held to be sent."""
        return len(self._body) + len(self._compressed or b"") + sum(len(value) for _, value in self._headers)

    def is_to_be_compressed(self, scope: Scope) -> bool:
        """Whether the answer to the request takes a compression that was not made yet."""
        return self._compressed is None and self._is_compressed_for(scope) and not self._is_known_to(scope)

    def compress(self) -> None:
        """Make the compressed body, once."""
        self._compressed = igzip.compress(self._body, _GZIP_LEVEL, mtime=0)

    async def prepare(self, scope: Scope) -> bool:
        """Compress when the answer takes it.  Returns whether this has become larger."""
        if not self.is_to_be_compressed(scope):
            return False
        if len(self._body) > INLINE_BYTES:
            await sync_to_thread(self.compress)  # without the GIL; a thread costs more than compressing a small body
        else:
            self.compress()
        return True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.prepare(scope)
        await self.send(scope, send)

    async def send(self, scope: Scope, send: Send) -> None:
        """The answer to a request that it was prepared for."""
        notes_of(scope).rows = self._rows
        headers = list(self._headers)
        body = b""
        if self._is_known_to(scope):
            status = HTTPStatus.NOT_MODIFIED
        else:
            status = self._status
            body = self._body
            if self._compressed is not None and self._is_compressed_for(scope):
                body = self._compressed
                headers.append((b"content-encoding", b"gzip"))
            if status != HTTPStatus.NO_CONTENT:
                headers.append((b"content-length", b"%d" % len(body)))
            if method_of(scope) == "HEAD":
                body = b""
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send_body(scope, send, body)

    def _is_known_to(self, scope: Scope) -> bool:
        wanted = header_of(scope, b"if-none-match")
        return bool(wanted) and _matches(wanted, self._tag)

    def _is_compressed_for(self, scope: Scope) -> bool:
        return len(self._body) >= GZIP_MIN_BYTES and accepts_gzip(header_of(scope, b"accept-encoding"))


def make_page_content(path: str, media_type: str, scope: Scope, page: Page) -> Content:
    """The answer to the request for our path, prepared; with a link to the next page when there is one."""
    headers: tuple[Header, ...] = (*page_headers(media_type), (CHANGE_TOKEN, b"%d" % page.token))
    if page.next_cursor is not None:
        headers = (*headers, (b"link", next_link(path, sent_path_of(scope), scope["query_string"], page.next_cursor)))
    content = Content(page.body, headers, rows=page.rows, reader=key_of(scope))
    if content.is_to_be_compressed(scope):
        content.compress()
    return content


def _matches(wanted: bytes, tag: bytes) -> bool:
    """The weak comparison of RFC 9110, 13.1.2: `*`, or our tag in the list, with or without `W/`."""
    if wanted.strip() == b"*":
        return True
    return any(each.strip().removeprefix(b"W/") == tag for each in wanted.split(b","))


@lru_cache(maxsize=64)  # clients send a handful of values
def accepts_gzip(accepted: bytes) -> bool:
    """Whether RFC 9110, 12.5.3 lets us compress: gzip is listed (or `*`), and not liked less than the plain body."""
    weights = read_weights(accepted)
    gzip = weights.get(b"gzip", weights.get(b"x-gzip", weights.get(b"*", 0.0)))
    return gzip > 0 and gzip >= weights.get(b"identity", 0.0)
