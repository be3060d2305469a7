from typing import Any

from nexshift.storage._sqlite import Statements
from oee_core import Sums

def total_runs(
    connection: Statements, machine: int, runs_sql: str, stops_sql: str, values: dict[str, Any]
) -> Sums | None: ...
