"""What the log advises whoever sent a refused request, and that nothing of what was sent stands in it."""

from __future__ import annotations

import json
import logging
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.testing import TestClient

from nexshift.config import BAD_KEY_LIMIT
from nexshift.storage.key_text import LENGTH, new_key_text
from nexshift.web.advice import Advice, advise
from nexshift.web.logs import HumanFormatter, JsonFormatter
from tests.web.plant import INCIDENTS
from tests.web.running import let_the_loop_turn

KEY = new_key_text()
MASHUP = "Microsoft.Data.Mashup (https://go.microsoft.com/fwlink/?LinkID=304225)"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)
TOKEN = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJwbGFudCJ9.c2ln"


def basic(pair: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(pair.encode()).decode()}


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def other_last(text: str) -> str:
    return text[:-1] + ("0" if text[-1] != "0" else "1")


# What the programs send is from reports of them: github.com/jamf/powerbi/issues/36 (Power Query), chekkan.com (Power
# Pivot); and learn.microsoft.com/power-query/connector-authentication for the empty Bearer.
CASES: list[tuple[str, dict[str, str], str, Advice]] = [
    ("power query", {"User-Agent": MASHUP}, "", Advice.EXCEL_WITHOUT_KEY),
    ("power query, paging", {"User-Agent": MASHUP}, "limit=3", Advice.EXCEL_WITHOUT_KEY),
    ("power bi", {"User-Agent": "PowerBI/2.1"}, "", Advice.EXCEL_WITHOUT_KEY),
    ("power pivot", {"User-Agent": "PowerPivotExcel15"}, "", Advice.EXCEL_WITHOUT_KEY),
    ("excel", {"User-Agent": "Microsoft Office Excel 2014 (16.0.11231)"}, "", Advice.EXCEL_WITHOUT_KEY),
    (
        "excel as a browser",
        {"User-Agent": "Mozilla/4.0 (compatible; MSIE 7.0; ms-office)", "Accept": "text/html"},
        "",
        Advice.EXCEL_WITHOUT_KEY,
    ),
    (
        "power query asks who issues tokens",
        {"User-Agent": MASHUP, "Authorization": "Bearer"},
        "",
        Advice.ORGANIZATIONAL_ACCOUNT,
    ),
    ("windows", {"Authorization": "Negotiate TlRMTVNTUAABAAAA"}, "", Advice.WINDOWS_ACCOUNT),
    ("ntlm", {"Authorization": "NTLM TlRMTVNTUAABAAAA"}, "", Advice.WINDOWS_ACCOUNT),
    ("organizational account", bearer(TOKEN), "", Advice.ORGANIZATIONAL_ACCOUNT),
    ("browser", {"User-Agent": CHROME, "Accept": "text/html,*/*;q=0.8"}, "", Advice.BROWSER_WITHOUT_KEY),
    ("page's program", {"User-Agent": CHROME, "Accept": "*/*"}, "", Advice.NOTHING_SENT),
    ("curl", {"User-Agent": "curl/8.14.1"}, "", Advice.NOTHING_SENT),
    ("empty header", {"Authorization": "  "}, "", Advice.NOTHING_SENT),
    ("in the address", {}, f"key={KEY}", Advice.IN_ADDRESS),
    ("in excel's address", {"User-Agent": MASHUP}, f"limit=3&API_Key={KEY}", Advice.IN_ADDRESS),
    ("cut off in the address", {}, f"limit=3&token={KEY[4:20]}", Advice.IN_ADDRESS),
    ("under another name", {}, f"severity={KEY}", Advice.IN_ADDRESS),
    ("percent-encoded", {}, f"severity={KEY.replace('_', '%5F')}", Advice.IN_ADDRESS),
    ("two put together", bearer(f"{KEY}, Basic YTpi"), "", Advice.TWO_HEADERS),
    ("x-api-key", {"X-API-Key": KEY}, "", Advice.OTHER_HEADER),
    ("bare key", {"Authorization": KEY}, "", Advice.BEARER_MISSING),
    ("bare cut off", {"Authorization": KEY[:20]}, "", Advice.BEARER_MISSING),
    ("bare in quotes", {"Authorization": f'"{KEY}"'}, "", Advice.QUOTED),
    ("all in quotes", {"Authorization": f"'Bearer {KEY}'"}, "", Advice.QUOTED),
    ("twice", bearer(f"Bearer {KEY}"), "", Advice.BEARER_TWICE),
    ("ApiKey", {"Authorization": f"ApiKey {KEY}"}, "", Advice.OTHER_SCHEME),
    ("Token", {"Authorization": f"Token {KEY}"}, "", Advice.OTHER_SCHEME),
    ("colon", {"Authorization": f"Bearer: {KEY}"}, "", Advice.OTHER_SCHEME),
    ("nothing", {"Authorization": "Bearer "}, "", Advice.EMPTY_BEARER),
    ("empty password", basic("planner:"), "", Advice.EMPTY_PASSWORD),
    ("nothing for basic", {"Authorization": "Basic"}, "", Advice.EMPTY_PASSWORD),
    ("user name", basic(f"{KEY}:"), "", Advice.USER_NAME),
    ("user name without a colon", basic(KEY), "", Advice.USER_NAME),
    ("user name and own password", basic(f"{KEY}:secret"), "", Advice.USER_NAME),
    ("user name and password", basic(f"{KEY}:{KEY}"), "", Advice.WELL_FORMED),
    ("own password", basic("planner:secret"), "", Advice.NO_KEY),
    ("basic without base64", {"Authorization": f"Basic {KEY}"}, "", Advice.NOT_BASE64),
    ("basic without a colon", basic("planner"), "", Advice.NOT_BASE64),
    ("quotes", bearer(f'"{KEY}"'), "", Advice.QUOTED),
    ("one quote", bearer(f"{KEY}'"), "", Advice.QUOTED),
    ("printed quotes", basic(f"planner:\u201c{KEY}\u201d"), "", Advice.QUOTED),
    ("brackets", bearer(f"<{KEY}>"), "", Advice.QUOTED),
    ("shell's variable", bearer("$KEY"), "", Advice.PLACEHOLDER),
    ("template's variable", bearer("{{api_key}}"), "", Advice.PLACEHOLDER),
    ("YOUR_KEY", bearer("YOUR_KEY"), "", Advice.PLACEHOLDER),
    ("space", bearer(f"{KEY[:12]} {KEY[12:]}"), "", Advice.SPACED),
    ("line break", basic(f"planner:{KEY[:12]}\n{KEY[12:]}"), "", Advice.SPACED),
    ("no-break space", basic(f"planner:{KEY}\u00a0x"), "", Advice.SPACED),
    ("comma", bearer(f"{KEY},"), "", Advice.SPACED),
    ("capitals", bearer(KEY.upper()), "", Advice.CAPITALS),
    ("one letter less", bearer(KEY[:-1]), "", Advice.CUT_OFF),
    ("start alone", bearer("nxs_"), "", Advice.CUT_OFF),
    ("one letter more", bearer(KEY + "0"), "", Advice.TOO_LONG),
    ("one letter wrong", bearer(other_last(KEY)), "", Advice.MISTYPED),
    ("without its start", bearer(KEY[4:]), "", Advice.NO_KEY),
    ("another program's key", bearer("sk-0123456789"), "", Advice.NO_KEY),
    ("unknown", bearer(KEY), "", Advice.WELL_FORMED),
    ("unknown, basic", basic(f"anyone:{KEY}"), "", Advice.WELL_FORMED),
]
NAMED = pytest.mark.parametrize(
    ("headers", "query", "advice"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
NOT_OF_KEYS = {Advice.TLS_EXPECTED, Advice.NO_TLS_HERE}


def as_sent(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


@NAMED
def test_advice_follows_from_the_form_of_the_request(headers: dict[str, str], query: str, advice: Advice) -> None:
    assert advise(as_sent(headers), query.encode()) is advice


def test_two_headers_are_told_whatever_they_hold() -> None:
    for first, second in ((KEY, KEY), (f"Bearer {KEY}", ""), ("", "")):
        sent = [(b"authorization", first.encode()), (b"accept", b"*/*"), (b"authorization", second.encode())]
        assert advise(sent, b"") is Advice.TWO_HEADERS


def test_every_sentence_about_keys_has_a_case() -> None:
    assert {case[3] for case in CASES} | NOT_OF_KEYS == set(Advice)


@given(st.one_of(st.binary(), st.binary().map(lambda raw: b"Basic " + b64encode(raw))), st.binary())
def test_whatever_is_sent_gets_one_of_the_sentences(sent: bytes, query: bytes) -> None:
    assert advise([(b"authorization", sent), (b"user-agent", sent)], query) in set(Advice)


# --- in the log ----------------------------------------------------------------------------------------------------


@pytest.fixture
def refused(client: TestClient, caplog: pytest.LogCaptureFixture) -> Callable[..., tuple[dict[str, Any], str]]:
    """The one line of the log about a refused request, as JSON has it and as people read it."""
    caplog.set_level(logging.INFO, logger="nexshift")

    def ask(headers: Any, query: str = "", status: int = 401, path: str = INCIDENTS) -> tuple[dict[str, Any], str]:
        caplog.clear()
        answer = client.get(f"{path}?{query}", headers=headers)
        assert (answer.status_code, set(answer.json())) == (status, {"error"})
        let_the_loop_turn(client)
        (record,) = caplog.records
        return json.loads(JsonFormatter().format(record)), HumanFormatter().format(record)

    return ask


@NAMED
def test_the_line_has_the_advice_and_nothing_of_the_key(
    refused: Callable[..., tuple[dict[str, Any], str]], headers: dict[str, str], query: str, advice: Advice
) -> None:
    line, text = refused(as_sent(headers), query)
    assert (line["error"], line["advice"]) == ("Invalid or missing API key", advice)
    assert text.endswith(f" error=Invalid or missing API key advice={advice}")
    for written in (json.dumps(line).lower(), text.lower()):
        for start in range(4, len(KEY) - 6):
            assert KEY[start : start + 6] not in written


@pytest.mark.parametrize("path", ["/odata/v4/", "/odata/v4/$metadata", "/odata/v4/production_runs", "/api/v1/access"])
def test_every_interface_that_takes_a_key_advises(
    refused: Callable[..., tuple[dict[str, Any], str]], path: str
) -> None:
    line, text = refused({"User-Agent": MASHUP}, path=path)
    assert line["advice"] == Advice.EXCEL_WITHOUT_KEY
    assert Advice.EXCEL_WITHOUT_KEY in text


def test_two_headers_are_one_line(refused: Callable[..., tuple[dict[str, Any], str]]) -> None:
    line, text = refused([("Authorization", f"Bearer {KEY}"), ("Authorization", "Bearer x")])
    assert line["advice"] == Advice.TWO_HEADERS
    assert KEY[4:] not in text


def test_a_key_that_exists_and_one_that_does_not_are_advised_alike(
    refused: Callable[..., tuple[dict[str, Any], str]], key: str
) -> None:
    def advice(text: str) -> str:
        sentence: str = refused(bearer(text))[0]["advice"]
        return sentence

    for wrong in (str.upper, other_last, lambda text: text[:-1], lambda text: text + "0", lambda text: f'"{text}"'):
        assert advice(wrong(key)) == advice(wrong(KEY)), key


def test_beyond_the_limit_of_bad_keys_the_advice_stays(
    refused: Callable[..., tuple[dict[str, Any], str]],
) -> None:
    for _ in range(BAD_KEY_LIMIT):
        refused(bearer("x"))
    line, _ = refused(bearer(KEY[: LENGTH - 1]), status=429)
    assert line["advice"] == Advice.CUT_OFF


def test_what_is_answered_or_refused_for_another_reason_has_no_advice(
    asking: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="nexshift")
    for path in (INCIDENTS, f"{INCIDENTS}?limit=0", "/nothing", "/health"):
        asking.get(path)
    let_the_loop_turn(asking)
    assert len(caplog.records) == 4
    for record in caplog.records:
        assert "advice" not in JsonFormatter().format(record)
        assert "advice" not in HumanFormatter().format(record)


@pytest.mark.parametrize("name", ["key", "api_key", "ApiKey", "access_token", "token"])
def test_what_stands_under_a_keys_name_in_the_address_is_not_logged(
    asking: TestClient, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    caplog.set_level(logging.INFO, logger="nexshift")
    for query in (f"{name}=0123456789", f"limit=3&{name}=0123456789&severity=high", f"/health?{name}=0123456789"):
        asking.get(f"{INCIDENTS}?{query}" if query[0] != "/" else query)
    let_the_loop_turn(asking)
    alone, between, elsewhere = (json.loads(JsonFormatter().format(record))["query"] for record in caplog.records)
    assert (alone, elsewhere) == (f"{name}=***", f"{name}=***")
    assert between == f"limit=3&{name}=***&severity=high"


def test_a_name_that_only_ends_like_a_keys_is_logged_as_sent(
    asking: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="nexshift")
    asking.get(f"{INCIDENTS}?monkey=brass&limit=3")
    let_the_loop_turn(asking)
    assert json.loads(JsonFormatter().format(caplog.records[0]))["query"] == "monkey=brass&limit=3"


SECRET_NAMES = [
    *(
        "password",
        "Password",
        "PASSWD",
        "pwd",
        "pass",
        "secret",
        "client_secret",
        "clientSecret",
        "x-api-key",
        "APIKEY",
    ),
    *("p%61ssword", "p%2561ssword", "user[password]", "user%5Bpassword%5D", "_password", "refreshToken", "sig", "jwt"),
    *("Authorization", "access.token", "session", "$secret", "subscription-key"),
]


@pytest.mark.parametrize("name", SECRET_NAMES)
@pytest.mark.parametrize("path", [INCIDENTS, "/odata/v4/safety_incidents", "/health", "/nothing"])
def test_the_value_of_a_secrets_name_is_not_logged_whatever_the_answer(
    asking: TestClient, caplog: pytest.LogCaptureFixture, path: str, name: str
) -> None:
    caplog.set_level(logging.INFO, logger="nexshift")
    forms = (
        f"{name}=hunter2",
        f"{name}=a;hunter2",
        f"a=1;{name}=hunter2",
        f"{name}%3Dhunter2",
        f"a=1%26{name}=hunter2",
    )
    for form in forms:
        asking.get(f"{path}?limit=3&{form}&severity=high")
    let_the_loop_turn(asking)
    assert len(caplog.records) == len(forms)
    for record in caplog.records:
        for formatter in (JsonFormatter(), HumanFormatter()):
            line = formatter.format(record)
            assert "hunter2" not in line
            assert "***&severity=high" in line


@pytest.mark.parametrize("query", ["passed=true", "monkey=brass", "author=x", "_=1", "$skiptoken=AAAA", "keyboard=de"])
def test_what_is_no_secrets_name_is_logged_as_sent(
    asking: TestClient, caplog: pytest.LogCaptureFixture, query: str
) -> None:
    caplog.set_level(logging.INFO, logger="nexshift")
    asking.get(f"{INCIDENTS}?{query}")
    let_the_loop_turn(asking)
    assert json.loads(JsonFormatter().format(caplog.records[0]))["query"] == query
