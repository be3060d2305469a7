"""Groups of runs added up: ratios are made of sums, and a stored downtime is trusted."""

from types import ModuleType

import pytest

from oee_core import Sums, percent


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


def test_units_are_added_up_as_doubles_in_the_order_given(core: ModuleType) -> None:
    [sums] = core.sum_runs([(1, key, 0, 1, units, 1, 0) for key, units in enumerate([0.1, 0.2, 0.3])])
    assert sums.units == sums.units_with_target == 0.6000000000000001
    [sums] = core.sum_runs([(1, key, 0, 1, units, 1, 0) for key, units in enumerate([2**53, 1, 1])])
    assert sums.units == 2.0**53


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
