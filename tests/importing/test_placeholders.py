"""Another program's word for an empty cell is no name, and is no other text without a word."""

from __future__ import annotations

import json

import pytest

from nexshift.storage.importing import ENTITIES
from nexshift.storage.importing.placeholders import PLACEHOLDERS, is_placeholder
from nexshift.storage.importing.values import read_label, read_name, read_text
from tests.importing.workbench import GOOD, Workbench

WORDS = ("NULL", "null", "#N/A", "#REF!", r"\N", "-", "n/a", "NaN", "—", "#NV", "########", "#¿NOMBRE?", "#N/D")
NAMES = [(e, c) for e, row in GOOD.items() for c in row if ENTITIES[e].columns[c].read is read_name]
TEXTS = [(e, c) for e, row in GOOD.items() for c in row if ENTITIES[e].columns[c].read in (read_text, read_label)]


def test_what_names_something_is_a_name() -> None:
    assert {column for _, column in NAMES} >= {
        *("name", "site", "sku", "full_name", "machine", "product_sku", "operator", "batch_number", "template"),
        *("logged_by", "asset_number", "reference_number", "code", "recipe_code", "material_code", "supplier_batch"),
    }


@pytest.mark.parametrize(("entity", "column"), NAMES)
def test_a_word_for_an_empty_cell_is_no_name(bench: Workbench, entity: str, column: str) -> None:
    for word in WORDS:
        report = bench.load(bench.write_rows(f"{entity}.csv", {**GOOD[entity], column: f" {word} "}), create=True)

        assert bench.problems_of(report) == [
            f'{entity}.csv:2: {column}: "{word}" is no name; leave the cell empty where there is none'
        ]


@pytest.mark.parametrize(("entity", "column"), TEXTS)
def test_in_another_text_it_is_stored_with_a_warning(bench: Workbench, entity: str, column: str) -> None:
    report = bench.load_row(entity, **{column: "N/A"})

    assert report.rejected == 0
    assert [warning.replace(f"{bench.folder}/", "") for warning in report.warnings.shown] == [
        f'{entity}.csv:2: {column}: "N/A" is stored as it is; leave a cell empty where there is no value'
    ]


def test_the_warning_is_given_once_for_each_word_of_a_column(bench: Workbench) -> None:
    rows = "".join(f"P-{number},{word}\n" for number, word in enumerate(["-", "-", "ok", "-", "NULL", "-"], start=10))

    report = bench.load_text("products.csv", f"sku,description\n{rows}")

    assert report.added == 6
    assert [warning.rpartition("/products.csv")[2] for warning in report.warnings.shown] == [
        ':2: description: "-" is stored as it is; leave a cell empty where there is no value',
        ':6: description: "NULL" is stored as it is; leave a cell empty where there is no value',
    ]


def test_json_is_read_alike(bench: Workbench) -> None:
    for word in WORDS:
        report = bench.load_text("sites.ndjson", json.dumps({"name": word}))

        assert report.rejected == 1


@pytest.mark.parametrize(
    "text", ["", "NA", "Na", "0", "N-A", "Nulli", "# 1", "#", "--x", "None of these", "-1", "Nil Sharma"]
)
def test_other_words_are_words(text: str) -> None:
    assert not is_placeholder(text)


def test_the_list_is_written_as_it_is_compared() -> None:
    assert {word.casefold() for word in PLACEHOLDERS} == PLACEHOLDERS


@pytest.mark.parametrize(
    "word",
    [
        *("#REF!", "#DIV/0!", "#¡DIV/0!", "#BEZUG!", "#VALEUR!", "#¡VALOR!", "#NOM?", "#ИМЯ?", "#SPILL!"),
        *("#N/A", "#N/D", "#Н/Д", "#N/B", "#I/T", "#nv", "#GETTING_DATA"),
    ],
)
def test_an_error_of_a_spreadsheet_is_known_in_any_language(word: str) -> None:
    assert is_placeholder(word)


@pytest.mark.parametrize("name", ["#1", "#12!", "#3/4", "#A", "#A/B-7", "#Line 2!", "N/A 7", "-7"])
def test_a_name_that_begins_like_one_is_a_name(name: str) -> None:
    assert not is_placeholder(name)
