"""This program as its next version may be: with one more step, which looks at every run.

`python -m tests.newer_program --db plant.db serve` is what an operator runs after an upgrade.  It is a program of its
own, and so are its workers, which import it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nexshift.cli import main
from nexshift.storage import integrity, migrations

if TYPE_CHECKING:
    from sqlite_utils import Database  # which nexshift imports after it has chosen a library


def next_run_hours(database: Database) -> None:
    """Every run is written, so of a large database this takes its time, as a real step may; a table is added too."""
    database.execute("ALTER TABLE run ADD COLUMN hours REAL")
    database.execute("UPDATE run SET hours = (ended_at - started_at) / 3600.0")
    database.execute("CREATE INDEX run_hours ON run (company_id, hours)")
    database.execute("CREATE TABLE shift (uuid TEXT NOT NULL, changed INTEGER NOT NULL) STRICT")


migrations.STEPS = (*migrations.STEPS, next_run_hours)
integrity.NUMBERED = (*integrity.NUMBERED, "shift")

if __name__ == "__main__":
    main()
