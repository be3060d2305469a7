"""What docs/excel.md shows of tables, files and pictures is so."""

from __future__ import annotations

import base64
import json
import re
import urllib.parse
import urllib.request
from pathlib import Path
from xml.etree import ElementTree

import pytest

from nexshift.tables import TABLES
from tests.docs.conftest import Demo
from tests.docs.examples import ROOT, find_blocks

PAGE = ROOT / "docs" / "excel.md"
FEEDS = [
    "\n".join(lines) for _, lines in find_blocks(PAGE, "powerquery") if any("OData.Feed" in line for line in lines)
]
PICTURES = sorted((ROOT / "docs" / "pictures").glob("*.svg"))
ADDRESS = "http://plant.acme.example:8080/odata/v4/"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("query", FEEDS, ids=("by hand", "incremental"))
def test_a_query_names_a_table_and_columns_that_there_are(query: str) -> None:
    assert f'OData.Feed("{ADDRESS}"' in query
    (name,) = re.findall(r'Source\{\[Name = "(\w+)"', query)
    columns = {column.name for table in TABLES if table.name == name for column in table.columns}
    filtered = set(re.findall(r"\[(\w+)\] [<>]", query))
    chosen = {
        text for found in re.findall(r"SelectColumns\(\w+, \{(.*?)\}", query) for text in re.findall(r'"(\w+)"', found)
    }
    assert filtered
    assert filtered | chosen <= columns


@pytest.mark.parametrize("query", FEEDS, ids=("by hand", "incremental"))
def test_the_service_answers_what_a_query_becomes(demo: Demo, query: str) -> None:
    """No Power Query here: its filter is written as OData has it, and the rows of that window come."""
    (name,) = re.findall(r'Source\{\[Name = "(\w+)"', query)
    values = {
        "#date(2026, 3, 1)": "2026-03-01",
        "#date(2026, 3, 31)": "2026-03-31",
        "DateTime.AddZone(RangeStart, 0)": "2026-03-01T00:00:00Z",
        "DateTime.AddZone(RangeEnd, 0)": "2026-03-31T23:59:59Z",
    }
    signs = {">=": "ge", "<=": "le", "<": "lt"}
    found = re.findall(r"\[(\w+)\] (>=|<=|<) (#date\([^)]*\)|DateTime\.AddZone\([^)]*\))", query)
    assert len(found) == 2
    asked = {"$filter": " and ".join(f"{column} {signs[sign]} {values[value]}" for column, sign, value in found)}
    chosen = re.findall(r"SelectColumns\(\w+, \{(.*?)\}", query)
    if chosen:
        asked["$select"] = chosen[0].replace('"', "").replace(" ", "")
    url = f"http://127.0.0.1:{demo.port}/odata/v4/{name}?{urllib.parse.urlencode(asked | {'$top': '1000'})}"
    password = base64.b64encode(f"anybody:{demo.key}".encode()).decode()
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Authorization": f"Basic {password}"})) as answer:
        rows = json.load(answer)["value"]
    assert len(rows) > 100
    assert {row["date"][:7] for row in rows} == {"2026-03"}


def test_the_file_for_power_bi_is_one_address() -> None:
    ((_, (line,)),) = find_blocks(PAGE, "json")
    (connection,) = json.loads(line)["connections"]
    assert connection == {"details": {"protocol": "odata", "address": {"url": ADDRESS}}}


def test_tables_that_the_page_names_exist() -> None:
    named = set(re.findall(r"`(production_\w+)`", PAGE.read_text()))
    assert named
    assert named <= {table.name for table in TABLES}


@pytest.mark.parametrize("picture", PICTURES, ids=lambda path: path.name)
def test_a_picture_is_shown_read_aloud_and_fits_a_dark_page(picture: Path) -> None:
    text = picture.read_text()
    drawing = ElementTree.fromstring(text)
    assert drawing.tag == f"{SVG}svg"
    assert all((drawing.findtext(f"{SVG}{name}") or "").strip() for name in ("title", "desc"))
    assert "prefers-color-scheme: dark" in text
    assert "http" not in re.sub(r"http://(www\.w3\.org/2000/svg|plant\.acme\.example)", "", text)
    assert f"(pictures/{picture.name})" in PAGE.read_text()
