"""What does the first line of a request ask for?  A path of this service, however the target is written.

RFC 9112 (3.2) has four forms: a path; a whole address, which is meant for proxies but which every server must read; `*`
for the server itself; and a host with its port for CONNECT, which nothing here answers.  In a whole address the host
replaces the field `Host`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

ROOT = b"/"
"""`OPTIONS *` is about the service as a whole, and so is this path."""
_read_address = re.compile(
    rb"(?P<scheme>https?)://(?:[^/?#@]*@)?(?P<host>(?:[a-z0-9._~!$&'()*+,;=%-]+|\[[0-9a-f:.]+\])(?::[0-9]{0,5})?)"
    rb"(?P<path>/[^?#]*)?(?P<query>\?[^#]*)?",
    re.IGNORECASE,
).fullmatch


class Target(NamedTuple):
    """The path with its query, and the host where the target names one."""

    path: bytes
    host: bytes | None = None


class OtherScheme(ValueError):
    """The address is for another kind of connection than the one on which it came."""


def read_target(method: bytes, sent: bytes, scheme: str) -> Target:
    """ValueError where the target has none of the forms, or not that of its method."""
    if sent.startswith(b"/"):
        return Target(sent)
    if sent == b"*":
        return Target(ROOT if method == b"OPTIONS" else sent)
    address = _read_address(sent)
    if address is None:
        raise ValueError
    if address["scheme"].lower() != scheme.encode():
        raise OtherScheme
    return Target((address["path"] or ROOT) + (address["query"] or b""), address["host"])
