"""What does the text of a `$filter` say?  The grammar is that of the package odata-query, as a tree of its nodes.

What OData allows and the package does not is mended before its parser sees it: here the years before 1000, names that
begin like a word of the language, `not(`, and space at either end; the rest by `nexshift.odata.tokens`.  The package
builds its tables when it is imported, in a tenth of a second, so that happens with a process's first filter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

from nexshift.errors import BadParameter, NotOffered
from nexshift.odata.tokens import mend
from nexshift.parameters import shown

if TYPE_CHECKING:
    from odata_query.ast import _Node as Node
    from sly.lex import Token  # type: ignore[import-untyped]

_DATE = r"[0-9]{4}-(?:0[0-9]|1[0-2])-(?:[0-2][0-9]|3[01])"
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,12})?)?"
_OFFSET = r"(?:Z|[+ -](?:[01][0-9]|2[0-3]):[0-5][0-9])?"  # an unencoded `+` has become a space
_match_other = re.compile(r"\$(?:it|root|this|count)\b").match
_WORD_ENDS = r"(?![\w.])"


def parse(text: str, functions: Iterable[str]) -> Node:
    """The tree; BadParameter says where the text stops being a filter, or which of `functions` may have been meant.

    NotOffered where OData has what is asked for and this service has not.
    """
    from odata_query import exceptions  # noqa: PLC0415 - with the first filter, see above

    lexer, parser = _grammar()
    text = text.strip()
    try:
        return parser().parse(mend(lexer().tokenize(text), functions))  # type: ignore[no-any-return]
    except exceptions.ArgumentCountException as error:
        least, most = error.exp_min_args, error.exp_max_args
        wanted = str(least) if least == most else f"{least} or {most}"
        raise BadParameter(
            f"$filter gives {error.n_args_given} arguments to {error.function_name}, which takes {wanted}"
        ) from None
    except (exceptions.TokenizingException, exceptions.ParsingException) as error:
        token = error.token
        if token is None:
            raise BadParameter("$filter ends before it is complete") from None
        if name := _match_other(text[token.index :].lstrip()):
            raise NotOffered(f"$filter has {name[0]}, which is not offered here") from None
        raise BadParameter(f"$filter cannot be understood from {_rest(text, token)} on") from None


def _rest(text: str, token: Token) -> str:
    return f"character {token.index + 1}, {shown(text[token.index :].lstrip())}"


@cache
def _grammar() -> tuple[Any, Any]:
    """The lexer and the parser."""
    from odata_query import ast  # noqa: PLC0415
    from odata_query.grammar import ODataLexer, ODataParser  # noqa: PLC0415

    class Lexer(ODataLexer):  # the base's rules of these names are replaced, in their places
        tokens = ODataLexer.tokens
        DATETIME = _rule(_DATE + "T" + _CLOCK + _OFFSET, lambda text: ast.DateTime(text.replace(" ", "+")))
        DATE = _rule(_DATE + r"(?![\w:.-])", ast.Date)
        BOOLEAN = _rule("(?:true|false)" + _WORD_ENDS, ast.Boolean)
        NULL = _rule("null" + _WORD_ENDS, lambda _: ast.Null())
        NOT = _rule(r"not(?:\s+|(?=\())", lambda _: ast.Not())
        ANY = _rule("any" + _WORD_ENDS, lambda _: ast.Any())
        ALL = _rule("all" + _WORD_ENDS, lambda _: ast.All())

    return Lexer, ODataParser


def _rule(pattern: str, make: Callable[[str], Node]) -> Any:
    """A rule of the lexer, as its base class makes them of decorated functions."""

    def read(_: object, token: Token) -> Token:
        token.value = make(token.value)
        return token

    read.pattern = pattern  # type: ignore[attr-defined]
    return read
