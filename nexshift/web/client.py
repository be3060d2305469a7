"""Is whoever asked still there?

A connection tells it once, to everything that is done for it.  What it cannot tell apart: a client that has left, and
one that closed its own half of the connection and waits; neither can be relied on to read an answer, and both are gone.
"""

from __future__ import annotations

from collections.abc import Callable

from litestar.types import Scope

_STATE = "client"


class Client:
    """At the other end of one connection; used from the event loop, but for `is_gone`, which any thread may read."""

    __slots__ = ("_calls", "cut_off", "is_gone")

    def __init__(self, cut_off: Callable[[], None] = lambda: None) -> None:
        self.cut_off = cut_off
        """End the connection, and give up what was not received."""
        self.is_gone = False
        self._calls: list[Callable[[], None]] = []

    def when_gone(self, call: Callable[[], None]) -> Callable[[], None]:
        """Call once when the connection has ended, until what is returned here is called."""
        self._calls.append(call)

        def forget() -> None:
            if call in self._calls:
                self._calls.remove(call)

        return forget

    def leave(self) -> None:
        """The connection has ended."""
        self.is_gone = True
        calls, self._calls = self._calls, []
        for call in calls:
            call()


def put_client(scope: Scope, client: Client) -> None:
    """Write down who asks."""
    scope["state"][_STATE] = client


def client_of(scope: Scope) -> Client:
    """Who asks; one that never leaves where no connection said who."""
    client: Client | None = scope["state"].get(_STATE)
    return client or Client()
