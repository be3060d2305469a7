from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from msgspec import Struct

RecordT = TypeVar("RecordT", bound=Struct)

class Reader(Generic[RecordT]):
    def __init__(self, record: type[RecordT], width: int, steps: Sequence[tuple[int, int, Any]]) -> None: ...
    def read(
        self,
        rows: list[tuple[Any, ...]],
        lookups: tuple[dict[int, Struct], ...] = (),
        given: tuple[list[Any], ...] = (),
    ) -> list[RecordT]: ...

def find_missing(rows: list[tuple[Any, ...]], column: int, known: dict[int, Any]) -> set[int]: ...
def group(keys: list[int], children: list[tuple[Any, ...]], records: list[RecordT]) -> list[list[RecordT]]: ...
