"""How does a text stand in the address of a row?  In quotes, as OData has them, and percent-encoded."""

from __future__ import annotations

from urllib.parse import quote

_SAFE = "'()*!,;:@$~"  # RFC 3986's, of those that may stand in a segment of a path


def quote_text(text: str) -> str:
    return quote("'" + text.replace("'", "''") + "'", safe=_SAFE)
