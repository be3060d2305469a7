"""May this request come in?  Middleware of the listings' routes: 401, then 429.

It runs after routing, so that a path or method that does not exist is 404 or 405 whoever asks, and `OPTIONS` needs
no key.  The key is looked up in the database for every request: a revoked one fails with the next.
"""

from __future__ import annotations

import sqlite3
import time
from typing import NamedTuple

from litestar.types import ASGIApp, Receive, Scope, Send

from nexshift.errors import RateLimited, Unauthorized
from nexshift.storage.keys import Grant, find_grant
from nexshift.storage.pool import ReadPool
from nexshift.web.counts import Counts
from nexshift.web.credentials import read_key
from nexshift.web.limits import Allowance, BadKeyLimits, Clock, KeyLimits

_STATE = "admission"


class Admission(NamedTuple):
    """A request with a valid key."""

    grant: Grant
    allowance: Allowance


def admission_of(scope: Scope) -> Admission | None:
    """What the key of this request allows; None when it has none or needs none."""
    admission: Admission | None = scope["state"].get(_STATE)
    return admission


class Gate:
    """Decides who comes in; one for all routes, used from the event loop alone."""

    def __init__(self, keys: ReadPool[sqlite3.Connection], *, rate_limit: int, clock: Clock, counts: Counts) -> None:
        self._keys = keys
        self._key_limits = KeyLimits(rate_limit, clock, counts)
        self._bad_key_limits = BadKeyLimits(clock)

    def admit(self, scope: Scope) -> None:
        """Write down whose request this is.  Raises Unauthorized, RateLimited or DatabaseUnavailable."""
        key_text = read_key(scope["headers"])
        if key_text is None:
            raise Unauthorized  # nothing was guessed, so nothing is counted
        with self._keys.lend() as connection:
            grant = find_grant(connection, key_text, int(time.time()))
        if grant is None:
            retry_after = self._bad_key_limits.count(_address(scope))
            raise Unauthorized if retry_after is None else RateLimited(retry_after)
        allowance = self._key_limits.spend(grant.key_id, grant.rate_limit)
        scope["state"][_STATE] = Admission(grant, allowance)
        if allowance.is_exceeded:
            raise RateLimited(allowance.reset_s)


class AdmissionMiddleware:
    """The gate in front of one route."""

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self._app = app
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._gate.admit(scope)
        await self._app(scope, receive, send)


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""
