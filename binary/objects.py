"""How do many compiled modules live in one program?

Each was made to be loaded alone: two may be called `_core`, and two may have helpers of one name.  So each object keeps
one symbol that others see, its init function, and that is named after the whole module.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from binary.steps import run

# Modules of the packages that are not built in: tests, and twins of pure code that is used instead.
_LEFT_OUT = re.compile(r"multidict\._test\w+|yaml\._yaml|markupsafe\._speedups")


def find_modules(built: Iterable[Path]) -> dict[str, Path]:
    """Name -> object, of every module in the folders of packages that were built."""
    found = {}
    for folder in built:
        for path in sorted(folder.rglob("*.so")):
            name = ".".join(path.relative_to(folder).with_name(path.name.partition(".")[0]).parts)
            if not _LEFT_OUT.fullmatch(name):
                found[name] = path
    return found


def check_complete(pure: Path, modules: Mapping[str, Path]) -> None:
    """Raise SystemExit when a package's wheel brings a module that is neither built in nor left out."""
    missing = sorted(find_modules([pure]).keys() - modules.keys())
    if missing:
        raise SystemExit(f"not built in, and not known as needless: {', '.join(missing)} (see packages.py, objects.py)")


def isolate(modules: Mapping[str, Path], folder: Path) -> list[Path]:
    """Objects in `folder` whose only symbol for others is their init function, renamed by `init_name`."""
    made = []
    for name, source in modules.items():
        init = f"PyInit_{name.rpartition('.')[2]}"
        made.append(folder / f"{name}.o")
        # In two steps: objcopy looks for symbols to keep by their old names, and for all others to hide likewise.
        run("objcopy", f"--keep-global-symbol={init}", source, made[-1])
        run("objcopy", f"--redefine-sym={init}={init_name(name)}", made[-1])
    return made


def init_name(module: str) -> str:
    return f"PyInit_{module.replace('.', '_')}"
