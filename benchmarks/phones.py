"""Customers with WhatsApp: webhooks as Meta posts them, straight to the product; what reached them, at the stand-in.

As a process of its own (`python -m benchmarks.phones PLAN RESULT`) it posts at their times and measures the answers.
"""

import asyncio
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import uvloop

from benchmarks.product import Product
from benchmarks.system import PYTHON, run_command
from benchmarks.workload import QUESTIONS
from dynaris.sandbox.meta.account import FOLDER, credentials
from dynaris.sandbox.meta.control import ROOT
from dynaris.sandbox.meta.webhooks import signature

_TRY_AGAIN = 0.2  # seconds: Meta posts again what was not answered with 200
_MOST_TRIES = 300


@dataclass(frozen=True, slots=True)
class Post:
    """One webhook with one message. Those of one customer leave one after another, as Meta's do."""

    id: str  # the message's
    customer: str  # the number that writes
    at: float  # seconds after the begin
    body: str


@dataclass(frozen=True, slots=True)
class Posted:
    """`due` is of the wall clock, which the stand-in's own times are of as well."""

    id: str
    customer: str
    due: float
    ack_seconds: float  # until the last try was answered, from when it was due
    status: int


class Phones:
    """The customers of the demo workspace's number, who all can be written to."""

    def __init__(self, product: Product, session: aiohttp.ClientSession, folder: Path) -> None:
        self._webhook = f"{product.address}/meta/webhook"
        self._known = credentials(product.home / "sandbox" / FOLDER)
        self._session, self._folder = session, folder
        self._runs = 0
        self._made: dict[str, str] = {}  # user ids by number

    async def new_customers(self, count: int) -> list[str]:
        """Their numbers. Each has written once, by the stand-in itself: it lets nobody be answered who never wrote."""
        new: list[str] = []
        for number in range(len(self._made), len(self._made) + count):
            wa_id = f"49155{number:08}"
            made = await self._control("POST", "customers", {"name": f"Customer {number}", "wa_id": wa_id})
            self._made[wa_id] = made["user_id"]
            new.append(wa_id)
            await self._control("POST", f"customers/{wa_id}/messages", {"type": "text", "text": QUESTIONS[0]})
        return new

    def user_of(self, customer: str) -> str:
        """As the stand-in counts by."""
        return self._made[customer]

    def post(self, run: str, number: int, customer: str, at: float, text: str | None = None) -> Post:
        """The run's `number`th message; a question, if no text is given."""
        message_id = f"wamid.{run}-{number}"
        text = text or f"{QUESTIONS[number % len(QUESTIONS)]} My reference is A{number}."
        message = {"from": customer, "id": message_id, "timestamp": str(int(time.time())), "type": "text"}
        contact = {"profile": {"name": f"Customer {customer}"}, "wa_id": customer, "user_id": self._made[customer]}
        number_digits = "".join(filter(str.isdigit, self._known["display_phone_number"]))
        about = {"display_phone_number": number_digits, "phone_number_id": self._known["phone_number_id"]}
        value = {
            "messaging_product": "whatsapp",
            "metadata": about,
            "contacts": [contact],
            "messages": [{**message, "text": {"body": text}}],
        }
        entry = {"id": self._known["waba_id"], "changes": [{"value": value, "field": "messages"}]}
        body = orjson.dumps({"object": "whatsapp_business_account", "entry": [entry]}).decode()
        return Post(message_id, customer, at, body)

    async def write(self, posts: Sequence[Post]) -> list[Posted]:
        """In a process of their own, which shares the machine and nothing else."""
        self._runs += 1
        plan, result = self._folder / f"phones{self._runs}.plan", self._folder / f"phones{self._runs}.posted"
        plan.write_bytes(orjson.dumps({"url": self._webhook, "secret": self._known["app_secret"], "posts": posts}))
        await run_command(*PYTHON, "benchmarks.phones", str(plan), str(result))
        return [Posted(**row) for row in orjson.loads(result.read_bytes())]

    async def counts(self) -> dict[str, Any]:
        """What the business sent, as the stand-in counts it."""
        return await self._control("GET", "counts")

    async def sends(self) -> set[str]:
        """Our outbox ids of what reached it."""
        return {opaque.partition(":")[0] for opaque in (await self.counts())["by_opaque"]}

    async def received(self, customer: str) -> list[dict[str, Any]]:
        """What the business sent to one, oldest first."""
        return (await self._control("GET", f"sent?customer={customer}"))["messages"]

    async def _control(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        url = f"{self._known['graph_url']}{ROOT}/{path}"
        async with self._session.request(method, url, json=body) as response:
            response.raise_for_status()
            return orjson.loads(await response.read())


@asynccontextmanager
async def phones_of(product: Product, folder: Path) -> AsyncIterator[Phones]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
        yield Phones(product, session, folder)


async def _posted(url: str, secret: str, posts: list[Post]) -> list[Posted]:
    lanes: dict[str, list[Post]] = defaultdict(list)
    for post in posts:
        lanes[post.customer].append(post)
    connector = aiohttp.TCPConnector(limit=256)
    found: list[Posted] = []
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=30)) as session:
        begin, wall = time.monotonic() + 0.5, time.time() + 0.5

        async def one_after_another(lane: list[Post]) -> None:
            for post in lane:
                await asyncio.sleep(max(0.0, begin + post.at - time.monotonic()))
                status = await _until_taken(session, url, secret, post.body.encode())
                took = time.monotonic() - begin - post.at
                found.append(Posted(post.id, post.customer, wall + post.at, took, status))

        async with asyncio.TaskGroup() as together:
            for lane in lanes.values():
                together.create_task(one_after_another(sorted(lane, key=lambda post: post.at)))
    return found


async def _until_taken(session: aiohttp.ClientSession, url: str, secret: str, body: bytes) -> int:
    headers = {"content-type": "application/json", "x-hub-signature-256": signature(secret, body)}
    status = 0
    for _ in range(_MOST_TRIES):
        try:
            async with session.post(url, data=body, headers=headers) as response:
                await response.read()
                status = response.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            status = 0
        if status == 200:
            break
        await asyncio.sleep(_TRY_AGAIN)
    return status


def main(arguments: list[str]) -> None:
    plan, result = (Path(argument) for argument in arguments)
    given = orjson.loads(plan.read_bytes())
    posts = [Post(**post) for post in given["posts"]]
    result.write_bytes(orjson.dumps(uvloop.run(_posted(given["url"], given["secret"], posts))))


if __name__ == "__main__":
    main(sys.argv[1:])
