"""How is a long piece of work stopped where no exception can be raised at any moment?

Ctrl-C that comes while SQLite calls a function of ours would be lost there, as an error of that function.  So it waits
until the work asks for it, which it does between two pieces.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_STOPPING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


@contextmanager
def stopping_when_asked() -> Iterator[Callable[[], None]]:
    """What the work has to call now and then: it raises what a signal that has come since would have raised at once."""
    handlers: dict[int, Any] = {}
    come: list[int] = []

    def ask() -> None:
        while come:
            number = come.pop(0)
            handlers[number](number, None)

    if threading.current_thread() is threading.main_thread():  # no other one gets signals
        for number in _STOPPING:
            handler = signal.getsignal(number)
            if callable(handler):  # not where it is ignored, or ends the program at once
                handlers[number] = handler
                signal.signal(number, lambda number, _frame: come.append(number))
    try:
        yield ask
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    ask()
