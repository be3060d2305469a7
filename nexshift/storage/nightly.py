"""Which backup is due each night, and which old ones go?

`plant-nightly-2026-11-23.db` is of the night of that day, in the machine's own time zone; its SHA-256 stands beside it.
A night that has its file is done with, so nothing has to be remembered: one on which the machine was off is made up for
at the next look, and of two services with one folder one makes it.  A damaged database is not copied, and then no old
copy goes either.

A clock may be wrong by years, so a date does not say which copy is newer.  Each copy has a number in its header, one
more than the copies that it was made beside, and the newest are those with the highest numbers.
"""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from typing import NamedTuple

from nexshift.config import BACKUP_NIGHT_S, BACKUP_RETRY_S, CLOCK_JUMP_S
from nexshift.errors import NexshiftError, Refused
from nexshift.storage.backup import MAX_NUMBER, backup, read_number
from nexshift.storage.checksum import CHECKSUM_SUFFIX
from nexshift.storage.copying import StoppedError
from nexshift.storage.file_errors import explain_copy
from nexshift.storage.library import sqlite3
from nexshift.storage.placement import remove_with_checksum
from nexshift.storage.private_folder import remove_left

log = logging.getLogger("nexshift")


def uptime() -> float:
    """Seconds that nobody sets, with those in which the machine slept where the system counts them."""
    boot_time: int | None = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot_time is None else time.clock_gettime(boot_time)


class Copy(NamedTuple):
    """What one night has left; the greatest was made last."""

    number: int  # 0 of a copy that an earlier version made
    day: date
    path: Path


class Look(NamedTuple):
    """When it was by both clocks."""

    now: datetime
    uptime: float


class NightlyBackups:
    """Copies of one database in one folder, of which the newest `keep` stay; for one thread."""

    def __init__(
        self,
        database: Path,
        folder: Path,
        *,
        keep: int,
        at: time_of_day,
        now: Callable[[], datetime] = datetime.now,
        uptime: Callable[[], float] = uptime,
    ) -> None:
        """`now` is local time without a zone, which somebody may set; nobody sets `uptime`.

        Raises Refused when the folder does not take files.
        """
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
        self._uptime = uptime
        self._last_look: Look | None = None
        self._last_made: tuple[date, float] | None = None
        self._has_told_of_later = False  # of copies of nights to come
        self._failed_at: datetime | None = None
        self.failure: str | None = None  # why there is no copy of the last night; None when there is one

    def look(self, is_stopped: Callable[[], bool]) -> Path | None:
        """Make the last night's copy, where it is missing, and remove those that are too old.

        Returns what was made.  What goes wrong is logged, and tried again in an hour.
        """
        look = Look(self._now(), self._uptime())
        self._report_jump(look)
        now = look.now
        day = now.date() if now.time() >= self._at else now.date() - timedelta(days=1)
        target = self._name(day)
        if os.path.lexists(target):
            self.failure = self._failed_at = None
            return None
        if self._was_just_made(day, look.uptime):
            return None
        if self._failed_at is not None and timedelta(0) <= now - self._failed_at < timedelta(seconds=BACKUP_RETRY_S):
            return None
        try:
            self._make(day, target, is_stopped)
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
        self._last_made = day, look.uptime
        self._remove_old(target)
        return target

    def find_copies(self) -> list[Copy]:
        """The copies that nightly backups have made of this database, the last one first."""
        return sorted((Copy(read_number(path), day, path) for day, path in self._find()), reverse=True)

    def _was_just_made(self, day: date, uptime: float) -> bool:
        """Whether the last copy is of this night, under the date of a later one: the clock was set back since."""
        if self._last_made is None:
            return False
        made_day, made_uptime = self._last_made
        return day < made_day and uptime - made_uptime < BACKUP_NIGHT_S

    def _report_jump(self, look: Look) -> None:
        """A jump of the clock while the service runs."""
        last, self._last_look = self._last_look or look, look
        expected = last.now + timedelta(seconds=look.uptime - last.uptime)
        if abs(look.now - expected) >= timedelta(seconds=CLOCK_JUMP_S):
            log.warning(
                "nightly backup: this machine's clock jumped from %s to %s; set it right if it is wrong, for copies"
                " are named after it",
                expected.isoformat(" ", "minutes"),
                look.now.isoformat(" ", "minutes"),
            )

    def _report_later_nights(self, day: date, copies: list[Copy]) -> None:
        """A jump of the clock while no service ran, told once."""
        later = [copy.path for copy in copies if copy.day > day]
        if later and not self._has_told_of_later:
            log.warning(
                "nightly backup: the last night was that of %s by this machine's clock, and there is %s already:"
                " the clock is wrong now, or was then",
                day,
                later[0],
            )
        self._has_told_of_later = bool(later)

    def _make(self, day: date, target: Path, is_stopped: Callable[[], bool]) -> None:
        try:
            copies = self.find_copies()
            self._report_later_nights(day, copies)
            number = max((copy.number for copy in copies), default=0) + 1
            strangers = backup(
                self._database, target, number=min(number, MAX_NUMBER), is_open_here=True, is_stopped=is_stopped
            )
            if strangers:
                log.warning(
                    "nightly backup: a restore of it will leave out what is not Nexshift's: %s", ", ".join(strangers)
                )
        except OSError as error:
            raise Refused(f"{target} cannot be written: {(error.strerror or str(error)).lower()}") from error
        except sqlite3.DatabaseError as error:
            raise explain_copy(error, self._database, target) or Refused(f"{target} cannot be made: {error}") from error

    def _fail(self, now: datetime, reason: str) -> None:
        self._failed_at = now
        self.failure = reason
        log.error("nightly backup failed: %s", reason)

    def _remove_old(self, made: Path) -> None:
        """All but `made` and those that were made last before it."""
        try:
            others = [copy.path for copy in self.find_copies() if copy.path != made]
            for copy in others[self._keep - 1 :]:
                remove_with_checksum(copy)
                log.info("nightly backup: removed %s, which is older than the newest %d", copy, self._keep)
            for _, sidecar in self._find(CHECKSUM_SUFFIX):
                # Where a copy went and then the program was killed.
                if not os.path.lexists(sidecar.with_name(sidecar.name.removesuffix(CHECKSUM_SUFFIX))):
                    sidecar.unlink(missing_ok=True)
            remove_left(self._folder, lambda name: self._read_day(name) is not None)
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
