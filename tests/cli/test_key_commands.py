"""`nexshift key`: the key alone on stdout, once; everything else about it in words."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest

from nexshift.config import RESOURCES
from nexshift.storage.connection import open_key_reader
from nexshift.storage.keys import Grant, find_grant
from tests.cli.conftest import Command


def grant_of(path: Path, key_text: str) -> Grant | None:
    connection = open_key_reader(path)
    grant = find_grant(connection, key_text, int(time.time()))
    connection.close()
    return grant


def create(run: Command, *arguments: str) -> str:
    result = run("key", "create", *arguments)
    assert result.exit_code == 0, result.stderr
    return result.stdout.removesuffix("\n")


def test_create_prints_the_key_alone(run: Command, plant: Path) -> None:
    result = run("key", "create", "--name", "planner's Excel")
    assert result.exit_code == 0
    assert re.fullmatch(r"nxs_[0-9a-z]{39}\n", result.stdout)
    assert result.stderr == (
        'Key 1 ("planner\'s Excel") of Acme Manufacturing may read everything of all sites.\n'
        "Keep it: it is not shown again.\n"
    )
    grant = grant_of(plant, result.stdout.strip())
    assert grant is not None
    assert (grant.key_name, grant.resources, grant.sites) == ("planner's Excel", set(RESOURCES), None)


def test_create_says_how_the_key_is_limited(run: Command, plant: Path) -> None:
    result = run(
        *("key", "create", "--name", "Board", "--allow", "quality", "--allow", "production"),
        *("--site", "Brisbane", "--expires", "2100-12-31", "--rate-limit", "30"),
    )
    assert result.stderr.splitlines()[0] == (
        'Key 1 ("Board") of Acme Manufacturing may read production, quality of Brisbane'
        " to the end of 2100-12-31 (Australia/Brisbane)."
    )
    grant = grant_of(plant, result.stdout.strip())
    assert grant is not None
    assert (grant.resources, len(grant.sites or ()), grant.rate_limit) == ({"production", "quality"}, 1, 30)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--name", " "], "the key's name is empty"),
        (["--name", "x", "--allow", "qualty"], 'no resource "qualty"; did you mean "quality"?'),
        (["--name", "x", "--site", "Brisbne"], 'has no site "Brisbne"; did you mean "Brisbane"?'),
        (["--name", "x", "--expires", "2020-01-01"], "the expiry date 2020-01-01 is over"),
        (["--name", "x", "--expires", "31/12/2100"], "the date must be written such as 2026-03-31"),
        (
            ["--name", "x", "--company", "Acme Ltd Manufacturing"],
            'there is no company "Acme Ltd Manufacturing"; did you mean "Acme Manufacturing"?',
        ),
    ],
)
def test_create_refuses(run: Command, plant: Path, arguments: list[str], sentence: str) -> None:
    result = run("key", "create", *arguments)
    assert result.exit_code == 1
    assert sentence in result.stderr
    assert result.stdout == ""
    assert json.loads(run("key", "list", "--json").stdout) == []


def test_an_empty_name_gets_a_key_as_the_example(run: Command, plant: Path) -> None:
    assert 'Hint: give one, such as "planner\'s Excel"' in run("key", "create", "--name", "").stderr


def test_with_several_companies_one_must_be_named(run: Command, plant: Path) -> None:
    run("init", "--company", "Bolt")
    result = run("key", "create", "--name", "x")
    assert result.exit_code == 2
    assert result.stderr == (
        'Error: the database has 2 companies: "Acme Manufacturing", "Bolt"\n'
        'Hint: say which one is meant, such as: --company "Acme Manufacturing"\n'
    )
    grant = grant_of(plant, create(run, "--name", "x", "--company", "Bolt"))
    assert grant is not None
    assert grant.company == "Bolt"


def test_the_list_for_programs(run: Command, plant: Path) -> None:
    create(run, "--name", "Excel é")
    create(run, "--name", "Board", "--allow", "safety", "--site", "Dandenong", "--expires", "2100-12-31")
    run("key", "revoke", "1")

    excel, board = json.loads(run("key", "list", "--json").stdout)

    assert list(excel) == ["id", "name", "company", "resources", "sites", "created_at", "expires_at", "revoked_at"]
    instant = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
    assert re.fullmatch(instant, excel.pop("created_at"))
    assert re.fullmatch(instant, excel.pop("revoked_at"))
    assert excel == {
        "id": 1,
        "name": "Excel é",
        "company": "Acme Manufacturing",
        "resources": ["production", "quality", "maintenance", "safety", "batching"],
        "sites": None,
        "expires_at": None,
    }
    assert (board["resources"], board["sites"]) == (["safety"], ["Dandenong"])
    assert (board["expires_at"], board["revoked_at"]) == ("2100-12-31T14:00:00Z", None)  # midnight in Brisbane


def test_the_list_for_people(run: Command, plant: Path) -> None:
    create(run, "--name", "Excel")
    create(run, "--name", "Board", "--allow", "safety", "--site", "Dandenong", "--expires", "2100-12-31")
    heading, excel, board = run("key", "list").stdout.splitlines()
    assert heading.split("  ")[0] == "ID"
    assert re.fullmatch(r"1   Excel  Acme Manufacturing  everything  all sites  \d{4}-\d\d-\d\d  good", excel)
    assert board.endswith("good to the end of 2100-12-31")

    run("key", "revoke", "1")
    assert re.search(r"revoked on \d{4}-\d\d-\d\d$", run("key", "list").stdout.splitlines()[1])


def test_the_list_of_no_keys(run: Command, plant: Path) -> None:
    assert run("key", "list", "--json").stdout == "[]\n"
    result = run("key", "list")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "There is no key yet" in result.stderr


def test_a_revoked_key_is_revoked_for_good(run: Command, plant: Path) -> None:
    key_text = create(run, "--name", "Excel")
    result = run("key", "revoke", "1")
    assert (result.exit_code, result.stdout) == (0, 'Key 1 ("Excel") is revoked.\n')
    assert grant_of(plant, key_text) is None
    for command in ("revoke", "rotate"):
        result = run("key", command, "1")
        assert result.exit_code == 1
        assert result.stderr.startswith('Error: key 1 ("Excel") was revoked at ')
        assert result.stdout == ""


def test_rotate_prints_the_new_key_alone(run: Command, plant: Path) -> None:
    old = create(run, "--name", "Board", "--allow", "safety", "--expires", "2100-12-31")
    before = grant_of(plant, old)
    result = run("key", "rotate", "1")
    assert result.exit_code == 0
    new = result.stdout.removesuffix("\n")
    assert re.fullmatch("nxs_[0-9a-z]{39}", new)
    assert "The old key fails from now on." in result.stderr
    assert grant_of(plant, old) is None
    assert grant_of(plant, new) == before


@pytest.mark.parametrize("command", ["revoke", "rotate"])
@pytest.mark.parametrize("number", ["7", "9" * 30])
def test_an_unknown_key_is_refused(run: Command, plant: Path, command: str, number: str) -> None:
    result = run("key", command, number)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"Error: there is no key {number}\n")


def test_a_key_is_never_printed_again(run: Command, plant: Path) -> None:
    key_text = create(run, "--name", "Excel")
    for command in (["key", "list"], ["key", "list", "--json"], ["key", "revoke", "1"], ["check"]):
        result = run(*command)
        assert key_text not in result.stdout + result.stderr
