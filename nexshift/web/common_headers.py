"""What does every response carry, whoever made it?  Its id, the key's allowance, and what browsers need to know.

One hook on the way out sees them all: pages, 304s, errors of the router, errors of ours.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from litestar.types import Message, Scope

from nexshift.web.admission import admission_of
from nexshift.web.cross_origin import AllowedOrigins
from nexshift.web.logs import access_log, log_access
from nexshift.web.requests import request_id, target


def make_before_send(origins: AllowedOrigins) -> Callable[[Message, Scope], Awaitable[None]]:
    """The hook of one application."""

    async def add_common_headers(message: Message, scope: Scope) -> None:
        if message["type"] != "http.response.start":
            return
        headers = [
            *message["headers"],
            (b"x-request-id", request_id(scope).encode()),
            (b"x-content-type-options", b"nosniff"),
            *origins.headers(scope),
        ]
        admission = admission_of(scope)
        if admission is not None:
            allowance = admission.allowance
            headers += [
                (b"ratelimit-limit", b"%d" % allowance.limit),
                (b"ratelimit-remaining", b"%d" % allowance.remaining),
                (b"ratelimit-reset", b"%d" % allowance.reset_s),
            ]
        message["headers"] = headers
        if access_log.isEnabledFor(logging.INFO):
            # In the loop's next turn, when the response is on its way: a client does not wait for its line.
            asyncio.get_running_loop().call_soon(_log, scope, message["status"])

    return add_common_headers


def _log(scope: Scope, status: int) -> None:
    client = scope.get("client")
    address = client[0] if client else "-"
    admission = admission_of(scope)
    key_id = admission.grant.key_id if admission is not None else "-"
    log_access(f"{request_id(scope)} {address} {target(scope)} {status} key={key_id}")
