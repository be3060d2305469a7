"""A service that is killed leaves nothing behind that keeps the next one from answering, and no record is lost."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from nexshift.storage.integrity import check
from tests.faults.commands import Commands, Service
from tests.faults.conftest import Torture
from tests.faults.load import EVERY_LISTING, ask, is_good, load
from tests.faults.plant import Plant, contents

PARTS = 2


@pytest.mark.parametrize("part", range(PARTS))
def test_after_a_service_and_an_import_are_killed_under_load_the_next_one_answers(
    commands: Commands, plant: Plant, tmp_path: Path, torture: Torture, *, part: int
) -> None:
    kept = left = asked = 0
    trials = torture.times(50, 100) // PARTS
    for _ in range(trials):
        database = plant.put(tmp_path / "plant.db")
        service = commands.serve(database)
        with load(service.port, plant.key, EVERY_LISTING, is_good) as clients:
            clients.wait_for_answers()
            imported = commands.start(database, "import", plant.first)
            clients.expect_break()
            time.sleep(torture.rng.random() * 0.3)
            service.kill()
            imported.kill()
            assert service.wait().code == -9
            imported.wait()
        asked += clients.answers
        left += Path(f"{database}-wal").exists()
        with commands.serving(database, "--port", str(service.port)) as again:
            status, body = ask(again.port, plant.key, "/production/summary")
            found = contents(database)
            assert found in (plant.before, plant.after), "half an import"
            assert (status, sum(machine["total_runs"] for machine in body["data"])) == (200, len(found["run"]))
            assert check(database) == []
        kept += found == plant.after
    assert left > trials // 2, "as a rule there is something to be recovered"
    torture.report("service and import killed under load", tried=trials, imports_there=kept, answers_before=asked)


def workers_of(service: Service) -> set[int]:
    """The processes that it has started to answer, without the one that looks after what they share."""
    found = set()
    for pid in Path(f"/proc/{service.pid}/task/{service.pid}/children").read_text().split():
        with suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
            if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.add(int(pid))
    return found


def ask_until_two_answer(service: Service, key: str, *, without: int = 0) -> tuple[set[int], int]:
    """Its two workers, and how many answers were got before they were there."""
    deadline = time.monotonic() + 60
    asked = 0
    while True:
        is_good("", *ask(service.port, key, "/production/runs"))
        asked += 1
        workers = workers_of(service) - {without}
        if len(workers) == 2:
            return workers, asked
        assert time.monotonic() < deadline, f"{len(workers)} workers"


@contextmanager
def watched(pids: set[int]) -> Iterator[select.poll]:
    """A poll that tells of each process that ends."""
    poll = select.poll()
    descriptors = [os.pidfd_open(pid) for pid in pids]
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    yield poll
    for descriptor in descriptors:
        os.close(descriptor)


def test_when_one_worker_of_two_is_killed_the_other_answers_until_there_is_a_new_one(
    commands: Commands, plant: Plant, database: Path, torture: Torture
) -> None:
    trials = torture.times(2, 10)
    asked = 0
    with commands.serving(database, "--workers", "2") as service:
        workers, _ = ask_until_two_answer(service, plant.key)
        for _ in range(trials):
            killed = torture.rng.choice(sorted(workers))
            with watched({killed}) as ends:
                os.kill(killed, signal.SIGKILL)
                assert ends.poll(60_000)
            workers, answers = ask_until_two_answer(service, plant.key, without=killed)
            asked += answers
    assert check(database) == []
    torture.report("worker of two killed", tried=trials, answers_meanwhile=asked)


def test_when_the_first_process_of_a_service_is_killed_its_workers_let_the_port_go(
    commands: Commands, plant: Plant, database: Path, torture: Torture
) -> None:
    trials = torture.times(2, 10)
    service = commands.serve(database, "--workers", "2")
    for _ in range(trials):
        workers, _ = ask_until_two_answer(service, plant.key)
        with load(service.port, plant.key, EVERY_LISTING, is_good) as clients:
            clients.wait_for_answers()
            clients.expect_break()
            with watched(workers) as ends:
                service.kill()
                service.wait()
                for _ in workers:
                    (ended, _), *_ = ends.poll(60_000)
                    ends.unregister(ended)
        service = commands.serve(database, "--workers", "2", "--port", str(service.port))
        is_good("", *ask(service.port, plant.key, "/production/runs"))
        assert check(database) == []
    torture.report("first process of a service with two workers killed", tried=trials)
