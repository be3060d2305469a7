"""Commands as a person types them: in this process, where that is enough, or as a program of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from click.testing import CliRunner, Result

from nexshift.cli.group import nexshift
from tests.cli.service import Service, Start

ROOT = Path(__file__).resolve().parents[2]


class Command(Protocol):
    """`nexshift --db plant.db ARGUMENTS`."""

    def __call__(self, *arguments: str | Path) -> Result: ...


class Program(Protocol):
    """The same as a program of its own, with whatever `subprocess.run` takes."""

    def __call__(self, *arguments: str | Path, **settings: Any) -> subprocess.CompletedProcess[str]: ...


@pytest.fixture(autouse=True)
def _plain_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)  # with it, what could not be written is not tried again
    for name in [
        name
        for name in os.environ
        if name.startswith(("NEXSHIFT_DB", "NEXSHIFT_DEBUG", "NEXSHIFT_CONFIG", "NEXSHIFT_SERVE_"))
    ]:
        monkeypatch.delenv(name)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "plant.db"


@pytest.fixture
def run(path: Path) -> Command:
    def run_command(*arguments: str | Path) -> Result:
        return CliRunner().invoke(
            nexshift, ["--db", str(path), *map(str, arguments)], prog_name="nexshift", catch_exceptions=False
        )

    return run_command


@pytest.fixture
def plant(run: Command) -> Path:
    """A database with one company and two sites, made by the commands themselves."""
    assert run("init", "--company", "Acme Manufacturing", "--timezone", "Australia/Brisbane").exit_code == 0
    Path("sites.csv").write_text("name,location\nBrisbane,Hendra\nDandenong,\n")
    assert run("import", "sites.csv").exit_code == 0
    return Path("plant.db").absolute()


@pytest.fixture
def program(path: Path) -> Program:
    def run_program(*arguments: str | Path, **settings: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "nexshift", "--db", path, *arguments],
            check=False,
            **({"capture_output": True, "text": True, "timeout": 60} | settings),
        )

    return run_program


@pytest.fixture
def start() -> Iterator[Start]:
    started: list[Service] = []

    def start_service(*arguments: str | Path, **settings: Any) -> Service:
        started.append(Service(*arguments, **settings))
        return started[-1]

    yield start_service
    for service in started:
        if service.process.poll() is None:
            service.process.kill()
        service.process.communicate()


@pytest.fixture
def key_text(run: Command, plant: Path) -> str:
    return run("key", "create", "--name", "Excel").stdout.strip()


def lines_of(text: str) -> list[str]:
    return text.strip().splitlines()


def environment(**changes: str) -> dict[str, str]:
    return os.environ | changes
