"""Whatever schemathesis thinks of, the service answers as its OpenAPI document allows, and never with a 5xx.

What the document allows is accepted, but for what no schema can say: a cursor or a token has to come from an answer,
and `from` stands before `to`.

The cases are derived from the document alone (no random seed), so every run sends the same ones.
"""

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import CHECKS, load_all_checks

from nexshift.errors import BadParameter
from nexshift.listings import LISTINGS
from nexshift.storage.connection import create_database
from nexshift.tables import TABLES
from nexshift.web.app import create_app
from nexshift.web.openapi import make_document
from nexshift.web.routes import list_served
from nexshift.window import parse_window
from tests.web.plant import fill, make_key
from tests.web.running import running

CASES = 100  # of each operation; the fixed cases of the document's own bounds come on top
load_all_checks()
ALLOWED = CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
        "negative_data_rejection",
        "positive_data_acceptance",
        "unsupported_method",
        "ignored_auth",
    ]
)


schema = schemathesis.openapi.from_dict(json.loads(make_document(list_served(LISTINGS, TABLES))))


@pytest.fixture(scope="module")
def address_and_key(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    database: Path = tmp_path_factory.mktemp("fuzz") / "plant.db"
    connection = create_database(database)
    fill(connection)
    key = make_key(connection)
    connection.close()
    each_look_a_minute_later = count(step=60).__next__  # or its bad keys would be too many for one minute
    with running(create_app(database, clock=each_look_a_minute_later)) as port:
        yield f"http://127.0.0.1:{port}", key


def leave_out_what_no_schema_says(case: schemathesis.Case) -> None:
    """From a case that is to be accepted."""
    if case.meta is None or not case.meta.generation.mode.is_positive or not case.query:
        return
    for name in ("cursor", "changed_after"):
        case.query.pop(name, None)
    try:
        parse_window(case.query.get("from"), case.query.get("to"), ZoneInfo("Australia/Brisbane"))
    except BadParameter as refusal:
        if "must not be after" not in refusal.sentence:
            raise
        del case.query["to"]


@schema.parametrize()
@settings(max_examples=CASES, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_the_service_answers_as_its_document_says(case: schemathesis.Case, address_and_key: tuple[str, str]) -> None:
    address, key = address_and_key
    leave_out_what_no_schema_says(case)
    case.call_and_validate(base_url=address, headers={"Authorization": f"Bearer {key}"}, checks=ALLOWED)
