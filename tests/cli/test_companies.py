"""`nexshift company list` and `set`: also where this machine does not know a stored time zone."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from nexshift.storage.library import sqlite3
from tests.cli.conftest import Command
from tests.cli.service import Start

UNKNOWN = "US/Pacific-New"  # which there was until 2020
ADVICE = (
    "update this machine's time zone data (the package tzdata), or choose another time zone with:"
    ' nexshift company set --company "Acme Manufacturing" --timezone ZONE'
)
SENTENCE = f'the company "Acme Manufacturing" has the time zone "{UNKNOWN}", which this machine does not know'


@pytest.fixture
def forgotten(plant: Path) -> Path:
    """The plant, moved here from a machine with other time zones."""
    with sqlite3.connect(plant) as connection:
        connection.execute("UPDATE company SET timezone = ?", (UNKNOWN,))
    connection.close()
    return plant


def test_companies_are_listed_with_their_zones(run: Command, plant: Path) -> None:
    assert run("init", "--company", "Bolt").exit_code == 0
    assert run("company", "list").stdout.splitlines() == [
        "NAME                TIME ZONE",
        "Acme Manufacturing  Australia/Brisbane",
        "Bolt                UTC",
    ]
    assert json.loads(run("company", "list", "--json").stdout) == [
        {"name": "Acme Manufacturing", "timezone": "Australia/Brisbane"},
        {"name": "Bolt", "timezone": "UTC"},
    ]


def test_a_zone_is_changed_and_the_day_of_a_record_follows_it(run: Command, plant: Path) -> None:
    Path("quality_checks.csv").write_text("site,checked_at,passed\nBrisbane,2026-03-01T20:00:00Z,yes\n")
    assert run("import", "quality_checks.csv").exit_code == 0
    assert ",2026-03-01T20:00:00Z,2026-03-02," in run("export", "quality_checks", "-").stdout
    result = run("company", "set", "--timezone", "Europe/Berlin")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        'The company "Acme Manufacturing" has the time zone Europe/Berlin now; before, it had Australia/Brisbane.\n'
    )
    assert ",2026-03-01T20:00:00Z,2026-03-01," in run("export", "quality_checks", "-").stdout
    assert run("company", "set", "--timezone", "Europe/Berlin").stdout == (
        'The company "Acme Manufacturing" has the time zone Europe/Berlin already; nothing was changed.\n'
    )


def test_copies_of_tables_are_told_to_load_again(run: Command, plant: Path) -> None:
    def restarts() -> list[tuple[int, ...]]:
        with sqlite3.connect(plant) as connection:
            return connection.execute("SELECT restarted FROM commit_sequence").fetchall()

    before = restarts()
    run("company", "set", "--timezone", "Australia/Brisbane")
    assert restarts() == before
    run("company", "set", "--timezone", "Europe/Berlin")
    assert restarts() > before


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("--timezone", "Europe/Berlinn"), 1, 'unknown time zone "Europe/Berlinn"; did you mean "Europe/Berlin"?'),
        (("--timezone", ""), 1, 'unknown time zone ""'),
        ((), 2, "nothing was said to change"),
        (("--company", "Acme", "--timezone", "UTC"), 1, 'there is no company "Acme"'),
    ],
)
def test_a_slip_changes_nothing(
    run: Command, plant: Path, arguments: tuple[str, ...], code: int, sentence: str
) -> None:
    result = run("company", "set", *arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert f"Error: {sentence}" in result.stderr
    assert json.loads(run("company", "list", "--json").stdout)[0]["timezone"] == "Australia/Brisbane"


def test_with_several_companies_one_has_to_be_named(run: Command, plant: Path) -> None:
    run("init", "--company", "Bolt")
    assert run("company", "set", "--timezone", "Asia/Tokyo").exit_code == 2
    assert run("company", "set", "--company", "Bolt", "--timezone", "Asia/Tokyo").exit_code == 0
    assert [each["timezone"] for each in json.loads(run("company", "list", "--json").stdout)] == [
        "Australia/Brisbane",
        "Asia/Tokyo",
    ]


@pytest.mark.parametrize(
    "command",
    [
        ("import", "sites.csv"),
        ("export", "safety_incidents", "-"),
        ("key", "create", "--name", "a", "--expires", "2999-12-31"),
        ("serve", "--port", "0"),
    ],
)
def test_what_needs_the_zone_says_that_it_is_unknown_here(
    run: Command, forgotten: Path, command: tuple[str, ...]
) -> None:
    result = run(*command)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines() == [f"Error: {SENTENCE}", f"Hint: {ADVICE}"]


def test_check_names_the_zone_and_what_to_do(run: Command, forgotten: Path) -> None:
    result = run("check")
    assert (result.exit_code, result.stdout) == (1, f"{SENTENCE}; {ADVICE}\n")


def test_what_needs_no_zone_goes_on(run: Command, forgotten: Path) -> None:
    assert run("company", "list").exit_code == 0
    assert run("backup", "copy.db").exit_code == 0
    assert run("key", "list", "--json").exit_code == 0


def test_another_zone_mends_it(run: Command, forgotten: Path, start: Start) -> None:
    assert run("company", "set", "--timezone", "America/Los_Angeles").stdout == (
        f'The company "Acme Manufacturing" has the time zone America/Los_Angeles now; before, it had {UNKNOWN}.\n'
    )
    assert run("check").stdout == "OK\n"
    key = run("key", "create", "--name", "a").stdout.strip()
    service = start("--db", forgotten, "serve", "--port", "0", env=dict(os.environ))
    assert service.ask("/api/v1/production/runs", key)[0] == 200
