"""Which part of our page does a peer return?  Made of our own body, so that every value of the peer's is compared."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from benchmarks.http.load import Failed

Record = dict[str, Any]
_INSTANTS = {"started_at", "ended_at", "running_at", "timestamp"}
_NAMES = ("machine", "site", "product", "operator")
_ELSEWHERE = {*_NAMES, "scrap", "downtime", "oee"}


def check(name: str, ours: Any, theirs: Any) -> None:
    """Raise Failed unless a peer returned what it should."""
    if ours != theirs:
        different = next((pair for pair in zip(ours, theirs, strict=False) if pair[0] != pair[1]), (ours, theirs))
        raise Failed(f"{name} does not return our records: {str(different)[:1000]}")


def read_page(body: bytes) -> Record:
    """A page without its cursor, whose form is each program's own."""
    page: Record = json.loads(body)
    page["meta"].pop("next_cursor", None)
    return page


def read_without_nulls(body: bytes) -> list[Record]:
    """Rows of a program that leaves out what is null."""
    rows = json.loads(body)
    columns = dict.fromkeys(column for row in rows for column in row)
    return [{column: row.get(column) for column in columns} for row in rows]


def whole(page: Record) -> Record:
    return page


def without_oee(page: Record) -> Record:
    return {**page, "data": [{key: value for key, value in run.items() if key != "oee"} for run in page["data"]]}


def flat(page: Record) -> list[Record]:
    return [{**_plain(run), **dict(_named(run))} for run in page["data"]]


def nested(page: Record) -> list[Record]:
    children = ("scrap", "downtime")
    return [
        {**row, **{name: [_plain(child) for child in run[name]] for name in children}}
        for row, run in zip(flat(page), page["data"], strict=True)
    ]


def _plain(record: Record) -> Record:
    return {key: _number(key, value) for key, value in record.items() if key not in _ELSEWHERE}


def _named(run: Record) -> Iterator[tuple[str, Any]]:
    for name in _NAMES:
        parts: Mapping[str, Any] = run[name] or {"id": None, "full_name": None}
        for key, value in parts.items():
            yield f"{name}_{key}", value


def _number(key: str, value: Any) -> Any:
    return int(datetime.fromisoformat(value).timestamp()) if key in _INSTANTS and value is not None else value
