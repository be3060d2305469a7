"""What does the summary of 75,000 runs cost, over a SELECT that counts and sums the same runs in the covering index?"""

from __future__ import annotations

from typing import Any

import msgspec

from benchmarks import cache
from benchmarks.comparison import Comparison, compare, table
from benchmarks.page import GRANT
from benchmarks.plant import RUNS as PLANT_RUNS
from benchmarks.rounds import take_turns
from nexshift.instants import format_instant
from nexshift.listings.summary import SUMMARY
from nexshift.query import parse_query
from nexshift.storage.connection import open_reader

SUMMED = 75_000
ROUNDS = 20
OURS, SELECT = f"summary of {SUMMED:,} runs, in process", "SELECT that counts and sums them"
_COUNT_AND_SUM = (
    # machine first, which is the order of the covering index
    "SELECT m.id, count(*), sum(r.units_produced) FROM machine m CROSS JOIN run r ON r.machine_id = m.id"
    " WHERE m.company_id = 1 AND r.ended_at IS NOT NULL AND r.started_at >= ? GROUP BY m.id"
)
_encode = msgspec.json.Encoder().encode


def measure(rounds: int = ROUNDS) -> list[Comparison]:
    connection = open_reader(cache.plant_file(PLANT_RUNS))
    (start,) = connection.execute(
        "SELECT started_at FROM run WHERE company_id = 1 AND status = 'completed'"
        " ORDER BY started_at DESC LIMIT 1 OFFSET ?",
        (SUMMED - 1,),
    ).fetchone()
    text = f"from={format_instant(start)}"
    query = parse_query(SUMMARY.path, SUMMARY.parameters, text.encode(), GRANT)

    def summary() -> bytes:
        return SUMMARY.page(connection, GRANT, query).body

    def select() -> list[Any]:
        return connection.execute(_COUNT_AND_SUM, (start,)).fetchall()

    machines = msgspec.json.decode(summary())["data"]
    ours = (sum(row["total_runs"] for row in machines), sum(row["total_units"] for row in machines))
    if ours != (sum(row[1] for row in select()), sum(row[2] for row in select())):
        raise AssertionError(f"the summary counts {ours}, the SELECT something else")
    times = take_turns({OURS: summary, SELECT: select}, rounds)
    connection.close()
    returned = (
        f"{len(machines)} machines with {ours[0]:,} runs, {ours[1]:,} units, attainment and availability;"
        f" the same runs and units, nothing else"
    )
    return [compare(times, OURS, SELECT, returned)]


if __name__ == "__main__":
    print(*table(measure()), sep="\n")
