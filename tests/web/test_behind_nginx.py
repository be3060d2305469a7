"""Behind a real nginx that ends TLS and puts a path in front, set up as docs/proxies.md says."""

from __future__ import annotations

import gzip
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest
from litestar import Litestar

from nexshift.storage.companies import pick_company
from nexshift.storage.connection import open_writer
from nexshift.storage.importing import import_paths
from nexshift.tables import TABLES
from tests.docs.examples import ROOT, find_blocks
from tests.web.browser import CHROMIUM, browser_of
from tests.web.certificates import issue, trusting, write_pair
from tests.web.plant import INCIDENTS
from tests.web.running import running

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed: apt-get install nginx-light")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium")

REASON = "Öl//100% & 'C' #2"
_FRAME = """\
worker_processes 1;
daemon off;
pid nginx.pid;
events {{ worker_connections 128; }}
http {{
    access_log off;
    client_body_temp_path body; proxy_temp_path proxy;
    fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate plant.crt;
        ssl_certificate_key plant.key;
        {block}
    }}
}}
"""


def find_free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def read_block() -> str:
    ((_, lines),) = find_blocks(ROOT / "docs" / "proxies.md", "nginx")
    return "\n".join(lines)


@pytest.fixture
def proxy(app: Litestar, tmp_path: Path) -> Iterator[str]:
    """The service's address, as its clients know it."""
    assert NGINX is not None
    folder = tmp_path / "nginx"
    folder.mkdir()
    write_pair(folder, issue())
    with running(app) as behind:
        port = find_free_port()
        block = read_block().replace("127.0.0.1:8080", f"127.0.0.1:{behind}")
        (folder / "nginx.conf").write_text(_FRAME.format(port=port, block=block))
        command = [NGINX, "-p", str(folder), "-c", "nginx.conf", "-e", "error.log"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
            try:
                wait_until_it_listens(process, port)
                yield f"https://localhost:{port}/nexshift"
            finally:
                process.terminate()
                process.wait()


def wait_until_it_listens(process: subprocess.Popen[str], port: int) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return
        except ConnectionRefusedError:
            assert process.poll() is None, process.communicate()[1]
            assert time.monotonic() < deadline
            time.sleep(0.05)


@pytest.fixture
def web(proxy: str, key: str) -> Iterator[httpx.Client]:
    """Asks with a key; an address that begins with a slash is meant from the proxy's host."""
    with httpx.Client(verify=trusting(), headers={"Authorization": f"Bearer {key}"}, timeout=60) as client:
        yield client


def test_the_link_leads_through_all_pages(proxy: str, web: httpx.Client) -> None:
    whole = web.get(f"{proxy}{INCIDENTS}").json()["data"]
    seen, address = [], f"{proxy}{INCIDENTS}?limit=7"
    while address:
        page = web.get(address)
        assert page.status_code == 200, page.text
        seen += page.json()["data"]
        following = page.links.get("next", {}).get("url")
        address = following and urljoin(address, following)
        assert not address or address.startswith(f"{proxy}{INCIDENTS}?")
    assert seen == whole
    assert len(whole) == 30


def test_the_pages_and_their_parts_are_there(proxy: str, web: httpx.Client) -> None:
    first = web.get(f"{proxy}/", follow_redirects=True)
    assert (first.status_code, str(first.url)) == (200, f"{proxy}/docs")
    for page in ("docs", "connect"):
        for spelling in (page, f"{page}/"):
            answer = web.get(f"{proxy}/{spelling}", follow_redirects=True)
            assert str(answer.url) == f"{proxy}/{page}"
            for link in re.findall(r'(?:src|href)="([^"]*)"', answer.text):
                if not link.startswith("data:"):
                    part = web.get(urljoin(str(answer.url), link))
                    assert (part.status_code, str(part.url).startswith(proxy)) == (200, True), link


def test_the_openapi_file_names_the_server_in_front(proxy: str, web: httpx.Client) -> None:
    address = f"{proxy}/api/v1/openapi.json"
    document = web.get(address).json()
    (server,) = document["servers"]
    root = urljoin(address, server["url"]).rstrip("/")
    assert root == proxy
    for path in document["paths"]:
        assert web.get(root + path).status_code == 200, path


def test_odata_is_read_page_by_page(proxy: str, web: httpx.Client) -> None:
    address = f"{proxy}/odata/v4/safety_incidents?$select=severity&$orderby=severity"
    seen = 0
    while address:
        body = web.get(address, headers={"Prefer": "odata.maxpagesize=7"}).json()
        assert body["@odata.context"].startswith(f"{proxy}/odata/v4/$metadata#")
        seen += len(body["value"])
        row = web.get(urljoin(body["@odata.context"], body["value"][0]["@odata.id"]))
        assert row.status_code == 200
        address = body.get("@odata.nextLink", "")
        assert not address or address.startswith(f"{proxy}/odata/v4/safety_incidents?")
    assert seen == 30


def test_a_key_with_any_signs_finds_its_row(proxy: str, web: httpx.Client, database: Path, tmp_path: Path) -> None:
    """nginx decodes a path and writes it anew."""
    runs, stops = tmp_path / "runs.csv", tmp_path / "downtime.csv"
    start, end = "2026-03-01T00:00:00Z", "2026-03-01T08:00:00Z"
    runs.write_text(f"machine,site,product_sku,started_at,ended_at,units_produced\nPress,North,A,{start},{end},1\n")
    stops.write_text(f"machine,run_started_at,started_at,ended_at,reason\nPress,{start},{start},{end},{REASON}\n")
    writer = open_writer(database)
    assert import_paths(writer, pick_company(writer, "Acme Manufacturing"), [runs, stops], create=True).rejected == 0
    writer.close()
    body = web.get(f"{proxy}/odata/v4/production_downtime_by_reason?$select=stops").json()
    (row,) = body["value"]
    found = web.get(urljoin(body["@odata.context"], row["@odata.id"]))
    assert (found.status_code, found.json()["reason"]) == (200, REASON)


def test_compression_and_tags_pass(proxy: str, web: httpx.Client) -> None:
    for path in (INCIDENTS, "/odata/v4/safety_incidents", "/docs/swagger-ui-bundle.js"):
        with web.stream("GET", f"{proxy}{path}", headers={"Accept-Encoding": "gzip"}) as packed:
            assert packed.headers["content-encoding"] == "gzip"
            body = gzip.decompress(b"".join(packed.iter_raw()))
        plain = web.get(f"{proxy}{path}", headers={"Accept-Encoding": "identity"})
        assert body == plain.content
        again = web.get(f"{proxy}{path}", headers={"If-None-Match": packed.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_a_client_without_a_key_is_asked_in_both_ways(proxy: str) -> None:
    answer = httpx.get(f"{proxy}{INCIDENTS}", verify=trusting())
    assert answer.status_code == 401
    assert [line.split()[0] for line in answer.headers.get_list("www-authenticate")] == ["Basic", "Bearer"]


def test_a_long_filter_passes(proxy: str, web: httpx.Client) -> None:
    listed = ",".join(["'a severity that nobody uses'"] * 300)
    text = f"severity in ({listed})"
    answer = web.get(f"{proxy}/odata/v4/safety_incidents", params={"$filter": text, "$top": 1})
    assert answer.status_code == 200, answer.text
    assert len(str(answer.url)) > 8_192


@needs_chromium
def test_in_a_browser_both_pages_work(proxy: str, key: str, tmp_path: Path) -> None:
    with browser_of(tmp_path / "profile", "--ignore-certificate-errors") as browser:
        with browser.tab() as page:
            page.open(f"{proxy}/docs#/safety/safety_incidents")
            page.click(".btn.authorize")
            page.wait_for("#auth-bearer-value")
            page.type("#auth-bearer-value", key)
            page.click(".auth-container form:has(#auth-bearer-value) .authorize")
            page.wait_for("[aria-label='Remove authorization']")
            page.click(".btn-done")
            page.click(".opblock .execute")
            page.wait_for(".live-responses-table .response-col_status")
            assert page.text(".live-responses-table tbody .response-col_status").startswith("200")
            assert page.complaints == []
            assert [url for url in page.requests if not url.startswith((f"{proxy}/", "data:"))] == []
        with browser.tab() as page:
            page.open(f"{proxy}/connect")
            page.wait_for("#show:enabled")
            page.type("#key", key)
            page.wait_for(".good")
            shown = page.evaluate("[...document.querySelectorAll('.entry')].map(entry => entry.id)")
            assert sorted(shown) == sorted(table.name for table in TABLES)
            assert page.text("#address .copyable code") == f"{proxy}/odata/v4/"
            assert page.complaints == []
            assert [url for url in page.requests if not url.startswith((f"{proxy}/", "data:"))] == []
