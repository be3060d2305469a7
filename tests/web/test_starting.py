"""What the service finds when it starts: another one at its port, and what a crash has left."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.web.plant import INCIDENTS
from tests.web.processes import ROOT, serving

# Commits, and then is there with the database open until it is killed.
COMMITTING = """
import sys
from pathlib import Path
from nexshift.storage.connection import open_writer
connection = open_writer(Path(sys.argv[1]))
connection.execute("UPDATE incident SET title = 'Committed'")
connection.execute("BEGIN")
connection.execute("UPDATE incident SET title = 'Not committed'")
print("committed", flush=True)
sys.stdin.read()
"""


def test_the_second_instance_at_a_port_says_so(database: Path) -> None:
    with serving(database) as service:
        command = [sys.executable, "-m", "nexshift", "--db", database, "serve", "--port", str(service.port)]
        second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
        assert service.ask("/health")[0] == 200
    assert second.returncode == 1
    assert second.stdout == ""
    assert second.stderr == (
        f"Error: port {service.port} is in use: another program, perhaps Nexshift itself, listens at 127.0.0.1"
        f" already\nHint: stop that one, or choose another port, such as: --port {service.port % 65_535 + 1}\n"
    )


def test_another_address_at_the_same_port_is_in_use_as_well(database: Path) -> None:
    with socket.create_server(("0.0.0.0", 0)) as other:
        port = other.getsockname()[1]
        command = [sys.executable, "-m", "nexshift", "--db", database, "serve", "--port", str(port)]
        second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert f"port {port} is in use" in second.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="there an open file is not left behind")
def test_what_a_crash_has_left_is_just_used(database: Path, key: str) -> None:
    command = [sys.executable, "-c", COMMITTING, database]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "committed\n"
        writer.kill()
    log = Path(f"{database}-wal")
    assert log.stat().st_size > 0
    before = log.read_bytes()
    with serving(database) as service:
        status, body = service.ask(INCIDENTS, key)
        assert status == 200
        assert {row["title"] for row in json.loads(body)["data"]} == {"Committed"}
    assert before.startswith(log.read_bytes()[:32]), "it was read, not begun anew"
