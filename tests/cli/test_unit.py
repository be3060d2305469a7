"""The unit for systemd: what it says, and what systemd itself says about it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nexshift.cli import unit
from nexshift.config import MAX_CONNECTIONS, SHUTDOWN_S
from tests.cli.conftest import Command

ANALYZE = shutil.which("systemd-analyze")
needs_systemd = pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not there: sudo apt install systemd")


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a program had been started that is there on every machine and lies in no hidden folder."""
    monkeypatch.setattr(sys, "argv", ["/usr/bin/env"])


def lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line and not line.startswith(("#", "["))]


def write(run: Command, *options: str) -> list[str]:
    done = run(*options)
    assert done.exit_code == 0
    return lines(done.stdout)


def test_the_unit_starts_this_program_with_this_database(run: Command, path: Path) -> None:
    found = write(run, "service")
    assert f"ExecStart=/usr/bin/env --db {path} serve" in found
    assert f"ReadWritePaths={path.parent}" in found
    assert {"Type=notify", "Restart=on-failure", "User=nexshift", "Group=nexshift"} <= set(found)
    assert not [line for line in found if line.startswith("Environment=")]


def test_the_unit_starts_with_the_same_configuration(run: Command, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("nexshift.toml").write_text("[serve]\nport = 9000\n")
    monkeypatch.setenv("NEXSHIFT_SERVE_WORKERS", "2")
    monkeypatch.setenv("NEXSHIFT_SERVE_CORS", "http://a http://b")
    monkeypatch.setenv("NEXSHIFT_SERVE_TLS_CERT", "plant.crt")
    monkeypatch.setenv("NEXSHIFT_IMPORT_CREATE", "1")
    found = write(run, "service")
    config = path.parent / "nexshift.toml"
    assert f"ExecStart=/usr/bin/env --db {path} --config {config} serve" in found
    assert [line for line in found if line.startswith("Environment=")] == [
        "Environment=NEXSHIFT_SERVE_WORKERS=2",
        'Environment="NEXSHIFT_SERVE_CORS=http://a http://b"',
        f"Environment=NEXSHIFT_SERVE_TLS_CERT={path.parent / 'plant.crt'}",
    ]


def test_nightly_backups_can_be_written(run: Command, path: Path) -> None:
    Path("nexshift.toml").write_text('[serve]\nbackup-dir = "copies"\n')
    assert f"ReadWritePaths={path.parent}" in write(run, "service")
    Path("nexshift.toml").write_text('[serve]\nbackup-dir = "/mnt/far away"\n')
    assert f'ReadWritePaths={path.parent} "/mnt/far away"' in write(run, "service")


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("my plant", '"{}/my plant/x.db"'),
        ('a"b', '"{}/a\\"b/x.db"'),
        ("100%", "{}/100%%/x.db"),
        ("$HOME", "{}/$$HOME/x.db"),
    ],
)
def test_a_path_means_itself_to_systemd(run: Command, tmp_path: Path, name: str, written: str) -> None:
    found = write(run, "--db", str(tmp_path / name / "x.db"), "service")
    assert f"ExecStart=/usr/bin/env --db {written.format(tmp_path)} serve" in found


def test_the_user_can_be_another_one(run: Command) -> None:
    done = run("service", "--user", "plant")
    assert {"User=plant", "Group=plant"} <= set(lines(done.stdout))
    assert "nexshift --home-dir" not in done.stdout


@pytest.mark.parametrize("port", [0, 1024, 8080])
def test_without_a_low_port_the_service_has_no_capability(run: Command, port: int) -> None:
    Path("nexshift.toml").write_text(f"[serve]\nport = {port}\n")
    assert {"CapabilityBoundingSet=", "AmbientCapabilities=", "PrivateUsers=yes"} <= set(write(run, "service"))


@pytest.mark.parametrize("port", [1, 443, 1023])
def test_a_low_port_takes_one_capability(run: Command, port: int) -> None:
    Path("nexshift.toml").write_text(f"[serve]\nport = {port}\n")
    found = write(run, "service")
    assert {"CapabilityBoundingSet=CAP_NET_BIND_SERVICE", "AmbientCapabilities=CAP_NET_BIND_SERVICE"} <= set(found)
    assert "PrivateUsers=yes" not in found


def test_systemd_waits_longer_than_the_service_takes_to_stop(run: Command) -> None:
    (wait,) = (line for line in write(run, "service") if line.startswith("TimeoutStopSec="))
    assert int(wait.partition("=")[2]) > SHUTDOWN_S


def test_the_service_may_hold_all_connections_open(run: Command) -> None:
    (files,) = (line for line in write(run, "service") if line.startswith("LimitNOFILE="))
    assert int(files.partition("=")[2]) > MAX_CONNECTIONS


def test_what_the_unit_would_hide_is_said(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/root/nexshift"])
    done = run("--db", "/srv/plant/x.db", "service")
    assert done.stderr == "/root/nexshift lies where the unit hides it from the service (ProtectHome); move it\n"
    monkeypatch.setattr(sys, "argv", ["/usr/bin/env"])
    assert run("--db", "/srv/plant/x.db", "service").stderr == ""
    assert "(PrivateTmp)" in run("--db", "/tmp/x.db", "service").stderr


def test_the_program_is_found_as_it_was_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "argv", ["/somewhere/nexshift/__main__.py"])
    assert unit.find_program() == [sys.executable, "-m", "nexshift"]
    binary = tmp_path / "nexshift"
    binary.touch(mode=0o755)
    monkeypatch.setattr(sys, "argv", ["./nexshift"])
    monkeypatch.chdir(tmp_path)
    assert unit.find_program() == [str(binary)]
    monkeypatch.setattr(sys, "argv", ["nexshift"])
    monkeypatch.setenv("PATH", str(tmp_path))
    assert unit.find_program() == [str(binary)]


@needs_systemd
@pytest.mark.parametrize("port", [443, 8080])
def test_systemd_finds_nothing_wrong_with_the_unit(run: Command, tmp_path: Path, port: int) -> None:
    Path("nexshift.toml").write_text(f"[serve]\nport = {port}\n")
    file = tmp_path / "nexshift.service"
    file.write_text(run("--db", "/srv/my plant/100%.db", "service").stdout)
    done = analyze("verify", str(file))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    file.write_text(file.read_text() + "\n[Service]\nReadWritePath=/srv\n")
    assert "ReadWritePath" in analyze("verify", str(file)).stderr


@needs_systemd
def test_systemd_finds_the_service_shut_off(run: Command, tmp_path: Path) -> None:
    file = tmp_path / "nexshift.service"
    file.write_text(run("--db", "/srv/plant/x.db", "service").stdout)
    done = analyze("security", "--offline=true", "--threshold=15", str(file))
    (exposure,) = re.findall(r"Overall exposure level for nexshift.service: (\S+)", done.stdout)
    assert float(exposure) <= 1.5, done.stdout
    assert done.returncode == 0


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    assert ANALYZE is not None
    return subprocess.run([ANALYZE, *arguments], capture_output=True, text=True, check=False, timeout=60)
