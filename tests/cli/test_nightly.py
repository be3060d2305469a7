"""Nightly backups of a running service, as its operator sees them: files in a folder, and lines in the log."""

from __future__ import annotations

import errno
import json
import os
import re
from pathlib import Path
from threading import Event

import pytest

from nexshift.storage.library import sqlite3
from nexshift.web.backups import _work, plan_backups
from nexshift.web.settings import ServiceSettings
from tests.cli.conftest import Command
from tests.cli.service import Service, Start


def read_event(service: Service, beginning: str) -> str:
    """The next message of the log that begins so; those before are skipped."""
    assert service.process.stderr is not None
    while line := service.process.stderr.readline():
        message: str = json.loads(line).get("message", "")
        if message.startswith(beginning):
            return message
    raise AssertionError(f"the service ended without saying {beginning}")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_service_makes_up_for_the_last_night_once_whatever_its_workers(
    run: Command,
    start: Start,
    plant: Path,
    key_text: str,
    workers: str,
) -> None:
    folder = Path("backups")
    folder.mkdir()
    service = start(*("--db", plant, "serve", "--port", "0", "--workers", workers, "--backup-dir", folder))
    message = read_event(service, "nightly backup: ")
    assert re.fullmatch(
        rf"nightly backup: copied {plant} to {folder.absolute()}/plant-nightly-\d{{4}}-\d\d-\d\d\.db \(0\.\d MB\)",
        message,
    )
    assert service.ask("/api/v1/production/runs", key_text)[0] == 200
    assert service.stop() == 0
    (copy,) = folder.glob("*.db")
    assert sorted(file.name for file in folder.iterdir()) == [copy.name, f"{copy.name}.sha256"]
    assert run("--db", copy, "check").stdout == "OK\n"
    assert run("restore", copy).exit_code == 0


def test_a_backup_that_fails_is_a_line_in_the_log_and_the_service_goes_on(
    start: Start,
    plant: Path,
    key_text: str,
) -> None:
    folder = Path("backups")
    folder.mkdir()
    with sqlite3.connect(plant) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute("UPDATE site SET name = '' WHERE name = 'Brisbane'")
    connection.close()
    service = start("--db", plant, "serve", "--port", "0", "--backup-dir", folder)
    message = read_event(service, "nightly backup failed: ")
    assert "was not backed up, because it is damaged (1 problem: site " in message
    assert service.ask("/api/v1/production/runs", key_text)[0] == 200
    assert service.stop() == 0


def test_a_sandbox_that_forbids_a_lower_priority_does_not_end_them(
    plant: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class OneLook(Event):
        def wait(self, timeout: float | None = None) -> bool:
            self.set()
            return True

    def refuse(*_: int) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "setpriority", refuse)
    folder = tmp_path / "backups"
    folder.mkdir()
    backups = plan_backups(ServiceSettings(database=plant, backup_dir=folder))
    assert backups is not None
    _work(backups, OneLook())
    assert len(backups.find_copies()) == 1


def test_options_that_cannot_be_are_refused_before_the_service_starts(run: Command, plant: Path) -> None:
    missing = run("serve", "--port", "0", "--backup-dir", "nowhere")
    assert missing.exit_code == 1
    assert f"Error: there is no folder {Path('nowhere').absolute()} for backups\nHint: create it" in missing.stderr
    for option, value, sentence in (
        ("--backup-at", "25:00", '"25:00" is no time of day from 00:00 to 23:59, such as 02:00.'),
        ("--backup-at", "2:00", '"2:00" is no time of day'),
        ("--backup-keep", "0", "1<=x<=10000"),
        ("--backup-keep", "10001", "1<=x<=10000"),
    ):
        refused = run("serve", "--port", "0", "--backup-dir", ".", option, value)
        assert (refused.exit_code, sentence in refused.stderr) == (2, True), refused.stderr
