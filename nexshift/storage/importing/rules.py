"""What must hold of a whole row, which no single column can tell?"""

from __future__ import annotations

import time
from typing import Any

from nexshift.instants import format_instant
from nexshift.storage.importing.entity import Obstacle, Row
from nexshift.storage.importing.kinds import ASSET, MACHINE, SITE
from nexshift.storage.importing.names import Names
from nexshift.storage.importing.report import Problem, refuse
from nexshift.storage.importing.values import show
from nexshift.storage.library import sqlite3


def check_end(whole: Row, _given: Row, _stored: Row | None, _names: Names) -> None:
    """What ends does not end before it starts."""
    started_at, ended_at = whole["started_at"], whole["ended_at"]
    if ended_at is not None and ended_at < started_at:
        ended, started = format_instant(ended_at), format_instant(started_at)
        raise refuse("ended_at", f"{ended} is before started_at, {started}")


def settle_run(whole: Row, given: Row, stored: Row | None, names: Names) -> None:
    """The status follows from the end unless it is given, and must agree with it."""
    check_end(whole, given, stored, names)
    has_ended = whole["ended_at"] is not None
    if "status" not in given and (stored is None or "ended_at" in given):
        whole["status"] = "completed" if has_ended else "running"
    elif whole["status"] == "completed" and not has_ended:
        raise refuse("ended_at", "is required, because the status is completed")
    elif whole["status"] == "running" and has_ended:
        raise refuse("status", "cannot be running, because the run has an ended_at")


def find_open_run(connection: sqlite3.Connection, whole: Row, run_id: Any) -> Obstacle | None:
    """A machine has one open run at the most."""
    if whole["status"] != "running" or not isinstance(whole["machine_id"], int):
        return None
    sql = "SELECT started_at, id FROM run WHERE machine_id = ? AND status = 'running' AND id IS NOT ?"
    other = connection.execute(sql, (whole["machine_id"], run_id)).fetchone()
    if other is None:
        return None
    (name,) = connection.execute("SELECT name FROM machine WHERE id = ?", (whole["machine_id"],)).fetchone()
    started = format_instant(other[0])
    reason = f"is required: machine {show(name)} already has an open run, started at {started}"
    return Obstacle(("ended_at", reason), other[1])


_FOLLOWERS = {
    "machine": {"run": "run", "quality_check": "quality check", "material_log": "material log"},
    "asset": {"maintenance": "maintenance row"},
}
"""What moves to another site with a machine or an asset: tables, and what one row of each is called."""


def warn_of_move(
    connection: sqlite3.Connection, stored: Row, whole: Row, identity: Any, names: Names
) -> Problem | None:
    """A machine that gets another site takes its past along, which its user may not have meant."""
    if whole["site_id"] == stored["site_id"]:
        return None
    kind = MACHINE if "uom" in whole else ASSET
    counts = []
    for table, noun in _FOLLOWERS[kind.table].items():
        sql = f"SELECT count(*) FROM {table} WHERE {kind.table}_id = ?"
        (count,) = connection.execute(sql, (identity,)).fetchone()
        if count:
            counts.append(f"{count} {noun}{'' if count == 1 else 's'}")
    if not counts:
        return None
    before, after = (show(names.name_of(SITE, row["site_id"])) for row in (stored, whole))
    return "site", (
        f"{kind.noun} {show(whole[kind.name])} moves from {before} to {after} with its past ({', '.join(counts)}), and"
        f" a row that names it at {before} is refused from now on; for another {kind.noun} of that name at {after},"
        f" leave the id empty, and the past stays at {before}"
    )


def settle_batch(whole: Row, given: Row, stored: Row | None, names: Names) -> None:
    keep_recipe(whole, given, stored, names)
    if whole["created_at"] is None:
        whole["created_at"] = int(time.time())


def keep_recipe(whole: Row, given: Row, stored: Row | None, names: Names) -> None:
    """Without a version the highest is meant at the first import; a higher one that comes later changes no old row."""
    code = given.get("recipe_code")
    if stored is not None and code is not None and given.get("recipe_version") is None:
        recipe_id = stored["recipe_id"]
        if recipe_id is not None and names.code_of(recipe_id) == code:
            whole["recipe_id"] = recipe_id


def check_machine_site(whole: Row, _given: Row, _stored: Row | None, names: Names) -> None:
    """A row's site is its machine's."""
    machine_id = whole["machine_id"]
    if machine_id is not None and names.site_of(machine_id) != whole["site_id"]:
        machine = show(names.name_of(MACHINE, machine_id))
        at = show(names.name_of(SITE, names.site_of(machine_id)))
        raise refuse("site", f"machine {machine} is at {at}, not at {show(names.name_of(SITE, whole['site_id']))}")


def check_log(whole: Row, given: Row, stored: Row | None, names: Names) -> None:
    """A log's machine is its run's, and its site is its machine's."""
    keep_recipe(whole, given, stored, names)
    if whole["run_id"] is not None:
        run = names.run_of(whole["run_id"])
        if whole["machine_id"] != run.machine_id:
            machine = show(names.name_of(MACHINE, run.machine_id))
            raise refuse("machine", f"is not the machine of the run, which is {machine}")
    check_machine_site(whole, given, stored, names)
