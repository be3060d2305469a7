"""What does a request's header like best?  Lists with weights, as RFC 9110 has them (12.4.2)."""

from __future__ import annotations

from litestar.types import Scope


def header_of(scope: Scope, name: bytes) -> bytes:
    """The header's value; of one that was sent several times, all of them as one list (RFC 9110, 5.3)."""
    return b",".join([value for sent, value in scope["headers"] if sent == name])


def read_weights(accepted: bytes) -> dict[bytes, float]:
    """The weight of each thing that is listed, in lower case; 1 where none is said, 0 where it is no number."""
    weights: dict[bytes, float] = {}
    for item in accepted.lower().split(b","):
        thing, *parameters = (part.strip() for part in item.split(b";"))
        weights[thing] = _weight(parameters)
    return weights


def _weight(parameters: list[bytes]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition(b"=")
        if name.strip() == b"q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
