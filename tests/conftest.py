"""Fixtures that the rooms share."""

import os
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connections

from hushkeep.kernel import TenantId, new_id
from hushkeep.runtime.database import migrate
from hushkeep.runtime.local_database import local_database
from hushkeep.runtime.settings import settings

_ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def shared_data():
    """The folder of the development data; skips when it is not beside the repository."""
    folder = Path(os.environ.get("HUSHKEEP_SHARED_DATA", _ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no development data at {folder}: set HUSHKEEP_SHARED_DATA")
    return folder


@pytest.fixture(scope="session")
def database():
    """The embedded PostgreSQL of this run, migrated; yields its Cluster."""
    with local_database(settings()) as cluster:
        migrate()
        yield cluster
        connections.close_all()


def _fresh() -> TenantId:
    return TenantId(UUID(str(new_id())))


@pytest.fixture
def tenant(database):
    """A tenant that no other test uses."""
    yield _fresh()
    connections.close_all()


@pytest.fixture
def two_tenants(database):
    """Two tenants that no other test uses."""
    yield _fresh(), _fresh()
    connections.close_all()
