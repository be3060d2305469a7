"""What OData refuses, it refuses in one sentence and in its own shape."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from nexshift.errors import DatabaseUnavailable
from nexshift.storage.connection import open_writer
from nexshift.web.app import create_app
from tests.odata.asking import ROOT, ask, error
from tests.plants import NAMES
from tests.web.plant import StillClock, make_key

RUNS = "production_runs"


@pytest.mark.parametrize(
    ("query", "status", "sentence"),
    [
        ("$fliter=x", 400, 'unknown query option "$fliter"; did you mean "$filter"?'),
        ("filter=x", 400, 'unknown parameter "filter"; did you mean "$filter"?'),
        ("$expand=machine", 501, "$expand is not offered here; use $filter, $select and $orderby"),
        ("$search=x", 501, "$search is not offered here; use $filter, $select and $orderby"),
        ("$apply=x", 501, "$apply is not offered here; use $filter, $select and $orderby"),
        ("$top=1&$top=2", 400, "$top must be sent once, not twice"),
        ("$top=-1", 400, '$top must be a whole number from 0, not "-1"'),
        ("$top=9223372036854775808", 400, '$top must be a whole number from 0, not "9223372036854775808"'),
        ("$skip=a", 400, '$skip must be a whole number from 0, not "a"'),
        ("$count=1", 400, '$count must be true or false, not "1"'),
        ("$select=id,nam", 400, '$select names the column "nam", which is not in this table'),
        ("$select=", 400, '$select names the column "", which is not in this table'),
        (
            "$orderby=started_att",
            400,
            '$orderby names the column "started_att", which is not in this table; did you mean "started_at"?',
        ),
        ("$orderby=id down", 400, '$orderby takes columns, each with asc or desc or neither, not "id down"'),
        ("$orderby=id desc x", 400, '$orderby takes columns, each with asc or desc or neither, not "id desc x"'),
        ("$filter=%FF", 400, "$filter must be percent-encoded UTF-8 text, which its value is not"),
        ("site=x", 400, 'unknown parameter "site"; did you mean "site_id"?'),
        ("limit=5", 400, None),
        ("cursor=abc", 400, None),
        ("from=x", 400, 'from must be a date such as 2026-03-31 or a date-time such as 2026-03-31T06:00:00Z, not "x"'),
        ("site_id=x", 400, None),
    ],
)
def test_a_wrong_option_is_refused_in_one_sentence(
    client: TestClient, key: str, query: str, status: int, sentence: str | None
) -> None:
    answer = client.get(f"{ROOT}{RUNS}?{query}", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == status
    said = error(answer)
    assert sentence is None or said == sentence
    assert "\n" not in said


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("", "$top=1"),
        ("$metadata", "$filter=x"),
        (f"{RUNS}/$count", "$top=1"),
        ("", "from=2026-03-01"),
        (f"{RUNS}(1)/id/$value", "$format=json"),
    ],
)
def test_an_option_is_for_the_resources_that_have_it(client: TestClient, key: str, path: str, query: str) -> None:
    answer = client.get(f"{ROOT}{path}?{query}", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 400
    assert query.partition("=")[0] in error(answer)


@pytest.mark.parametrize(
    "path",
    [
        "nix",
        "production_run",
        f"{RUNS}/x",
        f"{RUNS}/$count/x",
        f"{RUNS}(1)/idd",
        "nix/$ref",
        "$batchx",
        "$crossjoin",
        "..",
        "%FF",
        "$count",
    ],
)
def test_a_path_that_is_not_there_is_404_whoever_asks(client: TestClient, key: str, path: str) -> None:
    for headers in ({}, {"Authorization": f"Bearer {key}"}):
        answer = client.get(f"{ROOT}{path}", headers=headers)
        assert answer.status_code == 404
        assert error(answer).startswith("There is nothing at this path")
    assert error(client.get("/odata/v3")).startswith("There is nothing at this path")


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("id=1", "id is a UUID, written 0b9f3a52-6c1e-4d7a-9a3e-5d2f7c8b1e40, not 1"),
        ("", "a row of production_runs is named by its key, (id=0b9f3a52-6c1e-4d7a-9a3e-5d2f7c8b1e40), not by ()"),
        (
            "uid=1",
            "a row of production_runs is named by its key, (id=0b9f3a52-6c1e-4d7a-9a3e-5d2f7c8b1e40), not by (uid=1)",
        ),
        (
            "1,2",
            "a row of production_runs is named by its key, (id=0b9f3a52-6c1e-4d7a-9a3e-5d2f7c8b1e40), not by (1,2)",
        ),
        ("id='", "(id=') is no key of a row of production_runs"),
    ],
)
def test_a_key_that_is_none_is_explained(client: TestClient, key: str, address: str, sentence: str) -> None:
    answer = ask(client, f"{RUNS}({address})", key)
    assert (answer.status_code, error(answer)) == (400, sentence)


def test_a_resource_that_takes_no_option_says_so(client: TestClient, key: str) -> None:
    for option, sentence in (
        ("format", "$format is not for this resource, which takes no option"),
        ("x", 'unknown query option "$x"; known here are none'),
    ):
        assert error(ask(client, f"{RUNS}(1)/id/$value", key, **{f"_{option}": "1"})) == sentence


def test_a_site_that_the_key_may_not_see_is_403_whatever_else_is_wrong(
    client: TestClient, keys: dict[tuple[int, str], str]
) -> None:
    key = keys[1, "one site"]
    elsewhere = {"site_id": "00000000-0000-4000-8000-000000000000"}
    for path in (RUNS, f"{RUNS}/$count", f"{RUNS}/$ref", "$metadata"):
        for wrong in ({}, {"_nosuch": 1}, {"_top": -1}, {"_expand": "x"}, {"limit": 1}):
            assert ask(client, path, key, **wrong, **elsewhere).status_code == 403
        assert ask(client, path, key, {"OData-MaxVersion": "3.0"}, **elsewhere).status_code == 403
        assert ask(client, path, key, {"Accept": "text/html"}, **elsewhere).status_code == 403


def test_only_reading_is_possible(client: TestClient, key: str) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = client.request(method, f"{ROOT}{RUNS}", headers={"Authorization": f"Bearer {key}"})
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
        assert error(answer) == f"{method} is not possible here, only GET, HEAD, OPTIONS"
    answer = client.options(f"{ROOT}{RUNS}")
    assert (answer.status_code, answer.headers.get_list("odata-version")) == (204, ["4.0"])
    whole = ask(client, RUNS, key)
    head = client.head(f"{ROOT}{RUNS}", headers={"Authorization": f"Bearer {key}"})
    assert head.content == b""
    for name in ("etag", "content-type", "odata-version", "content-length"):
        assert head.headers[name] == whole.headers[name]


def test_who_has_no_key_is_asked_for_one(client: TestClient) -> None:
    for path in ("", "$metadata", RUNS, f"{RUNS}/$count"):
        answer = client.get(f"{ROOT}{path}")
        assert answer.status_code == 401
        assert error(answer) == "Invalid or missing API key"
        assert answer.headers.get_list("www-authenticate") == [
            'Basic realm="Nexshift", charset="UTF-8"',
            'Bearer realm="Nexshift"',
        ]


def test_limits_and_failures_have_the_same_shape(database: Path, tmp_path: Path) -> None:
    connection = open_writer(database)
    slow = make_key(connection, company=NAMES[1], rate_limit=1)
    connection.close()
    app = create_app(database, clock=StillClock())
    with TestClient(app, base_url="http://plant.test", raise_server_exceptions=False) as client:
        assert ask(client, RUNS, slow, _top=1).status_code == 200
        limited = ask(client, RUNS, slow, _top=1)
        assert (limited.status_code, error(limited)) == (429, "Rate limit exceeded")
        assert int(limited.headers["retry-after"]) >= 1


def test_a_fault_of_ours_says_nothing_of_it(client: TestClient, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise ZeroDivisionError("a secret")

    monkeypatch.setattr("nexshift.web.odata.read_rows", fail)
    answer = ask(client, RUNS, key, _top=17)
    assert answer.status_code == 500
    assert error(answer) == "Internal server error"


def test_a_database_that_does_not_answer_is_503(client: TestClient, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise DatabaseUnavailable("/secret/plant.db is gone")

    monkeypatch.setattr("nexshift.web.odata.read_rows", fail)
    answer = ask(client, RUNS, key, _top=18)
    assert (answer.status_code, error(answer)) == (503, "The database does not answer; try again in a moment")
