"""All or nothing: bad rows, dry runs, full disks and Ctrl-C."""

from __future__ import annotations

import pytest

from nexshift.storage.library import sqlite3
from tests.importing.workbench import GOOD, Workbench


def test_a_bad_row_in_the_last_of_many_lines_leaves_the_database_as_it_was(bench: Workbench) -> None:
    lines = [f"S-{number}\n" for number in range(100_000)]
    before = bench.exact_contents()
    path = bench.write("sites.csv", "name\n" + "".join(lines))
    with path.open("a") as file:
        file.write("x" * 10_001 + "\n")

    report = bench.load(path)

    assert [problem[:22] for problem in bench.problems_of(report)] == ["sites.csv:100002: name"]
    assert report.summary() == "0 added, 0 updated, 0 unchanged, 1 rejected"
    assert not report.is_written
    assert bench.exact_contents() == before


def test_the_first_hundred_problems_are_shown_and_the_others_counted(bench: Workbench) -> None:
    report = bench.load_text("sites.csv", "name,location\n" + ",here\n" * 150)

    assert bench.problems_of(report) == [f"sites.csv:{line}: name: is required" for line in range(2, 102)]
    assert report.problems.unshown == 50
    assert report.rejected == 150


def test_rows_of_other_files_are_undone_as_well(bench: Workbench) -> None:
    before = bench.exact_contents()
    sites = bench.write("sites.csv", "name\nHobart\n")
    runs = bench.write_rows("runs.csv", {**GOOD["runs"], "units_produced": "-1"})

    report = bench.load(sites, runs)

    assert report.summary() == "0 added, 0 updated, 0 unchanged, 1 rejected"
    assert bench.exact_contents() == before


def test_a_dry_run_reports_and_changes_nothing(bench: Workbench) -> None:
    before = bench.exact_contents()
    path = bench.write("sites.csv", "name,location\nHobart,\nPerth,Pier 9\nBrisbane,12 Wharf Street\n,x\n")

    report = bench.load(path, dry_run=True, skip_bad=True)

    assert report.summary() == "1 would be added, 1 would be updated, 1 unchanged, 1 would be rejected"
    assert not report.is_written
    assert bench.exact_contents() == before
    assert list(bench.folder.iterdir()) == [path]


def test_a_dry_run_with_bad_rows_reports_what_an_import_would(bench: Workbench) -> None:
    report = bench.load(bench.write("sites.csv", "name,location\nHobart,\n,x\n"), dry_run=True)

    assert report.summary() == "0 would be added, 0 would be updated, 0 unchanged, 1 would be rejected"


def test_a_full_disk_leaves_the_database_as_it_was(bench: Workbench) -> None:
    before = bench.exact_contents()
    ((pages,),) = bench.rows("PRAGMA page_count")
    bench.rows(f"PRAGMA max_page_count = {pages + 20}")

    with pytest.raises(sqlite3.OperationalError, match="full"):
        bench.load_text("sites.csv", "name\n" + "".join(f"Site {number}\n" for number in range(20_000)))

    assert bench.exact_contents() == before
    assert bench.load_text("sites.csv", "name\nHobart\n").added == 1


def test_control_c_leaves_the_database_and_the_folder_as_they_were(bench: Workbench) -> None:
    before = bench.exact_contents()
    path = bench.write("sites.csv", "name,location\n" + ",x\n" * 10 + "".join(f"S{n},\n" for n in range(5_000)))

    def interrupt(_bytes: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bench.load(path, progress=interrupt, skip_bad=True)

    assert bench.exact_contents() == before
    assert list(bench.folder.iterdir()) == [path]
    assert not bench.connection.in_transaction


def test_progress_adds_up_to_the_size_of_the_files(bench: Workbench) -> None:
    path = bench.write("sites.csv", "name\n" + "".join(f"Site {number}\n" for number in range(5_000)))
    steps: list[int] = []

    bench.load(path, progress=steps.append)

    assert len(steps) > 2
    assert sum(steps) == path.stat().st_size


def test_more_rows_than_are_remembered_in_memory_are_still_told_apart(bench: Workbench) -> None:
    names = [f"S-{number}\n" for number in range(60_000)]
    path = bench.write("sites.csv", "name\n" + "".join(names) + "S-7\nS-59999\n")

    report = bench.load(path)

    assert bench.problems_of(report) == [
        f"sites.csv:{line}: name: has the same name as sites.csv:{first}; remove one of them"
        for line, first in ((60_002, 9), (60_003, 60_001))
    ]
