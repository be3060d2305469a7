"""How good input is made bad: a few changes somewhere in it, of the kinds that programs stumble over."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from tests.web.plant import NORTH

Mutation = tuple[float, str, bytes]
"""Where (0 to 1 of its length), what is done there, and with which bytes."""

NASTY = [
    *(b"\0", b"\r", b"\n", b"\r\n", b"\r\n\r\n", b" ", b"\t", b"\x0b", b"\x7f", b"\x80", b"\xff", b"\xed\xa0\x80"),
    *(b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xe2\x80\xae", b"\xc2\x85", b"\xf4\x90\x80\x80", b"%00", b"%zz"),
    *(b'"', b'""', b"'", b"'--", b",", b";", b"=", b"&", b"?", b"#", b"/", b"//", b"..", b"\\", b":", b"@", b"%"),
    *(b"{", b"}", b"[", b"]", b"[" * 200, b"null", b"true", b"NaN", b"Infinity", b"-0", b"1e999"),
    *(b"9" * 400, b"0." + b"0" * 400 + b"1", b"0x10", b"1_000", b"2026-02-30", b"9999-12-31T23:59:60Z", b"=1+1"),
    *(
        b"Transfer-Encoding: chunked\r\n",
        b"Content-Length: 5\r\n",
        b"Host: b\r\n",
        b" HTTP/1.0",
        b"\\u0000",
        b"\\ud800",
    ),
]
GOOD_VALUES = {
    "from": ["2026-03-01", "2026-03-01T12:00:00+10:00", "0001-01-01"],
    "to": ["2026-03-31", "9999-12-31", "2026-03-31T06:00:00.5Z"],
    "site_id": [NORTH],
    "machine_id": [NORTH],
    "passed": ["true", "false"],
    "is_open": ["true"],
    "status": ["closed"],
    "severity": ["low"],
    "limit": ["1", "1000"],
    "cursor": ["AAAAAGmlGVAAAAAAAABwAIAAAAAAAAQFJDRtitonXg3m"],
    "format": ["json", "flat", "csv", "xlsx"],
    "_": ["1"],
}


def mutations() -> st.SearchStrategy[list[Mutation]]:
    place = st.floats(0, 1)
    action = st.sampled_from(["insert", "replace", "delete", "repeat", "cut", "flip"])
    return st.lists(st.tuples(place, action, st.sampled_from(NASTY) | st.binary(max_size=8)), min_size=1, max_size=4)


def mutate(good: bytes, how: Sequence[Mutation]) -> bytes:
    bad = good
    for where, action, what in how:
        place = int(where * len(bad))
        length = len(what) or 1
        match action:
            case "insert":
                bad = bad[:place] + what + bad[place:]
            case "replace":
                bad = bad[:place] + what + bad[place + length :]
            case "delete":
                bad = bad[:place] + bad[place + length :]
            case "repeat":
                bad = bad[:place] + bad[place : place + 40] * min(length, 5) + bad[place:]
            case "cut":
                bad = bad[:place]
            case "flip" if bad:
                place = min(place, len(bad) - 1)
                bad = bad[:place] + bytes([bad[place] ^ (1 << length % 8)]) + bad[place + 1 :]
    return bad
