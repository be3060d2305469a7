"""Several processes answer as one: a dead one is replaced and told of, and none is left behind."""

import os
import signal
from pathlib import Path

import pytest

from tests.web.plant import INCIDENTS
from tests.web.processes import Line, ServiceProcess, halt, serving

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="signals of POSIX, and /proc")


def started_workers(lines: list[Line]) -> dict[int, int]:
    """Process ids by number."""
    return {line["worker"]: line["pid"] for line in lines if line["event"] == "worker_started"}


def kill(service: ServiceProcess, pid: int) -> list[Line]:
    """The log, until another worker answers in its place."""
    os.kill(pid, signal.SIGKILL)
    return service.read_until("worker_started")


def test_a_worker_that_dies_is_replaced_and_told_of(database: Path, key: str) -> None:
    with serving(database, "--workers", "2") as service:
        pids = started_workers(service.read_until("worker_started", 2))
        assert sorted(pids) == [1, 2]
        died, started = kill(service, pids[2])
        assert (died["event"], died["level"]) == ("worker_died", "error")
        assert (died["worker"], died["pid"], died["cause"]) == (2, pids[2], "SIGKILL")
        assert started["worker"] == 2
        assert started["pid"] not in pids.values()
        halt(pids[1])  # now only the new one can answer
        assert service.ask(INCIDENTS, key)[0] == 200
        os.kill(pids[1], signal.SIGCONT)


def test_a_worker_that_the_system_has_stopped_does_not_hold_up_the_end(database: Path) -> None:
    with serving(database, "--workers", "2") as service:
        pids = started_workers(service.read_until("worker_started", 2))
        halt(pids[1])
        service.signal(signal.SIGTERM)
        lines = service.read_to_end()
        assert service.process.wait() == 0
    assert [line["pid"] for line in lines if line["event"] == "stopped"] == [pids[2]]


def test_workers_end_when_who_watches_over_them_is_killed(database: Path) -> None:
    with serving(database, "--workers", "2") as service:
        service.read_until("worker_started", 2)
        service.signal(signal.SIGKILL)
        assert service.read_to_end() == []
        with serving(database, "--port", str(service.port)) as next_one:
            assert next_one.ask("/health")[0] == 200


def test_a_worker_that_cannot_start_is_told_of_and_tried_again(database: Path) -> None:
    away = database.with_suffix(".away")
    with serving(database, "--workers", "2") as service:
        pids = started_workers(service.read_until("worker_started", 2))
        database.rename(away)
        os.kill(pids[1], signal.SIGKILL)
        died, failed, again = service.read_until("worker_died", 2)
        assert (died["cause"], again["cause"]) == ("SIGKILL", "exit code 1")
        assert failed["message"] == f"worker 1 cannot start: there is no database at {database}"
        away.rename(database)
        assert started_workers(service.read_until("worker_started")).keys() == {1}
