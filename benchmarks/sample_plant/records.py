"""What is a run on the way to the files?  Times are epoch seconds UTC."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from benchmarks.sample_plant.plant import Job, Machine


@dataclass(frozen=True)
class Stop:
    started_at: int
    ended_at: int | None  # None: nobody has closed it
    category: str | None
    reason: str | None


@dataclass(frozen=True)
class Scrap:
    units: float
    reason: str | None
    timestamp: int


@dataclass(frozen=True)
class Run:
    machine: Machine
    job: Job
    day: date  # of the shift, at the site
    operator: str | None
    started_at: int
    ended_at: int | None  # None: still running
    setup_s: int
    running_at: int | None
    units: float
    target: int | None
    batch_number: str | None
    stops: tuple[Stop, ...] = ()
    scrap: tuple[Scrap, ...] = ()

    def with_batch(self, batch_number: str) -> "Run":
        return replace(self, batch_number=batch_number)

    def with_stops(self, stops: tuple[Stop, ...]) -> "Run":
        return replace(self, stops=stops)


def stopped_s(stops: Iterable[Stop], started_at: int, ended_at: int) -> int:
    """Seconds of the run in which at least one stop lasts."""
    total, counted_to = 0, started_at
    for stop in sorted(stops, key=lambda stop: stop.started_at):
        low = max(stop.started_at, counted_to)
        high = ended_at if stop.ended_at is None else min(stop.ended_at, ended_at)
        if high > low:
            total += high - low
            counted_to = high
    return total
