"""The stand-in for Meta on a free port, a tiny receiver in the product's place, and recorded payloads."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest
from aiohttp import web

from dynaris.sandbox.meta.server import RunningMeta, sandbox_meta
from tests.web import client_at

SAMPLES = Path(__file__).parent / "recorded"


@dataclass
class Receiver:
    """What was posted, in order; `refuses` answers so many with 500 first, `waits` holds each answer back."""

    secret: str = ""
    url: str = ""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    forged: int = 0
    refuses: int = 0
    waits: float = 0.0
    verify_token: str = ""

    async def post(self, request: web.Request) -> web.Response:
        raw = await request.read()
        expected = "sha256=" + hmac.new(self.secret.encode(), raw, hashlib.sha256).hexdigest()
        if request.headers.get("X-Hub-Signature-256") != expected:
            self.forged += 1
        await asyncio.sleep(self.waits)
        if self.refuses:
            self.refuses -= 1
            return web.Response(status=500)
        self.bodies.append(json.loads(raw))
        return web.Response()

    async def challenge(self, request: web.Request) -> web.Response:
        known = request.query.get("hub.verify_token") == self.verify_token
        return web.Response(text=request.query["hub.challenge"], status=200 if known else 403)

    @property
    def values(self) -> list[dict[str, Any]]:
        return [change["value"] for body in self.bodies for entry in body["entry"] for change in entry["changes"]]

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [message for value in self.values for message in value.get("messages", [])]

    @property
    def statuses(self) -> list[dict[str, Any]]:
        return [status for value in self.values for status in value.get("statuses", [])]


async def until(true: Callable[[], Any], seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver, application = Receiver(), web.Application()
    application.add_routes([web.post("/meta/webhook", receiver.post), web.get("/meta/webhook", receiver.challenge)])
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/meta/webhook"
    yield receiver
    await runner.cleanup()


@dataclass
class Meta:
    """The stand-in, as the product sees it (`graph`) and as tests do (`control`)."""

    running: RunningMeta
    graph: httpx.AsyncClient
    control: httpx.AsyncClient
    receiver: Receiver

    @property
    def number(self) -> str:
        return self.running.credentials["phone_number_id"]

    @property
    def waba(self) -> str:
        return self.running.credentials["waba_id"]

    async def customer(self, **fields: Any) -> str:
        """A new one's user id."""
        asked = {"name": "Ada Lovelace", "wa_id": "16505551234", **fields}
        if asked.get("username_only"):
            del asked["wa_id"]
        made = await self.control.post("customers", json=asked)
        assert made.status_code == 201, made.text
        return made.json()["user_id"]

    async def writes(self, customer: str, **message: Any) -> str:
        written = await self.control.post(f"customers/{customer}/messages", json=message)
        assert written.status_code == 201, written.text
        return written.json()["id"]

    async def post(self, **message: Any) -> httpx.Response:
        return await self.graph.post(f"{self.number}/messages", json={"messaging_product": "whatsapp", **message})

    async def says(self, to: str, text: str, **more: Any) -> str:
        answer = await self.post(to=to, type="text", text={"body": text}, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()["messages"][0]["id"]

    async def plans(self, **fault: Any) -> None:
        planned = await self.control.post("faults", json=fault)
        assert planned.status_code == 201, planned.text

    async def conversation(self, customer: str) -> list[dict[str, Any]]:
        return (await self.control.get(f"customers/{customer}/messages")).json()["messages"]


@pytest.fixture
async def meta(tmp_path: Path, receiver: Receiver) -> AsyncIterator[Meta]:
    async with sandbox_meta(tmp_path, webhook_url=receiver.url) as running, aiohttp.ClientSession():
        receiver.secret = running.credentials["app_secret"]
        receiver.verify_token = running.credentials["verify_token"]
        bearer = {"Authorization": f"Bearer {running.credentials['access_token']}"}
        async with (
            client_at(f"{running.url}/v23.0", headers=bearer) as graph,
            client_at(running.control_url) as control,
        ):
            yield Meta(running, graph, control, receiver)
        assert receiver.forged == 0


def sample(name: str) -> dict[str, Any]:
    return json.loads((SAMPLES / f"{name}.json").read_text())


def shape(value: Any) -> Any:
    """The keys, whatever is in them; of a list, its first item's."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__
