"""One value of a row has an address of its own, and a filter may name values that stand elsewhere in the address."""

from __future__ import annotations

import json

import pytest
from litestar.testing import TestClient

from nexshift.config import MAX_ODATA_QUERY_BYTES
from nexshift.odata.aliases import replace_aliases
from nexshift.tables.table import Table
from tests.odata.asking import ROOT, ask, error, rows

RUNS = "production_runs"


def test_every_value_of_a_row_has_an_address(client: TestClient, key: str, each_table: Table) -> None:
    whole = rows(client, each_table.name, key)
    if not whole:
        assert each_table.name == "deletions"
        return
    body = ask(client, each_table.name, key, {"Accept": "application/json;odata.metadata=full"}, _top=1).json()
    place = body["value"][0]["@odata.id"]
    for name, value in whole[0].items():
        alone = ask(client, f"{place}/{name}", key)
        raw = ask(client, f"{place}/{name}/$value", key)
        if value is None:
            assert (alone.status_code, alone.content, raw.status_code, raw.content) == (204, b"", 204, b"")
            continue
        assert alone.json() == {"@odata.context": f"{ROOT}$metadata#{place}/{name}", "value": value}
        assert raw.headers["content-type"] == "text/plain;charset=utf-8"
        assert (raw.text if isinstance(value, str) else json.loads(raw.text)) == value
        assert "nexshift-change-token" in raw.headers


def test_an_empty_text_is_a_value(client: TestClient, key: str) -> None:
    address = "production_downtime_by_reason('')/reason"
    assert ask(client, address, key).json()["value"] == ""
    raw = ask(client, f"{address}/$value", key)
    assert (raw.status_code, raw.text) == (200, "")


def test_a_value_comes_in_the_form_that_is_asked_for(client: TestClient, key: str) -> None:
    place = f"{RUNS}({rows(client, RUNS, key, _top=1)[0]['id']})"
    none = ask(client, f"{place}/changed", key, {"Accept": "application/json;odata.metadata=none"})
    assert list(none.json()) == ["value"]
    doubles = ask(client, f"{place}/changed", key, _format="application/json;IEEE754Compatible=true")
    assert doubles.json()["value"] == str(none.json()["value"])
    known = {"If-None-Match": doubles.headers["etag"], "Accept": "application/json;IEEE754Compatible=true"}
    assert ask(client, f"{place}/changed", key, known).status_code == 304


def test_a_value_that_is_not_there_is_404(client: TestClient, key: str) -> None:
    first = rows(client, RUNS, key, _top=1)[0]["id"]
    for path in (f"{RUNS}({first})/nothing", f"{RUNS}({first})/id/more", f"{RUNS}/id", f"nothing({first})/id"):
        assert ask(client, path, key).status_code == 404, path
    nobody = "00000000-0000-4000-8000-000000000000"
    assert error(ask(client, f"{RUNS}({nobody})/id", key)) == f"There is no such row in {RUNS}"
    assert client.get(f"{ROOT}{RUNS}({first})/id").status_code == 401


def test_a_slash_too_many_makes_no_difference(client: TestClient, key: str) -> None:
    place = f"{RUNS}({rows(client, RUNS, key, _top=1)[0]['id']})"
    for path, usual in (
        ("/", ""),
        ("$metadata/", "$metadata"),
        (f"/{RUNS}//", RUNS),
        (f"{RUNS}//$count/", f"{RUNS}/$count"),
        (f"{place}///", place),
        (f"{place}//machine_name//$value/", f"{place}/machine_name/$value"),
    ):
        expected = ask(client, usual, key).content
        assert ask(client, path, key).content == expected, path
        other_root = ROOT.replace("/odata/v4/", "//odata//v4/") + path
        assert client.get(other_root, headers={"Authorization": f"Bearer {key}"}).content == expected, path
    nobody = "('a//b')", "('a/b')"
    keys = [error(ask(client, f"production_downtime_by_reason{each}", key)) for each in nobody]
    assert keys == ["There is no such row in production_downtime_by_reason"] * 2, "but in a key it is a part of it"


@pytest.mark.parametrize(
    ("text", "replaced"),
    [
        ("a eq @p", "a eq ('x')"),
        ("a eq '@p'", "a eq '@p'"),
        ("a eq 'it''s @p' or b eq @p", "a eq 'it''s @p' or b eq ('x')"),
        ("a in @list", "a in (1,2)"),
        ("a eq @missing", "a eq (null)"),
        ("a eq @", "a eq @"),
        ("a eq '@empty' and b eq @q", "a eq '@empty' and b eq (not c)"),
    ],
)
def test_an_alias_stands_for_its_value(text: str, replaced: str) -> None:
    assert replace_aliases(text, {"@p": "'x'", "@list": "(1,2)", "@q": " not c", "@empty": ""}) == replaced


@pytest.mark.parametrize("value", ["", " ", "@b", " @a"])
def test_an_alias_without_a_value_of_its_own_is_named(client: TestClient, key: str, value: str) -> None:
    answer = ask(client, RUNS, key, _filter="machine_name eq @a", **{"@a": value, "@b": "'x'"})
    assert (answer.status_code, error(answer)) == (
        400,
        f"@a must be a value such as 'Line 1' or 75, not \"{value.strip()}\"",
    )


def test_a_filter_with_aliases_keeps_what_the_filter_keeps(client: TestClient, key: str) -> None:
    machine = rows(client, RUNS, key, _top=1)[0]["machine_name"].replace("'", "''")
    expected = rows(client, RUNS, key, _filter=f"machine_name eq '{machine}'", _select="id")
    aliased = {"_filter": "machine_name eq @m", "@m": f"'{machine}'", "_select": "id"}
    assert rows(client, RUNS, key, 2, **aliased) == expected, "over pages"
    assert int(ask(client, f"{RUNS}/$count", key, _filter="machine_name eq @m", **{"@m": f"'{machine}'"}).text) == len(
        expected
    )
    assert (
        rows(client, RUNS, key, _filter="machine_name in @m", **{"@m": f"('{machine}','x')"}, _select="id") == expected
    )
    assert rows(client, RUNS, key, _filter="batch_number eq @none", _select="id") == rows(
        client, RUNS, key, _filter="batch_number eq null", _select="id"
    )


def test_what_aliases_make_of_a_filter_is_bounded(client: TestClient, key: str) -> None:
    long = "'" + "x" * (MAX_ODATA_QUERY_BYTES // 4) + "'"
    answer = ask(client, RUNS, key, _filter=" or ".join(["batch_number eq @a"] * 20), **{"@a": long})
    assert answer.status_code == 400
    assert error(answer) == f"$filter must not be longer than {MAX_ODATA_QUERY_BYTES} characters with its aliases"
    assert ask(client, f"{RUNS}({'0' * 8}-0000-4000-8000-{'0' * 12})", key, **{"@a": "1"}).status_code == 400
