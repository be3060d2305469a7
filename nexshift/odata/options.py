"""What does a request's query string ask of a table?  OData's own options, which begin with `$`, and the table's.

The table's own parameters (`from`, `site_id` …) mean what they mean in a listing, and are read by the same code.  An
option that does not exist is refused, never ignored: a filter that is not applied would look like one that is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from nexshift.config import MAX_ODATA_QUERY_BYTES, MAX_ORDER_COLUMNS, MAX_ORDERED_TEXT, ODATA_PREFIX
from nexshift.errors import BadParameter, NotOffered, nearest
from nexshift.odata.address import What
from nexshift.odata.aliases import replace_aliases
from nexshift.odata.filter import Conditions, find_column, write_filter
from nexshift.odata.operands import enclose
from nexshift.odata.place import decode_place
from nexshift.parameters import shown
from nexshift.query import Query, parse_query
from nexshift.storage.keys import Grant
from nexshift.tables.column import Column, Kind, Order
from nexshift.tables.table import Table

_OF_ROWS = ("$filter", "$select", "$orderby", "$top", "$skip", "$count", "$skiptoken", "$format")
OPTIONS: Mapping[What, tuple[str, ...]] = {
    What.SERVICE: ("$format",),
    What.METADATA: ("$format",),
    What.ROWS: _OF_ROWS,
    What.COUNT: ("$filter",),
    What.ROW: ("$select", "$format"),
    What.PROPERTY: ("$format",),
    What.VALUE: (),
}
"""The options that each kind of resource takes."""
_NOT_OFFERED = frozenset(
    {"$expand", "$search", "$apply", "$compute", "$levels", "$deltatoken", "$index", "$schemaversion"}
)
_OF_LISTINGS = frozenset({"format", "limit", "cursor"})  # which OData has by other names
_QUERY_CHARACTERS = "%!$&'()*+,-./:;=?@_~"
_MAX_WHOLE = 2**63 - 1
_is_whole = re.compile(r"[0-9]{1,19}", re.ASCII).fullmatch
_is_expression = re.compile(
    r"[(/'@]|^\s*(?:[-0-9]|not\s|(?:null|true|false)\b)"
    r"|\s(?:add|sub|mul|div|divby|mod|eq|ne|gt|ge|lt|le|and|or|in|has)\s",
    re.IGNORECASE,
).search


@dataclass(frozen=True, slots=True)
class Options:
    """A request for the rows of a table.

    `after` are the values of `order` at which the page before ended; `rest` is the query string without what says
    where a page begins.
    """

    query: Query
    filter: Conditions
    columns: tuple[Column, ...]
    is_selected: bool
    order: tuple[Order, ...]
    top: int | None
    skip: int
    is_counted: bool
    after: tuple[Any, ...] | None
    bound_to: tuple[Any, ...]
    rest: tuple[bytes, ...]


def split_options(raw: bytes, what: What) -> tuple[dict[str, str], bytes]:
    """OData's own options by name, and the rest of the query string.

    BadParameter for one that is unknown, repeated or not for such a resource; NotOffered for one that OData has and
    Nexshift has not.
    """
    if len(raw) > MAX_ODATA_QUERY_BYTES:
        raise BadParameter(f"the query string must not be longer than {MAX_ODATA_QUERY_BYTES} bytes")
    sent: dict[str, str] = {}
    rest = []
    for part in filter(None, raw.split(b"&")):
        name, value = _decode(part)
        is_alias = name.startswith("@") and "$filter" in OPTIONS[what]
        if not name.startswith("$") and not is_alias:
            if f"${name}" in _OF_ROWS:
                raise BadParameter(f'unknown parameter {shown(name)}; did you mean "${name}"?')
            rest.append(part)
            continue
        if name not in OPTIONS[what] and not is_alias:
            raise _refusal(name, what)
        if name in sent:
            raise BadParameter(f"{name} must be sent once, not twice")
        if value is None:
            raise BadParameter(f"{name} must be percent-encoded UTF-8 text, which its value is not")
        sent[name] = value
    return sent, b"&".join(rest)


def check_rest(raw: bytes, what: What, grant: Grant) -> None:
    """BadParameter when a query string has more than the options of such a resource."""
    _, rest = split_options(raw, what)
    parse_query(ODATA_PREFIX, (), rest, grant)


def parse_options(table: Table, raw: bytes, grant: Grant, what: What = What.ROWS) -> Options:
    """What a request asks of the table; Forbidden, BadParameter or NotOffered when that cannot be given."""
    sent, rest = split_options(raw, what)
    parameters = [each for each in table.parameters if each.name not in _OF_LISTINGS]
    query = parse_query(table.path, parameters if what in (What.ROWS, What.COUNT) else (), rest, grant)
    columns = _columns(table, sent.get("$select"))
    filter_text, order_text = sent.get("$filter"), sent.get("$orderby")
    if filter_text is not None:
        filter_text = replace_aliases(filter_text, sent)
    order = _order(table, order_text)
    bound_to = ("odata", table.name, query.bound_to, filter_text, order_text)
    place = sent.get("$skiptoken")
    kept = [
        part for part in raw.split(b"&") if part and _decode(part)[0] not in ("$skiptoken", "$skip", "$top", "$count")
    ]
    return Options(
        query=query,
        filter=Conditions((), {}) if filter_text is None else write_filter(filter_text, table.columns, grant.zone),
        columns=columns or table.columns,
        is_selected=columns is not None,
        order=order,
        top=_whole("$top", sent.get("$top")),
        skip=_whole("$skip", sent.get("$skip")) or 0,
        is_counted=_flag("$count", sent.get("$count")),
        after=None if place is None else decode_place(place, bound_to, order),
        bound_to=bound_to,
        rest=tuple(kept),
    )


def write_next(options: Options, place: str, left: int | None) -> str:
    """The query string of the next page; `left` is what `$top` leaves to it."""
    parts = [*options.rest, *([] if left is None else [b"$top=%d" % left]), b"$skiptoken=" + place.encode()]
    return quote(b"&".join(parts), safe=_QUERY_CHARACTERS)


def _decode(part: bytes) -> tuple[str, str | None]:
    name, _, value = part.replace(b"+", b" ").partition(b"=")
    text: str | None
    try:
        text = unquote_to_bytes(value).decode()
    except UnicodeDecodeError:
        text = None
    return unquote_to_bytes(name).decode(errors="replace"), text


def _refusal(name: str, what: What) -> Exception:
    if name in _NOT_OFFERED:
        return NotOffered(f"{name} is not offered here; use $filter, $select and $orderby")
    known = OPTIONS[what]
    if name in _OF_ROWS:
        return BadParameter(f"{name} is not for this resource, which takes {', '.join(known) or 'no option'}")
    meant = nearest(name, known)
    proposal = f'did you mean "{meant}"?' if meant else f"known here are {', '.join(known) or 'none'}"
    bare = name.partition("=")[0]  # behind an encoded "=" there may be a secret, and this reaches the log
    return BadParameter(f"unknown query option {shown(bare)}; {proposal}")


def _columns(table: Table, text: str | None) -> tuple[Column, ...] | None:
    """Those of `$select`, each once; None for all."""
    if text is None:
        return None
    names = [name.strip() for name in text.split(",")]
    if "*" in names:
        return None
    return tuple(dict.fromkeys(find_column(table.columns, name, "$select") for name in names))


def _order(table: Table, text: str | None) -> tuple[Order, ...]:
    """What rows are sorted by, ending with what tells any two apart."""
    if text is None:
        return tuple(_bounded(table, each) for each in table.order)
    items = text.split(",")
    if len(items) > MAX_ORDER_COLUMNS:
        raise BadParameter(f"$orderby must not name more than {MAX_ORDER_COLUMNS} columns")
    order = [_bounded(table, _item(table.columns, item)) for item in items]
    names = {each.column.name for each in order}
    return (*order, *(_bounded(table, Order(table.column_of[name])) for name in table.key if name not in names))


def _item(columns: Sequence[Column], text: str) -> Order:
    name, *direction = text.split()[:3] or [""]
    if _is_expression(text):
        raise NotOffered(f"$orderby takes columns, and no expressions such as {shown(text.strip())}")
    direction = [word.lower() for word in direction]
    if direction not in ([], ["asc"], ["desc"]):
        raise BadParameter(f"$orderby takes columns, each with asc or desc or neither, not {shown(text.strip())}")
    return Order(find_column(columns, name, "$orderby"), is_descending=direction == ["desc"])


def _bounded(table: Table, order: Order) -> Order:
    """Only the beginning of a text counts, unless the text is the row's key.  The SQL may be compared as it stands."""
    column = order.column
    sql = enclose(column.sql)
    if column.kind is Kind.TEXT and column.name not in table.key:
        sql = f"substr({sql}, 1, {MAX_ORDERED_TEXT})"
    return order if sql == column.sql else replace(order, column=replace(column, sql=sql))


def _whole(name: str, text: str | None) -> int | None:
    if text is None:
        return None
    if not _is_whole(text.strip()) or int(text) > _MAX_WHOLE:
        raise BadParameter(f"{name} must be a whole number from 0, not {shown(text)}")
    return int(text)


def _flag(name: str, text: str | None) -> bool:
    flag = None if text is None else text.strip().lower()
    if flag not in (None, "true", "false"):
        raise BadParameter(f"{name} must be true or false, not {shown(text or '')}")
    return flag == "true"
