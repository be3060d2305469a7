"""Which tokens does a `$filter` consist of?  Those of odata-query's lexer, mended for odata-query's parser.

A list behind `in` gets a comma behind its only value, and is never empty.  A function is known, and its name is in
small letters, because names count in any case.  What OData has and this service has not is told from a slip.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from nexshift.errors import BadParameter, NotOffered, nearest
from nexshift.parameters import shown

if TYPE_CHECKING:
    from sly.lex import Token  # type: ignore[import-untyped]

OTHER_FUNCTIONS = frozenset(
    {"fractionalseconds", "time", "totaloffsetminutes", "now", "maxdatetime", "mindatetime", "totalseconds", "round"}
    | {"floor", "ceiling", "isof", "cast", "geo.distance", "geo.intersects", "geo.length"}
    | {"matchespattern", "hassubset", "hassubsequence", "case"}  # of 4.01
)
"""Functions that OData has and this service has not, in small letters."""
OTHER_OPERATORS = frozenset({"has", "divby"})
OTHER_NUMBERS = frozenset({"INF", "NaN"})  # whose names count in this case alone
NOTHING = object()
"""In place of a value, in a list that is empty."""


def mend(tokens: Iterable[Token], functions: Iterable[str]) -> Iterator[Token]:
    """The tokens, one by one; BadParameter and NotOffered for what can be nothing in a filter here."""
    known = tuple(functions)
    lists = _Lists()
    for token, following in _in_pairs(tokens):
        if token.type == "ODATA_IDENTIFIER":
            _check_word(token, following, known)
        elif token.type == "/":
            # Its parts would be put together recursively, and no column has any.
            if following is not None and following.type in ("ANY", "ALL"):
                raise NotOffered("$filter has any or all, which are not offered here: no column is a collection")
            raise BadParameter("$filter names columns alone, without a path such as a/b")
        elif token.type == "WS":
            _check_operator(following)
        yield from lists.complete(token)
        yield token


class _Lists:
    """Follows the brackets, to know where the list behind an `in` begins and ends."""

    def __init__(self) -> None:
        self._depth = 0
        self._begun_at: int | None = None
        self._has_comma = self._is_empty = self._was_in = False

    def complete(self, token: Token) -> Iterator[Token]:
        """What is missing before the token."""
        if token.type == "(":
            self._depth += 1
            if self._was_in:
                self._begun_at, self._has_comma, self._is_empty = self._depth, False, True
        elif token.type == ")":
            if self._depth == self._begun_at:
                yield from self._end(token)
            self._depth -= 1
        elif token.type != "WS":
            self._is_empty = False
            self._has_comma = self._has_comma or (token.type == "," and self._depth == self._begun_at)
        self._was_in = token.type == "IN"

    def _end(self, token: Token) -> Iterator[Token]:
        if self._is_empty:
            yield _make(token, "NULL", NOTHING)
        if not self._has_comma:
            yield _make(token, ",", ",")
        self._begun_at = None


def _in_pairs(tokens: Iterable[Token]) -> Iterator[tuple[Token, Token | None]]:
    """Each with the one behind it."""
    before: Token | None = None
    for token in tokens:
        if before is not None:
            yield before, token
        before = token
    if before is not None:
        yield before, None


def _check_word(word: Token, following: Token | None, functions: tuple[str, ...]) -> None:
    """A column passes; a function must be known."""
    from odata_query import ast  # noqa: PLC0415 - with the first filter, see nexshift.odata.grammar

    name = word.value.full_name()
    if following is None or following.type != "(":
        if name in OTHER_NUMBERS:
            raise NotOffered(f"$filter has {name}, which is not offered here: every number of a column is finite")
        _check_sign(following)
        return
    listed = f"known here are {', '.join(functions)}"
    if name.lower() in functions:
        word.value = ast.Identifier(name.lower())
    elif name.lower() in OTHER_FUNCTIONS:
        raise NotOffered(f"$filter has the function {name}, which is not offered; {listed}")
    else:
        meant = nearest(name, functions)
        proposal = f'did you mean "{meant}"?' if meant else listed
        raise BadParameter(f"$filter has no function {shown(name)}; {proposal}")


def _check_operator(word: Token | None) -> None:
    """What stands behind a space and is no operator that the parser knows."""
    if word is not None and word.type == "ODATA_IDENTIFIER" and word.value.full_name().lower() in OTHER_OPERATORS:
        raise NotOffered(f"$filter has the operator {word.value.full_name()}, which is not offered here")
    _check_sign(word)


def _check_sign(token: Token | None) -> None:
    if token is not None and token.type == "=":
        raise BadParameter("$filter has =, which is written eq")


def _make(before: Token, type_: str, value: object) -> Token:
    token = type(before)()
    token.type, token.value = type_, value
    token.lineno, token.index = before.lineno, before.index
    return token
