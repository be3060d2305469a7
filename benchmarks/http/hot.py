"""How near are the shortest answers to those of a bare Litestar handler that does nothing?

An unchanged page comes from the response cache, over a handler that returns the same bytes; one row, with the cache
off, over a handler that returns a constant.  One core for every server, another for the client; one connection.
"""

from __future__ import annotations

from contextlib import ExitStack

from benchmarks.comparison import Comparison, compare
from benchmarks.http import cores, ours
from benchmarks.http.load import fetch
from benchmarks.http.turns import one_client, take_turns
from benchmarks.peers import answers
from benchmarks.peers.programs import serving_bytes
from benchmarks.rounds import Times

UNCHANGED, SAME_BYTES = "unchanged page of 1000 runs, over HTTP", "bare Litestar, the same bytes"
ONE_RUN, CONSTANT = "limit=1, over HTTP, no cache", "bare Litestar, a constant"
ROUNDS = 15


def measure(plant: ours.Plant, rounds: int = ROUNDS) -> list[Comparison]:
    with ExitStack() as running:
        cached = ours.page_of(running.enter_context(ours.serving(plant, cached=True)))
        one_run = ours.page_of(running.enter_context(ours.serving(plant)), limit=1)
        page, run = fetch(cached), fetch(one_run)
        body = plant.path.with_name("page.json")
        body.write_bytes(page)
        same_bytes, constant = running.enter_context(serving_bytes(body, cores.SERVER))
        answers.check(SAME_BYTES, page, fetch(same_bytes))
        answers.check(UNCHANGED, page, fetch(cached))
        targets = {UNCHANGED: cached, SAME_BYTES: same_bytes, ONE_RUN: one_run, CONSTANT: constant}
        times = Times(take_turns({name: one_client(target) for name, target in targets.items()}, rounds))
        small = len(fetch(constant))
    return [
        compare(times, UNCHANGED, SAME_BYTES, f"{len(page):,} bytes, key and freshness checked; the same bytes"),
        compare(times, ONE_RUN, CONSTANT, f"{len(run):,} bytes with one run, its children and OEE; {small} bytes"),
    ]
