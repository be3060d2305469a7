"""Who makes the nightly backups while the service runs?  One thread of the process that was started, and of no worker.

It looks at the clock now and then, so that a clock that is set, and a machine that slept, do no harm.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import time

from nexshift.config import BACKUP_LOOK_S, BACKUP_NICENESS, BACKUP_STOP_S
from nexshift.storage.nightly import NightlyBackups
from nexshift.web.settings import ServiceSettings


def plan_backups(settings: ServiceSettings) -> NightlyBackups | None:
    """What was asked for; None where no backups are.  Raises Refused when their folder does not take them."""
    if settings.backup_dir is None:
        return None
    return NightlyBackups(
        settings.database.absolute(),
        settings.backup_dir.absolute(),
        keep=settings.backup_keep,
        at=time.fromisoformat(settings.backup_at),
    )


@contextmanager
def backing_up(backups: NightlyBackups | None) -> Iterator[None]:
    """Nightly backups until the block ends; one that is being made then is given up, and made after the next start."""
    if backups is None:
        yield
        return
    stopped = threading.Event()
    thread = threading.Thread(target=_work, args=(backups, stopped), name="nightly backups", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join(BACKUP_STOP_S)


def _work(backups: NightlyBackups, stopped: threading.Event) -> None:
    if sys.platform == "linux":  # where a thread has a priority of its own
        with suppress(OSError):  # a sandbox may forbid it; then backups come when they come
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), BACKUP_NICENESS)
    while not stopped.is_set():
        backups.look(stopped.is_set)
        stopped.wait(BACKUP_LOOK_S)
