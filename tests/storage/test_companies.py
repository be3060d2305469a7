"""Which company is meant, and what adding one refuses."""

from __future__ import annotations

import pytest

from nexshift.errors import BadUsage, Refused
from nexshift.storage.companies import Company, add_company, list_companies, pick_company
from nexshift.storage.library import sqlite3


def test_a_company_has_a_name_and_a_time_zone(writer: sqlite3.Connection) -> None:
    company = add_company(writer, "  Acme Manufacturing ", "Australia/Brisbane")

    assert (company.name, company.timezone, company.zone.key) == (
        "Acme Manufacturing",
        "Australia/Brisbane",
        "Australia/Brisbane",
    )
    assert list_companies(writer) == [company]


def test_the_time_zone_is_utc_when_none_is_given(writer: sqlite3.Connection) -> None:
    assert add_company(writer, "Acme").timezone == "UTC"


def test_the_same_company_again_is_there_already(writer: sqlite3.Connection, acme: Company) -> None:
    assert add_company(writer, acme.name, acme.timezone) == acme
    assert list_companies(writer) == [acme]


def test_another_time_zone_for_a_known_company_is_refused(writer: sqlite3.Connection, acme: Company) -> None:
    with pytest.raises(Refused, match="already there, with the time zone Australia/Brisbane") as caught:
        add_company(writer, acme.name, "America/New_York")
    assert "--timezone Australia/Brisbane" in caught.value.hint
    assert list_companies(writer) == [acme]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "is empty"),
        ("  \t ", "is empty"),
        ("x" * 10_001, "has 10001 characters"),
        ("Acme\nBolt", "cannot be printed"),
        ("Acme\x1b[31m", "cannot be printed"),
    ],
)
def test_an_impossible_name_is_refused(writer: sqlite3.Connection, name: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        add_company(writer, name)
    assert list_companies(writer) == []


def test_an_unknown_time_zone_is_refused_with_the_nearest(writer: sqlite3.Connection) -> None:
    with pytest.raises(Refused, match='did you mean "Australia/Brisbane"'):
        add_company(writer, "Acme", "Australia/Brisbain")
    assert list_companies(writer) == []


def test_the_only_company_need_not_be_named(writer: sqlite3.Connection, acme: Company) -> None:
    assert pick_company(writer, None) == acme
    assert pick_company(writer, " Acme Manufacturing ") == acme


def test_with_several_companies_one_must_be_named(writer: sqlite3.Connection, acme: Company) -> None:
    bolt = add_company(writer, "Bolt & Sons")

    with pytest.raises(BadUsage, match='2 companies: "Acme Manufacturing", "Bolt & Sons"') as caught:
        pick_company(writer, None)
    assert caught.value.exit_code == 2
    assert pick_company(writer, "Bolt & Sons") == bolt


def test_an_unknown_company_is_refused_with_the_nearest(writer: sqlite3.Connection, acme: Company) -> None:
    with pytest.raises(Refused, match='no company "Acme Manufactoring"; did you mean "Acme Manufacturing"'):
        pick_company(writer, "Acme Manufactoring")


def test_without_any_company_the_way_to_add_one_is_named(writer: sqlite3.Connection) -> None:
    for name in (None, "Acme"):
        with pytest.raises(Refused, match="no company yet") as caught:
            pick_company(writer, name)
        assert "init --company" in caught.value.hint
