"""The text of a cursor: what it holds, and that nothing else is taken for it."""

from __future__ import annotations

import random
import string
from uuid import UUID

import pytest

from nexshift.cursor import Position, decode_cursor, encode_cursor
from nexshift.instants import EARLIEST, LATEST

BOUND = ("/production/runs", 1, None, 1_772_373_600, ("site_id", "0b9f3a52-6c1e-4d7a-9a3e-5d2f7c8b1e40"))
POSITION = Position(1_774_484_476, "019d27a1-5d60-7c3e-8a51-6f2b9d0c4e11")
LETTERS = string.ascii_letters + string.digits + "-_"


@pytest.mark.parametrize("time", [EARLIEST, -1, 0, 1, POSITION.time, LATEST])
@pytest.mark.parametrize("uuid", [str(UUID(int=0)), POSITION.uuid, str(UUID(int=2**128 - 1))])
def test_a_cursor_comes_back_as_its_position(time: int, uuid: str) -> None:
    assert decode_cursor(encode_cursor(Position(time, uuid), BOUND), BOUND) == (time, uuid)


def test_a_cursor_needs_no_percent_encoding() -> None:
    random_ = random.Random(1)
    for _ in range(200):
        uuid = str(UUID(int=random_.getrandbits(128)))
        assert set(encode_cursor(Position(random_.randint(EARLIEST, LATEST), uuid), BOUND)) <= set(LETTERS)


@pytest.mark.parametrize(
    "other",
    [
        ("/quality/checks", *BOUND[1:]),
        (BOUND[0], 2, *BOUND[2:]),
        (*BOUND[:2], 0, *BOUND[3:]),
        (*BOUND[:3], None, *BOUND[4:]),
        BOUND[:4],
        (*BOUND[:4], ("machine_id", BOUND[4][1])),
        (*BOUND[:4], ("site_id", POSITION.uuid)),
        (*BOUND, ("passed", True)),
    ],
)
def test_a_cursor_is_good_only_for_what_it_was_made_for(other: tuple[object, ...]) -> None:
    assert decode_cursor(encode_cursor(POSITION, BOUND), other) is None


def test_a_true_flag_is_not_a_one() -> None:
    cursor = encode_cursor(POSITION, (*BOUND, ("passed", True)))
    assert decode_cursor(cursor, (*BOUND, ("passed", 1))) is None


def test_every_change_of_one_character_is_refused_or_means_the_same() -> None:
    cursor = encode_cursor(POSITION, BOUND)
    same = 0
    for at, right in enumerate(cursor):
        for letter in {*string.printable, "é", "٣", "\ud800", "\0"} - {right}:
            decoded = decode_cursor(cursor[:at] + letter + cursor[at + 1 :], BOUND)
            assert decoded is None or (decoded == POSITION and right + letter in ("-+", "_/"))
            same += decoded is not None
    assert same <= cursor.count("-") + cursor.count("_")


def test_every_shorter_or_longer_text_is_refused() -> None:
    cursor = encode_cursor(POSITION, BOUND)
    for length in range(len(cursor)):
        assert decode_cursor(cursor[:length], BOUND) is None
        assert decode_cursor(cursor[length + 1 :], BOUND) is None
    for more in ("A", "=", "==", "====", "\n", cursor):
        assert decode_cursor(cursor + more, BOUND) is None
        assert decode_cursor(more + cursor, BOUND) is None


def test_two_characters_exchanged_are_refused() -> None:
    cursor = encode_cursor(POSITION, BOUND)
    for at in range(len(cursor) - 1):
        swapped = cursor[:at] + cursor[at + 1] + cursor[at] + cursor[at + 2 :]
        assert swapped == cursor or decode_cursor(swapped, BOUND) is None
