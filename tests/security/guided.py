"""Coverage-guided fuzzing, bounded: `python -m tests.security.guided SECONDS [TARGET]...`

Each target runs in a process of its own for that long; the fuzzer sees which lines an input reaches, and goes on from
those that reach new ones.  Prints how many inputs were tried, and ends with 1 and the input itself when one is a
finding.  It runs in an environment of its own, which `make fuzz` brings.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

MOST_MEMORY_MB = 1_024  # of one process; more is a finding
TARGETS = ("parameters", "cursor", "instants", "credentials", "files", "stored", "kernel")
HANGS_S = 20  # for one input; more is a finding
LONGEST = 4_096  # bytes of an input


def run(target: str, seconds: int, folder: Path) -> bool:
    """Whether nothing was found; says what was."""
    corpus = folder / target
    corpus.mkdir()
    command = [
        *(sys.executable, "-m", "tests.security.guided", "--inside", target, str(corpus)),
        *(f"-max_total_time={seconds}", f"-rss_limit_mb={MOST_MEMORY_MB}", f"-timeout={HANGS_S}"),
        *(f"-max_len={LONGEST}", f"-artifact_prefix={corpus}/finding-", "-print_final_stats=1", "-verbosity=0"),
    ]
    done = subprocess.run(command, capture_output=True, check=False)
    said = (done.stdout + done.stderr).decode(errors="replace")
    tried = re.search(r"stat::number_of_executed_units:\s*(\d+)", said)
    most = re.search(r"stat::peak_rss_mb:\s*(\d+)", said)
    if done.returncode == 0 and tried and most:
        print(f"{target:12} {int(tried[1]):>12,} inputs, nothing found, {most[1]} MB at the most", flush=True)
        return True
    print(f"{target:12} a finding, or it could not run (exit code {done.returncode}):\n{said[-5_000:]}", flush=True)
    for finding in corpus.glob("finding-*"):
        print(f"the input: {finding.read_bytes()!r}", flush=True)
    return False


def fuzz(target: str, arguments: Sequence[str]) -> None:
    """In the process of one target; does not return."""
    import atheris

    with atheris.instrument_imports(include=["nexshift", "oee_core.reference"]):
        from tests.security.guided_targets import MAKE, SEEDS

    corpus = Path(arguments[0])
    for number, seed in enumerate(SEEDS[target]):
        (corpus / f"seed-{number}").write_bytes(seed)
    with TemporaryDirectory() as folder:
        atheris.Setup([target, *arguments], MAKE[target](Path(folder)))
        atheris.Fuzz()


def main() -> None:
    if sys.argv[1] == "--inside":
        fuzz(sys.argv[2], sys.argv[3:])
        return
    seconds, targets = int(sys.argv[1]), sys.argv[2:] or TARGETS
    with TemporaryDirectory() as folder:
        found_nothing = [run(target, seconds, Path(folder)) for target in targets]
    sys.exit(not all(found_nothing))


if __name__ == "__main__":
    main()
