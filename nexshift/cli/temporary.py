"""Where do temporary files go on a machine that offers no folder for them?

SQLite and Python look for one that can be written to: `/tmp` and the like.  A system that is read-only but for the
database's folder has none; then that folder takes them.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def provide_temporary_folder(database: Path) -> None:
    """Let temporary files be made beside the database, where there is no other place."""
    try:
        tempfile.gettempdir()
    except FileNotFoundError:
        folder = str(database.absolute().parent)
        tempfile.tempdir = folder
        os.environ["SQLITE_TMPDIR"] = folder  # which the library reads, and processes of ours inherit
