"""`export --replace` takes the place of an earlier export, and of nothing else; nor does anything that is written."""

from __future__ import annotations

import gzip
import os
import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from nexshift.exports.replacing import refuse_other_than_export
from nexshift.storage.library import sqlite3
from tests.cli.conftest import Command

TABLE = "safety_incidents"
CONFIG = "[serve]\nport = 8081\n"


def make_ours(run: Command, plant: Path) -> dict[str, Path]:
    """Every kind of file that belongs to us, or to the person whose records they are."""
    assert run("backup", "copy.db").exit_code == 0
    assert run("--db", "other.db", "init", "--company", "Other").exit_code == 0
    Path("nexshift.toml").write_text(CONFIG)
    Path("plant.crt").write_text("-----BEGIN CERTIFICATE-----\n")
    Path("runs.rejects.csv").write_text("machine,started_at,_error\nFiller 1,x,no\n")
    Path("incidents.csv").write_text("reference_number,title,severity,status,occurred_at\n")
    Path("text.csv").write_text("id\n")
    Path("archive.csv").write_bytes(gzip.compress(b"id,reference_number,title,severity,status\n"))
    os.link(plant, "hard.csv")
    Path("link.csv").symlink_to(plant)
    shutil.copyfile(plant, "Plant.CSV")
    names = ("copy.db", "copy.db.sha256", "other.db", "nexshift.toml", "plant.crt", "runs.rejects.csv", "incidents.csv")
    others = ("text.csv", "archive.csv", "hard.csv", "link.csv", "Plant.CSV", "sites.csv")
    return {name: Path(name) for name in (plant.name, *names, *others)}


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_nothing_but_an_earlier_export_is_replaced(run: Command, plant: Path, form: str) -> None:
    ours = make_ours(run, plant)
    before = {name: file.read_bytes() for name, file in ours.items()}
    for name in ours:
        result = run("export", TABLE, name, "--format", form, "--replace")
        assert (result.exit_code, result.stdout) == (1, ""), name
        first, second = result.stderr.splitlines()
        assert first.startswith(f"Error: {name} "), first
        assert second.startswith("Hint: ")
    assert {name: file.read_bytes() for name, file in ours.items()} == before
    assert run("check").stdout == "OK\n"


SHEET = "xl/worksheets/sheet1.xml"


def write_workbook(path: str, texts: Sequence[str], *, part: str = SHEET) -> None:
    strings = "".join(f'<si><t xml:space="preserve">{text}</t></si>' for text in texts)
    parts = {"xl/workbook.xml": "<workbook/>", SHEET: "<worksheet/>", part: strings}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


@pytest.mark.parametrize("texts", [("Week", "Line", "Target"), ("id", "occurred_at"), ()])
def test_a_workbook_that_is_no_export_is_not_replaced(run: Command, plant: Path, texts: tuple[str, ...]) -> None:
    write_workbook("plan.xlsx", texts)
    before = Path("plan.xlsx").read_bytes()
    result = run("export", TABLE, "plan.xlsx", "--replace")
    assert result.stderr.startswith("Error: plan.xlsx is not an earlier export (XLSX); it was left as it is\n")
    assert Path("plan.xlsx").read_bytes() == before


def test_a_workbook_that_excel_has_saved_is_still_an_export(run: Command, plant: Path) -> None:
    header = run("export", TABLE, "-").stdout.removeprefix("\ufeff").strip().split(",")
    write_workbook("incidents.xlsx", [*header, "Slip"], part="xl/sharedStrings.xml")
    assert run("export", TABLE, "incidents.xlsx", "--replace").exit_code == 0


def test_the_logs_of_a_database_that_is_open_are_not_replaced(run: Command, plant: Path) -> None:
    connection = sqlite3.connect(plant)
    connection.execute("UPDATE site SET location = 'x'")
    connection.commit()
    for ending in ("-wal", "-shm"):
        before = Path(f"{plant}{ending}").read_bytes()
        result = run("export", TABLE, f"plant.db{ending}", "--format", "csv", "--replace")
        assert result.exit_code == 1
        assert result.stderr.startswith(
            f"Error: plant.db{ending} cannot be created: a name that ends in {ending} belongs to what is kept beside"
        )
        assert Path(f"{plant}{ending}").read_bytes() == before
    connection.close()


@pytest.mark.parametrize("name", ["new.db-wal", "plant.db-journal", "plant.db-SHM", "copy.db.sha256"])
@pytest.mark.parametrize(
    "command",
    [("backup",), ("export", "--format", "csv", TABLE), ("--db", "NAME", "init", "--company", "A")],
    ids=["backup", "export", "init"],
)
def test_nothing_gets_the_name_of_what_is_kept_beside_a_file(
    run: Command, plant: Path, name: str, command: tuple[str, ...]
) -> None:
    words = [name if word == "NAME" else word for word in command] + ([] if "NAME" in command else [name])
    result = run(*words)
    assert result.exit_code == 1
    assert f"{name} cannot be created: a name that ends in " in result.stderr
    assert not Path(name).exists()


@pytest.mark.parametrize(("form", "other"), [("csv", "xlsx"), ("xlsx", "csv")])
def test_an_earlier_export_is_replaced_in_its_own_format_alone(
    run: Command, plant: Path, form: str, other: str
) -> None:
    assert run("export", TABLE, f"a.{form}").exit_code == 0
    Path(f"a.{form}").chmod(0o640)
    assert run("export", "quality_checks", f"a.{form}", "--replace").exit_code == 0
    assert Path(f"a.{form}").stat().st_mode & 0o777 == 0o640
    refused = run("export", TABLE, f"a.{form}", "--format", other, "--replace")
    assert refused.stderr.startswith(
        f"Error: a.{form} is not an earlier export ({other.upper()}); it was left as it is"
    )


def test_an_empty_file_is_nothing_that_could_be_lost(run: Command, plant: Path) -> None:
    Path("a.csv").touch()
    assert run("export", TABLE, "a.csv", "--replace").exit_code == 0
    assert Path("a.csv").stat().st_size > 0


@pytest.mark.parametrize("what", ["folder", "pipe", "device", "link to nothing"])
def test_what_is_no_file_is_not_replaced(run: Command, plant: Path, what: str) -> None:
    name = "a.csv"
    if what == "folder":
        Path(name).mkdir()
    elif what == "pipe":
        os.mkfifo(name)
    else:
        Path(name).symlink_to("/dev/null" if what == "device" else "nowhere")
    result = run("export", TABLE, name, "--replace")
    assert result.stderr.startswith("Error: a.csv is not a file; it was left as it is\n")
    assert os.path.lexists(name)


def test_what_is_not_there_may_be_written(tmp_path: Path) -> None:
    refuse_other_than_export(tmp_path / "new.csv", "csv")
