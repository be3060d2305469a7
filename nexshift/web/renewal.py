"""How does a certificate change while the service runs?  Its files are looked at, and new connections get the new one.

Each process looks for itself, with no signal: whatever renews the files needs to know nothing of us.
"""

from __future__ import annotations

import logging
import os
import ssl
import time
from typing import Any

from nexshift.errors import Refused
from nexshift.web.limits import Clock
from nexshift.web.tls import KeyPair, find_concerns, load_pair

log = logging.getLogger("nexshift")

_DAY_S = 86_400


class Renewal:
    """The certificate in use by one process.  Until `make_context` is called, it can be sent to another process."""

    def __init__(self, pair: KeyPair, clock: Clock = time.monotonic) -> None:
        self._pair = pair
        self._clock = clock
        self._current: ssl.SSLContext | None = None
        self._seen: object = None
        self._judged_at = 0.0

    def make_context(self, *_: Any) -> ssl.SSLContext:
        """What uvicorn listens with; the certificate of each connection is chosen when it begins."""
        self._seen = self._look()
        self._judged_at = self._clock()
        self._current = first = load_pair(self._pair)
        first.sni_callback = self._choose  # called for clients that name no host as well
        return first

    def _choose(self, connection: ssl.SSLObject, _host: str | None, _first: ssl.SSLContext) -> None:
        assert self._current is not None
        connection.context = self._current

    async def look(self) -> None:
        """Take new files into use; what cannot be used is reported once, and the certificate from before stays."""
        seen, now = self._look(), self._clock()
        is_new = seen != self._seen
        if not is_new and now < self._judged_at + _DAY_S:
            return
        self._seen, self._judged_at = seen, now
        try:
            context = load_pair(self._pair)
            concerns = list(find_concerns(self._pair, context))
        except (Refused, OSError) as error:  # OSError: they change at this moment
            log.warning("%s; the certificate from before stays in use", error)
            return
        self._current = context
        if is_new:
            log.info("the certificate %s was renewed", self._pair.certificate)
        for concern in concerns:
            log.warning("%s", concern)

    def _look(self) -> object:
        """Another answer when one of the files is another one, or was written to."""
        try:
            found = [os.stat(file) for file in (self._pair.certificate, self._pair.key)]  # noqa: PTH116 - of links too
        except OSError as error:
            return str(error)
        return [(each.st_ino, each.st_size, each.st_mtime_ns) for each in found]
