"""People who telephone: the stand-in for Twilio over HTTP on both sides, a workspace with a number there, and the calls
process that answers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from dynaris.app.host import Host
from dynaris.app.web import create_app
from dynaris.calls.sockets import sockets_app
from dynaris.channels.contract import Configured
from dynaris.channels.registry import channels
from dynaris.connections.actions import add_account
from dynaris.sandbox.twilio.account import Number, keep
from dynaris.sandbox.twilio.server import RunningTwilio, sandbox_twilio
from tests.flows.conftest import World, services_over
from tests.flows.teammates import signed_in
from tests.web import served

ADA, COLLEAGUE = "+491701234567", "+4930111222"


class Either:
    """Web and calls process behind one address, as `dynaris up` has them."""

    def __init__(self) -> None:
        self.web: ASGIApp
        self.calls: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_calls = scope["type"] == "websocket" or scope.get("path", "").startswith("/calls/")
        await (self.calls if is_calls else self.web)(scope, receive, send)


@dataclass
class Telephones:
    """`control` is the stand-in's own API: what people at their telephones do, and what they hear."""

    world: World
    running: RunningTwilio
    control: httpx.AsyncClient
    owner: httpx.AsyncClient  # the workspace's owner at their screen
    account_id: UUID
    number: str

    async def calls(self, caller: str = ADA, **weather: float) -> str:
        """Its id at Twilio."""
        asked = {"caller": caller, "called": self.number, "weather": weather}
        return (await self.control.post("calls", json=asked)).raise_for_status().json()["sid"]

    async def says(self, sid: str, text: str) -> None:
        """Until it is said."""
        (await self.control.post(f"calls/{sid}/say", json={"text": text})).raise_for_status()
        await self.until(sid, lambda call: not call["speaks"])

    async def presses(self, sid: str, keys: str) -> None:
        (await self.control.post(f"calls/{sid}/keys", json={"keys": keys})).raise_for_status()

    async def hangs_up(self, sid: str) -> None:
        (await self.control.post(f"calls/{sid}/hang-up")).raise_for_status()

    async def person(self, number: str, **about: Any) -> dict[str, Any]:
        return (await self.control.patch(f"people/{number}", json=about)).raise_for_status().json()

    async def at(self, sid: str) -> dict[str, Any]:
        return (await self.control.get(f"calls/{sid}")).raise_for_status().json()

    async def until(self, sid: str, holds: Any) -> dict[str, Any]:
        async with asyncio.timeout(60):
            while not holds(call := await self.at(sid)):  # noqa: ASYNC110 - it does not tell
                await asyncio.sleep(0.05)
        return call

    async def until_over(self, sid: str) -> dict[str, Any]:
        return await self.until(sid, lambda call: call["status"] not in ("queued", "ringing", "in-progress"))

    async def found(self, query: str) -> list[dict[str, Any]]:
        """Once it finds something."""
        async with asyncio.timeout(60):
            while not (found := await self.world.rows(query)):  # noqa: ASYNC110 - another process writes it
                await asyncio.sleep(0.05)
        return found

    async def until_said(self, times: int) -> None:
        """By us, whole or cut off."""
        await self.found(
            f"""SELECT count(*) FROM message WHERE workspace_id = %s AND author = 'agent' AND data ? 'at'
                HAVING count(*) >= {times}"""
        )

    async def ended(self) -> dict[str, Any]:
        (call,) = await self.found("SELECT * FROM call WHERE workspace_id = %s AND status = 'ended'")
        return call

    async def call(self) -> dict[str, Any]:
        (call,) = await self.found("SELECT * FROM call WHERE workspace_id = %s")
        return call

    async def spoken(self) -> list[tuple[str, str]]:
        rows = await self.world.rows(
            "SELECT author, text FROM message WHERE workspace_id = %s AND data ? 'at' ORDER BY id"
        )
        return [(row["author"], row["text"]) for row in rows]

    async def agent(self, **settings: Any) -> None:
        """How the voice agent is set."""
        (await self.owner.patch("/api/agents/voice", json=settings)).raise_for_status()


@pytest.fixture
async def telephones(world: World, tmp_path: Path) -> AsyncIterator[Telephones]:
    either = Either()
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(served(either))  # type: ignore[arg-type]
        gateway = f"http://127.0.0.1:{port}"
        running = await stack.enter_async_context(sandbox_twilio(tmp_path / "sandbox", gateway=gateway))
        number = f"+1500{world.workspace.id.int % 10**9:09}"  # an address is one workspace's
        known = running.standin.account
        known.numbers[:] = [Number("PN1", number, "", f"{gateway}/twilio/voice", "POST", f"{gateway}/twilio/status")]
        keep(running.standin.folder, known)
        settings = {"public_url": gateway, "sandbox_twilio_port": running.port, "private_networks": "loopback"}
        services = services_over(world.services.db, tmp_path, **settings)
        carrier = channels()["voice_twilio"]
        assert isinstance(carrier, Configured)
        carrier.configure(services.settings)
        async with services.db.transaction(world.workspace.id) as connection:
            account_id = await add_account(
                connection,
                world.workspace.id,
                services.accounts.vault,
                channel="voice_twilio",
                address=number,
                settings={"account_sid": known.sid, "auth_token": known.auth_token, "api_url": "sandbox"},
            )
        app = create_app(services, Host(services))
        either.web, either.calls = app, sockets_app(services)
        here = World(services, world.workspace, world.source)
        owner = await signed_in(stack, here, app, world.workspace.owner_person_id)
        control = await stack.enter_async_context(httpx.AsyncClient(base_url=f"{running.control_url}/", timeout=30))
        yield Telephones(here, running, control, owner, account_id, number)
