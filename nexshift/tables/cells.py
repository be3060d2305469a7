"""How is one value written, as a cell of CSV, JSON or an Excel sheet's XML?

In plain Python, byte for byte what the compiled writer gives; a value is never None here.
"""

from __future__ import annotations

import math
import re
from datetime import date, timedelta
from typing import Any

import msgspec

from nexshift.instants import DAY, format_instant
from nexshift.tables.column import Kind

DAYS_BEFORE_1970 = 25_569
"""From what Excel counts days from to 1970."""
FIRST_SERIAL = 61
"""1900-03-01: Excel knows a 1900-02-29, so the days before have other numbers elsewhere."""
_WHOLE_LIMIT = 2.0**63
_PERCENTAGE_LIMIT = 1e14
"""Below it a decimal has at most 15 digits, of which no two give the same double."""
_FIRST = date(1970, 1, 1)
_HELD_BACK = r"[\x00-\x08\x0b-\x1f\ufffe\uffff]"  # XML cannot hold it, or reads a carriage return as a line feed
_ESCAPED = re.compile(f"{_HELD_BACK}|_(?=x[0-9A-Fa-f]{{4}}(?:_|{_HELD_BACK}))")


def write_csv(kind: Kind, value: Any) -> bytes:
    """By RFC 4180."""
    return _quote(value) if kind in (Kind.TEXT, Kind.UUID) else _write_plain(kind, value).encode()


def write_json(kind: Kind, value: Any) -> bytes:
    """As msgspec writes it."""
    if kind in (Kind.TEXT, Kind.UUID):
        return msgspec.json.encode(value)
    text = _write_plain(kind, value)
    return f'"{text}"'.encode() if kind in (Kind.INSTANT, Kind.DATE) else text.encode()


def write_sheet(kind: Kind, value: Any) -> bytes:
    """What follows the row's number in `<c r="A2`; the styles' numbers are those of the workbook's cellXfs."""
    match kind:
        case Kind.TEXT | Kind.UUID:
            return _write_inline(value, is_like_a_formula=value.startswith(("=", "+", "-", "@")))
        case Kind.INSTANT:
            day, second = divmod(value, DAY)
            return _write_serial(kind, value, day, second, style=1)
        case Kind.DATE:
            return _write_serial(kind, value, value, 0, style=2)
        case Kind.FLAG:
            return b'" t="b"><v>%d</v></c>' % bool(value)
        case Kind.PERCENTAGE:
            return f'" s="3"><v>{_write_plain(kind, value)}</v></c>'.encode()
        case _:
            return f'"><v>{_write_plain(kind, value)}</v></c>'.encode()


def escape_text(text: str) -> str:
    """With XML's entities, and Excel's `_xHHHH_` for what XML cannot hold and for what looks like one."""
    escaped = _ESCAPED.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _write_plain(kind: Kind, value: Any) -> str:
    match kind:
        case Kind.INSTANT:
            return format_instant(value)
        case Kind.DATE:
            return (_FIRST + timedelta(days=value)).isoformat()
        case Kind.WHOLE:
            return str(int(value))
        case Kind.FLAG:
            return "true" if value else "false"
        case Kind.PERCENTAGE if 0 <= value < _PERCENTAGE_LIMIT:
            whole, tenth = divmod(math.floor(value * 10 + 0.5), 10)
            return f"{whole}.{tenth}"
        case Kind.QUANTITY if value == math.floor(value) and abs(value) < _WHOLE_LIMIT:
            return str(int(value))
        case _:
            return msgspec.json.encode(value).decode()


def _quote(text: str) -> bytes:
    if text and not any(character in text for character in '",\r\n'):
        return text.encode()
    return f'"{text.replace(chr(34), chr(34) * 2)}"'.encode()


def _write_inline(text: str, *, is_like_a_formula: bool = False) -> bytes:
    style = ' s="4"' if is_like_a_formula else ""
    space = ' xml:space="preserve"' if text and (text[0] <= " " or text[-1] <= " ") else ""
    return f'"{style} t="inlineStr"><is><t{space}>{escape_text(text)}</t></is></c>'.encode()


def _write_serial(kind: Kind, value: int, day: int, second: int, *, style: int) -> bytes:
    text = _write_plain(kind, value)  # fails for one beyond the calendar
    serial = day + DAYS_BEFORE_1970
    if serial < FIRST_SERIAL:
        return _write_inline(text)
    decimals = f".{(second * 10**12 + DAY // 2) // DAY:012}".rstrip("0") if second else ""
    return f'" s="{style}"><v>{serial}{decimals}</v></c>'.encode()
