"""Whatever stands in an address or a header, the answer is rows or one sentence; nothing of it is our fault."""

from __future__ import annotations

from urllib.parse import quote

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar.testing import TestClient

from nexshift.tables import TABLES
from tests.odata.asking import ROOT, error
from tests.odata.evaluation import filters

TABLE = {table.name: table for table in TABLES}
OPTIONS = (
    "$filter",
    "$select",
    "$orderby",
    "$top",
    "$skip",
    "$count",
    "$skiptoken",
    "$format",
    "$expand",
    "from",
    "_x",
)
WORDS = (
    *(
        "id",
        "started_at",
        "date",
        "oee_overall",
        "machine_name",
        "changed",
        "is_open",
        "passed",
        "reason",
        "true",
        "null",
    ),
    *(
        "and",
        "or",
        "not",
        "eq",
        "ne",
        "gt",
        "in",
        "add",
        "div",
        "mod",
        "asc",
        "desc",
        "(",
        ")",
        ",",
        "'",
        "-",
        "*",
        "/",
    ),
    *(
        "'a'",
        "1",
        "0",
        "-1",
        "1.5",
        "1e308",
        "9223372036854775807",
        "2026-03-01",
        "2026-03-01T00:00:00.5+02:00",
        "json",
    ),
    *(
        "contains",
        "year",
        "tolower",
        "substring",
        "0b9f3a52-6c1e-4d7a-9a3e-5d2f7c8b1e40",
        "é",
        "\x00",
        "%",
        "$it",
        "@p",
    ),
)
sentences = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join) | st.text(max_size=20)
addresses = st.one_of(
    st.sampled_from(sorted(TABLE)),
    st.builds("{}/$count".format, st.sampled_from(sorted(TABLE))),
    st.builds(lambda name, key: f"{name}({quote(key)})", st.sampled_from(sorted(TABLE)), sentences),
    st.just("$metadata"),
    st.just(""),
    st.text(max_size=12).map(quote),
)
headers = st.dictionaries(
    st.sampled_from(["Accept", "Prefer", "OData-MaxVersion", "X-Forwarded-Host", "X-Forwarded-Proto", "If-None-Match"]),
    st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=30)
    | st.sampled_from(["application/json;odata.metadata=none", "odata.maxpagesize=3", "4.0", "*/*", "*"]),
)


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    address=addresses,
    options=st.lists(st.tuples(st.sampled_from(OPTIONS), sentences), max_size=3),
    sent=headers,
)
def test_an_answer_is_rows_or_a_sentence(
    client: TestClient, key: str, address: str, options: list[tuple[str, str]], sent: dict[str, str]
) -> None:
    query = "&".join(f"{name}={quote(value)}" for name, value in options)
    answer = client.get(f"{ROOT}{address}?{query}", headers={"Authorization": f"Bearer {key}", **sent})
    assert answer.status_code in (200, 304, 400, 404, 406, 501), answer.text
    assert answer.headers.get_list("odata-version") == ["4.0"]
    if answer.status_code >= 400:
        said = error(answer)
        assert not any(word in said.lower() for word in ("sqlite", "traceback", "exception", "syntax error", "odata0"))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(said=filters, name=st.sampled_from(sorted(TABLE)))
def test_a_filter_of_other_columns_is_answered(client: TestClient, key: str, said: object, name: str) -> None:
    """Those of the random filters do not all exist in these tables, or are of another type."""
    text = str(said[0])  # type: ignore[index]
    answer = client.get(f"{ROOT}{name}?$top=2&$filter={quote(text)}", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code in (200, 400), answer.text
