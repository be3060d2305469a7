"""What the core does not take: each refusal names the row, and both implementations say the same."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from oee_core import _kernel, reference

RUN = (1, 0, 100, 10, None, None)
STOP = (1, 0, 10)
SCRAP = (1, 1)
MEMBER = (1, 1, 0, 100, 10, None, None)
NAN, INF = float("nan"), float("inf")

Call = Callable[[ModuleType], Any]


def changed(row: tuple[Any, ...], at: int, value: object) -> tuple[Any, ...]:
    return (*row[:at], value, *row[at + 1 :])


def runs(*rows: object) -> Call:
    return lambda core: core.score_runs(list(rows), [], [])


def stops(*rows: object) -> Call:
    return lambda core: core.score_runs([RUN, changed(RUN, 0, 2)], list(rows), [])


def scrap(*rows: object) -> Call:
    return lambda core: core.score_runs([RUN, changed(RUN, 0, 2)], [], list(rows))


def members(*rows: object) -> Call:
    return lambda core: core.sum_runs(list(rows), [])


REFUSALS: dict[str, tuple[Call, type[Exception], str]] = {
    "a run that is no tuple": (runs([1, 0, 1, 1, 1, 1]), TypeError, "run row 0 must be a tuple, not list"),
    "a run with 5 items": (runs(RUN, RUN[:5]), ValueError, "run row 1 needs 6 items, but has 5"),
    "an empty run": (runs(()), ValueError, "run row 0 needs 6 items, but has 0"),
    "a text key": (runs(changed(RUN, 0, "1")), TypeError, "run row 0: run_key must be an int, not str ('1')"),
    "a true key": (runs(changed(RUN, 0, True)), TypeError, "run_key must be an int, not bool"),
    "a key beyond 64 bits": (
        runs(changed(RUN, 0, 2**63)),
        ValueError,
        "run_key 9223372036854775808 is beyond",
    ),
    "a key below 64 bits": (
        runs(changed(RUN, 0, -(2**63))),
        ValueError,
        "run_key -9223372036854775808 is beyond",
    ),
    "a huge key": (runs(changed(RUN, 0, 10**40)), ValueError, "is beyond 9223372036854775807"),
    "a fraction of a second": (
        runs(changed(RUN, 1, 0.5)),
        TypeError,
        "started_at must be an int, not float (0.5)",
    ),
    "an open run": (runs(changed(RUN, 2, None)), TypeError, "ended_at must be an int, not NoneType (None)"),
    "an instant too late": (
        runs(changed(RUN, 2, 2**52 + 1)),
        ValueError,
        "ended_at 4503599627370497 is beyond",
    ),
    "an instant too early": (
        runs(changed(RUN, 1, -(2**52) - 1)),
        ValueError,
        "started_at -4503599627370497 is",
    ),
    "no units": (
        runs(changed(RUN, 3, None)),
        TypeError,
        "units must be an int or a float, not NoneType (None)",
    ),
    "units as text": (
        runs(changed(RUN, 3, "9")),
        TypeError,
        "units must be an int or a float, not str ('9')",
    ),
    "true units": (
        runs(changed(RUN, 3, True)),
        TypeError,
        "units must be an int or a float, not bool (True)",
    ),
    "negative units": (runs(changed(RUN, 3, -1)), ValueError, "units -1 is not a quantity from 0 to 2^53"),
    "slightly negative units": (
        runs(changed(RUN, 3, -5e-324)),
        ValueError,
        "units -5e-324 is not a quantity",
    ),
    "units of NaN": (runs(changed(RUN, 3, NAN)), ValueError, "units nan is not a quantity"),
    "infinite units": (runs(changed(RUN, 3, INF)), ValueError, "units inf is not a quantity"),
    "units beyond 2^53": (
        runs(changed(RUN, 3, 2**53 + 1)),
        ValueError,
        "units 9007199254740993 is not a quantity",
    ),
    "units beyond 64 bits": (
        runs(changed(RUN, 3, 10**30)),
        ValueError,
        "units 1000000000000000000000000000000 is",
    ),
    "a negative target": (runs(changed(RUN, 4, -0.5)), ValueError, "target -0.5 is not a quantity"),
    "a target as text": (
        runs(changed(RUN, 4, "many")),
        TypeError,
        "target must be an int or a float, not str",
    ),
    "a negative cycle time": (
        runs(changed(RUN, 5, -1)),
        ValueError,
        "ideal_cycle_time_s -1 is not a quantity",
    ),
    "a cycle time of NaN": (
        runs(changed(RUN, 5, NAN)),
        ValueError,
        "ideal_cycle_time_s nan is not a quantity",
    ),
    "the same run twice": (runs(RUN, RUN), ValueError, "run 1 comes twice in a row"),
    "a stop that is no tuple": (stops("stop"), TypeError, "stop row 0 must be a tuple, not str ('stop')"),
    "a stop with 2 items": (stops(STOP, (1, 0)), ValueError, "stop row 1 needs 3 items, but has 2: (1, 0)"),
    "a stop without start": (stops((1, None, 5)), TypeError, "stop row 0: started_at must be an int"),
    "a stop ending in text": (
        stops((1, 0, "5")),
        TypeError,
        "stop row 0: ended_at must be an int, not str ('5')",
    ),
    "a stop ending too late": (
        stops((1, 0, 2**62)),
        ValueError,
        "stop row 0: ended_at 4611686018427387904 is",
    ),
    "a stop of no run": (
        stops((1, 0, 1), (3, 0, 1)),
        ValueError,
        "a stop row of run 3 does not come in the order",
    ),
    "a stop out of order": (
        stops((2, 0, 1), (1, 0, 1)),
        ValueError,
        "a stop row of run 1 does not come in the",
    ),
    "scrap that is no tuple": (scrap(None), TypeError, "scrap row 0 must be a tuple, not NoneType (None)"),
    "scrap with 1 item": (scrap((1,)), ValueError, "scrap row 0 needs 2 items, but has 1: (1,)"),
    "negative scrap": (scrap(SCRAP, (1, -2)), ValueError, "scrap row 1: units -2 is not a quantity"),
    "scrap without units": (scrap((1, None)), TypeError, "scrap row 0: units must be an int or a float"),
    "scrap of no run": (
        scrap((3, 1)),
        ValueError,
        "a scrap row of run 3 does not come in the order of the runs",
    ),
    "scrap out of order": (
        scrap((2, 1), (1, 1)),
        ValueError,
        "a scrap row of run 1 does not come in the order",
    ),
    "a member with 6 items": (members(MEMBER[:6]), ValueError, "run row 0 needs 7 items, but has 6"),
    "a text group": (members(changed(MEMBER, 0, "Auto 3")), TypeError, "group_key must be an int, not str"),
    "a stored downtime as float": (members(changed(MEMBER, 6, 1.0)), TypeError, "downtime_s must be an int"),
    "the same member twice": (members(MEMBER, MEMBER), ValueError, "run 1 comes twice in a row"),
    "stops of no member": (
        lambda core: core.sum_runs([MEMBER], [(2, 0, 1)]),
        ValueError,
        "a stop row of run 2 does not come in the order of the runs, or there is no such run",
    ),
    "an interval with 2 items": (
        lambda core: core.downtime_seconds([(1, 0)], []),
        ValueError,
        "run row 0 needs 3 items, but has 2: (1, 0)",
    ),
    "a stop although there are no runs": (
        lambda core: core.downtime_seconds([], [STOP]),
        ValueError,
        "a stop row of run 1 does not come in the order of the runs",
    ),
    "no rows at all": (
        lambda core: core.score_runs(None, [], []),
        TypeError,
        "'NoneType' object is not iterable",
    ),
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_refused(core: ModuleType, refusal: str) -> None:
    call, error, sentence = REFUSALS[refusal]
    with pytest.raises(error) as caught:
        call(core)
    assert sentence in str(caught.value)


@pytest.mark.parametrize("refusal", REFUSALS)
def test_both_implementations_refuse_in_the_same_words(refusal: str) -> None:
    call, error, _ = REFUSALS[refusal]
    with pytest.raises(error) as of_kernel:
        call(_kernel)
    with pytest.raises(error) as of_reference:
        call(reference)
    assert type(of_kernel.value) is type(of_reference.value)
    assert str(of_kernel.value) == str(of_reference.value)


def test_the_first_fault_of_several_is_named(core: ModuleType) -> None:
    with pytest.raises(ValueError, match=r"^run row 1 needs 6"):
        core.score_runs([RUN, (), RUN, RUN], [(9, 0, 1)], [()])
    with pytest.raises(ValueError, match=r"^a stop row of run 9"):
        core.score_runs([RUN], [(9, 0, 1), ()], [()])


def test_keys_and_instants_at_their_limits_are_taken(core: ModuleType) -> None:
    limit = 2**52
    assert core.downtime_seconds([(-(2**63) + 1, -limit, limit)], [(-(2**63) + 1, -limit, None)]) == [2**53]
