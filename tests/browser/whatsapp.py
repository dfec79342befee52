"""A number on WhatsApp in the room, at a stand-in for Meta of its own."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from dynaris.connections.actions import add_account
from dynaris.core.crypto import Vault
from dynaris.core.phone_numbers import spaced
from dynaris.sandbox.meta.server import RunningMeta, sandbox_meta
from tests.browser.conftest import KEY, Room
from tests.web import client_at

ADA = "4917012345678"


@dataclass
class Number:
    room: Room
    running: RunningMeta
    control: httpx.AsyncClient
    account_id: str

    @property
    def name(self) -> str:
        """As the screens show it."""
        return spaced("+" + "".join(filter(str.isdigit, self.running.credentials["display_phone_number"])))

    async def sync(self) -> None:
        answer = await self.room.api.post("/api/templates/sync", json={"account_id": self.account_id})
        assert answer.status_code == 200, answer.text

    async def template(self, name: str) -> dict[str, Any]:
        templates = (await self.control.get("templates")).json()
        return next(one for one in templates if one["name"] == name)

    async def decides(self, name: str, status: str, **more: str) -> None:
        """Meta, of a template."""
        path = f"templates/{(await self.template(name))['id']}"
        (await self.control.patch(path, json={"status": status, **more})).raise_for_status()

    async def ada_writes(self, text: str) -> str:
        """The conversation, once the agent has answered."""
        if ADA not in [one["wa_id"] for one in (await self.control.get("customers")).json()]:
            (await self.control.post("customers", json={"name": "Ada Byron", "wa_id": ADA})).raise_for_status()
        asked = {"type": "text", "text": text}
        (await self.control.post(f"customers/{ADA}/messages", json=asked)).raise_for_status()
        await self.got(1)
        (one,) = (await self.room.api.get("/api/conversations")).json()["items"]
        return one["id"]

    async def ada_speaks(self, recording: bytes) -> str:
        """A voice note; the conversation, once she was told that it is with a person."""
        (await self.control.post("customers", json={"name": "Ada Byron", "wa_id": ADA})).raise_for_status()
        kind = {"Content-Type": "audio/ogg; codecs=opus"}
        kept = await self.control.post("media", params={"kind": "audio"}, content=recording, headers=kind)
        said = {"type": "audio", "media_id": kept.json()["media_id"], "voice": True}
        (await self.control.post(f"customers/{ADA}/messages", json=said)).raise_for_status()
        await self.got(1)
        (one,) = (await self.room.api.get("/api/conversations")).json()["items"]
        return one["id"]

    async def got(self, count: int) -> list[dict[str, Any]]:
        """What reached Ada, once it is that many messages."""
        async with asyncio.timeout(20):
            while True:
                sent = (await self.control.get("sent", params={"customer": ADA})).json()["messages"]
                if len(sent) >= count:
                    return sent
                await asyncio.sleep(0.05)

    async def wrote_ago(self, ago: str) -> None:
        await self.room.rows(
            """UPDATE conversation SET last_inbound_at = clock_timestamp() - %(ago)s::interval
               WHERE workspace_id = %(ws)s RETURNING id""",
            ago=ago,
        )


@pytest.fixture
async def number(room: Room, tmp_path: Path) -> AsyncIterator[Number]:
    async with (
        sandbox_meta(tmp_path / "meta", webhook_url=f"{room.url}/meta/webhook") as running,
        client_at(running.control_url) as control,
    ):
        known = running.credentials
        secrets = {name: known[name] for name in ("waba_id", "access_token", "app_secret", "verify_token")}
        dialled = "+" + "".join(filter(str.isdigit, known["display_phone_number"]))
        async with room.house.db.transaction(room.workspace.id) as connection:
            account_id = await add_account(
                connection,
                room.workspace.id,
                Vault(KEY),
                channel="whatsapp",
                address=known["phone_number_id"],
                settings={**secrets, "phone_number": dialled, "graph_url": running.url},
            )
        number = Number(room, running, control, str(account_id))
        await number.sync()
        yield number
