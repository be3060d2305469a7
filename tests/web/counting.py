"""What another process does to counts that it shares."""

from nexshift.web.counts import SharedCounts


def add_often(counts: SharedCounts, key_id: int, limit: int) -> None:
    """A thousand requests of the key."""
    for _ in range(1000):
        counts.add(key_id, 1, limit)
