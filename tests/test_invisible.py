"""What a reader would not see in a text is shown, and everything else stays as it is."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nexshift.invisible import is_visible, reveal

modest = settings(max_examples=500, deadline=None, derandomize=True, database=None)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Filler 1", "Filler 1"),
        ("Abfüller 1, Halle 2 – „Süd“", "Abfüller 1, Halle 2 – „Süd“"),
        ("灌装机 1号", "灌装机 1号"),
        ("e\u0301", "e\u0301"),  # an accent is seen
        ("\x1b[2J", "<U+001B>[2J"),
        ("\x9b2J", "<U+009B>2J"),
        ("a\nb\r\tc", "a<U+000A>b<U+000D><U+0009>c"),
        ("a\x00\x7f", "a<U+0000><U+007F>"),
        ("Filler\xa01", "Filler<U+00A0>1"),
        ("Filler\u202f1", "Filler<U+202F>1"),
        ("Jörg\u200b", "Jörg<U+200B>"),
        ("\ufeffname", "<U+FEFF>name"),
        ("abc\u202egnp.exe", "abc<U+202E>gnp.exe"),
        ("a\u2066b\u2069", "a<U+2066>b<U+2069>"),
        ("so\xadft", "so<U+00AD>ft"),
        ("a\u2028b", "a<U+2028>b"),
        ("\u3164\u115f\uffa0", "<U+3164><U+115F><U+FFA0>"),
        ("\u2800", "<U+2800>"),
        ("A\ufe0f\U000e0101", "A<U+FE0F><U+E0101>"),
        ("caf\udce9", "caf<U+DCE9>"),
        ("", ""),
    ],
)
def test_what_is_not_seen_is_shown_by_its_number(text: str, shown: str) -> None:
    assert reveal(text) == shown
    assert reveal(shown) == shown


@modest
@given(st.text(st.characters(codec=None)))
def test_whatever_is_revealed_is_one_line_of_visible_characters(text: str) -> None:
    shown = reveal(text)

    assert all(map(is_visible, shown))
    assert shown.splitlines() == ([shown] if shown else [])
    assert all(unicodedata.category(one)[0] not in "CZ" or one == " " for one in shown)


@modest
@given(st.text(st.characters(codec="utf-8")).filter(lambda text: "<U+" not in text))
def test_what_is_seen_stays_and_what_is_not_can_be_told(text: str) -> None:
    visible = "".join(filter(is_visible, text))
    assert reveal(visible) == visible
    assert len(reveal(text)) > len(text) or text == visible
