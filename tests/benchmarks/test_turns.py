"""Ratios of benchmarks that were measured in turns, and what is called slower."""

import pytest

from benchmarks.turns import compare_turns, show


def test_a_ratio_is_the_median_of_the_turns_own_ratios() -> None:
    # 2, 3 and 1.5 times as long in the three turns; the medians of the sides would give 3 / 2 = 1.5
    changes = compare_turns(
        [{"page": 1.0}, {"page": 4.0}, {"page": 2.0}], [{"page": 2.0}, {"page": 12.0}, {"page": 3.0}]
    )
    (change,) = changes.both
    assert (change.ratio, change.before_s, change.after_s) == (2.0, 2.0, 3.0)


def test_noise_is_how_far_the_turns_of_one_side_lie_apart() -> None:
    calm, noisy = [{"page": 1.0}, {"page": 1.0}], [{"page": 1.0}, {"page": 1.5}]
    for before, after in ((calm, noisy), (noisy, calm)):
        (change,) = compare_turns(before, after).both
        assert change.noise == 1.5


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        ((1.0, 1.25), (1.5, 1.5), "slower"),  # 1.35 times, where the turns of one side differ by 1.25
        ((1.0, 1.25), (1.25, 1.375), ""),  # 1.175 times
        ((1.5, 1.5), (1.0, 1.25), "faster"),
        ((1.0, 1.0), (1.0, 1.0), ""),
        ((1.0, 1.0), (1.01, 1.01), "slower"),
    ],
)
def test_only_what_is_beyond_the_noise_is_called_slower_or_faster(
    before: tuple[float, float], after: tuple[float, float], verdict: str
) -> None:
    (change,) = compare_turns([{"page": s} for s in before], [{"page": s} for s in after]).both
    assert change.verdict == verdict


def test_a_benchmark_of_one_side_is_listed_as_such() -> None:
    before = [{"page": 1.0, "old": 1.0, "at first": 1.0}, {"page": 1.0, "old": 1.0}]
    after = [{"new": 1.0, "page": 1.0}, {"new": 1.0, "page": 1.0}]
    changes = compare_turns(before, after)
    assert [change.name for change in changes.both] == ["page"]
    assert (changes.only_before, changes.only_after) == (["old"], ["new"])


def test_the_table_has_a_line_for_every_benchmark() -> None:
    before = [{"summary": 0.010, "page": 0.25, "old": 1.0}] * 2
    after = [{"summary": 0.010, "page": 0.75, "new": 1.0}] * 2
    assert show(compare_turns(before, after), "v1", "this tree") == [
        "benchmark          v1   this tree  ratio  noise",
        "page       250.000 ms  750.000 ms   3.00   1.00  slower",
        "summary     10.000 ms   10.000 ms   1.00   1.00",
        "only v1: old",
        "only this tree: new",
    ]
