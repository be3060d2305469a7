"""What does a worker do when the process that started it is gone, and can tell it nothing any more?

It ends at once.  It would go on to answer, with nobody to stop it, and hold the port, so that the service could not be
started again.
"""

from __future__ import annotations

import os
from multiprocessing import parent_process
from multiprocessing.process import BaseProcess
from threading import Thread


def end_with_parent() -> None:
    """From now on this process ends when its parent does, however that ends; one that has no parent goes on."""
    parent = parent_process()
    if parent is not None:
        Thread(target=_follow, args=(parent,), name="end with parent", daemon=True).start()


def _follow(parent: BaseProcess) -> None:
    parent.join()  # the system closes a pipe that only the parent holds open
    os._exit(1)  # nothing is being written, and whoever starts the service anew waits for the port
