"""Somebody calls through a real LiveKit server: the same Atlas answers as on every other path."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from dynaris.app.host import Host
from dynaris.app.web import create_app
from dynaris.calls.rooms.serving import serve_rooms
from dynaris.channels.contract import Account, Configured, Roomed, RoomServer, Visitor
from dynaris.channels.registry import channels
from dynaris.connections.actions import add_account
from dynaris.pipeline.services import Services
from tests.calls.livekit import Caller, calling, livekit_server
from tests.flows.conftest import World, services_over
from tests.web import served

ADA = "+491701234567"


@dataclass
class Exchange:
    """The workspace with a number at LiveKit, its web process and its calls process."""

    world: World
    services: Services
    host: Host
    server: RoomServer
    number: Account[Any]
    carrier: Roomed
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

    async def messages(self) -> list[tuple[str, str]]:
        rows = await self.rows(
            "SELECT author, text FROM message WHERE workspace_id = %s AND direction <> 'note' ORDER BY id"
        )
        return [(row["author"], row["text"]) for row in rows]


@pytest.fixture
async def exchange(world: World, tmp_path: Path) -> AsyncIterator[Exchange]:
    number = f"+4930{uuid4().int % 10**10:010}"
    async with AsyncExitStack() as stack:
        services = services_over(
            world.services.db, tmp_path, public_url="http://dynaris.test", private_networks="loopback"
        )
        app = create_app(services, Host(services))
        port = await stack.enter_async_context(served(app))  # type: ignore[arg-type]
        server = await stack.enter_async_context(livekit_server(tmp_path, f"http://127.0.0.1:{port}/livekit/webhook"))
        async with world.services.db.transaction(world.workspace.id) as connection:
            account_id: UUID = await add_account(
                connection,
                world.workspace.id,
                world.services.accounts.vault,
                channel="voice_livekit",
                address=number,
                settings={"url": server.url, "api_key": server.key, "api_secret": server.secret},
            )
        carrier = channels()["voice_livekit"]
        assert isinstance(carrier, Roomed)
        assert isinstance(carrier, Configured)
        carrier.configure(services.settings)
        account = await services.accounts.by_id(world.workspace.id, account_id)
        working = asyncio.create_task(serve_rooms(services))
        try:
            yield Exchange(world, services, Host(services), server, account, carrier, working)
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)


async def test_a_caller_in_a_room_is_answered_by_the_same_atlas(exchange: Exchange) -> None:
    access = await exchange.carrier.invite(exchange.number, Visitor(key="f" * 64, name="Ada Byron"))
    await asyncio.sleep(1)
    async with calling(exchange.server.url, access.token) as caller:
        await caller.hears("media", seconds=20)  # it rings until Atlas speaks
        await caller.hears("atlas", seconds=20)
        await exchange.until_said(1)
        asked = await caller.says("Is there parking?")
        await caller.hears("atlas", asked)
        await exchange.until_said(2)
        await caller.hangs_up()
    await exchange.until("SELECT id FROM call WHERE workspace_id = %s AND status = 'ended'", 20)
    (call,) = await exchange.rows("SELECT * FROM call WHERE workspace_id = %s")
    assert (call["outcome"], call["agent"], call["external_id"]) == ("answered", "voice", access.room_name)
    messages = await exchange.messages()
    assert [author for author, _ in messages] == ["contact", "agent", "contact", "agent"]
    assert "AI assistant" in messages[1][1]
    assert messages[2][1] == "Is there parking?"
    assert "garage" in messages[3][1]
    legs = await exchange.until("SELECT * FROM call_leg WHERE workspace_id = %s ORDER BY joined_at")
    assert {(leg["party"], leg["name"]) for leg in legs} == {("contact", "Ada Byron"), ("agent", "voice")}
    assert all(leg["left_at"] for leg in legs)


__all__ = ["Caller"]
