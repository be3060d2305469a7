"""What does `@name` in a `$filter` stand for?  The value of the option `@name` (Protocol, 11.2.5.1.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from nexshift.config import MAX_ODATA_QUERY_BYTES
from nexshift.errors import BadParameter
from nexshift.parameters import shown

_find_aliases = re.compile(r"'(?:[^']|'')*'|(?P<alias>@[A-Za-z_]\w*)", re.ASCII).sub  # a text in quotes stays


def replace_aliases(text: str, values: Mapping[str, str]) -> str:
    """The filter with the values in it; null for an alias that has none, as the protocol says."""
    length = len(text)

    def replace(found: re.Match[str]) -> str:
        nonlocal length
        if found["alias"] is None:
            return found[0]
        value = values.get(found["alias"], "null").strip()
        if not value or value.startswith("@"):
            raise BadParameter(f"{found['alias']} must be a value such as 'Line 1' or 75, not {shown(value)}")
        length += len(value)
        if length > MAX_ODATA_QUERY_BYTES:
            raise BadParameter(f"$filter must not be longer than {MAX_ODATA_QUERY_BYTES} characters with its aliases")
        return value if value.startswith("(") else f"({value})"  # a list has brackets of its own

    return _find_aliases(replace, text)
