"""Who works when?  Local shift times of each site, weekends, and the public holidays."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from benchmarks.sample_plant.plant import BRISBANE, DANDENONG, UTC_OFFSET_H, Machine

FIRST_DAY, LAST_DAY = date(2026, 1, 1), date(2026, 3, 31)
HOURS = {"d": (6, 14), "e": (14, 22), "n": (22, 30)}
NEW_YEAR, AUSTRALIA_DAY, LABOUR_DAY_IN_VICTORIA = date(2026, 1, 1), date(2026, 1, 26), date(2026, 3, 9)
HOLIDAYS = {
    BRISBANE: {NEW_YEAR, AUSTRALIA_DAY},
    DANDENONG: {NEW_YEAR, AUSTRALIA_DAY, LABOUR_DAY_IN_VICTORIA},
}


@dataclass(frozen=True)
class Shift:
    day: date
    letter: str
    started_at: int
    ended_at: int


def instant(site: str, day: date, clock: str) -> int:
    """Epoch seconds of a local `HH:MM` or `HH:MM:SS` at a site; from `24:00` on it is the next morning."""
    hour, minute, *second = (int(part) for part in clock.split(":"))
    midnight = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    return midnight + (hour - UTC_OFFSET_H[site]) * 3600 + minute * 60 + (second[0] if second else 0)


def working_days(site: str) -> Iterator[date]:
    for number in range((LAST_DAY - FIRST_DAY).days + 1):
        day = FIRST_DAY + timedelta(days=number)
        if day not in HOLIDAYS[site]:
            yield day


def shifts_of(machine: Machine) -> Iterator[Shift]:
    """The shifts in which a machine is manned.  The moulders heat up in the night after New Year's Day."""
    if "n" in machine.week:
        yield shift_on(machine.site, NEW_YEAR, "n")
    for day in working_days(machine.site):
        letters = {5: machine.saturday, 6: machine.sunday}.get(day.weekday(), machine.week)
        for letter in letters:
            yield shift_on(machine.site, day, letter)


def shift_on(site: str, day: date, letter: str) -> Shift:
    start_h, end_h = HOURS[letter]
    return Shift(day, letter, instant(site, day, f"{start_h}:00"), instant(site, day, f"{end_h}:00"))
