"""The plant of two companies, as a database, a reader of it and grants, for every test that reads listings."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from nexshift.listing import Endpoint
from nexshift.listings import LISTINGS
from nexshift.storage.connection import ReadConnection, open_reader, open_writer
from nexshift.storage.keys import Grant
from tests.asking import takes
from tests.grants import GRANTS, grant_of
from tests.plants import Plant, make_plant


@pytest.fixture(scope="session")
def plant() -> Plant:
    return make_plant()


@pytest.fixture(scope="session")
def plant_file(plant: Plant, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that no test writes to; an incident of each site was deleted from it."""
    path = plant.write(tmp_path_factory.mktemp("plant") / "plant.db")
    connection = open_writer(path)
    connection.execute(
        "INSERT INTO incident (company_id, site_id, uuid, reference_number, title, severity, status, occurred_at)"
        " SELECT company_id, id, '00000000-0000-7000-8000-' || format('%012d', id), 'GONE-' || id, 'x', 'x', 'closed',"
        " 0 FROM site"
    )
    connection.execute("DELETE FROM incident WHERE reference_number GLOB 'GONE-*'")
    connection.close()
    return path


@pytest.fixture(scope="session")
def reader(plant_file: Path) -> Iterator[ReadConnection]:
    connection = open_reader(plant_file)
    yield connection
    connection.close()


@pytest.fixture
def own_file(plant_file: Path, tmp_path: Path) -> Path:
    """The same as a database that this test may write to."""
    return Path(shutil.copyfile(plant_file, tmp_path / "plant.db"))


@pytest.fixture
def grant(plant: Plant) -> Grant:
    """Everything of the first company."""
    return grant_of(plant, 1)


@pytest.fixture(params=LISTINGS, ids=lambda endpoint: endpoint.path)
def endpoint(request: pytest.FixtureRequest) -> Endpoint:
    """Each endpoint in turn."""
    chosen: Endpoint = request.param
    return chosen


@pytest.fixture(params=[each for each in LISTINGS if takes(each, "limit")], ids=lambda endpoint: endpoint.path)
def paged(request: pytest.FixtureRequest) -> Endpoint:
    """Each endpoint that has pages."""
    chosen: Endpoint = request.param
    return chosen


@pytest.fixture(params=list(GRANTS))
def any_grant(request: pytest.FixtureRequest, plant: Plant) -> Grant:
    """Each kind of grant in turn."""
    return grant_of(plant, 1, request.param)
