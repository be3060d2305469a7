from collections.abc import Callable
from typing import TypeVar

from nexshift.storage.library import sqlite3

Connection = TypeVar("Connection", bound=sqlite3.Connection)

is_available: bool

class Statements:
    @property
    def prepared(self) -> dict[str, object]: ...
    def close(self) -> None: ...

def capture(connect: Callable[[], Connection]) -> tuple[Connection, Statements | None]: ...
