"""What stands around rows: documents, versions, formats, links and caches."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from litestar.testing import TestClient

from nexshift.odata.headers import HeaderReader
from nexshift.odata.root import find_root
from nexshift.tables import TABLES
from tests.odata.asking import ROOT, ask, error, pages, rows

RUNS = "production_runs"
PROXIED = {"host": "127.0.0.1:8080", "x-forwarded-proto": "https", "x-forwarded-host": "plant.example"}
MINIMAL = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false"
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
    assert answer.headers["content-type"] == "application/xml"
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
        ("application/json; odata.metadata=NONE ", "none"),
        ("application/json;odata.metadata=full", "full"),
        ("application/json;metadata=none", "none"),  # as 4.01 writes it
        ("application/json;odata=verbose;q=1,application/json;odata.metadata=none;q=0.1", "none"),
        ("application/json;odata.metadata=other,*/*;q=0.1", "minimal"),
        ('application/json;IEEE754Compatible="false";ExponentialDecimals=true;odata.streaming=false', "minimal"),
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
    assert names == [*(["@odata.context"] if level != "none" else []), "@odata.count", "value", "@odata.nextLink"]


@pytest.mark.parametrize("accept", ["application/atom+xml", "text/html", "application/json;q=0"])
def test_who_takes_no_json_is_told(client: TestClient, key: str, accept: str) -> None:
    answer = ask(client, RUNS, key, {"Accept": accept})
    assert answer.status_code == 406
    assert error(answer) == f'rows are sent as application/json, which Accept does not allow: "{accept}"'


@pytest.mark.parametrize(
    "form",
    [
        "application/json;odata=verbose",  # of OData 2
        "application/json;odata=minimalmetadata",  # of OData 3
        "application/json;odata.metadata=other",
        "application/json;IEEE754Compatible=maybe",
        "application/json;odata.metadata=full;x=1",
        "application/json;charset=utf-16",
    ],
)
def test_a_form_with_an_unknown_parameter_is_no_form_that_can_be_sent(client: TestClient, key: str, form: str) -> None:
    known = "odata.metadata, odata.streaming, IEEE754Compatible and charset=utf-8"
    answer = ask(client, RUNS, key, {"Accept": form})
    assert (answer.status_code, error(answer)) == (
        406,
        f'rows are sent as application/json, which Accept does not allow: "{form}";'
        f" of its parameters {known} are known",
    )
    answer = ask(client, RUNS, key, _format=form)
    assert (answer.status_code, error(answer)) == (406, f'$format may have {known} behind it, not "{form}"')


def test_a_charset_is_named_to_those_alone_who_name_one(client: TestClient, key: str) -> None:
    named = "application/json;charset=UTF-8;odata.metadata=none"
    for options in ({"headers": {"Accept": named}}, {"_format": named}):
        answer = ask(client, RUNS, key, **options)
        assert answer.headers["content-type"] == MINIMAL.replace("minimal", "none") + ";charset=utf-8"
        assert (
            "charset"
            not in ask(client, RUNS, key, _format="application/json;odata.metadata=none").headers["content-type"]
        ), "although the same rows are remembered"


def test_format_comes_before_accept(client: TestClient, key: str) -> None:
    assert ask(client, RUNS, key, {"Accept": "text/html"}, _format="json").status_code == 200
    plain = ask(client, RUNS, key, _format="application/json;odata.metadata=none")
    assert list(plain.json()) == ["value"]
    refused = ask(client, RUNS, key, _format="atom")
    assert (refused.status_code, error(refused)) == (406, '$format must be json, not "atom"')


@pytest.mark.parametrize(("format_", "status"), [("xml", 200), ("application/XML", 200), ("json", 406), ("", 406)])
def test_the_metadata_is_xml_alone(client: TestClient, key: str, format_: str, status: int) -> None:
    answer = ask(client, "$metadata", key, _format=format_)
    assert answer.status_code == status
    if status == 406:
        assert error(answer) == f'$metadata is sent as application/xml, so $format must be xml, not "{format_}"'


@pytest.mark.parametrize(
    ("version", "status"),
    [
        ("4.0", 200),
        ("4.01", 200),
        ("5.0", 200),
        ("4.0;NetFx", 200),  # Microsoft.OData.Client 6
        ("4.0 ; NetFx;x", 200),
        (";NetFx", 200),
        ("3.0", 400),
        ("3.0;NetFx", 400),
        ("x", 400),
        ("NetFx;4.0", 400),
    ],
)
def test_a_client_of_an_earlier_version_is_refused(client: TestClient, key: str, version: str, status: int) -> None:
    answer = ask(client, RUNS, key, {"OData-MaxVersion": version, "MaxDataServiceVersion": "3.0"}, _top=1)
    assert answer.status_code == status
    assert answer.headers.get_list("odata-version") == ["4.0"]
    if status == 400:
        number = version.partition(";")[0]
        assert error(answer) == f'OData-MaxVersion is "{number}", but this service answers in OData 4.0'


@pytest.mark.parametrize(
    ("version", "status"),
    [
        ("4.0", 200),
        ("4.0;NetFx", 200),
        ("4.01", 200),
        ("4", 200),
        ("3.0", 400),
        ("5.0", 400),
        ("4.02", 400),
        ("x", 400),
    ],
)
def test_a_request_of_another_version_is_refused(client: TestClient, key: str, version: str, status: int) -> None:
    answer = ask(client, RUNS, key, {"OData-Version": version}, _top=1)
    assert answer.status_code == status
    if status == 400:
        assert error(answer) == f'OData-Version is "{version}", but this service understands OData 4.0'


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
        ({"host": "a", "x-forwarded-prefix": "/x/../y"}, "http://a/odata/v4/"),
        ({"host": "a", "x-forwarded-prefix": "/."}, "http://a/odata/v4/"),
        ({"host": "a", "x-forwarded-prefix": "/x.y/.z/"}, "http://a/x.y/.z/odata/v4/"),
        ({"host": "a", "x-forwarded-prefix": "/m%C3%A4rz"}, "http://a/m%C3%A4rz/odata/v4/"),
        ({"host": "a", "x-forwarded-prefix": "/%0d%"}, "http://a/odata/v4/"),
        ({"host": "a", "x-forwarded-prefix": "/x//y/"}, "http://a/x/y/odata/v4/"),  # two proxies', one behind the other
        ({"host": "a", "x-forwarded-prefix": "/x///"}, "http://a/x/odata/v4/"),
        ({"host": "a", "x-forwarded-prefix": "///x"}, "http://a/odata/v4/"),
        (PROXIED | {"x-forwarded-port": "8443"}, "https://plant.example:8443/odata/v4/"),
        (PROXIED | {"x-forwarded-port": "8443, 80"}, "https://plant.example:8443/odata/v4/"),
        (PROXIED | {"x-forwarded-port": "443"}, "https://plant.example/odata/v4/"),
        (PROXIED | {"x-forwarded-port": "08443"}, "https://plant.example:8443/odata/v4/"),
        (PROXIED | {"x-forwarded-port": "99999"}, "https://plant.example/odata/v4/"),
        (PROXIED | {"x-forwarded-port": "0"}, "https://plant.example/odata/v4/"),
        (PROXIED | {"x-forwarded-port": "8443/evil"}, "https://plant.example/odata/v4/"),
        (
            PROXIED | {"x-forwarded-host": "plant.example:1", "x-forwarded-port": "2"},
            "https://plant.example:1/odata/v4/",
        ),
        (PROXIED | {"x-forwarded-host": "plant.example:99999"}, "/odata/v4/"),
        ({"host": "plant", "x-forwarded-port": "8080"}, "http://plant:8080/odata/v4/"),
        ({"host": "[::1]", "x-forwarded-port": "80"}, "http://[::1]/odata/v4/"),
        (
            {"host": "a", "forwarded": 'for=10.0.0.7;host="b.example:8443";proto=https'},
            "https://b.example:8443/odata/v4/",
        ),
        ({"host": "a", "forwarded": "Proto=HTTPS ; HOST=b.example"}, "https://b.example/odata/v4/"),
        (
            {"host": "a", "forwarded": 'for="[::1]:1";host="b\\.example", host=c;proto=https'},
            "http://b.example/odata/v4/",
        ),
        ({"host": "a", "forwarded": "for=_hidden"}, "http://a/odata/v4/"),
        ({"host": "a", "forwarded": "host=b;;proto=https"}, "https://b/odata/v4/"),
        ({"host": "a", "forwarded": 'host="b'}, "http://a/odata/v4/"),
        ({"host": "a", "forwarded": "host=b c"}, "http://a/odata/v4/"),
        ({"host": "a", "forwarded": "host"}, "http://a/odata/v4/"),
        ({"host": "a", "forwarded": 'host="b/c"'}, "/odata/v4/"),
        ({"host": "a", "forwarded": "proto=javascript"}, "/odata/v4/"),
        (PROXIED | {"forwarded": "host=b"}, "https://b/odata/v4/"),
        (PROXIED | {"forwarded": "host=b", "x-forwarded-prefix": "/p"}, "https://b/p/odata/v4/"),
    ],
)
def test_the_root_is_as_the_client_reaches_it(headers: dict[str, str], root: str) -> None:
    found = find_root(HeaderReader((name.encode(), value.encode()) for name, value in headers.items()), "http")
    assert found == root


@settings(max_examples=500, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(
            ["host", "forwarded", *(f"x-forwarded-{name}" for name in ("proto", "host", "port", "prefix"))]
        ),
        st.text(st.sampled_from('abhost=proto;,"\\/:.%-_ \t?#@<>[]0189'), max_size=20),
    )
)
def test_no_header_makes_anything_but_an_address_of_the_root(headers: dict[str, str]) -> None:
    found = find_root(HeaderReader((name.encode(), value.encode()) for name, value in headers.items()), "http")
    assert found.endswith("/odata/v4/")
    address = urlsplit(found)
    assert address.scheme in ("", "http", "https")
    assert (address.query, address.fragment, address.username) == ("", "", None)
    assert not set(found) & set(' \t"<>\\;,')
    assert ".." not in address.path.split("/")
    assert address.port is None or address.port > 0
