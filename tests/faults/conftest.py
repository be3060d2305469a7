"""Real faults in real processes: how many of each, from which seed, and the plant that they happen to.

`make torture` sets NEXSHIFT_TORTURE, and tries each fault as often as docs/reliability.md says; without it a test tries
as many as fit into a few seconds.  NEXSHIFT_TORTURE_SEED repeats a run.  What was tried is shown at the end.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from tests.faults.commands import Commands
from tests.faults.plant import Plant, make_plant

_TIMES = int(os.environ.get("NEXSHIFT_TORTURE") or 0)
_SEED = int(os.environ.get("NEXSHIFT_TORTURE_SEED") or random.SystemRandom().randrange(10**9))
os.environ["NEXSHIFT_TORTURE_SEED"] = str(_SEED)  # for the processes that share the tests
_FIGURE = "figure"


class Torture:
    """What a test is to try, and what it has tried."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        print(f"NEXSHIFT_TORTURE_SEED={_SEED}")
        self.rng = random.Random(f"{_SEED} {request.node.nodeid}")
        self._found = request.node.user_properties

    def times(self, short: int, torture: int) -> int:
        """How often to try: the first, or under `make torture` the second."""
        return torture * _TIMES if _TIMES else short

    def step(self, short: int, torture: int) -> int:
        """By how much to go on from one trial to the next: the first, or under `make torture` the second."""
        return torture if _TIMES else short

    def report(self, what: str, **counts: int) -> None:
        """Keep numbers for the end of the run, where those of all tests that have tried the same are added up."""
        self._found.append((_FIGURE, (what, counts)))


@pytest.fixture
def torture(request: pytest.FixtureRequest) -> Torture:
    return Torture(request)


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    found: dict[str, Counter[str]] = {}
    for report in chain.from_iterable(terminalreporter.stats.values()):
        for name, value in getattr(report, "user_properties", ()):
            if name == _FIGURE and report.when == "call":
                found.setdefault(value[0], Counter()).update(value[1])
    if found:
        terminalreporter.section(f"faults tried, NEXSHIFT_TORTURE_SEED={_SEED}")
        for what, counts in sorted(found.items()):
            numbers = ", ".join(f"{name.replace('_', ' ')} {number}" for name, number in counts.items())
            terminalreporter.write_line(f"{what}: {numbers}")


@pytest.fixture(scope="session")
def interposed(tmp_path_factory: pytest.TempPathFactory) -> Path | None:
    """The library that counts calls which change files; None where none can be put before the system's."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or sys.platform != "linux":
        return None
    library = tmp_path_factory.mktemp("library") / "interposed.so"
    source = Path(__file__).with_name("interposed.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return library


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory, interposed: Path | None) -> Iterator[Commands]:
    started = Commands(tmp_path_factory.mktemp("commands"), interposed)
    yield started
    started.close()


@pytest.fixture
def counted(commands: Commands) -> Commands:
    """Commands whose calls are counted."""
    if not commands.counts_calls:
        pytest.skip("needs Linux and a C compiler, to stand before the system's calls")
    return commands


@pytest.fixture(scope="session")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Plant:
    return make_plant(tmp_path_factory.mktemp("plant"))


@pytest.fixture
def database(plant: Plant, tmp_path: Path) -> Path:
    """The plant's database, for this test alone."""
    return plant.put(tmp_path / "plant.db")
