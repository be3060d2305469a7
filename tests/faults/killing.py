"""A command that is killed again and again, each time at another point of its life."""

from __future__ import annotations

import time
from collections.abc import Iterator
from statistics import median
from typing import Protocol

from tests.faults.commands import Command
from tests.faults.conftest import Torture

KILLED = -9


class Start(Protocol):
    """Prepare everything anew and start the command, with these faults."""

    def __call__(self, **faults: int) -> Command: ...


def kill_at_moments(torture: Torture, start: Start, times: int) -> Iterator[None]:
    """Once for each of so many kills, at moments that lie evenly over the command's length."""
    lengths = [_measure(start) for _ in range(5)]
    killed = 0
    while killed < times:
        # The length is not the same while the machine does other work, so it is the median of the last ones.
        moment = (killed + torture.rng.random()) / times * median(lengths[-9:])
        command = start()
        time.sleep(moment)
        command.kill()
        ended = command.wait()
        if ended.code == 0:  # it was faster this time, and perhaps it is from now on
            lengths.append(_measure(start))
            continue
        assert ended.code == KILLED, ended
        killed += 1
        yield


def kill_in_calls(torture: Torture, start: Start, times: int, part: int = 0, parts: int = 1) -> Iterator[int]:
    """For so many of the command's calls that change a file, in their order: the number of that in which it was killed.

    Of several parts each takes its share of the calls.  What a call would have written is half written.
    """
    calls = start().wait().calls
    share = range(1, calls + 1)[part::parts]
    for call in sorted(torture.rng.sample(share, min(len(share), times))):
        ended = start(kill_at=call).wait()
        assert ended.code == KILLED, (call, ended)
        yield call


def _measure(start: Start) -> float:
    command = start()
    began = time.monotonic()
    ended = command.wait()
    assert ended.code == 0, ended
    return time.monotonic() - began
