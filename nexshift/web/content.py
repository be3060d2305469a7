"""How does a body reach the client?  One way for pages, the OpenAPI file and the viewer's assets.

The ETag is made of the body itself, so it is true whatever changed in the database.  It is weak, because one tag
stands for the body with and without compression.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import Any

from isal import igzip
from litestar import Request, Response
from litestar.concurrency import sync_to_thread
from litestar.types import Receive, Scope, Send

from nexshift.config import GZIP_MIN_BYTES, INLINE_BYTES
from nexshift.envelope import Page
from nexshift.web.next_link import next_link
from nexshift.web.requests import method_of

Header = tuple[bytes, bytes]

JSON = b"application/json"
_PAGE_HEADERS: tuple[Header, ...] = (
    (b"content-type", JSON),
    (b"cache-control", b"private, no-cache"),
    (b"vary", b"Authorization, Accept-Encoding"),
)
_GZIP_LEVEL = 1  # of ISA-L's own scale: 3.5 ms for a page of 1000 runs, where zlib's fastest takes 16


class Content:
    """A body as an ASGI application: conditional, compressed when asked for, empty for HEAD."""

    __slots__ = ("_body", "_headers", "_tag")

    def __init__(self, body: bytes, headers: tuple[Header, ...]) -> None:
        self._body = body
        self._headers = headers
        self._tag: bytes | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Hashing and compressing release the GIL; a thread costs more than they do for a small body.
        if len(self._body) > INLINE_BYTES:
            status, headers, body = await sync_to_thread(self._answer, scope["headers"])
        else:
            status, headers, body = self._answer(scope["headers"])
        await send({"type": "http.response.start", "status": status, "headers": headers})
        if method_of(scope) == "HEAD":
            body = b""
        await send({"type": "http.response.body", "body": body, "more_body": False})

    def _answer(self, request_headers: Any) -> tuple[int, list[Header], bytes]:
        if self._tag is None:
            self._tag = b'"%s"' % blake2b(self._body, digest_size=16).hexdigest().encode()
        headers = [*self._headers, (b"etag", b"W/" + self._tag)]
        accepted = wanted = b""
        for name, value in request_headers:
            if name == b"accept-encoding":
                accepted = accepted + b"," + value if accepted else value
            elif name == b"if-none-match":
                wanted = wanted + b"," + value if wanted else value
        if wanted and _matches(wanted, self._tag):
            return 304, headers, b""
        body = self._body
        if accepted and len(body) >= GZIP_MIN_BYTES and accepts_gzip(accepted):
            body = igzip.compress(body, _GZIP_LEVEL, mtime=0)
            headers.append((b"content-encoding", b"gzip"))
        headers.append((b"content-length", b"%d" % len(body)))
        return 200, headers, body


class PageResponse(Response[Page]):
    """What a handler returned; with a link to the next page when there is one."""

    def to_asgi_response(self, app: Any, request: Request[Any, Any, Any], **_settings: Any) -> Any:
        headers = _PAGE_HEADERS
        body, cursor = self.content
        if cursor is not None:
            link = next_link(request.scope["path"], request.scope["query_string"], cursor)
            headers = (*headers, (b"link", link))
        return Content(body, headers)


def _matches(wanted: bytes, tag: bytes) -> bool:
    """The weak comparison of RFC 9110, 13.1.2: `*`, or our tag in the list, with or without `W/`."""
    if wanted.strip() == b"*":
        return True
    return any(each.strip().removeprefix(b"W/") == tag for each in wanted.split(b","))


@lru_cache(maxsize=64)  # clients send a handful of values
def accepts_gzip(accepted: bytes) -> bool:
    """Whether RFC 9110, 12.5.3 lets us compress: gzip is listed (or `*`), and not liked less than the plain body."""
    weights: dict[bytes, float] = {}
    for item in accepted.lower().split(b","):
        coding, *parameters = (part.strip() for part in item.split(b";"))
        weights[b"gzip" if coding == b"x-gzip" else coding] = _weight(parameters)
    gzip = weights.get(b"gzip", weights.get(b"*", 0.0))
    return gzip > 0 and gzip >= weights.get(b"identity", 0.0)


def _weight(parameters: list[bytes]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition(b"=")
        if name.strip() == b"q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
