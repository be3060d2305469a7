"""Requests of a key, counted by one process or by several together."""

import subprocess
import sys
from pathlib import Path

import pytest

from nexshift.web.counts import Counts, LocalCounts, SharedCounts

ADDING = """
import sys
from pathlib import Path
from nexshift.web.counts import SharedCounts
counts = SharedCounts(Path(sys.argv[1]))
print(sum(counts.add(7, 1, 1500) < 1500 for _ in range(1000)))
"""


@pytest.fixture(params=["local", "shared"])
def counts(request: pytest.FixtureRequest, tmp_path: Path) -> Counts:
    return LocalCounts() if request.param == "local" else SharedCounts(tmp_path / "counts")


def test_counting_stops_at_the_limit(counts: Counts) -> None:
    assert [counts.add(7, 1, 3) for _ in range(5)] == [0, 1, 2, 3, 3]


def test_keys_are_counted_apart(counts: Counts) -> None:
    counts.add(7, 1, 3)
    assert counts.add(8, 1, 3) == 0
    assert counts.add(7, 1, 3) == 1


def test_a_new_window_begins_at_nothing(counts: Counts) -> None:
    counts.add(7, 1, 3)
    assert counts.add(7, 2, 3) == 0
    assert counts.add(7, 2, 3) == 1


def test_a_limit_that_was_lowered_is_exceeded_at_once(counts: Counts) -> None:
    for _ in range(3):
        counts.add(7, 1, 3)
    assert counts.add(7, 1, 2) == 3


def test_processes_that_count_at_once_let_exactly_the_limit_through(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ADDING, str(tmp_path / "counts")]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path.cwd()) for _ in range(2)]
    admitted = [int(process.communicate(timeout=60)[0]) for process in processes]
    assert sum(admitted) == 1500
    assert SharedCounts(tmp_path / "counts").add(7, 1, 1500) == 1500
