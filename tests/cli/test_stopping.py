"""A signal waits until the work asks for it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator

import pytest

from nexshift.cli.stopping import stopping_when_asked


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    after = {number: signal.getsignal(number) for number in numbers}
    for number, handler in before.items():
        signal.signal(number, handler)
    assert after == before


def stop_and_ask(*numbers: signal.Signals) -> None:
    with stopping_when_asked() as ask:
        for number in numbers:
            signal.raise_signal(number)
        ask()


def test_ctrl_c_is_raised_when_it_is_asked_for() -> None:
    with pytest.raises(KeyboardInterrupt):
        stop_and_ask(signal.SIGINT)


def test_ctrl_c_that_nobody_asked_for_is_raised_at_the_end() -> None:
    done: list[str] = []

    def work() -> None:
        with stopping_when_asked():
            signal.raise_signal(signal.SIGINT)
            done.append("the rest")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == ["the rest"]


def test_other_handlers_are_called_as_well_in_the_order_of_their_signals() -> None:
    called: list[int] = []
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: called.append(number))
    stop_and_ask(signal.SIGHUP, signal.SIGTERM)
    assert called == [signal.SIGHUP, signal.SIGTERM]
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def test_what_is_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    stop_and_ask(signal.SIGHUP)
    assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    signal.signal(signal.SIGHUP, before)


def test_in_another_thread_nothing_is_changed() -> None:
    seen: list[object] = []

    def work() -> None:
        with stopping_when_asked() as ask:
            ask()
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.getsignal(signal.SIGINT)]
