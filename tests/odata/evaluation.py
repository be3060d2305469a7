"""Random filters, each as text and as what it means: a function of a row, which gives True, False or None.

The meaning is written from OData's own words (Part 2, 5.1.1), in Python's types, without SQL.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, NamedTuple

from hypothesis import strategies as st

Row = dict[str, Any]
Meaning = Callable[[Row], Any]


class Said(NamedTuple):
    text: str
    meaning: Meaning


IDS = (
    "0b9f3a52-6c1e-4d7a-9a3e-5d2f7c8b1e40",
    "0b9f3a52-6c1e-4d7a-9a3e-5d2f7c8b1e41",
    "ffffffff-0000-4000-8000-000000000000",
)
TEXTS = ("", "a", "A", "ab", "b", "O'Neil", "100%", "a_b", "Ü", "ü", "x' OR 1=1 --", "\\", '"', " a ")
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)

texts = st.sampled_from(TEXTS)
wholes = st.integers(-3, 3) | st.sampled_from([2**53, -(2**62)])
doubles = st.sampled_from([-1.5, -1.0, 0.0, 0.15, 1.0, 2.5, 3.0, 1e300])
instants = st.integers(-2, 2).map(lambda seconds: BEGIN + timedelta(seconds=seconds)) | st.sampled_from(
    [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), datetime(1969, 12, 31, tzinfo=UTC)]
)
dates = st.sampled_from([date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 2), date(1, 1, 1), date(9999, 12, 31)])

rows = st.fixed_dictionaries(
    {
        "id": st.sampled_from(IDS),
        "name": st.none() | texts,
        "sku": texts,
        "started_at": instants,
        "ended_at": st.none() | instants,
        "day": st.none() | dates,
        "units": wholes,
        "quantity": st.none() | doubles,
        "passed": st.none() | st.booleans(),
    }
)


def _column(name: str) -> Said:
    return Said(name, lambda row: row[name])


def _value(text: str, value: Any) -> Said:
    return Said(text, lambda row: value)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@st.composite
def _instant_literal(draw: st.DrawFn) -> Said:
    """With any offset, seconds left out where they are none, and fractions."""
    instant = draw(instants)
    fraction = draw(st.sampled_from([0, 0, 0, 1, 500_000, 999_999]))
    if instant.year in (1, 9999):
        return _value(instant.isoformat().replace("+00:00", "Z").zfill(20), instant)
    exact = instant + timedelta(microseconds=fraction)
    written = exact.astimezone(timezone(timedelta(minutes=draw(st.sampled_from([0, 0, 600, -210, 345])))))
    return _value(written.isoformat().replace("+00:00", "Z"), exact)


_operands = {
    "text": st.sampled_from(["name", "sku"]).map(_column) | texts.map(lambda text: _value(_quoted(text), text)),
    "guid": st.just(_column("id")) | st.sampled_from(IDS).map(lambda one: _value(one.upper(), one)),
    "instant": st.sampled_from(["started_at", "ended_at"]).map(_column) | _instant_literal(),
    "date": st.just(_column("day")) | dates.map(lambda day: _value(day.isoformat(), day)),
    "number": st.sampled_from(["units", "quantity"]).map(_column)
    | wholes.map(lambda whole: _value(str(whole), whole))
    | doubles.map(lambda double: _value(repr(double).replace("e+", "e"), double)),
    "flag": st.just(_column("passed")) | st.booleans().map(lambda flag: _value(str(flag).lower(), flag)),
}


def _known(function: Callable[..., Any], *parts: Said) -> Meaning:
    """The function of the parts' values; null when one of them is."""

    def evaluate(row: Row) -> Any:
        values = [part.meaning(row) for part in parts]
        return None if None in values else function(*values)

    return evaluate


def _call(name: str, function: Callable[..., Any], *parts: Said) -> Said:
    return Said(f"{name}({', '.join(part.text for part in parts)})", _known(function, *parts))


_text_functions: dict[str, Callable[[str], Any]] = {"tolower": str.lower, "toupper": str.upper, "trim": str.strip}
_parts_of_days = {part: lambda moment, part=part: getattr(moment, part) for part in ("year", "month", "day")}
_parts_of_hours = {part: lambda moment, part=part: getattr(moment, part) for part in ("hour", "minute", "second")}

_texts = st.recursive(
    _operands["text"],
    lambda inner: st.one_of(
        st.builds(
            lambda name, part: _call(name, _text_functions[name], part), st.sampled_from(sorted(_text_functions)), inner
        ),
        st.builds(lambda one, two: _call("concat", str.__add__, one, two), inner, inner),
        st.builds(
            lambda one, at: _call("substring", lambda text, at: text[at:], one, _value(str(at), at)),
            inner,
            st.integers(0, 3),
        ),
    ),
    max_leaves=3,
)
_numbers = st.one_of(
    _operands["number"],
    _texts.map(lambda text: _call("length", len, text)),
    st.builds(lambda one, two: _call("indexof", str.find, one, two), _texts, _texts),
    st.builds(
        lambda name, part: _call(name, _parts_of_days[name], part),
        st.sampled_from(sorted(_parts_of_days)),
        _operands["date"] | _operands["instant"],
    ),
    st.builds(
        lambda name, part: _call(name, _parts_of_hours[name], part),
        st.sampled_from(sorted(_parts_of_hours)),
        _operands["instant"],
    ),
    st.builds(
        lambda one, sign, two: Said(
            f"({one.text} {sign[0]} {two.text})",
            _known(lambda left, right: sign[1](float(left), float(right)), one, two),
        ),
        st.just(_column("quantity")),
        st.sampled_from([("add", float.__add__), ("sub", float.__sub__), ("mul", float.__mul__)]),
        doubles.map(lambda double: _value(repr(double).replace("e+", "e"), double)),
    ),
)
_dates = _operands["date"] | _operands["instant"].map(
    lambda one: _call("date", lambda moment: moment.astimezone(UTC).date(), one)
)

_ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "gt": lambda left, right: left > right,
    "ge": lambda left, right: left >= right,
    "lt": lambda left, right: left < right,
    "le": lambda left, right: left <= right,
}


def _compare(left: Said, operator: str, right: Said) -> Said:
    def evaluate(row: Row) -> bool:
        one, two = left.meaning(row), right.meaning(row)
        if operator == "eq":
            return bool(one == two)
        if operator == "ne":
            return bool(one != two)
        return one is not None and two is not None and _ORDERED[operator](one, two)

    return Said(f"{left.text} {operator} {right.text}", evaluate)


def _is_in(left: Said, listed: list[Said]) -> Said:
    return Said(
        f"{left.text} in ({','.join(each.text for each in listed)})",
        lambda row: left.meaning(row) in [each.meaning(row) for each in listed],
    )


_NULL = _value("null", None)
_values = {
    "text": texts.map(lambda text: _value(_quoted(text), text)),
    "date": dates.map(lambda day: _value(day.isoformat(), day)),
    "number": wholes.map(lambda whole: _value(str(whole), whole)),
}


def _comparisons(sides: st.SearchStrategy[Said]) -> st.SearchStrategy[Said]:
    return st.builds(_compare, sides, st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"]), sides | st.just(_NULL))


_leaves = st.one_of(
    *(
        _comparisons(sides)
        for sides in (_texts, _numbers, _dates, _operands["guid"], _operands["instant"], _operands["flag"])
    ),
    *(
        st.builds(_is_in, sides, st.lists(_values[kind] | st.just(_NULL), min_size=1, max_size=3))
        for kind, sides in (("text", _texts), ("date", _dates), ("number", _numbers))
    ),
    *(
        st.builds(lambda one, two, name=name, found=found: _call(name, found, one, two), _texts, _texts)
        for name, found in (
            ("contains", lambda text, part: part in text),
            ("startswith", str.startswith),
            ("endswith", str.endswith),
        )
    ),
    _operands["flag"],
)


def _and(one: Said, two: Said) -> Said:
    def evaluate(row: Row) -> bool | None:
        values = (one.meaning(row), two.meaning(row))
        return False if False in values else None if None in values else True

    return Said(f"{one.text} and {two.text}", evaluate)


def _or(one: Said, two: Said) -> Said:
    def evaluate(row: Row) -> bool | None:
        values = (one.meaning(row), two.meaning(row))
        return True if True in values else None if None in values else False

    return Said(f"({one.text} or {two.text})", evaluate)


def _not(one: Said) -> Said:
    def evaluate(row: Row) -> bool | None:
        value = one.meaning(row)
        return None if value is None else not value

    return Said(f"not ({one.text})", evaluate)


filters = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.builds(_and, inner, inner),
        st.builds(_or, inner, inner),
        inner.map(_not),
        inner.map(lambda one: Said(f"( {one.text} )", one.meaning)),
        st.builds(
            _compare,
            inner.map(lambda one: Said(f"({one.text})", one.meaning)),
            st.sampled_from(["eq", "ne"]),
            _operands["flag"],
        ),
    ),
    max_leaves=6,
)
