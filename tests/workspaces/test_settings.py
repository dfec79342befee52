"""A workspace's settings, its audit log, and lists in pages."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from dynaris.core.db import Database
from dynaris.workspaces import queries
from dynaris.workspaces.actions import NewWorkspace, set_auto_mode
from tests.web import client_of, new_key, web_app


@pytest.fixture
async def client(db: Database, tmp_path: Path, workspace: NewWorkspace) -> AsyncIterator[httpx.AsyncClient]:
    key = await new_key(db, workspace.id, "first")
    async with client_of(web_app(db, tmp_path), authorization=f"Bearer {key}") as client:
        yield client


async def audit(db: Database, workspace: NewWorkspace, action: str) -> list[dict[str, Any]]:
    async with db.workspace(workspace.id) as connection:
        cursor = await connection.execute(
            "SELECT actor, subject, detail FROM audit_entry WHERE workspace_id = %s AND action = %s ORDER BY id",
            (workspace.id, action),
        )
        return await cursor.fetchall()


async def test_what_is_left_out_stays(client: httpx.AsyncClient, db: Database, workspace: NewWorkspace) -> None:
    hours = {"monday": ["08:00-12:00", "13:00-18:00"], "sunday": []}
    profile = {"signature": "Your clinic", "trusted_recipients": ["lab@example.com"]}
    changes = {"timezone": "Europe/Berlin", "business_hours": hours, "profile": profile, "name": None}
    changed = (await client.patch("/api/settings/workspace", json=changes)).json()
    assert changed == (await client.get("/api/settings/workspace")).json()
    assert (changed["timezone"], changed["name"], changed["model"]) == ("Europe/Berlin", "Test clinic", "builtin")
    assert changed["business_hours"] == hours
    assert changed["profile"] == profile
    [entry] = await audit(db, workspace, "settings.changed")
    assert entry["detail"]["before"]["timezone"] == "UTC"
    assert entry["detail"]["after"]["timezone"] == "Europe/Berlin"
    assert entry["actor"].startswith("key:")


@pytest.mark.parametrize(
    "changes",
    [
        {"timezone": "Mars/Olympus"},
        {"timezone": "../../etc/passwd"},
        {"timezone": "Europe"},
        {"language": "English"},
        {"name": ""},
        {"name": "a\nb"},
        {"name": "x" * 201},
        {"business_hours": {"someday": []}},
        {"business_hours": {"monday": ["18:00-18:00"]}},
        {"business_hours": {"monday": ["8-12"]}},
        {"profile": {"trusted_recipients": ["nobody"]}},
        {"slug": "other"},
        {"language": "xx"},
        {"language": "deu"},
        {"model": "anthropc:claude"},
        {"model": "claude"},
        {"supervisor_model": "openai:"},
        {"profile": {"services": [{"name": "Massage", "price": "75"}]}},
    ],
    ids=str,
)
async def test_a_wrong_setting_is_refused(client: httpx.AsyncClient, changes: dict[str, Any]) -> None:
    response = await client.patch("/api/settings/workspace", json=changes)
    assert (response.status_code, response.json()["code"]) == (422, "invalid_input")
    [error, *_] = response.json()["errors"]
    assert error["field"].split(".")[0] == next(iter(changes))


@pytest.mark.parametrize(
    "changes",
    [{"model": "anthropic:claude-sonnet-4-5", "supervisor_model": "openai:gpt-5.2"}, {"language": "de-AT"}],
    ids=str,
)
async def test_what_is_known_is_taken(client: httpx.AsyncClient, changes: dict[str, Any]) -> None:
    changed = (await client.patch("/api/settings/workspace", json=changes)).json()
    assert {name: changed[name] for name in changes} == changes


async def test_a_profile_is_changed_by_key_and_null_takes_a_key_out(client: httpx.AsyncClient) -> None:
    async def after(profile: dict[str, Any]) -> dict[str, Any]:
        return (await client.patch("/api/settings/workspace", json={"profile": profile})).json()["profile"]

    hosts = ["clinic.example"]
    assert await after({"link_hosts": hosts}) == {"link_hosts": hosts}
    assert await after({"signature": "Your clinic", "tone": "warm"}) == {
        "link_hosts": hosts,
        "signature": "Your clinic",
        "tone": "warm",
    }
    assert await after({"signature": None}) == {"link_hosts": hosts, "tone": "warm"}
    refused = await client.patch("/api/settings/workspace", json={"profile": {"sgnature": "Your clinic"}})
    assert refused.status_code == 422
    assert "there are signature, signatures, answer_floor" in str(refused.json()["errors"])
    assert await after({}) == {"link_hosts": hosts, "tone": "warm"}


async def test_an_empty_change_changes_and_records_nothing(
    client: httpx.AsyncClient, db: Database, workspace: NewWorkspace
) -> None:
    assert (await client.patch("/api/settings/workspace", json={})).status_code == 200
    assert await audit(db, workspace, "settings.changed") == []


async def test_auto_mode_is_recorded_with_what_it_was(db: Database, workspace: NewWorkspace) -> None:
    manual = {"enabled": False, "channels": {"generic": False}, "effects": {"send": False}}
    async with db.transaction(workspace.id) as connection:
        await set_auto_mode(connection, workspace.id, manual, f"member:{workspace.owner_id}")
        assert await queries.auto_mode(connection, workspace.id) == manual
    [entry] = await audit(db, workspace, "auto_mode.changed")
    assert entry["detail"]["before"]["auto_mode"]["enabled"] is True
    assert entry["detail"]["after"]["auto_mode"] == manual


async def test_keys_are_recorded_when_made_and_when_revoked(
    client: httpx.AsyncClient, db: Database, workspace: NewWorkspace
) -> None:
    await new_key(db, workspace.id, "Nightly export")
    issued = (await client.get("/api/api-keys")).json()["items"][-1]
    assert (issued["name"], issued["created_by"], issued["created_by_name"]) == ("Nightly export", "system", None)
    await client.delete(f"/api/api-keys/{issued['id']}")
    first, made = await audit(db, workspace, "api_key.created")
    assert first["actor"] == "system"
    [revoked] = await audit(db, workspace, "api_key.revoked")
    assert made["subject"] == revoked["subject"] == f"key:{issued['id']}"


async def test_pages_follow_each_other_without_gap_or_repeat(
    client: httpx.AsyncClient, db: Database, workspace: NewWorkspace
) -> None:
    for number in range(4):
        await new_key(db, workspace.id, f"key {number}")
    names: list[str] = []
    params: dict[str, Any] = {"limit": 2}
    while True:
        page = (await client.get("/api/api-keys", params=params)).json()
        names += [key["name"] for key in page["items"]]
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]
    assert names == ["first", "key 0", "key 1", "key 2", "key 3"]


@pytest.mark.parametrize("cursor", ["x", "", "AAAA", "é", "a" * 22 + "!", "a" * 201, "'; DROP TABLE"])
async def test_a_wrong_cursor_is_refused(client: httpx.AsyncClient, cursor: str) -> None:
    response = await client.get("/api/members", params={"cursor": cursor})
    assert (response.status_code, response.json()["code"]) == (422, "invalid_input")


@pytest.mark.parametrize("limit", ["0", "101", "x", "9" * 30])
async def test_a_wrong_limit_is_refused(client: httpx.AsyncClient, limit: str) -> None:
    assert (await client.get("/api/members", params={"limit": limit})).status_code == 422
