"""`nexshift serve` and `nexshift demo` as programs: what is changed beside a running service counts at once."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from functools import partial
from pathlib import Path

import pytest

from nexshift.cli.power_query import write_query
from nexshift.listings import LISTINGS
from nexshift.storage.library import sqlite3
from tests.cli.conftest import ROOT, Command
from tests.cli.service import Service, Start

WORKED_EXAMPLE = {"availability": 83.4, "performance": 100.0, "quality": 99.8, "overall": 83.2}


def test_what_happens_to_a_key_counts_from_the_next_request_on(
    run: Command, start: Start, plant: Path, key_text: str
) -> None:
    service = start("--db", plant, "serve", "--port", "0")
    assert service.ask("/api/v1/production/runs", key_text)[0] == 200

    rotated = run("key", "rotate", "1").stdout.strip()
    assert service.ask("/api/v1/production/runs", key_text)[0] == 401
    assert service.ask("/api/v1/production/runs", rotated)[0] == 200

    run("key", "revoke", "1")
    assert service.ask("/api/v1/production/runs", rotated) == (401, {"error": "Invalid or missing API key"})

    made_meanwhile = run("key", "create", "--name", "later", "--allow", "safety").stdout.strip()
    assert service.ask("/api/v1/safety/incidents", made_meanwhile)[0] == 200
    assert service.ask("/api/v1/production/runs", made_meanwhile)[0] == 403


def test_a_running_service_answers_with_what_was_put_back(
    run: Command, start: Start, plant: Path, key_text: str
) -> None:
    Path("incidents.csv").write_text(
        "reference_number,title,severity,status,occurred_at,site\nI-1,Slip,low,reported,2026-03-26T08:00:00,Brisbane\n"
    )
    run("import", "incidents.csv")
    service = start("--db", plant, "serve", "--port", "0")
    before = service.ask("/api/v1/safety/incidents", key_text)
    assert [row["title"] for row in before[1]["data"]] == ["Slip"]
    run("backup", "copy.db")
    Path("incidents.csv").write_text(Path("incidents.csv").read_text().replace("Slip", "Fall"))
    run("import", "incidents.csv")
    run("key", "revoke", "1")
    assert service.ask("/api/v1/safety/incidents", key_text)[0] == 401

    assert run("restore", "copy.db").exit_code == 0

    assert service.ask("/api/v1/safety/incidents", key_text) == before
    assert service.ask("/health")[0] == 200
    run("init", "--company", "Bolt")
    other = run("key", "create", "--name", "x", "--company", "Bolt").stdout.strip()
    assert service.ask("/api/v1/safety/incidents", other)[1]["company"] == "Bolt"
    assert run("check").stdout == "OK\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_stopped_service_has_done_its_work(
    start: Start, plant: Path, key_text: str, number: signal.Signals, workers: str
) -> None:
    service = start("--db", plant, "serve", "--port", "0", "--workers", workers)
    assert service.ask("/api/v1/production/runs", key_text)[0] == 200
    assert service.stop(number) == 0


def test_the_rate_limit_and_the_allowed_origin_reach_the_service(start: Start, plant: Path, key_text: str) -> None:
    service = start(
        *("--db", plant, "serve", "--port", "0", "--rate-limit", "2", "--cors", "https://boards.acme.example")
    )
    request = urllib.request.Request(
        service.address + "/api/v1/production/runs",
        headers={"Authorization": f"Bearer {key_text}", "Origin": "https://boards.acme.example"},
    )
    with urllib.request.urlopen(request) as response:
        assert response.headers["Access-Control-Allow-Origin"] == "https://boards.acme.example"
        assert response.headers["RateLimit-Limit"] == "2"


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_port_in_use_is_refused(run: Command, plant: Path, command: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run(command, "--port", str(port))
    assert result.exit_code == 1
    first, second = result.stderr.splitlines()
    assert first.startswith("Error: ")
    assert f"port {port}" in first
    assert "in use" in first
    assert second.startswith("Hint: ")
    assert "--port" in second
    assert result.stdout == ""


def test_an_address_that_is_not_here_is_refused(run: Command, plant: Path) -> None:
    for host in ("192.0.2.1", "no.such.host.invalid"):
        result = run("serve", "--host", host, "--port", "0")
        assert result.exit_code == 1
        assert host in result.stderr
        assert "Hint: " in result.stderr


# --- demo --------------------------------------------------------------------------------------------------------


@pytest.fixture
def demo(start: Start, tmp_path: Path) -> Service:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    return start("demo", "--port", "0", env=os.environ | {"TMPDIR": str(temporary)})


def test_the_demo_prints_a_key_and_lines_that_work(demo: Service) -> None:
    (key_text,) = re.findall(r"^nxs_\w+$", demo.printed, re.MULTILINE)
    curls = [shlex.split(line) for line in demo.printed.splitlines() if line.startswith("curl ")]
    assert len(curls) == len(LISTINGS) == 7
    for words, listing in zip(curls, LISTINGS, strict=True):
        assert words[:4] == ["curl", "-s", "-H", f"Authorization: Bearer {key_text}"]
        url = words[4]
        assert url.startswith(f"{demo.address}/api/v1{listing.path}?")
        status, body = demo.ask(url.removeprefix(demo.address), key_text)
        assert (status, body["company"]) == (200, "Acme Manufacturing")
        assert body["data"], f"{url} shows something"
    first = demo.ask(curls[0][4].removeprefix(demo.address), key_text)[1]["data"]
    assert [(run["machine"]["name"], run["oee"]) for run in first] == [("Auto 3", WORKED_EXAMPLE)]


def test_the_demo_prints_the_query_for_excel_and_the_page(demo: Service) -> None:
    assert write_query(demo.address) in demo.printed
    assert f"\n{demo.address}/connect\n{demo.address}/docs\n" in demo.printed
    with urllib.request.urlopen(f"{demo.address}/connect") as page:
        assert b"connect/connect.js" in page.read()
    with urllib.request.urlopen(f"{demo.address}/docs") as page:
        assert page.status == 200


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_nothing_of_the_demo_is_left(demo: Service, tmp_path: Path, number: signal.Signals) -> None:
    temporary = tmp_path / "temporary"
    (folder,) = temporary.iterdir()
    assert "demo.db" in {file.name for file in folder.iterdir()}

    assert demo.stop(number) == 0

    assert list(temporary.iterdir()) == []


def test_the_readme_shows_the_same_query() -> None:
    assert write_query("http://127.0.0.1:8080") in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_query_is_balanced_and_asks_for_pages() -> None:
    query = write_query("http://127.0.0.1:8080")
    for opening, closing in ("()", "[]", "{}"):
        assert query.count(opening) == query.count(closing)
    assert query.count('"') % 2 == 0
    assert "next_cursor" in query
    assert "nxs_" not in query


def test_what_is_not_ours_in_the_database_is_in_the_log_when_the_service_starts(
    start: Start, plant: Path, key_text: str
) -> None:
    with sqlite3.connect(plant) as connection:
        connection.execute("CREATE VIEW mine AS SELECT 1")
        connection.execute("CREATE TRIGGER t AFTER DELETE ON run BEGIN DELETE FROM site; END")
        connection.execute("DROP INDEX run_site")
    connection.close()
    service = start("--db", plant, "serve", "--port", "0", "--log-format", "json")
    assert service.ask("/api/v1/safety/incidents", key_text)[0] == 200
    service.process.terminate()
    events = [json.loads(line) for line in service.process.communicate(timeout=30)[1].splitlines()]
    said = [(event["level"], event.get("message", "").removeprefix(f"{plant}: ")) for event in events]
    assert [each for each in said if each[0] in ("error", "warning")] == [
        (
            "error",
            'the trigger "t" on run is not Nexshift\'s, and runs with what is written there;'
            ' DROP TRIGGER "t" would remove it',
        ),
        ("error", "run_site is missing from the schema"),
        ("warning", 'the view "mine" is not Nexshift\'s; DROP VIEW "mine" would remove it'),
    ]


@pytest.mark.parametrize("kind", ["full", "closed"])
def test_a_service_whose_output_takes_nothing_runs(plant: Path, kind: str) -> None:
    with Path("/dev/full").open("w") as full:
        process = subprocess.Popen(
            [sys.executable, "-m", "nexshift", "--db", plant, "serve", "--port", "0"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=partial(os.close, 1) if kind == "closed" else None,  # noqa: PLW1509 (no thread runs here)
        )
    assert process.stderr is not None
    started = json.loads(next(line for line in process.stderr if '"event":"started"' in line))
    with urllib.request.urlopen(started["address"] + "/health", timeout=20) as response:
        assert response.status == 200
    process.terminate()
    process.communicate(timeout=30)
    assert process.returncode == 0
