"""What --skip-bad leaves out, and the way back in."""

from __future__ import annotations

import csv
import json
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

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


def read_lines(path: Path, delimiter: str = ",") -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file, delimiter=delimiter))


def write_lines(path: Path, lines: list[list[str]], **how: Any) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, **how).writerows(lines)


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


def test_a_line_of_another_width_keeps_every_cell_and_is_refused_again_until_it_is_mended(bench: Workbench) -> None:
    rejects = bench.folder / "sites.rejects.csv"
    bench.load_text("sites.csv", "name,location\nHobart\nDarwin,Quay,7\n,x\n", skip_bad=True)

    assert read_lines(rejects) == [
        ["name", "location", "_cells", "_error"],
        ["Hobart", "", "1 of 2 cells", "row: has 1 cells where the header has 2"],
        ["Darwin", "Quay", '3 of 2 cells: "7"', "row: has 3 cells where the header has 2"],
        ["", "x", "", "name: is required"],
    ]
    report = bench.load(rejects, skip_bad=True)
    assert bench.problems_of(report) == [
        'sites.rejects.csv:2: _cells: "1 of 2 cells" stands there; put the cells in their places, then empty this one',
        'sites.rejects.csv:3: _cells: "3 of 2 cells: "7"" stands there; put the cells in their places, then empty'
        " this one",
        "sites.rejects.csv:4: name: is required",
    ]
    assert [line[:3] for line in read_lines(rejects)[1:]] == [
        ["Hobart", "", "1 of 2 cells"],
        ["Darwin", "Quay", '3 of 2 cells: "7"'],
        ["", "x", ""],
    ]

    rejects.write_text("name,location,_cells,_error\nHobart,,,x\nDarwin,Quay 7,,x\nPerth 2,x,,x\n")
    assert bench.load(rejects).added == 3


@pytest.mark.parametrize("line", ["Hobart", "Hobart,Quay,7", "Hobart,Quay,", ",,,"])
def test_a_spreadsheet_that_makes_all_lines_equally_wide_makes_no_line_whole(bench: Workbench, line: str) -> None:
    rejects = bench.folder / "sites.rejects.csv"
    bench.load_text("sites.csv", f"name,location\nGood,x\n{line}\n,no name\n", skip_bad=True)
    lines = read_lines(rejects)
    for widths in (max(map(len, lines)), max(map(len, lines)) + 2):
        write_lines(rejects, [cells + [""] * (widths - len(cells)) for cells in lines])

        report = bench.load(rejects)

        assert report.rejected == len(lines) - 1
    assert bench.count("site") == 3


def test_a_complaint_that_was_deleted_with_its_comma_is_not_missed(bench: Workbench) -> None:
    rejects = bench.write(
        "sites.rejects.csv", "name,location,_cells,_error\nHobart,Quay\nDarwin,Quay,,\nCairns,Quay,\n"
    )

    assert bench.load(rejects).added == 3


@pytest.mark.parametrize(
    "line",
    [
        "Hobart,location: is odd",  # the location was deleted with its comma
        "Hobart,location: is odd,",
        "Hobart",
        'Hobart,"row: has 1 cells where the header has 2",""',
    ],
)
def test_a_complaint_in_another_column_is_no_value(bench: Workbench, line: str) -> None:
    rejects = bench.write("sites.rejects.csv", f"name,location,_cells,_error\n{line}\n")

    assert bench.load(rejects, skip_bad=True).rejected == 1
    _, cells = read_lines(rejects)
    assert cells[:2] == ["Hobart", ""]
    assert cells[2].startswith(f"{len(next(csv.reader([line])))} of 4 cells")
    assert bench.load(rejects).rejected == 1


def test_a_line_of_rejects_that_lacks_its_own_columns_keeps_its_cells_when_it_is_still_bad(bench: Workbench) -> None:
    rejects = bench.write("sites.rejects.csv", "name,location,_error\n,Quay\n")

    bench.load(rejects, skip_bad=True)

    assert read_lines(rejects) == [["name", "location", "_error"], ["", "Quay", "name: is required"]]


def test_columns_of_the_users_own_may_be_called_like_ours(bench: Workbench) -> None:
    assert bench.load_text("sites.csv", "name,_cells\nHobart,5 of 6\n").added == 1


@pytest.mark.parametrize(
    "text", ["a\rb", "a\nb", "a\r\nb", "a\r", 'a "b"', " a", "a;b", "a,b", "a\tb", "'a", "é\u2028"]
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_cell_stays_as_it_is(bench: Workbench, text: str, delimiter: str) -> None:
    path = bench.folder / "sites.csv"
    write_lines(path, [["location", "name"], [text, ""]], delimiter=delimiter, quoting=csv.QUOTE_ALL)

    bench.load(path, skip_bad=True)

    rejects = bench.folder / "sites.rejects.csv"
    assert read_lines(rejects, delimiter)[1] == [text, "", "name: is required"]
    before = rejects.read_bytes()
    bench.load(rejects, skip_bad=True)
    assert rejects.read_bytes() == before


def test_the_named_delimiter_of_a_file_is_named_in_its_rejects(bench: Workbench) -> None:
    bench.load_text("sites.csv", b"\xef\xbb\xbfsep=;\nname;location\n;a,b\n", skip_bad=True)

    rejects = bench.folder / "sites.rejects.csv"
    assert rejects.read_bytes() == b"\xef\xbb\xbfsep=;\nname;location;_error\n;a,b;name: is required\n"
    assert bench.load(rejects).rejected == 1


def test_rejects_keep_the_kind_of_their_file(bench: Workbench) -> None:
    for name, content in {
        "sites.csv": "name,location\n,a\n",
        "sites.tsv": "name\tlocation\tid\n\tb\t\n",
        "SITES.TXT": "location;name\nc;\n",
        "sites.json": '[{"location": "d"}, {"name": null}]',
        "sites.jsonl": '{"location": "e"}\n',
    }.items():
        bench.write(name, content)

    bench.load(skip_bad=True)

    written = {path.name: path.read_text().splitlines()[1:] for path in bench.folder.glob("*.rejects.*")}
    assert written == {
        "sites.rejects.csv": [",a,name: is required"],
        "sites.rejects.tsv": ["\tb\t\tname: is required"],
        "SITES.rejects.TXT": ["c;;name: is required"],
        "sites.rejects.ndjson": [
            '{"name": null, "_error": "name: is required"}',
            '{"location": "e", "_error": "name: is missing; sites are recognised by name (or by an id column)"}',
        ],
    }


def test_rows_of_two_files_that_cannot_share_a_file_are_refused(bench: Workbench) -> None:
    path = bench.write("sites.csv", "name,location\n,x\nHobart,\n")
    rejects = bench.write("sites.rejects.csv", "location,name,_error\ny,,z\n")

    with pytest.raises(Refused, match=r"sites\.rejects\.csv; nothing was changed"):
        bench.load(path, rejects, skip_bad=True)

    assert rejects.read_text() == "location,name,_error\ny,,z\n"
    assert bench.count("site") == 2
    rejects.write_text("name,location,_error\n,y,z\n")
    assert bench.load(path, rejects, skip_bad=True).summary() == "1 added, 0 updated, 0 unchanged, 2 rejected"


def test_an_object_is_rejected_with_the_names_that_it_has_and_as_it_was_written(bench: Workbench) -> None:
    rows = [
        '{"checked_at": "2026-03-26T01:00:00Z", "passed": true, "site": "Pert", "notes": null}',
        '{"passed": false, "checked_at": "2026-03-26T02:00:00Z", "site": "Perth", "notes": ["a", {"b": 1.50, "b": 2}]}',
        '{"site": "Perth", "checked_at": "2026-03-26T03:00:00Z", "passed": 1.10, "note": "\\u00e9 \\ud800"}',
        '{"site": "Perth", "checked_at": 123456789012345678901234567890, "passed": 1}',
    ]
    bench.load_text("quality_checks.ndjson", "".join(f"{row}\n" for row in rows), skip_bad=True)
    rejects = bench.folder / "quality_checks.rejects.ndjson"

    lines = rejects.read_text().splitlines()
    assert [line[: line.index(', "_error": ')] + "}" for line in lines] == rows
    assert bench.load(rejects, skip_bad=True).rejected == 4
    assert rejects.read_text().splitlines() == lines
    rejects.write_text(
        lines[0].replace('"Pert"', '"Perth"') + "\n" + lines[2].replace("1.10", "1").replace('"note"', '"_n"')
    )
    assert bench.load(rejects).summary() == "2 added, 0 updated, 0 unchanged, 0 rejected"


def test_a_name_that_an_object_does_not_have_keeps_its_value_through_the_rejects(bench: Workbench) -> None:
    bench.load_text(
        "sites.ndjson", '{"name": "Brisbane", "locaton": 5}\n{"name": 1.5, "location": "x"}\n', skip_bad=True
    )
    rejects = bench.folder / "sites.rejects.ndjson"
    rejects.write_text(rejects.read_text().replace('"locaton"', '"_x"').replace(": 1.5,", ': "Perth",'))

    assert bench.load(rejects).summary() == "0 added, 1 updated, 1 unchanged, 0 rejected"
    assert bench.rows("SELECT name, location FROM site ORDER BY 1") == [("Brisbane", "12 Wharf Street"), ("Perth", "x")]


def test_a_link_under_the_name_of_a_draft_is_not_followed(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody can guess the name; here it is given away."""
    victim = bench.write("victim.txt", "precious")
    monkeypatch.setattr(secrets, "token_hex", lambda _length: "12345678")
    (bench.folder / ".sites.rejects.csv.12345678.partial").symlink_to(victim)

    with pytest.raises(Refused, match=r"sites\.rejects\.csv cannot be written: File exists; nothing was changed"):
        bench.load_text("sites.csv", "name,location\n,x\n", skip_bad=True)

    assert victim.read_text() == "precious"


def test_a_link_under_the_name_of_the_rejects_is_replaced_and_not_followed(bench: Workbench) -> None:
    victim = bench.write("victim.txt", "precious")
    (bench.folder / "sites.rejects.csv").symlink_to(victim)

    bench.load_text("sites.csv", "name,location\n,x\n", skip_bad=True)

    assert victim.read_text() == "precious"
    assert not (bench.folder / "sites.rejects.csv").is_symlink()


def test_rejects_are_for_their_owner_alone_or_for_whom_they_were_before(bench: Workbench) -> None:
    rejects = bench.folder / "sites.rejects.csv"
    for mode in (0o600, 0o640, 0o664):
        if rejects.exists():
            rejects.chmod(mode)
        bench.load_text("sites.csv", "name,location\n,x\n", skip_bad=True)

        assert rejects.stat().st_mode & 0o7777 == mode


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

    (kept,) = bench.folder.glob("sites.rejects.csv.*")
    assert str(kept) in refused.value.hint
    assert kept.read_text() == "name,location,_error\n,x,name: is required\n"
    assert not list(bench.folder.glob(".*"))
    assert bench.rows("SELECT count(*) FROM site WHERE name = 'Hobart'") == [(1,)]


def test_what_a_killed_import_left_goes_with_the_next_one(bench: Workbench) -> None:
    path = bench.write("sites.csv", "name,location\nHobart,\n,x\n")
    script = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from nexshift.storage.importing.rejects import Rejects\n"
        "rejects = Rejects()\n"
        "rejects.add(Path(sys.argv[1]), None, ('name',), ['left'], 'name: is odd', place='')\n"
        "rejects.prepare()\n"
        "os.kill(os.getpid(), 9)\n"
    )
    killed = [sys.executable, "-c", script, str(bench.folder / "sites.rejects.csv")]
    assert subprocess.run(killed, check=False).returncode == -9
    (left,) = bench.folder.glob(".*")
    assert "left" in (left / "sites.rejects.csv").read_text()

    bench.load(path, skip_bad=True)

    assert sorted(one.name for one in bench.folder.iterdir()) == ["sites.csv", "sites.rejects.csv"]
    assert (bench.folder / "sites.rejects.csv").read_text() == "name,location,_error\n,x,name: is required\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("sites.csv", "name,location\nA,B" + f",{'x' * 50_000}" * 3 + "\n"),
        ("sites.csv", "name,_notes" + ",_n" * 40 + "\n" + f",{'x' * 102_299}" * 41 + "\n"),
        ("sites.json", json.dumps([{"name": "A"}, {"name": "x" * 4_200_000}])),
        ("sites.ndjson", '{"name": ' + "[" * 100 + ",".join("1" * 1_500_000) + "]" * 100 + "}\n"),
    ],
    ids=["cells without a place", "a line", "an object", "a list"],
)
def test_a_row_that_could_not_be_read_from_its_rejects_refuses_the_call(
    bench: Workbench, name: str, content: str
) -> None:
    before = bench.exact_contents()

    with pytest.raises(Refused, match=r":2: |:1: ") as refused:
        bench.load_text(name, content, skip_bad=True)

    assert "the row is too long to be read again from sites.rejects." in refused.value.sentence
    assert bench.exact_contents() == before
    assert [one.name for one in bench.folder.iterdir()] == [name]


def test_a_row_with_more_wrong_cells_than_anybody_reads_can_be_read_again(bench: Workbench) -> None:
    """Its complaints together would be a longer cell than any that is read."""
    bench.load_text("sites.csv", "name" + "," * 3_000 + "\n" + "A" + ",x" * 3_000 + "\n", skip_bad=True)
    rejects = bench.folder / "sites.rejects.csv"

    assert read_lines(rejects)[1][-1].endswith('; column 21: "x" stands under no column name; and 2980 more')
    assert bench.load(rejects, skip_bad=True).rejected == 1
