"""One name in several spellings is one name: in files, on the command line, and in what older versions stored."""

from __future__ import annotations

import json
import random
import unicodedata

import pytest

from nexshift.errors import Refused
from nexshift.storage.companies import add_company, pick_company
from nexshift.storage.deletion import delete_rows
from nexshift.storage.keys import create_key, list_keys
from tests.importing.workbench import GOOD, Workbench

UNSEEN = "\u200b\u200e\u200f\u2060\ufeff\u00ad\ufe0f"
BLANKS = "\u00a0\u2007\u202f\u3000"
JOERG = "Jörg"
OTHERWISE = (
    unicodedata.normalize("NFD", JOERG),
    f"{JOERG}\u200b",
    f"\u200e{JOERG}\u200f",
    f"{JOERG}\u00a0",
    "J\u00adörg",
)


def disguise(text: str, seed: int) -> str:
    """The same text for a reader."""
    chance = random.Random(seed)
    characters = [chance.choice(BLANKS) if character == " " else character for character in text]
    for _ in range(3):
        characters.insert(chance.randint(0, len(characters)), chance.choice(UNSEEN))
    return "".join(characters)


@pytest.mark.parametrize("entity", GOOD)
def test_a_row_is_recognised_whatever_nobody_sees_in_its_cells(bench: Workbench, entity: str) -> None:
    bench.load_row(entity)
    before = bench.exact_contents()

    for seed in range(5):
        cells = {column: disguise(str(cell), seed) for column, cell in GOOD[entity].items()}
        report = bench.load(bench.write_rows(f"{entity}.csv", cells))
        assert report.summary() == "0 added, 0 updated, 1 unchanged, 0 rejected", bench.problems_of(report)
    report = bench.load_text(f"{entity}.json", json.dumps([cells]))

    assert report.unchanged == 1
    assert bench.exact_contents() == before


@pytest.mark.parametrize("entity", GOOD)
def test_a_new_row_is_stored_without_what_nobody_sees(bench: Workbench, entity: str) -> None:
    cells = {column: disguise(str(cell), 7) for column, cell in GOOD[entity].items()}

    bench.load(bench.write_rows(f"{entity}.csv", cells))

    stored = "\n".join(bench.exact_records())
    assert stored.isascii()
    assert bench.load_row(entity).unchanged == 1


def test_deletion_finds_a_name_in_any_spelling(bench: Workbench) -> None:
    bench.load_text("operators.csv", f"full_name\n{JOERG}\n")

    deletion = delete_rows(
        bench.connection, bench.company, "operators", bench.write("rows.csv", f"full_name\n{OTHERWISE[0]}\u200b\n")
    )

    assert deletion.deleted == 1


def test_a_cell_of_nothing_that_is_seen_is_empty(bench: Workbench) -> None:
    assert bench.problems_of(bench.load_text("sites.csv", "name\n\u200b\n")) == ["sites.csv:2: name: is required"]
    assert bench.load_row("scrap", reason="").added == 1
    assert bench.load_row("scrap", reason="\u200b\u00a0").unchanged == 1


def test_one_person_in_many_spellings_is_one_operator(bench: Workbench) -> None:
    rows = [
        {**GOOD["runs"], "operator": name, "started_at": f"2026-03-2{day}T08:00:00Z"}
        for day, name in enumerate((JOERG, *OTHERWISE), 1)
    ]

    bench.load(bench.write_rows("runs.csv", *rows))

    assert bench.rows("SELECT full_name FROM operator WHERE full_name GLOB 'J*'") == [(JOERG,)]


def test_two_spellings_of_one_key_in_a_call_are_refused(bench: Workbench) -> None:
    report = bench.load_text("operators.csv", f"full_name\n{JOERG}\n{OTHERWISE[0]}\n")

    assert bench.problems_of(report) == [
        "operators.csv:3: full_name: has the same full_name as operators.csv:2; remove one of them"
    ]


@pytest.mark.parametrize("end", ["\r\n", "\r\r\n", "\u2028"])
def test_line_ends_in_texts_are_equal(bench: Workbench, end: str) -> None:
    bench.load_row("scrap", reason="Jam\nat infeed")
    bench.load_row("quality_checks", notes="One\nTwo")

    assert bench.load_row("scrap", reason=f"Jam{end}at infeed").unchanged == 1
    assert bench.load_row("quality_checks", notes=f"One{end}Two").unchanged == 1
    assert bench.load_row("scrap", reason="Jam\rat infeed").added == 1


OLDER = {
    "site": ("name", "machines", {"site": JOERG, "name": "Auto 9"}),
    "machine": ("name", "runs", {"machine": JOERG, "site": "Brisbane"}),
    "product": ("sku", "runs", {"product_sku": JOERG}),
    "operator": ("full_name", "runs", {"operator": JOERG}),
    "template": ("name", "quality_checks", {"template": JOERG}),
    "asset": ("asset_number", "maintenance", {"asset_number": JOERG, "site": "Brisbane"}),
    "material": ("code", "ingredients", {"material_code": JOERG}),
    "recipe": ("code", "batches", {"recipe_code": JOERG, "recipe_version": ""}),
    "batch": ("batch_number", "ingredients", {"batch_number": JOERG, "site": "Brisbane"}),
}
"""A table of names, the column of the name, and a row that names it."""


def store_as_older_versions_did(bench: Workbench, table: str, column: str, *names: str) -> None:
    """Rows with names in spellings that no import stores any more."""
    first = bench.rows(f"SELECT min(id) FROM {table}")[0][0]
    (record,) = bench._records(table, f"WHERE id = {first}")
    for number, name in enumerate(names):
        values = {**record, "id": 1000 + number, "uuid": f"0190c2f4-8f2e-7cc3-98c4-dc0c0c07{number:04}", column: name}
        marks = ", ".join("?" * len(values))
        bench.connection.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", list(values.values()))


@pytest.mark.parametrize("table", OLDER)
@pytest.mark.parametrize("older", OTHERWISE)
def test_a_name_that_an_older_version_stored_is_found_and_renewed(bench: Workbench, table: str, older: str) -> None:
    bench.load_row("quality_checks")
    bench.connection.execute("DELETE FROM quality_check")
    column, entity, changes = OLDER[table]
    store_as_older_versions_did(bench, table, column, older)
    count = bench.count(table)

    report = bench.load_row(entity, **changes)

    assert bench.problems_of(report) == []
    assert bench.rows(f"SELECT {column} FROM {table} WHERE id = 1000") == [(JOERG,)]
    assert bench.count(table) == count
    assert bench.load_row(entity, **changes).unchanged == 1


def test_of_two_older_spellings_the_first_is_meant(bench: Workbench) -> None:
    store_as_older_versions_did(bench, "operator", "full_name", *OTHERWISE[:3])

    assert bench.load_text("operators.csv", f"full_name\n{JOERG}\n").unchanged == 1

    assert bench.rows("SELECT id FROM operator WHERE full_name = ?", JOERG) == [(1000,)]
    assert bench.count("operator") == 4


def test_a_key_of_an_older_spelling_is_recognised(bench: Workbench) -> None:
    store_as_older_versions_did(bench, "product", "sku", OTHERWISE[0])

    report = bench.load_text("products.csv", f"sku,description\n{JOERG},Bitter\n")

    assert report.summary() == "0 added, 1 updated, 0 unchanged, 0 rejected"
    assert bench.rows("SELECT sku, description FROM product WHERE id = 1000") == [(JOERG, "Bitter")]


@pytest.mark.parametrize("others", [0, 1, 2])
def test_a_reason_of_an_older_spelling_is_recognised(bench: Workbench, others: int) -> None:
    for reason in ("Torn", "Wet")[:others]:
        bench.load_row("scrap", reason=reason)
    bench.load_row("scrap", reason="Jam")
    bench.connection.execute("UPDATE scrap SET reason = ? WHERE reason = 'Jam'", (f"{OTHERWISE[0]}\r\nat infeed",))

    report = bench.load_row("scrap", reason=f"{JOERG}\nat infeed", units="21")

    assert report.summary() == "0 added, 1 updated, 0 unchanged, 0 rejected"
    assert bench.rows("SELECT units, reason FROM scrap WHERE units = 21") == [(21, f"{JOERG}\nat infeed")]


def test_companies_and_sites_have_one_spelling_on_the_command_line(bench: Workbench) -> None:
    added = add_company(bench.connection, f"{JOERG}\u200b AG")

    assert added.name == "Jörg AG"
    assert add_company(bench.connection, "Jo\u0308rg\u00a0AG").id == added.id
    assert pick_company(bench.connection, "\ufeffJo\u0308rg AG").id == added.id
    create_key(bench.connection, bench.company, "Excel\u200b", None, ["Bris\u00adbane\u200b"])
    assert [(key.name, key.sites) for key in list_keys(bench.connection)] == [("Excel", ("Brisbane",))]


def test_companies_and_sites_that_older_versions_stored_are_found(bench: Workbench) -> None:
    bench.connection.execute("UPDATE company SET name = ?", (OTHERWISE[0],))
    bench.connection.execute("UPDATE site SET name = ? WHERE name = 'Perth'", (OTHERWISE[1],))

    assert pick_company(bench.connection, JOERG).id == bench.company.id
    assert add_company(bench.connection, JOERG, "Australia/Brisbane").id == bench.company.id
    create_key(bench.connection, bench.company, "Excel", None, [JOERG])
    assert list_keys(bench.connection)[0].sites == (OTHERWISE[1],)


@pytest.mark.parametrize("name", ["Auto \u0417", "\u0410uto 3"])
def test_a_letter_of_another_alphabet_is_named(bench: Workbench, name: str) -> None:
    (problem,) = bench.problems_of(bench.load_row("runs", machine=name))

    letter = next(character for character in name if not character.isascii())
    assert f'there is no machine "{name}"' in problem
    if letter == "\u0410":
        assert problem.endswith('; did you mean "Auto 3"? ("\u0410" is U+0410 and not U+0041)')


def test_a_site_of_a_letter_of_another_alphabet_is_named(bench: Workbench) -> None:
    with pytest.raises(Refused, match=r'did you mean "Perth"\? \("\u0420" is U\+0420 and not U\+0050\)'):
        create_key(bench.connection, bench.company, "Excel", None, ["\u0420erth"])
