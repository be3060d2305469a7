"""The sequences of requests that Excel and Power BI send, with their headers, from the address to a refreshed table.

They are written down in Microsoft's documentation of OData.Feed and of incremental refresh, and in traces that users
published with questions about their own services.
"""

from __future__ import annotations

import itertools
import xml.etree.ElementTree as ET
from base64 import b64encode
from typing import Any

import pytest
from httpx import Response
from litestar.testing import TestClient

from nexshift.tables import TABLES
from tests.odata.asking import ROOT
from tests.odata.asking import rows as all_rows

ACCEPT = (
    "application/json;odata.metadata=minimal;q=1.0,application/json;odata=minimalmetadata;q=0.9,"
    "application/atomsvc+xml;q=0.8,application/atom+xml;q=0.8,application/xml;q=0.7,text/plain;q=0.7"
)
EDM = "{http://docs.oasis-open.org/odata/ns/edm}"


class PowerQuery:
    """Asks as Power Query does, with Basic: any name, and the key as the password."""

    def __init__(self, client: TestClient, key: str | None) -> None:
        self._client = client
        self._headers = {
            "User-Agent": "Microsoft.Data.Mashup (https://go.microsoft.com/fwlink/?LinkID=304225)",
            "OData-Version": "4.0",
            "OData-MaxVersion": "4.0",
            "MaxDataServiceVersion": "3.0",
            "Accept-Encoding": "gzip, deflate",
            "Cache-Control": "no-cache",
        }
        if key is not None:
            self._headers["Authorization"] = f"Basic {b64encode(f'excel:{key}'.encode()).decode()}"

    def get(self, url: str, accept: str = ACCEPT) -> Response:
        answer = self._client.get(url, headers=self._headers | {"Accept": accept})
        assert answer.headers.get_list("odata-version") == ["4.0"]
        return answer

    def load(self, url: str) -> list[dict[str, Any]]:
        """Every page of an address, as its links lead."""
        found: list[dict[str, Any]] = []
        following: str | None = url
        while following is not None:
            answer = self.get(following)
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("application/json;odata.metadata=minimal")
            body = answer.json()
            assert body["@odata.context"].startswith(ROOT)  # "Invalid URI: The hostname could not be parsed", otherwise
            found += body["value"]
            following = body.get("@odata.nextLink")
        return found


@pytest.fixture
def excel(client: TestClient, key: str) -> PowerQuery:
    return PowerQuery(client, key)


def test_without_a_key_it_asks_for_credentials(client: TestClient) -> None:
    """The first request goes out anonymously; a 401 that offers Basic opens the dialog."""
    answer = PowerQuery(client, None).get(ROOT.rstrip("/"))
    assert answer.status_code == 401
    assert 'Basic realm="Nexshift"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize("root", [ROOT, ROOT.rstrip("/")])
def test_the_navigator_lists_the_tables_and_previews_one(excel: PowerQuery, root: str) -> None:
    service = excel.get(root).json()
    assert [each["name"] for each in service["value"]] == [table.name for table in TABLES]
    metadata = excel.get(service["@odata.context"], accept="application/xml")
    assert metadata.headers["content-type"].startswith("application/xml")
    types = {each.attrib["Name"]: each for each in ET.fromstring(metadata.content).iter(f"{EDM}EntityType")}
    for each in service["value"]:
        preview = excel.get(f"{ROOT}{each['url']}?$top=1000")
        assert preview.status_code == 200
        columns = [column.attrib["Name"] for column in types[each["name"]].iter(f"{EDM}Property")]
        for row in preview.json()["value"]:
            assert list(row) == columns


def test_a_whole_table_is_loaded(excel: PowerQuery, client: TestClient, key: str) -> None:
    assert excel.load(f"{ROOT}production_runs") == all_rows(client, "production_runs", key)


def test_chosen_columns_and_rows_are_folded_into_the_address(excel: PowerQuery, client: TestClient, key: str) -> None:
    """Table.SelectColumns, Table.SelectRows, Table.Sort, Table.Skip and Table.FirstN."""
    found = excel.load(
        f"{ROOT}production_runs?$filter=machine_name eq 'Auto 3' and (units_produced gt 100 or oee_overall eq null)"
        "&$orderby=units_produced desc,started_at&$select=id,units_produced,started_at&$skip=2&$top=5"
    )
    rows = [
        row
        for row in all_rows(client, "production_runs", key)
        if row["machine_name"] == "Auto 3" and (row["units_produced"] > 100 or row["oee_overall"] is None)
    ]
    rows.sort(key=lambda row: (-row["units_produced"], row["started_at"]))
    names = ("id", "units_produced", "started_at")
    assert found == [{name: row[name] for name in names} for row in rows[2:7]]
    assert len(found) == 5


def test_rows_are_counted(excel: PowerQuery, client: TestClient, key: str) -> None:
    """Table.RowCount folds into `/$count`, which is read as plain text."""
    answer = excel.get(f"{ROOT}quality_checks/$count?$filter=passed eq true", accept="text/plain,*/*;q=0.1")
    assert answer.headers["content-type"] == "text/plain;charset=utf-8"
    assert int(answer.text) == sum(row["passed"] for row in all_rows(client, "quality_checks", key))


def test_incremental_refresh_asks_for_stretches_of_time_that_tile(
    excel: PowerQuery, client: TestClient, key: str
) -> None:
    """RangeStart is included and RangeEnd is not, so partitions neither share a row nor leave one out."""
    edges = ["0001-01-01", "1970-01-01", "2026-01-01", "2026-03-01", "2026-03-02", "2026-04-01", "9999-12-31"]
    found = [
        row
        for start, end in itertools.pairwise(edges)
        for row in excel.load(
            f"{ROOT}production_runs?$filter=started_at ge {start}T00:00:00Z and started_at lt {end}T00:00:00Z"
            "&$select=id,started_at"
        )
    ]
    found += excel.load(f"{ROOT}production_runs?$filter=started_at ge 9999-12-31T00:00:00Z&$select=id,started_at")
    whole = all_rows(client, "production_runs", key)
    assert sorted(row["id"] for row in found) == sorted(row["id"] for row in whole)


def test_what_is_new_since_the_last_refresh_can_be_asked_for(excel: PowerQuery, client: TestClient, key: str) -> None:
    """Detect data changes: the highest value of a column, and then what lies above it."""
    (newest,) = excel.load(f"{ROOT}production_runs?$orderby=changed desc&$top=1&$select=changed")
    assert excel.load(f"{ROOT}production_runs?$filter=changed gt {newest['changed']}") == []
    whole = all_rows(client, "production_runs", key)
    assert excel.load(f"{ROOT}production_runs?$filter=changed ge {min(row['changed'] for row in whole)}") == whole


def test_the_older_protocol_is_not_tried_for_nothing(excel: PowerQuery) -> None:
    """A set that does not exist: Power Query reports our sentence, from the error's message."""
    answer = excel.get(f"{ROOT}production_run?$top=1000")
    assert answer.status_code == 404
    message = answer.json()["error"]["message"]
    assert message == 'There is nothing at this path; did you mean "/odata/v4/production_runs"?'
