"""A member's notifications as a stream: as they come, marked as read, and nothing missed by who was away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from dynaris.core import changes
from dynaris.core.db import Database
from dynaris.core.ids import new_id
from dynaris.core.live import LiveFeed
from dynaris.notifications.actions import mark_read
from dynaris.notifications.routes import router
from dynaris.workspaces.actions import NewWorkspace, create_sign_in_link
from tests.app.test_live import served
from tests.notifications.conftest import Clinic
from tests.web import client_at, new_key, web_app

OWN = "/api/me/notifications"
STREAM = {"accept": "text/event-stream"}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "_UNSEEN_SECONDS", 0.01)


@pytest.fixture
async def address(db: Database, database_url: str, tmp_path: Path) -> AsyncIterator[str]:
    app = web_app(db, tmp_path, [router], public_url="http://127.0.0.1")
    app.state.feed = feed = LiveFeed(database_url)
    listening = asyncio.create_task(feed.run())
    async with served(app) as port:
        yield f"http://127.0.0.1:{port}"
    listening.cancel()
    with suppress(asyncio.CancelledError):
        await listening


class Ears:
    """Events as (name, data), and the position after the last one."""

    def __init__(self, answer: httpx.Response) -> None:
        self._lines, self.position = answer.aiter_lines(), ""

    async def next(self, *wanted: str) -> tuple[str, dict[str, Any]]:
        async with asyncio.timeout(5):
            name = "message"
            async for line in self._lines:
                kind, _, value = line.partition(": ")
                if kind == "event":
                    name = value
                elif kind == "id":
                    self.position = value
                elif kind == "data" and (not wanted or name in wanted):
                    return name, orjson.loads(value)
        raise AssertionError("the stream ended")


@asynccontextmanager
async def listening_to(
    address: str, db: Database, workspace: NewWorkspace, position: str | None = None
) -> AsyncIterator[Ears]:
    link = await create_sign_in_link(db, workspace.id, person_id=workspace.owner_person_id)
    headers = STREAM | ({"last-event-id": position} if position else {})
    async with client_at(address, timeout=10, headers={"origin": address}) as client:
        assert (await client.post(f"/auth/link/{link}")).status_code == 303
        async with client.stream("GET", OWN, headers=headers) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream"), await answer.aread()
            yield Ears(answer)


async def test_what_comes_is_told_and_what_is_read_is_marked(address: str, db: Database, clinic: Clinic) -> None:
    await clinic.told(cause="hand_off:before")
    async with listening_to(address, db, clinic.workspace) as ears:
        assert await ears.next() == ("unread", {"unread": 1})
        await clinic.told(cause="hand_off:1", title="Ada waits")
        name, told = await ears.next("notification", "read")
        assert (name, told["title"], told["read_at"]) == ("notification", "Ada waits", None)
        assert (await ears.next("unread"))[1] == {"unread": 2}
        async with db.transaction(clinic.workspace.id) as connection:
            await mark_read(connection, clinic.workspace.id, clinic.workspace.owner_id, subject="conversation:1")
        read = [await ears.next("read", "notification") for _ in range(2)]
        assert told["id"] in {one["id"] for name, one in read if name == "read" and one["read_at"]}
        assert (await ears.next("unread"))[1] == {"unread": 0}


async def test_who_was_away_hears_all_that_was_missed(address: str, db: Database, clinic: Clinic) -> None:
    async with listening_to(address, db, clinic.workspace) as ears:
        await ears.next("unread")
        position = ears.position
    for n in range(3):
        await clinic.told(cause=f"hand_off:{n}", title=f"Nr {n}")
    for _ in range(2):  # also whoever goes on from there once more
        async with listening_to(address, db, clinic.workspace, position) as again:
            heard = [(await again.next("notification"))[1]["title"] for _ in range(3)]
            assert heard == ["Nr 0", "Nr 1", "Nr 2"]


async def test_what_began_before_the_position_and_committed_after_it_is_not_missed(
    address: str, db: Database, clinic: Clinic
) -> None:
    async with db.transaction(clinic.workspace.id) as slow:
        await slow.execute(
            """INSERT INTO notification (workspace_id, id, member_id, topic, cause, title, body, subject)
               VALUES (%s, %s, %s, 'note', 'note:slow', 'Slow', '', 'task:1')""",
            (clinic.workspace.id, new_id(), clinic.workspace.owner_id),
        )
        await clinic.told(title="Fast")
        async with listening_to(address, db, clinic.workspace) as ears:
            await ears.next("unread")
            position = ears.position
    async with listening_to(address, db, clinic.workspace, position) as again:
        heard = {(await again.next("notification"))[1]["title"] for _ in range(1)}
        assert "Slow" in heard or (await again.next("notification"))[1]["title"] == "Slow"


async def test_a_colleagues_and_hidden_ones_are_not_told(address: str, db: Database, clinic: Clinic) -> None:
    tess = await clinic.member("tess")
    await clinic.prefers(clinic.workspace.owner_id, topics={"booked": {"in_app": False}})
    async with listening_to(address, db, clinic.workspace) as ears:
        await ears.next("unread")
        await clinic.told(cause="hand_off:tess", member_id=tess, title="Hers")
        await clinic.told(topic="booked", cause="booked:1", title="Hidden")
        await clinic.told(cause="hand_off:mine", title="Mine")
        assert (await ears.next("notification"))[1]["title"] == "Mine"


async def test_too_much_to_repeat_is_asked_for_anew(address: str, db: Database, clinic: Clinic) -> None:
    async with listening_to(address, db, clinic.workspace) as ears:
        await ears.next("unread")
        position = ears.position
    for n in range(201):
        await clinic.told(cause=f"hand_off:{n}")
    async with listening_to(address, db, clinic.workspace, position) as again:
        assert await again.next("reset", "notification") == ("reset", {"unread": 201})


async def test_a_key_hears_nothing(address: str, db: Database, workspace: NewWorkspace) -> None:
    key = f"Bearer {await new_key(db, workspace.id)}"
    async with client_at(address, headers={"authorization": key}) as client:
        assert (await client.get(OWN, headers=STREAM)).status_code == 403
