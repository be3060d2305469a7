"""A parameter that is called like a secret is recognised, however its name is written."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nexshift.parameters import CURSOR, FORMAT, FROM, LIMIT, MACHINE_ID, SITE_ID, TO
from nexshift.tables import TABLES
from nexshift.web.secret_names import hide_secrets, is_secret


@st.composite
def spellings(draw: st.DrawFn) -> str:
    """Of a name, in any case, each of its signs percent-encoded up to three times."""
    name = draw(st.sampled_from(["password", "client_secret", "token", "api-key", "Pwd", "auth", "X-Api-Key", "sig"]))
    written = ""
    for sign in draw(st.sampled_from([str.lower, str.upper, str]))(name):
        depth = draw(st.integers(0, 3))
        written += sign if depth == 0 else "%" + "25" * (depth - 1) + f"{ord(sign):02x}"
    return written


@settings(max_examples=500, deadline=None, derandomize=True)
@given(
    name=spellings(),
    before=st.sampled_from(["", "limit=3&", "a;", "a=b;", "&&", "x%26", "next=/a?", "next=http%3A%2F%2Fa%2F%3F"]),
    equals=st.sampled_from(["=", "%3D", "%253d"]),
    behind=st.sampled_from(["", "&limit=3", "&%zz=%"]),
)
def test_its_value_is_hidden_and_nothing_else(name: str, before: str, equals: str, behind: str) -> None:
    assert hide_secrets(f"{before}{name}{equals}hunter2;x=1{behind}") == f"{before}{name}{equals}***{behind}"


@settings(max_examples=500, deadline=None, derandomize=True)
@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40))
def test_any_query_is_read(query: str) -> None:
    assert len(hide_secrets(query).split("&")) == len(query.split("&"))


@pytest.mark.parametrize(
    "name", ["monkey", "author", "keyboard", "passed", "compass", "signed_at", "$skiptoken", "", "%"]
)
def test_other_names_are_no_secrets(name: str) -> None:
    assert not is_secret(name)
    assert hide_secrets(f"{name}=1") == f"{name}=1"


@pytest.mark.parametrize("name", ["PHPSESSID", "JSESSIONID", "ASP.NET_SessionId", "hmac", "sas", "psw"])
def test_usual_names_of_secrets_are_known(name: str) -> None:
    assert hide_secrets(f"{name}=1") == f"{name}=***"


def test_no_parameter_or_column_of_ours_is_called_like_a_secret() -> None:
    ours = {each.name for each in (FROM, TO, LIMIT, CURSOR, FORMAT, SITE_ID, MACHINE_ID)}
    ours |= {each.name for table in TABLES for each in (*table.parameters, *table.columns)}
    assert [name for name in ours if is_secret(name)] == []
