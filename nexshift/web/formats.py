"""In which format does a request want its rows?  What `format` says, else what `Accept` likes best.

JSON is what everybody gets who asks for nothing that we have.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, TypeGuard

from litestar.types import Scope

from nexshift.web.negotiation import header_of, read_weights

FileFormat = Literal["csv", "xlsx"]

MEDIA_TYPES: dict[FileFormat, str] = {
    "csv": "text/csv; charset=utf-8; header=present",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


FLAT_MEDIA_TYPE = "application/vnd.nexshift.flat+json"
"""Of a listing's rows with nothing nested: JSON of another shape than the listing's own, and so of another type."""


def is_file(wanted: str | None) -> TypeGuard[FileFormat]:
    """Whether a format is a file of a whole table."""
    return wanted in MEDIA_TYPES


def accepted_file(scope: Scope) -> FileFormat | None:
    """The kind of file that the request's `Accept` likes better than JSON."""
    return _accepted_file(header_of(scope, b"accept"))


@lru_cache(maxsize=64)  # clients send a handful of values
def _accepted_file(accepted: bytes) -> FileFormat | None:
    weights = read_weights(accepted)
    json = max(weights.get(kind, 0.0) for kind in (b"application/json", b"application/*", b"*/*"))
    best: FileFormat | None = None
    for kind, name in MEDIA_TYPES.items():
        weight = weights.get(name.partition(";")[0].encode(), 0.0)
        if weight > json:
            best, json = kind, weight
    return best
