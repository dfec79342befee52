"""From what happened to what somebody sees: Slack's channel and a browser, over real HTTP, with everything that can go
wrong on the way."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web
from fastapi import FastAPI

from dynaris.app.problems import install
from dynaris.channels.contract import Configured
from dynaris.channels.registry import channels
from dynaris.channels.webpush.test_webpush import Browser
from dynaris.core import clock
from dynaris.core.crypto import Vault
from dynaris.core.db import Database
from dynaris.core.settings import Settings
from dynaris.notifications import push
from dynaris.pipeline.deliver import deliver
from dynaris.pipeline.services import Services
from dynaris.sandbox.slack import slack_pages
from dynaris.workspaces.actions import NewWorkspace, create_workspace
from tests.app.test_live import served
from tests.flows.conftest import KEY, services_over
from tests.notifications.conftest import APP, Clinic

TEXT = "<!channel> says: pay at https://evil.com"

pytestmark = pytest.mark.usefixtures("no_push_key")


@pytest.fixture(autouse=True)
async def stand_ins_are_on_this_machine() -> AsyncIterator[None]:
    ours = [each for each in channels().values() if isinstance(each, Configured)]
    for each in ours:
        each.configure(Settings(private_networks="loopback"))
    yield
    for each in ours:
        await each.close()


@pytest.fixture
async def slack(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.include_router(slack_pages(tmp_path))
    install(app)
    async with served(app) as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}/sandbox/slack") as client:
        yield client


async def posted_to(slack: httpx.AsyncClient) -> list[dict[str, Any]]:
    return (await slack.get(f"{str(slack.base_url).rstrip('/')}.json")).json()


class Sending:
    """What waits in the outbox leaves."""

    def __init__(self, clinic: Clinic, folder: Path) -> None:
        self.clinic, self.services = clinic, services_over(clinic.db, folder)

    async def all(self) -> list[dict[str, Any]]:
        await self.clinic.round()
        for row in await self.clinic.mails():
            if row["channel"] != "email":
                await deliver(self.services, self.clinic.workspace.id, row["id"])
        return [row for row in await self.clinic.mails() if row["channel"] != "email"]

    async def connect(self, **settings: Any) -> Any:
        return await connected(self.services, self.clinic.workspace, **settings)

    async def health(self) -> str | None:
        rows = await self.clinic.rows("SELECT send_error FROM account WHERE workspace_id = %s AND channel = 'slack'")
        return rows[0]["send_error"]


async def connected(services: Services, workspace: NewWorkspace, **settings: Any) -> Any:
    from dynaris.connections.actions import add_account

    async with services.db.transaction(workspace.id) as connection:
        return await add_account(
            connection, workspace.id, Vault(KEY), channel="slack", address="team", settings=settings, by="member:x"
        )


@pytest.fixture
def sending(clinic: Clinic, tmp_path: Path) -> Sending:
    return Sending(clinic, tmp_path)


@pytest.mark.parametrize("way", ["webhook", "bot"])
async def test_one_cause_is_one_line_in_slack_however_many_are_told(
    clinic: Clinic, sending: Sending, slack: httpx.AsyncClient, way: str
) -> None:
    await clinic.member("adam", "admin")
    bot = {"token": "xoxb-1", "channel": "C1", "api_url": f"{slack.base_url}api"}
    await sending.connect(**bot if way == "bot" else {"webhook_url": f"{slack.base_url}services/T1/B1/x"})
    for _ in range(2):
        await clinic.told(body=TEXT)
        await clinic.told(body=TEXT, member_id=await clinic.member(f"tess{_}"))  # told later, of the same
        await sending.all()
    (posted,) = await posted_to(slack)
    header, section, actions = posted["blocks"]
    assert header["text"]["text"] == "A person is needed"
    assert "evil.com" not in section["text"]["text"]
    assert actions["elements"][0]["url"] == f"{APP}/inbox/all/1"
    page = (await slack.get(str(slack.base_url).rstrip("/"))).text
    assert "<h2>A person is needed</h2>" in page
    assert "<!channel>" not in page
    assert [row["status"] for row in await sending.all()] == ["sent"]


async def test_topics_of_one_member_are_not_everybodys(
    clinic: Clinic, sending: Sending, slack: httpx.AsyncClient
) -> None:
    await sending.connect(webhook_url=f"{slack.base_url}services/T1/B1/x")
    await clinic.told(topic="assigned", cause="assigned:1")
    await clinic.do(
        """UPDATE workspace SET notifications = '{"topics": {"failed": false}}' WHERE id = %s""", clinic.workspace.id
    )
    await clinic.told(topic="failed", cause="failed:1")
    assert await sending.all() == []


async def test_a_busy_slack_is_posted_to_later_and_a_broken_connection_says_so(
    clinic: Clinic, sending: Sending, slack: httpx.AsyncClient
) -> None:
    await sending.connect(token="xoxb-1", channel="C1", api_url=f"{slack.base_url}api")
    await slack.post("/faults", json={"kind": "rate_limited", "seconds": 90})
    await clinic.told()
    (row,) = await sending.all()
    assert row["status"] == "queued"
    assert 60 < (row["due_at"] - clock.now()).total_seconds() < 120
    assert await sending.health() is None

    await slack.post("/faults", json={"kind": "invalid_auth"})
    (row,) = await sending.all()
    assert row["status"] == "failed"
    assert "invalid_auth" in (await sending.health() or "")

    await clinic.told(cause="hand_off:2")
    assert [row["status"] for row in await sending.all()] == ["failed", "sent"]
    assert await sending.health() is None


@pytest.mark.parametrize(("fault", "posts"), [("lost_receipt", 1), ("server_error", 0)])
async def test_a_post_that_may_stand_there_is_not_repeated(
    clinic: Clinic, sending: Sending, slack: httpx.AsyncClient, fault: str, posts: int
) -> None:
    await sending.connect(webhook_url=f"{slack.base_url}services/T1/B1/x")
    await slack.post("/faults", json={"kind": fault})
    await clinic.told()
    for _ in range(2):
        assert [row["status"] for row in await sending.all()] == ["unknown"]
    assert len(await posted_to(slack)) == posts


@pytest.fixture
async def browsers_service() -> AsyncIterator[tuple[str, list[bytes], list[int]]]:
    """Its address, what it was sent, and the statuses of its next answers."""
    got: list[bytes] = []
    statuses: list[int] = []

    async def take(request: web.Request) -> web.Response:
        got.append(await request.read())
        return web.Response(status=statuses.pop(0) if statuses else 201)

    application = web.Application()
    application.router.add_post("/{browser}", take)
    runner = web.AppRunner(application)
    async with AsyncExitStack() as stack:
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", got, statuses


async def subscribed(clinic: Clinic, endpoint: str, browser: Browser, *, workspace: NewWorkspace | None = None) -> str:
    where = workspace or clinic.workspace
    async with clinic.db.transaction(where.id) as connection:
        await push.subscribe(
            connection,
            where.id,
            Vault(KEY),
            member_id=where.owner_id,
            endpoint=endpoint,
            keys=browser.keys,
            device="Firefox",
        )
        return await push.push_key(connection, Vault(KEY))


async def test_a_browser_is_told_and_reads_it_alone(
    clinic: Clinic, sending: Sending, browsers_service: tuple[str, list[bytes], list[int]]
) -> None:
    url, got, statuses = browsers_service
    browser, statuses[:] = Browser(), [503]
    for _ in range(2):
        await subscribed(clinic, f"{url}/b1", browser)  # again: the same one
    await clinic.told(body=TEXT)
    assert [row["status"] for row in await sending.all()] == ["queued"]
    assert [row["status"] for row in await sending.all()] == ["sent"]
    await sending.all()
    assert len(got) == 2  # the first one was not taken
    assert b"A person is needed" in browser.opened(got[1])


async def test_a_browser_that_is_gone_is_forgotten(
    clinic: Clinic, sending: Sending, browsers_service: tuple[str, list[bytes], list[int]]
) -> None:
    url, got, statuses = browsers_service
    await subscribed(clinic, f"{url}/b1", Browser())
    statuses[:] = [410]
    await clinic.told()
    assert [row["status"] for row in await sending.all()] == ["failed"]
    assert await clinic.rows("SELECT id FROM push_subscription WHERE workspace_id = %s") == []
    await clinic.told(cause="hand_off:2")
    await sending.all()
    assert len(got) == 1


async def test_a_browser_knows_one_key_in_all_workspaces(
    db: Database, clinic: Clinic, browsers_service: tuple[str, list[bytes], list[int]]
) -> None:
    other = await create_workspace(
        db, slug="b-" + clinic.workspace.id.hex, name="B", owner_email="b@b.example", owner_name="B"
    )
    url, browser = browsers_service[0], Browser()
    assert await subscribed(clinic, f"{url}/b1", browser) == await subscribed(
        clinic, f"{url}/b1", browser, workspace=other
    )
    sealed = await clinic.rows("SELECT settings FROM account WHERE workspace_id = %s AND channel = 'webpush'")
    assert [row["settings"]["secret"].startswith("enc:v1:") for row in sealed] == [True]
