"""Which key a request presents."""

from base64 import b64encode

import pytest

from nexshift.web.credentials import read_key


def basic(pair: bytes) -> bytes:
    return b"Basic " + b64encode(pair)


@pytest.mark.parametrize(
    ("sent", "key"),
    [
        (b"Bearer nxs_1", "nxs_1"),
        (b"bearer nxs_1", "nxs_1"),
        (b"BEARER   nxs_1  ", "nxs_1"),
        (basic(b"anyone:nxs_1"), "nxs_1"),
        (basic(b":nxs_1"), "nxs_1"),
        (basic("Zoë:nxs_1".encode()), "nxs_1"),
        (basic("Zoë:nxs_1".encode("latin-1")), "nxs_1"),
        (basic(b"anyone:nxs_1").replace(b"Basic", b"bASIC"), "nxs_1"),
        (basic(b"a:nxs:1"), "nxs:1"),
        (basic(b"nxs_1"), ""),
        (b"Bearer", ""),
        (b"Bearer ", ""),
        (b"Basic", ""),
        (b"Basic !!!!", ""),
        (b"Basic YQ", ""),
        (b"Basic \xff\xfe", ""),
        (b"nxs_1", ""),
        (b"Token nxs_1", ""),
        (b"", ""),
    ],
)
def test_bearer_and_basic_are_read_alike(sent: bytes, key: str) -> None:
    assert read_key([(b"host", b"plant"), (b"authorization", sent)]) == key


def test_no_header_is_told_from_an_empty_one() -> None:
    assert read_key([(b"host", b"plant")]) is None


def test_two_headers_hold_no_key() -> None:
    assert read_key([(b"authorization", b"Bearer nxs_1"), (b"authorization", b"Bearer nxs_1")]) == ""
