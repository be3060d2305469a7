"""Which web pages may read our answers?  None by default; those of the origins that `serve` was given.

Litestar's own CORS middleware is not used: it replaces our `Vary` header and refuses in plain text.  A pre-flight
here is an ordinary `OPTIONS` whose answer carries three more headers; a page of another origin gets none, and its
browser refuses.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from litestar.types import Scope

from nexshift.config import MAX_PREFLIGHT_BYTES
from nexshift.errors import Refused
from nexshift.web.negotiation import header_of
from nexshift.web.requests import method_of

Headers = tuple[tuple[bytes, bytes], ...]

_is_origin = re.compile(
    r"https?://(?:[A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\])(?::[0-9]{1,5})?", re.ASCII | re.IGNORECASE
).fullmatch
_EXPOSED = (
    b"access-control-expose-headers",
    b"ETag, Link, Nexshift-Change-Token, OData-Version, Preference-Applied, RateLimit-Limit, RateLimit-Remaining,"
    b" RateLimit-Reset, Retry-After, X-Request-Id",
)
_PREFLIGHT: Headers = (
    (b"access-control-allow-methods", b"GET, HEAD, OPTIONS"),
    (b"access-control-max-age", b"600"),
)
_ALLOWED = b"Authorization, If-None-Match, OData-MaxVersion, OData-Version, Prefer"
_is_list_of_names = re.compile(
    rb"[ \t]*%(name)s(?:[ \t]*,[ \t]*%(name)s)*[ \t]*" % {b"name": rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"}
).fullmatch
_VARY = (b"vary", b"Origin")


class AllowedOrigins:
    """The origins (`https://reports.example`) whose pages may read; `*` is every page, which still needs a key."""

    def __init__(self, origins: Sequence[str]) -> None:
        for origin in origins:
            if origin != "*" and not _is_origin(origin):
                raise Refused(
                    f'"{origin}" is not an origin',
                    hint="write scheme and host, without a path: https://reports.example",
                )
        self._origins = frozenset(_as_browsers_write(origin).encode() for origin in origins)

    def headers(self, scope: Scope) -> Headers:
        """What a response to this request must carry."""
        if not self._origins:
            return ()
        origin = next((value for name, value in scope["headers"] if name == b"origin"), None)
        if origin is None or not (origin in self._origins or b"*" in self._origins):
            return (_VARY,)
        allowed = (_VARY, (b"access-control-allow-origin", origin), _EXPOSED)
        if method_of(scope) != "OPTIONS":
            return allowed
        return (*allowed, *_PREFLIGHT, (b"access-control-allow-headers", _allowed_headers(scope)))


def _as_browsers_write(origin: str) -> str:
    """In small letters, and without the port that belongs to the scheme."""
    small = origin.lower()
    return small.removesuffix(":443" if small.startswith("https:") else ":80")


def _allowed_headers(scope: Scope) -> bytes:
    """Those that the page asks leave for: libraries send headers of their own, which nobody reads here."""
    asked = header_of(scope, b"access-control-request-headers")
    return asked if len(asked) <= MAX_PREFLIGHT_BYTES and _is_list_of_names(asked) else _ALLOWED
