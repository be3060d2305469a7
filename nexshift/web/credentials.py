"""Which key does a request present?

`Bearer` and `Basic` are read alike: Excel and Power BI keep a user name and password in their credential store, so the
key may stand where a password does.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable

CHALLENGES = (
    (b"www-authenticate", b'Basic realm="Nexshift", charset="UTF-8"'),
    (b"www-authenticate", b'Bearer realm="Nexshift"'),
)
"""How a key may be sent, with every 401: one line for each way, because some clients read the first way of a line only.

Basic comes first: a client that knows Basic alone, such as Java's own, looks at the first line.
"""


def read_key(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """The text of the key, "" when what was sent cannot hold one, None when no `Authorization` was sent.

    Two `Authorization` headers hold none: which of them counts would depend on who reads them.
    """
    sent = [value for name, value in headers if name == b"authorization"]
    if not sent:
        return None
    if len(sent) > 1:
        return ""
    scheme, _, rest = sent[0].strip().partition(b" ")
    match scheme.lower():
        case b"bearer":
            return _decode(rest.strip())
        case b"basic":
            return _password(rest.strip())
        case _:
            return ""


def _password(encoded: bytes) -> str:
    try:
        pair = b64decode(encoded, validate=True)
    except ValueError:
        return ""
    return _decode(pair.partition(b":")[2])


def _decode(raw: bytes) -> str:
    """A key is ASCII; anything else is decoded in a way that cannot fail, and is refused as unknown."""
    return raw.decode("latin-1")
