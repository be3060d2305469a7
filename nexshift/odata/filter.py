"""Which rows does a `$filter` keep?  Its tree becomes conditions in SQL, over known columns, with every value bound.

OData's logic has three values where SQL's has, except that comparisons are always true or false: `x ne 'a'` holds where
x is null, and so does `not (x gt 1)`.  Where only true matters, plain SQL does: a null keeps a row out just like false.
That leaves `started_at >= :value` as it is, which SQLite can look up in an index.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from nexshift.config import MAX_FILTER_DEPTH, MAX_FILTER_TERMS
from nexshift.errors import BadParameter, NotOffered, nearest
from nexshift.odata.functions import FUNCTIONS, call
from nexshift.odata.grammar import parse
from nexshift.odata.operands import Operand, Type, check_alike, check_type, of_column, of_literal
from nexshift.odata.tokens import NOTHING
from nexshift.parameters import shown
from nexshift.tables.column import Column

if TYPE_CHECKING:
    from odata_query.ast import _Node as Node

_ORDERED = {"Lt": "<", "LtE": "<=", "Gt": ">", "GtE": ">="}
_ARITHMETIC = {"Add": "+", "Sub": "-", "Mult": "*", "Div": "/", "Mod": "%"}
_LITERALS = frozenset({"Null", "String", "GUID", "Boolean", "Integer", "Float", "Date", "DateTime", "Time", "Duration"})


class Conditions(NamedTuple):
    """What all must hold of a row, and the values that this binds."""

    conditions: tuple[str, ...]
    values: dict[str, Any]


def write_filter(text: str, columns: Sequence[Column], zone: ZoneInfo) -> Conditions:
    """The conditions of a `$filter`; date-times without an offset are in `zone`.  BadParameter when it is none."""
    writer = _Writer(columns, zone)
    tree = parse(text, FUNCTIONS)
    parts = _chain(tree) if _kind(tree) == "BoolOp" and _kind(tree.op) == "And" else [tree]  # type: ignore[attr-defined]
    return Conditions(tuple([writer.condition(part, is_exact=False, depth=1) for part in parts]), writer.values)


def find_column(columns: Sequence[Column], name: str, option: str) -> Column:
    """The column of that name; BadParameter with the nearest name when there is none."""
    for column in columns:
        if column.name == name:
            return column
    meant = nearest(name, [column.name for column in columns])
    proposal = f'; did you mean "{meant}"?' if meant else ""
    raise BadParameter(f"{option} names the column {shown(name)}, which is not in this table{proposal}")


def _kind(node: object) -> str:
    """A node's class; by name, because the package with the classes is imported with the first filter."""
    return type(node).__name__


def _chain(node: Any) -> list[Node]:
    """What one operator joins, `a and b and c …`, without recursion: a chain may be long, and is one level."""
    operator, parts, waiting = _kind(node.op), [], [node]
    while waiting:
        each = waiting.pop()
        if _kind(each) == "BoolOp" and _kind(each.op) == operator:
            waiting += [each.right, each.left]
        else:
            parts.append(each)
    return parts


class _Writer:
    def __init__(self, columns: Sequence[Column], zone: ZoneInfo) -> None:
        self._columns = columns
        self._zone = zone
        self._terms = 0
        self.values: dict[str, Any] = {}

    def condition(self, node: Any, *, is_exact: bool, depth: int) -> str:
        """SQL that is true where the node is.  Where that is false or null, an exact one is the same of the two."""
        self._check_depth(depth)
        match _kind(node):
            case "BoolOp":
                word = " AND " if _kind(node.op) == "And" else " OR "
                parts = [self.condition(part, is_exact=is_exact, depth=depth + 1) for part in _chain(node)]
                return f"({word.join(parts)})"
            case "UnaryOp" if _kind(node.op) == "Not":
                return f"NOT ({self.condition(node.operand, is_exact=True, depth=depth + 1)})"
            case "Compare":
                return self._compare(node, is_exact, depth + 1)
        operand = self._operand(node, depth)
        if operand.type not in (Type.FLAG, Type.NULL):
            raise BadParameter(
                f"$filter has {operand.name} where something true or false must stand, but it is {operand.type.words}"
            )
        return operand.sql

    def _compare(self, node: Any, is_exact: bool, depth: int) -> str:
        left = self._operand(node.left, depth)
        comparator = _kind(node.comparator)
        if comparator == "In":
            sql = self._is_in(left, node.right, depth)
            return f"({sql}) IS TRUE" if is_exact else sql
        right = self._operand(node.right, depth)
        check_alike(left, right)
        if comparator in _ORDERED:
            sql = f"{left.sql} {_ORDERED[comparator]} {right.sql}"
            return f"({sql}) IS TRUE" if is_exact else sql
        if comparator == "NotEq":
            return f"{left.sql} IS NOT {right.sql}"
        has_value = any(side.is_literal and side.type is not Type.NULL for side in (left, right))
        return f"{left.sql} {'=' if has_value and not is_exact else 'IS'} {right.sql}"

    def _is_in(self, left: Operand, right: Any, depth: int) -> str:
        listed = [self._operand(item, depth + 1) for item in right.val if item is not NOTHING]
        for item in listed:
            if not item.is_literal:
                raise BadParameter(f"$filter has {item.name} in the list behind in, which takes values only")
            check_alike(left, item)
        values = [item.sql for item in listed if item.type is not Type.NULL]  # none is false, also for a null
        sql = f"{left.sql} IN ({', '.join(values)})"
        return sql if len(values) == len(listed) else f"({sql} OR {left.sql} IS NULL)"

    def _operand(self, node: Any, depth: int) -> Operand:
        self._check_depth(depth)
        kind = _kind(node)
        if kind in _LITERALS:
            self._count_term()
            return of_literal(node, self._zone, self._bind)
        match kind:
            case "Identifier":
                self._count_term()
                return of_column(find_column(self._columns, node.full_name(), "$filter"))
            case "Call":
                arguments = [self._operand(argument, depth + 1) for argument in node.args]
                return call(node.func.full_name(), arguments)
            case "UnaryOp" if _kind(node.op) == "USub":
                operand = self._operand(node.operand, depth + 1)
                check_type(operand, Type.NUMBER, "a minus")
                return Operand(f"(- {operand.sql})", Type.NUMBER, f"-{operand.name}", operand.is_whole)
            case "BinOp":
                return self._calculate(node, depth + 1)
            case "Compare" | "BoolOp" | "UnaryOp":
                return Operand(f"({self.condition(node, is_exact=True, depth=depth)})", Type.FLAG, "a comparison")
        raise BadParameter("$filter has a list, a lambda or a named argument where a column or a value must stand")

    def _calculate(self, node: Any, depth: int) -> Operand:
        operator = _ARITHMETIC[_kind(node.op)]
        left, right = (self._operand(side, depth) for side in (node.left, node.right))
        for side in (left, right):
            if side.type in (Type.INSTANT, Type.DATE):
                raise NotOffered(f"$filter calculates with {side.name}, and arithmetic with dates is not offered here")
            check_type(side, Type.NUMBER, "arithmetic")
        is_whole = left.is_whole and right.is_whole
        if operator == "%" and not is_whole:
            raise BadParameter(f"$filter has {left.name} mod {right.name}, which takes whole numbers only")
        first = f"CAST({left.sql} AS REAL)" if operator == "/" and not is_whole else left.sql
        return Operand(
            f"({first} {operator} {right.sql})", Type.NUMBER, f"{left.name} {operator} {right.name}", is_whole
        )

    def _bind(self, value: Any) -> str:
        name = f"odata{len(self.values)}"
        self.values[name] = value
        return f":{name}"

    def _count_term(self) -> None:
        self._terms += 1
        if self._terms > MAX_FILTER_TERMS:
            raise BadParameter(f"$filter must not have more than {MAX_FILTER_TERMS} columns and values")

    def _check_depth(self, depth: int) -> None:
        if depth > MAX_FILTER_DEPTH:
            raise BadParameter(f"$filter must not have more than {MAX_FILTER_DEPTH} levels within each other")
