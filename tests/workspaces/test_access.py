"""Who gets in: keys, one-time links, sessions, and pages that other sites' requests cannot use."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from dynaris.core.db import Database
from dynaris.core.ids import new_id
from dynaris.workspaces.access import SESSION_COOKIE
from dynaris.workspaces.actions import NewWorkspace, create_sign_in_link, create_workspace
from tests.web import ADDRESS, client_of, new_key, web_app

SAME_ORIGIN = {"origin": ADDRESS}


@pytest.fixture
def app(db: Database, tmp_path: Path) -> FastAPI:
    return web_app(db, tmp_path)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as client:
        yield client


async def sign_in(db: Database, workspace: NewWorkspace, client: httpx.AsyncClient) -> str:
    """The link's path, used."""
    token = await create_sign_in_link(db, workspace.id, person_id=workspace.owner_person_id)
    response = await client.post(f"/auth/link/{token}", headers=SAME_ORIGIN)
    assert response.status_code == 303
    return f"/auth/link/{token}"


async def set_role(db: Database, workspace: NewWorkspace, role: str) -> None:
    async with db.workspace(workspace.id) as connection:
        await connection.execute("UPDATE member SET role = %s WHERE workspace_id = %s", (role, workspace.id))


async def test_a_key_acts_in_its_workspace(client: httpx.AsyncClient, db: Database, workspace: NewWorkspace) -> None:
    key = await new_key(db, workspace.id)
    me = (await client.get("/api/me", headers={"authorization": f"Bearer {key}"})).json()
    assert me["workspace"]["id"] == str(workspace.id)
    assert me["actor"].startswith("key:")
    assert (me["role"], me["member"]) == ("admin", None)


@pytest.mark.parametrize(
    "header",
    [b"Bearer dyn_unknown", b"Bearer", b"Basic dXNlcjpw", b"dyn_x", b"Bearer \xe9\xff", b"Bearer " + b"x" * 5_000],
)
async def test_a_wrong_key_is_told_how_to_authenticate(client: httpx.AsyncClient, header: bytes) -> None:
    response = await client.get("/api/me", headers=[(b"authorization", header)])
    assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")
    assert response.headers["www-authenticate"] == "Bearer"


async def test_without_anything_nobody_gets_in(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/me")).status_code == 401


async def test_a_revoked_key_is_refused_at_once(
    client: httpx.AsyncClient, db: Database, workspace: NewWorkspace
) -> None:
    mine = {"authorization": f"Bearer {await new_key(db, workspace.id, 'mine')}"}
    other = {"authorization": f"Bearer {await new_key(db, workspace.id, 'other')}"}
    revoked = (await client.get("/api/me", headers=other)).json()["actor"].removeprefix("key:")
    assert (await client.delete(f"/api/api-keys/{revoked}", headers=mine)).status_code == 204
    assert (await client.get("/api/me", headers=other)).status_code == 401
    assert (await client.delete(f"/api/api-keys/{revoked}", headers=mine)).status_code == 404
    names = [key["name"] for key in (await client.get("/api/api-keys", headers=mine)).json()["items"]]
    assert names == ["mine"]


async def test_a_key_is_shown_once_and_stored_as_a_hash(
    client: httpx.AsyncClient, db: Database, workspace: NewWorkspace
) -> None:
    key = await new_key(db, workspace.id)
    listed = await client.get("/api/api-keys", headers={"authorization": f"Bearer {key}"})
    assert listed.json()["items"][0]["prefix"] == key[:10]
    assert key not in listed.text
    async with db.workspace(workspace.id) as connection:
        rows = await (await connection.execute("SELECT * FROM api_key")).fetchall()
        entries = await (await connection.execute("SELECT * FROM audit_entry")).fetchall()
    assert key not in str(rows) + str(entries)


async def test_a_keys_last_use_is_noted_once_a_minute(
    client: httpx.AsyncClient, app: FastAPI, db: Database, workspace: NewWorkspace
) -> None:
    headers = {"authorization": f"Bearer {await new_key(db, workspace.id)}"}
    first = (await client.get("/api/api-keys", headers=headers)).json()["items"][0]["last_used_at"]
    app.state.known_keys.forget()
    again = (await client.get("/api/api-keys", headers=headers)).json()["items"][0]["last_used_at"]
    assert first is not None
    assert first == again


async def test_looking_at_the_link_does_not_use_it_up(
    client: httpx.AsyncClient, db: Database, workspace: NewWorkspace
) -> None:
    token = await create_sign_in_link(db, workspace.id, person_id=workspace.owner_person_id)
    for _ in range(3):
        page = await client.get(f"/auth/link/{token}")
        assert f'action="/auth/link/{token}"' in page.text
        assert "set-cookie" not in page.headers
    signed_in = await client.post(f"/auth/link/{token}", headers=SAME_ORIGIN)
    cookie = signed_in.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie
    me = (await client.get("/api/me")).json()
    assert me["member"]["id"] == str(workspace.owner_id)
    assert me["role"] == "owner"


async def test_a_link_works_once(client: httpx.AsyncClient, db: Database, workspace: NewWorkspace) -> None:
    link = await sign_in(db, workspace, client)
    client.cookies.clear()
    again = await client.post(link, headers=SAME_ORIGIN)
    assert again.status_code == 410
    assert "set-cookie" not in again.headers


async def test_an_expired_link_does_not_work(client: httpx.AsyncClient, db: Database, workspace: NewWorkspace) -> None:
    token = await create_sign_in_link(db, workspace.id, person_id=workspace.owner_person_id, hours=-1)
    assert (await client.post(f"/auth/link/{token}", headers=SAME_ORIGIN)).status_code == 410


async def test_the_cookie_is_secure_behind_https(db: Database, tmp_path: Path, workspace: NewWorkspace) -> None:
    token = await create_sign_in_link(db, workspace.id, person_id=workspace.owner_person_id)
    async with client_of(web_app(db, tmp_path, public_url="https://d.example")) as client:
        signed_in = await client.post(f"/auth/link/{token}", headers={"sec-fetch-site": "same-origin"})
    assert "secure" in signed_in.headers["set-cookie"].lower()
    assert "strict-transport-security" in signed_in.headers


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://["}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site", "origin": ADDRESS}, 403),
        ({"origin": ADDRESS}, 201),
        ({"sec-fetch-site": "same-origin"}, 201),
    ],
)
async def test_the_cookie_changes_things_from_our_own_pages_only(
    client: httpx.AsyncClient, db: Database, workspace: NewWorkspace, headers: dict[str, str], status: int
) -> None:
    await sign_in(db, workspace, client)
    assert (await client.get("/api/api-keys")).status_code == 200
    response = await client.post("/api/api-keys", json={"name": "n"}, headers=headers)
    assert response.status_code == status
    if status == 403:
        assert response.json()["code"] == "forbidden"


async def test_another_site_can_neither_sign_a_browser_in_nor_out(
    client: httpx.AsyncClient, db: Database, workspace: NewWorkspace
) -> None:
    token = await create_sign_in_link(db, workspace.id, person_id=workspace.owner_person_id)
    foreign = {"origin": "http://evil.example"}
    assert (await client.post(f"/auth/link/{token}", headers=foreign)).status_code == 403
    await sign_in(db, workspace, client)
    assert (await client.post("/auth/sign-out", headers=foreign)).status_code == 403
    assert (await client.get("/api/me")).status_code == 200


async def test_signing_out_ends_the_session_everywhere(
    client: httpx.AsyncClient, db: Database, workspace: NewWorkspace
) -> None:
    await sign_in(db, workspace, client)
    session = client.cookies[SESSION_COOKIE]
    assert (await client.post("/auth/sign-out", headers=SAME_ORIGIN)).status_code == 303
    client.cookies.set(SESSION_COOKIE, session)
    assert (await client.get("/api/me")).status_code == 401


async def test_a_removed_member_is_out(client: httpx.AsyncClient, db: Database, workspace: NewWorkspace) -> None:
    await sign_in(db, workspace, client)
    async with db.workspace(workspace.id) as connection:
        await connection.execute("UPDATE member SET removed_at = now() WHERE workspace_id = %s", (workspace.id,))
    refused = await client.get("/api/me")
    assert (refused.status_code, refused.json()["code"]) == (403, "no_workspace")


async def test_keys_and_settings_are_not_a_teammates(
    client: httpx.AsyncClient, db: Database, workspace: NewWorkspace
) -> None:
    await sign_in(db, workspace, client)
    await set_role(db, workspace, "teammate")
    assert (await client.get("/api/api-keys")).json()["code"] == "forbidden"
    assert (await client.post("/api/api-keys", json={"name": "n"}, headers=SAME_ORIGIN)).status_code == 403
    change = {"name": "Mine"}
    assert (await client.patch("/api/settings/workspace", json=change, headers=SAME_ORIGIN)).status_code == 403
    assert (await client.get("/api/settings/workspace")).status_code == 200
    assert (await client.get("/api/members")).status_code == 200


async def test_a_key_of_one_workspace_sees_nothing_of_another(
    client: httpx.AsyncClient, db: Database, workspace: NewWorkspace
) -> None:
    other = await create_workspace(db, slug=new_id().hex, name="Other", owner_email="o@x.example", owner_name="O")
    headers = {"authorization": f"Bearer {await new_key(db, other.id)}"}
    theirs = (await client.get("/api/members", headers=headers)).json()["items"]
    assert [member["id"] for member in theirs] == [str(other.owner_id)]
