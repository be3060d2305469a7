"""What are a command's standard streams where they are closed, or take nothing?

The next file that is opened would take the place of a closed one: a log line could end in a database.  So each place is
taken at once.  Output that is closed cannot be written, which a command says as it does of a full disk; `sys.stdin`
stays None; what would be said on stderr goes nowhere.
"""

from __future__ import annotations

import os
import sys


def take_closed_places() -> None:
    """To be called before anything is opened."""
    if sys.platform == "win32":  # where files do not take the place of a stream
        return
    for number, flags in enumerate((os.O_WRONLY, os.O_RDONLY, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, flags), True)  # the lowest number that is free, which is this one
    if sys.stdout is None:
        sys.stdout = os.fdopen(1, "w", closefd=False)
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w", closefd=False)


def drop_unwritten() -> None:
    """What could not be written was said to be; Python would try it once more as it ends, and exit with 120."""
    for stream in (sys.stdout, sys.stderr):
        if stream is None:
            continue
        try:
            stream.flush()
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
