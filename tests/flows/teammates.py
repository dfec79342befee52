"""Teammates at their screens: sessions of real members, and a conversation that they answer."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from dynaris.app.host import Host
from dynaris.app.web import create_app
from dynaris.core.ids import new_id
from dynaris.pipeline.deliver import deliver
from dynaris.workspaces.actions import add_member, create_sign_in_link, create_workspace
from tests.flows.conftest import Sink, World
from tests.web import ADDRESS, client_of


@dataclass
class Office:
    """Olivia and Tom work here."""

    world: World
    sink: Sink
    app: FastAPI
    stack: AsyncExitStack
    olivia: httpx.AsyncClient
    tom: httpx.AsyncClient

    async def asked(self, text: str = "Is there parking?") -> str:
        """A conversation in which an agent answered already."""
        accepted = await self.world.say(text, reply_url=self.sink.url)
        await self.world.settle()
        return str((await self.world.event(accepted.event_id))["conversation_id"])

    async def newest(self, conversation_id: str) -> dict[str, Any]:
        page = await self.olivia.get(f"/api/conversations/{conversation_id}/messages", params={"order": "newest"})
        return page.json()["items"][0]

    async def delivered(self) -> None:
        for row in await self.world.rows("SELECT id FROM outbox WHERE workspace_id = %s AND status = 'queued'"):
            await deliver(self.world.services, self.world.workspace.id, row["id"])


async def signed_in(stack: AsyncExitStack, world: World, app: FastAPI, person_id: UUID) -> httpx.AsyncClient:
    client = await stack.enter_async_context(client_of(app, origin=ADDRESS))
    token = await create_sign_in_link(world.services.db, world.workspace.id, person_id=person_id)
    assert (await client.post(f"/auth/link/{token}")).status_code == 303
    return client


@pytest.fixture
async def office(world: World, sink: Sink) -> AsyncIterator[Office]:
    slug = f"t-{new_id().hex}"
    other = await create_workspace(
        world.services.db, slug=slug, name="T", owner_email=f"t@{slug}.example", owner_name="Tom Team"
    )
    async with world.services.db.workspace(world.workspace.id) as connection:
        await add_member(
            connection,
            world.workspace.id,
            person_id=other.owner_person_id,
            email=f"t@{slug}.example",
            name="Tom Team",
            role="teammate",
        )
    app = create_app(world.services, Host(world.services))
    async with AsyncExitStack() as stack:
        olivia = await signed_in(stack, world, app, world.workspace.owner_person_id)
        tom = await signed_in(stack, world, app, other.owner_person_id)
        yield Office(world, sink, app, stack, olivia, tom)
