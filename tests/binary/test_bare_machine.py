"""Every command works where there is nothing but the file: no library, no shell, no /tmp, one writable folder."""

from __future__ import annotations

import json
import re
import shutil
import signal
import ssl
import subprocess
import urllib.request

import pytest
import trustme

from nexshift.listings import LISTINGS
from tests.binary.conftest import ROOT, BareMachine

_COMPANY = ("init", "--company", "Acme Manufacturing", "--timezone", "Australia/Brisbane")


def run(machine: BareMachine, *arguments: str, code: int = 0) -> str:
    done = machine.run(*arguments)
    assert done.returncode == code, done.stderr
    return done.stdout


def ask(address: str, key_text: str = "", context: ssl.SSLContext | None = None) -> bytes:
    headers = {"Authorization": f"Bearer {key_text}"} if key_text else {}
    request = urllib.request.Request(address, headers=headers)
    with urllib.request.urlopen(request, timeout=30, context=context) as response:
        return bytes(response.read())


def wait_for_address(service: subprocess.Popen[str]) -> str:
    assert service.stdout is not None
    for line in service.stdout:
        if found := re.search(r"Nexshift serves (\S+)", line):
            return found[1]
    raise AssertionError(service.communicate()[1])


@pytest.fixture
def plant(bare_machine: BareMachine) -> BareMachine:
    """A machine that has the sample plant in its database."""
    shutil.copytree(ROOT / "data", bare_machine.data / "records", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    run(bare_machine, *_COMPANY)
    assert re.search(r"13726 added, 0 updated", run(bare_machine, "import", "/data/records"))
    return bare_machine


def test_it_answers_as_the_installed_program_does(plant: BareMachine) -> None:
    key_text = run(plant, "key", "create", "--name", "planner").strip()
    bodies = []
    for start in (plant.start, plant.start_outside):
        with start("serve", "--port", "0") as service:
            address = wait_for_address(service)
            bodies.append([ask(f"{address}/api/v1{listing.path}?to=2026-03-20", key_text) for listing in LISTINGS])
            service.terminate()
            _, log = service.communicate(timeout=30)
            assert service.returncode == 0
            assert "rows are stepped by Python's sqlite3" not in log, "the slower way"
    assert bodies[0] == bodies[1]
    assert all(json.loads(body)["data"] for body in bodies[1])


def test_workers_answer_over_tls_and_show_the_documents(plant: BareMachine) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    (plant.data / "key.pem").write_bytes(certificate.private_key_pem.bytes())
    (plant.data / "cert.pem").write_bytes(certificate.cert_chain_pems[0].bytes())
    context = ssl.create_default_context(cadata=authority.cert_pem.bytes().decode())
    with plant.start(
        "serve", "--port", "0", "--workers", "2", "--tls-cert", "/data/cert.pem", "--tls-key", "/data/key.pem"
    ) as service:
        address = wait_for_address(service).replace("127.0.0.1", "localhost")
        assert json.loads(ask(f"{address}/health", context=context)) == {"status": "ok"}
        assert b"swagger-ui-bundle.js" in ask(f"{address}/docs", context=context)
        for asset in ("swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png"):
            assert len(ask(f"{address}/docs/{asset}", context=context)) > 500
        assert b"connect/connect.js" in ask(f"{address}/connect", context=context)
        for part in ("connect.js", "connect.css", "licences.txt"):
            assert len(ask(f"{address}/connect/{part}", context=context)) > 500
        service.send_signal(signal.SIGTERM)
        _, errors = service.communicate(timeout=30)
    assert service.returncode == 0
    assert "Traceback" not in errors


def test_copies_are_made_checked_and_put_back(plant: BareMachine) -> None:
    run(plant, "backup", "/data/copy.db")
    assert run(plant, "check") == "OK\n"
    (plant.data / "sites.csv").write_text("name,location\nDarwin,Berrimah\n")
    assert "1 added" in run(plant, "import", "/data/sites.csv")
    run(plant, "restore", "/data/copy.db")
    assert "1 added" in run(plant, "import", "/data/sites.csv")  # it had gone with what was replaced


def test_rejected_rows_need_no_other_folder_for_temporary_files(bare_machine: BareMachine) -> None:
    run(bare_machine, *_COMPANY)
    (bare_machine.data / "sites.csv").write_text("name,location\nDarwin,Berrimah\n,Nowhere\n")
    (bare_machine.data / "sites.csv").chmod(0o644)
    done = run(bare_machine, "import", "--skip-bad", "/data/sites.csv", code=3)
    assert "1 added, 0 updated, 0 unchanged, 1 rejected" in done
    assert "Nowhere" in (bare_machine.data / "sites.rejects.csv").read_text()


def test_the_demo_runs(bare_machine: BareMachine) -> None:
    with bare_machine.start("demo", "--port", "0") as service:
        address = wait_for_address(service)
        assert json.loads(ask(f"{address}/health")) == {"status": "ok"}
        service.send_signal(signal.SIGINT)
        service.communicate(timeout=30)
    assert list(bare_machine.data.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [("--version",), ("template", "runs"), ("config",), ("licences", "--full"), ("serve", "--help")],
    ids=lambda arguments: arguments[0],
)
def test_commands_that_need_no_database(bare_machine: BareMachine, arguments: tuple[str, ...]) -> None:
    assert run(bare_machine, *arguments)


def test_the_licences_name_what_is_linked_in(bare_machine: BareMachine) -> None:
    listed = {entry["name"]: entry for entry in json.loads(run(bare_machine, "licences", "--json", "--full"))}
    for name in (
        "CPython",
        "GNU C Library",
        "OpenSSL",
        "SQLite",
        "libuv",
        "ISA-L",
        "litestar",
        "msgspec",
        "tzdata",
        "jszip",
    ):
        assert len(listed[name]["text"]) > 300, name


def test_a_fault_is_a_sentence(bare_machine: BareMachine) -> None:
    done = bare_machine.run("check")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: there is no database at /data/plant.db\n")
