"""May a browser ask this host in plain HTTP again?  `Strict-Transport-Security`, on each answer over TLS (RFC 6797).

A browser then turns `http://` into `https://` by itself, whatever a network in between would like.  It does so for the
whole host, at each of its ports, and remembers it: so whoever runs the service chooses for how many days.  0 days tell
a browser to forget it, which silence would not.  A host that is named by an IP address, and a certificate that the
browser does not trust, make no difference to it: browsers pass the header over then.
"""

from __future__ import annotations

Header = tuple[bytes, bytes]

_DAY_S = 86_400


def make_transport_security(days: int) -> tuple[Header, ...]:
    """The header of an answer over TLS; never of one in plain HTTP, which must not have it."""
    return ((b"strict-transport-security", b"max-age=%d" % (days * _DAY_S)),)
