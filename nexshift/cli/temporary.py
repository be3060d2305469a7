"""Where do SQLite's temporary files go?  Beside the database, the only folder that this program promises to write to.

What reads sorts in memory and makes none; what writes may have many rows to remember.  Where the folder takes no files,
nothing of size is written either, and SQLite looks for another, `/tmp` and the like.  What Python makes of temporary
files names its folder; where a system has none for them, that is the database's as well.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import closing
from pathlib import Path

from nexshift.storage.library import sqlite3
from nexshift.storage.permissions import may


def provide_temporary_folder(database: Path) -> None:
    """Let temporary files be made beside the database."""
    folder = database.absolute().parent
    try:
        tempfile.gettempdir()
    except FileNotFoundError:
        tempfile.tempdir = str(folder)
    if not may(folder, os.W_OK | os.X_OK) or not os.path.isdir(folder):  # noqa: PTH112 (Path's own raises)
        return
    os.environ["SQLITE_TMPDIR"] = str(folder)  # read by processes that we start, when they load SQLite
    quoted = str(folder).replace("'", "''")
    with closing(sqlite3.connect(":memory:")) as connection:  # this one has loaded it already
        connection.execute(f"PRAGMA temp_store_directory = '{quoted}'")
