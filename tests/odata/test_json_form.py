"""How much metadata comes along with a row, and whether large numbers are texts (JSON Format, 3.1, 3.2 and 4.5)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

import pytest
from litestar.testing import TestClient

from nexshift.storage.functions import address_text
from nexshift.tables.column import Kind
from nexshift.tables.table import Table
from tests.odata.asking import ROOT, ask, rows

RUNS = "production_runs"
FULL = {"Accept": "application/json;odata.metadata=full"}
NONE = {"Accept": "application/json;odata.metadata=none"}
DOUBLES = {"Accept": "application/json;odata.metadata=minimal;IEEE754Compatible=true"}
TYPES = {
    Kind.UUID: "#Guid",
    Kind.INSTANT: "#DateTimeOffset",
    Kind.DATE: "#Date",
    Kind.WHOLE: "#Int64",
}
"""Those that JSON does not tell by itself."""


def without_annotations(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if "@" not in name}


def follow(client: TestClient, key: str, context: str, id_: str) -> dict[str, Any]:
    """The row at its own address, which is relative to the context."""
    assert not id_.startswith("/")
    answer = client.get(urljoin(context, id_), headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    found.pop("@odata.context")
    return found


def test_a_row_without_its_key_names_its_address(client: TestClient, key: str, each_table: Table) -> None:
    """And it leads to that row; with the key selected nothing needs to be told."""
    whole = rows(client, each_table.name, key)[:20]
    other = next(column.name for column in each_table.columns if column.name not in each_table.key)
    body = ask(client, each_table.name, key, _select=other, _top=20).json()
    assert [list(row) for row in body["value"]] == [["@odata.id", other]] * len(whole)
    for row, expected in zip(body["value"], whole, strict=True):
        assert row[other] == expected[other]
        assert follow(client, key, body["@odata.context"], row["@odata.id"]) == expected
    with_key = ask(client, each_table.name, key, _select=",".join([other, *each_table.key]), _top=1).json()
    assert [list(row) for row in with_key["value"]] == [[other, *each_table.key]] * min(1, len(whole))
    assert all(list(row) == [other] for row in ask(client, each_table.name, key, NONE, _select=other).json()["value"])


def test_full_metadata_names_address_type_and_types_of_values(client: TestClient, key: str, each_table: Table) -> None:
    body = ask(client, each_table.name, key, FULL, _top=20).json()
    whole = rows(client, each_table.name, key)[:20]
    types = {f"{column.name}@odata.type": TYPES[column.kind] for column in each_table.columns if column.kind in TYPES}
    assert [without_annotations(row) for row in body["value"]] == whole
    for row, expected in zip(body["value"], whole, strict=True):
        assert list(row)[:3] == ["@odata.type", "@odata.id", "@odata.readLink"]
        assert row["@odata.type"] == f"#Nexshift.{each_table.name}"
        assert row["@odata.readLink"] == row["@odata.id"]
        assert "@odata.editLink" not in row, "nothing can be written"
        assert {name: value for name, value in row.items() if "@" in name[1:]} == types
        assert follow(client, key, body["@odata.context"], row["@odata.id"]) == expected


def test_one_row_has_them_too(client: TestClient, key: str) -> None:
    first = rows(client, RUNS, key, _top=1)[0]
    full = ask(client, f"{RUNS}({first['id']})", key, FULL, _select="id,units_produced").json()
    assert full == {
        "@odata.context": f"{ROOT}$metadata#production_runs(id,units_produced)/$entity",
        "@odata.type": "#Nexshift.production_runs",
        "@odata.id": f"production_runs({first['id']})",
        "@odata.readLink": f"production_runs({first['id']})",
        "id@odata.type": "#Guid",
        "id": first["id"],
        "units_produced": first["units_produced"],
    }
    alone = ask(client, f"{RUNS}({first['id']})", key, _select="units_produced").json()
    assert list(alone) == ["@odata.context", "@odata.id", "units_produced"]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Jam at infeed", "'Jam%20at%20infeed'"),
        ("O'Neil", "'O''Neil'"),
        ("a/b?c#d%", "'a%2Fb%3Fc%23d%25'"),
        ("", "''"),
        ("Öl", "'%C3%96l'"),
        ('"<>\\\n', "'%22%3C%3E%5C%0A'"),
        (None, None),
    ],
)
def test_a_text_stands_in_an_address(text: str | None, written: str | None) -> None:
    assert address_text(text) == written


def test_whole_numbers_and_counts_are_texts_where_the_client_has_doubles_alone(
    client: TestClient, key: str, each_table: Table
) -> None:
    wholes = {column.name for column in each_table.columns if column.kind is Kind.WHOLE}
    usual = ask(client, each_table.name, key, _count="true", _top=20)
    assert "IEEE754Compatible=false" in usual.headers["content-type"]
    for answer in (
        ask(client, each_table.name, key, DOUBLES, _count="true", _top=20),
        ask(client, each_table.name, key, _count="true", _top=20, _format="application/json;IEEE754Compatible=true"),
    ):
        assert answer.headers["content-type"] == usual.headers["content-type"].replace("=false", "=true")
        assert answer.json()["@odata.count"] == str(usual.json()["@odata.count"])
        for row, expected in zip(answer.json()["value"], usual.json()["value"], strict=True):
            assert row == {
                name: str(value) if name in wholes and value is not None else value for name, value in expected.items()
            }


def test_a_row_and_an_order_have_them_as_texts_too(client: TestClient, key: str) -> None:
    whole = rows(client, RUNS, key, _orderby="changed desc")
    body = ask(client, RUNS, key, DOUBLES | {"Prefer": "odata.maxpagesize=7"}, _orderby="changed desc").json()
    assert [row["changed"] for row in body["value"]] == [str(row["changed"]) for row in whole[:7]]
    following = client.get(
        body["@odata.nextLink"], headers={"Authorization": f"Bearer {key}", "Prefer": "odata.maxpagesize=7", **DOUBLES}
    ).json()
    assert [row["changed"] for row in following["value"]] == [str(row["changed"]) for row in whole[7:14]]
    one = ask(client, f"{RUNS}({whole[0]['id']})", key, DOUBLES).json()
    assert one["changed"] == str(whole[0]["changed"])
    full = ask(client, RUNS, key, {"Accept": f"{FULL['Accept']};IEEE754Compatible=true"}, _top=1, _select="changed")
    (row,) = full.json()["value"]
    assert (row["changed@odata.type"], type(row["changed"])) == ("#Int64", str)


@pytest.mark.parametrize(("sent", "has_texts"), [("TRUE", True), ("True", True), ("false", False), ("FALSE", False)])
def test_the_wish_counts_in_any_case(client: TestClient, key: str, sent: str, has_texts: bool) -> None:
    answer = ask(client, RUNS, key, {"Accept": f"application/json;ieee754compatible={sent}"}, _top=1, _select="changed")
    assert isinstance(answer.json()["value"][0]["changed"], str) == has_texts


@pytest.mark.parametrize("flag", ["true", "True", "TRUE"])
def test_options_take_their_words_in_any_case(client: TestClient, key: str, flag: str) -> None:
    assert ask(client, RUNS, key, _count=flag, _top=0).json()["@odata.count"] > 0
    first = rows(client, RUNS, key, _orderby="started_at Asc", _top=1)
    assert first == rows(client, RUNS, key, _orderby="started_at asc", _top=1)
    assert rows(client, RUNS, key, _orderby="started_at DESC", _top=1) != first
    assert "@odata.count" not in ask(client, RUNS, key, _count="FALSE", _top=0).json()
