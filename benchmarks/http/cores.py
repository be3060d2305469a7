"""Which core does who run on?  A server that is measured on one core has it alone; its client has another."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

_CORES = sorted(os.sched_getaffinity(0))
SERVER, CLIENT = _CORES[-1], _CORES[0]  # one and the same on a machine with one core


def pin(process: int, core: int | None) -> None:
    """`process` and whatever it starts from now on stay on `core`; None lets them run anywhere."""
    if core is not None:
        os.sched_setaffinity(process, {core})


@contextmanager
def on(core: int) -> Iterator[None]:
    """This process itself."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
