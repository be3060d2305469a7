"""Groups of runs added up: ratios are made of sums, and a stored downtime is trusted."""

import random
from fractions import Fraction
from itertools import permutations
from types import ModuleType

import pytest

from oee_core import Sums, percent

SEED = 20261201


def test_a_group_is_the_sum_of_its_runs(core: ModuleType) -> None:
    members = [
        (7, 1, 0, 100, 10, 20, None),
        (7, 2, 200, 500, 30.5, None, None),
        (7, 3, 600, 700, 5, 0, None),
        (4, 9, 0, 50, 8, 4, None),
    ]
    stops = [(1, 0, 25), (1, 20, 40), (9, 40, None)]
    assert core.sum_runs(members, stops) == [
        Sums(7, 3, 45.5, 20.0, 10.0, 500, 460),
        Sums(4, 1, 8.0, 4.0, 8.0, 50, 40),
    ]


def test_availability_is_a_ratio_of_sums_and_no_mean_of_ratios(core: ModuleType) -> None:
    # 1 s of 1 s stood, 0 s of 999 s: the mean of the ratios would be 0.5.
    [sums] = core.sum_runs([(1, 1, 0, 1, 0, None, 1), (1, 2, 1, 1000, 0, None, 0)])
    assert sums.availability == 0.999
    assert percent(sums.availability) == 99.9


def test_attainment_leaves_out_runs_without_a_target(core: ModuleType) -> None:
    [sums] = core.sum_runs([(1, 1, 0, 9, 30, 40, 0), (1, 2, 9, 10, 500, None, 0), (1, 3, 9, 10, 500, 0, 0)])
    assert sums.attainment == 0.75
    assert (sums.units, sums.target, sums.units_with_target) == (1030.0, 40.0, 30.0)


def test_attainment_may_be_above_1(core: ModuleType) -> None:
    [sums] = core.sum_runs([(1, 1, 0, 9, 50, 40, 0)])
    assert percent(sums.attainment) == 125.0


def test_ratios_are_none_where_the_divisor_is_0(core: ModuleType) -> None:
    [sums] = core.sum_runs([(1, 1, 5, 5, 10, None, None)])
    assert sums.availability is None
    assert sums.attainment is None


def test_a_stored_downtime_is_used_and_its_stops_are_not(core: ModuleType) -> None:
    members = [(1, 1, 0, 100, 0, None, 30), (1, 2, 100, 200, 0, None, None), (1, 3, 200, 300, 0, None, 0)]
    stops = [(1, 0, 99), (2, 100, 110), (3, 200, 250)]
    [sums] = core.sum_runs(members, stops)
    assert sums.actual_unit_processing_time_s == 300 - 30 - 10


def test_stored_and_computed_downtime_give_the_same_sums(core: ModuleType) -> None:
    runs = [(key, 100 * key, 100 * key + 90) for key in range(1, 50)]
    stops = [(key, 100 * key + key % 7, 100 * key + key) for key, _, _ in runs]
    lengths = core.downtime_seconds(runs, stops)
    computed = core.sum_runs([(run[0] // 10, *run, 1.5, 2, None) for run in runs], stops)
    stored = core.sum_runs([(run[0] // 10, *run, 1.5, 2, down) for run, down in zip(runs, lengths, strict=True)])
    assert stored == computed
    assert [sums.runs for sums in stored] == [9, 10, 10, 10, 10]


@pytest.mark.parametrize(
    ("units", "total"),
    [
        ([0.1, 0.2, 0.3], 0.6),  # one after the other they make 0.6000000000000001
        ([3.9, 5.8, 4.3, 4.2, 7.6], 25.8),
        ([4.6, 6.2, 3.2, 1.2, 0.8], 16.0),
        ([0.1] * 10, 1.0),
        ([2**53, 1, 1], 2.0**53 + 2),  # one after the other they make 2^53
        ([2**53, 1, 5e-324], 2.0**53 + 2),  # the smallest of all decides which way the half goes
        ([2**53, 1], 2.0**53),
    ],
)
def test_quantities_are_added_up_exactly_and_rounded_once(core: ModuleType, units: list[float], total: float) -> None:
    for order in permutations(units) if len(units) <= 5 else [units]:
        [sums] = core.sum_runs([(1, key, 0, 1, each, each, 0) for key, each in enumerate(order)])
        assert sums.units == sums.target == sums.units_with_target == total


def test_attainment_is_made_of_the_exact_sums(core: ModuleType) -> None:
    made = zip([3.9, 5.8, 4.3, 4.2, 7.6], [4.6, 6.2, 3.2, 1.2, 0.8], strict=True)  # 25.8 of 16 are 161.25 %
    [sums] = core.sum_runs([(1, key, 0, 1, *each, 0) for key, each in enumerate(made)])
    assert percent(sums.attainment) == 161.3


@pytest.mark.parametrize("step", [1, 2, 3, 7, 20])
def test_quantities_of_every_size_are_added_up_exactly(core: ModuleType, step: int) -> None:
    """As many as there are powers of two, each with all its digits: of such a sum hardly any part fits in another."""
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    units = [(chance.getrandbits(52) | 2**52) * 2.0**power for power in range(-1074, 1, step)]
    total = float(sum(map(Fraction, units)))
    for _ in range(3):
        [sums] = core.sum_runs([(1, key, 0, 1, each, None, 0) for key, each in enumerate(units)])
        assert sums.units == total
        units = sorted(units, reverse=True) if units == sorted(units) else chance.sample(units, len(units))


def test_what_is_beyond_every_number_has_no_percentage(core: ModuleType) -> None:
    [sums] = core.sum_runs([(1, 1, 0, 1, 2**53, 5e-324, 0)])
    assert percent(sums.attainment) is None


def test_a_time_per_unit_beyond_every_number_is_more_than_enough(core: ModuleType) -> None:
    """PBT by a target of 1e-305 is infinite, and the least of it and 1 is 1."""
    assert core.score_runs([(1, 0, 3600, 5, 1e-305, None)], [], []) == [(100.0, 100.0, 100.0, 100.0)]
    assert core.score_runs([(1, 0, 3600, 0, 1e-305, None)], [], []) == [(100.0, 0.0, None, 0.0)]


def test_sums_of_seconds_are_exact_beyond_64_bits(core: ModuleType) -> None:
    # The longest run there can be lasts 2^53 s; 4096 of nearly that length are together more than 2^64 s.
    members = [(1, key, -(2**52), 2**52 - 1, 0, None, 5) for key in range(4096)]
    [sums] = core.sum_runs(members)
    assert sums.planned_busy_time_s == 4096 * (2**53 - 1)
    assert sums.actual_unit_processing_time_s == 4096 * (2**53 - 6)


def test_no_members_give_no_groups(core: ModuleType) -> None:
    assert core.sum_runs([]) == []
    assert core.sum_runs((), ()) == []


def test_groups_come_in_the_order_given(core: ModuleType) -> None:
    members = [(group, group, 0, 1, 0, None, 0) for group in (5, -3, 2**63 - 1, 0)]
    assert [sums.group_key for sums in core.sum_runs(members)] == [5, -3, 2**63 - 1, 0]


def test_a_group_that_comes_back_is_refused(core: ModuleType) -> None:
    members = [(1, 1, 0, 1, 0, None, 0), (2, 2, 0, 1, 0, None, 0), (1, 3, 0, 1, 0, None, 0)]
    with pytest.raises(ValueError, match=r"^group 1 comes back: the rows of a group must stand together$"):
        core.sum_runs(members)


@pytest.mark.parametrize("downtime", [-1, 11])
def test_a_stored_downtime_that_the_run_cannot_hold_is_refused(core: ModuleType, downtime: int) -> None:
    with pytest.raises(ValueError, match=rf"^run 5 lasts 10 s, so its downtime_s cannot be {downtime}$"):
        core.sum_runs([(1, 5, 0, 10, 0, None, downtime)])
