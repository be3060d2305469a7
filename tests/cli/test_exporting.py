"""`nexshift export`, as an operator sees it."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from nexshift.cli import exporting
from nexshift.exports import files
from nexshift.tables import workbook
from tests.cli.conftest import Command, Program, environment

CHECKS = """\
site,checked_at,passed,notes
Brisbane,2026-03-01T00:00:00Z,yes,"good, and ""firm"" ones"
Brisbane,2026-03-02T00:00:00Z,no,
"""
HEADER = "\ufeffid,checked_at,date,passed,notes,"


@pytest.fixture
def checks(run: Command, plant: Path) -> Path:
    """The plant with two checks."""
    Path("quality_checks.csv").write_text(CHECKS)
    assert run("import", "quality_checks.csv").exit_code == 0
    return plant


@pytest.mark.usefixtures("checks")
def test_a_table_becomes_a_file(run: Command) -> None:
    result = run("export", "quality_checks", "checks.csv")
    assert (result.exit_code, result.stdout, result.stderr) == (
        0,
        "Wrote 2 rows of quality_checks to checks.csv.\n",
        "",
    )
    head, second, first = Path("checks.csv").read_text().splitlines()
    assert head.startswith(HEADER)
    assert ",2026-03-02T00:00:00Z,2026-03-02,false,," in second
    assert ',2026-03-01T00:00:00Z,2026-03-01,true,"good, and ""firm"" ones",' in first


@pytest.mark.usefixtures("checks")
def test_days_are_the_companys_and_one_row_is_a_row(run: Command) -> None:
    result = run("export", "quality_checks", "--from", "2026-03-02", "--to", "2026-03-02", "checks.csv")
    assert result.stdout == "Wrote 1 row of quality_checks to checks.csv.\n"


@pytest.mark.usefixtures("checks")
def test_an_existing_file_is_left_as_it_is_unless_it_is_to_be_replaced(run: Command) -> None:
    assert run("export", "quality_checks", "--to", "2026-03-01", "checks.csv").exit_code == 0
    before = Path("checks.csv").read_bytes()
    result = run("export", "quality_checks", "checks.csv")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "Error: checks.csv is there already; it was left as it is\nHint: choose another name, or move it away\n"
    )
    assert Path("checks.csv").read_bytes() == before
    assert run("export", "quality_checks", "checks.csv", "--replace").exit_code == 0
    assert len(Path("checks.csv").read_text().splitlines()) == 3


def test_standard_output_is_the_rows_alone(program: Program, checks: Path) -> None:
    assert program("export", "quality_checks", "whole.csv").returncode == 0
    done = program("export", "quality_checks", "-", text=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == Path("whole.csv").read_bytes()


def test_whoever_reads_the_rows_may_stop(plant: Path) -> None:
    rows = "".join(f"Brisbane,2026-03-01T00:{at // 60:02}:{at % 60:02}Z,yes,{'x' * 9000}\n" for at in range(100))
    Path("quality_checks.csv").write_text(CHECKS.splitlines()[0] + "\n" + rows)
    nexshift = [sys.executable, "-m", "nexshift", "--db", plant]
    subprocess.run([*nexshift, "import", "quality_checks.csv"], check=True, capture_output=True)
    with subprocess.Popen(
        [*nexshift, "export", "quality_checks", "-"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        assert "Traceback" not in process.stderr.read().decode()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("production_run", "x.csv"), 'there is no table "production_run"; did you mean "production_runs"?'),
        (("zzz", "x.csv"), 'there is no table "zzz"; there are: production_runs, production_runs_scrap, '),
        (("quality_checks", "checks.txt"), "checks.txt does not end with a format"),
        (("quality_checks", "--format", "parquet", "-"), "standard output takes csv only"),
        (("quality_checks", "--format", "xlsx", "-"), "standard output takes csv only"),
        (("quality_checks", "--format", "parquet", "--replace", "x"), "--replace is for files"),
        (("quality_checks", "--from", "soon", "x.csv"), "--from must be a date such as 2026-03-31"),
    ],
)
@pytest.mark.usefixtures("checks")
def test_a_slip_is_said_in_one_sentence(run: Command, arguments: tuple[str, ...], sentence: str) -> None:
    result = run("export", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert sentence in result.stderr
    assert not Path("x.csv").exists()


@pytest.mark.usefixtures("checks")
def test_a_path_names_its_table_as_well(run: Command) -> None:
    assert run("export", "/quality/checks", "a.csv").exit_code == 0
    assert run("export", "production/oee-by-day", "b.csv").stdout == "Wrote 0 rows of production_oee_by_day to b.csv.\n"


@pytest.mark.usefixtures("checks")
def test_with_several_companies_one_has_to_be_named(run: Command) -> None:
    run("init", "--company", "Zenith Foods")
    result = run("export", "quality_checks", "x.csv")
    assert result.exit_code == 2
    assert '"Acme Manufacturing", "Zenith Foods"' in result.stderr
    result = run("export", "quality_checks", "x.csv", "--company", "Zenith Foods")
    assert result.stdout == "Wrote 0 rows of quality_checks to x.csv.\n"


@pytest.mark.usefixtures("checks")
def test_a_workbook_is_one_sheet_with_the_values(run: Command) -> None:
    result = run("export", "quality_checks", "checks.xlsx")
    assert (result.exit_code, result.stdout) == (0, "Wrote 2 rows of quality_checks to checks.xlsx.\n")
    (sheet,) = openpyxl.load_workbook("checks.xlsx").worksheets
    header, *rows = sheet.iter_rows(values_only=True)
    assert header[:5] == ("id", "checked_at", "date", "passed", "notes")
    assert all(isinstance(row[1], datetime) and isinstance(row[2], datetime) for row in rows)
    assert [(f"{row[1]:%d %H:%M}", f"{row[2]:%d}", *row[3:5]) for row in rows] == [
        ("02 00:00", "02", False, None),
        ("01 00:00", "01", True, 'good, and "firm" ones'),
    ]
    assert run("export", "quality_checks", "checks.xlsx").exit_code == 1
    assert run("export", "quality_checks", "checks.xlsx", "--replace").exit_code == 0


@pytest.mark.usefixtures("checks")
def test_more_rows_than_a_sheet_holds_are_refused_and_leave_nothing(
    run: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_workbook(*arguments: Any, **named: Any) -> int:
        return workbook.write_workbook(*arguments, **named, most_rows=1)

    monkeypatch.setattr(files, "write_workbook", write_workbook)
    result = run("export", "quality_checks", "checks.xlsx")
    assert (result.exit_code, result.stderr) == (
        1,
        "Error: quality_checks has more rows than an Excel sheet holds, which is 1,048,575\n"
        "Hint: export CSV, or a shorter time with --from and --to\n",
    )
    assert not list(Path().glob("*checks.xlsx*"))


@pytest.mark.usefixtures("checks")
def test_parquet_is_a_folder_by_months(run: Command) -> None:
    result = run("export", "quality_checks", "--format", "parquet", "checks")
    assert (result.exit_code, result.stdout) == (0, "Wrote 2 rows of quality_checks to checks.\n")
    assert [str(file) for file in Path("checks").rglob("*.parquet")] == ["checks/year_month=2026-03/part-0.parquet"]
    assert Path("checks").stat().st_mode & 0o777 == 0o700
    again = run("export", "quality_checks", "--format", "parquet", "checks")
    assert (again.exit_code, again.stderr.splitlines()[0]) == (
        1,
        "Error: checks is there already; it was left as it is",
    )


def test_a_database_that_is_not_there_is_refused_and_leaves_no_file(run: Command, path: Path) -> None:
    result = run("export", "quality_checks", "x.csv")
    assert (result.exit_code, result.stderr.splitlines()[0]) == (1, f"Error: there is no database at {path}")
    assert not Path("x.csv").exists()


@pytest.mark.usefixtures("checks")
def test_a_full_disk_is_said_and_leaves_nothing(program: Program) -> None:
    with Path("/dev/full").open("wb") as full:
        done = program("export", "quality_checks", "-", stdout=full, stderr=subprocess.PIPE, capture_output=False)
    sentence = "Error: standard output cannot be written: no space left on device"
    assert (done.returncode, done.stderr.splitlines()[0]) == (1, sentence)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("target", ["out/checks.csv", "out/checks.xlsx", "out/checks"])
def test_a_signal_ends_it_between_two_pieces_and_nothing_is_left(
    checks: Path, target: str, number: signal.Signals, code: int
) -> None:
    # The signal comes while SQLite asks for the day of the first row, where an exception would be lost.
    program = f"""
import signal
from nexshift.cli import main
from nexshift.storage import functions

def answer(epoch, zone):
    signal.raise_signal({int(number)})
    return found(epoch, zone)

found, functions.local_day = functions.local_day, answer
answer.__name__ = "local_day"
main()
"""
    Path("out").mkdir()
    form = Path(target).suffix.removeprefix(".") or "parquet"
    done = subprocess.run(
        [sys.executable, "-c", program, "--db", checks, "export", "quality_checks", "--format", form, target],
        env=environment(NEXSHIFT_STEPPING="sqlite3"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "Error: stopped before it was done\n")
    assert list(Path("out").iterdir()) == []


@pytest.mark.usefixtures("checks")
def test_somebody_who_watches_a_long_export_sees_a_bar(
    run: Command, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Terminal:
        written = ""

        def isatty(self) -> bool:
            return True

        def write(self, text: str) -> None:
            self.written += text

        def flush(self) -> None:
            pass

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with exporting.extracting(Path("plant.db"), None, exporting._BY_NAME["quality_checks"]) as extract:
        with exporting._progress(extract) as few:
            few(2)
        assert terminal.written == ""
        monkeypatch.setattr(exporting, "EXPORT_PROGRESS_ROWS", 2)
        with exporting._progress(extract) as many:
            many(2)
    assert "Exporting" in terminal.written
    assert "100%" in terminal.written
