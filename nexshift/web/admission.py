"""May this request come in?  Asked by the listings' routes: 401, then 429.

It is asked after routing, so that a path or method that does not exist is 404 or 405 whoever asks, and `OPTIONS` needs
no key.  What a key allows is remembered until the next commit, so a revoked one fails with the next request.
"""

from __future__ import annotations

import asyncio
import time
from hashlib import sha256
from typing import NamedTuple

from litestar.types import Scope

from nexshift.config import BUSY_PAUSE_S, READ_BUSY_TIMEOUT_MS, REMEMBERED_GRANTS
from nexshift.errors import DatabaseBusy, RateLimited, Unauthorized
from nexshift.storage.keys import Grant, find_grant
from nexshift.storage.watch import Watch
from nexshift.web.counts import Counts
from nexshift.web.credentials import read_key
from nexshift.web.limits import Allowance, BadKeyLimits, Clock, KeyLimits
from nexshift.web.requests import notes_of

_STATE = "admission"


class Admission(NamedTuple):
    """A request with a valid key, and the epoch in which it came."""

    grant: Grant
    allowance: Allowance
    epoch: int


def admission_of(scope: Scope) -> Admission | None:
    """What the key of this request allows; None when it has none or needs none."""
    admission: Admission | None = scope["state"].get(_STATE)
    return admission


def key_of(scope: Scope) -> int:
    """The number of this request's key; 0 when it has none."""
    admission = admission_of(scope)
    return 0 if admission is None else admission.grant.key_id


class Gate:
    """Decides who comes in; one for all routes, used from the event loop alone."""

    def __init__(self, watch: Watch, *, rate_limit: int, clock: Clock, counts: Counts) -> None:
        self._grants = _Grants(watch)
        self._key_limits = KeyLimits(rate_limit, clock, counts)
        self._bad_key_limits = BadKeyLimits(clock)

    async def admit(self, scope: Scope) -> Admission:
        """Whose request this is, also written down in it.  Raises Unauthorized, RateLimited or DatabaseUnavailable."""
        key_text = read_key(scope["headers"])
        if key_text is None:
            raise Unauthorized  # nothing was guessed, so nothing is counted
        epoch, grant = await self._find(key_text)
        if grant is None:
            notes_of(scope).is_key_refused = True
            retry_after = self._bad_key_limits.count(_address(scope))
            raise Unauthorized if retry_after is None else RateLimited(retry_after)
        allowance = self._key_limits.spend(grant.key_id, grant.rate_limit)
        admission = scope["state"][_STATE] = Admission(grant, allowance, epoch)
        if allowance.is_exceeded:
            raise RateLimited(allowance.reset_s)
        return admission

    async def _find(self, key_text: str) -> tuple[int, Grant | None]:
        """While the database is locked, other requests go on."""
        give_up_at = time.monotonic() + READ_BUSY_TIMEOUT_MS / 1000
        while True:
            try:
                return self._grants.find(key_text, int(time.time()))
            except DatabaseBusy:
                if time.monotonic() >= give_up_at:
                    raise
            await asyncio.sleep(BUSY_PAUSE_S)


class _Grants:
    """What keys allow, as the last commit has it; keys are remembered by their digest alone."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._epoch = -1
        self._grants: dict[bytes, Grant] = {}

    def find(self, key_text: str, now: int) -> tuple[int, Grant | None]:
        """The present epoch, and what the key allows in it."""
        epoch = self._watch.look()
        if epoch != self._epoch or len(self._grants) >= REMEMBERED_GRANTS:
            self._grants.clear()
            self._epoch = epoch
        digest = sha256(key_text.encode()).digest()
        grant = self._grants.get(digest)
        if grant is None:
            with self._watch.reading() as connection:
                grant = find_grant(connection, key_text, now)
            if grant is not None:
                self._grants[digest] = grant
        elif not grant.holds_at(now):
            grant = None
        return epoch, grant


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""
