"""OData's pages: as large as is wished for within bounds, bound to their request, and none repeats or skips a row."""

from __future__ import annotations

from pathlib import Path

import pytest
from litestar.testing import TestClient

from nexshift.config import (
    MAX_ODATA_KEY,
    MAX_ODATA_PAGE,
    MAX_ODATA_QUERY_BYTES,
    MAX_ORDER_COLUMNS,
    MAX_ORDERED_TEXT,
    MAX_PLACE_BYTES,
    ODATA_PAGE,
)
from nexshift.errors import BadParameter
from nexshift.odata import answers
from nexshift.odata.headers import HeaderReader, read_page_size
from nexshift.odata.place import decode_place, encode_place
from nexshift.storage.connection import open_writer
from nexshift.storage.library import sqlite3
from nexshift.tables import TABLES
from nexshift.tables.column import Column, Kind, Order
from nexshift.web.app import create_app
from tests.odata.asking import ROOT, ask, error, pages, rows
from tests.plants import NAMES
from tests.web.plant import make_key

RUNS = "production_runs"


@pytest.mark.parametrize(
    ("prefer", "size", "wish"),
    [
        ("", ODATA_PAGE, None),
        ("odata.maxpagesize=50", 50, 50),
        ("maxpagesize=50", 50, 50),
        ('odata.include-annotations="*",odata.maxpagesize="50"', 50, 50),
        (f"odata.maxpagesize={MAX_ODATA_PAGE}", MAX_ODATA_PAGE, MAX_ODATA_PAGE),
        (f"odata.maxpagesize={MAX_ODATA_PAGE + 1}", MAX_ODATA_PAGE, MAX_ODATA_PAGE),
        ("odata.maxpagesize=0", ODATA_PAGE, None),
        ("odata.maxpagesize=-1", ODATA_PAGE, None),
        ("odata.maxpagesize=9999999999", ODATA_PAGE, None),
        ("xmaxpagesize=5", ODATA_PAGE, None),
    ],
)
def test_a_page_is_as_large_as_is_preferred_within_bounds(prefer: str, size: int, wish: int | None) -> None:
    assert read_page_size(HeaderReader([(b"prefer", prefer.encode())])) == (size, wish)


def test_a_preference_that_was_met_is_named(client: TestClient, key: str) -> None:
    answer = ask(client, RUNS, key, {"Prefer": f"odata.maxpagesize={MAX_ODATA_PAGE + 1}"})
    assert answer.headers["preference-applied"] == f"odata.maxpagesize={MAX_ODATA_PAGE}"
    assert "preference-applied" not in ask(client, RUNS, key).headers


def test_bounds_hold_and_not_before(client: TestClient, key: str) -> None:
    space = "%20" * ((MAX_ODATA_QUERY_BYTES - len("$filter=true")) // 3)
    query = f"$filter={space}true".rjust(MAX_ODATA_QUERY_BYTES, "&")
    for text, status in ((query, 200), (query + "&", 400)):
        answer = client.get(f"{ROOT}{RUNS}?{text}", headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == status, answer.text
    columns = [column.name for column in TABLES[0].columns]
    assert ask(client, RUNS, key, _orderby=",".join(columns[:MAX_ORDER_COLUMNS])).status_code == 200
    refused = ask(client, RUNS, key, _orderby=",".join(columns[: MAX_ORDER_COLUMNS + 1]))
    assert error(refused) == f"$orderby must not name more than {MAX_ORDER_COLUMNS} columns"
    table = "production_downtime_by_reason"
    longest = "x" * (MAX_ODATA_KEY - len(f"{table}('')"))
    assert error(ask(client, f"{table}('{longest}')", key)) == f"There is no such row in {table}"
    assert error(ask(client, f"{table}('{longest}x')", key)).startswith("There is nothing at this path")


def test_a_token_is_bound_to_its_request(client: TestClient, keys: dict[tuple[int, str], str]) -> None:
    key = keys[1, "all"]
    first = ask(client, RUNS, key, {"Prefer": "odata.maxpagesize=2"}, _orderby="oee_overall desc").json()
    token = first["@odata.nextLink"].rpartition("$skiptoken=")[2]
    good = {"_orderby": "oee_overall desc", "_skiptoken": token}
    assert ask(client, RUNS, key, **good).status_code == 200
    assert ask(client, RUNS, key, **good, _select="id").status_code == 200
    others: list[tuple[str, str, dict[str, str]]] = [
        (RUNS, key, good | {"_orderby": "oee_overall"}),
        (RUNS, key, good | {"_filter": "true"}),
        (RUNS, key, good | {"from": "2026-03-01"}),
        (RUNS, key, good | {"_skiptoken": token[:-1]}),
        (RUNS, key, good | {"_skiptoken": "A" + token[1:]}),
        (RUNS, key, good | {"_skiptoken": "é"}),
        (RUNS, key, good | {"_skiptoken": ""}),
        (RUNS, keys[1, "two sites"], good),
        (RUNS, keys[2, "all"], good),
        ("production_oee_by_machine", key, good),
    ]
    for path, who, options in others:
        refused = ask(client, path, who, **options)
        assert refused.status_code == 400, options
        assert error(refused).startswith("$skiptoken must be that of an @odata.nextLink with the same table")


def test_a_page_shows_every_commit_and_pages_neither_repeat_nor_skip(own_file: Path) -> None:
    """Rows that were there from the start come exactly once while others are inserted and removed between pages."""
    writer = open_writer(own_file)
    key = make_key(writer, company=NAMES[1])
    with TestClient(create_app(own_file), base_url="http://plant.test") as client:
        whole = [row["id"] for row in rows(client, "safety_incidents", key)]
        for order in (None, "severity desc", "location,occurred_at desc"):
            options = {} if order is None else {"_orderby": order}
            seen: list[str] = []
            added = []
            for number, page in enumerate(pages(client, "safety_incidents", key, 3, **options)):
                seen += [row["id"] for row in page]
                added.append(insert_incident(writer, number))
            assert len(seen) == len(set(seen))
            assert set(whole) <= set(seen)
            assert set(added) <= {row["id"] for row in rows(client, "safety_incidents", key)}
            writer.executemany("DELETE FROM incident WHERE uuid = ?", [(id_,) for id_ in added])
            assert [row["id"] for row in rows(client, "safety_incidents", key)] == whole
    writer.close()


def test_a_page_has_the_rows_of_its_bounds(own_file: Path) -> None:
    writer = open_writer(own_file)
    key = make_key(writer, company=NAMES[1])
    with writer:
        writer.execute("BEGIN")
        for number in range(MAX_ODATA_PAGE + 1):
            insert_incident(writer, number, offset=0)
    writer.close()
    with TestClient(create_app(own_file), base_url="http://plant.test") as client:
        whole = int(ask(client, "safety_incidents/$count", key).text)
        by_default = [len(page) for page in pages(client, "safety_incidents", key)]
        assert by_default == [ODATA_PAGE, ODATA_PAGE, whole - 2 * ODATA_PAGE]
        at_most = [len(page) for page in pages(client, "safety_incidents", key, MAX_ODATA_PAGE)]
        assert at_most == [MAX_ODATA_PAGE, whole - MAX_ODATA_PAGE]
        beyond = ask(client, "safety_incidents", key, {"Prefer": f"odata.maxpagesize={MAX_ODATA_PAGE + 1}"}).json()
        assert len(beyond["value"]) == MAX_ODATA_PAGE


def test_a_place_that_is_too_long_is_refused_before_it_is_sent() -> None:
    longest = MAX_PLACE_BYTES * 3 // 4 - len('[""]') - 9
    token = encode_place(["x" * longest], "")
    assert len(token) <= MAX_PLACE_BYTES
    order = [Order(Column(name="text", kind=Kind.TEXT, sql="text"))]
    assert decode_place(token, "", order) == ("x" * longest,)
    with pytest.raises(BadParameter, match="too long to go on from"):
        encode_place(["x" * (longest + 1)], "")


def insert_incident(writer: sqlite3.Connection, number: int, offset: int | None = None) -> str:
    """One more of the first company's, somewhere in the middle."""
    id_ = f"{number:08x}-0000-4000-8000-{number:012x}"
    writer.execute(
        "INSERT INTO incident (uuid, company_id, site_id, reference_number, title, severity, status, occurred_at)"
        " SELECT ?, company_id, site_id, ?, title, severity, status, occurred_at FROM incident"
        " WHERE company_id = (SELECT id FROM company WHERE name = ?) ORDER BY occurred_at LIMIT 1 OFFSET ?",
        (id_, f"NEW-{number}", NAMES[1], number if offset is None else offset),
    )
    return id_


def test_a_long_text_is_sorted_by_its_beginning_over_pages(own_file: Path) -> None:
    """The widest characters there are, in as many columns as there can be; what is behind the beginning is not seen."""
    writer = open_writer(own_file)
    key = make_key(writer, company=NAMES[1])
    beginning = "🏭" * (MAX_ORDERED_TEXT - 1)
    for column in ("title", "severity", "location"):
        # The last character that counts, and one that does not, in the other direction.
        writer.execute(
            f"UPDATE incident SET {column} = ? || char(65 + id % 7) || char(90 - id % 5) || id", (beginning,)
        )
    writer.close()
    with TestClient(create_app(own_file), base_url="http://plant.test") as client:
        whole = rows(client, "safety_incidents", key)
        found = rows(client, "safety_incidents", key, 2, _orderby="location desc,severity,title")
        assert sorted(map(repr, found)) == sorted(map(repr, whole))
        ordered = [(row["location"][:MAX_ORDERED_TEXT], row["id"]) for row in found]
        assert ordered == sorted(sorted(ordered), key=lambda each: each[0], reverse=True)


def test_what_changed_since_an_answer_can_be_asked_for(own_file: Path) -> None:
    """With the listings' own parameter and header, and as a column to filter on."""
    writer = open_writer(own_file)
    key = make_key(writer, company=NAMES[1])
    with TestClient(create_app(own_file), base_url="http://plant.test") as client:
        token = ask(client, "safety_incidents", key).headers["nexshift-change-token"]
        assert ask(client, "safety_incidents/$count", key).headers["nexshift-change-token"] == token
        assert rows(client, "safety_incidents", key, changed_after=token) == []
        with writer:
            writer.execute("BEGIN")
            added = insert_incident(writer, 3)
        for options in ({"changed_after": token}, {"_filter": f"changed gt {token}"}):
            answer = ask(client, "safety_incidents", key, **options)
            assert [row["id"] for row in answer.json()["value"]] == [added]
            assert int(answer.headers["nexshift-change-token"]) > int(token)
            assert ask(client, "safety_incidents/$count", key, **options).text == "1"
        refused = ask(client, "safety_incidents", key, changed_after=int(token) + 1_000_000)
        assert refused.status_code == 400
        assert "changed_after" in error(refused)
    writer.close()


@pytest.mark.parametrize(("top", "most"), [(None, 1), (None, 900), (3, 1), (3, 900)])
def test_a_page_of_many_bytes_ends_early_and_leads_on(
    client: TestClient, key: str, monkeypatch: pytest.MonkeyPatch, top: int | None, most: int
) -> None:
    options = {"_orderby": "batch_number desc,id"} | ({} if top is None else {"_top": top})
    whole = rows(client, RUNS, key, **options, _select="id,batch_number,units_produced")
    monkeypatch.setattr(answers, "PAGE_BYTES", most)
    found = list(pages(client, RUNS, key, **options, _select="id,units_produced,batch_number"))
    assert [row["id"] for each in found for row in each] == [row["id"] for row in whole]
    assert len(found) > 1 or (top, most) == (3, 900)
