"""New row ids: UUIDs of version 7 (RFC 9562, 5.7), which ascend with time.

Ascending ids make every insert an append to the unique index, several times faster than random ones at a million
rows, and ties in a listing come in the order of import.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from random import Random

_COUNTER_BITS = 42  # of the 74 bits that RFC 9562 leaves to us: a counter, so that ids of one call ascend
_BATCH = 1 << 16


def new_uuids() -> Iterator[str]:
    """Endless ascending UUIDs in lower case; later calls of a later millisecond give higher ones."""
    random = Random(secrets.randbits(128))  # noqa: S311 - ids are no secrets
    while True:
        milliseconds = time.time_ns() // 1_000_000
        counter = random.getrandbits(_COUNTER_BITS - 1)
        for value in range(counter, counter + _BATCH):
            # unix_ts_ms 48 | version 4 | counter high 12 | variant 2 | counter low 30 | random 32
            high = (milliseconds << 16) | 0x7000 | (value >> 30)
            low = (0b10 << 62) | ((value & 0x3FFFFFFF) << 32) | random.getrandbits(32)
            digits = f"{high:016x}{low:016x}"
            yield f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
