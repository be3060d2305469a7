"""Which request is this, and what came of it?  Its id, its method, and what is noted down until it is answered."""

from __future__ import annotations

import secrets
from time import perf_counter
from typing import cast

from litestar.types import HTTPScope, Scope

_STATE = "notes"


class Notes:
    """What is known of a request; its parts are filled in on the way."""

    __slots__ = ("begun", "duration_s", "error", "id", "is_cached", "is_key_refused", "rows", "size", "status")

    def __init__(self) -> None:
        self.id = secrets.token_hex(8)
        """Both the response and the log carry it; ours, never the client's, so that it is one line and unique."""
        self.begun = perf_counter()
        self.duration_s = 0.0
        """Until the last of the answer was handed over to be sent."""
        self.status = 0
        self.size = 0
        """Bytes of the body, as it was sent."""
        self.rows: int | None = None
        """Of the page that answers it; None where the answer is no page."""
        self.is_cached: bool | None = None
        """Whether the page was remembered."""
        self.is_key_refused = False
        """Whether a key was sent that is none."""
        self.error: str | None = None
        """Why it was refused, for the log."""


def notes_of(scope: Scope) -> Notes:
    """The notes on a request, begun when they are asked for the first time."""
    found: Notes | None = scope["state"].get(_STATE)
    if found is None:
        found = scope["state"][_STATE] = Notes()
    return found


def method_of(scope: Scope) -> str:
    """The method; only HTTP reaches this program, its server speaks no WebSocket."""
    return cast("HTTPScope", scope)["method"]


def sent_path_of(scope: Scope) -> bytes:
    """The path as it was sent, nothing of it decoded or tidied."""
    return scope["raw_path"].partition(b"?")[0]  # clients for tests put the query behind it
