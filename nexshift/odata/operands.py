"""What can stand on one side of a comparison?  A piece of SQL with its type, and how it is called in a sentence.

Columns bring their own SQL; everything that a client wrote is bound as a value, whatever it is.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from nexshift.errors import BadParameter, NotOffered
from nexshift.instants import DAY, Moment, parse_moment, to_epoch
from nexshift.parameters import EXAMPLE_ID
from nexshift.tables.column import Column, Kind

if TYPE_CHECKING:
    from odata_query import ast

_MAX_SHOWN = 60
_MAX_INTEGER = 2**63 - 1
_is_name = re.compile(r"[a-z_.]+", re.ASCII).fullmatch


class Type(Enum):
    """What two sides must have in common; each with its words, and an example of how it is written."""

    TEXT = ("text", "'Line 1'")
    GUID = ("a UUID", EXAMPLE_ID)
    INSTANT = ("a date and time", "2026-03-26T00:00:00Z")
    DATE = ("a date", "2026-03-26")
    NUMBER = ("a number", "75")
    FLAG = ("true or false", "true")
    NULL = ("null", "null")

    def __init__(self, words: str, example: str) -> None:
        self.words = words
        self.example = example


TYPES = {
    Kind.TEXT: Type.TEXT,
    Kind.UUID: Type.GUID,
    Kind.INSTANT: Type.INSTANT,
    Kind.DATE: Type.DATE,
    Kind.WHOLE: Type.NUMBER,
    Kind.QUANTITY: Type.NUMBER,
    Kind.PERCENTAGE: Type.NUMBER,
    Kind.FLAG: Type.FLAG,
}


@dataclass(frozen=True, slots=True)
class Operand:
    """One side; `name` is how a sentence calls it."""

    sql: str
    type: Type
    name: str
    is_whole: bool = False
    is_literal: bool = False


def enclose(sql: str) -> str:
    """SQL that may stand beside any operator."""
    return sql if _is_name(sql) else f"({sql})"


def of_column(column: Column) -> Operand:
    return Operand(enclose(column.sql), TYPES[column.kind], column.name, is_whole=column.kind is Kind.WHOLE)


def of_literal(literal: ast._Literal, zone: ZoneInfo, bind: Callable[[Any], str]) -> Operand:
    """The value, bound; BadParameter when there is no such date or number.

    Instants are whole seconds here.  A fraction, of however many digits, is half a second: that compares with whole
    seconds in the same way, and no rounding can change it.
    """
    kind, text = type(literal).__name__, str(getattr(literal, "val", ""))
    name = text if len(text) <= _MAX_SHOWN else text[:_MAX_SHOWN] + "…"
    value: Any
    match kind:
        case "Null":
            return Operand("NULL", Type.NULL, "null", is_literal=True)
        case "String":
            value, type_, name = text, Type.TEXT, f"'{name}'"
        case "GUID":
            value, type_ = text.lower(), Type.GUID
        case "Boolean":
            value, type_ = int(text.lower() == "true"), Type.FLAG
        case "Integer":
            value, type_ = _integer(text, name), Type.NUMBER
        case "Float":
            value, type_ = _double(text, name), Type.NUMBER
        case "Date":
            value, type_ = _moment(text, name).local // DAY, Type.DATE
        case "DateTime":
            value, type_ = _instant(text, name, zone), Type.INSTANT
        case _:
            raise NotOffered(f"$filter has {name}, which is no value of any column; a duration, say, is a number here")
    return Operand(bind(value), type_, name, is_whole=kind == "Integer", is_literal=True)


def check_alike(left: Operand, right: Operand) -> None:
    """BadParameter when the two cannot be compared."""
    if left.type is right.type or Type.NULL in (left.type, right.type):
        return
    wanted = right if left.is_literal else left
    raise BadParameter(
        f"$filter compares {left.name}, which is {left.type.words}, with {right.name}, which is {right.type.words};"
        f" {wanted.type.words} is written {wanted.type.example}"
    )


def check_type(operand: Operand, wanted: Type, place: str) -> None:
    """BadParameter when it has another type than its place wants."""
    if operand.type not in (wanted, Type.NULL):
        raise BadParameter(
            f"$filter gives {operand.name}, which is {operand.type.words}, to {place}, which takes {wanted.words}"
        )


def _integer(text: str, name: str) -> int:
    value = int(text) if len(text) <= 20 else _MAX_INTEGER + 1
    if not -_MAX_INTEGER - 1 <= value <= _MAX_INTEGER:
        raise BadParameter(f"$filter has the number {name}, which is too large")
    return value


def _double(text: str, name: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise BadParameter(f"$filter has the number {name}, which is too large")
    return value


def _moment(text: str, name: str) -> Moment:
    try:
        return parse_moment(text)
    except ValueError as error:
        reason = f": {error}" if str(error) else ""
        raise BadParameter(f"$filter has {name}, which does not exist{reason}") from None


def _instant(text: str, name: str, zone: ZoneInfo) -> float:
    moment = _moment(text, name)
    if moment.offset is not None:
        second: float = moment.local - moment.offset
        fraction = moment.fraction
    else:
        second, is_skipped = to_epoch(moment.local, zone)
        fraction = "" if is_skipped else moment.fraction
    return second + 0.5 if fraction else second
