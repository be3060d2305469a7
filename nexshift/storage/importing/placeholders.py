"""Which words stand for no value in the programs that files come from?

None of them is a name: whoever stores it makes a machine called #N/A.  A cell without a value is empty.
"""

from __future__ import annotations

_WORDS = (
    *("null", "(null)", "<null>", "[null]", "none", "nil", "undefined", "nan", r"\n", r"\\n"),
    *("n/a", "n.a.", "(blank)", "(leer)", "(vide)"),
    *("-", "--", "---", "–", "—"),
    # what Excel shows in the place of a value that it cannot work out, in English and German, or that is too wide
    *(
        "#n/a",
        "#ref!",
        "#value!",
        "#name?",
        "#div/0!",
        "#null!",
        "#num!",
        "#spill!",
        "#calc!",
        "#field!",
        "#getting_data",
    ),
    *("#nv", "#bezug!", "#wert!", "#zahl!", "#überlauf!", "#kalk!"),
    *("#" * length for length in range(2, 13)),
)
PLACEHOLDERS = frozenset(_WORDS)
_LONGEST = max(map(len, PLACEHOLDERS))


def is_placeholder(text: str) -> bool:
    """Whether a text without blanks at its ends is one of them, in any case."""
    return len(text) <= _LONGEST and text.casefold() in PLACEHOLDERS
