"""Does a database whose recipes have versions of text get numbers, or stay as it is where a text is no number?"""

from __future__ import annotations

import gzip
import re
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from nexshift.cli.group import nexshift
from nexshift.errors import Refused
from nexshift.storage.connection import open_reader, open_writer, upgrade
from nexshift.storage.integrity import check
from nexshift.storage.library import sqlite3
from nexshift.storage.restore import restore
from nexshift.storage.sequence import read_sequence
from nexshift.storage.steps.recipe_versions import MOST_NAMED
from tests.storage.files import files_in

RELEASED = Path(__file__).with_name("released")
OTHERS = ("1.10", "1.0", "A", "v1", "-1", "+1", " 1", "1 ", "1e3", "１", "9007199254740993", "9" * 40, "7\0", "7\0x")


@pytest.fixture(params=["v1", "v2"])
def old(request: pytest.FixtureRequest, path: Path) -> Path:
    """A database of each version whose recipes have texts, as it was released."""
    path.write_bytes(gzip.decompress((RELEASED / request.param / "plant.db.gz").read_bytes()))
    return path


def set_versions(path: Path, *versions: str, company: str = "Acme Manufacturing", code: str = "F-NEW") -> list[str]:
    """Add a recipe with those versions to a company; returns the new ids."""
    with closing(sqlite3.connect(path)) as connection:
        for version in versions:
            connection.execute(
                "INSERT INTO recipe (company_id, uuid, code, name, version) SELECT id,"
                " format('00000000-0000-7000-8000-%012x', (SELECT max(id) + 1 FROM recipe)), ?, 'New', ?"
                " FROM company WHERE name = ?",
                (code, version, company),
            )
        connection.commit()
        found = connection.execute("SELECT uuid FROM recipe WHERE code = ? ORDER BY version", (code,))
        return [uuid for (uuid,) in found]


def versions_of(path: Path, code: str = "F-NEW") -> list[object]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute("SELECT version FROM recipe WHERE code = ? ORDER BY 1", (code,))]


def dump(path: Path) -> list[list[tuple[object, ...]]]:
    """The schema, and every row of every table."""
    with closing(sqlite3.connect(path)) as connection:
        schema = connection.execute("SELECT * FROM sqlite_schema").fetchall()
        tables = [row[1] for row in schema if row[0] == "table"]
        return [schema, *(connection.execute(f"SELECT * FROM {table}").fetchall() for table in tables)]


def test_digits_become_numbers(old: Path) -> None:
    set_versions(old, "1", "02", "10", "0", "9007199254740992", "0" * 30 + "3")
    upgrade(old)
    assert versions_of(old) == [0, 1, 2, 3, 10, 9007199254740992]
    assert check(old) == []


@pytest.mark.parametrize("version", OTHERS)
def test_another_version_is_named_and_nothing_is_changed(old: Path, version: str) -> None:
    uuids = dict(zip(sorted(("1", version)), set_versions(old, "1", version), strict=True))
    before = dump(old)
    with pytest.raises(Refused) as refused:
        upgrade(old)
    assert refused.value.sentence == (
        f"{old} was not brought up to this version: the version of a recipe is a whole number from now on, and these"
        f' have none, or one that is taken: "F-NEW" version "{version}" of Acme Manufacturing ({uuids[version]})'
    )
    assert "id, code, name and version" in refused.value.hint
    assert dump(old) == before
    assert [name for name in files_in(old) if ".before-" in name] == []


def test_two_versions_that_become_one_number_are_both_named(old: Path) -> None:
    set_versions(old, "1", "01", "2")
    set_versions(old, "01", company="Zenith Foods")
    before = dump(old)
    with pytest.raises(Refused) as refused:
        upgrade(old)
    named = re.findall(r'"(.+?)" version "(.+?)" of (.+?) \(', refused.value.sentence)
    assert named == [("F-NEW", "01", "Acme Manufacturing"), ("F-NEW", "1", "Acme Manufacturing")]
    assert dump(old) == before


def test_of_very_many_the_first_are_named(old: Path) -> None:
    set_versions(old, *(f"1.{number:03}" for number in range(MOST_NAMED + 5)))
    with pytest.raises(Refused) as refused:
        upgrade(old)
    assert refused.value.sentence.count('"F-NEW" version') == MOST_NAMED
    assert refused.value.sentence.endswith(") and 5 more")


def test_a_long_text_is_shortened(old: Path) -> None:
    set_versions(old, "9" * 10_000, code="C" * 10_000)
    with pytest.raises(Refused, match=f'"{"C" * 60}…" version "{"9" * 60}…" of Acme'):
        upgrade(old)


def test_a_recipe_of_no_company_is_named_too(old: Path) -> None:
    (uuid,) = set_versions(old, "A")
    with closing(sqlite3.connect(old)) as connection:
        connection.execute("UPDATE recipe SET company_id = 77 WHERE uuid = ?", (uuid,))
        connection.commit()
    with pytest.raises(Refused, match=rf'"F-NEW" version "A" of no company \({uuid}\)'):
        upgrade(old)
    assert versions_of(old) == ["A"]


def test_whoever_gives_them_numbers_goes_on(old: Path) -> None:
    (uuid,) = set_versions(old, "A")
    command = ["--db", str(old), "key", "create", "--company", "Zenith Foods", "--name", "new"]
    result = CliRunner().invoke(nexshift, command)
    assert (result.exit_code, uuid in result.stderr) == (1, True)
    with closing(sqlite3.connect(old)) as connection:
        connection.execute("UPDATE recipe SET version = '3' WHERE uuid = ?", (uuid,))
        connection.commit()
    assert CliRunner().invoke(nexshift, command).exit_code == 0
    assert versions_of(old) == [3]


def test_what_refers_to_a_recipe_still_does_and_has_to(old: Path) -> None:
    batches = "SELECT b.batch_number, p.uuid FROM batch b JOIN recipe p ON p.id = b.recipe_id ORDER BY b.id"
    with closing(sqlite3.connect(old)) as connection:
        before = connection.execute(batches).fetchall()
    with closing(open_writer(old)) as connection:
        assert connection.execute(batches).fetchall() == before
        assert len(before) == 12
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        for statement in (
            "DELETE FROM recipe WHERE id IN (SELECT recipe_id FROM batch)",
            "UPDATE batch SET recipe_id = 0",
        ):
            with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
                connection.execute(statement)
        with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
            connection.execute("UPDATE recipe SET version = -1")


def test_a_recipe_that_breaks_another_rule_is_taken_over(old: Path) -> None:
    with closing(sqlite3.connect(old)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute("UPDATE recipe SET is_formulation = 5 WHERE code = 'F-DISH' AND version = '2'")
        connection.commit()
    upgrade(old)
    problems = check(old)
    assert [re.sub(r"[0-9a-f-]{36}", "UUID", problem) for problem in problems] == [
        "recipe UUID breaks a rule: CHECK constraint failed: is_formulation IN (0, 1)"
    ] * 2  # of two companies


def test_a_client_with_a_token_of_before_learns_of_the_numbers(path: Path) -> None:
    path.write_bytes(gzip.decompress((RELEASED / "v2" / "plant.db.gz").read_bytes()))
    with closing(sqlite3.connect(path)) as connection:
        token, restarted = connection.execute("SELECT value, restarted FROM commit_sequence").fetchone()
    upgrade(path)
    with closing(open_reader(path)) as reader:
        assert read_sequence(reader, 1) == (token + 1, restarted)
        assert reader.execute("SELECT count(*) FROM recipe WHERE changed <= ?", (token,)).fetchone() == (0,)
        assert reader.execute("SELECT count(*) FROM batch WHERE changed > ?", (token,)).fetchone() == (0,)


def test_a_copy_with_another_version_is_not_put_back(old: Path, tmp_path: Path) -> None:
    set_versions(old, "1.10")
    with pytest.raises(Refused, match=r'"F-NEW" version "1.10" of Acme Manufacturing') as refused:
        restore(tmp_path / "put back.db", old)
    assert refused.value.sentence.startswith(f"{old} was not brought up to this version: ")
    assert not (tmp_path / "put back.db").exists()
