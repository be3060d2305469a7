"""What the single file runs: a process that the service has started for itself, or the command line.

Processes are started by running the same file again, with arguments that the standard library's `multiprocessing` has
chosen.  They are looked at before the command line sees them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import BuiltinImporter, ModuleSpec
from importlib.util import spec_from_loader
from types import ModuleType


class LinkedModules:
    """Finds compiled modules inside packages, for which Python's own importer looks into folders alone."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None, _target: ModuleType | None = None) -> ModuleSpec | None:
        if path is None or name not in sys.builtin_module_names:
            return None
        return spec_from_loader(name, BuiltinImporter, origin="built-in")


def run(arguments: Sequence[str]) -> None:
    if "--multiprocessing-fork" in arguments:
        from multiprocessing import spawn  # noqa: PLC0415 - each way imports its own

        spawn.freeze_support()
    elif any(word.startswith("from multiprocessing.resource_tracker import main") for word in arguments):
        from multiprocessing import resource_tracker  # noqa: PLC0415

        resource_tracker.main(int(arguments[-1].rpartition("(")[2].rstrip(")")))
    else:
        from nexshift.cli import main  # noqa: PLC0415

        main()


sys.meta_path.insert(0, LinkedModules)
run(sys.argv[1:])
