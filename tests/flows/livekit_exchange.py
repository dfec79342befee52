"""A workspace with a number at a real LiveKit server: its web process, its calls process, and who looks after rooms."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx

from dynaris.app.host import Host
from dynaris.app.web import create_app
from dynaris.calls.rooms.serving import serve_rooms
from dynaris.channels.contract import Account, RoomServer
from dynaris.channels.registry import channels
from dynaris.channels.voice_livekit.adapter import LiveKitVoiceChannel
from dynaris.channels.voice_livekit.paths import WEBHOOK
from dynaris.connections.actions import add_account
from dynaris.pipeline.services import Services
from tests.calls.livekit import livekit_server
from tests.flows.conftest import World, services_over
from tests.flows.teammates import signed_in
from tests.web import client_of, served

ADA = "+491701234567"


@dataclass
class Exchange:
    """The workspace with a number at LiveKit, its web process and its calls process."""

    world: World
    services: Services
    host: Host
    server: RoomServer
    number: Account[Any]
    carrier: LiveKitVoiceChannel
    client: httpx.AsyncClient
    owner: httpx.AsyncClient  # at their screen
    working: asyncio.Task[None]

    async def rows(self, query: str) -> list[dict[str, Any]]:
        return await self.world.rows(query)

    async def until(self, query: str, seconds: float = 60) -> list[dict[str, Any]]:
        async with asyncio.timeout(seconds):
            while not (found := await self.rows(query)):  # noqa: ASYNC110 - another process writes it
                await asyncio.sleep(0.05)
        return found

    async def until_said(self, times: int) -> None:
        await self.until(
            f"SELECT 1 FROM message WHERE workspace_id = %s AND author = 'agent' HAVING count(*) >= {times}"
        )

    async def agent(self, **settings: Any) -> None:
        """How the voice agent is set."""
        (await self.owner.patch("/api/agents/voice", json=settings)).raise_for_status()

    async def messages(self) -> list[tuple[str, str]]:
        rows = await self.rows(
            "SELECT author, text FROM message WHERE workspace_id = %s AND direction <> 'note' ORDER BY id"
        )
        return [(row["author"], row["text"]) for row in rows]


@asynccontextmanager
async def exchange_of(
    world: World, tmp_path: Path, *, webhooks: bool = True, redis: int = 0, **settings: Any
) -> AsyncIterator[Exchange]:
    """`redis`: the port of one, where telephones are to call, too."""
    number = f"+4930{uuid4().int % 10**10:010}"
    async with AsyncExitStack() as stack:
        services = services_over(
            world.services.db, tmp_path, public_url="http://dynaris.test", private_networks="loopback"
        )
        app = create_app(services, Host(services))
        port = await stack.enter_async_context(served(app))  # type: ignore[arg-type]
        told = f"http://127.0.0.1:{port}{WEBHOOK if webhooks else '/nowhere'}"
        server = await stack.enter_async_context(livekit_server(tmp_path, told, redis=redis))
        async with world.services.db.transaction(world.workspace.id) as connection:
            account_id: UUID = await add_account(
                connection,
                world.workspace.id,
                world.services.accounts.vault,
                channel="voice_livekit",
                address=number,
                settings={"url": server.url, "api_key": server.key, "api_secret": server.secret, **settings},
            )
        carrier = channels()["voice_livekit"]
        assert isinstance(carrier, LiveKitVoiceChannel)
        carrier.configure(services.settings)
        account = await services.accounts.by_id(world.workspace.id, account_id)
        client = await stack.enter_async_context(client_of(app))
        there = World(services, world.workspace, world.source)
        owner = await signed_in(stack, there, app, world.workspace.owner_person_id)
        working = asyncio.create_task(serve_rooms(services))
        here = Exchange(world, services, Host(services), server, account, carrier, client, owner, working)
        try:
            yield here
        finally:
            here.working.cancel()
            await asyncio.gather(here.working, return_exceptions=True)
            await here.rows("UPDATE account SET enabled = false WHERE workspace_id = %s RETURNING id")
