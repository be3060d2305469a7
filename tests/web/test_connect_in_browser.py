"""The page at /connect as it is used: in a real browser, with files that are opened afterwards."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import openpyxl
import pytest
from litestar import Litestar

from nexshift.storage.library import sqlite3
from nexshift.tables import TABLES
from tests.web.asking_for_basic import asking_for_basic
from tests.web.browser import CHROMIUM, Browser, Page, browser_of
from tests.web.plant import make_key
from tests.web.running import running
from tests.web.workbooks import read_all, read_query

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium")

SOFFICE = shutil.which("soffice")
INCIDENTS = next(table for table in TABLES if table.name == "safety_incidents")


@pytest.fixture
def address(app: Litestar) -> Iterator[str]:
    with running(app) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser_of(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, address: str, tmp_path: Path) -> Iterator[Page]:
    """The page, as it is opened."""
    with browser.tab() as page:
        page.keep_downloads(tmp_path)
        page.open(f"{address}/connect")
        page.wait_for("#show:enabled")  # the script has run
        yield page


def paste(page: Page, text: str) -> None:
    page.evaluate("document.querySelector('#key').value = ''")
    page.type("#key", text)


def open_table(page: Page, key: str, name: str) -> str:
    """Paste the key, open the table; the selector of what is then seen of it."""
    paste(page, key)
    page.click(f"#{name} > summary")
    page.wait_for(f"#{name} .panel")
    return f"#{name} .panel"


def press(page: Page, inside: str, label: str) -> None:
    page.evaluate(
        f"[...document.querySelectorAll({json.dumps(inside + ' button')})]"
        f".find(button => button.textContent === {json.dumps(label)}).click()"
    )


def test_a_pasted_key_is_answered_at_once_with_what_it_opens(page: Page, address: str, key: str) -> None:
    paste(page, key)
    page.wait_for(".good")
    for text in ("The key works.", "Acme Manufacturing", "North, South"):
        assert text in page.text("#answer")
    shown = page.evaluate("[...document.querySelectorAll('.entry')].map(entry => entry.id)")
    assert sorted(shown) == sorted(table.name for table in TABLES)
    assert "Basic" in page.text("#overview")
    assert page.text("#address .copyable code") == f"{address}/odata/v4/"
    assert "Only this computer can reach" in page.text(".notice")
    assert page.complaints == []


def test_the_key_stays_in_the_page_and_goes_to_this_service_alone(page: Page, address: str, key: str) -> None:
    open_table(page, key, INCIDENTS.name)
    kept = "[location.href, JSON.stringify(localStorage), JSON.stringify(sessionStorage), document.cookie].join()"
    assert key not in page.evaluate(kept)
    assert page.evaluate("document.documentElement.outerHTML").count(key) == 0
    assert [url for url in page.requests if not url.startswith((address, "data:"))] == []
    assert [url for url in page.requests if key in url] == []


def test_a_limited_key_sees_its_own_tables_and_sites(page: Page, writer: sqlite3.Connection) -> None:
    paste(page, make_key(writer, resources=("safety",), sites=("South",)))
    page.wait_for(".good")
    assert "North" not in page.text("#answer")
    assert page.evaluate("[...document.querySelectorAll('.entry')].map(entry => entry.id)") == [
        INCIDENTS.name,
        "deletions",
    ]


def test_a_refused_key_is_explained_and_mended(page: Page, key: str) -> None:
    paste(page, f'"{key}"')
    page.wait_for(".bad")
    assert "There are quotation marks around the key." in page.text("#answer")
    press(page, "#answer", "Mend and check again")
    page.wait_for(".good")
    assert page.evaluate("document.querySelector('#key').value") == key


def test_a_refused_key_opens_no_login_box(page: Page, address: str, key: str) -> None:
    with asking_for_basic(address) as other:
        page.watch_login_boxes("*/access*")
        page.open(f"{other}/connect")
        page.wait_for("#show:enabled")
        paste(page, key)
        page.wait_for(".bad")
        assert page.login_boxes == []
        assert page.evaluate("fetch('/api/v1/access').then(response => response.status)") == 401
        assert page.login_boxes == [f"{other}/api/v1/access"]  # so those that open are seen


def test_what_no_header_can_hold_is_explained_without_asking(page: Page, address: str) -> None:
    paste(page, "nxs_8jjd…t054")
    page.wait_for(".bad")
    assert "hidden behind dots or stars" in page.text("#answer")
    assert f"{address}/api/v1/access" not in page.requests


def test_a_revoked_key_is_told_from_a_slip(page: Page, writer: sqlite3.Connection, key: str) -> None:
    writer.execute("UPDATE api_key SET revoked_at = 1")
    paste(page, key)
    page.wait_for(".bad")
    assert "it was revoked or replaced, has expired, or belongs to another server" in page.text("#answer")
    assert "nexshift key list" in page.text("#answer")


def test_too_many_requests_are_told_with_the_time_to_wait(page: Page, writer: sqlite3.Connection) -> None:
    key = make_key(writer, rate_limit=1)
    paste(page, key)
    page.wait_for(".good")
    paste(page, f"{key} ")  # the same, so it is not asked about again
    paste(page, "nxs_nothing")
    page.wait_for(".bad")
    paste(page, key)
    page.wait_for(".bad .verdict")
    assert "Too many requests. Try again in 40 seconds." in page.text("#answer")


def test_a_database_that_is_away_is_told_and_the_same_key_may_be_asked_about_again(
    page: Page, database: Path, key: str
) -> None:
    away = database.rename(database.with_suffix(".away"))
    paste(page, key)
    page.wait_for(".bad")
    assert "The database does not answer; try again in a moment." in page.text("#answer")
    away.rename(database)
    page.click("[type=submit]")
    page.wait_for(".good")


def test_another_key_takes_away_what_the_first_had_opened(page: Page, key: str) -> None:
    paste(page, key)
    page.wait_for(".entry")
    paste(page, "nxs_nothing")
    page.wait_for(".bad")
    assert page.evaluate("document.querySelectorAll('.entry').length") == 0


def test_the_key_can_be_looked_at(page: Page) -> None:
    page.click("#show")
    assert page.evaluate("document.querySelector('#key').type") == "text"
    assert page.text("#show") == "Hide"
    page.click("#show")
    assert page.evaluate("document.querySelector('#key').type") == "password"


def test_the_workbook_has_one_query_on_this_service_and_no_key(page: Page, address: str, key: str) -> None:
    panel = open_table(page, key, INCIDENTS.name)
    press(page, panel, "Refreshable workbook")
    workbook = page.take_download()
    assert workbook.name == "safety_incidents-refreshable.xlsx"
    assert page.complaints == []

    shown = page.text(f"{panel} pre")
    assert f'OData.Feed(\n        "{address}/odata/v4/", null, [Implementation = "2.0"]\n    )' in shown
    assert read_query(workbook) == ("safety_incidents", shown)
    parts = list(read_all(workbook))
    assert any("refreshOnLoad" in part for part in parts)
    assert [part for part in parts if key in part or key in part.replace("\0", "")] == []

    sheet = openpyxl.load_workbook(workbook).active
    assert sheet is not None
    assert [cell.value for cell in sheet[1]] == [column.name for column in INCIDENTS.columns]
    assert len(sheet.tables) == 1


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed: apt-get install libreoffice-calc")
def test_libreoffice_opens_the_workbook(page: Page, key: str, tmp_path: Path) -> None:
    press(page, open_table(page, key, INCIDENTS.name), "Refreshable workbook")
    workbook = page.take_download()
    assert SOFFICE is not None
    home = f"-env:UserInstallation=file://{tmp_path}/office"
    command = [SOFFICE, home, "--headless", "--convert-to", "csv", "--outdir", str(tmp_path), str(workbook)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    lines = (tmp_path / workbook.with_suffix(".csv").name).read_text().splitlines()
    assert lines[0] == ",".join(column.name for column in INCIDENTS.columns)


def test_power_bi_gets_the_address_of_one_table_and_of_all(page: Page, address: str, key: str) -> None:
    panel = open_table(page, key, INCIDENTS.name)
    press(page, panel, "Power BI file")
    press(page, "#address", "Power BI file for all")
    for name, url in (("safety_incidents", "/odata/v4/safety_incidents"), ("nexshift", "/odata/v4/")):
        file = page.take_download()
        assert file.name == f"{name}.pbids"
        (connection,) = json.loads(file.read_text())["connections"]
        assert connection["details"] == {"protocol": "odata", "address": {"url": address + url}}


def test_lines_to_paste_are_shown_for_every_tool_and_copied(page: Page, address: str, key: str) -> None:
    panel = open_table(page, key, INCIDENTS.name)
    page.allow_clipboard()
    tools = page.evaluate(f"[...document.querySelectorAll({json.dumps(panel + ' input')})].map(input => input.value)")
    assert tools == ["feed", "csv", "python", "r", "curl"]
    for tool in tools:
        page.evaluate(f"document.querySelector({json.dumps(f'{panel} input[value={tool}]')}).click()")
        lines = page.text(f"{panel} pre")
        assert address in lines
        assert key not in lines
        press(page, f"{panel} .toolbar", "Copy")
        page.wait_for("#spoken:not(:empty)")
        assert page.evaluate("navigator.clipboard.readText()") == lines
        page.evaluate(f"document.querySelector({json.dumps(panel + ' .toolbar .copy')}).textContent = 'Copy'")


def test_without_encryption_browsers_have_no_clipboard_and_copying_works_all_the_same(page: Page, key: str) -> None:
    page.allow_clipboard()
    panel = open_table(page, key, INCIDENTS.name)
    page.evaluate("window.clipboard = navigator.clipboard")
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    press(page, f"{panel} .toolbar", "Copy")
    page.wait_for("#spoken:not(:empty)")
    assert page.text("#spoken") == "Copied the lines"
    assert page.evaluate("clipboard.readText()") == page.text(f"{panel} pre")


@pytest.mark.parametrize("width", [320, 360, 768])
def test_nothing_is_wider_than_the_screen(page: Page, key: str, width: int) -> None:
    page.call("Emulation.setDeviceMetricsOverride", width=width, height=640, deviceScaleFactor=1, mobile=True)
    panel = open_table(page, key, "production_runs")
    page.evaluate(f"document.querySelector({json.dumps(panel + ' .columns')}).open = true")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_every_field_and_button_has_a_name(page: Page, key: str) -> None:
    open_table(page, key, INCIDENTS.name)
    page.call("Accessibility.enable")
    nodes = page.call("Accessibility.getFullAXTree")["nodes"]
    asked = [node for node in nodes if node.get("role", {}).get("value") in {"button", "textbox", "radio", "link"}]
    assert len(asked) > 15
    assert [node for node in asked if not node["name"]["value"]] == []


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_rows_are_saved_as_they_are_now(page: Page, address: str, key: str, kind: str) -> None:
    panel = open_table(page, key, INCIDENTS.name)
    press(page, panel, f"Rows as {kind.upper()}")
    file = page.take_download()
    assert file.name == f"safety_incidents.{kind}"
    if kind == "csv":
        sent = {"Authorization": f"Bearer {key}"}
        assert file.read_bytes() == httpx.get(f"{address}/api/v1/safety/incidents?format=csv", headers=sent).content
    else:
        sheet = openpyxl.load_workbook(file).active
        assert sheet is not None
        assert [cell.value for cell in sheet[1]] == [column.name for column in INCIDENTS.columns]
        assert sheet.max_row == 1 + 30
    page.wait_for(f"{panel} [data-format={kind}]:not([aria-busy])")
    assert page.text(f"{panel} .said").startswith(f"{file.name}: ")


def test_a_download_is_stopped_by_its_own_button(page: Page, key: str, tmp_path: Path) -> None:
    panel = open_table(page, key, INCIDENTS.name)
    page.call(
        "Network.emulateNetworkConditions", offline=False, latency=0, downloadThroughput=50, uploadThroughput=50_000
    )  # bytes a second, for some thousands
    press(page, panel, "Rows as CSV")
    press(page, panel, "Stop")
    page.wait_for(f"{panel} [data-format=csv]:not([aria-busy])")
    assert page.text(f"{panel} .said") == "Stopped."
    assert page.text(f"{panel} [data-format=csv]") == "Rows as CSV"
    assert list(tmp_path.glob("*.csv")) == []


def test_rows_that_cannot_be_had_are_explained(page: Page, writer: sqlite3.Connection, key: str) -> None:
    panel = open_table(page, key, INCIDENTS.name)
    writer.execute("UPDATE api_key SET revoked_at = 1")
    press(page, panel, "Rows as CSV")
    page.wait_for(f"{panel} [data-format=csv]:not([aria-busy])")
    assert page.text(f"{panel} .said") == "The server no longer takes the key. Check it again above."


def test_the_lines_for_python_work_as_they_are_pasted(page: Page, key: str) -> None:
    panel = open_table(page, key, INCIDENTS.name)
    page.evaluate(f"document.querySelector({json.dumps(f'{panel} input[value=python]')}).click()")
    lines = page.text(f"{panel} pre")
    lines += "\nprint(safety_incidents.dtypes.astype(str).to_json())\nprint(len(safety_incidents))\n"
    environment = os.environ | {"NEXSHIFT_KEY": key}
    command = [sys.executable, "-c", lines]
    done = subprocess.run(command, check=False, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    types, count = done.stdout.splitlines()
    assert count == "30"
    assert list(json.loads(types)) == [column.name for column in INCIDENTS.columns]
    assert json.loads(types)["occurred_at"].endswith(", UTC]")
    assert json.loads(types)["reference_number"] == "string"
