"""Members read their own notifications, and say whether they are there."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from dynaris.core.db import Database
from dynaris.core.ids import new_id
from dynaris.notifications.routes import router
from dynaris.workspaces.actions import NewWorkspace, add_member, create_sign_in_link, create_workspace
from dynaris.workspaces.status import seen
from tests.notifications.test_notify import told
from tests.web import ADDRESS, client_of, new_key, web_app

OWN = "/api/me/notifications"


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture
async def owner(db: Database, workspace: NewWorkspace, tmp_path: Path, stack: AsyncExitStack) -> httpx.AsyncClient:
    return await signed_in(db, workspace, tmp_path, stack, workspace.owner_person_id)


async def signed_in(
    db: Database, workspace: NewWorkspace, folder: Path, stack: AsyncExitStack, person_id: UUID
) -> httpx.AsyncClient:
    client = await stack.enter_async_context(client_of(web_app(db, folder, [router]), origin=ADDRESS))
    link = await create_sign_in_link(db, workspace.id, person_id=person_id)
    assert (await client.post(f"/auth/link/{link}")).status_code == 303
    return client


async def colleague(
    db: Database, workspace: NewWorkspace, folder: Path, stack: AsyncExitStack
) -> tuple[UUID, httpx.AsyncClient]:
    slug = f"t-{workspace.id.hex}"
    other = await create_workspace(
        db, slug=slug, name="T", owner_email=f"t@{slug}.example", owner_name="<img src=x onerror=alert(1)>"
    )
    async with db.workspace(workspace.id) as connection:
        member_id = await add_member(
            connection,
            workspace.id,
            person_id=other.owner_person_id,
            email=f"t@{slug}.example",
            name="Tess",
            role="teammate",
        )
    return member_id, await signed_in(db, workspace, folder, stack, other.owner_person_id)


async def test_own_notifications_newest_first_in_pages_and_read(
    db: Database, workspace: NewWorkspace, owner: httpx.AsyncClient
) -> None:
    for n in range(3):
        await told(db, workspace, cause=f"hand_off:{n}", title=f"Nr {n}")
    first = (await owner.get(OWN, params={"limit": 2})).json()
    assert [one["title"] for one in first["items"]] == ["Nr 2", "Nr 1"]
    assert (first["unread"], first["items"][0]["topic"]) == (3, "hand_off")
    second = (await owner.get(OWN, params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert ([one["title"] for one in second["items"]], second["next_cursor"]) == (["Nr 0"], None)

    newest = first["items"][0]["id"]
    for _ in range(2):
        read = await owner.post(f"{OWN}/read", json={"notification_ids": [newest]})
        assert read.json() == {"unread": 2}
    assert len((await owner.get(OWN, params={"unread": True})).json()["items"]) == 2


async def test_what_comes_while_all_are_read_stays_unread(
    db: Database, workspace: NewWorkspace, owner: httpx.AsyncClient
) -> None:
    await told(db, workspace, cause="hand_off:1")
    seen_newest = (await owner.get(OWN)).json()["items"][0]["id"]
    await told(db, workspace, cause="hand_off:2", title="While reading")
    assert (await owner.post(f"{OWN}/read", json={"up_to": seen_newest})).json() == {"unread": 1}
    (left,) = (await owner.get(OWN, params={"unread": True})).json()["items"]
    assert left["title"] == "While reading"
    assert (await owner.post(f"{OWN}/read", json={"up_to": str(new_id())})).status_code == 404
    assert len((await owner.get(OWN, params={"unread": True})).json()["items"]) == 1, "nothing that was not seen"


async def test_what_is_about_one_subject_is_read_together(
    owner: httpx.AsyncClient, db: Database, workspace: NewWorkspace
) -> None:
    for n, subject in enumerate(("conversation:1", "conversation:1", "event:1")):
        await told(db, workspace, cause=f"hand_off:{n}", subject=subject)
    assert (await owner.post(f"{OWN}/read", json={"subject": "conversation:1"})).json() == {"unread": 1}
    assert (await owner.post(f"{OWN}/read", json={"subject": "conversation:unknown"})).json() == {"unread": 1}


@pytest.mark.parametrize("body", [{}, {"notification_ids": []}, {"notification_ids": None, "up_to": None}])
async def test_reading_names_what(owner: httpx.AsyncClient, body: dict[str, object]) -> None:
    assert (await owner.post(f"{OWN}/read", json=body)).status_code == 422


async def test_a_colleagues_notifications_are_theirs_alone(
    db: Database, workspace: NewWorkspace, owner: httpx.AsyncClient, tmp_path: Path, stack: AsyncExitStack
) -> None:
    await told(db, workspace)
    _, tess = await colleague(db, workspace, tmp_path, stack)
    mine = (await owner.get(OWN)).json()["items"][0]["id"]
    assert (await tess.get(OWN)).json() == {"items": [], "next_cursor": None, "unread": 0}
    assert (await tess.post(f"{OWN}/read", json={"notification_ids": [mine]})).status_code == 404
    assert (await owner.get(OWN)).json()["unread"] == 1


async def test_a_key_has_neither_notifications_nor_a_status(
    db: Database, workspace: NewWorkspace, tmp_path: Path
) -> None:
    key = f"Bearer {await new_key(db, workspace.id)}"
    async with client_of(web_app(db, tmp_path, [router]), authorization=key) as api:
        assert (await api.get(OWN)).status_code == 403
        assert (await api.put("/api/me/status", json={"status": "away"})).status_code == 403


async def test_teammates_see_a_members_status_and_since_when(
    db: Database, workspace: NewWorkspace, owner: httpx.AsyncClient, tmp_path: Path, stack: AsyncExitStack
) -> None:
    member_id, tess = await colleague(db, workspace, tmp_path, stack)
    assert (await tess.put("/api/me/status", json={"status": "sleepy"})).status_code == 422
    first = (await tess.put("/api/me/status", json={"status": "busy", "note": " back at two "})).json()
    again = (await tess.put("/api/me/status", json={"status": "busy", "note": "later"})).json()
    assert (first["status_note"], again["status_note"]) == ("back at two", "later")
    assert first["status_since"] == again["status_since"] is not None

    async with db.workspace(workspace.id) as connection:
        await seen(connection, workspace.id, member_id)
        await seen(connection, workspace.id, member_id)
    members = {one["id"]: one for one in (await owner.get("/api/members")).json()["items"]}
    shown = members[str(member_id)]
    assert (shown["status"], shown["status_note"]) == ("busy", "later")
    assert shown["seen_at"] is not None
    assert members[str(workspace.owner_id)]["status"] == "available"
