"""How long does the OEE of a page take: the kernel, against Python and numpy that start from the same row tuples?

The rivals do as well as they can: "python" is plain Python without any check of its input, "numpy" turns the rows
into columns and works on whole arrays, "reference" is the checked specification.  Each must give exactly the
kernel's result before it is timed.  Run with `pytest benchmarks/test_oee.py`.
"""

import random
from collections.abc import Callable
from math import floor
from typing import Any

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from oee_core import _kernel, reference

Rows = list[tuple[Any, ...]]
Columns = Any


def plant(count: int) -> tuple[Rows, Rows, Rows]:
    """Runs of half an hour to four hours, with two stops and two scrap rows each on average."""
    chance = random.Random(22400)
    runs: Rows = []
    stops: Rows = []
    scrap: Rows = []
    start = 1_700_000_000
    for key in range(1, count + 1):
        length = chance.randint(1800, 14_400)
        target = chance.choice([None, 8000, 10_000])
        ideal_cycle_time_s = chance.choice([None, None, 0.7])
        runs.append((key, start, start + length, chance.randint(0, 10_000), target, ideal_cycle_time_s))
        for begin in sorted(chance.randint(0, length) for _ in range(chance.randint(0, 4))):
            end = None if chance.random() < 0.05 else start + begin + chance.randint(1, 900)
            stops.append((key, start + begin, end))
        for _ in range(chance.randint(0, 4)):
            scrap.append((key, chance.choice([chance.randint(1, 30), chance.random() * 9])))
        start += length + 60
    return runs, stops, scrap


def score_in_python(runs: Rows, stops: Rows, scrap: Rows) -> Rows:  # noqa: PLR0912 - one loop, for speed
    """One merge pass over rows that are taken to be good and sorted."""
    scores: Rows = []
    stop_at, scrap_at = 0, 0
    stop_count, scrap_count = len(stops), len(scrap)
    for key, started_at, ended_at, units, target, ideal_cycle_time_s in runs:
        down, reached = 0, started_at
        while stop_at < stop_count and stops[stop_at][0] == key:
            _, begin, end = stops[stop_at]
            stop_at += 1
            begin = max(begin, reached)
            if end is None or end > ended_at:
                end = ended_at
            if end > begin:
                down += end - begin
                reached = end
        scrapped = 0.0
        while scrap_at < scrap_count and scrap[scrap_at][0] == key:
            scrapped += scrap[scrap_at][1]
            scrap_at += 1
        busy = ended_at - started_at
        actual = busy - down
        a = actual / busy if busy > 0 else None
        if actual == 0 or units == 0:
            p = 0.0
        elif ideal_cycle_time_s is not None:
            p = ideal_cycle_time_s * units / actual
        elif target:
            p = busy / target * units / actual
        else:
            p = None
        if p is not None and p > 1:
            p = 1.0
        q = (units - scrapped) / units if units else None
        if q is not None and q < 0:
            q = 0.0
        if a == 0 or p == 0 or q == 0:
            o = 0.0
        elif a is None or p is None or q is None:
            o = None
        else:
            o = a * p * q
        scores.append(
            (
                None if a is None else floor(a * 1000 + 0.5) / 10,
                None if p is None else floor(p * 1000 + 0.5) / 10,
                None if q is None else floor(q * 1000 + 0.5) / 10,
                None if o is None else floor(o * 1000 + 0.5) / 10,
            )
        )
    return scores


def score_in_numpy(runs: Rows, stops: Rows, scrap: Rows) -> Rows:
    """Whole arrays; None is NaN.  The runs are laid end to end, so that one running maximum merges all stops."""
    keys, started_at, ended_at, units, target, ideal_cycle_time_s = columns(runs)
    busy = np.maximum(ended_at - started_at, 0)
    stop_key, begin, end = columns(stops)
    run_of = np.searchsorted(keys, stop_key)
    offset = (np.cumsum(busy) - busy)[run_of]
    start, length = started_at[run_of], busy[run_of]
    begin = offset + np.clip(begin - start, 0, length)
    end = offset + np.where(np.isnan(end), length, np.clip(end - start, 0, length))
    reached = np.maximum.accumulate(end)
    down = end - np.maximum(begin, np.concatenate(([0.0], reached[:-1])))
    actual = busy - np.bincount(run_of, np.maximum(down, 0), len(runs))
    scrap_key, scrap_units = columns(scrap)
    scrapped = np.bincount(np.searchsorted(keys, scrap_key), scrap_units, len(runs))
    with np.errstate(divide="ignore", invalid="ignore"):
        a = np.where(busy > 0, actual / busy, np.nan)
        per_unit = np.where(
            np.isnan(ideal_cycle_time_s), busy / np.where(target == 0, np.nan, target), ideal_cycle_time_s
        )
        p = np.where((actual == 0) | (units == 0), 0.0, np.minimum(1.0, per_unit * units / actual))
        q = np.where(units == 0, np.nan, np.maximum(0.0, (units - scrapped) / units))
    o = np.where((a == 0) | (p == 0) | (q == 0), 0.0, a * p * q)
    percentages = np.floor(np.column_stack((a, p, q, o)) * 1000 + 0.5) / 10
    return [tuple(row) for row in np.where(np.isnan(percentages), None, percentages).tolist()]


def columns(rows: Rows) -> Columns:
    return (np.array(column, np.float64) for column in zip(*rows, strict=True))


CONTENDERS: dict[str, Callable[[Rows, Rows, Rows], Any]] = {
    "kernel": _kernel.score_runs,
    "numpy": score_in_numpy,
    "python": score_in_python,
    "reference": reference.score_runs,
}
ROUNDS = {1_000: 50, 100_000: 5}


@pytest.fixture(scope="module", params=ROUNDS)
def rows(request: pytest.FixtureRequest) -> tuple[Rows, Rows, Rows]:
    return plant(request.param)


@pytest.mark.parametrize("contender", CONTENDERS)
def test_score_runs(benchmark: BenchmarkFixture, rows: tuple[Rows, Rows, Rows], contender: str) -> None:
    score = CONTENDERS[contender]
    assert score(*rows) == _kernel.score_runs(*rows)
    benchmark.group = f"OEE of {len(rows[0]):,} runs"
    benchmark.pedantic(score, rows, rounds=ROUNDS[len(rows[0])], warmup_rounds=1)
