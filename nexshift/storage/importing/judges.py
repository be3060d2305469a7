"""Which single row is odd, beside the run that it belongs to?

Each function judges a whole row that is stored, new or changed.
"""

from __future__ import annotations

from nexshift.config import FAR_FROM_RUN_S
from nexshift.instants import LATEST
from nexshift.storage.importing.entity import Row
from nexshift.storage.importing.kinds import Run
from nexshift.storage.importing.names import Names
from nexshift.storage.importing.oddities import Oddity

SHORTER_THAN_SETUP = Oddity("run is shorter than its setup", "runs are shorter than their setups")
RUNNING_OUTSIDE = Oddity("run has a running_at outside of its time", "runs have a running_at outside of their time")
FAR_SCRAP = Oddity("scrap row is over a day away from its run", "scrap rows are over a day away from their runs")
FAR_LOG = Oddity("material log is over a day away from its run", "material logs are over a day away from their runs")
STOP_OUTSIDE = Oddity(
    "stop lies wholly outside of its run, where it does not count",
    "stops lie wholly outside of their runs, where they do not count",
)


def judge_run(whole: Row, _names: Names) -> Oddity | None:
    started_at, ended_at, running_at = whole["started_at"], whole["ended_at"], whole["running_at"]
    if ended_at is not None and whole["setup_duration_seconds"] > ended_at - started_at:
        return SHORTER_THAN_SETUP
    if running_at is not None and not started_at <= running_at <= (LATEST if ended_at is None else ended_at):
        return RUNNING_OUTSIDE
    return None


def judge_scrap(whole: Row, names: Names) -> Oddity | None:
    return FAR_SCRAP if _is_far(whole["timestamp"], names.run_of(whole["run_id"])) else None


def judge_log(whole: Row, names: Names) -> Oddity | None:
    run_id = whole["run_id"]
    return FAR_LOG if run_id is not None and _is_far(whole["logged_at"], names.run_of(run_id)) else None


def judge_stop(whole: Row, names: Names) -> Oddity | None:
    run = names.run_of(whole["run_id"])
    started_at, ended_at = whole["started_at"], whole["ended_at"]
    is_before = ended_at is not None and started_at < run.started_at and ended_at <= run.started_at
    is_after = run.ended_at is not None and started_at >= run.ended_at and ended_at != run.ended_at
    return STOP_OUTSIDE if is_before or is_after else None


def _is_far(instant: int, run: Run) -> bool:
    return instant < run.started_at - FAR_FROM_RUN_S or (
        run.ended_at is not None and instant > run.ended_at + FAR_FROM_RUN_S
    )
