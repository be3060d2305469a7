"""Availability, performance, quality and overall of single runs, in numbers that can be checked by hand."""

from datetime import UTC, datetime
from itertools import permutations
from types import ModuleType

import pytest

from oee_core import percent
from oee_core.reference import Percentages


def score(
    core: ModuleType,
    *,
    length_s: int = 1000,
    stopped_s: int = 0,
    units: float = 100,
    target: float | None = None,
    ideal_cycle_time_s: float | None = None,
    scrap: tuple[float, ...] = (),
) -> Percentages:
    """One run that starts at second 0; its only stop begins with it."""
    runs = [(1, 0, length_s, units, target, ideal_cycle_time_s)]
    stops = [(1, 0, stopped_s)] if stopped_s else []
    [result] = core.score_runs(runs, stops, [(1, piece) for piece in scrap])
    percentages: Percentages = result
    return percentages


def test_the_worked_example(core: ModuleType) -> None:
    start = int(datetime(2026, 3, 26, 0, 21, 16, tzinfo=UTC).timestamp())
    end = int(datetime(2026, 3, 26, 2, 21, 29, tzinfo=UTC).timestamp())
    assert end - start == 7213
    runs = [(1, start, end, 9700, 10000, None)]
    stops = [(1, start + 600, start + 600 + 20 * 60)]
    # A = 6013 / 7213; P = 0.7213 * 9700 / 6013 is above 1; Q = 9680 / 9700.
    assert core.score_runs(runs, stops, [(1, 20)]) == [(83.4, 100.0, 99.8, 83.2)]


def test_no_runs_give_no_scores(core: ModuleType) -> None:
    assert core.score_runs([], [], []) == []


def test_runs_are_scored_in_the_order_given(core: ModuleType) -> None:
    runs = [(9, 0, 100, 10, None, 1), (2, 0, 100, 10, None, 2), (5, 0, 100, 10, None, 4)]
    assert [result[1] for result in core.score_runs(runs, [], [])] == [10.0, 20.0, 40.0]


def test_children_go_to_their_own_run(core: ModuleType) -> None:
    runs = [(9, 0, 100, 10, None, 10), (2, 0, 100, 10, None, 10), (5, 0, 100, 10, None, 10)]
    scores = core.score_runs(runs, [(9, 0, 10), (5, 0, 20), (5, 50, 60)], [(2, 1), (2, 2), (5, 5)])
    assert [result[0] for result in scores] == [90.0, 100.0, 70.0]
    assert [result[2] for result in scores] == [100.0, 70.0, 50.0]


def test_performance_takes_the_ideal_cycle_time_before_the_target(core: ModuleType) -> None:
    # 100 units at 4 s each in 1000 s; the target alone would say 100 / 125.
    assert score(core, target=125, ideal_cycle_time_s=4) == (100.0, 40.0, 100.0, 40.0)


def test_performance_without_an_ideal_cycle_time_is_held_against_the_target(core: ModuleType) -> None:
    # Planned 1000 s / 125 = 8 s a unit; 60 units are worth 480 s of the 800 s that were run.
    assert score(core, stopped_s=200, units=60, target=125) == (80.0, 60.0, 100.0, 48.0)


def test_performance_is_at_most_100(core: ModuleType) -> None:
    assert score(core, ideal_cycle_time_s=11) == (100.0, 100.0, 100.0, 100.0)


@pytest.mark.parametrize("target", [None, 0, 0.0])
def test_performance_and_overall_are_unknown_without_cycle_time_and_target(
    core: ModuleType, target: float | None
) -> None:
    assert score(core, target=target, scrap=(50,)) == (100.0, None, 50.0, None)


def test_an_ideal_cycle_time_of_0_is_on_record(core: ModuleType) -> None:
    assert score(core, target=100, ideal_cycle_time_s=0) == (100.0, 0.0, 100.0, 0.0)


@pytest.mark.parametrize("target", [None, 100])
def test_nothing_made_is_performance_0_and_overall_0_with_quality_unknown(
    core: ModuleType, target: float | None
) -> None:
    assert score(core, units=0, target=target) == (100.0, 0.0, None, 0.0)


@pytest.mark.parametrize("target", [None, 100])
def test_a_run_that_stood_all_the_time_scores_0(core: ModuleType, target: float | None) -> None:
    assert score(core, stopped_s=1000, target=target) == (0.0, 0.0, 100.0, 0.0)


def test_a_run_of_0_seconds_has_no_availability_and_scores_0(core: ModuleType) -> None:
    assert score(core, length_s=0, ideal_cycle_time_s=1) == (None, 0.0, 100.0, 0.0)


def test_a_run_that_ends_before_it_starts_counts_as_0_seconds(core: ModuleType) -> None:
    assert score(core, length_s=-5, stopped_s=3, ideal_cycle_time_s=1) == (None, 0.0, 100.0, 0.0)


def test_a_run_of_1_second(core: ModuleType) -> None:
    assert score(core, length_s=1, units=1, target=2) == (100.0, 50.0, 100.0, 50.0)
    assert score(core, length_s=1, units=1, target=2, stopped_s=1) == (0.0, 0.0, 100.0, 0.0)


def test_more_scrap_than_units_is_quality_0(core: ModuleType) -> None:
    assert score(core, target=100, scrap=(60, 60)) == (100.0, 100.0, 0.0, 0.0)


def test_quality_0_decides_overall_even_where_performance_is_unknown(core: ModuleType) -> None:
    assert score(core, scrap=(100,)) == (100.0, None, 0.0, 0.0)


def test_the_order_of_scrap_does_not_show(core: ModuleType) -> None:
    # 2.3 of 8 leave 71.25 %, rounded upwards; one after the other, some orders make 2.3000000000000003.
    assert 0.1 + 0.2 + 2.0 < 2.0 + 0.2 + 0.1
    assert {score(core, units=8, scrap=scrap)[2] for scrap in permutations((0.1, 0.2, 2.0))} == {71.3}


def test_decimal_quantities(core: ModuleType) -> None:
    # 2.5 of 10 kg made at 100 s a kg, 0.25 kg lost: P = 250 / 1000, Q = 2.25 / 2.5.
    assert score(core, units=2.5, target=10.0, scrap=(0.125, 0.125)) == (100.0, 25.0, 90.0, 22.5)


def test_a_half_of_a_tenth_is_rounded_upwards(core: ModuleType) -> None:
    assert percent(0.0625) == 6.3
    # 1 of 16 seconds run is 6.25 %; rounding half to even would say 6.2.
    assert score(core, length_s=16, stopped_s=15, ideal_cycle_time_s=1)[0] == 6.3


def test_overall_is_rounded_once_and_not_made_of_rounded_parts(core: ModuleType) -> None:
    # 0.9995 * 0.9995 is 0.99900025: 99.9.  The rounded parts, 100.0 each, would give 100.0.
    assert score(core, length_s=2000, stopped_s=1, units=2000, ideal_cycle_time_s=1, scrap=(1,)) == (
        100.0,
        100.0,
        100.0,
        99.9,
    )


def test_performance_multiplies_before_it_divides(core: ModuleType) -> None:
    # 0.2 s * 35 / 400 s is 1.75 %, rounded upwards; 0.2 * (35 / 400) is 0.017499999999999998, which is not.
    assert 0.2 * (35 / 400) < 0.2 * 35 / 400
    assert score(core, length_s=400, units=35, ideal_cycle_time_s=0.2)[1] == 1.8


def test_overall_multiplies_from_the_left(core: ModuleType) -> None:
    # 5 % of 40 % is 2 %, and 17.5 % of that 0.35 %, rounded upwards; 0.05 * (0.4 * 0.175) is just below it.
    assert 0.05 * (0.4 * 0.175) < 0.05 * 0.4 * 0.175
    scores = score(core, length_s=1000, stopped_s=950, units=40, ideal_cycle_time_s=0.5, scrap=(33,))
    assert scores == (5.0, 40.0, 17.5, 0.4)


def test_an_overflowing_performance_is_100(core: ModuleType) -> None:
    # 1000 s / 5e-324 is infinite.
    assert score(core, target=5e-324)[1] == 100.0


def test_counts_up_to_2_to_the_53(core: ModuleType) -> None:
    largest = 2**53
    assert score(core, units=largest, target=largest, scrap=(largest // 4,)) == (100.0, 100.0, 75.0, 75.0)
    assert score(core, units=largest - 1, target=largest, scrap=(largest - 1,))[2] == 0.0


def test_years_before_1970_and_up_to_9999(core: ModuleType) -> None:
    first, last = -62_135_596_800, 253_402_300_799
    assert datetime.fromtimestamp(first, UTC).year == 1
    assert datetime.fromtimestamp(last, UTC).year == 9999
    runs = [
        (1, first, first + 100, 1, None, 50),
        (2, first, last, 1, None, 50),
        (3, last - 100, last, 1, None, 50),
    ]
    stops = [(1, first - 5, first + 25), (3, last - 50, None)]
    assert [scores[0] for scores in core.score_runs(runs, stops, [])] == [75.0, 100.0, 50.0]


def test_items_beyond_those_needed_are_ignored(core: ModuleType) -> None:
    runs = [(1, 0, 100, 10, None, 10, "Auto 3", None, b"")]
    assert core.score_runs(runs, [(1, 0, 10, "jam")], [(1, 1, "dented", 4.5)]) == [(90.0, 100.0, 90.0, 81.0)]


def test_rows_may_stand_in_lists_tuples_and_iterators(core: ModuleType) -> None:
    runs, stops, scrap = [(1, 0, 100, 10, None, 10)], [(1, 0, 10)], [(1, 1)]
    expected = [(90.0, 100.0, 90.0, 81.0)]
    assert core.score_runs(runs, stops, scrap) == expected
    assert core.score_runs(tuple(runs), tuple(stops), tuple(scrap)) == expected
    assert core.score_runs(iter(runs), iter(stops), iter(scrap)) == expected


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [
        (None, None),
        (0, 0.0),
        (0.0, 0.0),
        (1, 100.0),
        (0.83363, 83.4),
        (1.25, 125.0),
        (float("inf"), None),  # beyond every number
    ],
)
def test_percent(ratio: float | None, expected: float | None) -> None:
    assert percent(ratio) == expected
