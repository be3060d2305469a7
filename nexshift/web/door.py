"""How many connections may one process hold open?  One too many is told so at once, and let go.

Each takes a file descriptor, of which the system grants a process so many.  When they are used up nothing works any
more, not even reading the database; so the door closes before that.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Hashable

from nexshift.config import LEAST_CONNECTIONS, MAX_CONNECTIONS, MAX_TURNED_AWAY, RESERVED_FILES
from nexshift.errors import Refused
from nexshift.web.logs import Event
from nexshift.web.meter import Count, Part

if sys.platform != "win32":
    import resource

log = logging.getLogger("nexshift.web")

_WANTED = MAX_CONNECTIONS + MAX_TURNED_AWAY + RESERVED_FILES
_LEAST = LEAST_CONNECTIONS + MAX_TURNED_AWAY + RESERVED_FILES
_ADVICE = f"raise the limit: ulimit -Hn {_WANTED} in a shell, LimitNOFILE={_WANTED} in a unit of systemd"


class ConnectionsFull(Event, frozen=True, gc=False, tag="connections_full"):
    """More are turned away; told once, until half of the places are free."""

    connections: int

    def __str__(self) -> str:
        return f"{self.connections} connections are open, and more are turned away"


class FewConnections(Event, frozen=True, gc=False, tag="few_connections"):
    """The system lets this process open fewer files than the service may need."""

    connections: int

    def __str__(self) -> str:
        return (
            f"the system's limit on open files leaves {self.connections} connections at once to each process, in place"
            f" of {MAX_CONNECTIONS:,}; {_ADVICE}"
        )


class Door:
    """Of one process."""

    def __init__(self, places: int, part: Part) -> None:
        self.places = places
        self.part = part
        """Where its connections are counted."""
        self._was_told = False
        self._turned_away: set[Hashable] = set()

    def has_place(self, connections: int) -> bool:
        """Whether one more may come in."""
        if connections >= self.places:
            self.part.add(Count.TURNED_AWAY)
            if not self._was_told:
                log.warning(ConnectionsFull(connections))
                self._was_told = True
            return False
        if connections <= self.places // 2:
            self._was_told = False
        return True

    def may_explain(self, connection: Hashable) -> bool:
        """Whether there is room to tell one that was turned away why, until `forget`."""
        if len(self._turned_away) >= MAX_TURNED_AWAY:
            return False
        self._turned_away.add(connection)
        return True

    def forget(self, connection: Hashable) -> None:
        """It is gone."""
        self._turned_away.discard(connection)


def find_places() -> int:
    """How many connections this process can hold; asks the system for as many descriptors as that takes.

    Refused when they are too few to serve anybody.
    """
    if sys.platform == "win32":
        return MAX_CONNECTIONS
    granted, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if granted != resource.RLIM_INFINITY and granted < _WANTED:
        granted = _WANTED if most == resource.RLIM_INFINITY else min(_WANTED, most)
        resource.setrlimit(resource.RLIMIT_NOFILE, (granted, most))
    if granted == resource.RLIM_INFINITY:
        return MAX_CONNECTIONS
    if granted < _LEAST:
        raise Refused(
            f"the system lets this process open {granted} files, which is too few to serve: {_LEAST} are needed",
            hint=_ADVICE,
        )
    return min(MAX_CONNECTIONS, granted - MAX_TURNED_AWAY - RESERVED_FILES)
