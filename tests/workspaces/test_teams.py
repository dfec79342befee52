"""Teams: named once, made of members, left by who leaves the workspace."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from dynaris.core.db import Database
from dynaris.core.ids import new_id
from dynaris.people import members
from dynaris.workspaces.access import Access
from dynaris.workspaces.actions import NewWorkspace, add_member, create_workspace
from tests.web import client_of, new_key, web_app


@pytest.fixture
async def client(db: Database, tmp_path: Path, workspace: NewWorkspace) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(web_app(db, tmp_path), authorization=f"Bearer {await new_key(db, workspace.id)}") as client:
        yield client


async def made(client: httpx.AsyncClient, name: str, *members: UUID) -> dict[str, object]:
    response = await client.post("/api/teams", json={"name": name, "member_ids": [str(one) for one in members]})
    assert response.status_code == 201, response.text
    return response.json()


async def test_a_team_is_made_renamed_filled_and_dissolved(client: httpx.AsyncClient, workspace: NewWorkspace) -> None:
    team = await made(client, "Front desk")
    at = f"/api/teams/{team['id']}"
    assert (await client.patch(at, json={"name": "Reception"})).json()["name"] == "Reception"
    owner = {"member_id": str(workspace.owner_id)}
    await client.post(f"{at}/members", json=owner)
    filled = (await client.post(f"{at}/members", json=owner)).json()
    assert [one["name"] for one in filled["members"]] == ["Olivia Owner"]
    assert (await client.get("/api/teams")).json()["items"] == [filled]
    assert (await client.delete(f"{at}/members/{workspace.owner_id}")).status_code == 204
    assert (await client.delete(f"{at}/members/{workspace.owner_id}")).status_code == 404
    assert (await client.get(at)).json()["members"] == []
    assert (await client.delete(at)).status_code == 204
    assert (await client.get(at)).status_code == 404


async def test_a_name_is_one_teams_whatever_its_case(client: httpx.AsyncClient) -> None:
    await made(client, "Ärzte")
    other = await made(client, "Nurses")
    assert (await client.post("/api/teams", json={"name": "ärzte"})).status_code == 409
    assert (await client.patch(f"/api/teams/{other['id']}", json={"name": "ÄRZTE"})).status_code == 409
    assert (await client.patch(f"/api/teams/{other['id']}", json={"name": "NURSES"})).status_code == 200


async def test_only_members_of_the_workspace_are_in_its_teams(
    client: httpx.AsyncClient, db: Database, workspace: NewWorkspace
) -> None:
    slug = f"o-{new_id().hex}"
    other = await create_workspace(db, slug=slug, name="O", owner_email=f"o@{slug}.example", owner_name="O")
    team = await made(client, "Front desk", workspace.owner_id)
    answer = await client.post(f"/api/teams/{team['id']}/members", json={"member_id": str(other.owner_id)})
    assert answer.status_code == 422
    body = {"name": "Strangers", "member_ids": [str(other.owner_id)]}
    assert (await client.post("/api/teams", json=body)).status_code == 422
    assert [one["name"] for one in (await client.get("/api/teams")).json()["items"]] == ["Front desk"]


async def test_who_leaves_the_workspace_leaves_its_teams_for_good(
    client: httpx.AsyncClient, db: Database, workspace: NewWorkspace
) -> None:
    slug = f"t-{new_id().hex}"
    other = await create_workspace(db, slug=slug, name="O", owner_email=f"t@{slug}.example", owner_name="Tom")
    tom = {"person_id": other.owner_person_id, "email": "tom@clinic.example", "name": "Tom", "role": "teammate"}
    async with db.workspace(workspace.id) as connection:
        member_id = await add_member(connection, workspace.id, **tom)
    team = await made(client, "Front desk", member_id)
    await members.remove(
        db, Access(workspace.id, f"member:{workspace.owner_id}", workspace.owner_id, "owner"), member_id
    )
    assert (await client.get(f"/api/teams/{team['id']}")).json()["members"] == []
    async with db.workspace(workspace.id) as connection:
        assert await add_member(connection, workspace.id, **tom) == member_id
    assert (await client.get(f"/api/teams/{team['id']}")).json()["members"] == []
