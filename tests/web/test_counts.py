"""Requests of a key, counted by one process or by several together."""

import multiprocessing
import os
from pathlib import Path

import pytest

from nexshift.web.counts import Counts, LocalCounts, SharedCounts
from nexshift.web.shared_memory import SharedMemory
from tests.web.counting import add_often

spawning = multiprocessing.get_context("spawn")


@pytest.fixture(params=["nameless", "file"])
def shared(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SharedCounts:
    """In memory without a name, and as it is where the system has none."""
    if request.param == "file":
        monkeypatch.delattr(os, "memfd_create", raising=False)
    counts = SharedCounts(SharedMemory(SharedCounts.SIZE, tmp_path))
    assert list(tmp_path.iterdir()) == [], "nothing can be left behind"
    return counts


@pytest.fixture(params=["local", "shared"])
def counts(request: pytest.FixtureRequest, shared: SharedCounts) -> Counts:
    return LocalCounts() if request.param == "local" else shared


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


def test_processes_that_count_at_once_let_exactly_the_limit_through(shared: SharedCounts) -> None:
    processes = [
        spawning.Process(target=add_often, args=(shared, 7, 1500)),
        spawning.Process(target=add_often, args=(shared, 8, 3000)),
        spawning.Process(target=add_often, args=(shared, 7, 1500)),
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    assert shared.add(7, 1, 2000) == 1500
    assert shared.add(8, 1, 2000) == 1000
