"""A workspace's flow with its API, as the screens use it."""

from collections.abc import AsyncIterator

import httpx
import pytest

from dynaris.app.host import Host
from dynaris.app.web import create_app
from tests.flows.conftest import World, others_stand_on_this_machine, sink, world
from tests.web import client_of, new_key

__all__ = ["others_stand_on_this_machine", "sink", "world"]


@pytest.fixture
async def api(world: World) -> AsyncIterator[httpx.AsyncClient]:
    key = await new_key(world.services.db, world.workspace.id)
    app = create_app(world.services, Host(world.services))
    async with client_of(app, authorization=f"Bearer {key}") as client:
        yield client
