"""Which characters of a text does a reader not see, or take for something else, and how are they shown?

A value in a message may come from a file, a database, a request or the environment. Control characters in it could
clear the terminal or write a line of their own, marks of direction could turn the sentence round, and a no-break
space looks like any other.
"""

from __future__ import annotations

# What Unicode counts among letters and marks although nothing is drawn for it (Default_Ignorable_Code_Point), and the
# Braille cell without dots. All others are those that Python calls not printable: Other and Separator, but the space.
DRAWN_AS_NOTHING = frozenset(
    map(
        chr,
        (
            *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0),
            *range(0x180B, 0x1810),
            *range(0xFE00, 0xFE10),
            *range(0xE0100, 0xE01F0),
        ),
    )
)


def is_visible(character: str) -> bool:
    """Whether a reader sees the character, and sees it as what it is; of the blanks only the space."""
    return character.isprintable() and character not in DRAWN_AS_NOTHING


def reveal(text: str) -> str:
    """The text as one line, with `<U+200B>` in the place of each character that a reader does not see.

    A text that was revealed stays as it is when it is revealed again.
    """
    if text.isprintable() and (text.isascii() or DRAWN_AS_NOTHING.isdisjoint(text)):
        return text
    return "".join(character if is_visible(character) else f"<U+{ord(character):04X}>" for character in text)
