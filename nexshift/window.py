"""Which stretch of time do `from` and `to` ask for?

Read once per request, in the company's time zone, into half-open UTC bounds within what can be stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from nexshift.errors import BadParameter
from nexshift.instants import DAY, EARLIEST, LATEST, Moment, parse_moment, to_epoch


@dataclass(frozen=True, slots=True)
class Window:
    """Rows whose time t satisfies start <= t < stop; None is open.  The texts are what was sent, for `meta`.

    It may be empty (start >= stop): half a second between two whole ones holds no row.
    """

    start: int | None = None
    stop: int | None = None
    from_text: str | None = None
    to_text: str | None = None


def parse_window(from_text: str | None, to_text: str | None, zone: ZoneInfo) -> Window:
    """The window that was asked for; BadParameter when an end is malformed or `from` is after `to`."""
    first = None if from_text is None else _read("from", from_text)
    last = None if to_text is None else _read("to", to_text)
    if first is not None and last is not None and _is_after(first, last, zone):
        sent = f'"{_shown(from_text or "")}" is after "{_shown(to_text or "")}"'
        raise BadParameter(f"from must not be after to: {sent}")
    return Window(
        None if first is None else _clamp(_start(first, zone)),
        None if last is None else _clamp(_stop(last, zone)),
        from_text,
        to_text,
    )


def _read(name: str, text: str) -> Moment:
    try:
        return parse_moment(text)
    except ValueError as error:
        reason = f" ({error})" if str(error) else ""
    raise BadParameter(
        f"{name} must be a date such as 2026-03-31 or a date-time such as 2026-03-31T06:00:00Z, "
        f'not "{_shown(text)}"{reason}'
    )


def _exact(moment: Moment, zone: ZoneInfo) -> tuple[int, str]:
    """The instant as (whole second, fraction), which compares like the instant itself."""
    if moment.offset is not None:
        return moment.local - moment.offset, moment.fraction
    epoch, skipped = to_epoch(moment.local, zone)
    return epoch, "" if skipped else moment.fraction  # a skipped time is the change itself, to the second


def _start(moment: Moment, zone: ZoneInfo) -> int:
    second, fraction = _exact(moment, zone)
    return second + 1 if fraction else second


def _stop(moment: Moment, zone: ZoneInfo) -> int:
    """A date reaches to the next day's first instant, so days tile; a date-time includes its own second."""
    if moment.is_date:
        return to_epoch(moment.local + DAY, zone)[0]
    return _exact(moment, zone)[0] + 1


def _is_after(first: Moment, last: Moment, zone: ZoneInfo) -> bool:
    """Compares the instants as sent, before rounding: from .5 to .7 of a second is empty, not backwards."""
    first_exact, last_exact = _exact(first, zone), _exact(last, zone)
    if first_exact <= last_exact:
        return False
    # Asked last, because a day that a zone left out (Samoa, 2011-12-30) stops where it starts.
    return not last.is_date or first_exact >= (_stop(last, zone), "")


def _clamp(epoch: int) -> int:
    return min(max(epoch, EARLIEST), LATEST + 1)


def _shown(text: str) -> str:
    return text if len(text) <= 60 else text[:60] + "…"
