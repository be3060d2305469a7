"""How are an interpreter and many compiled modules linked into one program that needs nothing of the machine?"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

from binary.debian import HEADERS, LIBRARY
from binary.objects import init_name, isolate
from binary.packages import ROOT
from binary.steps import run

_LAUNCHER = Path(__file__).parent / "launcher.c"
_LIBRARIES = ("ssl", "crypto", "expat", "z", "m")
_REFUSED = ("dlopen", "__libc_dlopen_mode")  # which launcher.c defines anew
_IN_LAUNCHER = "nexshift.storage.linked"


def link(modules: Mapping[str, Path], sqlite: Path, folder: Path) -> Path:
    """The program, in `folder`, with the SQLite of that folder.  It looks for its pure code in a zip at its own end."""
    objects = isolate(modules, folder)
    inits = {name: init_name(name) for name in [*modules, _IN_LAUNCHER]}
    (folder / "extensions.h").write_text("".join(f'EXTENSION("{name}", {init})\n' for name, init in inits.items()))
    (folder / "functions.h").write_text("".join(f"FUNCTION({name})\n" for name in _list_functions()))
    program = folder / "program"
    libraries = [LIBRARY, sqlite / "sqlite3.o", *(f"-l{library}" for library in _LIBRARIES)]
    run("gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-static", "-no-pie", f"-I{HEADERS}", f"-I{folder}", _LAUNCHER,
        *objects, *libraries, *(f"-Wl,--wrap={name}" for name in _REFUSED), "-Wl,-z,relro,-z,now", "-s",
        "-o", program)  # fmt: skip
    return program


def _list_functions() -> list[str]:
    """SQLite's functions that rows are stepped with; read, because Nexshift cannot be imported here."""
    source = ast.parse((ROOT / "nexshift" / "storage" / "symbols.py").read_text())
    (value,) = (
        node.value
        for node in source.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "FUNCTIONS"
    )
    return list(ast.literal_eval(value))
