"""How many bytes of answers are held for clients that have not received them yet?

An answer is held until nearly all of it was received.  Each key has a budget, and the process has one; where either is
used up, nothing more is made until something was received (`nexshift.web.readers` asks).  What is being made at that
time comes on top: at most a page for each reader.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from litestar.types import ASGIApp, Receive, Scope, Send

from nexshift.config import INLINE_BYTES, OUTGOING_BYTES, OUTGOING_KEY_BYTES
from nexshift.web.content import Content


@dataclass
class _Held:
    size: int
    holders: int = 0


class Outgoing:
    """Of one process; used from the event loop alone."""

    def __init__(self) -> None:
        self._of_key: Counter[int] = Counter()
        self._held: dict[tuple[int, Content], _Held] = {}
        self.size = 0
        """Bytes of all keys."""
        self._when_less: list[Callable[[], None]] = []

    def has_room(self, key: int) -> bool:
        """Whether more may be made for the key."""
        return self.size < OUTGOING_BYTES and self._of_key[key] < OUTGOING_KEY_BYTES

    def when_less(self, call: Callable[[], None]) -> None:
        """Call whenever there may be room again."""
        self._when_less.append(call)

    async def send(self, key: int, content: Content, scope: Scope, send: Send) -> None:
        """An answer that was prepared for the request."""
        if content.size <= INLINE_BYTES:
            await content.send(scope, send)
            return
        with self._holding(key, content):
            await content.send(scope, send)

    def sending(self, key: int, content: Content) -> ASGIApp:
        """The same as an application of its own."""

        async def answer(scope: Scope, _: Receive, send: Send) -> None:
            await content.prepare(scope)
            await self.send(key, content, scope, send)

        return answer

    @contextmanager
    def _holding(self, key: int, content: Content) -> Iterator[None]:
        """An answer that is sent several times, because it was remembered, is held once."""
        held = self._held.get((key, content))
        if held is None:
            held = self._held[key, content] = _Held(content.size)
            self._add(key, held.size)
        held.holders += 1
        try:
            yield
        finally:
            held.holders -= 1
            if not held.holders:
                del self._held[key, content]
                self._add(key, -held.size)
                for call in self._when_less:
                    call()

    def _add(self, key: int, more: int) -> None:
        self.size += more
        self._of_key[key] += more
        if not self._of_key[key]:
            del self._of_key[key]
