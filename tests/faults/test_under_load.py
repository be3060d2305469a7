"""Backups are made and put back while others write and read: each is one commit, and the next request shows it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nexshift.storage.backup import backup as make_backup
from nexshift.storage.integrity import check
from tests.faults.commands import Commands
from tests.faults.conftest import Torture
from tests.faults.load import EVERY_LISTING, ask, is_good, load
from tests.faults.markers import last_commit, make_markable, writing_on
from tests.faults.plant import Plant


def test_each_backup_under_load_is_whole_and_of_one_commit(
    commands: Commands, plant: Plant, database: Path, tmp_path: Path, torture: Torture
) -> None:
    make_markable(database, title_size=10_000)  # 6 MB, so that a copy takes more than one step
    trials = torture.times(15, 100)
    seen = []
    with (
        commands.serving(database) as service,
        load(service.port, plant.key, EVERY_LISTING, is_good, count=2),
        writing_on(database) as writer,
    ):
        for _ in range(trials):
            copy = tmp_path / "copy.db"
            before = writer.committed
            ended = commands.run(database, "backup", copy)
            assert (ended.code, ended.err) == (0, "")
            after = writer.begun
            assert check(copy) == []
            number = last_commit(copy)
            assert before <= number <= after
            seen.append(number)
            copy.unlink()
            copy.with_name("copy.db.sha256").unlink()
    assert len(set(seen)) > trials // 2, "somebody wrote all the while"
    assert last_commit(database) == writer.committed
    torture.report("backup while others write and read", tried=trials, commits_meanwhile=writer.committed)


def test_after_a_restore_under_load_the_next_request_has_the_restored_rows(
    commands: Commands, plant: Plant, database: Path, tmp_path: Path, torture: Torture
) -> None:
    other = tmp_path / "other.db"
    make_backup(database, other)
    runs = {plant.backup: len(plant.after["run"]), other: len(plant.before["run"])}
    summary = "/production/summary"
    answers = []

    def look(path: str, status: int, body: Any) -> None:
        is_good(path, status, body)
        if path == summary:
            assert total_runs(body) in runs.values(), "half a restore"
            answers.append(status)

    trials = torture.times(16, 100)
    with commands.serving(database) as service, load(service.port, plant.key, (summary, *EVERY_LISTING), look):
        for number in range(trials):
            copy = (plant.backup, other)[number % 2]
            ended = commands.run(database, "restore", copy)
            assert ended.code == 0, ended
            status, body = ask(service.port, plant.key, summary)
            assert (status, total_runs(body)) == (200, runs[copy])
    assert answers
    assert check(database) == []
    torture.report("restore under a service with load", tried=trials, answers_meanwhile=len(answers))


def total_runs(body: Any) -> int:
    return sum(machine["total_runs"] for machine in body["data"])
