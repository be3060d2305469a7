"""What do 1, 2, 8 and 64 clients get, from one process and from two?  Nobody is bound to a core."""

from __future__ import annotations

from contextlib import ExitStack
from itertools import product
from statistics import median
from typing import NamedTuple

from benchmarks.http import ours
from benchmarks.http.load import Load, Target, ask

CLIENTS = (1, 2, 8, 64)
WORKERS = (1, 2)
LIMITS = (1000, 1)
ROUNDS = 2
SECONDS = 4  # long enough that the first moments, in which connections are accepted one by one, are no hundredth


class Cell(NamedTuple):
    clients: int
    workers: int
    limit: int


Cells = dict[Cell, list[Load]]


def measure(plant: ours.Plant, rounds: int = ROUNDS) -> Cells:
    cells: Cells = {Cell(*each): [] for each in product(CLIENTS, WORKERS, LIMITS)}
    with ExitStack() as running:
        servers: dict[int, Target] = {
            workers: running.enter_context(ours.serving(plant, workers=workers, core=None)) for workers in WORKERS
        }
        for number in range(-1, rounds):
            for cell, loads in cells.items():
                target = ours.page_of(servers[cell.workers], cell.limit)
                load = ask(target, clients=cell.clients, seconds=SECONDS)
                if number >= 0:  # the first round warms up
                    loads.append(load)
    return cells


def table(cells: Cells) -> list[str]:
    """As Markdown: requests a second, and the 50th and 99th percentile in milliseconds."""
    figures = "requests/s | p50 ms | p99 ms"
    rows = [
        f"| {clients} | {workers} | {' | '.join(_figures(cells[Cell(clients, workers, limit)]) for limit in LIMITS)} |"
        for clients, workers in product(CLIENTS, WORKERS)
    ]
    return [
        f"| clients | processes | {' | '.join(f'limit={limit}: {figures}' for limit in LIMITS)} |",
        f"|{'---|' * (2 + 3 * len(LIMITS))}",
        *rows,
    ]


def _figures(loads: list[Load]) -> str:
    per_s = median(load.requests_per_s for load in loads)
    p50, p99 = (median(s) * 1000 for s in ([load.p50_s for load in loads], [load.p99_s for load in loads]))
    return f"{per_s:,.0f} | {p50:.1f} | {p99:.1f}"
