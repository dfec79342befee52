"""An agent's MCP server: its tools in a turn, asked of a real server on loopback, and what a bad one cannot do."""

from collections.abc import AsyncIterator
from ipaddress import ip_network
from typing import Any

import pytest

from dynaris.agents import herald
from dynaris.agents.agent_parts import McpServer
from dynaris.agents.agent_settings import AgentSettings
from dynaris.agents.journal import Journal
from dynaris.agents.mcp import client as mcp_client
from dynaris.agents.mcp.client import McpFailed
from dynaris.agents.mcp.secrets import set_secret
from dynaris.agents.providers import Models
from dynaris.agents.turn import Done, Paused, TurnRequest
from dynaris.core.crypto import Vault
from dynaris.core.outbound import Outbound
from tests.agents.conftest import MANUAL, Script, Story, UseModel, call
from tests.fakes.mcp_server import FakeMcp, mcp_server

VAULT = Vault("test")
HERE = Outbound([ip_network("127.0.0.0/8")])


class Crash(BaseException):
    """The process dies here."""


@pytest.fixture
async def server() -> AsyncIterator[FakeMcp]:
    async with mcp_server() as fake:
        yield fake


@pytest.fixture
async def models(story: Story) -> AsyncIterator[Models]:
    models = Models(story.db, VAULT, HERE)
    yield models
    await models.close()


def asking(story: Story, server: FakeMcp, **changes: Any) -> TurnRequest:
    settings = AgentSettings(mcp_server=McpServer(url=server.url, tools=changes.pop("tools", None)))
    return story.request(settings=settings.model_copy(update=changes.pop("settings", {})), **changes)


async def notes(story: Story) -> list[dict[str, Any]]:
    return [step["request"] for step in await story.steps() if step["kind"] == "note"]


async def test_an_agent_uses_the_tools_of_its_server(
    story: Story, use_model: UseModel, server: FakeMcp, models: Models
) -> None:
    use_model(model := Script(call("mcp_order_status", order="A-1"), "It is on its way."))
    ended = await herald.run_turn(story.db, asking(story, server), models=models)
    assert ended == Done(decision="reply", text="It is on its way.")
    assert server.called == [("order_status", {"order": "A-1"})]
    [step] = [one for one in await story.steps() if one["kind"] == "tool"]
    assert (step["tool"], step["effect"], step["error"]) == ("mcp_order_status", "read", None)
    assert step["response"]["text"].startswith("on its way")
    told = str(model.asked[1][-1])
    assert "on its way" in told
    assert "<system>" not in told


async def test_what_a_server_says_of_its_tools_is_data_and_no_longer_than_fits(
    story: Story, server: FakeMcp, models: Models
) -> None:
    async with mcp_server(more_tools=60) as large:
        tools = await models.mcp_servers.tools(story.workspace.id, "chat", McpServer(url=large.url))
        assert len(tools) == 40
    tools = {one.name: one for one in await models.mcp_servers.tools(story.workspace.id, "chat", _at(server))}
    assert set(tools) == {"mcp_order_status", "mcp_note_wish", "mcp_cancel_order", "mcp_long_story", "mcp_endless"}
    assert len(tools["mcp_endless"].description) == 1_000
    assert [tools[f"mcp_{name}"].effect for name in ("order_status", "note_wish", "cancel_order")] == [
        "read",
        "write",
        "write",
    ]
    told = await models.mcp_servers.call(
        story.workspace.id, "chat", server.url, there="long_story", arguments={}, key="k"
    )
    assert len(told["text"]) < 21_000


def _at(server: FakeMcp) -> McpServer:
    return McpServer(url=server.url)


async def test_a_tool_that_does_not_say_that_it_keeps_everything_waits_for_a_yes(
    story: Story, use_model: UseModel, server: FakeMcp, models: Models
) -> None:
    use_model(Script(call("mcp_note_wish", wish="blue"), call("mcp_cancel_order", "c-2", order="A-1"), "Done."))
    paused = await herald.run_turn(story.db, asking(story, server), models=models)
    assert isinstance(paused, Paused)
    assert [(one.action, one.effect) for one in paused.proposals] == [("mcp_cancel_order", "write")]
    assert server.called == [("note_wish", {"wish": "blue"})]

    verdicts = {"c-2": {"kind": "approved", "edits": {"order": "A-2"}}}
    ended = await herald.run_turn(story.db, asking(story, server), verdicts=verdicts, models=models)
    assert isinstance(ended, Done)
    assert ended.text == "Done."
    assert server.called[1:] == [("cancel_order", {"order": "A-2"})]
    rows = await story.execute("SELECT action FROM audit_entry WHERE workspace_id = %s", story.workspace.id)
    assert {"tool.mcp_note_wish", "tool.mcp_cancel_order"} <= {row["action"] for row in rows}


async def test_in_manual_mode_only_reading_needs_nobody(
    story: Story, use_model: UseModel, server: FakeMcp, models: Models
) -> None:
    use_model(Script(call("mcp_order_status", order="A-1"), call("mcp_note_wish", wish="blue"), "Done."))
    paused = await herald.run_turn(story.db, asking(story, server, policy=MANUAL), models=models)
    assert isinstance(paused, Paused)
    assert [one.action for one in paused.proposals] == ["mcp_note_wish"]
    assert server.called == [("order_status", {"order": "A-1"})]


async def test_what_names_somebody_else_waits_for_a_yes(
    story: Story, use_model: UseModel, server: FakeMcp, models: Models
) -> None:
    use_model(Script(call("mcp_order_status", order="of eve@example.org, +49 30 123456"), "Done."))
    paused = await herald.run_turn(story.db, asking(story, server), models=models)
    assert isinstance(paused, Paused)
    assert "eve@example.org, +4930123456" in paused.proposals[0].why
    assert server.called == []


async def test_an_error_of_a_tool_is_told_to_the_model(
    story: Story, use_model: UseModel, server: FakeMcp, models: Models
) -> None:
    use_model(model := Script(call("mcp_order_status", order="B-9"), "I do not find it."))
    ended = await herald.run_turn(story.db, asking(story, server), models=models)
    assert isinstance(ended, Done)
    assert "there is no order B-9" in str(model.asked[1][-1])


async def test_only_the_tools_and_effects_that_were_chosen_are_there(
    story: Story, use_model: UseModel, server: FakeMcp, models: Models
) -> None:
    use_model(model := Script(call("mcp_cancel_order", order="A-1"), call("mcp_note_wish", wish="x"), "No."))
    request = asking(story, server, tools=["order_status", "note_wish"], settings={"effects": ["read"]})
    ended = await herald.run_turn(story.db, request, models=models)
    assert isinstance(ended, Done)
    assert server.called == []
    assert "Unknown tool name" in str(model.asked[1][-1])
    [run] = await story.execute("SELECT prompt FROM run WHERE workspace_id = %s", story.workspace.id)
    assert [tool["name"] for tool in run["prompt"]["mcp"]["tools"]] == ["mcp_order_status"]
    assert "mcp_order_status" in run["prompt"]["tools"]


@pytest.mark.parametrize("how", ["gone", "broken", "hangs"])
async def test_where_the_server_is_down_the_turn_goes_on_without_and_the_run_says_so(
    story: Story, use_model: UseModel, server: FakeMcp, models: Models, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(mcp_client, "_LIST_SECONDS", 0.5)
    server.refuses, server.hangs = how == "broken", how == "hangs"
    if how == "gone":
        server.url = "http://127.0.0.1:1099/mcp"
    use_model(Script("A colleague knows."))
    ended = await herald.run_turn(story.db, asking(story, server), models=models)
    assert ended == Done(decision="reply", text="A colleague knows.")
    [note] = await notes(story)
    assert note["kind"] == "mcp"
    assert "MCP server" in note["error"]

    asked = server.requests
    with pytest.raises(McpFailed):  # the next turn does not wait for it again
        await models.mcp_servers.tools(story.workspace.id, "chat", _at(server))
    assert server.requests == asked


async def test_a_server_in_a_private_network_is_never_called(
    story: Story, use_model: UseModel, server: FakeMcp
) -> None:
    use_model(Script("A colleague knows."))
    models = Models(story.db, VAULT, Outbound())
    ended = await herald.run_turn(story.db, asking(story, server), models=models)
    await models.close()
    assert isinstance(ended, Done)
    assert server.requests == 0
    assert [note["kind"] for note in await notes(story)] == ["mcp"]


async def test_the_built_in_model_asks_no_server(story: Story, server: FakeMcp, models: Models) -> None:
    ended = await herald.run_turn(story.db, asking(story, server, model="builtin"), models=models)
    assert isinstance(ended, Done)
    assert server.requests == 0


async def test_the_secret_goes_to_its_own_server_alone(story: Story, server: FakeMcp, models: Models) -> None:
    async with story.db.transaction(story.workspace.id) as connection:
        known = {"url": server.url, "secret": "let-me-in", "by": "test"}
        await set_secret(connection, story.workspace.id, VAULT, "chat", **known)
    await models.mcp_servers.tools(story.workspace.id, "chat", _at(server))
    assert server.authorization == {"Bearer let-me-in"}
    server.authorization.clear()
    await models.mcp_servers.tools(story.workspace.id, "voice", _at(server))
    async with mcp_server() as other:
        await models.mcp_servers.tools(story.workspace.id, "chat", _at(other))
        assert server.authorization == other.authorization == {None}
    rows = await story.execute("SELECT sealed FROM mcp_secret WHERE workspace_id = %s", story.workspace.id)
    assert all("let-me-in" not in row["sealed"] for row in rows)


async def test_a_list_is_believed_for_a_minute(story: Story, server: FakeMcp, models: Models) -> None:
    await models.mcp_servers.tools(story.workspace.id, "chat", _at(server))
    asked = server.requests
    await models.mcp_servers.tools(story.workspace.id, "chat", _at(server))
    assert server.requests == asked


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_run_killed_at_its_call_goes_on_with_the_same_tools_and_key(
    story: Story,
    use_model: UseModel,
    server: FakeMcp,
    models: Models,
    monkeypatch: pytest.MonkeyPatch,
    when: str,
) -> None:
    write = Journal._write

    async def dying(self: Journal, **step: Any) -> Any:
        if step.get("kind") == "tool" and when == "before":
            raise Crash
        written = await write(self, **step)
        if step.get("kind") == "tool":
            raise Crash
        return written

    use_model(Script(call("mcp_note_wish", "c-1", wish="blue"), "Noted."))
    monkeypatch.setattr(Journal, "_write", dying)
    with pytest.raises(Crash):
        await herald.run_turn(story.db, asking(story, server), models=models)
    monkeypatch.setattr(Journal, "_write", write)
    if when == "after":
        server.refuses = True  # what was recorded needs no server any more
    fresh = Models(story.db, VAULT, HERE)
    ended = await herald.run_turn(story.db, asking(story, server), models=fresh)
    await fresh.close()
    assert ended == Done(decision="reply", text="Noted.")
    assert len(server.called) == (2 if when == "before" else 1)
    assert set(server.keys) == {f"{story.run_id}:c-1"}
