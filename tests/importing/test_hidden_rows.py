"""A quotation mark too many swallows no row without a word, and a file that breaks off is told of."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nexshift.storage.deletion import delete_rows
from tests.importing.workbench import GOOD, Workbench

modest = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
RUNS = ["machine", "started_at", "ended_at", "product_sku", "units_produced", "batch_number"]
CHECKS = ["checked_at", "passed", "machine", "notes", "logged_by"]


def make_runs(count: int) -> list[list[str]]:
    return [
        ["Auto 3", f"2026-04-01T{hour:02}:00:00Z", f"2026-04-01T{hour:02}:30:00Z", "P-1", "100", f"B{hour}"]
        for hour in range(count)
    ]


def make_checks(count: int) -> list[list[str]]:
    return [[f"2026-04-01T{hour:02}:00:00Z", "pass", "Auto 3", "all well", "Ann Example"] for hour in range(count)]


def write(rows: list[list[str]], delimiter: str = ",", line_end: str = "\n") -> str:
    return "".join(delimiter.join(cells) + line_end for cells in rows)


MADE = {"runs": (RUNS, make_runs), "quality_checks": (CHECKS, make_checks)}


@modest
@given(
    entity=st.sampled_from([*MADE]),
    column=st.integers(0, 5),
    lines=st.tuples(st.integers(0, 5), st.integers(0, 5)).filter(lambda pair: pair[0] < pair[1]),
    marks=st.tuples(st.sampled_from([",", ";", "\t"]), st.sampled_from(["\n", "\r\n", "\r"])),
)
def test_rows_behind_a_stray_quotation_mark_are_never_stored_as_text(
    bench: Workbench, entity: str, column: int, lines: tuple[int, int], marks: tuple[str, str]
) -> None:
    header, make = MADE[entity]
    column %= len(header)
    first, last = lines
    rows = make(6)
    rows[first][column] = f'"{rows[first][column]}'
    rows[last][column] = f'{rows[last][column]}"'

    report = bench.load_text(f"{entity}.csv", write([header, *rows], *marks), dry_run=True)

    assert bench.problems_of(report) == [
        f"{entity}.csv:{first + 2}: {header[column]}: holds lines {first + 2} to {last + 2} of the file, which look"
        f" like rows; a quotation mark in line {first + 2} may be one too many"
    ]


@pytest.mark.parametrize("broken", ["", " , ", "2026-04-01T01:00:00Z,pass", "much,too,many,cells,in,it"])
def test_lines_between_that_are_no_rows_hide_nothing(bench: Workbench, broken: str) -> None:
    rows = make_checks(3)
    rows[0][3], rows[2][3] = '"ok', 'ok"'
    first, second, third = write(rows).splitlines()

    for lines in ([first, broken, third], [first, broken, second, third], [first, second, f'{broken}"']):
        report = bench.load_text("quality_checks.csv", write([CHECKS]) + "\n".join(lines) + "\n", dry_run=True)

        assert report.rejected == 1
        assert "a quotation mark " in bench.problems_of(report)[0]


@pytest.mark.parametrize("between", ["", "P-7", "P-7,x,y"])
def test_where_all_columns_are_texts_a_broken_line_hides_nothing(bench: Workbench, between: str) -> None:
    lines = f'P-3,"Cola\n{between}\nP-4,Tonic\nP-5,Juice"\n'

    report = bench.load_text("products.csv", f"sku,description\n{lines}")

    assert len(report.warnings.shown) == 1


def test_an_address_of_several_lines_is_an_address(bench: Workbench) -> None:
    report = bench.load_text("sites.csv", 'name,location\nHobart,"12 Wharf Street\nQuay 3\nHobart, TAS\nAustralia"\n')

    assert (report.added, report.warnings.shown) == (1, [])


def test_the_other_rows_are_good_and_the_swallowed_ones_are_among_the_rejects(bench: Workbench) -> None:
    rows = make_checks(4)
    rows[1][3], rows[2][3] = '"ok', 'ok"'

    report = bench.load_text("quality_checks.csv", write([CHECKS, *rows]), skip_bad=True)

    assert report.summary() == "2 added, 0 updated, 0 unchanged, 1 rejected"
    rejects = bench.folder / "quality_checks.rejects.csv"
    _, *lines = rejects.read_text().splitlines()
    assert lines[0].startswith('2026-04-01T01:00:00Z,pass,Auto 3,"ok,Ann Example')
    rejects.write_text(rejects.read_text().replace('"ok,Ann Example', "ok,Ann Example,").replace('ok",', "ok,"))
    assert bench.load(rejects).summary() == "2 added, 0 updated, 0 unchanged, 0 rejected"


def test_a_quotation_mark_may_begin_in_a_later_line_of_its_row(bench: Workbench) -> None:
    rows = make_checks(3)
    header = ["notes", *(name for name in CHECKS if name != "notes"), "template"]
    lines = [["x", *row[:3], row[4], "T"] for row in rows]
    lines[0][0], lines[0][5], lines[1][5] = '"first\nsecond"', '"T', 'T"'

    report = bench.load_text("quality_checks.csv", write([header, *lines]))

    assert bench.problems_of(report) == [
        "quality_checks.csv:2: template: holds lines 3 to 4 of the file, which look like rows;"
        " a quotation mark in line 3 may be one too many"
    ]


def test_a_line_of_another_width_names_the_lines_that_it_took(bench: Workbench) -> None:
    rows = make_runs(3)
    rows[0][4], rows[2][5] = '"100', 'B3"'

    report = bench.load_text("runs.csv", write([RUNS, *rows]))

    assert bench.problems_of(report) == [
        "runs.csv:2: row: has 5 cells where the header has 6, and runs over lines 2 to 4;"
        " a quotation mark may be one too many"
    ]


def test_where_all_columns_are_texts_there_is_a_warning(bench: Workbench) -> None:
    report = bench.load_text("products.csv", 'sku,description\nP-3,"Cola\nP-4,Tonic\nP-5,Juice"\nP-6,Water\n')

    assert report.added == 2
    assert [warning.replace(f"{bench.folder}/", "") for warning in report.warnings.shown] == [
        "products.csv:2: description: holds lines 2 to 4 of the file, which look like rows;"
        " a quotation mark in line 2 may be one too many"
    ]


@pytest.mark.parametrize(
    "notes", ["first\nsecond", "a, b\nc, d, e", "- one\r\n- two\r\n", "a\rb", "1,2,3,4\n5,6,7,8", "\n,,\n"]
)
def test_text_of_several_lines_is_text(bench: Workbench, notes: str) -> None:
    report = bench.load_text(
        "quality_checks.csv", f'checked_at,passed,machine,notes\n2026-04-01T00:00:00Z,pass,Auto 3,"{notes}"\n'
    )

    assert (report.added, report.warnings.shown) == (1, [])


@pytest.mark.parametrize("line_break", ["\n", "\r", "\r\n", "\u2028", "\x0b", "\x85"])
@pytest.mark.parametrize("name", ["sites.csv", "sites.ndjson"])
def test_a_name_has_one_line(bench: Workbench, line_break: str, name: str) -> None:
    escaped = line_break.replace("\n", "\\n").replace("\r", "\\r").replace("\x0b", "\\u000b").replace("\x85", "\\u0085")
    content = f'name\n"Ho{line_break}bart"\n' if name == "sites.csv" else f'{{"name": "Ho{escaped}bart"}}\n'

    (problem,) = bench.problems_of(bench.load_text(name, content))

    assert problem.endswith('bart" has a line break in it; a quotation mark may be missing, or one too many')


ONE_LINE = [
    (entity, column)
    for entity, row in GOOD.items()
    for column in row
    if column not in ("location", "description", "reason", "notes")
]


@pytest.mark.parametrize(("entity", "column"), ONE_LINE)
def test_only_free_text_has_several_lines(bench: Workbench, entity: str, column: str) -> None:
    report = bench.load_row(entity, **{column: f"{GOOD[entity][column]}\nx"})

    assert report.rejected == 1
    assert f": {column}: " in bench.problems_of(report)[0]


def test_deletion_refuses_a_row_that_holds_others(bench: Workbench) -> None:
    rows = make_checks(3)
    assert bench.load_text("quality_checks.csv", write([CHECKS, *rows])).added == 3
    rows[0][3], rows[2][3] = '"ok', 'ok"'
    path = bench.write("wrong.csv", write([CHECKS, *rows]))

    result = delete_rows(bench.connection, bench.company, "quality_checks", path)

    assert result.deleted == 0
    assert "holds lines 2 to 4 of the file" in result.problems.shown[0]


# --- a file that breaks off ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("name,location\nHobart,Quay 12\nDarwin,Qua", 3),
        ("name,location\r\nHobart,Quay 12\r\nDarwin,", 3),
        ("name,location\rHobart,Quay", 2),
        ('name,location\n"Hobart","a\nb"\nDarwin,Q', 4),
        ('name,location\nHobart,"Quay"\nDarwin,"Quay"', None),
        ("name,location\nHobart,Quay\n", None),
        ("name,location\r\nHobart,Quay\r\n", None),
        ("name,location\rHobart,Quay\r", None),
        ("name,location", None),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_last_line_without_a_line_end_is_told_of(
    bench: Workbench, content: str, line: int | None, encoding: str
) -> None:
    report = bench.load_text("sites.csv", content.encode(encoding))

    told = [f"sites.csv:{line}: row: the file ends here without a line end; is it whole?"] if line else []
    assert [warning.replace(f"{bench.folder}/", "") for warning in report.warnings.shown] == told
    assert report.rejected == 0


def test_a_last_line_that_was_cut_off_and_is_refused_says_both(bench: Workbench) -> None:
    report = bench.load_text("sites.csv", "name,location\nHobart,x\nDar")

    assert bench.problems_of(report) == [
        "sites.csv:3: row: has 1 cells where the header has 2",
        "sites.csv:3: row: the file ends here without a line end; is it whole?",
    ]
    assert report.rejected == 1


def test_objects_end_with_their_brace(bench: Workbench) -> None:
    assert bench.load_text("sites.ndjson", '{"name": "Hobart"}\n{"name": "Darwin"}').warnings.shown == []
