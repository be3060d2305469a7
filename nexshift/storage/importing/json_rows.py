"""Which rows does a JSON or NDJSON file hold?

NDJSON (one object a line) streams.  A JSON file is one array of objects, or an object whose "data" is such an array;
its text is read whole, up to a bound, and its objects are decoded one after the other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from nexshift.config import MAX_JSON_BYTES
from nexshift.errors import Refused
from nexshift.storage.importing.pairs import Pairs
from nexshift.storage.importing.rows import Row, Rows
from nexshift.storage.importing.texts import Text


def _read_whole_number(digits: str) -> int | Decimal:
    return int(digits) if len(digits) <= 4_000 else Decimal(digits)  # of which Python makes no int


# A Decimal keeps every digit, for the message and for the rejects: 1.10 may be a name without its quotation marks.
_decoder = json.JSONDecoder(object_pairs_hook=Pairs, parse_int=_read_whole_number, parse_float=Decimal)
_skip_blanks = re.compile(r"[ \t\r\n]*").match


def read_ndjson(text: Text) -> Rows:
    """One object a line; blank lines are skipped."""
    for line, content in enumerate(text.lines(), start=1):
        if content.isspace():
            continue
        try:
            value = _decoder.decode(content)
        except (json.JSONDecodeError, RecursionError) as error:
            raise _malformed(text, f":{line}", error) from error
        yield _row(text, line, value)


def read_json(text: Text) -> Rows:
    """The objects of the array, numbered from 1."""
    content = _read_whole_text(text)
    try:
        start = _find_array(text, content)
        for number, value in enumerate(_elements(text, content, start), start=1):
            yield _row(text, number, value)
    except (json.JSONDecodeError, RecursionError) as error:
        raise _malformed(text, "", error) from error


def _read_whole_text(text: Text) -> str:
    if text.path.stat().st_size > MAX_JSON_BYTES:
        raise Refused(
            f"{text.shown} is larger than {MAX_JSON_BYTES // 2**20} MiB, the largest JSON file that is read",
            hint="save it as NDJSON (one object a line) or as CSV; those may have any size",
        )
    return text.read_whole()


def _find_array(text: Text, content: str) -> int:
    """Where the array of rows begins: at the start, or behind "data" of the object that stands there."""
    place = _after_blanks(content, 0)
    if content[place : place + 1] == "{":
        for name, value_place in _members(content, place):
            if name == "data" and content[value_place : value_place + 1] == "[":
                return value_place
    elif content[place : place + 1] == "[":
        return place
    elif content[place:]:
        _decoder.decode(content)  # says where it is malformed
    raise Refused(
        f'{text.shown} holds neither an array of objects nor {{"data": [...]}}',
        hint='write it as [{"column": value, …}, …]',
    )


def _members(content: str, place: int) -> Iterator[tuple[str, int]]:
    """The names of an object and where the value of each begins."""
    place = _after_blanks(content, place + 1)
    while content[place : place + 1] == '"':
        name, place = _decoder.raw_decode(content, place)
        place = _expect(content, _after_blanks(content, place), ":")
        yield name, place
        _, place = _decoder.raw_decode(content, place)
        place = _after_blanks(content, place)
        if content[place : place + 1] != ",":
            break
        place = _after_blanks(content, place + 1)
    _expect(content, place, "}")


def _elements(text: Text, content: str, place: int) -> Iterator[Any]:
    """The values of the array that begins there; what follows the array in the file is checked as well."""
    start, place = place, _after_blanks(content, place + 1)
    if content[place : place + 1] != "]":
        while True:
            value, place = _decoder.raw_decode(content, place)
            yield value
            place = _after_blanks(content, place)
            if content[place : place + 1] != ",":
                break
            place = _after_blanks(content, place + 1)
    place = _expect(content, place, "]")
    if content[_after_blanks(content, 0)] == "{":
        around = _decoder.decode(content[:start] + "[]" + content[place:])
        if [name for name, _ in around].count("data") > 1:
            raise Refused(f'{text.shown} has "data" more than once', hint="put all rows into one array")
    elif place < len(content):
        raise json.JSONDecodeError("Extra data", content, place)


def _after_blanks(content: str, place: int) -> int:
    match = _skip_blanks(content, place)
    return match.end() if match else place


def _expect(content: str, place: int, mark: str) -> int:
    """Where the text goes on behind `mark`, which must stand here."""
    if content[place : place + 1] != mark:
        raise json.JSONDecodeError(f"Expecting '{mark}'", content, place)
    return _after_blanks(content, place + 1)


def _row(text: Text, line: int, value: Any) -> Row:
    if not isinstance(value, Pairs):
        raise Refused(f"{text.shown}:{line}: the row is not an object", hint='write a row as {"column": value, …}')
    return line, line, tuple(name for name, _ in value), [cell for _, cell in value]


def _malformed(text: Text, line: str, error: Exception) -> Refused:
    if isinstance(error, json.JSONDecodeError):
        where = f"{error.msg}, line {error.lineno} column {error.colno}" if not line else error.msg
        reason = f"is not valid JSON: {where}"
    else:
        reason = "is nested too deeply"
    return Refused(f"{text.shown}{line} {reason}", hint="export the file again, or save it as CSV")
