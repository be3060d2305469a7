"""Which answers can be given again, because nothing was committed since they were made?

An answer is found only in the epoch in which it was asked for the first time (`nexshift.storage.watch` says why that
makes it fresh), under the path and the query as they were sent, and for a grant that is equal in every field.  Used
from the event loop alone.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

from nexshift.config import RESPONSE_CACHE_SHARE
from nexshift.storage.keys import Grant
from nexshift.web.content import Content

ENTRY_BYTES = 1_536  # what an answer costs beside its bodies and its query: its key, headers and place


class _Key(NamedTuple):
    key_id: int
    path: str
    query: bytes


class _Entry(NamedTuple):
    grant: Grant
    content: Content
    size: int


class ResponseCache:
    """Answers of the present epoch, within `bound` bytes; the longest unused goes first."""

    def __init__(self, bound: int) -> None:
        self._bound = bound
        self._entries: OrderedDict[_Key, _Entry] = OrderedDict()
        self._epoch = -1
        self.size = 0
        """Bytes of all answers that are kept."""

    def find(self, epoch: int, grant: Grant, path: str, query: bytes) -> Content | None:
        """The answer to the same request in this epoch; those of earlier epochs are forgotten."""
        if epoch > self._epoch:
            self._entries.clear()
            self.size = 0
            self._epoch = epoch
        key = _Key(grant.key_id, path, query)
        entry = self._entries.get(key)
        if entry is None or epoch != self._epoch or entry.grant != grant:
            return None
        self._entries.move_to_end(key)
        return entry.content

    def keep(self, epoch: int, grant: Grant, path: str, query: bytes, content: Content) -> None:
        """Keep the answer to a request that came in `epoch`; again when the same answer has become larger."""
        if epoch != self._epoch:
            return
        key = _Key(grant.key_id, path, query)
        former = self._entries.pop(key, None)
        if former is not None:
            self.size -= former.size
        size = content.size + len(query) + ENTRY_BYTES
        if size > self._bound // RESPONSE_CACHE_SHARE:
            return
        self._entries[key] = _Entry(grant, content, size)
        self.size += size
        while self.size > self._bound:
            _, oldest = self._entries.popitem(last=False)
            self.size -= oldest.size
