"""Every value of every row, against what plain Python makes of the same records."""

from __future__ import annotations

import msgspec
import pytest

from nexshift.listing import Endpoint
from nexshift.storage.connection import ReadConnection
from tests.asking import ask
from tests.grants import GRANTS, grant_of
from tests.listings.expected import Expected
from tests.plants import COMPANIES, Plant


@pytest.mark.parametrize("company", COMPANIES)
@pytest.mark.parametrize("kind", GRANTS)
def test_a_page_holds_exactly_the_rows_of_the_grant_in_order(
    paged: Endpoint, reader: ReadConnection, plant: Plant, company: int, kind: str
) -> None:
    grant = grant_of(plant, company, kind)
    sites = None if grant.sites is None else set(grant.sites.values())
    expected = Expected(plant, company, sites).rows(paged.path)
    body = msgspec.json.decode(ask(reader, paged, grant, "limit=1000"), type=dict[str, msgspec.Raw])
    assert bytes(body["data"]) == msgspec.json.encode(expected)
    assert bool(expected) == (sites != set())
