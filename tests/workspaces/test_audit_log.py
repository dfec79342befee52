"""The audit log as an admin reads it: who, what, when; in pages and as a file."""

import csv
from collections.abc import AsyncIterator
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest

from dynaris.core.db import Database
from dynaris.core.ids import new_id
from dynaris.workspaces.actions import NewWorkspace, create_workspace, record
from tests.web import client_of, new_key, web_app


@pytest.fixture
async def client(db: Database, tmp_path: Path, workspace: NewWorkspace) -> AsyncIterator[httpx.AsyncClient]:
    key = await new_key(db, workspace.id, "night")
    async with client_of(web_app(db, tmp_path), authorization=f"Bearer {key}") as client:
        yield client


async def noted(db: Database, workspace: NewWorkspace, actor: str, action: str, **detail: Any) -> None:
    async with db.workspace(workspace.id) as connection:
        await record(connection, workspace.id, actor=actor, action=action, subject="contact:1", detail=detail)


async def found(client: httpx.AsyncClient, **params: Any) -> list[str]:
    return [one["action"] for one in (await client.get("/api/audit-log", params=params)).json()["items"]]


async def test_people_read_names_where_the_log_has_ids(
    client: httpx.AsyncClient, db: Database, workspace: NewWorkspace
) -> None:
    await client.post("/api/teams", json={"name": "Front desk"})
    await noted(db, workspace, f"member:{workspace.owner_id}", "a.1")
    await noted(db, workspace, "agent:chat", "a.2")
    await noted(db, workspace, f"staff:{new_id()}", "a.3")
    await noted(db, workspace, f"member:{new_id()}", "a.4")
    entries = (await client.get("/api/audit-log")).json()["items"]
    names = {one["action"]: one["actor_name"] for one in entries}
    assert names["team.created"] == "key night"
    assert (names["a.1"], names["a.2"], names["a.3"]) == ("Olivia Owner", "agent chat", "staff of the installation")
    assert names["a.4"].startswith("member:")
    assert names["api_key.created"] == "Dynaris itself"


async def test_it_is_found_by_actor_action_subject_and_time(
    client: httpx.AsyncClient, db: Database, workspace: NewWorkspace
) -> None:
    await noted(db, workspace, "agent:chat", "task.created")
    await noted(db, workspace, "agent:chat", "contact.changed")
    await noted(db, workspace, "system", "contact.merged")
    assert await found(client, action="contact.") == ["contact.merged", "contact.changed"]
    assert await found(client, actor="agent") == ["contact.changed", "task.created"]
    assert await found(client, actor="agent:chat", action="task.created") == ["task.created"]
    assert await found(client, actor="age") == []
    assert await found(client, subject="contact:2") == []
    [_, middle, *_] = (await client.get("/api/audit-log")).json()["items"]
    assert (await found(client, until=middle["created_at"]))[0] == "task.created"
    assert await found(client, since=middle["created_at"]) == ["contact.merged", "contact.changed"]


async def test_pages_follow_each_other_newest_first(
    client: httpx.AsyncClient, db: Database, workspace: NewWorkspace
) -> None:
    for number in range(5):
        await noted(db, workspace, "system", f"n.{number}")
    first = (await client.get("/api/audit-log", params={"limit": 2, "action": "n."})).json()
    second = (
        await client.get("/api/audit-log", params={"limit": 10, "action": "n.", "cursor": first["next_cursor"]})
    ).json()
    assert [one["action"] for one in first["items"] + second["items"]] == ["n.4", "n.3", "n.2", "n.1", "n.0"]
    assert second["next_cursor"] is None


async def test_the_file_holds_everything_and_no_formula(
    client: httpx.AsyncClient, db: Database, workspace: NewWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dynaris.workspaces.audit._PAGE", 2)
    for actor in ("=cmd|3", " =cmd|2", "＝cmd|1", "'=cmd|0"):
        await noted(db, workspace, actor, "n.x", said='=1+1,"\n')
    response = await client.get("/api/audit-log.csv", params={"action": "n."})
    assert response.headers["content-type"].startswith("text/csv")
    heading, *rows = list(csv.reader(StringIO(response.content.decode("utf-8-sig"))))
    assert heading == ["created_at", "actor", "actor_name", "action", "subject", "detail"]
    assert [row[1] for row in rows] == ["''=cmd|0", "'＝cmd|1", "' =cmd|2", "'=cmd|3"]
    assert {len(row) for row in rows} == {6}


async def test_neither_teammates_nor_neighbours_read_it(
    client: httpx.AsyncClient, db: Database, workspace: NewWorkspace, tmp_path: Path
) -> None:
    slug = f"n-{new_id().hex}"
    other = await create_workspace(db, slug=slug, name="N", owner_email=f"n@{slug}.example", owner_name="N")
    await noted(db, workspace, "system", "secret.thing")
    async with client_of(web_app(db, tmp_path), authorization=f"Bearer {await new_key(db, other.id)}") as stranger:
        assert await found(stranger, action="secret.") == []
        assert "secret.thing" not in (await stranger.get("/api/audit-log.csv")).text
    assert await found(client, action="secret.") == ["secret.thing"]
