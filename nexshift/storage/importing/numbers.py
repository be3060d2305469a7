"""Which number does a text mean that is not written as numbers are, and which two could it mean?

Numbers are written with a point for decimals and with nothing between the thousands.  What people and spreadsheets
write instead is never guessed, because a wrong guess is wrong by a factor of 1000; a refusal says what to write.
"""

from __future__ import annotations

import re
import unicodedata

_LONGEST = 40  # characters of a text that is looked at
_BLANKS_AND_APOSTROPHES = str.maketrans(dict.fromkeys("'’ʼ′_\u00a0\u202f\u2007\u2009\u200a\u2002\u2003", " "))
# One to three digits, then groups of three; in India of two before the last. The same sign stands between all of them.
_match_groups = re.compile(
    r"[1-9][0-9]{0,2}(?:([., ])[0-9]{3}(?:\1[0-9]{3})*|([., ])(?:[0-9]{2}\2)+[0-9]{3})"
).fullmatch
_find_marks = re.compile(r"[^0-9+−-]").findall
_match_one_group = re.compile(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}").fullmatch


def explain_number(text: str) -> str:
    """Why a text is no number, as far as it can be told: what follows its quotation in the sentence."""
    plain = _to_plain_digits(text)
    readings = list_readings(plain)
    if len(readings) > 1:
        meanings = " or ".join(readings)
        return f"could be {meanings}; write it without thousands separators, with a point for decimals"
    if not readings:
        return "is not a number"
    ((reading, mark),) = readings.items()
    how = ["in the digits 0 to 9"] if plain != text else []
    if len(_find_marks(plain)) > len(mark):
        how.append("without thousands separators")
    if mark == ",":
        how.append("with a point for decimals")
    if text[:1] == "−":
        how.append("with a hyphen for the sign")
    if how == ["with a point for decimals"]:
        return "is not a number; use a point for decimals"
    return f"is not a number; write {reading}, {' and '.join(how)}"


def explain_doubt(text: str, where: str) -> str | None:
    """Why a number is refused whose point may as well stand between thousands; None for any other."""
    if _match_one_group(text) is None:
        return None
    decimal, thousands = list_readings(text)
    written = f"{decimal}0" if decimal[-4:-3] == "." else decimal
    return f"could be {decimal} or {thousands} {where}; write {written} or {thousands}"


def list_readings(text: str) -> dict[str, str]:
    """The numbers that a text could mean, as they should be written, and which sign then stands before decimals."""
    sign, digits = ("-", text[1:]) if text[:1] in ("-", "−") else ("", text.removeprefix("+"))
    if len(digits) > _LONGEST:
        return {}
    digits = digits.translate(_BLANKS_AND_APOSTROPHES)
    found: dict[str, str] = {}
    for mark in (".", ","):
        whole, _, decimals = digits.partition(mark)
        if decimals.isdecimal() and decimals.isascii() and (integer := _read_integer(whole, mark)) is not None:
            kept = decimals.rstrip("0")
            found[f"{sign}{integer}.{kept}" if kept else f"{sign}{integer}"] = mark
    if (integer := _read_integer(digits, "")) is not None:
        found.setdefault(f"{sign}{integer}", "")
    return found


def _read_integer(text: str, mark: str) -> str | None:
    """The digits of a whole number that may be grouped, but not by the sign that stands before its decimals."""
    if text.isascii() and text.isdecimal():
        return text
    groups = _match_groups(text)
    if groups is None or mark in groups.groups():
        return None
    return re.sub(r"[., ]", "", text)


def _to_plain_digits(text: str) -> str:
    return "".join(str(unicodedata.decimal(one, one)) for one in text[: _LONGEST + 2])
