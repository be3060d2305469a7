"""What a command says when nobody can read it: what was done is said to be, and a key that nobody saw is none."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.cli.conftest import Command, Program

Done = subprocess.CompletedProcess[str]
NO_ROOM = "standard output cannot be written: no space left on device"
UNREAD = "standard output cannot be written: nobody reads it"
SHUT = "standard output cannot be written: it is closed"


@contextmanager
def output(kind: str) -> Iterator[int]:
    """Standard output that takes nothing."""
    if kind == "full":
        descriptor = os.open("/dev/full", os.O_WRONLY)
    else:
        read_end, descriptor = os.pipe()
        os.close(read_end)
    yield descriptor
    os.close(descriptor)


def run_unseen(program: Program, kind: str, *arguments: str) -> Done:
    if kind == "shut":
        return program(*arguments, preexec_fn=partial(os.close, 1))
    with output(kind) as descriptor:
        return program(*arguments, stdout=descriptor, stderr=subprocess.PIPE, capture_output=False)


KINDS = pytest.mark.parametrize(("kind", "reason"), [("full", NO_ROOM), ("closed", UNREAD), ("shut", SHUT)])
pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs an output without room")


@KINDS
def test_a_key_that_could_not_be_printed_was_not_made(
    run: Command, program: Program, plant: Path, kind: str, reason: str
) -> None:
    done = run_unseen(program, kind, "key", "create", "--name", "Excel")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"Error: no key was made, for it has to be seen, but {reason}",
        "Hint: run the command again where the key can be seen",
    ]
    assert json.loads(run("key", "list", "--json").stdout) == []


@KINDS
def test_a_key_whose_exchange_could_not_be_printed_stays_good(
    program: Program, plant: Path, key_text: str, kind: str, reason: str
) -> None:
    from nexshift.storage.connection import open_key_reader
    from nexshift.storage.keys import find_grant

    done = run_unseen(program, kind, "key", "rotate", "1")
    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == (f"Error: the old key stays good, for a new one has to be seen, but {reason}")
    connection = open_key_reader(plant)
    assert find_grant(connection, key_text, 0) is not None
    connection.close()


@KINDS
@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (("import", "more.csv", "--as", "sites"), "the rows are stored"),
        (("delete", "sites", "gone.csv"), "the rows are deleted"),
        (("init", "--company", "Bolt"), "the company is there"),
        (("key", "revoke", "1"), "the key is revoked"),
        (("backup", "copy.db"), "the copy is made"),
        (("export", "safety_incidents", "incidents.csv"), "the file is written"),
    ],
)
def test_what_was_done_is_said_to_be_done(
    run: Command, program: Program, key_text: str, *, kind: str, reason: str, command: tuple[str, ...], sentence: str
) -> None:
    Path("more.csv").write_text("name\nHobart\n")
    Path("gone.csv").write_text("name\nDandenong\n")
    done = run_unseen(program, kind, *command)
    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == f"Error: {sentence}, but {reason}"
    if command[0] == "import":
        assert run("import", "more.csv", "--as", "sites").stdout == "0 added, 0 updated, 1 unchanged, 0 rejected\n"


@pytest.mark.parametrize(
    "command",
    [
        ("key", "list", "--json"),
        ("check",),
        ("config",),
        ("template", "runs"),
        ("export", "safety_incidents", "-"),
    ],
)
def test_what_only_prints_says_that_it_could_not(
    program: Program, plant: Path, key_text: str, command: tuple[str, ...]
) -> None:
    for kind, reason in (("full", NO_ROOM), ("shut", SHUT)):
        done = run_unseen(program, kind, *command)
        assert (done.returncode, done.stderr.splitlines()) == (
            1,
            [f"Error: {reason}", "Hint: free some space, or let it go elsewhere"],
        )
    assert run_unseen(program, "closed", *command).stderr == ""  # whoever read it has enough


@pytest.mark.parametrize("words", [("--version",), ("key", "create", "--help")])
def test_help_that_could_not_be_printed_is_no_fault_of_ours(program: Program, words: tuple[str, ...]) -> None:
    done = run_unseen(program, "shut", *words)
    assert (done.returncode, done.stderr.splitlines()[0]) == (1, f"Error: {SHUT}")


@pytest.mark.parametrize("number", [0, 1, 2])
def test_no_file_takes_the_place_of_a_stream_that_is_closed(program: Program, plant: Path, number: int) -> None:
    done = program("export", "safety_incidents", "incidents.csv", preexec_fn=partial(os.close, number))
    assert done.returncode == (1 if number == 1 else 0)  # what was done cannot be said
    assert Path("incidents.csv").read_text(encoding="utf-8-sig").startswith("id,reference_number,")
    assert program("check").stdout == "OK\n"
