"""The files of the sample plant, read with nothing but `csv`: the importer has its own tests."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

DATA = Path(__file__).parents[1] / "data"
AS_OF = "2026-03-31T13:40:00Z"
EXAMPLE = ("Auto 3", "2026-03-26T00:21:16Z")

Record = dict[str, str]


def read(entity: str) -> list[Record]:
    with (DATA / f"{entity}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def values(row: Record, columns: str) -> tuple[str, ...]:
    return tuple(row[column] for column in columns.split())


def seconds(instant: str) -> int:
    return int(datetime.strptime(instant, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())
