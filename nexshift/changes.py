"""Which rows have changed since a client asked last?

Every row of a table that is listed has the number of its last change, and so has every row that it shows a name or
value of (nexshift.storage.change_schema).  A row is as recent as the most recent of these: a rename touches the rows
that show it without being written to them.  What a row shows is read from the FROM of its table or listing.

Few rows are looked up by their numbers and then sorted.  Of many that would take memory and be done again for each
page, so there the numbers are one more condition on the rows as they come.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from nexshift.config import FEW_CHANGES
from nexshift.errors import BadParameter
from nexshift.parameters import Filter, is_whole, shown
from nexshift.query import Query
from nexshift.storage.change_schema import NUMBERED
from nexshift.storage.connection import ReadConnection
from nexshift.storage.sequence import Sequence as Numbers
from nexshift.storage.sequence import read_sequence

_match_first = re.compile(r"(?P<table>\w+) (?P<alias>\w+)").match
_find_joins = re.compile(
    r" (?P<kind>CROSS|LEFT) JOIN (?P<table>\w+)(?: (?!ON )(?P<alias>\w+))? ON (?P<on>.*?)(?= (?:CROSS|LEFT) JOIN |$)"
).finditer
_find_equalities = re.compile(r"(\w+)\.(\w+) = (\w+)\.(\w+)").findall

_IS_NEWER = "company_id = :company AND changed > :changed_after"


class Part(NamedTuple):
    """A table of a FROM, and by which columns it is joined to another, if it is not the first."""

    table: str
    alias: str
    is_optional: bool = False
    to: str = ""
    own_columns: tuple[str, ...] = ()
    its_columns: tuple[str, ...] = ()


class Shown:
    """What the rows of a FROM show; its first table is the one that is listed."""

    def __init__(self, source: str) -> None:
        self._parts = {part.alias: part for part in _read_parts(source)}
        self._listed = next(iter(self._parts.values()))
        self._numbered = [part for part in self._parts.values() if part.table in NUMBERED]
        if self._listed not in self._numbered:
            raise ValueError(f"rows of {self._listed.table} have no number of their last change")

    @property
    def effective(self) -> str:
        """SQL of the number of a row's last change, for the FROM itself."""
        numbers = [
            f"coalesce({part.alias}.changed, 0)" if part.is_optional else f"{part.alias}.changed"
            for part in self._numbered
        ]
        return numbers[0] if len(numbers) == 1 else f"max({', '.join(numbers)})"

    @property
    def named(self) -> tuple[str, ...]:
        """The tables whose rows are shown in those that are listed."""
        return tuple(dict.fromkeys(part.table for part in self._numbered if part is not self._listed))

    def select_newer(self, renamed: Sequence[str]) -> str:
        """SELECT of the integer keys, some perhaps twice; `renamed` are the tables in which anything is newer."""
        table = self._listed.table
        keys = [f"SELECT id FROM {table} WHERE {_IS_NEWER}"]
        keys += [f"SELECT id FROM {table} WHERE {condition}" for condition in self._show_newer(renamed, "")]
        return " UNION ALL ".join(keys)

    def is_newer(self, renamed: Sequence[str]) -> str:
        """The condition on a row of `{row}`, which enters no index."""
        conditions = ["+{row}.changed > :changed_after", *self._show_newer(renamed, "+{row}.")]
        return f"({' OR '.join(conditions)})"

    def _show_newer(self, renamed: Sequence[str], row: str) -> Iterator[str]:
        for part in self._numbered:
            if part is not self._listed and part.table in renamed:
                yield self._show(part, row)

    def _show(self, part: Part, row: str) -> str:
        """The condition that a row shows a newer row of that part, over as many other tables as lie between."""
        condition = _IS_NEWER
        while True:
            found = f"(SELECT {', '.join(part.own_columns)} FROM {part.table} WHERE {condition})"
            is_last = part.to == self._listed.alias
            columns = [f"{row if is_last else ''}{column}" for column in part.its_columns]
            left = columns[0] if len(columns) == 1 else f"({', '.join(columns)})"
            condition = f"{left} IN {found}"
            if is_last:
                return condition
            part = self._parts[part.to]


def _read_parts(source: str) -> Iterator[Part]:
    first = _match_first(source)
    if first is None:
        raise ValueError(f"no table with an alias begins {source}")
    known = {first["alias"]}
    yield Part(first["table"], first["alias"])
    for join in _find_joins(source):
        alias = join["alias"] or join["table"]
        pairs = []
        for left, column, right, other in _find_equalities(join["on"]):
            own, to = ((left, column), (right, other)) if left == alias else ((right, other), (left, column))
            if own[0] == alias and to[0] in known:
                pairs.append((own[1], to))
        if not pairs or len({to[0] for _, to in pairs}) > 1:
            raise ValueError(f"{alias} is not joined to one table before it: {join[0]}")
        own_columns = tuple(own for own, _ in pairs)
        yield Part(
            join["table"], alias, join["kind"] == "LEFT", pairs[0][1][0], own_columns, tuple(to[1] for _, to in pairs)
        )
        known.add(alias)


def _read_token(text: str) -> int:
    if not is_whole(text):
        raise BadParameter(f"changed_after must be a whole number, a token of an earlier answer, not {shown(text)}")
    return int(text)


@dataclass(frozen=True, kw_only=True)
class TokenFilter(Filter):
    """The filter `changed_after`, whose value has to be a token of this database, or 0 for everything."""

    name: str = "changed_after"
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "integer", "minimum": 0}, hash=False)
    read: Callable[[str], int] = _read_token

    def choose(self, _connection: ReadConnection, _company: int, _token: int) -> Filter:
        """The same filter in the form that suits how much has changed."""
        return self


@dataclass(frozen=True, kw_only=True)
class ChangedAfter(TokenFilter):
    """Only rows that have changed since the answer with that token, or show something that has."""

    shown: Shown = field(hash=False, compare=False)
    description: str = (
        "Only rows that are new or changed since an answer with this `Nexshift-Change-Token`, or that show something"
        " that is; 0 is all. Rows that were deleted since are in `/deletions`."
    )
    condition: str = field(init=False, hash=False)
    leads: str | None = "changed"

    def __post_init__(self) -> None:
        object.__setattr__(self, "condition", self._of_few(self.shown.named))

    def conditions(self, row: str) -> list[str]:
        return [condition.format(row=row) for condition in (self.condition, self.shown.is_newer(self.shown.named))]

    def choose(self, connection: ReadConnection, company: int, token: int) -> Filter:
        values = {"company": company, "changed_after": token}
        renamed = [
            table for table in self.shown.named if _has(connection, f"SELECT 1 FROM {table} WHERE {_IS_NEWER}", values)
        ]
        newer = self.shown.select_newer(renamed)
        is_many = _has(connection, f"SELECT 1 FROM ({newer}) LIMIT 1 OFFSET {FEW_CHANGES}", values)
        return Filter(
            name=self.name,
            description=self.description,
            schema=self.schema,
            read=self.read,
            condition=self.shown.is_newer(renamed) if is_many else self._of_few(renamed),
            leads=None if is_many else "changed",
        )

    def _of_few(self, renamed: Sequence[str]) -> str:
        return f"{{row}}.id IN ({self.shown.select_newer(renamed)})"


def _has(connection: ReadConnection, sql: str, values: dict[str, int]) -> bool:
    return connection.execute(sql, values).fetchone() is not None


def changed_after(source: str) -> ChangedAfter:
    """The filter of a listing or table with that FROM, whose first table has the rows that are listed."""
    return ChangedAfter(shown=Shown(source))


class Settled(NamedTuple):
    """A query as it can be asked of the present commit, and the company's token of that commit."""

    query: Query
    token: int


def settle(connection: ReadConnection, query: Query, company: int) -> Settled:
    """To be called in the read transaction of the answer.

    BadParameter when the token that the query has was not given to the company by this database as it is now.
    """
    memory = connection.remembered(_SEQUENCES)
    numbers: Numbers | None = memory.get(company)
    if numbers is None:
        numbers = memory[company] = read_sequence(connection, company)
    if not query.filters:
        return Settled(query, numbers.value)
    filters = []
    for filter_, value in query.filters:
        if not isinstance(filter_, TokenFilter):
            filters.append((filter_, value))
        elif value:
            _check(value, numbers)
            filters.append((filter_.choose(connection, company, value), value))
    return Settled(replace(query, filters=tuple(filters)), numbers.value)


_SEQUENCES = "commit_sequence"


def _check(token: int, numbers: Numbers) -> None:
    if not numbers.restarted <= token <= numbers.value:
        raise BadParameter(
            f"changed_after must be a token that this database gave since it was last put in place, not {token};"
            " load everything again, without changed_after, and keep the token of that answer"
        )
