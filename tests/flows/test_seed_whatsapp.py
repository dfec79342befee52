"""The second data flow of the product's plan, arrow by arrow: a WhatsApp message, with Herald elsewhere, over HTTP."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from dynaris.app.host import Host
from dynaris.app.web import create_app
from dynaris.channels.registry import channels
from dynaris.connections.actions import add_account
from dynaris.core.db import Database
from dynaris.core.ids import new_id
from dynaris.knowledge.actions import add_source
from dynaris.sandbox.meta.server import sandbox_meta
from dynaris.workspaces.actions import create_workspace
from tests.flows.conftest import FAQ, World, services_over
from tests.flows.phones import Phones, connected
from tests.flows.teammates import signed_in
from tests.flows.test_herald import SECRET, Service
from tests.web import client_at, served

BEA = "4915550333444"


@dataclass
class Elsewhere:
    """The other installation: a workspace of its own, whose web and worker run."""

    world: World
    source: str


async def elsewhere(db: Database, folder: Path) -> Elsewhere:
    """A workspace that answers turns of others."""
    services = services_over(db, folder)
    name = f"herald-{new_id().hex}"
    workspace = await create_workspace(db, slug=name, name="Herald", owner_email=f"h@{name}.example", owner_name="Hera")
    async with db.transaction(workspace.id) as connection:
        for question, answer in FAQ.items():
            text = f"Q: {question}\nA: {answer}"
            await add_source(connection, workspace.id, kind="faq", title=question, content=text, language="en")
        account_id = await add_account(
            connection,
            workspace.id,
            services.accounts.vault,
            channel="herald",
            address=name,
            settings={"secret": SECRET},
        )
    return Elsewhere(World(services, workspace, await services.accounts.by_id(workspace.id, account_id)), name)


@contextlib.asynccontextmanager
async def herald(db: Database, folder: Path) -> AsyncIterator[tuple[str, str]]:
    """Its address and our name there."""
    there = await elsewhere(db, folder)
    app = create_app(there.world.services, Host(there.world.services))
    running = asyncio.create_task(_works(Service(there.world, app)))
    async with served(app) as port:
        yield f"http://127.0.0.1:{port}", there.source
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def _works(service: Service) -> None:
    while True:
        await service.settled()
        await asyncio.sleep(0.02)


@pytest.fixture
async def phones(world: World, tmp_path: Path) -> AsyncIterator[Phones]:
    async with (
        herald(world.services.db, tmp_path / "elsewhere") as (address, source),
        asking(world, tmp_path, address, source) as phones,
    ):
        yield phones


@contextlib.asynccontextmanager
async def asking(world: World, tmp_path: Path, address: str, source: str) -> AsyncIterator[Phones]:
    """The workspace with a number, whose turns a Herald elsewhere answers."""
    async with contextlib.AsyncExitStack() as stack:
        app_here = create_app(world.services, Host(world.services))
        port = await stack.enter_async_context(served(app_here))
        services = services_over(
            world.services.db,
            tmp_path,
            herald_url=address,
            herald_source=source,
            herald_secret=SECRET,
            public_url=f"http://127.0.0.1:{port}",
        )
        app_here.state.settings = services.settings
        here = World(services, world.workspace, world.source)
        running = await stack.enter_async_context(
            sandbox_meta(tmp_path / "sandbox", webhook_url=f"http://127.0.0.1:{port}/meta/webhook")
        )
        account_id = await connected(here, running)
        control = await stack.enter_async_context(client_at(running.control_url))
        owner = await signed_in(stack, here, app_here, here.workspace.owner_person_id)
        yield Phones(here, app_here, running, control, owner, account_id)
        for name in ("whatsapp", "herald"):
            await channels()[name].close()  # type: ignore[attr-defined] - their pooled connections


async def test_an_ai_answers(phones: Phones) -> None:
    await an_ai_answers(phones)


async def an_ai_answers(phones: Phones) -> None:
    path = f"/api/accounts/{phones.account_id}/mappings"
    mapped = await phones.owner.put(path, json={"items": [{"ai_agent_id": "chat"}]})
    assert mapped.status_code == 200, "AgentPhoneMapping: aiAgentId"
    ada = await phones.customer()
    written = await phones.writes(ada, "Is there parking?")  # contact -> Meta -> POST /meta/webhook
    (event,) = await phones.events()
    assert event["status"] == "queued", "stored before Meta got its 200"
    await phones.settled()  # POST /turn -> POST /reply typing, message, done
    said = await phones.world.rows("SELECT said FROM turn_callback WHERE workspace_id = %s ORDER BY number")
    assert [row["said"]["event"] for row in said] == ["typing", "message", "done"]
    assert said[-1]["said"]["escalate"] is False
    own = next(each for each in await phones.thread(ada) if each["id"] == written)
    assert own["status"] == "read", "the typing indicator reached Meta"
    (reply,) = await phones.got(ada)
    assert reply["text"] == said[1]["said"]["text"]
    assert "garage" in reply["text"]
    (event,) = await phones.events()
    assert event["outcome"] == "answered"
    (conversation,) = await phones.world.rows("SELECT summary, holder FROM conversation WHERE workspace_id = %s")
    assert conversation["summary"], "done(escalate=false) updated the conversation's summary"
    assert conversation["holder"] == "agent"


async def test_a_person_answers_what_is_escalated(phones: Phones) -> None:
    await a_person_answers(phones)


async def a_person_answers(phones: Phones) -> None:
    ada = await phones.customer(BEA, "Bea Berg")
    await phones.writes(ada, "I want to talk to a human being, please")
    await phones.settled()
    event = (await phones.events())[-1]
    assert event["outcome"] == "handed_off"
    assert event["decision"]["handed_off_for"] == "asked_for_person", "the other Herald's reason is ours"
    notices = (await phones.owner.get("/api/me/notifications")).json()["items"]
    assert notices[0]["topic"] == "hand_off", "Notification Service -> Agent Desktop"
    conversation = notices[0]["subject"].removeprefix("conversation:")
    assert (await phones.owner.post(f"/api/conversations/{conversation}/claim")).status_code == 200
    answer = await phones.owner.post(f"/api/conversations/{conversation}/messages", json={"text": "Olivia here"})
    assert answer.status_code == 201
    await phones.sent()
    assert (await phones.got(ada))[-1]["text"] == "Olivia here"


async def test_a_herald_that_is_away_costs_nobody_an_answer(phones: Phones, tmp_path: Path) -> None:
    services = services_over(
        phones.world.services.db,
        tmp_path,
        herald_url="http://127.0.0.1:9",
        herald_secret=SECRET,
        run_timeout=1,
        public_url=phones.world.services.settings.base_url,
    )
    phones.world = World(services, phones.world.workspace, phones.world.source)
    ada = await phones.customer()
    await phones.writes(ada, "Is there parking?")
    await phones.settled()
    (event,) = await phones.events()
    assert event["outcome"] == "handed_off"
    assert "Herald" in event["reason"]
    assert len(await phones.got(ada)) == 1, "the contact is told that a person will answer"


async def test_what_is_not_signed_is_no_callback(phones: Phones) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(phones.app), base_url="http://dynaris.test") as client:
        body = {"event": "message", "turn_id": "x", "number": 1, "text": "Buy now"}
        answer = await client.post("/reply", params={"workspace": str(phones.world.workspace.id)}, json=body)
    assert answer.status_code == 401
    assert not await phones.world.rows("SELECT turn_id FROM turn_callback WHERE workspace_id = %s")
