"""Where is the service's root, as the client reaches it?  Absolute, because Excel takes nothing else.

A proxy in front names what the client asked for: in `Forwarded` (RFC 7239), or in `X-Forwarded-Proto`, `-Host`, `-Port`
and `-Prefix`.  They are believed whoever sends them: whatever a client claims there only comes back to itself, as part
of an address, and only where it looks like one.  `Forwarded` counts before the others; of several proxies the first,
which is the nearest to the client.
"""

from __future__ import annotations

import re

from nexshift.config import ODATA_PREFIX
from nexshift.odata.headers import HeaderReader

_DEFAULT_PORTS = {"http": "80", "https": "443"}
_MAX_PORT = 65_535
_read_host = re.compile(
    r"(?P<name>[A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::(?P<port>[0-9]{1,5}))?", re.ASCII
).fullmatch
_is_prefix = re.compile(r"(?:/(?!\.{1,2}(?:/|$))(?:[A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})+)*/?", re.ASCII).fullmatch
_join_slashes = re.compile("(?!^)/+").sub  # where two proxies' prefixes were put together
_is_port = re.compile(r"[0-9]{1,5}", re.ASCII).fullmatch
_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_read_pair = re.compile(rf'[ \t]*(?:({_WORD})=(?:({_WORD})|"((?:[^"\\]|\\.)*)"))?[ \t]*([;,]|$)').match


def find_root(headers: HeaderReader, scheme: str) -> str:
    """The address, with a slash at its end; a path alone where no host is known."""
    forwarded = _read_forwarded(headers.get("forwarded"))
    scheme = (forwarded.get("proto") or _first(headers, "x-forwarded-proto") or scheme).lower()
    host = forwarded.get("host") or _first(headers, "x-forwarded-host") or headers.get("host").strip()
    prefix = _join_slashes("/", _first(headers, "x-forwarded-prefix")).rstrip("/")
    path = f"{prefix if _is_prefix(prefix) else ''}{ODATA_PREFIX}/"
    named = _read_host(host)
    if scheme not in _DEFAULT_PORTS or named is None or not _is_port_number(named["port"]):
        return path
    port = _first(headers, "x-forwarded-port")
    if named["port"] is None and _is_port_number(port) and port and port != _DEFAULT_PORTS[scheme]:
        host = f"{host}:{int(port)}"
    return f"{scheme}://{host}{path}"


def _first(headers: HeaderReader, name: str) -> str:
    return headers.get(name).partition(",")[0].strip()


def _is_port_number(text: str | None) -> bool:
    """Also where none is named."""
    return not text or (_is_port(text) is not None and 1 <= int(text) <= _MAX_PORT)


def _read_forwarded(text: str) -> dict[str, str]:
    """What the first element says; nothing where the header is none."""
    found: dict[str, str] = {}
    at = 0
    while pair := _read_pair(text, at):
        name, token, quoted, end = pair.groups()
        if name:
            found.setdefault(name.lower(), token or re.sub(r"\\(.)", r"\1", quoted or ""))
        if end != ";":
            return found
        at = pair.end()
    return {}
