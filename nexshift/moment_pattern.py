"""Which texts are dates or date-times?  The rule of `nexshift.instants.parse_moment`, as a pattern for JSON schemas.

A client that makes values from the schema, or checks them by it, sends nothing that is refused: the pattern knows how
long each month is, and which years are leap years.
"""

from __future__ import annotations

_LEAP = "0[48]|[2468][048]|[13579][26]"  # the last two digits of a year, 00 apart
_YEAR = "000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3}"
_LEAP_YEAR = f"[0-9]{{2}}(?:{_LEAP})|(?:{_LEAP})00"
_MONTH_AND_DAY = (
    "(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8])"
)
_DATE = f"(?:(?:{_YEAR})-(?:{_MONTH_AND_DAY})|(?:{_LEAP_YEAR})-02-29)"
_HOUR, _SIXTY = "(?:[01][0-9]|2[0-3])", "[0-5][0-9]"
_TIME = f"{_HOUR}:{_SIXTY}(?::{_SIXTY}(?:[.,][0-9]+)?)?"
_OFFSET = f"(?:[Zz]|[+-]{_HOUR}(?::?{_SIXTY})?)"

MOMENT_PATTERN = f"^{_DATE}(?:[Tt]{_TIME}{_OFFSET}?)?$"
