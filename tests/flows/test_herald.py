"""Herald over HTTP: another service has turns answered, and hears of each step by signed callbacks."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import orjson
import pytest
from aiohttp import web
from fastapi import FastAPI

from dynaris.agents.agent_settings_store import house_id
from dynaris.app.host import Host
from dynaris.app.web import create_app
from dynaris.channels.registry import channels
from dynaris.connections.actions import add_account
from dynaris.core.callbacks import fault_of_signature, sign
from dynaris.pipeline.deliver import deliver
from dynaris.pipeline.reports import REPORT_JOB, report
from tests.flows.conftest import World, services_over
from tests.web import served

SECRET = "s3cret of the service"


@dataclass
class Service:
    """The other side: takes callbacks as `docs/herald.md` says, and answers as it is told."""

    world: World
    app: FastAPI
    url: str = ""
    got: list[dict[str, Any]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"desk-{self.world.workspace.id.hex}"

    async def turn(self, message: str, conversation: str = "c-1", **more: Any) -> httpx.Response:
        body = {"conversation_id": conversation, "message": message, "reply_url": self.url, **more}
        return await self.call("POST", "/turn", orjson.dumps(body))

    async def call(self, method: str, path: str, body: bytes = b"", *, secret: str = SECRET) -> httpx.Response:
        headers = {"x-dynaris-source": self.name, "x-dynaris-signature": sign(body, secret, now=time.time())}
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://dynaris.test") as client:
            return await client.request(method, path, content=body, headers=headers)

    async def settled(self) -> None:
        await self.world.settle()
        await self.told()

    async def told(self) -> None:
        """Jobs run: what is due is reported and leaves."""
        world = self.world
        jobs = """DELETE FROM procrastinate_jobs WHERE task_name = %(name)s AND args->>'workspace_id' = %(ws)s::text
            RETURNING args->>'event_id' AS event_id"""
        for job in await world.rows(jobs, name=REPORT_JOB):
            await report(world.services, world.workspace.id, UUID(job["event_id"]))
        for row in await world.rows("SELECT id FROM outbox WHERE workspace_id = %s AND status = 'queued'"):
            await deliver(world.services, world.workspace.id, row["id"])

    def steps(self, turn_id: str) -> list[tuple[str, int]]:
        """In their order; what came twice is there once."""
        mine = {(each["number"], each["event"]) for each in self.got if each["turn_id"] == turn_id}
        return [(event, number) for number, event in sorted(mine)]


@pytest.fixture
async def service(world: World) -> AsyncIterator[Service]:
    kept = Service(world, create_app(world.services, Host(world.services)))
    async with world.services.db.transaction(world.workspace.id) as connection:
        await add_account(
            connection,
            world.workspace.id,
            world.services.accounts.vault,
            channel="herald",
            address=kept.name,
            settings={"secret": SECRET},
        )

    async def take(request: web.Request) -> web.Response:
        body = await request.read()
        fault = fault_of_signature(request.headers["x-dynaris-signature"], body, SECRET, now=time.time())
        assert fault is None, fault
        status = kept.statuses.pop(0) if kept.statuses else 200
        if status == 200:
            said = orjson.loads(body)
            assert request.headers["idempotency-key"] == f"{said['turn_id']}:{said['number']}"
            kept.got.append(said)
        return web.Response(status=status)

    application = web.Application()
    application.router.add_post("/reply", take)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    kept.url = f"http://127.0.0.1:{runner.addresses[0][1]}/reply"
    yield kept
    await runner.cleanup()
    await channels()["herald"].close()  # type: ignore[attr-defined] - its pooled connections


async def test_a_turn_is_typing_a_message_and_done(service: Service) -> None:
    taken = await service.turn("Is there parking?", turn_id="t-1", agent_id="chat")
    assert (taken.status_code, taken.json()["turn_id"]) == (202, "t-1")
    await service.settled()
    assert service.steps("t-1") == [("typing", 0), ("message", 1), ("done", 2)]
    message, done = (next(each for each in service.got if each["event"] == event) for event in ("message", "done"))
    assert "garage" in message["text"]
    assert message["conversation_id"] == done["conversation_id"] == "c-1"
    assert (done["escalate"], done["outcome"]) == (False, "answered")
    (run,) = await service.world.rows("SELECT agent FROM run WHERE workspace_id = %s AND status = 'done'")
    assert run["agent"] == "chat"


async def test_a_turn_names_its_agent_by_name_or_id(service: Service) -> None:
    by_id = str(house_id(service.world.workspace.id, "email_sales"))
    for number, agent in enumerate(("email_sales", by_id)):
        await service.turn("Is there parking?", conversation=f"c-{number}", agent_id=agent)
    await service.settled()
    runs = await service.world.rows("SELECT agent FROM run WHERE workspace_id = %s")
    assert [run["agent"] for run in runs] == ["email_sales", "email_sales"]


async def test_a_turn_that_is_sent_again_is_the_same_turn(service: Service) -> None:
    first = await service.turn("Is there parking?", turn_id="t-1")
    again = await service.turn("Is there parking?", turn_id="t-1")
    assert (first.json()["duplicate"], again.json()["duplicate"]) == (False, True)
    assert first.json()["event_id"] == again.json()["event_id"]
    await service.settled()
    assert [each["event"] for each in service.got].count("message") == 1


async def test_who_asks_for_a_person_is_escalated_with_a_summary(service: Service) -> None:
    await service.turn("I want to talk to a human being, please", turn_id="t-1")
    await service.settled()
    done = service.got[-1]
    assert (done["event"], done["escalate"], done["outcome"]) == ("done", True, "handed_off")
    assert done["summary"]
    assert service.steps("t-1") == [("typing", 0), ("message", 1), ("done", 2)], "they are told before it is done"


async def test_callbacks_that_are_not_taken_come_again(service: Service) -> None:
    service.statuses = [200, 500, 503]  # the typing is taken; the message not, twice
    await service.turn("Is there parking?", turn_id="t-1")
    await service.world.settle()
    for _ in range(3):
        await asyncio.sleep(0.05)
        await service.told()
    assert service.steps("t-1") == [("typing", 0), ("message", 1), ("done", 2)]
    assert [each["number"] for each in service.got if each["event"] != "typing"] == [1, 2]


async def test_what_was_said_elsewhere_is_known_here_once(service: Service) -> None:
    said = [{"author": "contact", "text": "I am Ada"}, {"author": "member", "text": "Hello Ada"}]
    whom = {"name": "Ada Byron", "email": "ada@example.com"}
    for number in (1, 2):
        await service.turn("Is there parking?", turn_id=f"t-{number}", context={"messages": said, "contact": whom})
        await service.settled()
    rows = await service.world.rows("SELECT author, text FROM message WHERE workspace_id = %s ORDER BY id")
    assert [(row["author"], row["text"]) for row in rows[:3]] == [
        ("contact", "I am Ada"),
        ("member", "Hello Ada"),
        ("contact", "Is there parking?"),
    ]
    assert len(rows) == 6, "two earlier ones, two questions, two answers"


async def test_a_newer_message_joins_the_turn_that_waits(service: Service, tmp_path: Path) -> None:
    world = service.world
    service.world = World(services_over(world.services.db, tmp_path, quiet_period=0.2), world.workspace, world.source)
    await service.turn("Is there", turn_id="t-1")
    await service.turn("parking?", turn_id="t-2")
    await asyncio.sleep(0.25)
    await service.settled()
    assert [each["turn_id"] for each in service.got if each["event"] == "message"] == ["t-2"]
    assert {each["turn_id"] for each in service.got if each["event"] == "done"} == {"t-1", "t-2"}


async def test_a_turn_that_is_called_off_says_nothing(service: Service) -> None:
    await service.turn("Is there parking?", turn_id="t-1")
    assert (await service.call("DELETE", "/turn/t-1")).json() == {"cancelled": True}
    await service.settled()
    assert service.got == [], "it was called off before anybody read it"
    await service.turn("Is there parking?", turn_id="t-2")
    await service.settled()
    assert (await service.call("DELETE", "/turn/t-2")).json() == {"cancelled": False}


async def test_two_services_may_call_conversations_by_one_name(service: Service) -> None:
    await service.turn("Is there parking?", conversation="x", turn_id="t-1")
    await service.turn("What are your opening hours?", conversation="y", turn_id="t-2")
    await service.settled()
    conversations = await service.world.rows("SELECT contact_id FROM conversation WHERE workspace_id = %s")
    assert len({row["contact_id"] for row in conversations}) == 2


async def test_strangers_and_broken_turns_are_refused(service: Service) -> None:
    body = orjson.dumps({"conversation_id": "c", "message": "Hi", "reply_url": service.url})
    assert (await service.call("POST", "/turn", body, secret="guessed")).status_code == 401
    assert (await service.call("DELETE", "/turn/t-1", secret="guessed")).status_code == 401
    for broken, words in (
        ({"message": " "}, "empty"),
        ({"message": "Hi", "reply_url": "ftp://x"}, "reply_url"),
        ({"message": "Hi", "context": {"messages": [{"author": "robot", "text": "x"}]}}, "author"),
    ):
        given = {"conversation_id": "c", "reply_url": service.url, **broken}
        answer = await service.call("POST", "/turn", orjson.dumps(given))
        assert answer.status_code == 422, answer.text
        assert words in answer.text


async def test_the_example_client_of_the_page_hears_a_whole_turn(service: Service) -> None:
    """As a process that knows nothing of ours but the page."""
    client = Path(__file__).parents[2] / "docs" / "examples" / "herald_client.py"
    async with served(service.app) as port:
        address = f"http://127.0.0.1:{port}"
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(client), address, service.name, SECRET, "Is there parking?"),
            stdout=asyncio.subprocess.PIPE,
        )
        hears = asyncio.create_task(process.communicate())
        async with asyncio.timeout(20):
            while not hears.done():
                await service.settled()
                await asyncio.sleep(0.02)
        accepted, typing, *message, done = (await hears)[0].decode().splitlines()
    assert orjson.loads(accepted)["turn_id"]
    assert typing.strip() == "typing"
    assert message[0].startswith("message ")
    assert "garage" in "\n".join(message)
    assert done == "done answered"
