"""Agents over HTTP: a workspace's own, what they may be set to, versions side by side, what they did and cost."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from dynaris.agents import agent_routes, herald, routes
from dynaris.connections import routes as connections
from tests.agents.conftest import Script, Story, UseModel
from tests.web import client_of, new_key, web_app

FRONT_DESK = {"name": "front_desk", "based_on": "chat", "settings": {"title": "Front desk", "role": "You welcome."}}


@pytest.fixture
async def api(story: Story, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = web_app(story.db, tmp_path, [agent_routes.router, routes.router, connections.router])
    key = await new_key(story.db, story.workspace.id)
    async with client_of(app, authorization=f"Bearer {key}") as client:
        yield client


async def got(response: httpx.Response, status: int = 200) -> dict[str, Any]:
    assert response.status_code == status, response.text
    return response.json()


async def test_an_agent_of_ones_own_is_made_changed_and_removed(api: httpx.AsyncClient) -> None:
    made = await got(await api.post("/api/agents", json=FRONT_DESK), 201)
    assert (made["kind"], made["specialist"], made["version"]) == ("own", "chat", 1)
    await got(await api.post("/api/agents", json=FRONT_DESK), 409)
    await got(await api.post("/api/agents", json={**FRONT_DESK, "name": "chat"}), 409)
    await got(await api.post("/api/agents", json={**FRONT_DESK, "name": "figures"}), 422)
    changed = await got(await api.patch("/api/agents/front_desk", json={"effects": ["read"]}))
    allowed = {tool["name"] for tool in changed["toolbox"] if tool["allowed"]}
    assert allowed == {"search_knowledge", "look_up_contact", "look_up_timeline", "look_up_templates"}
    assert [each["name"] for each in (await got(await api.get("/api/agents")))["items"]][-1] == "front_desk"

    account = {"channel": "generic", "address": "site", "agent": "front_desk"}
    await got(await api.post("/api/accounts", json=account), 201)
    assert (await got(await api.get("/api/agents/front_desk")))["accounts"][0]["channel"] == "generic"
    refused = await got(await api.delete("/api/agents/front_desk"), 409)
    assert refused["used_by"] == ["the account site"]
    [known] = (await got(await api.get("/api/accounts")))["items"]
    await got(await api.patch(f"/api/accounts/{known['id']}", json={"agent": None}))
    assert (await api.delete("/api/agents/front_desk")).status_code == 204
    await got(await api.get("/api/agents/front_desk"), 404)
    await got(await api.patch(f"/api/accounts/{known['id']}", json={"agent": "front_desk"}), 422)


@pytest.mark.parametrize(
    ("agent", "body", "field"),
    [
        ("chat", {"tools": ["send_email"]}, "tools"),
        ("chat", {"channels": ["pigeons"]}, "channels"),
        ("chat", {"languages": ["xx"]}, "languages"),
        ("chat", {"greeting": {"xx": "Hi"}}, "greeting"),
        ("chat", {"based_on": "voice"}, "based_on"),
        ("chat", {"chooses_from": ["voice"]}, "chooses_from"),
        ("chat", {"components": [{"title": "", "text": "x"}]}, "components"),
        ("supervisor", {"status": "inactive"}, "status"),
        ("supervisor", {"chooses_from": ["nobody"]}, "chooses_from"),
        ("front_desk", {"based_on": None}, "based_on"),
    ],
)
async def test_what_does_not_fit_an_agent_is_refused(
    api: httpx.AsyncClient, agent: str, body: dict[str, Any], field: str
) -> None:
    await got(await api.post("/api/agents", json=FRONT_DESK), 201)
    refused = await got(await api.patch(f"/api/agents/{agent}", json=body), 422)
    assert refused["errors"][0]["field"].startswith(field)


async def test_who_edits_an_older_version_is_told_and_changes_nothing(api: httpx.AsyncClient) -> None:
    await got(await api.patch("/api/agents/chat", params={"version": 0}, json={"role": "You are kind."}))
    refused = await got(
        await api.patch("/api/agents/chat", params={"version": 0}, json={"role": "You are brief."}), 409
    )
    assert (refused["version"], refused["changed_by"][:4]) == (1, "key:")
    assert (await got(await api.get("/api/agents/chat")))["settings"]["role"] == "You are kind."


async def test_two_versions_are_compared_field_by_field(api: httpx.AsyncClient) -> None:
    prices, tone = {"title": "Prices", "text": "Round."}, {"title": "Tone", "text": "Kind."}
    first = {"components": [prices, tone], "temperature": 0.5, "greeting": {"de": "Hallo"}}
    await got(await api.patch("/api/agents/chat", json=first))
    second = {"components": [{**prices, "text": "To the cent."}, tone], "temperature": None, "max_steps": 9}
    await got(await api.patch("/api/agents/chat", json=second))
    found = await got(await api.get("/api/agents/chat/differences", params={"before": 1, "after": 2}))
    told = {(each["field"], each["item"]): (each["before"], each["after"]) for each in found["items"]}
    assert set(told) == {("components", "Prices"), ("temperature", None), ("max_steps", None)}
    assert [side["text"] for side in told["components", "Prices"]] == ["Round.", "To the cent."]
    assert told["temperature", None] == (0.5, None)
    whole = await got(await api.get("/api/agents/chat/differences", params={"before": 0, "after": 1}))
    assert ("greeting", "de") in {(each["field"], each["item"]) for each in whole["items"]}
    await got(await api.get("/api/agents/chat/differences", params={"before": 1, "after": 3}), 404)


async def test_runs_are_listed_by_agent_and_add_up(api: httpx.AsyncClient, story: Story, use_model: UseModel) -> None:
    use_model(Script("It costs €75."))
    await herald.run_turn(story.db, story.request())
    async with story.db.workspace(story.workspace.id) as connection:
        output = {"decision": "reply", "reason": "", "text": "It costs €75."}
        await herald.finish(connection, story.workspace.id, story.run_id, status="done", output=output)
    [run] = (await got(await api.get("/api/runs", params={"agent": "chat"})))["items"]
    assert (run["id"], run["status"], run["decision"]) == (str(story.run_id), "done", "reply")
    assert (await got(await api.get("/api/runs", params={"agent": "voice"})))["items"] == []
    assert (await got(await api.get("/api/runs", params={"status": "failed"})))["items"] == []
    [figures] = (await got(await api.get("/api/agents/figures")))["items"]
    assert (figures["agent"], figures["runs"], figures["failed"]) == ("chat", 1, 0)


async def test_what_a_model_failed_with_shows_as_the_agents_last_error(
    api: httpx.AsyncClient, story: Story, use_model: UseModel
) -> None:
    use_model(Script(ValueError("no use")))
    done = await herald.run_turn(story.db, story.request())
    async with story.db.workspace(story.workspace.id) as connection:
        output = done.model_dump(mode="json")
        await herald.finish(connection, story.workspace.id, story.run_id, status="done", output=output)
    [figures] = (await got(await api.get("/api/agents/figures")))["items"]
    assert (figures["failed"], figures["handed_off"], figures["last_error_run"]) == (1, 1, str(story.run_id))
    assert figures["last_error"].startswith("scripted: ")
