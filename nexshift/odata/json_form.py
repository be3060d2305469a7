"""In which form does a client want JSON?  How much metadata comes along, and whether large numbers are texts.

`Accept` says it, or `$format`, which counts before `Accept`.  JavaScript has no integers beyond 2^53, so a client may
ask for them, and for a count, as texts (`IEEE754Compatible=true`).
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
_read_level = re.compile(r"(?:^|;)(?:odata\.)?metadata=(none|minimal|full)(?:;|$)").search
_is_for_doubles = re.compile(r"(?:^|;)ieee754compatible=true(?:;|$)").search


class Level(Enum):
    """What stands beside the values."""

    NONE = "none"
    MINIMAL = "minimal"  # the context, which leads to $metadata, and what cannot be found out from there
    FULL = "full"  # also what can


class JsonForm(NamedTuple):
    """`has_text_numbers`: Edm.Int64 and counts are texts."""

    level: Level = Level.MINIMAL
    has_text_numbers: bool = False

    @property
    def content_type(self) -> bytes:
        """Of an answer, with all that was decided."""
        compatible = str(self.has_text_numbers).lower()
        return (
            f"application/json;odata.metadata={self.level.value};odata.streaming=true;"
            f"IEEE754Compatible={compatible};charset=utf-8"
        ).encode()


def read_json_form(headers: HeaderReader, format_: str | None) -> JsonForm:
    """NotAcceptable when JSON is not wanted at all."""
    if format_ is not None:
        media, _, parameters = format_.partition(";")
        if media.strip().lower() not in _SHORT_FORMATS:
            raise NotAcceptable(f"$format must be json, not {shown(format_)}")
        return _read_parameters(_squeeze(parameters))
    accepted = headers.get("accept")
    if not accepted.strip():
        return JsonForm()
    best: tuple[float, JsonForm] | None = None
    for item in accepted.split(","):
        media, _, parameters = item.partition(";")
        if _JSON(media) or media.strip() in _ANY:
            squeezed = _squeeze(parameters)
            weight = _weight(squeezed)
            if weight > 0 and (best is None or weight > best[0]):
                best = (weight, _read_parameters(squeezed))
    if best is None:
        raise NotAcceptable(f"rows are sent as application/json, which Accept does not allow: {shown(accepted)}")
    return best[1]


def _read_parameters(squeezed: str) -> JsonForm:
    level = _read_level(squeezed)
    return JsonForm(Level(level[1]) if level else Level.MINIMAL, has_text_numbers=_is_for_doubles(squeezed) is not None)


def _squeeze(parameters: str) -> str:
    return re.sub(r"[\s\"]", "", parameters).lower()


def _weight(squeezed: str) -> float:
    match = re.search(r"(?:^|;)q=([0-9.]+)", squeezed)
    try:
        return float(match[1]) if match else 1.0
    except ValueError:
        return 0.0
