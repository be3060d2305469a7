"""What does one cell mean?

One reader a kind of value: it takes the cell (a text without blanks at its ends, or what JSON gave) and the
company's time zone, and returns what is stored.  A ValueError is the whole reason, the cell's text included.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from math import isnan
from typing import Any
from zoneinfo import ZoneInfo

from nexshift.config import MAX_QUANTITY, MAX_TEXT
from nexshift.errors import nearest
from nexshift.instants import parse_cell_instant
from nexshift.spelling import normalise
from nexshift.storage.importing.numbers import explain_doubt, explain_number
from nexshift.storage.importing.pairs import write_json
from nexshift.storage.importing.placeholders import is_placeholder

Cell = Any
"""A text from CSV; from JSON also a number, a boolean, None, or a list or Pairs (always refused)."""
Stored = str | int | float | None
Reader = Callable[[Cell, ZoneInfo], Stored]

_match_number = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?").fullmatch
_match_uuid = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch
_MOST_DIGITS = len(str(MAX_QUANTITY))
_LINE_BREAKS = frozenset("\n\r\v\f\x85\u2028\u2029")
_BOOLEANS = {
    **dict.fromkeys(("true", "yes", "1", "pass"), 1),
    **dict.fromkeys(("false", "no", "0", "fail"), 0),
}


def show(cell: Cell) -> str:
    """The cell as a message quotes it."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    text = write_json(cell) if isinstance(cell, list) else str(cell)
    return f'"{text[:60]}…"' if len(text) > 60 else f'"{text}"'


def read_text(cell: Cell, _zone: ZoneInfo) -> str:
    """Any text up to MAX_TEXT characters; a whole number from JSON is taken as its digits."""
    if type(cell) is not str:
        if type(cell) is not int:
            raise ValueError(f"{show(cell)} is not a text{_json_advice(cell)}")
        cell = str(cell)
    if len(cell) > MAX_TEXT:
        raise ValueError(f"{show(cell)} has {len(cell):,} characters; at most {MAX_TEXT:,} are allowed")
    if "\0" in cell:
        raise ValueError("has a NUL character in it")
    if not cell.isascii():
        try:
            cell.encode()
        except UnicodeEncodeError:
            raise ValueError("has half a character (a lone surrogate) in it") from None
    return cell if cell.isascii() and "\r" not in cell else normalise(cell)


def read_label(cell: Cell, zone: ZoneInfo) -> str:
    """A text of one line."""
    text = read_text(cell, zone)
    if not text.isprintable() and not _LINE_BREAKS.isdisjoint(text):
        raise ValueError(f"{show(cell)} has a line break in it; a quotation mark may be missing, or one too many")
    return text


def read_name(cell: Cell, zone: ZoneInfo) -> str:
    """What something is called: a text of one line that is no other word for an empty cell."""
    # Half of all cells are names, and most of them are plain, so that each call counts.
    is_plain = type(cell) is str and cell.isascii() and cell.isprintable() and len(cell) <= MAX_TEXT
    text: str = cell if is_plain else read_label(cell, zone)
    if is_placeholder(text):
        raise ValueError(f"{show(cell)} is no name; leave the cell empty where there is none")
    return text


TEXTS = (read_text, read_label, read_name)


def read_quantity(cell: Cell, _zone: ZoneInfo) -> float:
    """A count or an amount: 0 to MAX_QUANTITY, with a point when it is not whole."""
    value = _number(cell)
    if 0 <= value < MAX_QUANTITY:
        return value + 0.0  # -0 becomes 0
    if value < 0:
        raise ValueError(f"{show(cell)} is negative")
    if value > MAX_QUANTITY or Decimal(cell) > MAX_QUANTITY:  # 2^53 + 1 is 2^53 as a float
        raise ValueError(f"{show(cell)} is larger than {MAX_QUANTITY}, the largest number that is kept exactly")
    return value


def read_positive(cell: Cell, zone: ZoneInfo) -> float:
    """A quantity above 0."""
    value = read_quantity(cell, zone)
    if value == 0:
        raise ValueError(f"{show(cell)} must be greater than 0")
    return value


def read_version(cell: Cell, _zone: ZoneInfo) -> int:
    """A whole number, written with digits alone."""
    digits = str(cell) if type(cell) in (str, int) else ""
    significant = digits.lstrip("0")
    if digits.isascii() and digits.isdigit() and len(significant) <= _MOST_DIGITS:
        version = int(significant or "0")
        if version <= MAX_QUANTITY:
            return version
    raise ValueError(f"{show(cell)} is not a whole number from 0 to {MAX_QUANTITY}, such as 1, 2 or 10")


NUMBERS = (read_quantity, read_positive)


def refusing_doubt(read: Reader, where: str) -> Reader:
    """The same reader for files in which a point may as well stand between thousands."""

    def read_certain(cell: Cell, zone: ZoneInfo) -> Stored:
        doubt = explain_doubt(cell, where) if type(cell) is str else None
        if doubt is not None:
            raise ValueError(f"{show(cell)} {doubt}")
        return read(cell, zone)

    return read_certain


def read_boolean(cell: Cell, _zone: ZoneInfo) -> int:
    value = _BOOLEANS.get(str(cell).lower()) if isinstance(cell, str | int) else None
    if value is None:
        raise ValueError(f"{show(cell)} is neither true nor false (true false yes no 1 0 pass fail)")
    return value


def read_instant(cell: Cell, zone: ZoneInfo) -> int:
    """Epoch seconds; a time without an offset is in the company's zone."""
    if type(cell) is not str:
        raise ValueError(f"{show(cell)} is not a date-time such as 2026-03-26T08:00:00")
    try:
        return parse_cell_instant(cell, zone)
    except ValueError as error:
        raise ValueError(f"{show(cell)} {error}") from None


def read_uuid(cell: Cell, _zone: ZoneInfo) -> str:
    uuid = cell.lower() if type(cell) is str else ""
    if _match_uuid(uuid) is None:
        raise ValueError(f"{show(cell)} is not an id such as 0190c2f4-8f2e-7cc3-98c4-dc0c0c07398f")
    return uuid


def one_of(*options: str) -> Reader:
    """A reader of one of these words, in any case."""

    def read_word(cell: Cell, _zone: ZoneInfo) -> str:
        word = cell.lower() if type(cell) is str else ""
        if word not in options:
            meant = nearest(word[:60], options)
            proposal = f'; did you mean "{meant}"?' if meant else ""
            raise ValueError(f"{show(cell)} is not one of {' '.join(options)}{proposal}")
        return word

    return read_word


def _number(cell: Cell) -> float:
    if type(cell) is str:
        if _match_number(cell) is not None:
            return float(cell)
        raise ValueError(f"{show(cell)} {explain_number(cell)}")
    if isinstance(cell, Decimal):
        return float(cell)
    if type(cell) is float and not isnan(cell):  # Infinity, which is no JSON but often written
        return cell
    if type(cell) is int:
        return float(max(-MAX_QUANTITY - 1, min(cell, 2 * MAX_QUANTITY)))  # any whole number fits a float then
    raise ValueError(f"{show(cell)} is not a number")


def _json_advice(cell: Cell) -> str:
    if isinstance(cell, list):
        return "; a list or an object cannot be stored in one column"
    return "; put it in quotes to keep it as it is written" if isinstance(cell, Decimal) else ""
