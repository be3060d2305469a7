"""In which form does a client want JSON?  How much metadata comes along, and whether large numbers are texts.

`Accept` says it, or `$format`, which counts before `Accept`.  JavaScript has no integers beyond 2^53, so a client may
ask for them, and for a count, as texts (`IEEE754Compatible=true`).  A form with a parameter that is not known here is
no form that can be sent, and a charset is named to those alone who name one (Protocol, 8.2.1).
"""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple

from nexshift.errors import NotAcceptable
from nexshift.odata.headers import HeaderReader
from nexshift.parameters import shown

_JSON = re.compile(r"\s*application/json\s*", re.IGNORECASE).fullmatch
_ANY = frozenset({"*/*", "application/*"})
_SHORT_FORMATS = frozenset({"json", "application/json"})
_is_known = re.compile(
    r"|(?:odata\.)?metadata=(?:none|minimal|full)|(?:(?:odata\.)?streaming|ieee754compatible|exponentialdecimals)="
    r"(?:true|false)|charset=utf-?8|q=.*"
).fullmatch
_KNOWN = "odata.metadata, odata.streaming, IEEE754Compatible and charset=utf-8"
_read_level = re.compile(r"(?:^|;)(?:odata\.)?metadata=(none|minimal|full)(?:;|$)").search
_is_for_doubles = re.compile(r"(?:^|;)ieee754compatible=true(?:;|$)").search
_has_charset = re.compile(r"(?:^|;)charset=").search


class Level(Enum):
    """What stands beside the values."""

    NONE = "none"
    MINIMAL = "minimal"  # the context, which leads to $metadata, and what cannot be found out from there
    FULL = "full"  # also what can


class JsonForm(NamedTuple):
    """`has_text_numbers`: Edm.Int64 and counts are texts; `has_charset`: the client wants to be told."""

    level: Level = Level.MINIMAL
    has_text_numbers: bool = False
    has_charset: bool = False

    @property
    def content_type(self) -> bytes:
        """Of an answer, with all that was decided."""
        compatible = str(self.has_text_numbers).lower()
        charset = ";charset=utf-8" if self.has_charset else ""
        return (
            f"application/json;odata.metadata={self.level.value};odata.streaming=true;"
            f"IEEE754Compatible={compatible}{charset}"
        ).encode()


def read_json_form(headers: HeaderReader, format_: str | None) -> JsonForm:
    """NotAcceptable when JSON is not wanted at all."""
    if format_ is not None:
        media, _, parameters = format_.partition(";")
        if media.strip().lower() not in _SHORT_FORMATS:
            raise NotAcceptable(f"$format must be json, not {shown(format_)}")
        squeezed = _squeeze(parameters)
        if not _is_offered(squeezed):
            raise NotAcceptable(f"$format may have {_KNOWN} behind it, not {shown(format_)}")
        return _read_parameters(squeezed)
    accepted = headers.get("accept")
    if not accepted.strip():
        return JsonForm()
    best: tuple[float, JsonForm] | None = None
    why = ""
    for item in accepted.split(","):
        media, _, parameters = item.partition(";")
        if _JSON(media) or media.strip() in _ANY:
            squeezed = _squeeze(parameters)
            weight = _weight(squeezed)
            if not _is_offered(squeezed):
                why = f"; of its parameters {_KNOWN} are known"
            elif weight > 0 and (best is None or weight > best[0]):
                best = (weight, _read_parameters(squeezed))
    if best is None:
        raise NotAcceptable(f"rows are sent as application/json, which Accept does not allow: {shown(accepted)}{why}")
    return best[1]


def _read_parameters(squeezed: str) -> JsonForm:
    level = _read_level(squeezed)
    return JsonForm(
        Level(level[1]) if level else Level.MINIMAL,
        has_text_numbers=_is_for_doubles(squeezed) is not None,
        has_charset=_has_charset(squeezed) is not None,
    )


def _is_offered(squeezed: str) -> bool:
    return all(_is_known(each) for each in squeezed.split(";"))


def _squeeze(parameters: str) -> str:
    return re.sub(r"[\s\"]", "", parameters).lower()


def _weight(squeezed: str) -> float:
    match = re.search(r"(?:^|;)q=([0-9.]+)", squeezed)
    try:
        return float(match[1]) if match else 1.0
    except ValueError:
        return 0.0
