"""Agents' settings with their versions, providers of models and spending, over HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from dynaris.agents import agent_routes, model_routes
from dynaris.agents import routes as run_routes
from dynaris.core.db import Database
from dynaris.workspaces.actions import NewWorkspace, create_workspace
from tests.fakes.model_server import Fail, ModelServer, Say, model_server
from tests.web import client_of, new_key, web_app

OWN = {"name": "own", "kind": "openai-compatible", "base_url": "https://models.example.com/v1", "api_key": "sk-secret"}


@pytest.fixture
def app(db: Database, tmp_path: Path) -> FastAPI:
    return web_app(db, tmp_path, [agent_routes.router, model_routes.router, run_routes.router])


@pytest.fixture
async def api(app: FastAPI, db: Database, workspace: NewWorkspace) -> AsyncIterator[httpx.AsyncClient]:
    key = await new_key(db, workspace.id)
    async with client_of(app, authorization=f"Bearer {key}") as client:
        yield client


async def got(response: httpx.Response) -> dict[str, Any]:
    assert response.is_success, response.text
    return response.json()


async def test_what_an_agent_is_set_to_has_versions_that_can_be_brought_back(api: httpx.AsyncClient) -> None:
    before = await got(await api.get("/api/agents/chat"))
    assert (before["version"], before["models"], before["limits"]["steps"]) == (0, ["builtin"], 24)
    await got(await api.patch("/api/agents/chat", json={"model": "openai:gpt-5.2", "max_cost": "0.5"}))
    body = {"fallbacks": ["anthropic:claude-sonnet-4-5"], "temperature": 0.3}
    now = await got(await api.patch("/api/agents/chat", json=body))
    assert now["models"] == ["openai:gpt-5.2", "anthropic:claude-sonnet-4-5", "builtin"]
    assert (now["version"], now["limits"]["cost"], now["changed_by"][:4]) == (2, "0.500000", "key:")
    cleared = await got(await api.patch("/api/agents/chat", json={"model": None, "fallbacks": None}))
    assert (cleared["models"], cleared["settings"]["temperature"]) == (["builtin"], 0.3)

    restored = await got(await api.post("/api/agents/chat/versions/2/restore"))
    assert (restored["version"], restored["models"]) == (4, now["models"])
    versions = await got(await api.get("/api/agents/chat/versions", params={"limit": 3}))
    assert [(each["number"], each["restores"]) for each in versions["items"]] == [(4, 2), (3, None), (2, None)]
    assert versions["next_before"] == 2
    first = await got(await api.get("/api/agents/chat/versions/1"))
    assert first["settings"]["model"] == "openai:gpt-5.2"
    for unknown in (9, 0, 2**31 - 1, 2**31, 10**30):
        assert (await api.get(f"/api/agents/chat/versions/{unknown}")).status_code == 404
    assert [agent["version"] for agent in (await got(await api.get("/api/agents")))["items"] if agent["version"]] == [4]
    assert (await got(await api.post("/api/agents/chat/versions/0/restore")))["models"] == ["builtin"]
    assert (await api.post("/api/agents/chat/versions/-1/restore")).status_code == 404


async def test_a_change_that_changes_nothing_is_no_version(api: httpx.AsyncClient) -> None:
    await got(await api.patch("/api/agents/research", json={"max_steps": 7}))
    now = await got(await api.patch("/api/agents/research", json={"max_steps": 7}))
    assert now["version"] == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"model": "nobody:gpt"}, "model"),
        ({"fallbacks": ["own:llama"]}, "fallbacks"),
        ({"temperature": 9}, "temperature"),
        ({"max_steps": 0}, "max_steps"),
        ({"max_cost": "-1"}, "max_cost"),
        ({"prompt": "x"}, "prompt"),
    ],
)
async def test_what_cannot_be_is_refused_with_its_field(api: httpx.AsyncClient, body: Any, field: str) -> None:
    refused = await api.patch("/api/agents/chat", json=body)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"].startswith(field)


async def test_a_key_is_stored_sealed_and_never_shown(
    api: httpx.AsyncClient, db: Database, workspace: NewWorkspace
) -> None:
    made = await got(await api.post("/api/model-providers", json=OWN))
    assert (made["has_key"], "sk-secret" in str(made)) == (True, False)
    assert "sk-secret" not in (await api.get("/api/model-providers")).text
    async with db.workspace(workspace.id) as connection:
        cursor = await connection.execute("SELECT api_key FROM model_provider WHERE workspace_id = %s", (workspace.id,))
        [row] = await cursor.fetchall()
        assert row["api_key"].startswith("enc:v1:")
        cursor = await connection.execute("SELECT detail FROM audit_entry WHERE workspace_id = %s", (workspace.id,))
        assert "sk-secret" not in str(await cursor.fetchall())


async def test_a_stored_key_does_not_go_to_another_address(api: httpx.AsyncClient) -> None:
    """Else whoever may change an entry could read its key at a server of their own."""
    await got(await api.post("/api/model-providers", json=OWN))
    elsewhere = {"base_url": "https://elsewhere.example.com/v1"}
    refused = await api.patch("/api/model-providers/own", json=elsewhere)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "api_key")
    await got(await api.patch("/api/model-providers/own", json={"base_url": OWN["base_url"], "prices": {}}))
    moved = await got(await api.patch("/api/model-providers/own", json={**elsewhere, "api_key": None}))
    assert (moved["base_url"], moved["has_key"]) == (elsewhere["base_url"], False)
    await got(await api.patch("/api/model-providers/own", json={"base_url": OWN["base_url"]}))
    await got(await api.patch("/api/model-providers/own", json={**elsewhere, "api_key": "sk-new"}))


async def test_a_model_string_may_name_an_entry_and_such_an_entry_stays(api: httpx.AsyncClient) -> None:
    await got(await api.post("/api/model-providers", json=OWN))
    chosen = await got(await api.patch("/api/agents/chat", json={"model": "own:llama3:8b"}))
    assert chosen["models"] == ["own:llama3:8b", "builtin"]
    await got(await api.patch("/api/settings/workspace", json={"model": "own:llama3:8b"}))
    refused = await api.delete("/api/model-providers/own")
    assert (refused.status_code, refused.json()["used_by"]) == (409, ["the workspace", "chat"])
    await got(await api.patch("/api/agents/chat", json={"model": None}))
    await got(await api.patch("/api/settings/workspace", json={"model": "builtin"}))
    assert (await api.delete("/api/model-providers/own")).status_code == 204
    assert (await api.patch("/api/agents/chat", json={"model": "own:llama3:8b"})).status_code == 422


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"base_url": "http://127.0.0.1:11434/v1"}, "base_url"),
        ({"base_url": "http://169.254.169.254/latest"}, "base_url"),
        ({"base_url": "file:///etc/passwd"}, "base_url"),
        ({"base_url": "https://user:pass@models.example.com/v1"}, "base_url"),
        ({"base_url": None}, "base_url"),
        ({"base_url": "https://models.example.com:25/v1"}, "base_url"),
        ({"base_url": "https://models.example.com:99999/v1"}, "base_url"),
        ({"kind": "nonsense"}, "kind"),
        ({"kind": "google-cloud"}, "kind"),
        ({"kind": "deepseek"}, "base_url"),
        ({"name": "builtin"}, "name"),
        ({"name": "Not A Name"}, "name"),
    ],
)
async def test_a_provider_that_may_not_be_called_is_refused(
    api: httpx.AsyncClient, changes: dict[str, Any], field: str
) -> None:
    refused = await api.post("/api/model-providers", json={**OWN, **changes})
    assert refused.status_code == 422, refused.text
    assert refused.json()["errors"][0]["field"].startswith(field)


async def test_a_name_that_leads_to_this_machine_is_not_called(
    api: httpx.AsyncClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check is made again at the very connection: a name may lead elsewhere later."""
    async with model_server() as server:
        port = server.url.rpartition(":")[2]
        own = {**OWN, "base_url": f"http://models.example.com:{port}/v1"}
        await got(await api.post("/api/model-providers", json=own))
        found = [(2, 1, 6, "", ("127.0.0.1", int(port)))]
        monkeypatch.setattr(app.state.services.models._outbound, "_lookup", lambda *_: found)
        tried = await got(await api.post("/api/model-providers/try", json={"model": "own:llama3"}))
        assert (tried["ok"], server.asked) == (False, [])
        assert "could not be reached" in tried["detail"]
        await app.state.services.models.close()


@pytest.fixture
async def server(app: FastAPI) -> AsyncIterator[ModelServer]:
    async with model_server() as running:
        app.state.settings.private_networks = "loopback"
        app.state.services.__post_init__()
        yield running
        await app.state.services.models.close()


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (Say("ok"), "it answers"),
        (Fail("bad_key"), "the key was refused"),
        (Fail("rate_limit"), "its rate limit is reached"),
        (Fail("server_error"), "it answered with an error (500)"),
        ("cut", "it could not be reached"),
    ],
)
async def test_trying_a_model_says_in_words_what_is_wrong(
    api: httpx.AsyncClient, server: ModelServer, step: Any, said: str
) -> None:
    await got(await api.post("/api/model-providers", json={**OWN, "base_url": f"{server.url}/v1"}))
    server.will(step)
    tried = await got(await api.post("/api/model-providers/try", json={"model": "own:llama3"}))
    assert (tried["ok"], said in tried["detail"]) == (said == "it answers", True), tried


async def test_nothing_listens_there_is_said_too(api: httpx.AsyncClient, server: ModelServer) -> None:
    async with model_server() as gone:
        url = gone.url
    await got(await api.post("/api/model-providers", json={**OWN, "base_url": f"{url}/v1"}))
    tried = await got(await api.post("/api/model-providers/try", json={"model": "own:llama3"}))
    assert not tried["ok"]
    assert "could not be reached" in tried["detail"]
    assert server.asked == []


async def test_another_workspaces_entry_is_nobody_elses(
    api: httpx.AsyncClient, app: FastAPI, db: Database, workspace: NewWorkspace
) -> None:
    await got(await api.post("/api/model-providers", json=OWN))
    other = await create_workspace(
        db, slug=f"o-{workspace.id.hex}", name="O", owner_email=f"o@{workspace.id.hex}.example", owner_name="O"
    )
    async with client_of(app, authorization=f"Bearer {await new_key(db, other.id)}") as theirs:
        assert (await theirs.patch("/api/agents/chat", json={"model": "own:llama3"})).status_code == 422
        assert (await theirs.patch("/api/model-providers/own", json={"api_key": "x"})).status_code == 404
        assert (await theirs.delete("/api/model-providers/own")).status_code == 404


async def test_the_cap_is_set_and_shown_with_what_was_spent(api: httpx.AsyncClient) -> None:
    shown = await got(await api.get("/api/model-spending"))
    assert (shown["monthly_cap"], shown["spent"], shown["requests"]) == (None, "0.000000", 0)
    changed = await got(await api.patch("/api/model-spending", json={"monthly_cap": "49.9999995"}))
    assert (changed["monthly_cap"], changed["timezone"]) == ("50.000000", "UTC")
    assert (await api.patch("/api/model-spending", json={"monthly_cap": "-1"})).status_code == 422
    assert (await got(await api.patch("/api/model-spending", json={"monthly_cap": None})))["monthly_cap"] is None
