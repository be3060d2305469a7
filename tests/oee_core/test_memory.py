"""The kernel's own memory is given back, also when it refuses the rows it has packed."""

import os
from pathlib import Path

import pytest

from oee_core import _kernel

STATM = Path("/proc/self/statm")

RUNS = [(key, 0, 10, 1, None, 1) for key in range(10_000)]
MEMBERS = [(key, key, 0, 10, 1, None, None) for key in range(10_000)]
STOPS = [(key, 0, 5) for key in range(10_000)]
SCRAP = [(key, 1) for key in range(10_000)]


def resident_mb() -> float:
    return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


@pytest.mark.skipif(not STATM.exists(), reason="counts resident pages in /proc, which only Linux has")
def test_no_memory_is_lost_whether_rows_are_scored_or_refused() -> None:
    def round_of_calls() -> None:
        _kernel.score_runs(RUNS, STOPS, SCRAP)
        _kernel.sum_runs(MEMBERS, STOPS)
        _kernel.downtime_seconds(RUNS, STOPS)
        for refused in (
            lambda: _kernel.score_runs([*RUNS, ()], STOPS, SCRAP),
            lambda: _kernel.score_runs(RUNS, [*STOPS, ()], SCRAP),
            lambda: _kernel.score_runs(RUNS, STOPS, [*SCRAP, (0, 1)]),
            lambda: _kernel.sum_runs([*MEMBERS, (0, -1, 0, 1, 1, None, 0)], STOPS),
        ):
            with pytest.raises(ValueError):
                refused()

    for _ in range(5):
        round_of_calls()
    before = resident_mb()
    # The smallest array of one call is 10,000 stops of 16 bytes: 80 lost ones would be 12 MB.
    for _ in range(80):
        round_of_calls()
    assert resident_mb() - before < 6
