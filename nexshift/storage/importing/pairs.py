"""How is a JSON object kept until it is known whether its names are columns?"""

from __future__ import annotations

import json
from typing import Any


class Pairs(list[tuple[str, Any]]):
    """A JSON object as its pairs, because a dict would hide a name that occurs twice."""


def write_json(value: Any) -> str:
    """The JSON that was read; of a name that occurs twice only the last value."""
    try:
        return json.dumps(_to_plain(value), ensure_ascii=False, default=float)
    except RecursionError:
        return "…"  # nested more deeply than anybody would read


def _to_plain(value: Any) -> Any:
    if isinstance(value, Pairs):
        return {name: _to_plain(inner) for name, inner in value}
    return [_to_plain(inner) for inner in value] if isinstance(value, list) else value
