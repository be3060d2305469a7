"""Does the database answer?  Told once when it stops and once when it does again, not with every request between."""

from __future__ import annotations

import logging
import time

from nexshift.web.logs import Event

log = logging.getLogger("nexshift.web")


class DatabaseUnavailableNow(Event, frozen=True, gc=False, tag="database_unavailable"):
    """Requests are refused from now on."""

    reason: str

    def __str__(self) -> str:
        return f"the database does not answer: {self.reason}"


class DatabaseAvailable(Event, frozen=True, gc=False, tag="database_available"):
    """Requests are answered again."""

    seconds: float

    def __str__(self) -> str:
        return f"the database answers again, after {self.seconds} s"


class Outage:
    """Whether this process could not read the database when it was last asked to."""

    __slots__ = ("_since",)

    def __init__(self) -> None:
        self._since: float | None = None

    @property
    def is_on(self) -> bool:
        return self._since is not None

    def begin(self, reason: str) -> None:
        """The database did not answer."""
        if self._since is None:
            self._since = time.monotonic()
            log.error(DatabaseUnavailableNow(reason))

    def end(self) -> None:
        """It answered."""
        if self._since is not None:
            seconds, self._since = round(time.monotonic() - self._since, 1), None
            log.warning(DatabaseAvailable(seconds))
