from collections.abc import Sequence
from typing import Any, NamedTuple

from nexshift.storage._sqlite import Statements

CHILD_STEP: int
LOOKUP_STEP: int
NOTHING_STEP: int
OBJECT_OR_NULL_STEP: int
PERCENTAGE_STEP: int
SCORE_STEP: int

class Layout:
    def __init__(self, width: int, steps: Sequence[tuple[bytes, int, int, int]]) -> None: ...

class Written:
    @property
    def count(self) -> int: ...
    @property
    def following(self) -> tuple[int, str] | None: ...
    def enclose(self, before: bytes, after: bytes) -> bytes: ...

class Scoring(NamedTuple):
    standard: str
    machine: int
    product: int
    stops: int
    scrap: int

class PageWriter:
    def __init__(
        self,
        row: Layout,
        lookups: tuple[tuple[str, str, Layout], ...],
        children: tuple[Layout, ...],
        *,
        time_column: int,
        id_column: int,
        score: Scoring | None,
    ) -> None: ...
    def write(
        self,
        connection: Statements,
        sql_text: str,
        child_texts: tuple[str, ...],
        values: dict[str, Any],
        memory: dict[Any, Any],
        limit: int,
        most: int,
    ) -> Written: ...
