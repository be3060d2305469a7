"""How fast does the single file start, beside the installed program?  `python -m benchmarks.starting [PYTHON]`

`dist/nexshift` against `PYTHON -m nexshift` (without PYTHON, this environment's), in turns: `--version`, and from
nothing to the first answer of the service.  The fairest PYTHON is that of a fresh environment of Debian's own Python,
with the packages of requirements.lock alone.
"""

from __future__ import annotations

import subprocess
import sys
import urllib.request
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.rounds import take_turns

_BINARY = Path(__file__).resolve().parents[1] / "dist" / "nexshift"
_ROUNDS = 15
Command = Sequence[str | Path]


def say_version(command: Command, _database: Path) -> None:
    subprocess.run([*command, "--version"], stdout=subprocess.DEVNULL, check=True)


def answer_first(command: Command, database: Path) -> None:
    with subprocess.Popen(
        [*command, "--db", database, "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as service:
        assert service.stdout is not None
        address = service.stdout.readline().split()[-1]
        with urllib.request.urlopen(f"{address}/health") as answer:
            assert answer.status == 200
        service.kill()


def main(python: str) -> None:
    sides: dict[str, Command] = {"file": [_BINARY], "installed": [python, "-m", "nexshift"]}
    measured: dict[str, Callable[[Command, Path], None]] = {"--version": say_version, "first answer": answer_first}
    print(f"dist/nexshift: {_BINARY.stat().st_size / 1e6:.1f} MB")
    with TemporaryDirectory() as folder:
        database = Path(folder) / "plant.db"
        quiet = subprocess.DEVNULL
        subprocess.run([_BINARY, "--db", database, "init", "--company", "Acme"], stdout=quiet, stderr=quiet, check=True)
        for name, measure in measured.items():
            times = take_turns({side: partial(measure, sides[side], database) for side in sides}, _ROUNDS)
            shown = ", ".join(f"{side} {times.shown(side)}" for side in sides)
            print(f"{name}: {shown}; {times.ratio('file', 'installed'):.2f} times")


if __name__ == "__main__":
    main(*sys.argv[1:] or [sys.executable])
