"""Whole stories: a workspace with a clinic's knowledge, a source of signed events, and a sink for our replies."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from aiohttp import web
from psycopg.types.json import Jsonb

from dynaris.channels.contract import Accepted, Account, Arrival, Configured
from dynaris.channels.registry import channels
from dynaris.connections.actions import add_account
from dynaris.connections.queries import Accounts
from dynaris.core.crypto import Vault
from dynaris.core.db import Database
from dynaris.core.files import Files
from dynaris.core.ids import new_id
from dynaris.core.settings import Settings
from dynaris.knowledge.actions import add_source
from dynaris.pipeline.inbound import run_lane
from dynaris.pipeline.intake import accept
from dynaris.pipeline.services import Services
from dynaris.workspaces.actions import NewWorkspace

KEY = "a key that only the tests know"

FAQ = {
    "What are your opening hours?": "We are open Monday to Friday from 8:00 to 18:00.",
    "What does a first assessment cost?": "A first assessment costs €75 and takes 45 minutes.",
    "Is there parking?": "Patients park free for two hours in the garage under the building.",
}


@pytest.fixture(scope="session", autouse=True)
def others_stand_on_this_machine() -> None:
    """The channels' counterparts in tests: mail servers, sites that get replies."""
    for channel in channels().values():
        if isinstance(channel, Configured):
            channel.configure(Settings(private_networks="loopback"))


@dataclass
class Sink:
    """A local HTTP server that keeps what it was sent, and answers as it is told."""

    url: str = ""
    got: list[dict[str, Any]] = field(default_factory=list)
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    seconds: float = 0  # until it answers
    statuses: list[int] = field(default_factory=list)  # of the next answers; then 200

    @property
    def texts(self) -> list[str]:
        return [each["text"] for each in self.got]


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    kept = Sink()

    async def take(request: web.Request) -> web.Response:
        body = orjson.loads(await request.read())
        kept.got.append({**body, "key": request.headers["idempotency-key"], "path": request.path})
        kept.reached.set()
        await asyncio.sleep(kept.seconds)
        status = kept.statuses.pop(0) if kept.statuses else 200
        return web.Response(status=status)

    application = web.Application()
    application.router.add_post("/{path:reply.*}", take)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    kept.url = f"http://127.0.0.1:{runner.addresses[0][1]}/reply"
    yield kept
    await runner.cleanup()


@dataclass
class World:
    """The product's flow with nothing left out but the job runner: lanes run when a test says so."""

    services: Services
    workspace: NewWorkspace
    source: Account[Any]

    async def say(
        self,
        text: str,
        *,
        reply_url: str | None,
        email: str = "ada@example.com",
        event_id: str | None = None,
        name: str = "Ada",
        subject: str | None = None,
    ) -> Accepted:
        """A signed generic event arrives."""
        body = {
            "id": event_id or new_id().hex,
            "type": "message",
            "occurred_at": "2026-11-21T09:00:00Z",
            "from": {"email": email, "name": name},
            "text": text,
            "subject": subject,
            "reply_url": reply_url,
        }
        arrival = Arrival(external_id=body["id"], lane=f"generic:{email}", raw=orjson.dumps(body))
        return await accept(self.services, self.source, arrival)

    async def settle(self) -> None:
        """Runs every lane of this workspace that has queued events, as its holder."""
        lanes = await self.rows("SELECT DISTINCT lane FROM event WHERE workspace_id = %s AND status = 'queued'")
        for each in lanes:
            holder = uuid4()
            await self.rows(
                """UPDATE lane SET holder = %(holder)s, lease_until = now() + interval '1 minute'
                   WHERE workspace_id = %(ws)s AND lane = %(lane)s RETURNING lane""",
                holder=holder,
                lane=each["lane"],
            )
            await run_lane(self.services, self.workspace.id, each["lane"], holder)

    async def rows(self, query: str, *parameters: Any, **named: Any) -> list[dict[str, Any]]:
        """The workspace is the first parameter, or `%(ws)s` among named ones."""
        given = {"ws": self.workspace.id, **named} if named else (self.workspace.id, *parameters)
        async with self.services.db.workspace(self.workspace.id) as connection:
            cursor = await connection.execute(query, given)  # type: ignore[arg-type]
            return await cursor.fetchall()

    async def due(self, kind: str) -> list[str]:
        """What the watchdog finds due here: a whole tick would also do what other tests left behind."""
        async with self.services.db.system() as connection:
            cursor = await connection.execute(
                "SELECT id FROM due_work(10000) WHERE workspace_id = %s AND kind = %s", (self.workspace.id, kind)
            )
            return [row["id"] for row in await cursor.fetchall()]

    async def event(self, event_id: UUID) -> dict[str, Any]:
        return (await self.rows("SELECT * FROM event WHERE workspace_id = %s AND id = %s", event_id))[0]

    async def until_somebody_waits(self) -> None:
        """For a lock that another transaction has."""
        async with asyncio.timeout(10):
            waiting = "SELECT pid FROM pg_locks WHERE NOT granted AND %s::uuid IS NOT NULL"
            while not await self.rows(waiting):  # noqa: ASYNC110 - the database does not tell
                await asyncio.sleep(0.005)

    async def set_auto_mode(self, **mode: Any) -> None:
        async with self.services.db.workspace(self.workspace.id) as connection:
            await connection.execute(
                "UPDATE workspace SET auto_mode = %s WHERE id = %s", (Jsonb(mode), self.workspace.id)
            )


def services_over(db: Database, folder: Path, **settings: Any) -> Services:
    chosen = Settings(home=folder, **{"quiet_period": 0, **settings})
    return Services(db=db, settings=chosen, accounts=Accounts(db, Vault(KEY)), files=Files(None, folder / "files"))


@pytest.fixture
async def world(db: Database, workspace: NewWorkspace, tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(db, workspace, tmp_path) as world:
        yield world


@asynccontextmanager
async def a_world(db: Database, workspace: NewWorkspace, folder: Path, **settings: Any) -> AsyncIterator[World]:
    services = services_over(db, folder, **settings)
    async with db.transaction(workspace.id) as connection:
        for question, answer in FAQ.items():
            await add_source(
                connection,
                workspace.id,
                kind="faq",
                title=question,
                content=f"Q: {question}\nA: {answer}",
                language="en",
            )
        account_id = await add_account(
            connection,
            workspace.id,
            Vault(KEY),
            channel="generic",
            address="site",
            settings={"secret": "s3cret"},
            agent=None,
        )
    yield World(services, workspace, await services.accounts.by_id(workspace.id, account_id))
    await channels()["generic"].close()  # type: ignore[attr-defined] - its pooled connections
