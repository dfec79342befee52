"""Somebody calls through a real LiveKit server: the same Atlas answers as on every other path."""

import asyncio
import base64
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import numpy as np
import orjson
import pytest

from dynaris.calls.rooms import serving
from dynaris.calls.rooms.serving import serve_rooms
from dynaris.calls.rooms.taking import take
from dynaris.calls.rooms.worker import Job
from dynaris.channels.contract import Refused, RoomAccess, Visitor
from dynaris.channels.voice_livekit import calls
from dynaris.channels.voice_livekit.calls import Calls
from dynaris.channels.voice_livekit.paths import WEBHOOK
from dynaris.channels.voice_livekit.tokens import token
from dynaris.connections.actions import add_account
from dynaris.pipeline.services import Services
from tests.calls.livekit import LOUD, Caller, calling
from tests.flows.conftest import World
from tests.flows.livekit_exchange import Exchange, exchange_of

ADA = "+491701234567"


@pytest.fixture
async def exchange(world: World, tmp_path: Path) -> AsyncIterator[Exchange]:
    async with exchange_of(world, tmp_path) as found:
        yield found


async def test_who_chats_and_calls_from_the_same_page_is_one_contact(exchange: Exchange) -> None:
    key = f"dw_{uuid4().hex}"
    async with exchange.services.db.transaction(exchange.world.workspace.id) as connection:
        await add_account(
            connection,
            exchange.world.workspace.id,
            exchange.services.accounts.vault,
            channel="webchat",
            address=key,
            settings={},
        )
    session, page = uuid4().hex + uuid4().hex, {"x-api-key": key, "origin": "https://clinic.example"}
    said = {"session_id": session, "message": "May I call you?"}
    assert (await exchange.client.post("/api/chat-widget/message", json=said, headers=page)).status_code == 202
    answer = await exchange.client.post("/api/chat-widget/voice/start", json={"session_id": session}, headers=page)
    assert answer.status_code == 200, answer.text
    started = answer.json()
    async with calling(started["ws_url"], started["token"]) as caller:
        await caller.hears("atlas", seconds=20)
        await exchange.until_said(1)
        ended = await exchange.client.post("/api/chat-widget/voice/close", json={"session_id": session}, headers=page)
        assert ended.status_code == 204
        async with asyncio.timeout(10):
            while caller.room.isconnected():  # noqa: ASYNC110 - another process does it
                await asyncio.sleep(0.05)
    await exchange.until("SELECT id FROM call WHERE workspace_id = %s AND status = 'ended'", 20)
    await exchange.world.settle()
    contacts = await exchange.rows("SELECT DISTINCT contact_id FROM message WHERE workspace_id = %s")
    assert len(contacts) == 1


async def invited(exchange: Exchange) -> RoomAccess:
    return await exchange.carrier.invite(exchange.number, Visitor(key="f" * 64, name="Ada Byron"))


async def test_a_caller_in_a_room_is_answered_by_the_same_atlas(exchange: Exchange) -> None:
    access = await invited(exchange)
    await asyncio.sleep(1)
    async with calling(exchange.server.url, access.token) as caller:
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
    await exchange.until("SELECT 1 FROM call WHERE workspace_id = %s AND carrier_seconds > 2", 20)
    legs = await exchange.rows("SELECT * FROM call_leg WHERE workspace_id = %s ORDER BY joined_at")
    assert [(leg["party"], leg["name"]) for leg in legs] == [("contact", "Ada Byron"), ("agent", "voice")]
    assert all(leg["left_at"] > leg["joined_at"] for leg in legs)
    async with asyncio.timeout(20):  # and the room is closed behind them
        while await exchange.carrier.rooms.participants(exchange.server, access.room_name):  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def test_it_rings_until_atlas_speaks(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def late(services: Services, job: Job) -> None:
        await asyncio.sleep(4)
        await take(services, job)

    monkeypatch.setattr(serving, "take", late)
    async with exchange_of(world, tmp_path) as exchange:
        access = await invited(exchange)
        async with calling(exchange.server.url, access.token) as caller:
            rang = await caller.hears("media", seconds=20)
            assert await caller.hears("atlas", seconds=20) > rang
            await asyncio.sleep(0.5)
            since = asyncio.get_running_loop().time()
            await asyncio.sleep(2)
            assert not loud_since(caller, "media", since)


async def test_a_webhook_that_comes_again_does_nothing(exchange: Exchange) -> None:
    access = await invited(exchange)
    async with calling(exchange.server.url, access.token):
        await exchange.until("SELECT id FROM call WHERE workspace_id = %s")
        there = await agents_in(exchange, access)
        ((_, said),) = [
            each
            for each in await exchange.carrier.rooms.participants(exchange.server, access.room_name)
            if each[0].is_caller
        ]
        ours = orjson.dumps({"dynaris": {"account": str(exchange.number.id), "visitor": "f" * 64}}).decode()
        room = {"name": access.room_name, "metadata": ours}
        body = orjson.dumps({"event": "participant_joined", "id": "EV_1", "room": room, "participant": said})
        digest = base64.b64encode(sha256(body).digest()).decode()
        for _ in range(2):
            proof = {"Authorization": token(exchange.server, sha256=digest)}
            assert (await exchange.client.post(WEBHOOK, content=body, headers=proof)).status_code == 204
        forged = {"Authorization": token(exchange.server, sha256=digest)}
        assert (await exchange.client.post(WEBHOOK, content=body + b" ", headers=forged)).status_code == 401
        await asyncio.sleep(2)
        assert await agents_in(exchange, access) == there == ["atlas", "media-bot"]
    for table in ("call", "event", "message", "call_leg"):
        among = (
            " AND party = 'contact'"
            if table == "call_leg"
            else " AND event_id IS NOT NULL"
            if table == "message"
            else ""
        )
        assert len(await exchange.rows(f"SELECT 1 FROM {table} WHERE workspace_id = %s{among}")) == 1, table


async def agents_in(exchange: Exchange, access: RoomAccess, most: int = 2) -> list[str]:
    async with asyncio.timeout(20):
        while True:
            there = await exchange.carrier.rooms.participants(exchange.server, access.room_name)
            names = sorted(who.attributes["lk.agent.name"] for who, _ in there if who.kind == "AGENT")
            if len(names) >= most:
                return names
            await asyncio.sleep(0.1)


async def test_where_webhooks_are_lost_calls_are_found_in_their_rooms(world: World, tmp_path: Path) -> None:
    async with exchange_of(world, tmp_path, webhooks=False) as exchange:
        access = await invited(exchange)
        look = Calls(exchange.carrier, exchange.host, exchange.number)
        async with calling(exchange.server.url, access.token) as caller:
            await asyncio.sleep(4)
            assert not await exchange.rows("SELECT id FROM call WHERE workspace_id = %s")
            await look.compare(exchange.server)
            await look.compare(exchange.server)
            await caller.hears("atlas", seconds=20)
            await exchange.until_said(1)
            assert await agents_in(exchange, access) == ["atlas", "media-bot"]
            exchange.working.cancel()  # nobody of ours sees them go
            await asyncio.gather(exchange.working, return_exceptions=True)
        await look.compare(exchange.server)
        (call,) = await exchange.rows("SELECT * FROM call WHERE workspace_id = %s")
        assert (call["status"], call["outcome"]) == ("ended", "answered")


async def test_a_call_whose_process_dies_goes_on_with_another(
    exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "_AGAIN_SECONDS", 0.2)
    access = await invited(exchange)
    look = Calls(exchange.carrier, exchange.host, exchange.number)
    async with calling(exchange.server.url, access.token) as caller:
        await caller.hears("atlas", seconds=20)
        await exchange.until_said(1)
        exchange.working.cancel()
        await asyncio.gather(exchange.working, return_exceptions=True)
        exchange.working = asyncio.create_task(serve_rooms(exchange.services))
        async with asyncio.timeout(30):
            while len(await exchange.messages()) < 3:
                await look.compare(exchange.server)
                await asyncio.sleep(0.5)
        assert "cut off" in (await exchange.messages())[2][1]
        asked = await caller.says("Is there parking?")
        await caller.hears("atlas", asked)
        await exchange.until_said(3)
    await exchange.until("SELECT id FROM call WHERE workspace_id = %s AND status = 'ended'", 20)
    (call,) = await exchange.rows("SELECT * FROM call WHERE workspace_id = %s")
    assert (call["outcome"], call["connections"]) == ("answered", 2)


async def test_media_bot_does_what_attributes_of_the_caller_say(exchange: Exchange) -> None:
    access = await invited(exchange)
    async with calling(exchange.server.url, access.token) as caller:
        await caller.hears("atlas", seconds=20)
        await exchange.until_said(1)
        await asyncio.sleep(1)
        for command, is_loud in (("hold", True), ("stop", False), ("busy", True), ("stop", False), ("nonsense", False)):
            attributes = {"media.command": command, "media.command_id": uuid4().hex, "media.loop": "true"}
            await exchange.carrier.signal(exchange.number, access.room_name, attributes)
            await asyncio.sleep(0.7)
            since = asyncio.get_running_loop().time()
            await asyncio.sleep(1)
            assert loud_since(caller, "media", since) == is_loud, command


def loud_since(caller: Caller, track: str, since: float) -> bool:
    sounds = [np.frombuffer(sound, np.int16).astype(int) for at, sound in caller.heard[track] if at > since]
    return any(np.abs(sound).max() > LOUD for sound in sounds)


async def test_whoever_is_hung_up_on_is_out_and_nobody_puts_a_browser_through(exchange: Exchange) -> None:
    access = await invited(exchange)
    async with calling(exchange.server.url, access.token) as caller:
        await exchange.until_said(1)
        with pytest.raises(Refused, match="by telephone"):
            await exchange.carrier.transfer(exchange.number, access.room_name, "+4930123456")
        await exchange.carrier.hang_up(exchange.number, access.room_name)
        async with asyncio.timeout(10):
            while caller.room.isconnected():  # noqa: ASYNC110 - another process does it
                await asyncio.sleep(0.05)
    await exchange.until("SELECT id FROM call WHERE workspace_id = %s AND status = 'ended'", 20)
    await exchange.carrier.hang_up(exchange.number, access.room_name)
