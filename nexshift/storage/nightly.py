"""Which backup is due each night, and which old ones go?

`plant-nightly-2026-11-23.db` is of the night of that day, in the machine's own time zone; its SHA-256 stands beside it.
A night that has its file is done with, so nothing has to be remembered: one on which the machine was off is made up for
at the next look, and of two services with one folder one makes it.  A damaged database is not copied, and then no old
copy goes either.
"""

from __future__ import annotations

import logging
import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path

from nexshift.config import BACKUP_RETRY_S
from nexshift.errors import NexshiftError, Refused
from nexshift.storage.backup import backup
from nexshift.storage.checksum import CHECKSUM_SUFFIX
from nexshift.storage.copying import StoppedError
from nexshift.storage.file_errors import explain_copy
from nexshift.storage.placement import remove_stale, remove_with_checksum

log = logging.getLogger("nexshift")


class NightlyBackups:
    """Copies of one database in one folder, of which the newest `keep` stay; for one thread."""

    def __init__(
        self, database: Path, folder: Path, *, keep: int, at: time_of_day, now: Callable[[], datetime] = datetime.now
    ) -> None:
        """`now` is local time without a zone.  Raises Refused when the folder does not take files."""
        if not folder.is_dir():
            raise Refused(f"there is no folder {folder} for backups", hint="create it, for the service's user alone")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise Refused(
                f"the folder {folder} for backups cannot be written by this user",
                hint="give it to the service's user, or name another with --backup-dir",
            )
        self._database = database
        self._folder = folder
        self._keep = keep
        self._at = at
        self._now = now
        self._failed_at: datetime | None = None
        self.failure: str | None = None  # why there is no copy of the last night; None when there is one

    def look(self, is_stopped: Callable[[], bool]) -> Path | None:
        """Make the last night's copy, where it is missing, and remove those that are too old.

        Returns what was made.  What goes wrong is logged, and tried again in an hour.
        """
        now = self._now()
        day = now.date() if now.time() >= self._at else now.date() - timedelta(days=1)
        target = self._name(day)
        if os.path.lexists(target):
            self.failure = self._failed_at = None
            return None
        if self._failed_at is not None and timedelta(0) <= now - self._failed_at < timedelta(seconds=BACKUP_RETRY_S):
            return None
        try:
            self._make(target, is_stopped)
        except StoppedError:
            return None
        except NexshiftError as refusal:
            self._fail(now, refusal.sentence)
            return None
        except Exception as error:  # a fault of ours in one night shall not end those of the nights to come
            self._fail(now, f"a fault in Nexshift itself ({type(error).__name__}: {error})")
            log.debug("nightly backup", exc_info=error)
            return None
        self.failure = self._failed_at = None
        log.info("nightly backup: copied %s to %s (%.1f MB)", self._database, target, target.stat().st_size / 1e6)
        self._remove_old()
        return target

    def find_copies(self) -> list[tuple[date, Path]]:
        """The copies that nightly backups have made of this database, the newest first."""
        return sorted(self._find(), reverse=True)

    def _make(self, target: Path, is_stopped: Callable[[], bool]) -> None:
        try:
            backup(self._database, target, is_stopped=is_stopped)
        except OSError as error:
            raise Refused(f"{target} cannot be written: {(error.strerror or str(error)).lower()}") from error
        except sqlite3.DatabaseError as error:
            raise explain_copy(error, self._database, target) or Refused(f"{target} cannot be made: {error}") from error

    def _fail(self, now: datetime, reason: str) -> None:
        self._failed_at = now
        self.failure = reason
        log.error("nightly backup failed: %s", reason)

    def _remove_old(self) -> None:
        try:
            for _, copy in self.find_copies()[self._keep :]:
                remove_with_checksum(copy)
                log.info("nightly backup: removed %s, which is older than the newest %d", copy, self._keep)
            for _, sidecar in self._find(CHECKSUM_SUFFIX):
                # Where a copy went and then the program was killed.
                if not os.path.lexists(sidecar.with_name(sidecar.name.removesuffix(CHECKSUM_SUFFIX))):
                    sidecar.unlink(missing_ok=True)
            remove_stale(self._folder, lambda name: self._read_day(name) is not None)
        except OSError as error:
            log.warning("nightly backup: an old copy cannot be removed: %s", error)

    def _name(self, day: date) -> Path:
        return self._folder / f"{self._database.stem}-nightly-{day.isoformat()}{self._database.suffix}"

    def _find(self, ending: str = "") -> Iterator[tuple[date, Path]]:
        """Regular files with exactly a name that we give, with `ending` behind it."""
        for file in self._folder.iterdir():
            day = self._read_day(file.name.removesuffix(ending)) if file.name.endswith(ending) else None
            if day is not None and file.is_file() and not file.is_symlink():
                yield day, file

    def _read_day(self, name: str) -> date | None:
        """Of a name that we give, with a day that there is; None of any other."""
        stem, suffix = re.escape(self._database.stem), re.escape(self._database.suffix)
        found = re.fullmatch(rf"{stem}-nightly-([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}){suffix}", name)
        if found:
            with suppress(ValueError):
                return date.fromisoformat(found[1])
        return None
