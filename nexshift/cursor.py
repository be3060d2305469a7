"""Where a page ended, as a text that the next request sends back.

The position is that of the last row, so rows that are inserted meanwhile neither repeat nor hide another.  A digest
binds it to the path, filters and key it was made for: a cursor sent with others is refused, not misread.  It is no
secret and gives no access: every query is scoped by the key anyway.

A listing's position is a time and an id; a flat table's is the values of whatever it is sorted by, its place.
"""

from __future__ import annotations

from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as MalformedBase64
from hashlib import blake2b
from struct import Struct
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from msgspec.json import Decoder

_LAYOUT = Struct(">q16s")
_DIGEST_BYTES = 9  # 33 bytes together: base64 without padding
_TEXT_LENGTH = (_LAYOUT.size + _DIGEST_BYTES) * 4 // 3


class Position(NamedTuple):
    """The last row of a page: its time in epoch seconds, and its id."""

    time: int
    uuid: str


def encode_cursor(position: Position, bound_to: object) -> str:
    """The cursor of `position`; `bound_to` is whatever must be the same when it comes back (its repr counts)."""
    packed = _LAYOUT.pack(position.time, bytes.fromhex(position.uuid.replace("-", "")))
    return urlsafe_b64encode(packed + _digest(packed, bound_to)).decode()


def decode_cursor(text: str, bound_to: object) -> Position | None:
    """The position, or None when the text is no cursor or was made for something else."""
    if len(text) != _TEXT_LENGTH:
        return None
    try:
        raw = urlsafe_b64decode(text.encode("ascii"))
    except (MalformedBase64, UnicodeEncodeError):
        return None
    packed, digest = raw[: _LAYOUT.size], raw[_LAYOUT.size :]
    if len(packed) != _LAYOUT.size or digest != _digest(packed, bound_to):
        return None
    time, uuid = _LAYOUT.unpack(packed)
    return Position(time, str(UUID(bytes=uuid)))


def encode_place(place: tuple[Any, ...], bound_to: object) -> str:
    """The cursor of a place: integers, finite doubles, texts and None."""
    packed = msgspec.json.encode(place)
    return urlsafe_b64encode(_digest(packed, bound_to) + packed).decode().rstrip("=")


def decode_place(text: str, bound_to: object, decoder: Decoder[tuple[Any, ...]]) -> tuple[Any, ...] | None:
    """The place, or None when the text is no cursor or was made for something else.

    The digest has no secret, so whoever holds a key can make up a place: the decoder lets in those of the right length
    and types alone.
    """
    try:
        raw = b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (MalformedBase64, UnicodeEncodeError):
        return None
    digest, packed = raw[:_DIGEST_BYTES], raw[_DIGEST_BYTES:]
    if digest != _digest(packed, bound_to):
        return None
    try:
        return decoder.decode(packed)
    except msgspec.DecodeError:
        return None


def _digest(packed: bytes, bound_to: object) -> bytes:
    return blake2b(packed + repr(bound_to).encode(), digest_size=_DIGEST_BYTES).digest()
