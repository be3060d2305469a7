"""The program as a user who is not root, for tests that run as root: `python -m tests.other_user ARGUMENTS`.

That user may not be able to read the program's own files, so those that are loaded late are loaded first.
"""

from __future__ import annotations

import importlib
import os

NOBODY = 65534
_LOADED_LATE = (
    *(
        "nexshift.cli.group",
        "nexshift.web.server",
        "uvloop",
        "uvicorn.loops.uvloop",
        "uvicorn.lifespan.on",
        "httptools",
    ),
    *("importlib.readers", "encodings.idna"),
)


def main() -> None:
    for name in _LOADED_LATE:
        importlib.import_module(name)
    from nexshift.cli import main as run_program

    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    run_program()


if __name__ == "__main__":
    main()
