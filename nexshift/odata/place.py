"""Where a page ended, as the `$skiptoken` that leads to the next one.

It is the cursor of a flat table, bound to what an OData request is: the table, its filters, its order and the key.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nexshift import cursor
from nexshift.config import MAX_PLACE_BYTES
from nexshift.errors import BadParameter
from nexshift.parameters import shown
from nexshift.tables.column import Order
from nexshift.tables.keyset import make_place_decoder


def encode_place(place: Sequence[Any], bound_to: object) -> str:
    """The token of the values that rows are sorted by, of a page's last row."""
    token = cursor.encode_place(tuple(place), bound_to)
    if len(token) > MAX_PLACE_BYTES:
        raise BadParameter(
            "this page ends at a text that is too long to go on from; sort by another column, or ask for a larger page"
        )
    return token


def decode_place(token: str, bound_to: object, order: Sequence[Order]) -> tuple[Any, ...]:
    """Those values; BadParameter when the token was made for another request or order, or is none."""
    place = cursor.decode_place(token, bound_to, make_place_decoder(order))
    if place is None:
        raise BadParameter(
            "$skiptoken must be that of an @odata.nextLink with the same table, filters, order and key,"
            f" not {shown(token)}; start again without it"
        )
    return place
