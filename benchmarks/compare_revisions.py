"""Is the working tree slower than a revision?  The quick suite of each, in turns, and the ratios of what both measure.

`make bench-compare REV=v1`, or `python -m benchmarks.compare_revisions v1`.  The revision is checked out into
a temporary folder, built there by its own setup.py, and measured by its own `benchmarks/`, with the packages of this
environment.  Nothing is left behind, also after Ctrl-C.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
from collections.abc import Container, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.checkout import Failed, checked_out, find_commit, find_repository, handle_stops
from benchmarks.turns import Turn, compare_turns, show

TURNS = 4  # of benchmarks that are as fast as before, 1 in 160 is then called slower by chance; with 3, 1 in 35
_READING = """\
A ratio is the median of the turns' own ratios, the working tree over {revision}; a benchmark's time in a turn is the
median of its rounds. Noise is the slowest turn of one side over its fastest, of the side where that is more. Only a
ratio beyond the noise is called slower or faster: the others the machine alone may have made."""
_SOME_FAILED = 1  # pytest's exit code when some tests failed and the others ran
_COLUMNS = 500  # pytest cuts the names of what failed to the terminal's width
_LINES_SHOWN = 30


@dataclass(frozen=True)
class Side:
    """A checked-out tree, and what it is called."""

    name: str
    tree: Path


def main() -> int:
    parser = argparse.ArgumentParser("benchmarks.compare_revisions", description="The working tree over a revision.")
    parser.add_argument("revision", help="a tag, branch or commit")
    parser.add_argument("--turns", type=int, choices=range(2, 21), default=TURNS, metavar="N", help="of each side")
    given = parser.parse_args()
    handle_stops(signal.default_int_handler)  # each of them tidies up as Ctrl-C does
    try:
        compare(Path.cwd(), given.revision, given.turns)
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; nothing is left behind", file=sys.stderr)
        return 130
    return 0


def compare(folder: Path, revision: str, turns: int) -> None:
    """Measure both sides and print what came of it."""
    repository = find_repository(folder)
    commit = find_commit(repository, revision)
    with checked_out(repository, commit) as tree:
        scratch, sides = tree.parent, (Side(revision, tree), Side("this tree", repository))
        for side in sides:
            if not list(side.tree.glob("benchmarks/test_*.py")):
                raise Failed(f"{side.name} has no benchmarks/test_*.py to run")
            build(side, scratch)
        taken: dict[Side, list[Turn]] = {side: [] for side in sides}
        for number in range(1, turns + 1):
            for side in sides:
                _say(f"turn {number} of {turns}: {side.name}")
                taken[side].append(measure(side, scratch))
    changes = compare_turns(*taken.values())
    print(*show(changes, *(side.name for side in sides)), "", _READING.format(revision=revision), sep="\n")


def build(side: Side, scratch: Path) -> None:
    """The side's extensions, beside its sources; what is built already stays."""
    if (side.tree / "setup.py").exists():
        _say(f"building {side.name}")
        temporary = scratch / f"build-{side.tree.name}"
        _run(side, [sys.executable, "setup.py", "-q", "build_ext", "--inplace", "--build-temp", str(temporary)])


def measure(side: Side, scratch: Path) -> Turn:
    """One run of the side's suite; what fails there is said and has no figure."""
    found = scratch / "found.json"
    found.unlink(missing_ok=True)
    suite = ("pytest", "benchmarks", "-q", "-p", "no:xdist", "--continue-on-collection-errors", "-rfE")
    output = _run(
        side,
        [sys.executable, "-m", *suite, f"--basetemp={scratch / 'plants'}", f"--benchmark-json={found}"],
        may_end_with=(0, _SOME_FAILED),
    )
    failures = [line for line in output.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    for failure in failures:
        _say(f"{side.name}: {failure}")
    failed = {failure.split(" ", 1)[1].split(" - ")[0] for failure in failures}
    benchmarks = json.loads(found.read_bytes())["benchmarks"] if found.exists() else []
    return {
        each["fullname"].removeprefix("benchmarks/"): each["stats"]["median"]
        for each in benchmarks
        if each["fullname"] not in failed
    }


def _run(side: Side, command: Sequence[str], may_end_with: Container[int] = (0,)) -> str:
    """What a command said that sees the side's own modules; Failed with the end of that when it failed."""
    environment = {**os.environ, "PYTHONPATH": str(side.tree), "COLUMNS": str(_COLUMNS)}
    done = subprocess.run(
        command,
        cwd=side.tree,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode not in may_end_with:
        last = "\n".join(done.stdout.strip().splitlines()[-_LINES_SHOWN:])
        raise Failed(f"{last}\n{side.name}: `{' '.join(command[1:4])}` failed; above is the end of what it said")
    return done.stdout


def _say(what: str) -> None:
    print(f"... {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
