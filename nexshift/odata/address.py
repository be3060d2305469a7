"""What does a path below the root name?  The service itself, its metadata, a table, how many rows it has, one row, or
one value of a row.

`production_runs`, `production_runs/$count`, `production_runs(0b9f…)`, `production_runs(id=0b9f…)`, and behind a row
`/machine_name` or `/machine_name/$value`.  A slash too many makes no difference outside of a key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from typing import Any, NamedTuple

from nexshift.config import MAX_ODATA_KEY
from nexshift.errors import BadParameter
from nexshift.instants import DAY, parse_moment
from nexshift.odata.operands import TYPES
from nexshift.parameters import is_uuid, shown
from nexshift.tables.column import Column, Kind
from nexshift.tables.table import Table

_match_path = re.compile(
    r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"(?:\((?P<key>.*)\)(?:/+(?P<column>[A-Za-z_][A-Za-z0-9_]*)(?P<value>/+\$value)?)?|(?P<count>/+\$count))?"
    r"(?P<references>/+\$ref)?",
    re.DOTALL,
).fullmatch
_is_other = re.compile(r"\$(?:batch|all|entity|crossjoin\(.*\))", re.DOTALL).fullmatch
_match_part = re.compile(
    r"\s*(?:(?P<name>[A-Za-z_]\w*)\s*=)?\s*(?P<value>'(?:[^']|'')*'|[^',=()\s]+)\s*(?:,|$)", re.ASCII
).match
_is_whole = re.compile(r"-?[0-9]{1,18}", re.ASCII).fullmatch


class What(Enum):
    """What is asked for."""

    SERVICE = "service"
    METADATA = "metadata"
    ROWS = "rows"
    COUNT = "count"
    ROW = "row"
    PROPERTY = "property"
    VALUE = "value"
    OTHER = "other"  # what OData has and this service has not


class Address(NamedTuple):
    """`key` is the text between the brackets of one row's address, `column` whose value of the row is meant."""

    what: What
    table: Table | None = None
    key: str = ""
    column: Column | None = None


def parse_address(path: str, tables: Mapping[str, Table]) -> Address | None:
    """What the path, decoded and without the root, names; None when it names nothing."""
    path = path.strip("/")  # a key ends with a bracket
    if not path:
        return Address(What.SERVICE)
    if path == "$metadata":
        return Address(What.METADATA)
    if _is_other(path):
        return Address(What.OTHER)
    match = _match_path(path) if len(path) <= MAX_ODATA_KEY else None
    table = tables.get(match["name"]) if match else None
    if match is None or table is None:
        return None
    if match["references"] is not None:
        return Address(What.OTHER)
    if match["column"] is not None:
        column = table.column_of.get(match["column"])
        what = What.VALUE if match["value"] else What.PROPERTY
        return None if column is None else Address(what, table, match["key"], column)
    if match["key"] is not None:
        return Address(What.ROW, table, match["key"])
    return Address(What.COUNT if match["count"] else What.ROWS, table)


def read_key(table: Table, text: str) -> dict[str, Any]:
    """The values of the key's columns, as SQL has them; BadParameter when the text is no key of the table."""
    parts = list(_split(table, text))
    names = [name for name, _ in parts]
    if names == [None] and len(table.key) == 1:
        names = list(table.key)
    if sorted(name or "" for name in names) != sorted(table.key):
        example = ",".join(f"{name}={TYPES[table.column_of[name].kind].example}" for name in table.key)
        raise BadParameter(f"a row of {table.name} is named by its key, ({example}), not by ({_brief(text)})")
    return {
        name or "": _value(table.column_of[name or ""], value) for name, (_, value) in zip(names, parts, strict=True)
    }


def _split(table: Table, text: str) -> list[tuple[str | None, str]]:
    parts: list[tuple[str | None, str]] = []
    at = 0
    while at < len(text):
        match = _match_part(text, at)
        if match is None:
            raise BadParameter(f"({_brief(text)}) is no key of a row of {table.name}")
        parts.append((match["name"], match["value"]))
        at = match.end()
    return parts


def _value(column: Column, text: str) -> Any:
    """As SQL has it.  Clients that know no types put everything in quotes, so a UUID or a date may be."""
    bare = text.strip("'")
    match column.kind:
        case Kind.TEXT if text.startswith("'"):
            return text[1:-1].replace("''", "'")
        case Kind.UUID if is_uuid(bare):
            return bare.lower()
        case Kind.WHOLE if _is_whole(text):
            return int(text)
        case Kind.DATE:
            try:
                moment = parse_moment(bare)
            except ValueError:
                moment = None
            if moment is not None and moment.is_date:
                return moment.local // DAY
    type_ = TYPES[column.kind]
    raise BadParameter(f"{column.name} is {type_.words}, written {type_.example}, not {_brief(text)}")


def _brief(text: str) -> str:
    return shown(text)[1:-1]
