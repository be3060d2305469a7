"""How much longer do the slowest answers take while somebody writes?  The 99th percentile with 8 clients.

Without a response cache; the server has one core, clients and writer share the other.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from benchmarks.comparison import Comparison, compare
from benchmarks.http import cores, ours
from benchmarks.http.load import Target, ask, fetch
from benchmarks.http.turns import take_turns
from benchmarks.http.writer import COMMITS_PER_S, Writer, started
from benchmarks.rounds import Times

CLIENTS = 8
ROUNDS = 6
SECONDS = 4
PAGES = {"page of 1000 runs": 1000, "limit=1": 1}


def measure(plant: ours.Plant, rounds: int = ROUNDS) -> list[Comparison]:
    rows = []
    with ours.serving(plant) as target, started(plant.path) as writer:
        for page, limit in PAGES.items():
            alone = f"p99 of {page}, {CLIENTS} clients"
            beside = f"{alone}, {COMMITS_PER_S} commits a second"
            asked = ours.page_of(target, limit)
            size = len(fetch(asked))
            sides: dict[str, Callable[[], float]] = {
                alone: partial(_p99_s, asked),
                beside: partial(_p99_beside_s, asked, writer),
            }
            times = Times(take_turns(sides, rounds))
            rows.append(compare(times, beside, alone, f"about {size:,} bytes each; every commit adds a run"))
    return rows


def _p99_s(target: Target) -> float:
    return ask(target, clients=CLIENTS, seconds=SECONDS, core=cores.CLIENT).p99_s


def _p99_beside_s(target: Target, writer: Writer) -> float:
    with writer.writing():
        return _p99_s(target)
