"""Which functions does a `$filter` have, and what is each in SQL?

Each takes operands of given types and gives one.  A missing value makes each of them unknown, in OData as in SQL.
`{0}`, `{1}` … are the arguments; one that stands twice is never the result of the same kind of function, so no SQL
grows with the square of what was sent.
"""

from __future__ import annotations

from typing import NamedTuple

from nexshift.odata.operands import Operand, Type, check_type

_SPACE = " || ".join(f"char({code})" for code in (9, 10, 11, 12, 13, 32, 133, 160))
_DAY = "CAST(julianday(date({0}, 'unixepoch')) - 2440587.5 AS INTEGER)"  # 1970-01-01 is 2440587.5


class Function(NamedTuple):
    """`takes` are its arguments' types; `sql` is by the first one's type where that makes a difference."""

    takes: tuple[Type | tuple[Type, ...], ...]
    gives: Type
    sql: str | dict[Type, str]
    optional: int = 0


def _part(letter: str) -> dict[Type, str]:
    return {
        Type.INSTANT: f"CAST(strftime('%{letter}', {{0}}, 'unixepoch') AS INTEGER)",
        Type.DATE: f"CAST(strftime('%{letter}', ({{0}}) * 86400, 'unixepoch') AS INTEGER)",
    }


_TEXT, _TWO_TEXTS = (Type.TEXT,), (Type.TEXT, Type.TEXT)
_DAYS, _INSTANT = ((Type.INSTANT, Type.DATE),), (Type.INSTANT,)

FUNCTIONS = {
    "contains": Function(_TWO_TEXTS, Type.FLAG, "(instr({0}, {1}) > 0)"),
    "startswith": Function(_TWO_TEXTS, Type.FLAG, "(substr({0}, 1, length({1})) = {1})"),
    "endswith": Function(_TWO_TEXTS, Type.FLAG, "(substr({0}, length({0}) - length({1}) + 1) = {1})"),
    "length": Function(_TEXT, Type.NUMBER, "length({0})"),
    "indexof": Function(_TWO_TEXTS, Type.NUMBER, "(instr({0}, {1}) - 1)"),
    "tolower": Function(_TEXT, Type.TEXT, "lower_text({0})"),
    "toupper": Function(_TEXT, Type.TEXT, "upper_text({0})"),
    "trim": Function(_TEXT, Type.TEXT, f"trim({{0}}, {_SPACE})"),
    "concat": Function(_TWO_TEXTS, Type.TEXT, "({0} || {1})"),
    "substring": Function(
        (Type.TEXT, Type.NUMBER, Type.NUMBER),
        Type.TEXT,
        "substr({0}, max({1}, 0) + 1, max({2}, 0))",
        optional=1,
    ),
    "year": Function(_DAYS, Type.NUMBER, _part("Y")),
    "month": Function(_DAYS, Type.NUMBER, _part("m")),
    "day": Function(_DAYS, Type.NUMBER, _part("d")),
    "hour": Function(_INSTANT, Type.NUMBER, _part("H")),
    "minute": Function(_INSTANT, Type.NUMBER, _part("M")),
    "second": Function(_INSTANT, Type.NUMBER, _part("S")),
    "date": Function(_INSTANT, Type.DATE, _DAY),
}


def call(name: str, arguments: list[Operand]) -> Operand:
    """What the function gives; BadParameter when an argument has another type.  Their number was checked before."""
    function = FUNCTIONS[name]
    for argument, takes in zip(arguments, function.takes, strict=False):
        allowed = takes if isinstance(takes, tuple) else (takes,)
        if argument.type not in allowed:
            check_type(argument, allowed[0], name)
    sql = function.sql if isinstance(function.sql, str) else function.sql.get(arguments[0].type, "NULL")
    given = [argument.sql for argument in arguments]
    if len(given) < len(function.takes):
        given += [str(2**31 - 1)] * function.optional
    return Operand(sql.format(*given), function.gives, f"{name}(…)", is_whole=function.gives is Type.NUMBER)
