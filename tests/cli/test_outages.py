"""The database goes, is damaged or may not be written while the service runs: what can be read is, and it recovers."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from nexshift.storage.library import sqlite3
from tests.cli.conftest import Command
from tests.cli.service import Service, Start
from tests.other_process import ROOT
from tests.other_user import NOBODY

UNAVAILABLE = (503, {"error": "The database does not answer; try again in a moment"})
INCIDENTS, RUNS = "/api/v1/safety/incidents", "/api/v1/production/runs"
PAGE = 4096


def load_incidents(run: Command, title: str) -> None:
    Path("incidents.csv").write_text(
        "reference_number,title,severity,status,occurred_at,site\n"
        f"I-1,{title},low,reported,2026-03-26T08:00:00,Brisbane\n"
    )
    assert run("import", "incidents.csv").exit_code == 0


def titles(service: Service, key_text: str) -> list[str]:
    status, body = service.ask(INCIDENTS, key_text)
    assert status == 200, body
    return [row["title"] for row in body["data"]]


@pytest.fixture
def filled(run: Command, plant: Path, tmp_path: Path) -> Path:
    """The plant in a folder of its own, with an incident."""
    load_incidents(run, "Slip")
    folder = tmp_path / "data"
    folder.mkdir()
    return plant.rename(folder / "plant.db")


@pytest.fixture
def key_text(run: Command, filled: Path) -> str:
    return run("--db", filled, "key", "create", "--name", "Excel").stdout.strip()


@pytest.fixture
def service(start: Start, filled: Path, key_text: str) -> Service:
    return start("--db", filled, "serve", "--port", "0")


def read_log(service: Service) -> list[dict[str, object]]:
    """All of it; the service has ended then."""
    service.process.terminate()
    _, log = service.process.communicate(timeout=30)
    return [json.loads(line) for line in log.splitlines()]


def test_a_folder_that_was_moved_away_is_an_outage_that_ends_with_its_return(
    run: Command, service: Service, filled: Path, key_text: str
) -> None:
    folder, away = filled.parent, filled.parent.with_name("away")
    assert titles(service, key_text) == ["Slip"]
    folder.rename(away)
    for path in (INCIDENTS, RUNS, "/health"):
        assert service.ask(path, key_text) == UNAVAILABLE
    assert service.ask("/api/v1/openapi.json")[0] == 200  # what needs no database
    away.rename(folder)
    assert titles(service, key_text) == ["Slip"]
    assert service.ask("/health") == (200, {"status": "ok"})
    run("--db", filled, "key", "revoke", "1")
    assert service.ask(INCIDENTS, key_text)[0] == 401  # and what is committed from now on counts
    events = [event["event"] for event in read_log(service)]
    assert events.count("database_unavailable") == events.count("database_available") == 1


def test_what_was_committed_while_the_folder_was_away_is_answered(
    run: Command, service: Service, filled: Path, key_text: str
) -> None:
    folder, away = filled.parent, filled.parent.with_name("away")
    assert titles(service, key_text) == ["Slip"]
    folder.rename(away)
    assert service.ask(INCIDENTS, key_text) == UNAVAILABLE
    with closing(sqlite3.connect(away / "plant.db")) as other, other:
        other.execute("UPDATE incident SET title = 'Fall'")
    away.rename(folder)
    assert titles(service, key_text) == ["Fall"]


def test_another_folder_in_its_place_is_read_at_once(service: Service, filled: Path, key_text: str) -> None:
    folder, away = filled.parent, filled.parent.with_name("away")
    assert titles(service, key_text) == ["Slip"]
    folder.rename(away)
    folder.mkdir()
    with closing(sqlite3.connect(away / "plant.db")) as source, closing(sqlite3.connect(filled)) as target:
        source.backup(target)
        target.execute("UPDATE incident SET title = 'Fall'")
        target.commit()
    assert titles(service, key_text) == ["Fall"]
    shutil.rmtree(folder)
    away.rename(folder)
    assert titles(service, key_text) == ["Slip"]


def find_page(path: Path, name: str) -> int:
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (name,)).fetchone()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return int(page)


def test_a_damaged_page_is_said_in_the_log_and_ends_with_a_restore(
    run: Command, service: Service, filled: Path, key_text: str
) -> None:
    assert run("--db", filled, "backup", "copy.db").exit_code == 0
    page = find_page(filled, "incident_company")
    with filled.open("r+b") as file:
        file.seek((page - 1) * PAGE)
        file.write(b"\xff" * PAGE)
    assert (
        run("--db", filled, "key", "create", "--name", "later").exit_code == 0
    )  # a commit: what was read is read again

    assert service.ask(INCIDENTS, key_text) == UNAVAILABLE
    assert service.ask(RUNS, key_text)[0] == 200
    checked = run("--db", filled, "check")
    assert (checked.exit_code, "the file is damaged" in checked.stdout) == (1, True)

    assert run("--db", filled, "restore", "copy.db").exit_code == 0
    assert titles(service, key_text) == ["Slip"]
    (outage,) = [event for event in read_log(service) if event["event"] == "database_unavailable"]
    assert outage["level"] == "error"
    assert outage["reason"] == (
        f"{filled} is damaged; see what is wrong with: nexshift check; put back a backup with: nexshift restore BACKUP"
    )


@pytest.mark.parametrize("stepping", ["direct", "sqlite3"])
def test_a_text_that_is_no_longer_text_is_damage_and_no_answer(
    run: Command, start: Start, filled: Path, key_text: str, stepping: str
) -> None:
    with closing(sqlite3.connect(filled)) as other, other:
        other.execute("UPDATE incident SET title = CAST(x'536cff70' AS TEXT)")  # "Sl?p": a byte that was flipped
    service = start("--db", filled, "serve", "--port", "0", env=os.environ | {"NEXSHIFT_STEPPING": stepping})
    assert service.ask(INCIDENTS, key_text) == UNAVAILABLE
    assert service.ask(RUNS, key_text)[0] == 200
    (outage,) = [event for event in read_log(service) if event["event"] == "database_unavailable"]
    assert f"{filled} is damaged" in str(outage["reason"])


@pytest.fixture
def nobodys(run: Command, filled: Path, key_text: str) -> Iterator[tuple[Path, str]]:
    """A database of a user who is not root, in a folder of that user, and a key to it."""
    if sys.platform == "win32" or os.geteuid() != 0:
        pytest.skip("only root can start a program as another user")
    with tempfile.TemporaryDirectory() as name:
        database = Path(name) / "plant.db"
        shutil.copy(filled, database)
        for file in (Path(name), database):
            os.chown(file, NOBODY, NOBODY)
        yield database, key_text
        Path(name).chmod(0o700)


def test_a_folder_that_turns_read_only_is_read_on(run: Command, start: Start, nobodys: tuple[Path, str]) -> None:
    database, key_text = nobodys
    service = start("--db", database, "serve", "--port", "0", module="tests.other_user", cwd=ROOT)
    assert titles(service, key_text) == ["Slip"]
    database.parent.chmod(0o555)
    for file in database.parent.iterdir():
        file.chmod(0o444)
    assert titles(service, key_text) == ["Slip"]
    assert service.ask("/health")[0] == 200
    for file in database.parent.iterdir():
        file.chmod(0o600)
    database.parent.chmod(0o755)
    assert run("--db", database, "key", "revoke", "1").exit_code == 0
    assert service.ask(INCIDENTS, key_text)[0] == 401


def test_a_log_that_is_damaged_is_said_when_the_service_starts_and_by_check(
    run: Command, start: Start, filled: Path, key_text: str
) -> None:
    crashed = filled.with_name("crashed.db")
    with closing(sqlite3.connect(filled)) as other:
        for title in ("Fall", "Burn", "Cut"):
            other.execute("UPDATE incident SET title = ?", (title,))
            other.commit()
        for ending in ("", "-wal"):
            shutil.copy(f"{filled}{ending}", f"{crashed}{ending}")
    log = Path(f"{crashed}-wal")
    content = bytearray(log.read_bytes())
    content[32 + 24 + 5] ^= 1
    log.write_bytes(content)
    sentence = (
        "crashed.db-wal is damaged: 3 commits in it cannot be read any more, and the database is as it was before"
    )
    service = start("--db", crashed, "serve", "--port", "0")
    assert titles(service, key_text) == ["Slip"]
    said = [str(event.get("message")) for event in read_log(service) if event["level"] == "error"]
    assert [message[: len(sentence)] for message in said] == [sentence]
    checked = run("--db", crashed, "check")
    assert (checked.exit_code, checked.stdout[: len(sentence)]) == (1, sentence)


def test_a_log_that_was_cut_off_leaves_the_last_whole_commit(
    run: Command, start: Start, filled: Path, key_text: str
) -> None:
    crashed = filled.with_name("crashed.db")
    with closing(sqlite3.connect(filled)) as other:
        other.execute("PRAGMA wal_autocheckpoint = 0")
        for title in ("Fall", "Cut"):
            other.execute("UPDATE incident SET title = ?", (title,))
            other.commit()
        for ending in ("", "-wal"):  # as they stand when the power goes off
            shutil.copy(f"{filled}{ending}", f"{crashed}{ending}")
    log = Path(f"{crashed}-wal")
    os.truncate(log, log.stat().st_size - 100)
    service = start("--db", crashed, "serve", "--port", "0")
    assert titles(service, key_text) == ["Fall"]
    assert run("--db", crashed, "check").stdout == "OK\n"
