"""Which writes make the stored length of a run's downtime unknown?

Every write that could change it, by whatever program: `run.downtime_seconds` becomes NULL, and `downtime.py` or the
next reader computes it.  A trigger never computes, so downtime has one definition, and it touches a run only where a
length is stored, so that writing many stops of a run costs one change of it.
"""

from __future__ import annotations


def _forget(run: str) -> str:
    return f"UPDATE run SET downtime_seconds = NULL WHERE id = {run} AND downtime_seconds IS NOT NULL"


def _trigger(name: str, event: str, *statements: str) -> str:
    return f"CREATE TRIGGER {name} {event} BEGIN {' '.join(f'{each};' for each in statements)} END"


# REPLACE removes the stop that has this UUID, perhaps another run's, without its DELETE trigger (unless
# recursive_triggers is on).
_FORGET_REPLACED = _forget("(SELECT run_id FROM downtime WHERE uuid = NEW.uuid)")

TRIGGERS = (
    # What an INSERT brings was computed from stops that are not here.
    _trigger("run_inserted", "AFTER INSERT ON run WHEN NEW.downtime_seconds IS NOT NULL", _forget("NEW.id")),
    _trigger(
        "run_changed",
        "AFTER UPDATE OF id, started_at, ended_at, status ON run WHEN NEW.downtime_seconds IS NOT NULL",
        _forget("NEW.id"),
    ),
    # Not a CHECK, which would refuse to shorten or reopen a run: it is tested before the trigger above has run.
    _trigger(
        "run_measured",
        "BEFORE UPDATE OF downtime_seconds ON run"
        " WHEN NEW.downtime_seconds > coalesce(NEW.ended_at - NEW.started_at, -1)",
        "SELECT RAISE(ABORT, 'downtime_seconds is longer than the run, or the run has not ended')",
    ),
    _trigger("downtime_inserted", "BEFORE INSERT ON downtime", _forget("NEW.run_id"), _FORGET_REPLACED),
    _trigger(
        "downtime_changed",
        "BEFORE UPDATE OF run_id, started_at, ended_at, uuid ON downtime",
        *(_forget("OLD.run_id"), _forget("NEW.run_id"), _FORGET_REPLACED),
    ),
    _trigger("downtime_deleted", "AFTER DELETE ON downtime", _forget("OLD.run_id")),
)
