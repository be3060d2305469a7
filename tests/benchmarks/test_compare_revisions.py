"""Two revisions of a small repository, measured in turns by the real suite runner."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "benchmarks.compare_revisions")
SUITE = """
from plant import {name}


def test_{name}(benchmark):
    benchmark.pedantic({name}, rounds=3)


def test_kept(benchmark):
    assert benchmark.pedantic({name}, rounds=3) == {number}
"""

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed: apt-get install git")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Revision v1 has the benchmark `old`; the working tree, which is not committed, has `new` in its place."""
    folder = tmp_path / "repository"
    (folder / "benchmarks").mkdir(parents=True)
    git(folder, "init", "--quiet")
    (folder / ".gitignore").write_text("__pycache__/\n")
    write(folder, "old", 1)
    git(folder, "add", ".")
    git(folder, "-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "--quiet", "-m", "first")
    git(folder, "tag", "v1")
    write(folder, "new", 2)
    return folder


def write(folder: Path, name: str, number: int) -> None:
    (folder / "plant.py").write_text(f"def {name}():\n    return {number}\n")
    (folder / "benchmarks" / "test_plant.py").write_text(SUITE.format(name=name, number=number))


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True)
    return done.stdout


def environment(folder: Path) -> dict[str, str]:
    """The command's temporary files go beside the repository, where a test can look for them."""
    scratch = folder.parent / "scratch"
    scratch.mkdir()
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "GIT_"))}
    plugins = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": "pytest_benchmark.plugin"}  # for speed
    return {**ours, **plugins, "PYTHONPATH": str(ROOT), "TMPDIR": str(scratch)}


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], cwd=folder, env=environment(folder), capture_output=True, text=True, check=False
    )


def assert_nothing_is_left(folder: Path, status: str) -> None:
    assert list((folder.parent / "scratch").iterdir()) == []
    assert len(git(folder, "worktree", "list").splitlines()) == 1
    assert git(folder, "status", "--porcelain") == status


def test_each_revision_runs_its_own_suite_and_ratios_are_printed(repository: Path) -> None:
    status = git(repository, "status", "--porcelain")
    done = run(repository, "v1", "--turns", "2")
    assert done.returncode == 0, done.stderr
    header, kept, *alone = done.stdout.splitlines()[:4]
    assert header.split() == ["benchmark", "v1", "this", "tree", "ratio", "noise"]
    assert re.match(r"test_plant\.py::test_kept +\d+\.\d{3} ms +\d+\.\d{3} ms +\d+\.\d\d +\d+\.\d\d", kept)
    assert alone == ["only v1: test_plant.py::test_old", "only this tree: test_plant.py::test_new"]
    assert "Only a\nratio beyond the noise is called slower or faster" in done.stdout
    turns = [line for line in done.stderr.splitlines() if "turn" in line]
    assert turns == [f"... turn {number} of 2: {side}" for number in (1, 2) for side in ("v1", "this tree")]
    assert_nothing_is_left(repository, status)


def test_a_benchmark_that_fails_is_said_and_has_no_ratio(repository: Path) -> None:
    write(repository, "old", 2)
    (repository / "plant.py").write_text("def old():\n    return 3\n")
    done = run(repository, "v1", "--turns", "2")
    assert "... this tree: FAILED benchmarks/test_plant.py::test_kept" in done.stderr
    _, both, alone, *_ = done.stdout.splitlines()
    assert both.split()[0] == "test_plant.py::test_old"
    assert alone == "only v1: test_plant.py::test_kept"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["v9"], 'there is no revision "v9" here; `git log --oneline` and `git tag` list them\n'),
        (["--", "--all"], 'there is no revision "--all" here; `git log --oneline` and `git tag` list them\n'),
        ([""], "name a revision, as in: make bench-compare REV=v1\n"),
    ],
)
def test_an_unknown_revision_is_refused_in_a_sentence(repository: Path, arguments: list[str], sentence: str) -> None:
    status = git(repository, "status", "--porcelain")
    done = run(repository, *arguments)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", sentence)
    assert_nothing_is_left(repository, status)


def without_benchmarks(folder: Path) -> None:
    (folder / "benchmarks" / "test_plant.py").unlink()


def with_a_setup_that_fails(folder: Path) -> None:
    (folder / "setup.py").write_text("raise SystemExit('no compiler here')\n")


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (without_benchmarks, "this tree has no benchmarks/test_*.py to run"),
        (with_a_setup_that_fails, "no compiler here\nthis tree: `setup.py -q build_ext` failed; above is the end"),
    ],
)
def test_a_side_that_cannot_be_measured_is_refused(
    repository: Path, spoil: Callable[[Path], None], sentence: str
) -> None:
    spoil(repository)
    status = git(repository, "status", "--porcelain")
    done = run(repository, "v1")
    assert done.returncode == 1
    assert sentence in done.stderr
    assert_nothing_is_left(repository, status)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_nothing_is_left_when_it_is_stopped(repository: Path, number: signal.Signals) -> None:
    status = git(repository, "status", "--porcelain")
    with subprocess.Popen(
        [*COMMAND, "v1"], cwd=repository, env=environment(repository), stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "... turn 1 of 4: v1\n"
        process.send_signal(number)
        assert process.stderr.read() == "stopped; nothing is left behind\n"
    assert process.returncode == 130
    assert_nothing_is_left(repository, status)
