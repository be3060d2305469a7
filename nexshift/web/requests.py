"""Which request is this?  Its id, its method, and how it is named in the log."""

from __future__ import annotations

import secrets
from typing import cast
from urllib.parse import quote

from litestar.types import HTTPScope, Scope

_STATE = "request_id"


def request_id(scope: Scope) -> str:
    """The id that both the response and the log carry; ours, never the client's, so that it is one line and unique."""
    found: str | None = scope["state"].get(_STATE)
    if found is None:
        found = scope["state"][_STATE] = secrets.token_hex(8)
    return found


def method_of(scope: Scope) -> str:
    """The method; only HTTP reaches this program, its server speaks no WebSocket."""
    return cast("HTTPScope", scope)["method"]


def target(scope: Scope) -> str:
    """Method, path and query for the log, as one line of ASCII."""
    query = scope["query_string"].decode("latin-1")
    return quote(f"{method_of(scope)} {scope['path']}{'?' if query else ''}{query}", safe=" %!$&'()*+,-./:;=?@_~")
