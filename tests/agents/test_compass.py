"""Compass over HTTP: an agent as runtimes read it, and as other services manage it; the same record as /api/agents."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from dynaris.agents import agent_routes, compass_routes, herald
from dynaris.agents.agent_settings import AgentSettings
from dynaris.agents.compass_record import SKILLS
from dynaris.agents.mcp import routes as mcp_routes
from dynaris.agents.tools import built_in_tools
from dynaris.core.db import Database
from dynaris.core.ids import new_id
from dynaris.workspaces.actions import NewWorkspace, create_workspace
from dynaris.workspaces.teams import create_team
from tests.agents.conftest import Script, Story, UseModel
from tests.web import client_of, new_key, web_app

ROUTERS = [compass_routes.router, agent_routes.router, mcp_routes.router]
LINE = {
    "agent_name": "front_line",
    "agent": "You answer the practice's telephone.",
    "agent_prompt": "Mention the garage when somebody is about to come.",
    "prompt_components": [
        {"title": "First", "text": "Be brief.", "priority": 5},
        {"title": "Last", "text": "Say goodbye.", "priority": 95},
    ],
    "agent_category": "ai_ivr",
    "language": ["de", "en"],
    "base_greeting": {"en": "Hello!", "de": "Guten Tag!", "default": "Hello there!"},
    "voice_config": {"stt_provider": "deepgram", "tts_provider": "elevenlabs", "tts_model": "flash", "voice": "rachel"},
    "transfer_to": "+4930123456",
    "limits": {"max_call_duration_minutes": 10, "max_steps": 6},
    "skills": ["knowledge", "contacts"],
}


async def compass_of(db: Database, folder: Path, workspace: NewWorkspace, **headers: str) -> httpx.AsyncClient:
    key = await new_key(db, workspace.id)
    return client_of(web_app(db, folder, ROUTERS), authorization=f"Bearer {key}", **headers)


@pytest.fixture
async def api(db: Database, workspace: NewWorkspace, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with await compass_of(db, tmp_path, workspace) as client:
        yield client


@pytest.fixture
async def stranger(db: Database, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    slug = f"w-{new_id().hex}"
    other = await create_workspace(db, slug=slug, name="Other", owner_email=f"o@{slug}.example", owner_name="Otto")
    async with await compass_of(db, tmp_path, other) as client:
        yield client


async def got(response: httpx.Response, status: int = 200) -> dict[str, Any]:
    assert response.status_code == status, response.text
    return response.json()


async def made(api: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    return await got(await api.post("/tenants/agents", json={**LINE, **changes}), 201)


async def test_an_agent_keeps_its_id_changed_or_not(api: httpx.AsyncClient, stranger: httpx.AsyncClient) -> None:
    before = {one["agent_name"]: one["agent_id"] for one in (await got(await api.get("/tenants/agents")))["items"]}
    assert set(before) == {"email_sales", "scheduling", "voice", "research", "chat"}
    await got(await api.patch("/tenants/agents/chat", json={"agent": "You are kind."}))
    after = {one["agent_name"]: one["agent_id"] for one in (await got(await api.get("/tenants/agents")))["items"]}
    assert after == before
    others = {one["agent_id"] for one in (await got(await stranger.get("/tenants/agents")))["items"]}
    assert others.isdisjoint(before.values())
    for path in ("/agents/{}", "/tenants/agents/{}", "/api/agents/{}", "/api/agents/{}/versions"):
        by_name = await got(await api.get(path.format("chat")))
        assert await got(await api.get(path.format(before["chat"]))) == by_name


async def test_a_runtime_is_told_what_our_own_run_tells_a_model(
    api: httpx.AsyncClient, story: Story, use_model: UseModel
) -> None:
    settings = {"role": "You welcome.", "components": [{"title": "Parking", "text": "Mention the garage."}]}
    await got(await api.patch("/api/agents/chat", json=settings))
    use_model(model := Script("Welcome."))
    await herald.run_turn(story.db, story.request(settings=AgentSettings.model_validate(settings)))
    found = await got(await api.get("/agents/chat", params={"channel": "webchat"}))
    own = [part["text"] for part in found["components"] if part["source"] != "context"]
    assert model.instructions[0].startswith("\n\n".join(own))
    assert found["system_prompt"] == "\n\n".join(part["text"] for part in found["components"])
    business = found["components"][-1]["text"]
    assert '<business name="Test clinic"' in business
    assert '<channel name="webchat"' in business
    assert "open_now" not in business


async def test_the_parts_of_a_prompt_come_by_priority_after_the_houses(api: httpx.AsyncClient) -> None:
    await made(api)
    found = await got(await api.get("/agents/front_line", params={"language": "de"}))
    order = [(part["title"], part["priority"]) for part in found["components"][7:]]
    assert [part["priority"] for part in found["components"][:7]] == [10] * 6 + [11]
    assert found["components"][6]["title"] == "base_prompt_voice"
    assert order[0] == ("What the business tells you", 30)
    assert order[1:] == [
        ("role", 31),
        ("First", 5),
        ("agent_prompt", 50),
        ("languages", 60),
        ("language", 60),
        ("greeting", 60),
        ("escalation", 90),
        ("Last", 95),
        ("business", 1000),
    ]
    assert found["greeting"] == "Guten Tag!"
    assert "Never read out a number" in found["system_prompt"]
    assert "+4930123456" not in found["system_prompt"]


async def test_a_runtime_gets_voice_tools_and_limits(api: httpx.AsyncClient, story: Story) -> None:
    agent = await made(api)
    found = await got(await api.get(f"/agents/{agent['agent_id']}"))
    assert (found["agent_name"], found["status"], found["agent_category"]) == ("front_line", "active", "ai_ivr")
    assert (found["voice_model"], found["transfer_to"]) == ("flash", "+4930123456")
    assert found["voice_config"]["pipeline_mode"] == "stt_llm_tts"
    assert found["voice_config"]["llm_model"] == "builtin"
    limits = found["limits"]
    assert limits.pop("run")["steps"] == 6
    assert limits == {
        "max_call_duration_minutes": 10,
        "silence_timeout_seconds": 10,
        "silence_max_retries": 2,
        "silence_check_interval": 1,
    }
    tools = {tool["name"]: tool for tool in found["tools"]}
    assert set(tools) == {"search_knowledge", "look_up_contact", "update_contact", "remember"}
    assert tools["search_knowledge"]["arguments"]["properties"]["query"]["type"] == "string"
    assert not any(tool["needs_approval"] for tool in tools.values())

    await story.execute(
        """UPDATE workspace SET auto_mode = '{"enabled": true, "channels": {"email": false}}' WHERE id = %s""",
        story.workspace.id,
    )
    found = await got(await api.get("/agents/front_line", params={"channel": "email"}))
    waits = {tool["name"] for tool in found["tools"] if tool["needs_approval"]}
    assert waits == {"update_contact", "remember"}


async def test_an_agent_that_did_not_change_is_not_sent_again(api: httpx.AsyncClient) -> None:
    await made(api)
    first = await api.get("/agents/front_line")
    tag = first.headers["etag"]
    assert tag == f'"{hashlib.sha256(first.content).hexdigest()[:32]}"'
    again = await api.get("/agents/front_line", headers={"if-none-match": f'"other", W/{tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    await got(await api.patch("/tenants/agents/front_line", json={"agent": "You are kind."}))
    changed = await api.get("/agents/front_line", headers={"if-none-match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag


async def test_the_key_says_which_tenant(api: httpx.AsyncClient, stranger: httpx.AsyncClient) -> None:
    agent = await made(api)
    own = {"x-tenantId": agent["tenant_id"].upper()}
    await got(await api.get("/agents/front_line", headers=own))
    for client, header, status in ((api, str(new_id()), 403), (stranger, agent["tenant_id"], 403)):
        for path in ("/agents/front_line", "/tenants/agents"):
            await got(await client.get(path, headers={"x-tenantId": header}), status)
        await got(await client.patch("/tenants/agents/chat", json={}, headers={"x-tenantId": header}), status)
    for path in (f"/agents/{agent['agent_id']}", "/agents/front_line", f"/tenants/agents/{agent['agent_id']}"):
        await got(await stranger.get(path), 404)
    await got(await stranger.patch(f"/tenants/agents/{agent['agent_id']}", json={"agent": "Mine."}), 404)
    await got(await stranger.delete(f"/tenants/agents/{agent['agent_id']}"), 404)
    await got(await stranger.post(f"/agents/{agent['agent_id']}/prompt", json={}), 404)
    unknown = {"authorization": "Bearer dyn_nobody"}
    await got(await api.get("/agents/front_line", headers=unknown), 401)


async def test_what_is_read_can_be_written_back(api: httpx.AsyncClient) -> None:
    agent = await made(api)
    read_only = {"agent_id", "tenant_id", "agent_name", "specialist", "version", "mcp_secret_set"}
    read_only |= {"changed_by", "changed_at"}
    writable = {name: value for name, value in agent.items() if name not in read_only}
    again = await got(await api.patch("/tenants/agents/front_line", json=writable))
    assert {name: again[name] for name in writable} == writable
    shown = await got(await api.get("/api/agents/front_line"))
    assert shown["settings"]["voice"]["transfer_to"] == "+4930123456"
    assert shown["settings"]["based_on"] == "voice"


async def test_a_change_leaves_what_it_does_not_name(api: httpx.AsyncClient) -> None:
    await made(api)
    changes = {"voice_config": {"voice": "adam"}, "limits": {"silence_max_retries": 0}, "agent_prompt": None}
    after = await got(await api.patch("/tenants/agents/front_line", json=changes))
    assert (after["voice_config"]["voice"], after["voice_config"]["stt_provider"]) == ("adam", "deepgram")
    assert (after["limits"]["silence_max_retries"], after["limits"]["max_call_duration_minutes"]) == (0, 10)
    assert after["limits"]["max_steps"] == 6
    assert (after["agent_prompt"], len(after["prompt_components"])) == (None, 2)
    assert after["transfer_to"] == "+4930123456"
    none = await got(await api.patch("/tenants/agents/front_line", json={"voice_config": None, "tools": None}))
    assert none["voice_config"]["voice"] is None
    assert none["transfer_to"] == "+4930123456"
    assert set(none["skills"]) == {"knowledge", "contacts", "conversations", "templates", "scheduling"}


async def test_two_who_change_the_same_version_do_not_overwrite_each_other(api: httpx.AsyncClient) -> None:
    await made(api)
    tag = (await api.get("/tenants/agents/front_line")).headers["etag"]
    assert tag == '"1"'
    first = await api.patch("/tenants/agents/front_line", json={"agent": "Kind."}, headers={"if-match": tag})
    assert first.headers["etag"] == '"2"'
    late = await api.patch("/tenants/agents/front_line", json={"agent": "Brief."}, headers={"if-match": tag})
    assert (await got(late, 409))["version"] == 2
    await got(await api.patch("/tenants/agents/front_line", json={}, headers={"if-match": "soon"}), 422)
    versions = await got(await api.get("/tenants/agents/front_line/versions"))
    assert [one["number"] for one in versions["items"]] == [2, 1]
    told = await got(await api.get("/api/agents/front_line/differences", params={"before": 1, "after": 2}))
    assert [one["field"] for one in told["items"]] == ["role"]


async def test_agents_are_listed_by_pages_and_by_what_they_are(api: httpx.AsyncClient) -> None:
    await made(api)
    await made(api, agent_name="caller", agent_type="outbound", agent_category="ai_agent", status="inactive")
    seen: list[str] = []
    cursor = None
    while True:
        params = {"limit": 3, **({"cursor": cursor} if cursor else {})}
        page = await got(await api.get("/tenants/agents", params=params))
        seen += [one["agent_name"] for one in page["items"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
    assert seen == ["email_sales", "scheduling", "voice", "research", "chat", "caller", "front_line"]
    for filtered, names in (
        ({"status": "inactive"}, ["caller"]),
        ({"agent_category": "ai_ivr"}, ["front_line"]),
        ({"agent_type": "outbound", "status": "active"}, []),
        ({"agent_category": "human_agent"}, []),
    ):
        page = await got(await api.get("/tenants/agents", params=filtered))
        assert [one["agent_name"] for one in page["items"]] == names
    await got(await api.get("/tenants/agents", params={"status": "asleep"}), 422)


async def test_a_provider_that_refused_the_key_shows_as_failed(api: httpx.AsyncClient, story: Story) -> None:
    await story.execute(
        "INSERT INTO model_provider (workspace_id, id, name, kind, error) VALUES (%s, %s, 'ours', 'openai', 'bad key')",
        *(story.workspace.id, new_id()),
    )
    agent = await made(api, model="ours:big")
    assert agent["status"] == "failed"
    assert (await got(await api.get("/agents/front_line")))["status"] == "failed"
    page = await got(await api.get("/tenants/agents", params={"status": "failed"}))
    assert [one["agent_name"] for one in page["items"]] == ["front_line"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"agent_nmae": "x"}, "agent_nmae"),
        ({"voice_config": {"tone": "x"}}, "voice_config.tone"),
        ({"limits": {"max_call_duration_minutes": 601}}, "limits.max_call_duration_minutes"),
        ({"limits": {"silence_max_retries": 51}}, "limits.silence_max_retries"),
        ({"status": "failed"}, "status"),
        ({"status": "provisioning"}, "status"),
        ({"agent_category": "human_agent"}, "agent_category"),
        ({"transfer_to": "0301234"}, "transfer_to"),
        ({"transfer_to": "queue:nobody"}, "voice.transfer_to"),
        ({"tools": ["fetch_page"]}, "tools"),
        ({"language": ["xx"]}, "languages"),
        ({"agent_prompt": "x" * 8_001}, "agent_prompt"),
        ({"prompt_components": [{"title": "A", "text": "x"}] * 30}, "prompt_components"),
        ({"mcp_server_url": "ftp://tools.example"}, "mcp_server_url"),
        ({"mcp_server_url": "http://169.254.169.254/mcp"}, "mcp_server.url"),
        ({"mcp_server_url": "http://127.0.0.1:5432/mcp"}, "mcp_server.url"),
        ({"mcp_server_url": "https://ada:secret@tools.example/mcp"}, "mcp_server_url"),
        ({"outbound_variables": [{"name": "A B"}]}, "outbound_variables.0.name"),
        ({"outbound_variables": [{"name": "a"}, {"name": "a"}]}, "outbound.variables"),
        ({"agent_type": "outbound", "agent": "You call {{nmae}}."}, "role"),
    ],
)
async def test_what_does_not_fit_is_refused_by_name(
    api: httpx.AsyncClient, changes: dict[str, Any], field: str
) -> None:
    await made(api)
    for response in (
        await api.patch("/tenants/agents/front_line", json=changes),
        await api.post("/tenants/agents", json={**LINE, "agent_name": "another", **changes}),
    ):
        assert field in [error["field"] for error in (await got(response, 422))["errors"]]
    assert (await got(await api.get("/tenants/agents/front_line")))["version"] == 1
    await got(await api.get("/tenants/agents/another"), 404)


async def test_names_are_unique_and_never_look_like_ids(api: httpx.AsyncClient) -> None:
    agent = await made(api)
    for name, status in (("front_line", 409), ("chat", 409), ("supervisor", 422), ("models", 422)):
        await got(await api.post("/tenants/agents", json={**LINE, "agent_name": name}), status)
    posing = "abcdef01-" + agent["agent_id"][9:]
    await got(await api.post("/tenants/agents", json={**LINE, "agent_name": posing}), 422)
    await got(await api.get("/tenants/agents/supervisor"), 404)
    await got(await api.get("/agents/supervisor"), 404)
    await got(await api.delete("/tenants/agents/chat"), 404)
    assert (await api.delete(f"/tenants/agents/{agent['agent_id']}")).status_code == 204
    await got(await api.get("/agents/front_line"), 404)
    again = await made(api)
    assert again["agent_id"] != agent["agent_id"]


async def test_a_call_can_go_on_to_a_team(api: httpx.AsyncClient, db: Database, workspace: NewWorkspace) -> None:
    async with db.transaction(workspace.id) as connection:
        team = await create_team(connection, workspace.id, name="Sales", member_ids=[], by="test")
    await made(api, transfer_to="queue:sales")
    found = await got(await api.get("/agents/front_line"))
    assert "goes on to sales" in found["system_prompt"]
    await got(await api.patch("/tenants/agents/front_line", json={"transfer_to": str(team)}))


async def test_a_browser_that_opens_the_address_gets_the_dashboards_page(api: httpx.AsyncClient) -> None:
    del api.headers["authorization"]
    page = await api.get("/agents/chat", headers={"accept": "text/html,application/xhtml+xml"})
    assert (page.status_code, page.headers["location"]) == (303, "/sign-in?next=/agents/chat")
    await got(await api.get("/agents/chat"), 401)


def test_every_tool_belongs_to_one_skill() -> None:
    grouped = [tool for tools in SKILLS.values() for tool in tools]
    assert sorted(grouped) == sorted(built_in_tools())


async def test_a_servers_secret_is_kept_for_its_own_address_and_never_shown(
    api: httpx.AsyncClient, story: Story
) -> None:
    refused = await api.put("/api/agents/chat/mcp-secret", json={"secret": "let-me-in"})
    assert (await got(refused, 422))["errors"][0]["field"] == "secret"
    with_secret = {"mcp_server_url": "https://tools.clinic.test/mcp", "mcp_server_secret": "let-me-in"}
    record = await made(api, **with_secret)
    assert (record["mcp_secret_set"], "let-me-in" in str(record)) == (True, False)

    async def is_set() -> list[bool]:
        listed = {one["agent_name"]: one for one in (await got(await api.get("/tenants/agents")))["items"]}
        shown = await got(await api.get("/tenants/agents/front_line"))
        return [listed["front_line"]["mcp_secret_set"], shown["mcp_secret_set"]]

    for url, known in (
        ("https://tools.clinic.test/other", True),
        ("https://tools.clinic.test:8443/mcp", False),
        ("http://tools.clinic.test/mcp", False),
        ("https://evil.test/mcp", False),
        ("https://tools.clinic.test/mcp", True),
    ):
        await got(await api.patch("/tenants/agents/front_line", json={"mcp_server_url": url}))
        assert await is_set() == [known, known]
    entries = await story.execute("SELECT * FROM audit_entry WHERE workspace_id = %s", story.workspace.id)
    assert "let-me-in" not in str(entries)
    await got(await api.put("/api/agents/front_line/mcp-secret", json={"secret": "two\nlines"}), 422)
    assert (await api.delete("/tenants/agents/front_line")).status_code == 204
    assert await story.count("mcp_secret") == 0


async def test_versions_are_compared_part_by_part_of_a_group(api: httpx.AsyncClient) -> None:
    await made(api)
    await got(await api.patch("/tenants/agents/front_line", json={"voice_config": {"voice": "adam"}}))
    told = await got(await api.get("/api/agents/front_line/differences", params={"before": 1, "after": 2}))
    assert [(one["field"], one["item"], one["before"], one["after"]) for one in told["items"]] == [
        ("voice", "voice", "rachel", "adam")
    ]
    back = await got(await api.post("/api/agents/front_line/versions/1/restore"))
    assert back["settings"]["voice"]["voice"] == "rachel"
