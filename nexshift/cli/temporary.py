"""Where do temporary files go on a machine that offers no folder for them?

SQLite and Python look for one that can be written to: `/tmp` and the like.  A system that is read-only but for the
database's folder has none; then that folder takes them.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import closing
from pathlib import Path

from nexshift.storage.library import sqlite3


def provide_temporary_folder(database: Path) -> None:
    """Let temporary files be made beside the database, where there is no other place."""
    try:
        tempfile.gettempdir()
    except FileNotFoundError:
        tempfile.tempdir = str(database.absolute().parent)
        os.environ["SQLITE_TMPDIR"] = tempfile.tempdir  # read by processes that we start, when they load SQLite
        quoted = tempfile.tempdir.replace("'", "''")
        with closing(sqlite3.connect(":memory:")) as connection:  # this one has loaded it already
            connection.execute(f"PRAGMA temp_store_directory = '{quoted}'")
