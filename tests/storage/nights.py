"""Nights for nightly backups, whose clock is the test's."""

from __future__ import annotations

from datetime import datetime, time
from pathlib import Path

from nexshift.storage.nightly import NightlyBackups


def local(text: str) -> datetime:
    return datetime.fromisoformat(text)


class Clock:
    """Local time, as a test lets it pass by assigning `now`, or sets it."""

    def __init__(self) -> None:
        self.now = self._began = local("2026-11-23 12:00")

    def __call__(self) -> datetime:
        return self.now

    def set(self, now: datetime) -> None:
        """The clock shows another time, and none has passed."""
        self._began += now - self.now
        self.now = now

    def uptime(self) -> float:
        return (self.now - self._began).total_seconds()


def watch(path: Path, folder: Path, clock: Clock, *, keep: int = 3) -> NightlyBackups:
    """The nightly backups of a service that was just started."""
    return NightlyBackups(path, folder, keep=keep, at=time(2, 0), now=clock, uptime=clock.uptime)


def look(nightly: NightlyBackups) -> str | None:
    made = nightly.look(lambda: False)
    return made.name if made else None


def names_in(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())
