"""The stream of changes over HTTP: for who works there, and no longer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import orjson
import pytest

from dynaris.app import live
from dynaris.core.db import Database
from dynaris.core.live import LiveFeed
from dynaris.workspaces import streaming
from dynaris.workspaces.actions import NewWorkspace
from tests.web import client_at, new_key, served, web_app


@pytest.fixture
async def address(db: Database, database_url: str, tmp_path: Path) -> AsyncIterator[str]:
    """A real server: the stream has no end that an application called in process could wait for."""
    app = web_app(db, tmp_path, [live.router])
    app.state.feed = feed = LiveFeed(database_url)
    listening = asyncio.create_task(feed.run())
    async with served(app) as port:
        yield f"http://127.0.0.1:{port}"
    listening.cancel()
    with suppress(asyncio.CancelledError):
        await listening


@asynccontextmanager
async def stream(address: str, key: str, position: str | None = None) -> AsyncIterator[AsyncIterator[dict]]:
    """Its events as they come, each with its `id` where it has one."""
    headers = {"authorization": f"Bearer {key}"} | ({"last-event-id": position} if position else {})
    async with (
        client_at(address, timeout=10) as client,
        client.stream("GET", "/api/live", headers=headers) as answer,
    ):
        assert answer.status_code == 200, await answer.aread()
        yield _events(answer)


async def _events(answer: httpx.Response) -> AsyncIterator[dict]:
    position = None
    async for line in answer.aiter_lines():
        if line.startswith("id:"):
            position = line[3:].strip()
        elif line.startswith("data:"):
            yield {**orjson.loads(line[5:]), "position": position}


async def rename(db: Database, workspace: NewWorkspace) -> None:
    async with db.workspace(workspace.id) as connection:
        await connection.execute("UPDATE workspace SET name = name || '!' WHERE id = %s", (workspace.id,))


async def test_a_change_reaches_who_listens_and_who_comes_back(
    address: str, db: Database, workspace: NewWorkspace
) -> None:
    key = await new_key(db, workspace.id)
    async with stream(address, key) as events:
        position = (await anext(events))["position"]
        await rename(db, workspace)
        while (event := await anext(events))["kind"] != "workspace":
            pass
        assert event["ids"] == [str(workspace.id)]
    await rename(db, workspace)
    async with stream(address, key, position) as again:
        assert (await anext(again))["kind"] == "workspace"


async def test_who_listens_hears_a_beat_when_nothing_changes(
    address: str, db: Database, workspace: NewWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A browser's script does not hear the comments that keep a connection open."""
    monkeypatch.setattr(streaming, "BEAT_SECONDS", 0.05)
    headers = {"authorization": f"Bearer {await new_key(db, workspace.id)}"}
    async with (
        client_at(address, timeout=10) as client,
        client.stream("GET", "/api/live", headers=headers) as answer,
    ):
        lines = answer.aiter_lines()
        for _ in range(2):
            while await anext(lines) != "event: beat":
                pass
            assert await anext(lines) == "data: {}"  # one without data is not given to scripts


async def test_strangers_hear_nothing(address: str) -> None:
    async with client_at(address) as client:
        assert (await client.get("/api/live")).status_code == 401


async def test_who_is_let_go_hears_nothing_more(
    address: str, db: Database, workspace: NewWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "CHECK_SECONDS", 0.02)
    monkeypatch.setattr("dynaris.workspaces.access._KEY_SECONDS", 0.0)
    key = await new_key(db, workspace.id)
    async with stream(address, key) as events:
        await anext(events)
        async with db.workspace(workspace.id) as connection:
            await connection.execute("UPDATE api_key SET revoked_at = now() WHERE workspace_id = %s", (workspace.id,))
        async with asyncio.timeout(5):
            async for _ in events:  # ends
                pass


async def test_one_person_holds_a_few_streams(
    address: str, db: Database, workspace: NewWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "PER_MEMBER", 1)
    key = await new_key(db, workspace.id)
    async with stream(address, key) as events:
        await anext(events)
        async with client_at(address, headers={"authorization": f"Bearer {key}"}) as client:
            assert (await client.get("/api/live")).status_code == 429
