"""Downtime of a run: every second counts once, and only inside the run."""

from collections.abc import Callable
from types import ModuleType

import pytest

from oee_core import _kernel


def downtime(core: ModuleType, *stops: tuple[int, int | None]) -> int:
    """Of a run from second 100 to second 200."""
    [seconds] = core.downtime_seconds([(1, 100, 200)], [(1, *stop) for stop in stops])
    length: int = seconds
    return length


@pytest.mark.parametrize(
    ("stops", "seconds"),
    [
        pytest.param([], 0, id="none"),
        pytest.param([(110, 130)], 20, id="inside"),
        pytest.param([(110, 130), (140, 145)], 25, id="apart"),
        pytest.param([(110, 130), (120, 150)], 40, id="overlapping"),
        pytest.param([(110, 150), (120, 130)], 40, id="nested"),
        pytest.param([(110, 150), (120, 130), (140, 160)], 50, id="nested then overlapping the outer"),
        pytest.param([(110, 130), (130, 150)], 40, id="touching"),
        pytest.param([(110, 130), (110, 130)], 20, id="twice the same"),
        pytest.param([(110, 110)], 0, id="of 0 s"),
        pytest.param([(110, 111)], 1, id="of 1 s"),
        pytest.param([(130, 110)], 0, id="ending before its start"),
        pytest.param([(110, 150), (160, 120)], 40, id="ending before its start, beside a good one"),
        pytest.param([(50, 120)], 20, id="beginning before the run"),
        pytest.param([(180, 250)], 20, id="ending after the run"),
        pytest.param([(50, 250)], 100, id="around the run"),
        pytest.param([(10, 50), (210, 250)], 0, id="outside"),
        pytest.param([(50, 100), (200, 250)], 0, id="touching the run from outside"),
        pytest.param([(170, None)], 30, id="open"),
        pytest.param([(20, None)], 100, id="open since before the run"),
        pytest.param([(200, None)], 0, id="open from the run's end"),
        pytest.param([(300, None)], 0, id="open after the run"),
        pytest.param([(150, None), (160, 170)], 50, id="open around another"),
        pytest.param([(150, None), (160, None)], 50, id="two open"),
        pytest.param([(160, 170), (140, 150), (145, 165), (110, 120)], 40, id="unsorted"),
    ],
)
def test_downtime_is_the_length_of_the_union_clipped_to_the_run(
    core: ModuleType, stops: list[tuple[int, int | None]], seconds: int
) -> None:
    assert downtime(core, *stops) == seconds


def test_every_order_of_the_stops_gives_the_same_downtime(core: ModuleType) -> None:
    stops = [(100 + 7 * i % 90, 100 + 7 * i % 90 + 3) for i in range(40)]
    expected = len({second for start, end in stops for second in range(start, end)})
    for shift in range(40):
        assert downtime(core, *stops[shift:], *stops[:shift]) == expected


def test_a_run_of_0_seconds_has_no_downtime(core: ModuleType) -> None:
    assert core.downtime_seconds([(1, 50, 50)], [(1, 0, None)]) == [0]


def test_a_run_that_ends_before_it_starts_has_no_downtime(core: ModuleType) -> None:
    assert core.downtime_seconds([(1, 50, 40)], [(1, 0, 100)]) == [0]


def test_runs_without_stops_may_stand_anywhere(core: ModuleType) -> None:
    runs = [(4, 0, 10), (3, 0, 10), (2, 0, 10), (1, 0, 10)]
    assert core.downtime_seconds(runs, [(3, 0, 4), (1, 0, 5)]) == [0, 4, 0, 5]


def test_no_runs(core: ModuleType) -> None:
    assert core.downtime_seconds([], []) == []


# Of stops numbered below 10^6, the places in which they stand; 7919 and 10^6 have no common divisor, so
# i * 7919 % 10^6 visits every number once.
ARRANGEMENTS: dict[str, Callable[[int], int]] = {
    "sorted": lambda i: i,
    "reversed": lambda i: 10**6 - 1 - i,
    "shuffled": lambda i: i * 7919 % 10**6,
    "rising then falling": lambda i: 2 * i if i < 500_000 else 2 * (10**6 - 1 - i) + 1,
}


def a_million_stops(arrangement: str) -> list[tuple[int, int, int]]:
    """Stops of 2 s, one every 3 s."""
    place = ARRANGEMENTS[arrangement]
    return [(1, 3 * place(i), 3 * place(i) + 2) for i in range(10**6)]


@pytest.mark.parametrize("arrangement", ARRANGEMENTS)
def test_no_arrangement_of_a_million_stops_is_slow_in_the_kernel(arrangement: str) -> None:
    """A quadratic sort would need an hour here."""
    stops = a_million_stops(arrangement)
    assert _kernel.downtime_seconds([(1, 0, 3 * 10**6)], stops) == [2 * 10**6]


def test_a_million_stops_in_one_run(core: ModuleType) -> None:
    runs = [(1, 0, 3 * 10**6, 10**6, 2 * 10**6, None)]
    # A third of the time ran, half of the target was made: PRI * units / AUPT = 1.5 * 10^6 / 10^6.
    assert core.score_runs(runs, a_million_stops("shuffled"), []) == [(33.3, 100.0, 100.0, 33.3)]
