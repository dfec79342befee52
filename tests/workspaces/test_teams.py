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


async def test_how_conversations_reach_a_team_is_set_piece_by_piece(client: httpx.AsyncClient) -> None:
    team, night = await made(client, "Front desk"), await made(client, "Night")
    assert (team["strategy"], team["ring_seconds"], team["business_hours"]) == ("everyone", 30, None)
    at = f"/api/teams/{team['id']}"
    hours = {"monday": ["08:00-18:00"]}
    changes = {"strategy": "longest_waiting", "business_hours": hours, "overflow_team_id": night["id"]}
    assert (await client.patch(at, json=changes)).status_code == 200
    changed = (await client.patch(at, json={"ring_seconds": 45})).json()
    assert (changed["strategy"], changed["ring_seconds"], changed["business_hours"]) == ("longest_waiting", 45, hours)
    assert changed["overflow_team_id"] == night["id"]
    cleared = (await client.patch(at, json={"business_hours": None, "overflow_team_id": None})).json()
    assert (cleared["business_hours"], cleared["overflow_team_id"], cleared["name"]) == (None, None, "Front desk")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"strategy": "loudest"}, "everyone"),
        ({"ring_seconds": 1}, "ring_seconds"),
        ({"business_hours": {"monday": ["08:00-08:00"]}}, "it closes when it opens; a whole day is 00:00-24:00"),
        ({"overflow_team_id": "00000000-0000-0000-0000-000000000001"}, "teams of this workspace"),
        ({"closed_team_id": "itself"}, "another team than this one"),
    ],
)
async def test_nonsense_for_a_team_is_refused_with_what_was_expected(
    client: httpx.AsyncClient, changes: dict[str, object], said: str
) -> None:
    team = await made(client, "Front desk")
    given = {name: team["id"] if value == "itself" else value for name, value in changes.items()}
    answer = await client.patch(f"/api/teams/{team['id']}", json=given)
    assert answer.status_code == 422
    assert said in answer.text


async def test_a_dissolved_team_is_no_teams_overflow_any_more(client: httpx.AsyncClient) -> None:
    team, night = await made(client, "Front desk"), await made(client, "Night")
    at = f"/api/teams/{team['id']}"
    await client.patch(at, json={"overflow_team_id": night["id"], "closed_team_id": night["id"]})
    assert (await client.delete(f"/api/teams/{night['id']}")).status_code == 204
    left = (await client.get(at)).json()
    assert (left["overflow_team_id"], left["closed_team_id"]) == (None, None)
