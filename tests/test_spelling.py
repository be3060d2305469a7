"""One name has one spelling: what nobody sees makes no other name, and what somebody sees stays."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nexshift.invisible import is_visible
from nexshift.spelling import normalise

modest = settings(max_examples=500, deadline=None, derandomize=True, database=None)
LINKS = "\u200c\u200d"
TRICKY = (
    "a ö o\u0308 \u00a0 \u2007 \u202f \u3000 \u200b \u200c \u200d \u200e \u200f \u202a \u202e \u2060 \ufeff"
    " \u00ad \u034f \u115f \u3164 \u180b \ufe0f \u2800 \r \n \u2028 \u2029 \u0085 \u0600 1 می خ ر ا क ् ष 👩 🔧 🏽"
    " ❤ ♂ A А \u212b \u1100 \u1161"
)
texts = st.lists(st.sampled_from([*TRICKY.split(" "), " "]) | st.characters(exclude_categories=["Cs"])).map("".join)


@pytest.mark.parametrize(
    ("text", "spelling"),
    [
        ("Filler 1", "Filler 1"),
        ("Jo\u0308rg", "Jörg"),
        ("Jo\u200b\u0308rg", "Jörg"),
        ("Jörg\u200b", "Jörg"),
        ("\u212bngstro\u0308m", "Ångström"),
        ("Filler\u00a01", "Filler 1"),
        ("Filler\u202f1", "Filler 1"),
        ("Filler\u30001", "Filler 1"),
        ("Filler\u28001", "Filler 1"),
        ("\u200eFiller 1\u200f", "Filler 1"),
        ("\u202eFiller 1\u202c", "Filler 1"),
        ("\ufeffFiller\u2060 1", "Filler 1"),
        ("Fil\u00adler 1", "Filler 1"),
        ("Filler\ufe0f 1", "Filler 1"),
        ("Filler\U000e0031 1", "Filler 1"),
        ("Fill\u3164er 1", "Filler 1"),
        ("Fill\u200der\u200c 1", "Filler 1"),
        ("Jam\r\nat infeed", "Jam\nat infeed"),
        ("Jam\r\r\nat infeed", "Jam\nat infeed"),
        ("Jam\u2028at infeed", "Jam\nat infeed"),
        ("Störung\r\nEinlauf", "Störung\nEinlauf"),
        ("Jam\rat infeed", "Jam\rat infeed"),
        ("Störung\r\u200b\nEinlauf", "Störung\nEinlauf"),
    ],
)
def test_what_is_not_seen_makes_no_difference(text: str, spelling: str) -> None:
    assert normalise(text) == spelling


@pytest.mark.parametrize(
    "text",
    [
        "می\u200cخواهم",  # Persian: "I want"; joined, it is no word
        "क\u094d\u200dष",  # Hindi: a half letter
        "क\u094d\u200cष",  # Hindi: the sign that takes the vowel away is seen
        "👩\u200d🔧",  # a mechanic, not a woman and a tool
        "👩🏽\u200d🔧",
        "\u0600123",  # the Arabic sign of a number is drawn
        "Filler\t1",
        "Ⅳ",
        "ﬁller",
        "Ｆiller",
        "A/B–C",
    ],
)
def test_what_is_seen_stays(text: str) -> None:
    assert normalise(text) == text


@pytest.mark.parametrize(
    ("text", "spelling"),
    [
        ("کار\u200cها", "کارها"),  # Reh joins no letter behind it, so that nothing is drawn in another way
        ("می\u200c", "می"),
        ("می\u200c\u200cخواهم", "می\u200cخواهم"),
        ("❤\ufe0f", "❤"),
        ("👩\u200d", "👩"),
    ],
)
def test_joiners_that_nobody_sees_go(text: str, spelling: str) -> None:
    assert normalise(text) == spelling


@given(text=texts)
@modest
def test_a_spelling_is_one_spelling(text: str) -> None:
    spelling = normalise(text)

    assert normalise(spelling) == spelling
    assert unicodedata.is_normalized("NFC", spelling)
    assert normalise(unicodedata.normalize("NFD", text)) == spelling
    assert all(
        is_visible(character) or character in LINKS or unicodedata.category(character) in ("Cc", "Cn", "Co", "Cf")
        for character in spelling
    )


@given(text=texts, place=st.integers(0, 30), mark=st.sampled_from("\u200b\u200e\u2060\ufeff\u00ad\u034f\ufe0f\u3164"))
@modest
def test_a_mark_that_nobody_sees_makes_no_other_spelling(text: str, place: int, mark: str) -> None:
    assert normalise(text[:place] + mark + text[place:]) == normalise(text)


@given(text=st.text(st.characters(max_codepoint=127)))
@modest
def test_of_plain_text_only_line_ends_change(text: str) -> None:
    assert normalise(text).replace("\r", "").replace("\n", "") == text.replace("\r", "").replace("\n", "")
