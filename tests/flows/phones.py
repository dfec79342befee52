"""Customers with WhatsApp: the stand-in for Meta over HTTP on both sides, and a workspace with a number on it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from dynaris.app.host import Host
from dynaris.app.web import create_app
from dynaris.channels.registry import channels
from dynaris.connections.actions import add_account
from dynaris.pipeline.deliver import deliver
from dynaris.sandbox.meta.server import RunningMeta, sandbox_meta
from tests.flows.conftest import World
from tests.flows.teammates import signed_in
from tests.web import client_at, served

ADA = "4915550111222"


@dataclass
class Phones:
    """`control` is the stand-in's own API: what customers do, and what reached them."""

    world: World
    app: FastAPI
    running: RunningMeta
    control: httpx.AsyncClient
    owner: httpx.AsyncClient  # the workspace's owner at their screen
    account_id: UUID

    async def customer(self, wa_id: str | None = ADA, name: str = "Ada Byron", **more: Any) -> str:
        """A new phone's user id."""
        asked = {"name": name, **({"wa_id": wa_id} if wa_id else {"username_only": True}), **more}
        return (await self.control.post("customers", json=asked)).raise_for_status().json()["user_id"]

    async def writes(self, customer: str, text: str = "", **message: Any) -> str:
        """Its id at Meta, once Meta has delivered it to us."""
        asked = {"type": "text", "text": text, **message} if text else message
        answer = await self.control.post(f"customers/{customer}/messages", json=asked)
        assert answer.status_code == 201, answer.text
        await self.delivered()
        return answer.json()["id"]

    async def delivered(self) -> None:
        """Every webhook that is due has been answered."""
        async with asyncio.timeout(10):
            while (await self.control.get("state")).json()["waiting"] > 0:  # noqa: ASYNC110 - it does not tell
                await asyncio.sleep(0.01)

    async def settled(self) -> None:
        """All that arrived was worked on, and Meta has said what came of the replies."""
        await self.world.settle()
        await self.delivered()

    async def sent(self) -> None:
        """What waits in the outbox leaves."""
        for row in await self.world.rows("SELECT id FROM outbox WHERE workspace_id = %s AND status = 'queued'"):
            await deliver(self.world.services, self.world.workspace.id, row["id"])
        await self.delivered()

    async def thread(self, customer: str) -> list[dict[str, Any]]:
        """As the customer's phone shows it."""
        return (await self.control.get(f"customers/{customer}/messages")).json()["messages"]

    async def got(self, customer: str) -> list[dict[str, Any]]:
        """What the business sent there."""
        return (await self.control.get("sent", params={"customer": customer})).json()["messages"]

    async def template(
        self, name: str, body: str, examples: list[str], category: str = "UTILITY", language: str = "en_US"
    ) -> None:
        """Approved by Meta, and fetched by us."""
        known = self.running.credentials
        made = {
            "name": name,
            "language": language,
            "category": category,
            "components": [{"type": "BODY", "text": body, "example": {"body_text": [examples]}}],
        }
        headers = {"authorization": f"Bearer {known['access_token']}"}
        path = f"{self.running.url}/v23.0/{known['waba_id']}/message_templates"
        template_id = (await self.control.post(path, json=made, headers=headers)).raise_for_status().json()["id"]
        (await self.control.patch(f"templates/{template_id}", json={"status": "APPROVED"})).raise_for_status()
        answer = await self.owner.post("/api/templates/sync", json={"account_id": str(self.account_id)})
        assert answer.status_code == 200, answer.text

    async def plans(self, **fault: Any) -> None:
        answer = await self.control.post("faults", json=fault)
        assert answer.status_code == 201, answer.text

    async def events(self) -> list[dict[str, Any]]:
        return await self.world.rows("SELECT * FROM event WHERE workspace_id = %s ORDER BY id")


@pytest.fixture
async def phones(world: World, tmp_path: Path) -> AsyncIterator[Phones]:
    app = create_app(world.services, Host(world.services))
    async with (
        served(app) as port,
        sandbox_meta(tmp_path / "sandbox", webhook_url=f"http://127.0.0.1:{port}/meta/webhook") as running,
    ):
        account_id = await connected(world, running)
        async with client_at(running.control_url) as control, AsyncExitStack() as stack:
            owner = await signed_in(stack, world, app, world.workspace.owner_person_id)
            yield Phones(world, app, running, control, owner, account_id)
        await channels()["whatsapp"].close()  # type: ignore[attr-defined] - its pooled connections


async def connected(world: World, running: RunningMeta, **settings: Any) -> UUID:
    """The stand-in's number, as an account of the workspace."""
    known = running.credentials
    async with world.services.db.transaction(world.workspace.id) as connection:
        return await add_account(
            connection,
            world.workspace.id,
            world.services.accounts.vault,
            channel="whatsapp",
            address=known["phone_number_id"],
            settings={
                "phone_number": "+" + "".join(filter(str.isdigit, known["display_phone_number"])),
                **{name: known[name] for name in ("waba_id", "access_token", "app_secret", "verify_token")},
                "graph_url": running.url,
                **settings,
            },
            agent=None,
        )
