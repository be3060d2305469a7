"""A bit that has flipped in the file never ends the service, and is never sent as anything but JSON.

Whether `check` finds it is counted, and what docs/reliability.md says of that is what is counted here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from nexshift.storage.companies import list_companies
from nexshift.storage.connection import open_writer
from nexshift.storage.keys import create_key
from nexshift.storage.library import sqlite3
from tests.faults.commands import ROOT
from tests.faults.conftest import Torture
from tests.faults.flips import examine
from tests.plants import make_plant

PARTS = 2


@pytest.fixture(scope="module")
def flipped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A database with every kind of record, one file without a log, and a key to it."""
    path = make_plant(rows=150).write(tmp_path_factory.mktemp("flips") / "plant.db")
    with closing(open_writer(path)) as connection:
        _, key = create_key(connection, list_companies(connection)[0], "reader")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path, key


@pytest.mark.parametrize("part", range(PARTS))
def test_a_flipped_bit_ends_nothing_and_every_answer_is_json(
    flipped: tuple[Path, str], torture: Torture, *, part: int
) -> None:
    path, key = flipped
    whole = examine(path, key)
    assert whole["problems"] == []
    assert {status for status, _ in whole["answers"].values()} == {200}
    share = torture.times(80, 1000) // PARTS
    numbers = (str(part * share), str((part + 1) * share))
    program = [sys.executable, "-m", "tests.faults.flips", str(path), key, str(torture.rng.random()), *numbers]
    environment = os.environ | {"PYTHONFAULTHANDLER": "1"}
    done = subprocess.run(program, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    lines: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(lines) == share
    assert [line for line in lines if "fault" in line] == []
    unseen = [line for line in lines if not line["problems"]]
    assert not any("refused" in line for line in unseen), "what keeps the service from starting is found by check"
    changed = sum(line["answers"] != whole["answers"] for line in unseen)
    torture.report(
        "one bit of the file flipped",
        tried=share,
        found_by_check=share - len(unseen),
        not_found_and_no_answer_changed=len(unseen) - changed,
        not_found_and_an_answer_changed=changed,
    )
