"""Which name was probably meant, and where does one differ that looks the same?

Letters of two alphabets may be drawn alike, such as the Latin and the Cyrillic A, and so may dashes.  A message that
shows both names has to say which characters they have.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from nexshift.errors import nearest

_SHOWN = 3


def propose(name: str, known: Iterable[str]) -> str:
    """`; did you mean "Filler 1"?`, or nothing when no known name is near."""
    meant = nearest(name, known)
    return "" if meant is None else f'; did you mean "{meant}"?{explain_difference(name, meant)}'


def explain_difference(name: str, other: str) -> str:
    """How two names differ whose difference a reader may not see; nothing where every reader sees it."""
    if len(name) != len(other):
        return ""
    pairs = dict.fromkeys(pair for pair in zip(name, other, strict=True) if pair[0].casefold() != pair[1].casefold())
    if not pairs or not all(_may_look_alike(*pair) for pair in pairs):
        return ""
    shown = [f'"{first}" is U+{ord(first):04X} and not U+{ord(second):04X}' for first, second in list(pairs)[:_SHOWN]]
    return f" ({', '.join(shown)})"


def _may_look_alike(first: str, second: str) -> bool:
    if (first + second).isascii() or _group(first) != _group(second):
        return False
    if not first.isalpha() or unicodedata.normalize("NFKC", first) == unicodedata.normalize("NFKC", second):
        return True
    return _alphabet(first) != _alphabet(second)


def _group(character: str) -> str:
    return unicodedata.category(character)[0].replace("S", "P")  # the minus is a symbol, and looks like a dash


def _alphabet(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]
