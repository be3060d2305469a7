"""What --skip-bad leaves out, and the way back in."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from nexshift.errors import Refused
from tests.importing.workbench import PLANT, Workbench

RUNS = (
    "machine,product_sku,started_at,ended_at,units_produced\n"
    "Auto 3,P-1,2026-03-27T00:00:00Z,2026-03-27T01:00:00Z,100\n"
    "Auto 33,P-1,2026-03-27T02:00:00Z,2026-03-27T03:00:00Z,200\n"
    'Auto 3,P-1,2026-03-27T04:00:00Z,2026-03-27T05:00:00Z,"1,5"\n'
    "Auto 3,P-1,2026-03-27T06:00:00Z,,300\n"
)
SCRAP = (
    "machine,run_started_at,units,reason,timestamp\n"
    "Auto 3,2026-03-27T00:00:00Z,1,Dented,2026-03-27T00:30:00Z\n"
    "Auto 3,2026-03-27T04:00:00Z,2,Dented,2026-03-27T04:30:00Z\n"
    "Auto 3,2026-03-27T06:00:00Z,3,Dented,2026-03-27T06:30:00Z\n"
)
MENDINGS = {"Auto 33": "Auto 3", "1,5": "1.5"}


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def mend(path: Path) -> None:
    with path.open(newline="", encoding="utf-8") as file:
        rows = [[MENDINGS.get(cell, cell) for cell in row] for row in csv.reader(file)]
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)


def test_good_rows_are_written_and_the_others_put_beside_the_file(bench: Workbench) -> None:
    path = bench.write("runs.csv", RUNS)

    report = bench.load(path, skip_bad=True)

    assert report.summary() == "2 added, 0 updated, 0 unchanged, 2 rejected"
    rejects = bench.folder / "runs.rejects.csv"
    assert report.rejects_files == (rejects,)
    assert rejects.read_text() == (
        "machine,product_sku,started_at,ended_at,units_produced,_error\n"
        "Auto 33,P-1,2026-03-27T02:00:00Z,2026-03-27T03:00:00Z,200,"
        '"machine: there is no machine ""Auto 33""; did you mean ""Auto 3""?"\n'
        'Auto 3,P-1,2026-03-27T04:00:00Z,2026-03-27T05:00:00Z,"1,5",'
        '"units_produced: ""1,5"" is not a number; use a point for decimals"\n'
    )
    assert path.read_text() == RUNS


def test_rejects_that_were_mended_give_what_the_clean_files_give(bench: Workbench, empty: Workbench) -> None:
    bench.write("runs.csv", RUNS)
    bench.write("scrap.csv", SCRAP)
    report = bench.load(skip_bad=True)
    assert report.summary() == "4 added, 0 updated, 0 unchanged, 3 rejected"

    mend(bench.folder / "runs.rejects.csv")
    report = bench.load(bench.folder / "runs.rejects.csv", bench.folder / "scrap.rejects.csv")
    assert report.summary() == "3 added, 0 updated, 0 unchanged, 0 rejected"

    for entity, content in PLANT.items():
        empty.write(f"{entity}.csv", content)
    empty.load()
    clean = RUNS.replace("Auto 33", "Auto 3").replace('"1,5"', "1.5")
    empty.load(empty.write("runs.csv", clean), empty.write("scrap.csv", SCRAP))
    assert bench.contents() == empty.contents()


def test_rows_that_are_still_bad_stay_in_their_file_with_one_error(bench: Workbench) -> None:
    bench.load_text("runs.csv", RUNS, skip_bad=True)
    rejects = bench.folder / "runs.rejects.csv"
    rejects.write_text(rejects.read_text().replace("Auto 33,", "Auto 3,"))

    report = bench.load(rejects, skip_bad=True)

    assert report.summary() == "1 added, 0 updated, 0 unchanged, 1 rejected"
    assert [(row["units_produced"], row["_error"]) for row in read(rejects)] == [
        ("1,5", 'units_produced: "1,5" is not a number; use a point for decimals')
    ]
    assert rejects.read_text().splitlines()[0].count("_error") == 1


def test_rejects_of_an_earlier_call_are_replaced(bench: Workbench) -> None:
    bench.write("sites.rejects.csv", "old")

    bench.load_text("sites.csv", "name,location\n,x\n", skip_bad=True)

    assert [row["_error"] for row in read(bench.folder / "sites.rejects.csv")] == ["name: is required"]


def test_rejects_of_an_earlier_call_stay_when_no_row_is_bad(bench: Workbench) -> None:
    kept = bench.write("sites.rejects.csv", "name,location,_error\nDarwin,x,mended already\n")

    bench.load_text("sites.csv", "name\nHobart\n", skip_bad=True)

    assert kept.read_text() == "name,location,_error\nDarwin,x,mended already\n"


def test_without_skip_bad_there_is_no_rejects_file(bench: Workbench) -> None:
    path = bench.write("sites.csv", "name,location\n,x\n")

    bench.load(path)

    assert list(bench.folder.iterdir()) == [path]


def test_rejects_are_written_as_their_file_was(bench: Workbench) -> None:
    content = "name;location\n;Hafen ß\n".encode("utf-16")

    bench.load_text("sites.csv", content, skip_bad=True)

    rejects = bench.folder / "sites.rejects.csv"
    assert rejects.read_bytes() == "\ufeffname;location;_error\n;Hafen ß;name: is required\n".encode()
    assert bench.load(rejects).rejected == 1


def test_a_row_of_another_width_is_refused_again_until_it_is_mended(bench: Workbench) -> None:
    rejects = bench.folder / "sites.rejects.csv"
    bench.load_text("sites.csv", "name,location\nHobart\nDarwin,Quay,7\n", skip_bad=True)

    for header in (2, 3):  # the second time it is the rejects file that is read, with its column of errors
        assert rejects.read_text().splitlines() == [
            "name,location,_error",
            f"Hobart,row: has {header - 1} cells where the header has {header}",
            f"Darwin,Quay,7,row: has {header + 1} cells where the header has {header}",
        ]
        assert bench.load(rejects, skip_bad=True).rejected == 2


def test_json_rows_are_rejected_into_csv_that_means_the_same(bench: Workbench) -> None:
    bench.load_text(
        "quality_checks.ndjson",
        '{"checked_at": "2026-03-26T01:00:00Z", "passed": true, "site": "Pert", "notes": null}\n'
        '{"passed": false, "checked_at": "2026-03-26T02:00:00Z", "site": "Perth", "notes": ["a", {"b": 1.50}]}\n',
        skip_bad=True,
    )
    rejects = bench.folder / "quality_checks.rejects.csv"

    assert [list(row.values())[:4] for row in read(rejects)] == [
        ["2026-03-26T01:00:00Z", "true", "Pert", ""],
        ["2026-03-26T02:00:00Z", "false", "Perth", '["a", {"b": 1.5}]'],
    ]
    rejects.write_text(rejects.read_text().replace("Pert,", "Perth,"))
    assert bench.load(rejects).summary() == "2 added, 0 updated, 0 unchanged, 0 rejected"


def test_a_folder_that_cannot_be_written_refuses_the_whole_call(bench: Workbench) -> None:
    before = bench.exact_contents()
    path = bench.write("sites.csv", "name,location\nHobart,\n,x\n")
    (bench.folder / "sites.rejects.csv").mkdir()  # in the way

    with pytest.raises(Refused, match=r"sites\.rejects\.csv cannot be written: Is a directory; nothing was changed"):
        bench.load(path, skip_bad=True)

    assert bench.exact_contents() == before
    assert sorted(one.name for one in bench.folder.iterdir()) == ["sites.csv", "sites.rejects.csv"]


def test_names_that_only_rejected_rows_mention_are_not_created(bench: Workbench) -> None:
    before = {table: rows for table, rows in bench.contents().items() if table in ("operator", "site", "machine")}

    report = bench.load_text(
        "runs.csv",
        "machine,site,product_sku,operator,started_at,ended_at,units_produced\n"
        "New machine,New site,P-1,New Person,2026-03-27T00:00:00Z,2026-03-26T00:00:00Z,1\n",
        create=True,
        skip_bad=True,
    )

    assert report.rejected == 1
    assert {table: rows for table, rows in bench.contents().items() if table in before} == before


def test_rejects_that_cannot_be_put_in_place_are_kept(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program may hold the file, on a system that forbids to replace it then."""

    def refuse(_self: Path, _target: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", refuse)

    with pytest.raises(Refused, match="cannot be replaced: Permission denied; the good rows were imported") as refused:
        bench.load_text("sites.csv", "name,location\nHobart,\n,x\n", skip_bad=True)

    (draft,) = bench.folder.glob(".*.draft")
    assert str(draft) in refused.value.hint
    assert draft.read_text() == "name,location,_error\n,x,name: is required\n"
    assert bench.rows("SELECT count(*) FROM site WHERE name = 'Hobart'") == [(1,)]
