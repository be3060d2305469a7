"""`nexshift import`, `delete` and `template` as a person types them."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from nexshift.cli.group import nexshift
from nexshift.storage.importing import ENTITIES

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Commands in a folder that holds a database of one company."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NEXSHIFT_DB", raising=False)

    def run_command(*arguments: str) -> Result:
        return CliRunner().invoke(nexshift, arguments, prog_name="nexshift", catch_exceptions=False)

    assert run_command("init", "--company", "Acme").exit_code == 0
    return run_command


def test_import_prints_its_counts_last(run: Run) -> None:
    Path("sites.csv").write_text("name\nHobart\nDarwin\n")

    result = run("import", "sites.csv")

    assert (result.exit_code, result.stdout, result.stderr) == (
        0,
        "2 added, 0 updated, 0 unchanged, 0 rejected\n",
        "",
    )


def test_bad_rows_are_named_on_stderr_and_exit_1(run: Run) -> None:
    Path("sites.csv").write_text("name,location\n" + ",x\n" * 103)

    result = run("import", "sites.csv")

    assert result.exit_code == 1
    assert result.stdout == "0 added, 0 updated, 0 unchanged, 103 rejected\n"
    lines = result.stderr.splitlines()
    assert lines[0] == "sites.csv:2: name: is required"
    assert lines[99:] == [
        "sites.csv:101: name: is required",
        "and 3 more",
        "Error: nothing was imported, because of the above",
        "Hint: correct the files and import them again, or load the good rows alone with --skip-bad",
    ]


def test_skip_bad_exits_3_and_says_where_the_rejects_are(run: Run) -> None:
    Path("sites.csv").write_text("name,location\nHobart,\n,x\n")

    result = run("import", "--skip-bad", "sites.csv")

    assert result.exit_code == 3
    assert result.stdout == "1 added, 0 updated, 0 unchanged, 1 rejected\n"
    assert result.stderr.splitlines() == [
        "sites.csv:3: name: is required",
        "sites.rejects.csv: the rejected rows; correct them and import that file",
    ]


def test_a_misspelt_column_cannot_be_skipped(run: Run) -> None:
    Path("sites.csv").write_text("name,locaton\nHobart,x\n")

    result = run("import", "--skip-bad", "sites.csv")

    assert result.exit_code == 1
    assert 'sites.csv:1: locaton: sites have no such column; did you mean "location"?' in result.stderr
    assert result.stdout == "0 added, 0 updated, 0 unchanged, 0 rejected\n"


def test_what_else_is_said_stands_before_the_counts(run: Run) -> None:
    Path("sites.csv").write_text("name\nHobart\n")
    Path("runs.csv").write_text(
        "machine,product_sku,started_at,ended_at,units_produced,operator\n"
        "Filler 1,P,2026-06-01T06:00:00Z,2026-06-01T08:00:00Z,1,Ann\n"
        "Filler 1,P,2026-06-01T07:00:00Z,2026-06-01T09:00:00Z,1,Anne\n"
    )

    trial = run("import", "--create", "--dry-run", "sites.csv", "runs.csv")
    result = run("import", "--create", "sites.csv", "runs.csv")

    said = [
        'operator "Ann"',
        'machine "Filler 1" at site "Hobart"',
        'product "P"',
        'operator "Anne"',
    ]
    odd = "Warning: 2 runs overlap others of their machine (first: Filler 1 at 2026-06-01T06:00:00Z)"
    assert trial.stderr.splitlines() == [*(f"would create {line}" for line in said), odd]
    assert result.stderr.splitlines() == [*(f"created {line}" for line in said), odd]
    assert result.stdout == "3 added, 0 updated, 0 unchanged, 0 rejected\n"


def test_programs_read_the_same_as_json(run: Run) -> None:
    Path("sites.csv").write_text("name\nHobart\n")
    Path("machines.csv").write_text("name,site\nFiller 1,Hobart\n")
    Path("operators.csv").write_text("full_name\nAnn\n")
    run("import", "sites.csv", "machines.csv", "operators.csv")
    Path("quality_checks.csv").write_text(
        "checked_at,passed,machine,template,logged_by\n2026-06-01T06:00:00Z,1,Filler 1,,Anna\n"
    )

    result = run("import", "--json", "quality_checks.csv")

    assert json.loads(result.stdout) == {
        "added": 1,
        "updated": 0,
        "unchanged": 0,
        "rejected": 0,
        "is_written": True,
        "problems": [],
        "problems_count": 0,
        "created": [{"kind": "operator", "name": "Anna", "site": None, "resembles": "Ann"}],
        "created_count": {"operator": 1},
        "warnings": [],
        "warnings_count": 0,
        "rejects_files": [],
    }
    assert result.exit_code == 0
    Path("quality_checks.csv").write_text("checked_at,passed,machine\n2026-06-01T06:00:00Z,maybe,Filler 1\n")
    refused = run("import", "--json", "quality_checks.csv")
    assert refused.exit_code == 1
    assert json.loads(refused.stdout)["problems"][0].startswith("quality_checks.csv:2: passed: ")


def test_as_create_and_dry_run(run: Run) -> None:
    Path("march.csv").write_text("name,site\nFiller 1,Hobart\n")

    assert run("import", "--as", "machines", "--create", "--dry-run", "march.csv").exit_code == 0
    result = run("import", "--as", "machines", "--create", "march.csv")

    assert result.stdout == "1 added, 0 updated, 0 unchanged, 0 rejected\n"


def test_a_file_that_is_not_there_is_one_sentence(run: Run) -> None:
    result = run("import", "runs.csv")

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: runs.csv cannot be read: No such file or directory\nHint: ")


@pytest.mark.parametrize(
    "arguments", [("import",), ("import", "--as", "run", "x.csv"), ("template", "run"), ("delete", "runs")]
)
def test_an_incomplete_or_misspelt_command_is_usage(run: Run, arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2


def test_several_companies_need_a_name(run: Run) -> None:
    run("init", "--company", "Other")
    Path("sites.csv").write_text("name\nHobart\n")

    unnamed = run("import", "sites.csv")
    named = run("import", "--company", "Other", "sites.csv")

    assert unnamed.exit_code == 2
    assert '"Acme", "Other"' in unnamed.stderr
    assert named.stdout.startswith("1 added")


def test_delete_prints_how_many(run: Run) -> None:
    Path("sites.csv").write_text("name\nHobart\nDarwin\n")
    run("import", "sites.csv")

    assert run("delete", "sites", "sites.csv", "--dry-run").stdout == "2 would be deleted\n"
    assert run("delete", "sites", "sites.csv").stdout == "2 deleted\n"
    refused = run("delete", "sites", "sites.csv")

    assert refused.exit_code == 1
    assert refused.stdout == ""
    assert refused.stderr.splitlines()[:3] == [
        "sites.csv:2: name: there is no site with this name",
        "sites.csv:3: name: there is no site with this name",
        "Error: nothing was deleted, because of the above",
    ]


def test_every_template_imports_as_it_is_in_order_and_together(run: Run) -> None:
    for entity in ENTITIES:
        Path(f"{entity}.csv").write_text(run("template", entity).stdout)
        assert run("import", f"{entity}.csv").stdout == "1 added, 0 updated, 0 unchanged, 0 rejected\n"

    assert run("import", ".").stdout == f"0 added, 0 updated, {len(ENTITIES)} unchanged, 0 rejected\n"


@pytest.mark.parametrize("entity", ENTITIES)
def test_templates_show_every_column_but_ids(run: Run, entity: str) -> None:
    header, example = run("template", entity.upper()).stdout.splitlines()

    ids = {"id", "run_id", "batch_id"}
    assert header.split(",") == [name for name in ENTITIES[entity].columns if name not in ids]
    assert "" not in example.split(",")


def run_on_a_terminal(*arguments: str) -> str:
    """What appears where stderr is a terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([sys.executable, "-m", "nexshift", *arguments], stdout=subprocess.DEVNULL, stderr=theirs)
    os.close(theirs)
    shown = b""
    while True:
        try:
            chunk = os.read(ours, 4096)
        except OSError:  # Linux says so when the other side was closed
            break
        if not chunk:
            break
        shown += chunk
    os.close(ours)
    assert process.wait() == 0
    return shown.decode()


def test_a_bar_is_shown_for_long_files_on_a_terminal_alone(run: Run) -> None:
    assert run("template", "sites").exit_code == 0
    Path("sites.csv").write_text("name,_notes\n" + "".join(f"S-{n},{'n' * 2_000}\n" for n in range(2_500)))

    assert "Importing" in run_on_a_terminal("import", "sites.csv")
    assert run("import", "sites.csv").stderr == ""
    Path("sites.csv").write_text("name\nS-1\n")
    assert run_on_a_terminal("import", "sites.csv") == ""
