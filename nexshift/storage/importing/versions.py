"""Which of two recipe versions is the higher one?"""

from __future__ import annotations

import re

_PARTS = re.compile(r"[0-9]+|[^0-9]+")


def rank_version(version: str) -> tuple[tuple[int, int, str], ...]:
    """A key that sorts versions as people read them: 9 before 10, 1.9 before 1.10, numbers before words."""
    return tuple(_rank_part(part) for part in _PARTS.findall(version))


def _rank_part(part: str) -> tuple[int, int, str]:
    if part[0] not in "0123456789":
        return 1, 0, part
    digits = part.lstrip("0")  # compared by length, then as text: a version may be longer than Python reads numbers
    return 0, len(digits), digits
