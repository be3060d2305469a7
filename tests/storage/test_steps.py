"""Is a released step what it was when it was released, and do all of them give the schema that is declared?"""

from __future__ import annotations

from hashlib import sha256

import pytest

from nexshift.storage import migrations, steps
from nexshift.storage.change_schema import CHANGE_TABLES
from nexshift.storage.change_triggers import CHANGE_TRIGGERS
from nexshift.storage.library import sqlite3
from nexshift.storage.schema import INDEXES, TABLES
from nexshift.storage.triggers import TRIGGERS

# A step that is not released yet is not here.  What is here never changes: databases were made of it.
RELEASED = {
    "v1_plant_records": "f6c3d727194b955c747c6dd2bbc05cc2760e6dc7a2a11d994ce1e5968ff9ddb3",
    "v2_changes": "4149035c4c78e48d8b9f1207c374758332959731cacd2f2efee2d00c74f4a318",
    "v3_recipe_versions": "13457910d8120c05407c4d773a630f5829a8bde860ae872a524bbd09c0796f6a",
    "v4_company_numbers": "61eb6ccfb63d5153ab6d3006d1d32bf5d3697fbbebec09a0ca0cb9f0a3573c9d",
}


def definitions(connection: sqlite3.Connection) -> dict[str, str]:
    """Of all that is ours, without quotation marks around names, and with one blank for each gap."""
    rows = connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT GLOB '*sqlite_*'")
    return {name: " ".join(sql.replace('"', "").split()) for name, sql in rows}


@pytest.mark.parametrize(("step", "digest"), RELEASED.items())
def test_a_released_step_is_what_it_was(step: str, digest: str) -> None:
    assert sha256("\n\n".join(steps.read_statements(step)).encode()).hexdigest() == digest


def test_the_released_steps_come_first_and_in_their_order() -> None:
    names = [step.__name__ for step in migrations.STEPS]
    assert names[: len(RELEASED)] == list(RELEASED)
    assert [name.partition("_")[0] for name in names] == [f"v{number}" for number in range(1, len(names) + 1)]


def test_the_steps_give_the_schema_that_is_declared(writer: sqlite3.Connection) -> None:
    declared = sqlite3.connect(":memory:")
    for statement in (*TABLES, *INDEXES, *TRIGGERS, *CHANGE_TABLES, *CHANGE_TRIGGERS):
        declared.execute(statement)
    assert definitions(writer) == definitions(declared)
    declared.close()


def test_a_new_database_keeps_nothing_of_what_a_later_step_has_replaced(writer: sqlite3.Connection) -> None:
    assert writer.execute("PRAGMA freelist_count").fetchone() == (0,)
