"""Which core does who run on?  A server that is measured on one core has it alone; its client has another."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

# Only Linux lets a process choose; on a machine with one core both are the same.
_CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [None]
SERVER, CLIENT = _CORES[-1], _CORES[0]


def describe() -> str:
    if SERVER is None:
        return "nobody is bound to a core"
    return f"servers on core {SERVER}, wrk on core {CLIENT}, where nothing else is said"


def pin(process: int, core: int | None) -> None:
    """`process` and whatever it starts from now on stay on `core`; None lets them run anywhere."""
    if core is not None:
        os.sched_setaffinity(process, {core})


@contextmanager
def on(core: int | None) -> Iterator[None]:
    """This process itself."""
    if core is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
