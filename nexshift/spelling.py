"""In which spelling is a text compared and stored?

In Unicode NFC and without what nobody sees, so that one name is one name, whichever keyboard, program or web page it
comes from.  Blanks of every width are the space, CR LF and the separators of lines and paragraphs are LF.  Control
characters stay, because a message shows them; so do joiners that change what is drawn: in words of Indian scripts, in
Persian words, and in pictures that are made of several.
"""

from __future__ import annotations

import re
import unicodedata

from nexshift.invisible import DRAWN_AS_NOTHING

_LINE_END = re.compile(r"\r+\n|[\u2028\u2029]")
_NON_JOINER, _JOINER = "\u200c", "\u200d"
_BRAILLE_BLANK = "\u2800"
# They are drawn, round the digits or words that follow (Prepended_Concatenation_Mark).
_DRAWN_FORMATS = frozenset(map(chr, (*range(0x0600, 0x0606), 0x06DD, 0x070F, 0x0890, 0x0891, 0x08E2, 0x110BD, 0x110CD)))
_VIRAMA = 9  # its combining class: the sign that joins two consonants of an Indian script
# Arabic letters that never join the next one, so that a non-joiner behind them changes nothing.
_UNJOINED = frozenset(
    map(
        chr,
        (
            *(0x0621, 0x0622, 0x0623, 0x0624, 0x0625, 0x0627, 0x0629, 0x062F, 0x0630, 0x0631, 0x0632, 0x0648),
            *(0x0671, 0x0672, 0x0673, 0x0674, 0x0675, 0x0676, 0x0677, *range(0x0688, 0x069A), 0x06C0),
            *(*range(0x06C3, 0x06CC), 0x06CD, 0x06CF, 0x06D2, 0x06D3, 0x06D5, 0x06EE, 0x06EF),
        ),
    )
)


def normalise(text: str) -> str:
    """The text in its one spelling; a text that was normalised stays as it is."""
    if text.isascii():
        return _LINE_END.sub("\n", text) if "\r" in text else text
    kept = "".join(map(_spell, _LINE_END.sub("\n", text)))
    if _NON_JOINER in kept or _JOINER in kept:
        kept = _drop_joiners(unicodedata.normalize("NFC", kept))
    # Line ends once more, for what was between the two characters.
    return _LINE_END.sub("\n", unicodedata.normalize("NFC", kept))


def _spell(character: str) -> str:
    if character.isascii() or character in (_NON_JOINER, _JOINER):
        return character
    category = unicodedata.category(character)
    if category == "Zs" or character == _BRAILLE_BLANK:
        return " "
    if (category == "Cf" and character not in _DRAWN_FORMATS) or character in DRAWN_AS_NOTHING:
        return ""
    return character


def _drop_joiners(text: str) -> str:
    """Without the joiners that change nothing of what is drawn."""
    kept = ""
    for place, character in enumerate(text):
        if character in (_NON_JOINER, _JOINER) and not _is_drawn(kept[-1:], character, text[place + 1 : place + 2]):
            continue
        kept += character
    return kept


def _is_drawn(before: str, joiner: str, after: str) -> bool:
    if not before or not after or after in (_NON_JOINER, _JOINER):
        return False
    if unicodedata.combining(before) == _VIRAMA:
        return unicodedata.category(after).startswith("L")
    if joiner == _NON_JOINER:
        return _is_arabic(before) and before not in _UNJOINED and _is_arabic(after)
    return unicodedata.category(before) in ("So", "Sk") and unicodedata.category(after) == "So"


def _is_arabic(character: str) -> bool:
    return unicodedata.bidirectional(character) == "AL" and unicodedata.category(character) == "Lo"
