"""What stands in the log: one line a request, for people or as JSON, that finds an answer by its id; never a key."""

import json
import logging
import logging.config
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from nexshift.web.logs import HumanFormatter, JsonFormatter, configure
from nexshift.web.settings import LogFormat
from tests.web.plant import INCIDENTS
from tests.web.running import let_the_loop_turn


@pytest.fixture(params=[HumanFormatter, JsonFormatter])
def formatter(request: pytest.FixtureRequest) -> logging.Formatter:
    made: logging.Formatter = request.param()
    return made


@pytest.fixture
def lines(asking: TestClient, caplog: pytest.LogCaptureFixture) -> Callable[[], list[dict[str, Any]]]:
    """What was logged of the requests so far, as JSON has it."""
    caplog.set_level(logging.INFO, logger="nexshift")

    def read() -> list[dict[str, Any]]:
        let_the_loop_turn(asking)
        return [json.loads(JsonFormatter().format(record)) for record in caplog.records]

    return read


def without_time(line: dict[str, Any]) -> dict[str, Any]:
    assert line.pop("time").endswith("Z")
    assert 0 <= line.pop("duration_ms") < 60_000
    return line


def test_a_page_is_one_line_with_all_that_is_known_of_it(
    asking: TestClient, lines: Callable[[], list[dict[str, Any]]]
) -> None:
    answers = [asking.get(INCIDENTS, params={"limit": 7}) for _ in range(2)]
    for line, answer, cached in zip(lines(), answers, (False, True), strict=True):
        assert without_time(line) == {
            "level": "info",
            "event": "request",
            "request_id": answer.headers["x-request-id"],
            "client": "testclient",
            "method": "GET",
            "route": INCIDENTS,
            "query": "limit=7",
            "status": 200,
            "rows": 7,
            "bytes": int(answer.headers["content-length"]),
            "key": 1,
            "cached": cached,
        }


def test_what_is_no_page_has_no_rows_and_what_is_nowhere_has_its_address(
    asking: TestClient, lines: Callable[[], list[dict[str, Any]]]
) -> None:
    asking.get("http://plant.test//health/")
    asking.get("/nothing/here")
    asking.post(INCIDENTS)
    health, nothing, refused = lines()
    assert (health["route"], health["status"], health["rows"], health["key"]) == ("/health", 200, None, None)
    assert (nothing["route"], nothing["status"], nothing["cached"]) == ("/nothing/here", 404, None)
    assert (refused["route"], refused["method"], refused["status"]) == (INCIDENTS, "POST", 405)


def test_bytes_are_those_that_were_sent(asking: TestClient, lines: Callable[[], list[dict[str, Any]]]) -> None:
    tag = asking.get(INCIDENTS, headers={"Accept-Encoding": "identity"}).headers["etag"]
    asking.head(INCIDENTS)
    asking.get(INCIDENTS, headers={"If-None-Match": tag})
    asking.get(INCIDENTS, headers={"Accept-Encoding": "gzip"})
    whole, head, known, zipped = lines()
    assert [(line["status"], line["rows"]) for line in (whole, head, known, zipped)] == [
        (200, 30),
        (200, 30),
        (304, 30),
        (200, 30),
    ]
    assert (head["bytes"], known["bytes"]) == (0, 0)
    assert 0 < zipped["bytes"] < whole["bytes"]


def test_why_a_request_was_refused_stands_in_its_line(
    asking: TestClient, lines: Callable[[], list[dict[str, Any]]]
) -> None:
    asking.get(INCIDENTS, params={"limit": "0"})
    asking.get(INCIDENTS, headers={"Authorization": "Bearer none"})
    bad, unknown = lines()
    assert (bad["status"], bad["error"]) == (400, 'limit must be a whole number from 1 to 1000, not "0"')
    assert (unknown["status"], unknown["error"], unknown["key"]) == (401, "Invalid or missing API key", None)


def test_a_request_is_one_line_for_people(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="nexshift")
    answer = client.get("/a%0Aforged%20line%1b", params={"x": "\n\u2028"})
    let_the_loop_turn(client)
    (record,) = caplog.records
    time, _, line = HumanFormatter().format(record).partition(" INFO ")
    assert len(time) == len("2026-03-26 10:21:16,001")
    start, _, rest = line.partition(" ms=")
    request_id = answer.headers["x-request-id"]
    assert start == f"{request_id} testclient GET /a%0Aforged line%1B?x=%0A%E2%80%A8 404 rows=-"
    assert rest.partition(" ")[2] == f"bytes={len(answer.content)} key=- cached=-"


@pytest.mark.parametrize(
    "disguise",
    [
        lambda key: key,
        str.upper,
        lambda key: key.replace("_", "%5F"),
        lambda key: key.replace("n", "%6e").replace("_", "%5f"),
        lambda key: "".join(f"%{ord(letter):02X}" for letter in key),
        lambda key: "".join(f"%25{ord(letter):02x}" for letter in key),
        lambda key: "x" + key + "x",
    ],
)
def test_a_key_in_an_address_is_not_logged(
    asking: TestClient,
    key: str,
    caplog: pytest.LogCaptureFixture,
    formatter: logging.Formatter,
    disguise: Callable[[str], str],
) -> None:
    caplog.set_level(logging.INFO, logger="nexshift")
    hidden = disguise(key)
    asking.get(f"{INCIDENTS}?severity={hidden}&limit=3")
    asking.get(f"{INCIDENTS}?limit={hidden}")
    asking.get(f"/{hidden}")
    let_the_loop_turn(asking)
    logged = [formatter.format(record) for record in caplog.records]
    assert len(logged) == 3
    for line in logged:
        assert "nxs_***" in line
        for part in (key[4:], hidden, hidden.lower()):
            assert part[-20:] not in line
    assert "&limit=3" in logged[0]


def test_a_key_in_a_traceback_is_not_logged(key: str, formatter: logging.Formatter) -> None:
    try:
        raise ValueError(f"what is {key}?")
    except ValueError:
        record = logging.LogRecord("nexshift", logging.ERROR, "", 0, f"failed for {key}", None, sys.exc_info())
    line = formatter.format(record)
    assert key[4:] not in line
    assert line.count("nxs_***") == 2
    assert "Traceback" in line


def test_a_traceback_is_one_line_of_json_and_several_for_people() -> None:
    try:
        raise ValueError("first\nsecond")
    except ValueError:
        record = logging.LogRecord("nexshift", logging.ERROR, "", 0, "it failed", None, sys.exc_info())
    assert HumanFormatter().format(record).endswith("ValueError: first\nsecond")
    line = JsonFormatter().format(record)
    assert "\n" not in line
    assert json.loads(line)["traceback"].endswith("ValueError: first\nsecond")


@pytest.mark.parametrize("text", ["two\nlines", "a bell \x07", "next\u2028line"])
def test_a_text_is_one_line(text: str, formatter: logging.Formatter) -> None:
    record = logging.LogRecord("nexshift", logging.INFO, "", 0, text, None, None)
    assert formatter.format(record).splitlines() == [formatter.format(record)] or isinstance(formatter, JsonFormatter)
    assert "\n" not in formatter.format(record)
    assert "\x07" not in formatter.format(record)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("two\nlines", "two<U+000A>lines"),
        ("\x1b[2J", "<U+001B>[2J"),
        ("\x9b2J", "<U+009B>2J"),
        ("\u202eabc", "<U+202E>abc"),
        ("a\u200bb", "a<U+200B>b"),
    ],
)
def test_what_a_terminal_would_obey_or_hide_is_shown_to_people(text: str, shown: str) -> None:
    try:
        raise ValueError(text)
    except ValueError:
        record = logging.LogRecord("nexshift", logging.ERROR, "", 0, text, None, sys.exc_info())
    line, *trace = HumanFormatter().format(record).split("\n")
    assert line.endswith(f"ERROR {shown}")
    assert "".join(trace).endswith(f"ValueError: {shown.replace('<U+000A>', '')}")


def test_a_text_of_another_library_is_a_message() -> None:
    record = logging.LogRecord("uvicorn.error", logging.ERROR, "", 0, "%s broke", ("it",), None)
    record.created, record.msecs = 1774484476.25, 250.0
    assert json.loads(JsonFormatter().format(record)) == {
        "time": "2026-03-26T00:21:16.250Z",
        "level": "error",
        "event": "message",
        "logger": "uvicorn.error",
        "message": "it broke",
    }


def test_a_name_that_is_no_text_is_logged_all_the_same(formatter: logging.Formatter) -> None:
    record = logging.LogRecord("nexshift", logging.INFO, "", 0, "no database at /caf\udce9.db", None, None)
    assert "no database at /caf" in formatter.format(record)
    assert "udce9.db" in JsonFormatter().format(record)


@pytest.fixture
def restored() -> Iterator[None]:
    """Logging as it was before the test."""
    names = ("", "nexshift", "uvicorn")
    before = {name: (logging.getLogger(name).handlers[:], logging.getLogger(name).level) for name in names}
    yield
    for name, (handlers, level) in before.items():
        logging.getLogger(name).handlers[:] = handlers
        logging.getLogger(name).setLevel(level)


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize(
    ("chosen", "is_terminal", "is_json"),
    [
        ("auto", True, False),
        ("auto", False, True),
        ("human", False, False),
        ("json", True, True),
    ],
)
def test_people_read_a_terminal_and_programs_the_rest(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    chosen: LogFormat,
    is_terminal: bool,
    is_json: bool,
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: is_terminal)
    logging.config.dictConfig(configure(chosen))
    logging.getLogger("nexshift.web").info("ready")
    logging.getLogger("asyncio").error("lost")
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("{") == second.startswith("{") == is_json
    assert "ready" in first
    assert "lost" in second


def test_nothing_is_made_ready_for_a_log_that_nobody_wants(
    app: Litestar, database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR, logger="nexshift")
    with TestClient(app) as client:
        client.get("/health")
        let_the_loop_turn(client)
    assert caplog.records == []
