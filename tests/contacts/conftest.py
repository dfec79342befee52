"""Fixtures of the tests of contacts."""

import pytest

from dynaris.core.db import Database
from dynaris.workspaces.actions import NewWorkspace
from tests.contacts.desk import Desk


@pytest.fixture
def desk(db: Database, workspace: NewWorkspace) -> Desk:
    return Desk(db, workspace)
