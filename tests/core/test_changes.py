"""What screens follow: changes as they commit, and again for who was away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress

import pytest

from dynaris.core import changes
from dynaris.core.changes import Change, follow
from dynaris.core.db import Database
from dynaris.core.ids import new_id
from dynaris.core.live import LiveFeed, notice
from dynaris.workspaces.actions import NewWorkspace, create_workspace


@pytest.fixture
async def feed(database_url: str) -> AsyncIterator[LiveFeed]:
    feed = LiveFeed(database_url)
    listening = asyncio.create_task(feed.run())
    await asyncio.wait_for(feed.ready.wait(), 5)
    yield feed
    listening.cancel()
    with suppress(asyncio.CancelledError):
        await listening


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "_UNSEEN_SECONDS", 0.01)
    monkeypatch.setattr(changes, "_POSITION_SECONDS", 0.01)


@asynccontextmanager
async def following(
    db: Database, feed: LiveFeed, workspace: NewWorkspace, after: str | None = None
) -> AsyncIterator["Ears"]:
    async with aclosing(follow(db, feed, workspace.id, after)) as stream:
        yield Ears(stream)


class Ears:
    def __init__(self, stream) -> None:
        self.stream, self.position, self.heard = stream, "", []

    async def until(self, kind: str) -> Change:
        async with asyncio.timeout(5):
            while True:
                change = await anext(self.stream)
                self.position = change.position or self.position
                self.heard.append(change.kind)
                if change.kind == kind:
                    return change


async def add_task(db: Database, workspace: NewWorkspace, title: str = "Call") -> str:
    task_id = new_id()
    async with db.transaction(workspace.id) as connection:
        await connection.execute(
            "INSERT INTO task (workspace_id, id, title, created_by) VALUES (%s, %s, %s, 'test')",
            (workspace.id, task_id, title),
        )
    return str(task_id)


async def test_a_change_is_told_when_it_commits(db: Database, feed: LiveFeed, workspace: NewWorkspace) -> None:
    async with following(db, feed, workspace) as ears:
        await ears.until("position")
        task_id = await add_task(db, workspace)
        assert (await ears.until("task")).ids == [task_id]


async def test_who_was_away_hears_what_was_missed(db: Database, feed: LiveFeed, workspace: NewWorkspace) -> None:
    async with following(db, feed, workspace) as ears:
        await ears.until("position")
    task_id = await add_task(db, workspace)
    async with following(db, feed, workspace, ears.position) as again:
        assert (await again.until("task")).ids == [task_id]
        assert "reset" not in again.heard


async def test_what_commits_out_of_order_is_not_left_out(db: Database, feed: LiveFeed, workspace: NewWorkspace) -> None:
    async with following(db, feed, workspace) as ears:
        await ears.until("reset")
        slow = new_id()
        async with db.transaction(workspace.id) as connection:
            await connection.execute(
                "INSERT INTO task (workspace_id, id, title, created_by) VALUES (%s, %s, 'slow', 'test')",
                (workspace.id, slow),
            )
            await add_task(db, workspace, "began later, ended first")
            await ears.until("task")
            await ears.until("position")
    async with following(db, feed, workspace, ears.position) as again:
        assert str(slow) in ((await again.until("task")).ids or ())


async def test_one_workspace_hears_nothing_of_another(db: Database, feed: LiveFeed, workspace: NewWorkspace) -> None:
    other = await create_workspace(db, slug=new_id().hex, name="Other", owner_email="o@o.example", owner_name="O")
    async with following(db, feed, workspace) as ears, following(db, feed, other) as others:
        await ears.until("reset")
        await others.until("reset")
        await add_task(db, other)
        own = await add_task(db, workspace)
        assert (await ears.until("task")).ids == [own]


async def test_many_changes_of_one_statement_are_one_without_ids(
    db: Database, feed: LiveFeed, workspace: NewWorkspace
) -> None:
    async with following(db, feed, workspace) as ears:
        await ears.until("reset")
        async with db.transaction(workspace.id) as connection:
            await connection.execute(
                """INSERT INTO task (workspace_id, id, title, created_by)
                   SELECT %s, gen_random_uuid(), 'many', 'test' FROM generate_series(1, 200)""",
                (workspace.id,),
            )
        assert (await ears.until("task")).ids is None


@pytest.mark.parametrize("position", ["0.0", "9223372036854775807.99999999999", "x", "1.2.3", ""])
async def test_a_position_that_says_nothing_begins_anew(
    db: Database, feed: LiveFeed, workspace: NewWorkspace, position: str
) -> None:
    async with following(db, feed, workspace, position) as ears:
        assert (await ears.until("position")).position
        assert ears.heard[0] == "reset"


async def test_nothing_is_noted_where_nobody_looks(db: Database, workspace: NewWorkspace) -> None:
    await add_task(db, workspace)
    async with db.workspace(workspace.id) as connection:
        assert await (await connection.execute("SELECT 1 FROM change")).fetchall() == []


async def test_a_follower_who_reads_too_slowly_is_told_to_begin_anew(
    db: Database, feed: LiveFeed, workspace: NewWorkspace
) -> None:
    with feed.listening(workspace.id, "changes") as queue:
        for _ in range(300):
            feed._deliver(notice(workspace.id, "changes", {"kind": "task", "ids": None}))
        assert queue.get_nowait()["kind"] == "reset"
