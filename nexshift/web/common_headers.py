"""What does every response carry, whoever made it?  Its id, the key's allowance, and what browsers need to know.

One hook on the way out sees them all: pages, 304s, errors of the router, errors of ours.  So it also notes what each
answer was, for those who want to know about every one of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from time import perf_counter

from litestar.types import Message, Scope

from nexshift.odata.headers import VERSION
from nexshift.web.admission import admission_of
from nexshift.web.credentials import CHALLENGES
from nexshift.web.cross_origin import AllowedOrigins
from nexshift.web.failures import is_of_odata
from nexshift.web.requests import Notes, method_of, notes_of
from nexshift.web.transport_security import Header

Observer = Callable[[Scope, Notes], None]
"""Is told of a request that was answered."""


def make_before_send(
    origins: AllowedOrigins, transport_security: Sequence[Header], observe: Observer
) -> Callable[[Message, Scope], Awaitable[None]]:
    """The hook of one application; answers over TLS carry `transport_security`."""

    async def add_common_headers(message: Message, scope: Scope) -> None:
        notes = notes_of(scope)
        if message["type"] == "http.response.body":
            _note_body(message, scope, notes)
            return
        if message["type"] != "http.response.start":
            return
        notes.status = message["status"]
        headers = [
            *message["headers"],
            (b"x-request-id", notes.id.encode()),
            (b"x-content-type-options", b"nosniff"),
            *origins.headers(scope),
        ]
        if scope["scheme"] == "https":
            headers += transport_security
        if notes.status == HTTPStatus.UNAUTHORIZED:
            headers += CHALLENGES
        if is_of_odata(scope["path"]):
            headers.append((b"odata-version", VERSION.encode()))
        admission = admission_of(scope)
        if admission is not None:
            allowance = admission.allowance
            headers += [
                (b"ratelimit-limit", b"%d" % allowance.limit),
                (b"ratelimit-remaining", b"%d" % allowance.remaining),
                (b"ratelimit-reset", b"%d" % allowance.reset_s),
            ]
        message["headers"] = headers

    def _note_body(message: Message, scope: Scope, notes: Notes) -> None:
        if method_of(scope) != "HEAD":
            notes.size += len(message.get("body", b""))  # type: ignore[arg-type]
        if not message.get("more_body", False):
            notes.duration_s = perf_counter() - notes.begun
            # In the loop's next turn, when the response is on its way: a client does not wait for its line.
            asyncio.get_running_loop().call_soon(observe, scope, notes)

    return add_common_headers
