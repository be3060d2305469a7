"""What can whoever sent a refused request do about it?  One sentence for the log, from the request's form alone.

Only how the request is put together is looked at: never whether a key exists, and nothing of what was sent is repeated.
The sentences are fixed, so a refused request's line grows by one of them and by no more, whatever a client sends.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterable, Mapping
from enum import StrEnum

from nexshift.storage.key_text import LENGTH, PREFIX, is_well_formed
from nexshift.web.logs import hide_keys
from nexshift.web.secret_names import has_secret

_BEARER = "send it as Authorization: Bearer KEY"
_BASIC = "in the credential window choose Basic, any user name, the key as password"


class Advice(StrEnum):
    """What is said; docs/operations.md says when, and /connect says the same of a key that is pasted there."""

    EXCEL_WITHOUT_KEY = f"Excel or Power BI sent no key: {_BASIC}"
    WINDOWS_ACCOUNT = f"a Windows account was sent, not a key: {_BASIC}"
    ORGANIZATIONAL_ACCOUNT = f"an organizational account was tried, not a key: {_BASIC}"
    BROWSER_WITHOUT_KEY = "a browser's address bar sends no key: open /connect there, and paste the key"
    NOTHING_SENT = f"no key was sent: {_BEARER}, or as the password of Basic"
    IN_ADDRESS = f"a key in the address is not read, and addresses end up in logs: {_BEARER}, and rotate that one"
    OTHER_HEADER = f"the key came in a header of another name, which is not read: {_BEARER}"
    TWO_HEADERS = "two Authorization headers were sent, and it is not clear which counts: send one"
    BEARER_MISSING = "the word Bearer is missing before the key: send it as Authorization: Bearer KEY"
    BEARER_TWICE = "the word Bearer was sent twice: send it once, then the key"
    OTHER_SCHEME = f"Authorization begins with a word that is neither Bearer nor Basic: {_BEARER}"
    EMPTY_BEARER = "nothing stands behind Bearer: the key belongs there"
    EMPTY_PASSWORD = "the password is empty: the key belongs there, with any user name"  # noqa: S105 - a sentence
    USER_NAME = "the key was sent as the user name: it belongs in the password's place, with any user name"
    NOT_BASE64 = f"what stands behind Basic is no user name and password in base64; to send the key itself, {_BEARER}"
    QUOTED = "the key stands in quotation marks or brackets: send it without them"
    PLACEHOLDER = "a placeholder was sent where the key belongs: put the key itself there"
    SPACED = "a space, a line break or another sign that no key has is in the key: copy it again"
    CAPITALS = "the key was sent in capitals: its letters are small"
    CUT_OFF = f"the key is cut off, {LENGTH} characters belong to it: copy it again"
    TOO_LONG = f"more than a key was sent, {LENGTH} characters belong to it: copy it again"
    MISTYPED = "a letter of the key is wrong: copy it in place of typing it"
    NO_KEY = f"what was sent is no key: a key begins with {PREFIX} and has {LENGTH} characters"
    WELL_FORMED = "what was sent has a key's form: nexshift key list says which are revoked or expired"
    TLS_EXPECTED = "this port speaks TLS: use https:// in place of http://"
    NO_TLS_HERE = "this port speaks no TLS: use http://, or give the service --tls-cert and --tls-key"


_EXCEL = (
    b"microsoft.data.mashup",  # Power Query: in Excel, Power BI and its gateway
    b"powerbi",
    b"powerpivot",
    b"microsoft office",  # Excel itself, which first asks what is there
    b"microsoft excel",
    b"ms-office",
)
_OTHER_HEADERS = frozenset(
    b"x-api-key api-key apikey x-apikey x-api-token x-auth-token x-access-token x-auth-key token key"
    b" ocp-apim-subscription-key proxy-authorization".split()
)
_WRAPPING = "\"'`<>[](){}\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb"
_BEHIND_A_COMMA = re.compile(rb",\s*(?:bearer|basic)\b", re.IGNORECASE)
_PLACEHOLDER_STARTS = ("$", "%", "{", "<", "[", "your")


def advise(headers: Iterable[tuple[bytes, bytes]], query: bytes) -> Advice:
    """What helps with a request that was refused for its key, or for want of one."""
    by_name: dict[bytes, bytes] = {}
    for name, value in headers:
        if name == b"authorization" and name in by_name:
            return Advice.TWO_HEADERS
        by_name[name] = value.strip()
    sent = by_name.get(b"authorization", b"")
    if not sent:
        return _judge_absence(by_name, query)
    if sent.lower() == b"bearer" and _is_excel(by_name):  # with which it asks who may issue tokens
        return Advice.ORGANIZATIONAL_ACCOUNT
    return _judge_authorization(sent)


def _judge_absence(headers: Mapping[bytes, bytes], query: bytes) -> Advice:
    if not _OTHER_HEADERS.isdisjoint(headers):
        return Advice.OTHER_HEADER
    if _holds_key(query.decode("latin-1")):
        return Advice.IN_ADDRESS
    if _is_excel(headers):
        return Advice.EXCEL_WITHOUT_KEY
    is_browser = headers.get(b"user-agent", b"").startswith(b"Mozilla/")
    if is_browser and b"text/html" in headers.get(b"accept", b""):
        return Advice.BROWSER_WITHOUT_KEY
    return Advice.NOTHING_SENT


def _is_excel(headers: Mapping[bytes, bytes]) -> bool:
    program = headers.get(b"user-agent", b"").lower()
    return any(mark in program for mark in _EXCEL)


def _holds_key(query: str) -> bool:
    return has_secret(query) or hide_keys(query) != query


def _judge_authorization(sent: bytes) -> Advice:
    if _BEHIND_A_COMMA.search(sent):  # as programs on the way put two headers together
        return Advice.TWO_HEADERS
    scheme, _, rest = sent.partition(b" ")
    match scheme.lower():
        case b"bearer":
            return _judge_key(_read(rest)) if rest else Advice.EMPTY_BEARER
        case b"basic":
            return _judge_pair(rest.strip())
        case b"negotiate" | b"ntlm":
            return Advice.WINDOWS_ACCOUNT
    text = _read(sent)
    if text.strip(_WRAPPING) != text:
        return Advice.QUOTED
    return Advice.BEARER_MISSING if _begins_as_key(text) else Advice.OTHER_SCHEME


def _judge_pair(encoded: bytes) -> Advice:
    try:
        user, colon, password = _read(b64decode(encoded, validate=True)).partition(":")
    except ValueError:
        return Advice.NOT_BASE64
    if _begins_as_key(user) and not _begins_as_key(password):
        return Advice.USER_NAME
    if not password:
        return Advice.EMPTY_PASSWORD if colon or not encoded else Advice.NOT_BASE64
    return _judge_key(password)


def _judge_key(text: str) -> Advice:
    if is_well_formed(text):
        return Advice.WELL_FORMED
    inner = text.strip(_WRAPPING)
    if inner != text and _begins_as_key(inner):
        return Advice.QUOTED
    if text.lower().startswith(_PLACEHOLDER_STARTS):
        return Advice.PLACEHOLDER
    if text.lower().startswith("bearer"):
        return Advice.BEARER_TWICE
    if text.startswith("eyJ") and "." in text:  # how every JSON Web Token begins
        return Advice.ORGANIZATIONAL_ACCOUNT
    if inner != text:
        return Advice.QUOTED
    return _judge_letters(text)


def _judge_letters(text: str) -> Advice:
    if is_well_formed(text.lower()):
        return Advice.CAPITALS
    if not _begins_as_key(text):
        return Advice.NO_KEY
    if not text.isascii() or not text.replace("_", "").isalnum():
        return Advice.SPACED
    if len(text) == LENGTH:
        return Advice.MISTYPED
    return Advice.CUT_OFF if len(text) < LENGTH else Advice.TOO_LONG


def _begins_as_key(text: str) -> bool:
    return text.lower().startswith(PREFIX)


def _read(sent: bytes) -> str:
    return sent.strip().decode("utf-8", errors="replace")
