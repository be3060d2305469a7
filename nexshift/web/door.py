"""How many connections may one process hold open?  One too many is told so at once, and let go.

Each takes a file descriptor, of which the system grants a process so many.  When they are used up nothing works any
more, not even reading the database; so the door closes before that.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Hashable

from nexshift.config import MAX_CONNECTIONS, MAX_TURNED_AWAY, RESERVED_FILES
from nexshift.web.logs import Event
from nexshift.web.meter import Count, Part

if sys.platform != "win32":
    import resource

log = logging.getLogger("nexshift.web")


class ConnectionsFull(Event, frozen=True, gc=False, tag="connections_full"):
    """More are turned away; told once, until half of the places are free."""

    connections: int

    def __str__(self) -> str:
        return f"{self.connections} connections are open, and more are turned away"


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
    """How many connections this process can hold; asks the system for as many descriptors as that takes."""
    if sys.platform == "win32":
        return MAX_CONNECTIONS
    granted, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_CONNECTIONS + MAX_TURNED_AWAY + RESERVED_FILES
    if granted != resource.RLIM_INFINITY and granted < wanted:
        granted = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
        resource.setrlimit(resource.RLIMIT_NOFILE, (granted, most))
    if granted == resource.RLIM_INFINITY:
        return MAX_CONNECTIONS
    return max(1, min(MAX_CONNECTIONS, granted - MAX_TURNED_AWAY - RESERVED_FILES))
