"""Where a page ended, as the `$skiptoken` that leads to the next one.

As with a listing's cursor, the place is that of the last row, and a digest binds it to the request it was made for:
the table, its filters, its order and the key.  It gives no access: every query is scoped by the key anyway.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as MalformedBase64
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import msgspec

from nexshift.config import MAX_PLACE_BYTES
from nexshift.errors import BadParameter
from nexshift.parameters import shown

_DIGEST_BYTES = 9


def encode_place(place: Sequence[Any], bound_to: object) -> str:
    """The token of the values that rows are sorted by, of a page's last row."""
    packed = msgspec.json.encode(list(place))
    token = urlsafe_b64encode(_digest(packed, bound_to) + packed).decode().rstrip("=")
    if len(token) > MAX_PLACE_BYTES:
        raise BadParameter(
            "this page ends at a text that is too long to go on from; sort by another column, or ask for a larger page"
        )
    return token


def decode_place(token: str, count: int, bound_to: object) -> list[Any]:
    """Those values; BadParameter when the token was made for another request, or is none."""
    try:
        raw = urlsafe_b64decode((token + "=" * (-len(token) % 4)).encode("ascii"))
        packed = raw[_DIGEST_BYTES:]
        if raw[:_DIGEST_BYTES] == _digest(packed, bound_to):
            place = msgspec.json.decode(packed)
            if isinstance(place, list) and len(place) == count:
                return place
    except (MalformedBase64, UnicodeEncodeError, msgspec.DecodeError):
        pass
    raise BadParameter(
        "$skiptoken must be that of an @odata.nextLink with the same table, filters, order and key,"
        f" not {shown(token)}; start again without it"
    )


def _digest(packed: bytes, bound_to: object) -> bytes:
    return blake2b(packed + repr(bound_to).encode(), digest_size=_DIGEST_BYTES).digest()
