"""What does the page of 1000 runs cost over HTTP: beside its cost in process, and in what a plant could use instead?

Every server has one core to itself while it is asked, the client the other; one connection.  Response cache, rate
limit and gzip are off on every side.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from time import perf_counter
from typing import NamedTuple

from benchmarks.comparison import Comparison, compare
from benchmarks.http import cores, ours
from benchmarks.http.load import fetch
from benchmarks.http.service import NotStarted
from benchmarks.http.turns import one_client, take_turns
from benchmarks.page import GRANT
from benchmarks.peers import answers
from benchmarks.peers.environments import NotInstalled
from benchmarks.peers.programs import PEERS, serving
from benchmarks.rounds import Times
from nexshift.listings.runs import RUNS
from nexshift.query import parse_query
from nexshift.storage.connection import open_reader

OURS, IN_PROCESS = "page of 1000 runs, over HTTP", "page of 1000 runs, in process"
ROUNDS = 6
SECONDS = 2  # the slowest peer answers some ten times in them
_CALLS = 30


class PagesResult(NamedTuple):
    rows: list[Comparison]
    http_ms: float  # what HTTP adds to the page
    absent: list[str]  # peers that could not be measured, and why


def measure(plant: ours.Plant, rounds: int = ROUNDS) -> PagesResult:
    absent: list[str] = []
    with ExitStack() as running:
        target = ours.page_of(running.enter_context(ours.serving(plant)))
        body = fetch(target)
        page = answers.read_page(body)
        returned = {OURS: f"{len(body):,} bytes with children and OEE"}
        sides: dict[str, Callable[[], float]] = {OURS: one_client(target, seconds=SECONDS)}
        for peer in PEERS:
            try:
                target = running.enter_context(serving(peer, plant.path, cores.SERVER))
            except (NotInstalled, NotStarted) as reason:
                absent.append(f"{peer.name}: {reason}")
                print(f"... not measured: {absent[-1]}", file=sys.stderr, flush=True)
                continue
            theirs = fetch(target)
            answers.check(peer.name, peer.part(page), peer.read(theirs))
            returned[peer.name] = f"{len(theirs):,} bytes: {peer.says}"
            sides[peer.name] = one_client(target, seconds=SECONDS)
        sides[IN_PROCESS] = running.enter_context(_in_process(plant, body))
        times = Times(take_turns(sides, rounds))
    rows = [compare(times, name, OURS, f"{text}; {returned[OURS]}") for name, text in returned.items() if name != OURS]
    rows.append(compare(times, OURS, IN_PROCESS, f"{returned[OURS]}; the same"))
    return PagesResult(rows, times.median_ms(OURS) - times.median_ms(IN_PROCESS), absent)


@contextmanager
def _in_process(plant: ours.Plant, body: bytes) -> Iterator[Callable[[], float]]:
    """The page's mean time in this process, on the servers' core while they wait."""
    connection = open_reader(plant.path)
    query = parse_query(RUNS.path, RUNS.parameters, b"limit=1000", GRANT)

    def page() -> bytes:
        return RUNS.page(connection, GRANT, query).body

    def mean_s() -> float:
        with cores.on(cores.SERVER):
            begun = perf_counter()
            for _ in range(_CALLS):
                page()
            return (perf_counter() - begun) / _CALLS

    answers.check("the page in process", answers.read_page(body), answers.read_page(page()))
    yield mean_s
    connection.close()
