"""Ask an endpoint as the service does, without HTTP: a query string in, the body's bytes or the refusal out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec

from nexshift.errors import NexshiftError
from nexshift.listing import Endpoint
from nexshift.query import parse_query
from nexshift.storage.connection import ReadConnection
from nexshift.storage.keys import Grant

Sent = str | bytes | Mapping[str, Any]


def raw_query(sent: Sent) -> bytes:
    """The query string; of a mapping its items, percent-encoded."""
    if isinstance(sent, bytes):
        return sent
    return (sent if isinstance(sent, str) else urlencode(sent)).encode()


def ask(reader: ReadConnection, endpoint: Endpoint, grant: Grant, sent: Sent = "") -> bytes:
    """The response's body."""
    query = parse_query(endpoint.path, endpoint.parameters, raw_query(sent), grant)
    return endpoint.page(reader, grant, query).body


def page(reader: ReadConnection, endpoint: Endpoint, grant: Grant, sent: Sent = "") -> dict[str, Any]:
    """The body, decoded."""
    decoded: dict[str, Any] = msgspec.json.decode(ask(reader, endpoint, grant, sent))
    return decoded


def rows(reader: ReadConnection, endpoint: Endpoint, grant: Grant, sent: Sent = "") -> list[dict[str, Any]]:
    data: list[dict[str, Any]] = page(reader, endpoint, grant, sent)["data"]
    return data


def outcome(reader: ReadConnection, endpoint: Endpoint, grant: Grant, sent: Sent = "") -> tuple[int, bytes]:
    """Status and body of the answer, the sentence where it is a refusal."""
    try:
        return 200, ask(reader, endpoint, grant, sent)
    except NexshiftError as refusal:
        return refusal.status, refusal.sentence.encode()


def ids(found: Iterable[Mapping[str, Any]]) -> list[str]:
    """What tells rows apart: their ids, in their order."""
    return [row["id"] if "id" in row else row["machine_id"] for row in found]


def filters_of(endpoint: Endpoint) -> list[str]:
    """The names of its filters on what stands in a row."""
    others = ("from", "to", "changed_after", "limit", "cursor", "format")
    return [parameter.name for parameter in endpoint.parameters if parameter.name not in others]


def takes(endpoint: Endpoint, name: str) -> bool:
    return any(parameter.name == name for parameter in endpoint.parameters)


def all_pages(
    reader: ReadConnection, endpoint: Endpoint, grant: Grant, sent: Mapping[str, Any], limits: Iterable[int]
) -> Iterable[list[dict[str, Any]]]:
    """The data of each page, following `next_cursor`; the limits take turns, the last one stays."""
    remaining = iter(limits)
    limit = next(remaining)
    cursor: dict[str, str] = {}
    while True:
        answer = page(reader, endpoint, grant, {**sent, "limit": limit, **cursor})
        yield answer["data"]
        if "next_cursor" not in answer["meta"]:
            return
        cursor = {"cursor": answer["meta"]["next_cursor"]}
        limit = next(remaining, limit)
