"""Sides that are asked in turns: each gets a short while in every round, and each round begins with another one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from benchmarks.http import cores
from benchmarks.http.load import Target, ask
from benchmarks.rounds import in_turns

WARM_UP = 1  # rounds that are not counted


def take_turns(sides: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """What each side gave, round by round."""
    return in_turns(sides, rounds, WARM_UP)


def one_client(target: Target, *, seconds: int = 1) -> Callable[[], float]:
    """The mean time of a request, in seconds: one connection, the server and the client on a core each."""
    return lambda: ask(target, seconds=seconds, core=cores.CLIENT).request_s
