"""What is counted while the service runs, and how do several processes count together?

Each process has a part of memory that all of them share, and alone writes to it: so counting takes no lock, and whoever
is asked adds the parts up.  A worker that takes the place of a dead one goes on with its part, so that no count ever
falls.  Part 0 is of the service as a whole.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from enum import IntEnum
from http import HTTPStatus
from pathlib import Path

from nexshift.config import MAX_METERED_ROUTES
from nexshift.web.requests import Notes
from nexshift.web.shared_memory import SharedMemory

STATUSES = (200, 204, 304, 307, 400, 401, 403, 404, 405, 408, 429, 431, 500, 503)
BOUNDS_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the durations that are counted together; a remembered page takes less than the first."""

_STATUS_CELLS = {status: cell for cell, status in enumerate(STATUSES)}
_OTHER_STATUS = len(STATUSES)
_DURATIONS = _OTHER_STATUS + 1
_MICROSECONDS = _DURATIONS + len(BOUNDS_S) + 1
_ROUTE_CELLS = _MICROSECONDS + 1


class Count(IntEnum):
    """What is counted beside the requests of each route."""

    CACHE_HITS = 0
    CACHE_MISSES = 1
    CACHE_BYTES = 2
    BODY_BYTES = 3
    REFUSED_KEYS = 4
    CONNECTIONS = 5
    TURNED_AWAY = 6
    STALLED = 7
    WORKER_DEATHS = 8


_PRESENT = (Count.CACHE_BYTES, Count.CONNECTIONS)  # which are not counted up, and end with their process
_FIRST_ROUTE = 64  # cell of each part; those between the counts and this are free
_PART_CELLS = _FIRST_ROUTE + MAX_METERED_ROUTES * _ROUTE_CELLS
OTHER_ROUTE = MAX_METERED_ROUTES - 1


class Part:
    """What one process has counted."""

    def __init__(self, cells: memoryview) -> None:
        self._cells = cells
        for count in _PRESENT:
            cells[count] = 0

    def add(self, count: Count, more: int = 1) -> None:
        self._cells[count] += more

    def set(self, count: Count, value: int) -> None:
        self._cells[count] = value

    def add_answer(self, route: int, notes: Notes) -> None:
        """`route` is its place in the list of routes, OTHER_ROUTE where it is none of them."""
        cells = self._cells
        first = _FIRST_ROUTE + route * _ROUTE_CELLS
        cells[first + _STATUS_CELLS.get(notes.status, _OTHER_STATUS)] += 1
        cells[first + _DURATIONS + bisect_left(BOUNDS_S, notes.duration_s)] += 1
        cells[first + _MICROSECONDS] += int(notes.duration_s * 1e6)
        cells[Count.BODY_BYTES] += notes.size
        if notes.is_cached is not None and notes.status < HTTPStatus.BAD_REQUEST:
            cells[Count.CACHE_HITS if notes.is_cached else Count.CACHE_MISSES] += 1
        if notes.is_key_refused:
            cells[Count.REFUSED_KEYS] += 1

    def add_refusal(self, status: int) -> None:
        """Of bytes that are no request which could be answered: their time is no answer's time."""
        self._cells[_FIRST_ROUTE + OTHER_ROUTE * _ROUTE_CELLS + _STATUS_CELLS.get(status, _OTHER_STATUS)] += 1


class Meter:
    """The parts of all processes, and which of them is this one's."""

    def __init__(self, processes: int = 1, folder: Path | None = None) -> None:
        """In memory that is shared when there is a `folder`, which `SharedMemory` explains."""
        size = (processes + 1) * _PART_CELLS * 8
        self._memory = bytearray(size) if folder is None else SharedMemory(size, folder)
        self.part = self._part(0 if processes > 1 else 1)
        """Of the process that was started, which watches over the others where there are several."""

    def __getstate__(self) -> dict[str, object]:
        """What another process is sent, which then takes a part of its own."""
        return {"_memory": self._memory}

    def take_part(self, number: int) -> None:
        """This is process `number` from now on, from 1."""
        self.part = self._part(number)

    @property
    def whole(self) -> memoryview:
        """Cells that are nobody's own, for what is found out once for all."""
        return self._cells()[len(Count) : _FIRST_ROUTE]

    def total(self, count: Count) -> int:
        return sum(part[count] for part in self._parts())

    def requests(self, route: int) -> dict[str, int]:
        """How many were answered with each status; those of no importance have the status `other`."""
        first = _FIRST_ROUTE + route * _ROUTE_CELLS
        names = (*map(str, STATUSES), "other")
        sums = (sum(part[first + cell] for part in self._parts()) for cell in range(len(names)))
        return {name: number for name, number in zip(names, sums, strict=True) if number}

    def durations(self, route: int) -> tuple[list[int], float]:
        """How many requests took up to each of the bounds and longer than the last, and seconds of all."""
        first = _FIRST_ROUTE + route * _ROUTE_CELLS
        numbers = [sum(part[first + _DURATIONS + cell] for part in self._parts()) for cell in range(len(BOUNDS_S) + 1)]
        return numbers, sum(part[first + _MICROSECONDS] for part in self._parts()) / 1e6

    def _cells(self) -> memoryview:
        memory = self._memory if isinstance(self._memory, bytearray) else self._memory.bytes
        return memoryview(memory).cast("Q")

    def _parts(self) -> Iterator[memoryview]:
        cells = self._cells()
        for first in range(0, len(cells), _PART_CELLS):
            yield cells[first : first + _PART_CELLS]

    def _part(self, number: int) -> Part:
        return Part(self._cells()[number * _PART_CELLS : (number + 1) * _PART_CELLS])
