"""Which SQLite a service uses: one in each of its processes, which it names when it starts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.floor.library import loaded_libraries
from nexshift.storage.library import sqlite3
from tests.cli.conftest import environment
from tests.cli.service import Service, Start
from tests.storage.test_turns import needs_older_library


def events_of(service: Service) -> list[dict[str, str]]:
    service.ask("/health")  # it has started
    service.process.terminate()
    return [json.loads(line) for line in service.process.communicate()[1].splitlines() if line.startswith("{")]


@pytest.mark.parametrize("library", ["pysqlite3", "system"])
def test_every_process_of_a_service_has_one_library(start: Start, plant: Path, key_text: str, library: str) -> None:
    service = start("--db", plant, "serve", "--port", "0", "--workers", "2", env=environment(NEXSHIFT_SQLITE=library))
    assert service.ask("/api/v1/production/runs", key_text)[0] == 200
    watching = service.process.pid
    workers = Path(f"/proc/{watching}/task/{watching}/children").read_text().split()
    assert len(workers) >= 2
    found = {
        each: list(loaded_libraries(Path("/proc") / each / "maps").values()) for each in map(str, [watching, *workers])
    }
    assert {len(libraries) for libraries in found.values()} <= {0, 1}  # a process that only counts has none
    assert len([libraries for libraries in found.values() if libraries]) >= 3


def test_a_service_names_its_library_when_it_starts(start: Start, plant: Path) -> None:
    service = start("--db", plant, "serve", "--port", "0", "--log-format", "json")
    (started,) = (event for event in events_of(service) if event["event"] == "started")
    assert started["sqlite"] == sqlite3.sqlite_version


@needs_older_library
def test_a_service_with_an_older_library_says_what_it_gets_wrong(start: Start, plant: Path) -> None:
    command = ("--db", plant, "serve", "--port", "0", "--log-format", "json")
    said = events_of(start(*command, env=environment(NEXSHIFT_SQLITE="system")))
    (warning,) = (event for event in said if "can lose records" in event.get("message", ""))
    assert warning["level"] == "warning"
    assert "no other program must write to it: install the package pysqlite3" in warning["message"]
    assert not [event for event in events_of(start(*command)) if "can lose records" in event.get("message", "")]
