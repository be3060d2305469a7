"""Who steps a listing's rows: SQLite's own functions, called in C on `sqlite3`'s connection, or `sqlite3` itself?

Both give the same bytes.  The first is several times as fast, and needs that the functions of the library that
`sqlite3` has loaded can be reached; where they cannot, the second is used and the service says so when it starts.  The
environment variable NEXSHIFT_STEPPING forces one.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

import oee_core
from nexshift.errors import Refused
from nexshift.storage._sqlite import Statements, capture
from nexshift.storage.library import sqlite3

Connection = TypeVar("Connection", bound=sqlite3.Connection)


class Stepping(StrEnum):
    """A way to step rows."""

    DIRECT = "direct"
    SQLITE3 = "sqlite3"


def choose() -> Stepping:
    """The way that the environment asks for, else the fast one.  Raises Refused for one that there is not."""
    wanted = os.environ.get("NEXSHIFT_STEPPING", "")
    if wanted and wanted not in list(Stepping):
        raise Refused(f'NEXSHIFT_STEPPING must be "direct" or "sqlite3", not "{wanted}"')
    # The compiled writer scores with the kernel's own functions; who asks for the reference gets the reference.
    return Stepping(wanted) if wanted else Stepping.DIRECT if oee_core.implementation == "kernel" else Stepping.SQLITE3


def connect_to_step(
    connect: Callable[[], Connection], stepping: Stepping | None
) -> tuple[Connection, Statements | None]:
    """A new connection, and its statements where they can be stepped directly.

    `stepping` None is what the environment says.  Raises Refused when a way that was named cannot be had.
    """
    named = stepping is not None or "NEXSHIFT_STEPPING" in os.environ
    chosen = choose() if stepping is None else stepping
    connection, statements = capture(connect)
    if chosen == Stepping.SQLITE3:
        return connection, None
    if statements is None and named:
        connection.close()
        raise Refused(
            "the SQLite library of this Python cannot be stepped directly",
            hint="leave NEXSHIFT_STEPPING away, or set it to sqlite3",
        )
    return connection, statements


def explain_sqlite3() -> str:
    """Why rows are not stepped directly here, and what to do about it."""
    if os.environ.get("NEXSHIFT_STEPPING") == Stepping.SQLITE3:
        return "NEXSHIFT_STEPPING asks for it; unset it for the faster way"
    if oee_core.implementation != "kernel":
        return f"NEXSHIFT_OEE asks for the {oee_core.implementation}; unset it for the faster way"
    return (
        "this Python does not show the functions of its SQLite library;"
        " use one that loads SQLite as a shared library, such as Debian's"
    )
