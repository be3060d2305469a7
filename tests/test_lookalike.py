"""A message never shows two names that look equal without saying how they differ."""

from __future__ import annotations

import pytest

from nexshift.lookalike import explain_difference, propose


@pytest.mark.parametrize(
    ("name", "other", "explanation"),
    [
        ("Filler \u0410", "Filler A", '"\u0410" is U+0410 and not U+0041'),
        ("Filler A", "Filler \u0410", '"A" is U+0041 and not U+0410'),
        ("LEM\u2011600", "LEM-600", '"\u2011" is U+2011 and not U+002D'),
        ("LEM\u2212600", "LEM-600", '"\u2212" is U+2212 and not U+002D'),
        ("\uff11", "1", '"\uff11" is U+FF11 and not U+0031'),
        ("\u03bfil", "oil", '"\u03bf" is U+03BF and not U+006F'),
        (
            "\u0410\u0412\u0415\u041a",
            "ABEK",
            '"\u0410" is U+0410 and not U+0041, "\u0412" is U+0412 and not U+0042, "\u0415" is U+0415 and not U+0045',
        ),
    ],
)
def test_characters_that_are_drawn_alike_are_named(name: str, other: str, explanation: str) -> None:
    assert explain_difference(name, other) == f" ({explanation})"
    assert propose(name, [other]) in ("", f'; did you mean "{other}"? ({explanation})')


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Filler 1", "Filler 2"),
        ("filler 1", "Filler 1"),
        ("Muller", "Müller"),
        ("Filler", "Fillers"),
        ("J\u00d6RG", "j\u00f6rg"),
    ],
)
def test_what_every_reader_sees_is_not_explained(name: str, other: str) -> None:
    assert explain_difference(name, other) == ""
