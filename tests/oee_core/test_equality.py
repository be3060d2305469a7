"""The kernel gives exactly what the reference gives, on plants that nobody would think of."""

import random
from collections.abc import Callable
from fractions import Fraction
from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from oee_core import _kernel, reference

Rows = list[tuple[Any, ...]]

# A few seconds around each epoch, so that stops and runs overlap, nest, touch and miss each other often.
EPOCHS = (0, -62_135_596_800, 253_402_300_700, 1_774_484_476, -(2**52) + 100)
QUANTITIES = st.one_of(
    st.integers(0, 30),
    st.integers(2**53 - 5, 2**53),
    st.floats(0, 2**53),
    st.floats(0, 1),
    st.decimals(0, 10_000, places=2).map(float),
    st.sampled_from([0, 0.0, -0.0, 5e-324, 1e-300, 0.1, 1 / 3]),
)
SOME_QUANTITIES = st.none() | QUANTITIES


@st.composite
def plants(draw: st.DrawFn) -> tuple[Rows, Rows, Rows]:
    """Runs (from -2 s long), stops (unsorted, open, empty, backwards, beside their run) and scrap."""
    epoch = draw(st.sampled_from(EPOCHS))
    second = st.integers(-60, 60).map(lambda offset: epoch + offset)
    keys = draw(st.lists(st.integers(-5, 12) | st.integers(2**62, 2**63 - 1), unique=True, max_size=8))
    runs: Rows = []
    stops: Rows = []
    scrap: Rows = []
    for key in keys:
        start = draw(second)
        length = draw(st.sampled_from([0, 1, 60]) | st.integers(-2, 100))
        runs.append(
            (
                key,
                start,
                start + length,
                draw(QUANTITIES),
                draw(SOME_QUANTITIES),
                draw(SOME_QUANTITIES),
                "more",
            )
        )
        for begin, end in draw(st.lists(st.tuples(second, st.none() | second), max_size=7)):
            stops.append((key, begin, end, "jam"))
        for units in draw(st.lists(QUANTITIES, max_size=4)):
            scrap.append((key, units))
    return runs, stops, scrap


def assert_equal(function: str, *rows: Rows) -> None:
    """The same values, the same types, the same sign of zero: `repr` of a double is exact."""
    of_kernel = getattr(_kernel, function)(*rows)
    of_reference = getattr(reference, function)(*rows)
    assert of_kernel == of_reference
    assert repr(of_kernel) == repr(of_reference)


modest: Callable[..., Any] = settings(max_examples=250, deadline=None, derandomize=True, database=None)


@modest
@given(plants())
def test_scores_are_equal(plant: tuple[Rows, Rows, Rows]) -> None:
    assert_equal("score_runs", *plant)


def test_scores_of_round_numbers_are_equal() -> None:
    """Round numbers meet the halves of a tenth, where one rounding more or less is seen; random ones never do."""
    runs: Rows = []
    stops: Rows = []
    scrap: Rows = []
    for key, (tenths, units, target) in enumerate(product(range(1, 60), range(1, 60), (None, 96, 192, 384))):
        runs.append((key, 0, 800, units, target, None if target else tenths / 10))
        stops.append((key, 0, 10 * tenths))
        scrap.append((key, tenths / 10))
    assert_equal("score_runs", runs, stops, scrap)


@modest
@given(plants())
def test_downtimes_are_equal(plant: tuple[Rows, Rows, Rows]) -> None:
    runs, stops, _ = plant
    assert_equal("downtime_seconds", runs, stops)


@modest
@given(plants(), st.lists(st.integers(1, 3), min_size=8, max_size=8), st.data())
def test_sums_are_equal(plant: tuple[Rows, Rows, Rows], groups: list[int], data: st.DataObject) -> None:
    runs, stops, _ = plant
    stored = [
        data.draw(st.none() | st.integers(0, max(0, ended_at - started_at))) for _, started_at, ended_at, *_ in runs
    ]
    members = [(group, *run[:5], downtime) for group, run, downtime in zip(sorted(groups), runs, stored, strict=False)]
    assert_equal("sum_runs", members, stops)


QUANTITIES = st.one_of(
    st.floats(0, 2.0**53),
    st.integers(0, 2**53),
    st.decimals(0, 1000, places=2).map(float),
    st.sampled_from([0.1, 5e-324]),
)


@modest
@given(st.lists(QUANTITIES, min_size=1, max_size=120), st.randoms(use_true_random=False))
def test_sums_are_exact_in_every_order(quantities: list[float], chance: random.Random) -> None:
    exact = float(sum(map(Fraction, quantities)))
    for _ in range(2):
        members: Rows = [(1, key, 0, 9, each, each or None, 0) for key, each in enumerate(quantities)]
        [sums] = _kernel.sum_runs(members)
        assert sums.units == sums.target == exact
        assert_equal("sum_runs", members)
        scrap: Rows = [(1, each) for each in quantities]
        one_piece: Rows = [(1, min(exact, 2.0**53))]
        run: Rows = [(1, 0, 9, 2.0**53, None, None)]
        assert_equal("score_runs", run, [], scrap)
        assert exact > 2.0**53 or _kernel.score_runs(run, [], scrap) == _kernel.score_runs(run, [], one_piece)
        chance.shuffle(quantities)


@modest
@given(plants())
def test_downtime_is_the_number_of_seconds_in_which_a_run_stood(plant: tuple[Rows, Rows, Rows]) -> None:
    """Counted second by second, which shares no idea with either implementation."""
    runs, stops, _ = plant
    counted = []
    for key, start, end in (run[:3] for run in runs):
        stood: set[int] = set()
        for run_key, begin, until, _ in stops:
            if run_key == key:
                stood.update(range(max(begin, start), end if until is None else min(until, end)))
        counted.append(len(stood))
    assert _kernel.downtime_seconds(runs, stops) == counted


@modest
@given(plants(), st.data())
def test_a_spoilt_row_is_refused_in_the_same_words(plant: tuple[Rows, Rows, Rows], data: st.DataObject) -> None:
    filled = [rows for rows in plant if rows]
    if not filled:
        return
    rows = data.draw(st.sampled_from(filled))
    at = data.draw(st.integers(0, len(rows) - 1))
    item = data.draw(st.integers(0, len(rows[at]) - 1))
    spoilt = data.draw(
        st.sampled_from([None, "", True, -1, -0.5, 2**53 + 1, 2**63, -(2**63), 10**25, float("nan"), b"", 7])
    )
    rows[at] = data.draw(
        st.sampled_from([rows[at][:item], (*rows[at][:item], spoilt, *rows[at][item + 1 :]), list(rows[at]), None])
    )
    assert outcome(_kernel.score_runs, plant) == outcome(reference.score_runs, plant)


def outcome(score_runs: Callable[..., Any], plant: tuple[Rows, Rows, Rows]) -> tuple[str, str]:
    try:
        return "scores", repr(score_runs(*plant))
    except (TypeError, ValueError) as error:
        return type(error).__name__, str(error)
