"""What a database file holds, and which files stand beside it."""

from __future__ import annotations

from pathlib import Path

from nexshift.storage.connection import open_reader


def read_units(path: Path) -> list[float]:
    connection = open_reader(path)
    units = [row[0] for row in connection.execute("SELECT units_produced FROM run ORDER BY id")]
    connection.close()
    return units


def files_in(path: Path) -> set[str]:
    return {file.name for file in path.parent.iterdir()}
