"""Which parameters of an address are called like a secret?  Their values never reach the log.

No secret of ours is read from an address, but people put them there, under many names: `password`, `client_secret`,
`X-Api-Key`.  Each may be written in any case and percent-encoded, more than once.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote

_MARKS = (
    "password",
    "passwort",
    "passwd",
    "passphrase",
    "passcode",
    "secret",
    "token",
    "credential",
    "apikey",
    "sessid",
    "sessionid",
)
"""Wherever they stand in a name."""
_WORDS = frozenset(
    {"pass", "pw", "pwd", "psw", "pin", "otp", "key", "keys", "accesskey", "authkey", "auth", "oauth", "authorization"}
    | {"authentication", "bearer", "jwt", "sig", "signature", "hmac", "sas", "session", "sid", "cookie", "kennwort"}
)
"""As words of a name: `monkey` holds no secret."""
_list_words = re.compile(r"[A-Z]*[a-z0-9]+|[A-Z]+").findall
_OURS = frozenset({"$skiptoken"})  # says where a page ends, and is no secret
_EQUALS = "=|%(?:25)*3D"
_find_names = re.compile(
    rf"(?:^|[;?]|%(?:25)*(?:26|3B|3F))((?:(?!{_EQUALS}|;).)*)(?:{_EQUALS})", re.IGNORECASE
).finditer
_may_hide_another = re.compile("[%;?]").search  # an address in a parameter has parameters of its own
_LAYERS = 3  # of percent-encoding that are taken off a name


@lru_cache(maxsize=64)  # clients send a handful of names
def is_secret(name: str) -> bool:
    """Whether a parameter's name, as it was sent, is that of a secret."""
    for _ in range(_LAYERS):
        if "%" not in name:
            break
        name = unquote(name)
    lower = name.lower()
    if lower in _OURS:
        return False
    return any(mark in lower for mark in _MARKS) or any(word.lower() in _WORDS for word in _list_words(name))


def hide_secrets(query: str) -> str:
    """The query with `***` for the values of parameters that are called like a secret."""
    return "&".join([_hide(part) for part in query.split("&")])


def has_secret(query: str) -> bool:
    return hide_secrets(query) != query


def _hide(part: str) -> str:
    if not _may_hide_another(part):
        name, _, value = part.partition("=")
        return f"{name}=***" if value and is_secret(name) else part
    for found in _find_names(part):
        if is_secret(found[1]) and found.end() < len(part):
            return part[: found.end()] + "***"
    return part
