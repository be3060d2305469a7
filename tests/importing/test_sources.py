"""Files as spreadsheets and programs write them: encodings, delimiters, quotes, JSON."""

from __future__ import annotations

import codecs
import gzip
import json
import re

import pytest

from nexshift.config import MAX_CELL, MAX_JSON_BYTES, MAX_LINE
from nexshift.errors import Refused
from nexshift.storage.importing import ENTITIES
from tests.importing.workbench import Workbench

SITES = "name,location\nGdańsk,Hafen 1\nZürich,\n"
STORED = [("Gdańsk", "Hafen 1"), ("Zürich", None)]
ADVICE = 'in Excel, choose "Save as" and the type "CSV UTF-8 (Comma delimited)"'


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_encodings_delimiters_and_line_ends(empty: Workbench, delimiter: str, line_end: str, encoding: str) -> None:
    content = SITES.replace(",", delimiter).replace("\n", line_end).encode(encoding)
    if encoding == "utf-16-be":
        content = codecs.BOM_UTF16_BE + content

    report = empty.load_text("sites.csv", content)

    assert report.added == 2
    assert empty.rows("SELECT name, location FROM site ORDER BY name") == STORED


def test_unicode_text_of_excel_is_read(empty: Workbench) -> None:
    report = empty.load_text("sites.txt", SITES.replace(",", "\t").replace("\n", "\r\n").encode("utf-16"))

    assert report.added == 2


def test_quoted_cells_hold_delimiters_quotes_and_line_breaks(bench: Workbench) -> None:
    report = bench.load_text(
        "sites.csv", 'name,location\n"Hobart, ""the"" south","Quay 1\nDock 2"\nDarwin,x\nBris,\n\n'
    )

    assert report.added == 3
    assert bench.rows("SELECT location FROM site WHERE name = ?", 'Hobart, "the" south') == [("Quay 1\nDock 2",)]


def test_a_line_is_the_first_of_its_row_in_the_file(bench: Workbench) -> None:
    report = bench.load_text("sites.csv", '\n\nname,location\n"Hobart","a\nb\nc"\n\n,,\n,\n,no name\n')

    assert bench.problems_of(report) == ["sites.csv:10: name: is required"]


def test_lines_of_nothing_but_delimiters_are_blank(bench: Workbench) -> None:
    report = bench.load_text("sites.csv", "name,location\nHobart,\n,\n;\n".replace(";", ",,,"))

    assert report.summary() == "1 added, 0 updated, 0 unchanged, 0 rejected"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("Hobart", "sites.csv:2: row: has 1 cells where the header has 2"),
        ("Hobart,a,b", "sites.csv:2: row: has 3 cells where the header has 2"),
    ],
)
def test_rows_that_are_too_long_or_too_short_are_refused(bench: Workbench, line: str, problem: str) -> None:
    report = bench.load_text("sites.csv", f"name,location\n{line}\n")

    assert bench.problems_of(report) == [problem]


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ("name,locaton", 'sites.csv:1: locaton: sites have no such column; did you mean "location"?'),
        ("name,zzz", "sites.csv:1: zzz: sites have no such column; it has id, name, location"),
        ("name,location,name", "sites.csv:1: name: is there more than once"),
        ("location", "sites.csv:1: name: is missing; sites are recognised by name (or by an id column)"),
    ],
)
def test_a_header_that_is_not_understood_is_refused(bench: Workbench, header: str, problem: str) -> None:
    before = bench.exact_contents()

    report = bench.load_text("sites.csv", f"{header}\nHobart{',' * header.count(',')}\n", skip_bad=True)

    assert bench.problems_of(report) == [problem]
    assert not report.is_written
    assert bench.exact_contents() == before


def test_a_header_may_stand_below_blank_lines(bench: Workbench) -> None:
    report = bench.load_text("sites.csv", "\n\nnam\n")

    assert bench.problems_of(report)[0] == 'sites.csv:3: nam: sites have no such column; did you mean "name"?'


def test_columns_that_only_say_more_about_another_need_it(bench: Workbench) -> None:
    report = bench.load_text("runs.csv", "id,site,units_produced\n")

    assert bench.problems_of(report) == ["runs.csv:1: site: says nothing without machine"]


def test_names_that_begin_with_an_underscore_are_skipped(bench: Workbench) -> None:
    report = bench.load_text("sites.csv", "_row,name,_row,_comment\n1,Hobart,2,new\n")

    assert report.added == 1


def test_an_unnamed_column_must_be_empty(bench: Workbench) -> None:
    report = bench.load_text("sites.csv", "name,location,,\nHobart,,,\nDarwin,,,x\n")

    assert bench.problems_of(report) == ['sites.csv:3: column 4: "x" stands under no column name']


def test_a_header_alone_has_no_rows(bench: Workbench) -> None:
    assert bench.load_text("sites.csv", "name\n").summary() == "0 added, 0 updated, 0 unchanged, 0 rejected"


REFUSED_FILES: list[tuple[str, str | bytes, str]] = [
    ("sites.csv", gzip.compress(SITES.encode()), "sites.csv is compressed with gzip, whatever its name"),
    ("sites.json", b"SQLite format 3\0" + bytes(100), "sites.json is a SQLite database, whatever its name"),
    ("sites.csv", b"PAR1" + bytes(100), "sites.csv is a Parquet file, whatever its name"),
    ("sites.csv", "sep=|\nname|location\n", 'sites.csv:1: "sep=|" names a delimiter that is not understood'),
    ("sites.csv", "sep=;\n", "sites.csv is empty"),
    ("sites.csv", "", "sites.csv is empty"),
    ("sites.csv", "\n \n", "sites.csv is empty"),
    ("sites.csv", SITES.encode("cp1252", "replace"), "sites.csv:3: byte 2 of the line (0xFC) is not UTF-8"),
    ("sites.csv", SITES.encode("utf-16-le"), "sites.csv is not text, or is UTF-16 without a byte-order mark"),
    ("sites.csv", SITES.encode("utf-16")[:-1], "sites.csv is damaged: it is not valid UTF-16"),
    ("sites.csv", SITES.encode("utf-32"), "sites.csv is encoded in UTF-32"),
    ("sites.csv", b"PK\x03\x04rest", "sites.csv is a workbook or a ZIP file, whatever its name"),
    (
        "sites.csv",
        'name,location\nHobart,"Quay 1\nDarwin,x\n',
        "sites.csv:2: the quotation marks do not match (unexpected end of data)",
    ),
    (
        "sites.csv",
        'name,location\n"Hobart" x,Quay\n',
        "sites.csv:2: the quotation marks do not match (',' expected after '\"')",
    ),
    (
        "sites.csv",
        f"name\n{'x' * (MAX_CELL + 1)}\n",
        "sites.csv:2: a cell has more than 131,072 characters; a quotation mark may be missing",
    ),
    ("sites.csv", f"name\n{'x' * (MAX_LINE + 1)}\n", "sites.csv:2: the line is longer than 4,194,304 characters"),
    ("sites.ndjson", '{"name": "A"}\n{"name": \n', "sites.ndjson:2 is not valid JSON: Expecting value"),
    ("sites.ndjson", "[1]\n", "sites.ndjson:1: the row is not an object"),
    ("sites.ndjson", "[" * 100_000, "sites.ndjson:1 is nested too deeply"),
    ("sites.json", "", 'sites.json holds neither an array of objects nor {"data": [...]}'),
    ("sites.json", "7", 'sites.json holds neither an array of objects nor {"data": [...]}'),
    ("sites.json", '{"rows": []}', 'sites.json holds neither an array of objects nor {"data": [...]}'),
    ("sites.json", '[{"name": "A"}, 7]', "sites.json:2: the row is not an object"),
    (
        "sites.json",
        '[{"name": "A"},\n {"name" "B"}]',
        "sites.json is not valid JSON: Expecting ':' delimiter, line 2 column 10",
    ),
    ("sites.json", '[{"name": "A"}', "sites.json is not valid JSON: Expecting ']', line 1 column 15"),
    ("sites.json", '[{"name": "A"}] x', "sites.json is not valid JSON: Extra data, line 1 column 17"),
    ("sites.json", '{"data": [] ', "sites.json is not valid JSON: Expecting ',' delimiter, line 1 column 12"),
]


@pytest.mark.parametrize(("name", "content", "sentence"), REFUSED_FILES, ids=range(len(REFUSED_FILES)))
def test_a_file_that_makes_no_sense_is_refused_whole(
    bench: Workbench, name: str, content: str | bytes, sentence: str
) -> None:
    before = bench.exact_contents()

    with pytest.raises(Refused) as refused:
        bench.load_text(name, content, skip_bad=True)

    assert refused.value.sentence.replace(f"{bench.folder}/", "") == sentence
    assert refused.value.hint
    assert bench.exact_contents() == before
    assert [path.name for path in bench.folder.iterdir()] == [name]


def test_a_large_json_file_is_refused_before_it_is_read(bench: Workbench) -> None:
    path = bench.write("sites.json", b" " * (MAX_JSON_BYTES + 1))

    with pytest.raises(Refused, match=re.escape("is larger than 64 MiB, the largest JSON file that is read")):
        bench.load(path)


ROWS = [{"name": "Gdańsk", "location": "Hafen 1"}, {"name": "Zürich", "location": None}]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("sites.json", json.dumps(ROWS)),
        ("sites.json", json.dumps(ROWS, indent=2, ensure_ascii=False)),
        ("sites.json", json.dumps({"company": "Acme", "data": ROWS, "meta": {"count": 2, "more": [1, {}]}})),
        ("sites.ndjson", "\n".join(map(json.dumps, ROWS))),
        ("sites.jsonl", "\r\n".join(map(json.dumps, ROWS)) + "\r\n\r\n"),
        ("sites.ndjson", "\ufeff" + "\n".join(map(json.dumps, ROWS))),
        ("sites.ndjson", "\n".join(map(json.dumps, ROWS)).encode("utf-16")),
    ],
)
def test_json_and_ndjson(empty: Workbench, name: str, content: str | bytes) -> None:
    report = empty.load_text(name, content)

    assert report.added == 2
    assert empty.rows("SELECT name, location FROM site ORDER BY name") == STORED


def test_json_numbers_and_booleans_are_taken_as_they_are(bench: Workbench) -> None:
    row = {
        "machine": "Auto 3",
        "product_sku": "P-1",
        "started_at": "2026-03-27T08:00:00Z",
        "ended_at": "2026-03-27T09:00:00Z",
        "units_produced": 75,
        "target_quantity": 0.15,
        "batch_number": 422111,
    }
    check = {"checked_at": "2026-03-26T01:00:00Z", "passed": False, "site": "Perth"}

    report = bench.load(
        bench.write("runs.json", json.dumps([row])), bench.write("quality_checks.ndjson", json.dumps(check))
    )

    assert bench.problems_of(report) == []
    assert bench.rows("SELECT units_produced, target_quantity FROM run WHERE batch_number = '422111'") == [(75.0, 0.15)]
    assert bench.rows("SELECT passed FROM quality_check") == [(0,)]


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        (
            '"name": [1, {"a": 2}]',
            'name: "[1, {"a": 2}]" is not a text; a list or an object cannot be stored in one column',
        ),
        ('"name": {"a": 2}', 'name: "{"a": 2}" is not a text; a list or an object cannot be stored in one column'),
        ('"name": 1.10', 'name: "1.10" is not a text; put it in quotes to keep it as it is written'),
        ('"name": true', "name: true is not a text"),
        ('"name": null', "name: is required"),
        ('"name": "\\ud800"', "name: has half a character (a lone surrogate) in it"),
        ('"name": "A", "name": "B"', "name: is there more than once"),
        ('"name": "A", "_note": 1, "_note": 2', "_note: is there more than once"),
        ('"name": "A", "": null, "": null', '"": is there more than once'),
        ('"nam": "A"', 'nam: sites have no such column; did you mean "name"?'),
        ('"location": "A"', "name: is missing; sites are recognised by name (or by an id column)"),
    ],
)
def test_cells_that_only_json_can_hold(bench: Workbench, cells: str, problem: str) -> None:
    report = bench.load_text("sites.ndjson", '{"name": "Hobart"}\n{' + cells + "}\n")

    assert bench.problems_of(report)[0] == f"sites.ndjson:2: {problem}"


@pytest.mark.parametrize(
    ("number", "problem"),
    [
        ("NaN", '"nan" is not a number'),
        ("Infinity", '"inf" is larger than 9007199254740992, the largest number that is kept exactly'),
        ("1e999", '"1E+999" is larger than 9007199254740992, the largest number that is kept exactly'),
        (
            "9007199254740993",
            '"9007199254740993" is larger than 9007199254740992, the largest number that is kept exactly',
        ),
        ("-1", '"-1" is negative'),
        ("true", "true is not a number"),
        ("9" * 5_000, f'"{"9" * 60}…" is larger than 9007199254740992, the largest number that is kept exactly'),
    ],
)
def test_numbers_that_only_json_can_hold(bench: Workbench, number: str, problem: str) -> None:
    report = bench.load_text(
        "runs.json",
        '[{"machine": "Auto 3", "product_sku": "P-1", "started_at": "2026-03-27T08:00:00Z",'
        f' "ended_at": "2026-03-27T09:00:00Z", "units_produced": {number}}}]',
    )

    assert bench.problems_of(report) == [f"runs.json:1: units_produced: {problem}"]


def test_a_name_absent_from_an_object_keeps_its_value(bench: Workbench) -> None:
    report = bench.load_text("sites.json", '[{"name": "Brisbane"}, {"name": "Perth", "location": "Pier 9"}]')

    assert (report.unchanged, report.updated) == (1, 1)
    assert bench.rows("SELECT location FROM site WHERE name = 'Brisbane'") == [("12 Wharf Street",)]


@pytest.mark.parametrize("line", ["sep=;", "SEP=;", '"sep=;"', "sep=;;;;", "\n \nsep=;"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_first_line_may_name_the_delimiter_as_excel_has_it(empty: Workbench, line: str, encoding: str) -> None:
    content = f"{line}\r\nname;location\r\nGdańsk;Hafen 1\r\nZürich;\r\n;no name\r\n"

    report = empty.load_text("sites.csv", content.encode(encoding), skip_bad=True)

    assert empty.rows("SELECT name, location FROM site ORDER BY name") == STORED
    assert empty.problems_of(report) == [f"sites.csv:{content.count(chr(10))}: name: is required"]


def test_the_named_delimiter_wins_over_the_header(empty: Workbench) -> None:
    report = empty.load_text("sites.csv", "sep=\t\nname\tlocation\nHobart; Quay, 1\tx\n")

    assert report.added == 1
    assert empty.rows("SELECT name FROM site") == [("Hobart; Quay, 1",)]


def test_a_template_below_the_named_delimiter_is_read(empty: Workbench) -> None:
    header, example = (",".join(cells) for cells in ENTITIES["sites"].template)

    assert empty.load_text("sites.csv", f"sep=,\n{header}\n{example}\n").added == 1


@pytest.mark.parametrize(("name", "encoding"), [("operators.tsv", "utf-8"), ("operators.csv", "utf-16")])
def test_a_single_column_is_one_column_where_tabs_are_usual(empty: Workbench, name: str, encoding: str) -> None:
    report = empty.load_text(name, "full_name\r\nExample, Ann\r\nMiller; Bob\r\n".encode(encoding))

    assert empty.problems_of(report) == []
    assert empty.rows("SELECT full_name FROM operator ORDER BY 1") == [("Example, Ann",), ("Miller; Bob",)]


def test_a_single_column_of_a_csv_file_has_no_second(empty: Workbench) -> None:
    report = empty.load_text("operators.csv", "full_name\nExample, Ann\n")

    assert empty.problems_of(report) == ["operators.csv:2: row: has 2 cells where the header has 1"]


def test_a_tsv_file_with_commas_is_read_by_its_header(empty: Workbench) -> None:
    assert empty.load_text("sites.tsv", SITES).added == 2


@pytest.mark.parametrize(
    "content",
    [
        'name, location\nHobart, "12 Wharf Street, ""A"""\n',
        'name ,   "location"\n"Hobart",   "12 Wharf Street, ""A"""\n',
        ' "name", "location"\n "Hobart", "12 Wharf Street, ""A"""\n',
    ],
)
def test_spaces_before_a_quotation_mark_belong_to_no_cell(empty: Workbench, content: str) -> None:
    assert empty.load_text("sites.csv", content).added == 1
    assert empty.rows("SELECT name, location FROM site") == [("Hobart", '12 Wharf Street, "A"')]


@pytest.mark.parametrize("blank", ["\t", "\xa0"])
def test_another_blank_before_a_quotation_mark_is_refused(empty: Workbench, blank: str) -> None:
    report = empty.load_text("sites.csv", f'name,location\n{blank}"Hobart",x\n')

    assert empty.problems_of(report) == [
        'sites.csv:2: name: ""Hobart"" has a blank before its quotation mark; remove the blank'
    ]


def test_a_space_behind_a_quotation_mark_is_refused(empty: Workbench) -> None:
    with pytest.raises(Refused, match=r"sites\.csv:2: the quotation marks do not match"):
        empty.load_text("sites.csv", 'name,location\n"Hobart" ,x\n')


@pytest.mark.parametrize("empty_lines", ["\n", ",\n", " , \n", "\t\n", '"",""\n', ";;\n", "\xa0,\n"])
def test_lines_of_blanks_and_delimiters_are_skipped_anywhere(empty: Workbench, empty_lines: str) -> None:
    above = "" if "\xa0" in empty_lines else empty_lines * 2
    rows = "" if empty_lines == ";;\n" else empty_lines
    report = empty.load_text("sites.csv", f"{above}name,location\nHobart,\n{rows}Darwin,\n{rows}")

    assert report.summary() == "2 added, 0 updated, 0 unchanged, 0 rejected"


def test_an_unnamed_column_of_blanks_is_empty(empty: Workbench) -> None:
    assert empty.load_text("sites.csv", "name, ,\nHobart, ,\n").added == 1


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("sites.csv", "name,location\nHobart,x\nname,location\nDarwin,y\n", "sites.csv:3"),
        ("sites.csv", "name,location\nHobart,x\n location , name\nDarwin,y\n", "sites.csv:3"),
        ("operators.csv", "full_name\nAnn\nfull_name\nBob\n", "operators.csv:3"),
        ("sites.csv", "\ufeffname,location\nHobart,x\n\ufeffname,location\nDarwin,y\n", "sites.csv:3"),
        ("machines.csv", "name,site,uom,_note,\nM,Brisbane,,,\nname,site,uom,_note,\n", "machines.csv:3"),
        ("sites.ndjson", '{"name": "Hobart"}\n{"name": "name", "location": "location"}\n', "sites.ndjson:2"),
    ],
)
def test_a_second_header_is_refused(bench: Workbench, name: str, content: str, problem: str) -> None:
    report = bench.load_text(name, content)

    assert bench.problems_of(report) == [f"{problem}: row: holds names of columns, as a header does; remove it"]


def test_columns_of_a_table_that_are_not_read_may_be_called_alike(empty: Workbench) -> None:
    assert empty.load_text("sites.csv", "name,_,_,,\nHobart,1,2,,\n").added == 1


def test_a_name_that_is_also_that_of_a_column_is_a_name(empty: Workbench) -> None:
    assert empty.load_text("sites.csv", "name,location\nname,Quay 1\n").added == 1


@pytest.mark.parametrize(
    "content",
    [
        '{"data": [{"name": "A"}], "data": [{"name": "B"}]}',
        '{"data": 1, "data": [{"name": "B"}]}',
        '{"data": [{"name": "A"}], "d\\u0061ta": null}',
    ],
)
def test_two_arrays_of_rows_are_refused(empty: Workbench, content: str) -> None:
    with pytest.raises(Refused, match='has "data" more than once'):
        empty.load_text("sites.json", content)
    assert empty.count("site") == 0
