"""An import while others read or import: everybody gets on, and nobody sees half of it."""

from __future__ import annotations

import signal
import time
from collections import defaultdict
from contextlib import closing
from pathlib import Path
from threading import get_ident
from typing import Any

from nexshift.storage.integrity import check
from nexshift.storage.library import sqlite3
from tests.faults.commands import Command, Commands
from tests.faults.conftest import Torture
from tests.faults.load import is_good, load
from tests.faults.plant import FIRST, SLOT_S, Plant, contents, instant, write_runs

ROWS = 900  # of a file; they fit into one page


def stop_inside(commands: Commands, database: Path, folder: Path) -> Command:
    """An import that was stopped while its transaction is open."""
    while True:
        command = commands.start(database, "import", folder)
        while not is_locked(database) and command.is_running():
            pass
        command.send(signal.SIGSTOP)
        if is_locked(database):
            return command
        command.send(signal.SIGCONT)  # it had just committed; the same rows once more change nothing, but take as long
        assert command.wait().code == 0


def is_locked(database: Path) -> bool:
    """Whether somebody writes."""
    with closing(sqlite3.connect(database, isolation_level=None, timeout=0)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        connection.execute("ROLLBACK")
        return False


def test_of_two_imports_at_once_one_waits_and_both_are_done(
    commands: Commands, plant: Plant, tmp_path: Path, torture: Torture
) -> None:
    database = tmp_path / "plant.db"
    folders = [write_runs(tmp_path / f"records-{number}", number, ROWS) for number in (11, 12)]
    trials = torture.times(5, 50)
    for _ in range(trials):
        plant.put(database)
        first = stop_inside(commands, database, folders[0])
        second = commands.start(database, "import", folders[1])
        first.send(signal.SIGCONT)
        for ended in (first.wait(), second.wait()):
            assert (ended.code, ended.err) == (0, "")
            assert ended.out.endswith(" 0 rejected\n")
        assert len(contents(database)["run"]) == len(plant.before["run"]) + 2 * ROWS
        assert check(database) == []
    torture.report("two imports at once", tried=trials)


def test_many_imports_at_once_all_get_their_turn(
    commands: Commands, plant: Plant, database: Path, tmp_path: Path
) -> None:
    folders = [write_runs(tmp_path / f"records-{number}", number, 100) for number in range(11, 19)]
    started = [commands.start(database, "import", folder) for folder in folders]
    for command in started:
        ended = command.wait()
        assert (ended.code, ended.err) == (0, "")
    assert len(contents(database)["run"]) == len(plant.before["run"]) + 100 * len(folders)
    assert check(database) == []


def test_while_somebody_imports_eight_clients_read_all_or_nothing_and_never_wait(
    commands: Commands, plant: Plant, database: Path, tmp_path: Path, torture: Torture
) -> None:
    trials = torture.times(4, 40)
    folders = [write_runs(tmp_path / f"records-{number}", number, ROWS) for number in range(11, 11 + trials)]
    windows = [window_of(number) for number in range(11, 11 + trials)]
    before = len(plant.before["run"])
    seen: dict[tuple[int, str], list[int]] = defaultdict(list)

    def look(path: str, status: int, body: Any) -> None:
        is_good(path, status, body)
        if path == "/production/summary":
            runs = sum(machine["total_runs"] for machine in body["data"]) - before
            assert runs % ROWS == 0, "half an import"
        else:
            runs = len(body["data"])
            assert runs in {0, ROWS}, "half an import"
            for part in ("scrap", "downtime"):
                assert sum(len(run[part]) for run in body["data"]) == runs, f"runs without their {part}"
        assert not seen[get_ident(), path] or seen[get_ident(), path][-1] <= runs, "a commit was taken back"
        seen[get_ident(), path].append(runs)

    paths = ("/production/summary", *windows)
    with commands.serving(database) as service, load(service.port, plant.key, paths, look, count=8) as clients:
        for folder in folders:
            importing = stop_inside(commands, database, folder)
            clients.wait_for_answers()  # each of the eight gets some while the transaction stays open
            assert is_locked(database)
            importing.send(signal.SIGCONT)
            assert importing.wait().code == 0
            clients.wait_for_answers()
        deadline = time.monotonic() + 60
        while not all(values[-1] for values in seen.values()):  # everybody sees every import
            clients.wait_for_answers()
            assert time.monotonic() < deadline
    assert check(database) == []
    torture.report("import while eight clients read", tried=trials, answers=sum(map(len, seen.values())))


def window_of(number: int) -> str:
    """Where one sees exactly the runs of that folder."""
    start = FIRST + number * 10_000 * SLOT_S
    return f"/production/runs?from={instant(start)}&to={instant(start + 9_999 * SLOT_S)}&limit=1000"
