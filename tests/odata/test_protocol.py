"""What stands around rows: documents, versions, formats, links, caches, and the shape of every refusal."""

from __future__ import annotations

import sqlite3
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

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
from nexshift.errors import BadParameter, DatabaseUnavailable
from nexshift.odata.headers import HeaderReader, find_root, read_page_size
from nexshift.odata.place import decode_place, encode_place
from nexshift.storage.connection import open_writer
from nexshift.tables import TABLES
from nexshift.web.app import create_app
from tests.odata.asking import ROOT, ask, error, pages, rows
from tests.plants import NAMES
from tests.web.plant import StillClock, make_key

RUNS = "production_runs"
MINIMAL = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
EDMX = "{http://docs.oasis-open.org/odata/ns/edmx}"


@pytest.mark.parametrize("path", ["", "/"])
def test_the_bare_root_lists_the_sets(client: TestClient, key: str, path: str) -> None:
    answer = client.get(f"/odata/v4{path}", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == MINIMAL
    assert answer.headers.get_list("odata-version") == ["4.0"]
    assert answer.json() == {
        "@odata.context": f"{ROOT}$metadata",
        "value": [{"name": table.name, "kind": "EntitySet", "url": table.name} for table in TABLES],
    }


def test_the_metadata_describes_every_column(client: TestClient, key: str) -> None:
    answer = ask(client, "$metadata", key, {"Accept": "application/json"})
    assert answer.headers["content-type"] == "application/xml;charset=utf-8"
    document = ET.fromstring(answer.content)
    assert (document.tag, document.attrib) == (f"{EDMX}Edmx", {"Version": "4.0"})
    types = {each.attrib["Name"]: each for each in document.iter(f"{EDM}EntityType")}
    sets = {each.attrib["Name"]: each.attrib["EntityType"] for each in document.iter(f"{EDM}EntitySet")}
    assert sets == {table.name: f"Nexshift.{table.name}" for table in TABLES}
    for table in TABLES:
        entity = types[table.name]
        assert [each.attrib["Name"] for each in entity.iter(f"{EDM}PropertyRef")] == list(table.key)
        properties = {each.attrib["Name"]: each.attrib for each in entity.iter(f"{EDM}Property")}
        assert list(properties) == [column.name for column in table.columns]
        for column in table.columns:
            assert (properties[column.name].get("Nullable", "true") == "true") == column.is_nullable
    runs = {each.attrib["Name"]: each.attrib["Type"] for each in types[RUNS].iter(f"{EDM}Property")}
    for name, type_ in (
        ("id", "Edm.Guid"),
        ("started_at", "Edm.DateTimeOffset"),
        ("date", "Edm.Date"),
        ("machine_name", "Edm.String"),
        ("units_produced", "Edm.Double"),
        ("oee_overall", "Edm.Double"),
        ("planned_busy_time_seconds", "Edm.Int64"),
    ):
        assert runs[name] == type_
    checks = {each.attrib["Name"]: each.attrib["Type"] for each in types["quality_checks"].iter(f"{EDM}Property")}
    assert checks["passed"] == "Edm.Boolean"


def test_values_are_written_as_their_types_say(client: TestClient, key: str) -> None:
    """Dates and instants as text, numbers as numbers: what a strict client checks."""
    types = {
        "Edm.Guid": str,
        "Edm.String": str,
        "Edm.DateTimeOffset": str,
        "Edm.Date": str,
        "Edm.Int64": int,
        "Edm.Double": (int, float),
        "Edm.Boolean": bool,
    }
    document = ET.fromstring(ask(client, "$metadata", key).content)
    for entity in document.iter(f"{EDM}EntityType"):
        properties = {each.attrib["Name"]: each.attrib for each in entity.iter(f"{EDM}Property")}
        for row in rows(client, entity.attrib["Name"], key):
            for name, value in row.items():
                if value is None:
                    assert "Nullable" not in properties[name], (entity.attrib["Name"], name)
                else:
                    type_ = properties[name]["Type"]
                    assert isinstance(value, types[type_]), (name, value)
                    assert type_ == "Edm.Boolean" or not isinstance(value, bool)


@pytest.mark.parametrize(
    ("accept", "level"),
    [
        ("", "minimal"),
        ("*/*", "minimal"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "minimal"),
        ("application/json", "minimal"),
        ("application/json;odata.metadata=none", "none"),
        ("application/json; odata.metadata=NONE ; charset=utf-8", "none"),
        ("application/json;odata.metadata=full", "minimal"),
        ("application/json;q=0.5,application/json;odata.metadata=none;q=0.9", "none"),
        ("application/json;odata.metadata=none;q=0,application/json;q=0.1", "minimal"),
        (
            "application/json;odata.metadata=minimal;q=1.0,application/json;odata=minimalmetadata;q=0.9,"
            "application/atomsvc+xml;q=0.8,application/atom+xml;q=0.8,application/xml;q=0.7,text/plain;q=0.7",
            "minimal",
        ),
    ],
)
def test_accept_says_how_much_metadata_comes_along(client: TestClient, key: str, accept: str, level: str) -> None:
    answer = ask(client, RUNS, key, {"Accept": accept, "Prefer": "odata.maxpagesize=1"}, _count="true")
    assert answer.headers["content-type"] == MINIMAL.replace("minimal", level)
    names = list(answer.json())
    assert names == [*(["@odata.context"] if level == "minimal" else []), "@odata.count", "value", "@odata.nextLink"]


@pytest.mark.parametrize("accept", ["application/atom+xml", "text/html", "application/json;q=0"])
def test_who_takes_no_json_is_told(client: TestClient, key: str, accept: str) -> None:
    answer = ask(client, RUNS, key, {"Accept": accept})
    assert answer.status_code == 406
    assert error(answer) == f'rows are sent as application/json, which Accept does not allow: "{accept}"'


def test_format_comes_before_accept(client: TestClient, key: str) -> None:
    assert ask(client, RUNS, key, {"Accept": "text/html"}, _format="json").status_code == 200
    plain = ask(client, RUNS, key, _format="application/json;odata.metadata=none")
    assert list(plain.json()) == ["value"]
    refused = ask(client, RUNS, key, _format="atom")
    assert (refused.status_code, error(refused)) == (406, '$format must be json, not "atom"')


@pytest.mark.parametrize(("version", "status"), [("4.0", 200), ("4.01", 200), ("5.0", 200), ("3.0", 400), ("x", 400)])
def test_a_client_of_an_earlier_version_is_refused(client: TestClient, key: str, version: str, status: int) -> None:
    answer = ask(client, RUNS, key, {"OData-MaxVersion": version, "MaxDataServiceVersion": "3.0"}, _top=1)
    assert answer.status_code == status
    assert answer.headers.get_list("odata-version") == ["4.0"]
    if status == 400:
        assert error(answer) == f'OData-MaxVersion is "{version}", but this service answers in OData 4.0'


def test_a_selection_is_named_in_the_context(client: TestClient, key: str) -> None:
    chosen = ask(client, RUNS, key, _select="oee_overall, id,id", _top=1).json()
    assert chosen["@odata.context"] == f"{ROOT}$metadata#production_runs(oee_overall,id)"
    assert list(chosen["value"][0]) == ["oee_overall", "id"]
    assert len(ask(client, RUNS, key, _select="*", _top=1).json()["value"][0]) > 20
    row = ask(client, f"{RUNS}({chosen['value'][0]['id']})", key, _select="id").json()
    assert row["@odata.context"] == f"{ROOT}$metadata#production_runs(id)/$entity"


def test_top_and_skip_hold_over_pages(client: TestClient, key: str) -> None:
    whole = rows(client, RUNS, key)
    assert [len(page) for page in pages(client, RUNS, key, 4, _top=10, _skip=3)] == [4, 4, 2]
    assert rows(client, RUNS, key, 4, _top=10, _skip=3) == whole[3:13]
    assert rows(client, RUNS, key, 4, _top=8, _skip=3) == whole[3:11]
    assert rows(client, RUNS, key, _top=0) == []
    assert rows(client, RUNS, key, _skip=len(whole)) == []
    assert rows(client, RUNS, key, _skip=2**63 - 1) == []
    assert "@odata.nextLink" not in ask(client, RUNS, key, {"Prefer": "odata.maxpagesize=4"}, _top=4).json()


def test_a_count_is_of_all_pages_and_said_once(client: TestClient, key: str) -> None:
    text = "started_at ge 2026-03-01T00:00:00Z"
    answer = ask(client, RUNS, key, {"Prefer": "maxpagesize=2"}, _count="true", _filter=text, _skip=1, _top=5)
    expected = len(rows(client, RUNS, key, _filter=text))
    assert answer.json()["@odata.count"] == expected
    assert int(ask(client, f"{RUNS}/$count", key, _filter=text).text) == expected
    assert "$count" not in answer.json()["@odata.nextLink"]


def test_the_tables_own_parameters_are_understood(client: TestClient, key: str) -> None:
    whole = rows(client, RUNS, key)
    some = rows(client, RUNS, key, 7, **{"from": "2026-03-01", "to": "2026-03-02"})
    assert some
    assert some == [row for row in whole if "2026-03-01" <= row["date"] <= "2026-03-02"]
    machine = whole[0]["machine_id"]
    assert rows(client, RUNS, key, 7, machine_id=machine) == [row for row in whole if row["machine_id"] == machine]
    cached = client.get(f"{ROOT}{RUNS}?_=123&$top=1", headers={"Authorization": f"Bearer {key}"})
    assert cached.status_code == 200


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
    [("", "$top=1"), ("$metadata", "$filter=x"), (f"{RUNS}/$count", "$top=1"), ("", "from=2026-03-01")],
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
        f"{RUNS}(1)/id",
        f"{RUNS}/$ref",
        "$batch",
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
        assert answer.headers["www-authenticate"].startswith("Bearer ")
        assert "Basic " in answer.headers["www-authenticate"]


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


def test_what_did_not_change_is_not_sent_again(client: TestClient, key: str) -> None:
    for path in ("", "$metadata", RUNS, f"{RUNS}/$count"):
        first = ask(client, path, key)
        assert first.headers["vary"] == "Authorization, Accept, Accept-Encoding, Prefer"
        again = ask(client, path, key, {"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers.get_list("odata-version") == ["4.0"]


def test_a_large_answer_is_compressed_when_asked_for(client: TestClient, key: str) -> None:
    answer = ask(client, RUNS, key, {"Accept-Encoding": "gzip, deflate"})
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.json() == ask(client, RUNS, key, {"Accept-Encoding": "identity"}).json()


def test_what_headers_ask_for_is_not_mixed_up_in_the_memory_of_answers(client: TestClient, key: str) -> None:
    """The same address, again and again, in each of its forms."""
    for _ in range(2):
        assert len(ask(client, RUNS, key, {"Prefer": "odata.maxpagesize=2"}).json()["value"]) == 2
        assert len(ask(client, RUNS, key, {"Prefer": "odata.maxpagesize=3"}).json()["value"]) == 3
        assert list(ask(client, RUNS, key, {"Accept": "application/json;odata.metadata=none"}).json()) == ["value"]
        for host in ("a.example", "b.example:8443"):
            body = ask(client, RUNS, key, {"Host": host}, _top=1).json()
            assert body["@odata.context"] == f"http://{host}/odata/v4/$metadata#production_runs"
        behind = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "mes.example", "X-Forwarded-Prefix": "/nexshift/"}
        body = ask(client, RUNS, key, behind | {"Prefer": "odata.maxpagesize=1"}).json()
        assert body["@odata.context"] == "https://mes.example/nexshift/odata/v4/$metadata#production_runs"
        assert body["@odata.nextLink"].startswith("https://mes.example/nexshift/odata/v4/production_runs?$skiptoken=")


@pytest.mark.parametrize(
    ("headers", "root"),
    [
        ({"host": "plant:8080"}, "http://plant:8080/odata/v4/"),
        ({"host": "[::1]:8080"}, "http://[::1]:8080/odata/v4/"),
        ({}, "/odata/v4/"),
        ({"host": 'x"onload='}, "/odata/v4/"),
        ({"host": "a/b"}, "/odata/v4/"),
        ({"host": "user@evil"}, "/odata/v4/"),
        ({"host": "a", "x-forwarded-proto": "javascript"}, "/odata/v4/"),
        ({"host": "a", "x-forwarded-proto": "https, http"}, "https://a/odata/v4/"),
        ({"host": "a", "x-forwarded-prefix": "//evil"}, "http://a/odata/v4/"),
        ({"host": "a", "x-forwarded-prefix": "/x?y"}, "http://a/odata/v4/"),
    ],
)
def test_the_root_is_as_the_client_reaches_it(headers: dict[str, str], root: str) -> None:
    found = find_root(HeaderReader((name.encode(), value.encode()) for name, value in headers.items()), "http")
    assert found == root


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
    assert decode_place(token, "") == ("x" * longest,)
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
