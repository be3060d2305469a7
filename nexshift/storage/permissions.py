"""May this user keep a database in its folder, and may others look into it?

What this program creates is for its user alone (0600); files that exist keep the mode that somebody gave them, and what
that lets others do is said.  Access lists beyond the nine bits are not looked at.
"""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

from nexshift.errors import Refused
from nexshift.storage.checksum import is_in_use

_OTHERS_ENTER, _OTHERS_WRITE, _OTHERS_READ = stat.S_IXOTH, stat.S_IWOTH, stat.S_IROTH


def may(path: Path, what: int) -> bool:
    """Whether this user may do that (os.R_OK, os.W_OK, os.X_OK) with what stands there."""
    return os.access(path, what, effective_ids=os.access in os.supports_effective_ids)


def follow(path: Path) -> Path:
    """Where a path leads in the end; `Path.resolve` raises where links lead in a circle."""
    return Path(os.path.realpath(path))


def refuse_unwritable_folder(path: Path) -> None:
    """Raise Refused where SQLite could not keep `-wal` and `-shm` beside the database.

    A copy that was never written to needs neither, and may lie on read-only media.  To be called while nothing in this
    process has the file open.
    """
    real = follow(path)  # SQLite keeps them beside the file itself, not beside a link to it
    if may(real.parent, os.W_OK | os.X_OK) or not _is_in_use(real):
        return
    raise Refused(
        f"this user may not write in {real.parent}, where SQLite keeps {real.name}-wal and {real.name}-shm",
        hint=f"give the folder to the service's user: chown USER {real.parent}; or move the database to another",
    )


def find_exposures(path: Path) -> list[str]:
    """What every user of this machine may do with the database, a sentence each with what to do about it."""
    real = follow(path)
    if sys.platform == "win32" or not os.path.isfile(real) or not _can_others_enter(real.parent):  # noqa: PTH113 (Path's raises)
        return []
    found = []
    for file in (real, real.with_name(f"{real.name}-wal")):
        mode = file.stat().st_mode if file.exists() else 0
        if mode & (_OTHERS_READ | _OTHERS_WRITE):
            verb = "change" if mode & _OTHERS_WRITE else "read"
            found.append(f"every user of this machine can {verb} {file}; make it yours alone: chmod 600 {file}")
    folder_mode = real.parent.stat().st_mode
    if folder_mode & _OTHERS_WRITE and not folder_mode & stat.S_ISVTX:
        found.append(
            f"every user of this machine can replace and delete the files in {real.parent};"
            f" do not let them: chmod o-w {real.parent}"
        )
    return found


def _is_in_use(real: Path) -> bool:
    try:
        return is_in_use(real)
    except OSError:  # which is said when SQLite opens it
        return False


def _can_others_enter(folder: Path) -> bool:
    return all(place.stat().st_mode & _OTHERS_ENTER for place in (folder, *folder.parents))
