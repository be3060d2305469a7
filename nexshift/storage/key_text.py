"""What does an API key look like, and what is stored of it?

`nxs_`, 160 random bits and a checksum, in 32 letters and digits that cannot be taken for each other.  Only
the SHA-256 is stored: with that many random bits there is nothing to guess, so it needs no salt and no slow
hash, and a stolen database opens nothing.  The checksum lets a mistyped key fail without a look-up.
"""

from __future__ import annotations

import re
import secrets
from hashlib import sha256
from zlib import crc32

PREFIX = "nxs_"
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's: no i, l, o, u
_RANDOM_BITS = 160
_RANDOM_LENGTH = 32  # letters of 5 bits
_CHECKSUM_LENGTH = 7  # letters for the 32 bits of a CRC, which changes with any one letter
LENGTH = len(PREFIX) + _RANDOM_LENGTH + _CHECKSUM_LENGTH
_is_shaped = re.compile(f"{PREFIX}[{_ALPHABET}]{{{_RANDOM_LENGTH + _CHECKSUM_LENGTH}}}").fullmatch


def new_key_text() -> str:
    """A key that nobody has seen before."""
    body = PREFIX + _encode(secrets.randbits(_RANDOM_BITS), _RANDOM_LENGTH)
    return body + _checksum(body)


def is_well_formed(key_text: str) -> bool:
    """Whether the text has a key's shape and its checksum fits, as no key with one letter changed does."""
    return _is_shaped(key_text) is not None and _checksum(key_text[:-_CHECKSUM_LENGTH]) == key_text[-_CHECKSUM_LENGTH:]


def hash_key(key_text: str) -> bytes:
    """The 32 bytes by which a key is stored and found."""
    return sha256(key_text.encode("ascii")).digest()


def _checksum(body: str) -> str:
    return _encode(crc32(body.encode("ascii")), _CHECKSUM_LENGTH)


def _encode(number: int, length: int) -> str:
    return "".join([_ALPHABET[number >> shift & 31] for shift in range(5 * (length - 1), -1, -5)])
