"""Which words stand for no value in the programs that files come from?

None of them is a name: whoever stores it makes a machine called #N/A.  A cell without a value is empty.
"""

from __future__ import annotations

import re

_WORDS = (
    *("null", "(null)", "<null>", "[null]", "none", "nil", "undefined", "nan", "<na>", r"\n", r"\\n"),
    *("n/a", "n.a.", "(blank)", "(leer)", "(vide)"),
    *("-", "--", "---", "–", "—"),
    # what a spreadsheet shows where a value is too wide
    *("#" * length for length in range(2, 13)),
)
# What a spreadsheet shows where it cannot work a value out, in any language: #REF!, #WERT!, #¿NOMBRE?, #N/A, #I/T.
_match_error = re.compile(r"#(?:[¡¿]?[^\W\d][\w/]{0,20}[!?]|[^\W\d]/[^\W\d]|nv|getting_data)", re.IGNORECASE).fullmatch
PLACEHOLDERS = frozenset(_WORDS)
_LONGEST = max(map(len, PLACEHOLDERS))


def is_placeholder(text: str) -> bool:
    """Whether a text without blanks at its ends is one of them, in any case."""
    if text[:1] == "#" and _match_error(text) is not None:
        return True
    return len(text) <= _LONGEST and text.casefold() in PLACEHOLDERS
