"""What does a request ask of a listing?  The query string, read and checked once, into typed values.

Read by hand, not by the framework: every refusal names the parameter, what was sent and what is allowed, a repeated
or unknown parameter is one, and `+` in an offset means itself although it was not encoded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

from nexshift.config import DEFAULT_LIMIT, MAX_QUERY_BYTES
from nexshift.cursor import Position, decode_cursor
from nexshift.errors import BadParameter, Forbidden, nearest
from nexshift.parameters import CURSOR, FORMAT, FROM, LIMIT, SITE_ID, TO, Filter, Parameter, shown
from nexshift.storage.keys import Grant
from nexshift.window import Window, parse_window

_DATE_NAMES = frozenset({FROM.name, TO.name})


Decode = Callable[[str | None, str, tuple[Any, ...]], Any]
"""Makes a place of a format, a cursor and what the cursor must be bound to; None of one that is bound to another."""


def decode_position(_format: str | None, text: str, bound_to: tuple[Any, ...]) -> Position | None:
    """The place that a listing's cursor means, whatever the format."""
    return decode_cursor(text, bound_to)


@dataclass(frozen=True, slots=True)
class Query:
    """A request's parameters.

    `after` is where the page before ended, as the reader of its cursor has it; `bound_to` is what its cursors are bound
    to.  `format` and `limit` are None where they were not sent.
    """

    window: Window
    filters: tuple[tuple[Filter, Any], ...]
    format: str | None
    limit: int | None
    after: Any
    bound_to: tuple[Any, ...]

    @property
    def page_rows(self) -> int:
        """Rows of a page at the most."""
        return DEFAULT_LIMIT if self.limit is None else self.limit


def parse_query(
    path: str,
    parameters: Sequence[Parameter],
    raw: bytes,
    grant: Grant,
    *,
    decode: Decode = decode_position,
) -> Query:
    """The query of a request for `path`.

    Raises Forbidden for a site that the grant may not see (before anything else is looked at), and BadParameter for
    the first thing that is wrong.
    """
    if len(raw) > MAX_QUERY_BYTES:
        raise BadParameter(f"the query string must not be longer than {MAX_QUERY_BYTES} bytes")
    known = {parameter.name: parameter for parameter in parameters}
    check_sites(raw, grant)
    sent = _collect(_split(raw), known)
    window = parse_window(sent.get(FROM.name), sent.get(TO.name), grant.zone)
    values = {name: known[name].read(text) for name, text in sent.items()}
    filters = tuple(
        (parameter, values[parameter.name])
        for parameter in parameters
        if isinstance(parameter, Filter) and parameter.name in values
    )
    bound_to = (
        path,
        grant.key_id,
        window.start,
        window.stop,
        *((filter_.name, value) for filter_, value in filters),
    )
    place = None
    if CURSOR.name in sent:
        place = decode(values.get(FORMAT.name), sent[CURSOR.name], bound_to)
        if place is None:
            raise BadParameter(
                "cursor must be the next_cursor of a page with the same path, filters and key,"
                f" not {shown(sent[CURSOR.name])}; start again without it"
            )
    return Query(
        window=window,
        filters=filters,
        format=values.get(FORMAT.name),
        limit=values.get(LIMIT.name),
        after=place,
        bound_to=bound_to,
    )


def _split(raw: bytes) -> Iterator[tuple[str, str | None]]:
    """(name, value) in order, decoded; None for a value that is no UTF-8.  Names that begin with `_` are left out."""
    for part in filter(None, raw.split(b"&")):
        name_bytes, _, value_bytes = part.partition(b"=")
        name = unquote_to_bytes(name_bytes.replace(b"+", b" ")).decode(errors="replace")
        if name.startswith("_"):
            continue
        if name not in _DATE_NAMES:  # in a date-time an unencoded `+` is the offset's sign
            value_bytes = value_bytes.replace(b"+", b" ")
        try:
            yield name, unquote_to_bytes(value_bytes).decode()
        except UnicodeDecodeError:
            yield name, None


def check_sites(raw: bytes, grant: Grant) -> None:
    """Forbidden for a site that the grant may not see, whatever else is wrong with the query string."""
    if grant.sites is None:
        return
    for name, value in _split(raw):
        if name == SITE_ID.name and value:
            try:
                site = SITE_ID.read(value)
            except BadParameter:
                continue  # said below, after what is unknown or repeated
            if site not in grant.sites:
                raise Forbidden


def _collect(pairs: Iterable[tuple[str, str | None]], known: Mapping[str, Parameter]) -> dict[str, str]:
    sent: dict[str, str] = {}
    for name, value in pairs:
        if name not in known:
            meant = nearest(name, known)
            listed = f"known here are {', '.join(known)}" if known else "none is known here"
            proposal = f'did you mean "{meant}"?' if meant else listed
            bare = name.partition("=")[0]  # behind an encoded "=" there may be a secret, and this reaches the log
            raise BadParameter(f"unknown parameter {shown(bare)}; {proposal}")
        if name in sent:
            raise BadParameter(f"{name} must be sent once, not twice")
        if value is None:
            raise BadParameter(f"{name} must be percent-encoded UTF-8 text, which its value is not")
        sent[name] = value
    return sent
