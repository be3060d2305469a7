"""What OData has and this service has not is 501; what is no OData at all is 400 (Protocol, 6.1 and 9.3.1)."""

from __future__ import annotations

import pytest
from litestar.testing import TestClient

from nexshift.odata.functions import FUNCTIONS
from nexshift.odata.tokens import OTHER_FUNCTIONS
from tests.odata.asking import ROOT, ask, error

RUNS = "production_runs"
CANONICAL = {
    *("concat", "contains", "endswith", "indexof", "length", "startswith", "substring", "tolower", "toupper", "trim"),
    *("year", "month", "day", "hour", "minute", "second", "fractionalseconds", "date", "time", "totaloffsetminutes"),
    *("now", "maxdatetime", "mindatetime", "totalseconds", "round", "floor", "ceiling", "isof", "cast"),
    *("geo.distance", "geo.intersects", "geo.length"),
    *("matchespattern", "hassubset", "hassubsequence", "case"),
}
"""Of OData 4.0 (URL Conventions, 5.1.1.4) and 4.01 (5.1.1.5 to 5.1.1.12), in small letters."""


def test_every_canonical_function_is_either_here_or_501() -> None:
    assert set(FUNCTIONS) | OTHER_FUNCTIONS == CANONICAL
    assert not set(FUNCTIONS) & OTHER_FUNCTIONS


@pytest.mark.parametrize("name", sorted(OTHER_FUNCTIONS))
@pytest.mark.parametrize("call", ["{}() eq 1", "{}(units_produced) eq 1", "not {}(id, 'x') and true", "1 lt {}(1,2,3)"])
def test_a_function_that_is_not_offered_is_501(client: TestClient, key: str, name: str, call: str) -> None:
    for written in (name, name.upper()):
        answer = ask(client, RUNS, key, _filter=call.format(written))
        assert answer.status_code == 501, answer.text
        assert error(answer).startswith(
            f"$filter has the function {written}, which is not offered; known here are conta"
        )


@pytest.mark.parametrize(
    "text",
    [
        "units_produced has 1",
        "machine_name has Nexshift.Color'red'",
        "units_produced divby 2 eq 1",
        "case(units_produced eq 1:2,true:3) eq 2",
        "cast(units_produced,Edm.String) eq '75'",
        "isof(Nexshift.production_runs)",
        "tags/any(tag:tag eq 'a')",
        "tags/any()",
        "tags/all(t:t gt 1)",
        "$it/machine_name eq 'a'",
        "machine_name eq $root/x",
        "started_at add duration'PT1H' gt ended_at",
        "started_at sub ended_at gt 1",
        "date sub 2026-03-01 gt 1",
        "started_at gt duration'PT1H'",
        "geo.distance(a,b) lt geography'POINT(1 2)'",
        "started_at gt 07:59:59",
        "units_produced lt INF",
        "oee_overall gt -INF",
        "oee_overall ne NaN",
        "INF gt oee_overall",
        "oee_overall in (1, NaN)",
    ],
)
def test_a_filter_with_what_is_not_offered_is_501(client: TestClient, key: str, text: str) -> None:
    answer = ask(client, RUNS, key, _filter=text)
    assert answer.status_code == 501, answer.text
    assert error(answer).startswith("$filter ")
    assert ask(client, f"{RUNS}/$count", key, _filter=text).status_code == 501


@pytest.mark.parametrize(
    "text",
    [
        "nosuch(units_produced) eq 1",
        "rounds(units_produced) eq 1",
        "geo.nosuch(id) eq 1",
        "Nexshift.round(id) eq 1",
        "has",
        "now eq 1",
        "oee_overall lt inf",
        "oee_overall lt INFINITY",
        "units_produced hass 1",
        "site/name eq 'a'",
        "$other eq 1",
        "$",
        "units_produced === 1",
    ],
)
def test_what_is_no_odata_is_400(client: TestClient, key: str, text: str) -> None:
    answer = ask(client, RUNS, key, _filter=text)
    assert answer.status_code == 400, answer.text
    error(answer)


@pytest.mark.parametrize(
    "option", ["expand", "search", "apply", "compute", "levels", "deltatoken", "index", "schemaversion"]
)
def test_an_option_that_is_not_offered_is_501(client: TestClient, key: str, option: str) -> None:
    answer = ask(client, RUNS, key, **{f"_{option}": "machine"})
    assert (answer.status_code, error(answer)) == (
        501,
        f"${option} is not offered here; use $filter, $select and $orderby",
    )


@pytest.mark.parametrize(
    "text",
    [
        "length(machine_name)",
        "tolower(machine_name) desc",
        "site/name",
        "units_produced mul 2 desc",
        "started_at,-units_produced",
        "machine_name eq 'a'",
        "not passed",
        "75",
        "null",
        "true desc",
        "@p",
    ],
)
def test_an_order_by_expressions_is_501(client: TestClient, key: str, text: str) -> None:
    answer = ask(client, RUNS, key, _orderby=text)
    assert answer.status_code == 501
    assert error(answer).startswith("$orderby takes columns, and no expressions such as ")


@pytest.mark.parametrize(
    "path",
    [
        "$batch",
        "$batch/",
        "$all",
        "$entity",
        "$crossjoin(production_runs,quality_checks)",
        f"{RUNS}/$ref",
        f"{RUNS}(00000000-0000-4000-8000-000000000000)/$ref",
    ],
)
def test_a_resource_that_is_not_offered_is_501(client: TestClient, key: str, path: str) -> None:
    assert client.get(f"{ROOT}{path}").status_code == 401, "before it is told what there is"
    answer = ask(client, path, key)
    assert (answer.status_code, error(answer)) == (
        501,
        "What this path names in OData is not offered here, only tables, rows and their values",
    )
