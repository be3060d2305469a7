"""What does the text of a `$filter` say?  The grammar is that of the package odata-query, as a tree of its nodes.

What OData allows and the package does not is mended before its parser sees it: a list of one value, the years before
1000, names that begin like a word of the language, `not(`, and space at either end.  The package builds its tables when
it is imported, in a tenth of a second, so that happens with a process's first filter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from nexshift.errors import BadParameter, nearest
from nexshift.parameters import shown

if TYPE_CHECKING:
    from odata_query.ast import _Node as Node
    from sly.lex import Token  # type: ignore[import-untyped]

_DATE = r"[0-9]{4}-(?:0[0-9]|1[0-2])-(?:[0-2][0-9]|3[01])"
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,12})?)?"
_OFFSET = r"(?:Z|[+ -](?:[01][0-9]|2[0-3]):[0-5][0-9])?"  # an unencoded `+` has become a space
_WORD_ENDS = r"(?![\w.])"


def parse(text: str, functions: Iterable[str]) -> Node:
    """The tree; BadParameter says where the text stops being a filter, or which of `functions` may have been meant."""
    from odata_query import exceptions  # noqa: PLC0415 - with the first filter, see above

    lexer, parser = _grammar()
    text = text.strip()
    try:
        return parser().parse(_with_lists_of_one(lexer().tokenize(text)))  # type: ignore[no-any-return]
    except exceptions.UnknownFunctionException as error:
        raise unknown_function(error.function_name, functions) from None
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
        raise BadParameter(f"$filter cannot be understood from {_rest(text, token)} on") from None


def unknown_function(name: str, functions: Iterable[str]) -> BadParameter:
    meant = nearest(name, functions)
    proposal = f'did you mean "{meant}"?' if meant else f"known here are {', '.join(functions)}"
    return BadParameter(f"$filter has no function {shown(name)}; {proposal}")


def _rest(text: str, token: Token) -> str:
    return f"character {token.index + 1}, {shown(text[token.index :].lstrip())}"


def _with_lists_of_one(tokens: Iterator[Token]) -> Iterator[Token]:
    """The tokens with a comma behind the only value of a list, as odata-query's grammar wants it.

    A path, `a/b`, is left to nobody: its parts would be put together recursively, and no column has any.
    """
    depth = 0
    begun_at: int | None = None  # the depth of the list that stands behind an `in`
    has_comma = was_in = False
    for token in tokens:
        if token.type == "/":
            raise BadParameter("$filter names columns alone, without a path such as a/b")
        if token.type == "(":
            depth += 1
            if was_in:
                begun_at, has_comma = depth, False
        elif token.type == "," and depth == begun_at:
            has_comma = True
        elif token.type == ")":
            if depth == begun_at:
                if not has_comma:
                    yield _comma(token)
                begun_at = None
            depth -= 1
        was_in = token.type == "IN"
        yield token


def _comma(before: Token) -> Token:
    token = type(before)()
    token.type = token.value = ","
    token.lineno, token.index = before.lineno, before.index
    return token


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
