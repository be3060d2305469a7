"""Which instant does a text mean, and how is an instant written?

All that turns dates, date-times and local clock time into UTC epoch seconds, for HTTP, import and keys alike.
Calendar arithmetic is done in plain integers ("local seconds" count from 1970-01-01T00:00:00 to a time as the
wall clock shows it), so neither year 0001 east of Greenwich nor year 9999 west of it can overflow.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from nexshift.errors import Refused, nearest

EARLIEST = -62135596800
"""0001-01-01T00:00:00Z, the first instant that can be stored."""
LATEST = 253402300799
"""9999-12-31T23:59:59Z, the last one."""
DAY = 86400

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ORDINAL = _EPOCH.toordinal()
_SECOND = timedelta(seconds=1)
_SHAPE = (
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[%s]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]+))?)?([Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?)?"
)
_match_strict = re.compile(_SHAPE % "Tt").fullmatch
_match_spaced = re.compile(_SHAPE % "Tt ").fullmatch
_match_common = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?Z?").fullmatch


class Moment(NamedTuple):
    """A date or date-time as it was written, not yet placed in a zone."""

    local: int
    """Local seconds; the day's midnight for a date alone."""
    offset: int | None
    """Seconds east of Greenwich, None when the text leaves that to the zone."""
    fraction: str
    """Digits after the second without trailing zeros, "" when whole.  As texts they compare like numbers."""
    is_date: bool


@cache
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones()) - {"localtime", "Factory"}


def load_zone(name: str) -> ZoneInfo:
    """The zone of that IANA name; Refused, with the name that was probably meant, when there is none.

    Only listed names are opened: `ZoneInfo` itself would also open folders, the machine's own "localtime" and
    the "right/" files, which count leap seconds.
    """
    if name in _zone_names():
        return ZoneInfo(name)
    hint = "use a name such as Australia/Brisbane, or UTC"
    if len(name) > 60:
        raise Refused(f'unknown time zone "{name[:60]}…"', hint=hint)
    # Abbreviations are never proposed: EST looks most like AEST, and is half a world away.
    known = [*sorted(zone for zone in _zone_names() if "/" in zone and not zone.startswith("Etc/")), "UTC"]
    city = "/" + name.strip().replace(" ", "_").casefold()
    meant = next((zone for zone in known if zone.casefold().endswith(city)), None) or nearest(name, known)
    proposal = f'; did you mean "{meant}"?' if meant else ""
    raise Refused(f'unknown time zone "{name}"{proposal}', hint=hint)


def format_instant(epoch: int) -> str:
    """`YYYY-MM-DDTHH:MM:SSZ`, from EARLIEST to LATEST; beyond them OverflowError."""
    return (_EPOCH + timedelta(seconds=epoch)).isoformat()[:19] + "Z"


@lru_cache(maxsize=4096)
def _day_number(text: str) -> int:
    """Days from 1970-01-01 to a text shaped `YYYY-MM-DD`; ValueError says which part is impossible."""
    year, month, day = int(text[:4]), int(text[5:7]), int(text[8:])
    if year == 0:
        raise ValueError("year must be 0001 to 9999")
    if not 1 <= month <= 12:
        raise ValueError("month must be 01 to 12")
    days = monthrange(year, month)[1]
    if not 1 <= day <= days:
        raise ValueError(f"day must be 01 to {days} in {text[:7]}")
    return date(year, month, day).toordinal() - _EPOCH_ORDINAL


@lru_cache(maxsize=256)
def _offset_seconds(text: str) -> int:
    if text in "Zz":
        return 0
    hours, minutes = int(text[1:3]), int(text[-2:]) if len(text) > 3 else 0
    if hours > 23 or minutes > 59:
        raise ValueError("offset must be -23:59 to +23:59")
    seconds = hours * 3600 + minutes * 60
    return -seconds if text[0] == "-" else seconds


def parse_moment(text: str, *, space_for_t: bool = False) -> Moment:
    """Reads `YYYY-MM-DD` or an ISO 8601 date-time (extended format, seconds optional, any number of digits).

    ValueError carries a short reason such as "month must be 01 to 12", empty when the text has another shape.
    """
    match = _match_spaced(text) if space_for_t else _match_strict(text)
    if match is None:
        raise ValueError("")
    day, hour, minute, second, fraction, offset = match.groups()
    local = _day_number(day) * DAY
    if hour is None:
        return Moment(local, None, "", True)
    if hour > "23":
        raise ValueError("hour must be 00 to 23")
    if minute > "59":
        raise ValueError("minute must be 00 to 59")
    local += int(hour) * 3600 + int(minute) * 60
    if second is not None:
        if second > "59":
            raise ValueError("second must be 00 to 59")
        local += int(second)
    return Moment(
        local,
        None if offset is None else _offset_seconds(offset),
        "" if fraction is None else fraction.rstrip("0"),
        False,
    )


def _offset_of_local(local: int, zone: ZoneInfo, fold: int) -> int:
    within = min(max(local, EARLIEST), LATEST)  # the day after 9999-12-31 has that day's offset
    clock = (_EPOCH + timedelta(seconds=within)).replace(tzinfo=zone, fold=fold)
    return (clock.utcoffset() or timedelta()) // _SECOND


def _offset_of_instant(epoch: int, zone: ZoneInfo) -> int:
    return ((_EPOCH + timedelta(seconds=epoch)).astimezone(zone).utcoffset() or timedelta()) // _SECOND


@lru_cache(maxsize=8192)
def _offset_all_day(zone: ZoneInfo, day: int) -> int | None:
    """The offset of a local day on which the clocks do not change, else None.

    It saves two zone lookups a cell.  Both ends are enough: no zone has ever changed twice within two days.
    """
    first, last = day * DAY, day * DAY + DAY - 1
    offsets = {_offset_of_local(local, zone, fold) for local in (first, last) for fold in (0, 1)}
    return offsets.pop() if len(offsets) == 1 else None


def to_epoch(local: int, zone: ZoneInfo) -> tuple[int, bool]:
    """The instant at which clocks in `zone` show `local`, and whether the clocks skip that time.

    A time that occurs twice is the first; one that is skipped becomes the instant of the change.  The result
    may lie up to a day outside EARLIEST..LATEST.
    """
    steady = _offset_all_day(zone, local // DAY)
    if steady is not None:
        return local - steady, False
    before, after = (_offset_of_local(local, zone, fold) for fold in (0, 1))
    if before >= after:
        return local - before, False
    low, high = local - after, local - before  # low is before the change, high is not
    while high - low > 1:
        middle = (low + high) // 2
        if _offset_of_instant(middle, zone) == before:
            low = middle
        else:
            high = middle
    return high, True


def find_repeat(epoch: int, zone: ZoneInfo) -> str | None:
    """How the local time of an instant is written when it comes again, the clocks having been set back; None if never.

    With its offset, or in UTC where the offset has seconds, as those before standard time had.
    """
    local = epoch + _offset_of_instant(epoch, zone)
    before, after = (_offset_of_local(local, zone, fold) for fold in (0, 1))
    if before <= after or epoch != local - before:
        return None
    if after % 60:
        return format_instant(local - after)
    sign, minutes = "+-"[after < 0], abs(after) // 60
    return f"{format_instant(local)[:-1]}{sign}{minutes // 60:02}:{minutes % 60:02}"


def list_day_starts(utc_day: int, zone: ZoneInfo) -> tuple[int, int, int]:
    """The local day on which a UTC day begins, and the instants at which the next two local days begin.

    Days are numbers from 1970-01-01.  A local day reaches from its first instant to that of the next one, as in a
    window from one date to another, so every instant is of one day, even where clocks go back over midnight.
    """
    day = utc_day - 2
    while to_epoch((day + 1) * DAY, zone)[0] <= utc_day * DAY:
        day += 1
    return day, to_epoch((day + 1) * DAY, zone)[0], to_epoch((day + 2) * DAY, zone)[0]


def _common_cell_instant(text: str, zone: ZoneInfo) -> int | None:
    """The usual spellings on usual days, in 1 µs instead of 2; None leaves the cell to the rules."""
    if _match_common(text) is None:
        return None
    try:
        clock = datetime.fromisoformat(text)
    except ValueError:
        return None
    day = clock.toordinal() - _EPOCH_ORDINAL
    offset = _offset_all_day(zone, day) if clock.tzinfo is None else 0
    if offset is None:
        return None
    epoch = day * DAY + clock.hour * 3600 + clock.minute * 60 + clock.second - offset
    return epoch if EARLIEST <= epoch <= LATEST else None


def parse_cell_instant(text: str, zone: ZoneInfo) -> int:
    """The instant that an imported cell names, fractions cut off; a ValueError continues `TEXT …`."""
    common = _common_cell_instant(text, zone)
    if common is not None:
        return common
    try:
        moment = parse_moment(text, space_for_t=True)
    except ValueError as error:
        reason = str(error)
        raise ValueError(
            f"is not a date-time: {reason}" if reason else "is not a date-time such as 2026-03-26T08:00:00"
        ) from None
    local, offset, _, is_date = moment
    if is_date:
        raise ValueError(f"has no time of day; write it as {text}T08:00:00")
    if offset is not None:
        epoch = local - offset
    else:
        epoch, skipped = to_epoch(local, zone)
        if skipped:
            raise ValueError(f"does not exist in {zone}: the clocks skip it")
    if not EARLIEST <= epoch <= LATEST:
        raise ValueError("lies outside the years 0001 to 9999 in UTC")
    return epoch


def end_of_day(date_text: str, zone: ZoneInfo) -> int:
    """The first instant after that local day, at most LATEST; Refused when the text is not a date alone."""
    reason = ""
    try:
        moment = parse_moment(date_text)
        if moment.is_date:
            return min(max(to_epoch(moment.local + DAY, zone)[0], EARLIEST), LATEST)
    except ValueError as error:
        reason = f" ({error})" if str(error) else ""
    shown = date_text if len(date_text) <= 60 else date_text[:60] + "…"
    raise Refused(f'the date must be written such as 2026-03-31, not "{shown}"{reason}')
