"""Agents on their screens: made, tried with words that nobody saved, saved, compared, brought back; models and runs."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.conftest import PHONE, Room
from tests.browser.looking import XSS, is_accessible, is_unharmed
from tests.fakes.mcp_server import mcp_server
from tests.fakes.model_server import Call, ModelServer, Say, model_server

LOADING = 20_000  # ms: the web process loads the agent library with the first agent that is tried


@pytest.fixture
async def server(room: Room) -> AsyncIterator[ModelServer]:
    """A language model that the workspace's agents use."""
    async with model_server() as running:
        own = {"name": "local", "kind": "openai-compatible", "base_url": f"{running.url}/v1", "api_key": "sk-local"}
        assert (await room.api.post("/api/model-providers", json=own)).is_success
        assert (await room.api.patch("/api/agents/chat", json={"model": "local:wire-1"})).is_success
        yield running


async def say(page: Page, text: str) -> None:
    await page.get_by_label("Write as a customer").fill(text)
    await page.keyboard.press("Enter")


def told(request: dict[str, Any]) -> str:
    return "\n".join(str(each["content"]) for each in request["messages"] if each["role"] in ("system", "developer"))


async def test_an_agent_is_edited_tried_unsaved_saved_and_brought_back(
    room: Room, page: Page, server: ModelServer
) -> None:
    await room.sign_in(page, "/agents")
    await page.get_by_role("link", name="Chat", exact=True).click()
    await page.get_by_role("button", name="Add a part").click()
    await page.get_by_label("Title of part 1").fill("Parking")
    await page.get_by_label("Text of Parking").fill("Mention the garage.")
    await page.get_by_role("button", name="Add a part").click()
    await page.get_by_label("Title of part 2").fill("Tone")
    await page.get_by_label("Text of Tone").fill("Be brief.")
    await page.get_by_role("button", name="Move Tone:").focus()
    await page.keyboard.press("ArrowUp")
    await expect(page.get_by_label("Title of part 1")).to_have_value("Tone")

    server.will(Call("create_task", {"title": "Call back"}), Say("The garage is under the building."))
    await say(page, "Where can I park?")
    chat = page.get_by_role("region", name="Test chat")
    await expect(chat.get_by_text("The garage is under the building.")).to_be_visible(timeout=LOADING)
    await expect(chat.get_by_text("Would have called Create task", exact=True)).to_be_visible()
    words = told(server.asked[0])
    assert words.index("Be brief.") < words.index("Mention the garage.")
    assert (await room.rows("SELECT id FROM task WHERE workspace_id = %(ws)s")) == []

    await page.keyboard.press("Control+s")
    await expect(page.get_by_role("button", name="Saved")).to_be_visible()
    saved = (await room.api.get("/api/agents/chat")).json()
    assert [each["title"] for each in saved["settings"]["components"]] == ["Tone", "Parking"]

    await page.get_by_label("Text of Tone").fill("Be thorough.")
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_role("button", name="Saved")).to_be_visible()
    await page.get_by_role("tab", name="Versions").click()
    await expect(page.get_by_role("deletion").filter(has_text="brief.")).to_be_visible()
    await expect(page.get_by_role("insertion").filter(has_text="thorough.")).to_be_visible()
    await page.get_by_role("button", name="Bring version 2 back").click()
    await page.get_by_role("dialog").get_by_role("button", name="Bring back").click()
    await expect(page.get_by_text("brought back 2")).to_be_visible()
    back = (await room.api.get("/api/agents/chat")).json()
    assert (back["version"], back["settings"]["components"][0]["text"]) == (4, "Be brief.")


async def test_a_forbidden_tool_disappears_and_leaving_unsaved_is_asked_about(
    room: Room, page: Page, server: ModelServer
) -> None:
    await room.sign_in(page, "/agents/chat")
    await page.get_by_label("Create task").uncheck()
    server.will(Say("Yes."))
    await say(page, "Is there parking?")
    await expect(page.get_by_text("Yes.", exact=True)).to_be_visible(timeout=LOADING)
    offered = {tool["function"]["name"] for tool in server.asked[0]["tools"]}
    assert ("create_task" in offered, "add_note" in offered) == (False, True)
    await page.get_by_role("link", name="Contacts").click()
    await page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    await expect(page.get_by_label("Create task")).not_to_be_checked()
    await page.get_by_role("link", name="Contacts").click()
    await page.get_by_role("dialog").get_by_role("button", name="Leave").click()
    await expect(page).to_have_url(f"{room.url}/contacts")
    assert (await room.api.get("/api/agents/chat")).json()["settings"]["tools"] is None


async def test_what_is_typed_while_it_is_saved_stays_to_be_saved(room: Room, page: Page) -> None:
    saving = asyncio.Event()

    async def slowly(route: Route) -> None:
        if route.request.method == "PATCH":
            await saving.wait()
        await route.continue_()

    await room.sign_in(page, "/agents/research")
    await page.route("**/api/agents/research*", slowly)
    role = page.get_by_label("Role")
    await role.fill("You look things up.")
    await page.keyboard.press("Control+s")
    await role.fill("You look things up, twice.")
    saving.set()
    save = page.get_by_role("button", name="Save", exact=True)
    await expect(save).to_be_enabled()
    await expect(role).to_have_value("You look things up, twice.")
    await save.click()
    await expect(page.get_by_role("button", name="Saved")).to_be_visible()
    assert (await room.api.get("/api/agents/research")).json()["settings"]["role"] == "You look things up, twice."


async def test_who_saves_over_somebody_elses_change_is_asked_first(room: Room, page: Page) -> None:
    await room.sign_in(page, "/agents/research")
    await page.get_by_label("Role").fill("You look things up.")
    assert (await room.api.patch("/api/agents/research", json={"max_steps": 9})).is_success
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_text("An API key changed this agent meanwhile")).to_be_visible()
    await page.get_by_role("button", name="Save mine over it").click()
    await expect(page.get_by_role("button", name="Saved")).to_be_visible()
    settings = (await room.api.get("/api/agents/research")).json()["settings"]
    assert (settings["role"], settings["max_steps"]) == ("You look things up.", 9)


async def test_an_agent_of_ones_own_answers_visitors_and_its_run_can_be_read(room: Room, page: Page) -> None:
    await room.sign_in(page, "/agents")
    await page.get_by_role("button", name="New agent").click()
    await page.get_by_label("Title").fill("Front desk")
    await page.get_by_role("button", name="Make it").click()
    await page.get_by_role("region", name="Where and in which languages").get_by_text("Chat", exact=True).click()
    await page.get_by_role("button", name="Add a greeting").click()
    await page.get_by_role("textbox", name="Greeting: All others").fill("Welcome to the clinic!")
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_role("button", name="Saved")).to_be_visible()
    settings = (await room.api.get("/api/agents/front_desk")).json()["settings"]
    assert settings["channels"] == ["webchat"]
    await room.chat("Is there parking?")
    await page.get_by_role("tab", name="Runs").click()
    await page.get_by_role("listitem").get_by_role("link").click()
    await expect(page.get_by_text("Welcome to the clinic!").first).to_be_visible()
    await expect(page).to_have_url(re.compile("/agents/front_desk/runs/"))
    await is_accessible(page)


async def test_outside_text_does_nothing_in_names_prompts_and_replies(
    room: Room, page: Page, server: ModelServer
) -> None:
    everything = " ".join(XSS)
    components = [{"title": text[:80], "text": text} for text in XSS]
    changes = {"title": XSS[1], "role": everything, "components": components, "greeting": {"default": XSS[0]}}
    assert (await room.api.patch("/api/agents/chat", json=changes)).is_success
    assert (await room.api.patch("/api/agents/chat", json={"role": "plain", "title": XSS[2]})).is_success
    await room.sign_in(page, "/agents")
    await expect(page.get_by_role("link", name=XSS[2])).to_be_visible()
    server.will(Call("create_task", {"title": everything}), Say(everything))
    await page.goto(f"{room.url}/agents/chat", wait_until="domcontentloaded")
    await say(page, everything)
    await page.get_by_role("button", name=re.compile("^Why")).click(timeout=LOADING)
    await expect(page.get_by_text("Your words in its prompt")).to_be_visible()
    await is_unharmed(page)
    await page.get_by_role("tab", name="Versions").click()
    await expect(page.get_by_role("heading", name="All versions")).to_be_visible()
    await is_unharmed(page)


async def test_a_phone_has_the_test_chat_behind_a_tab_and_all_of_it_is_accessible(room: Room, page: Page) -> None:
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    await room.sign_in(page, "/agents/scheduling")
    await expect(page.get_by_role("heading", name="What it may use")).to_be_visible()
    await is_accessible(page)
    await page.get_by_role("tab", name="Try").click()
    await say(page, "What are your opening hours?")
    await expect(page.get_by_text("8:00 to 18:00").first).to_be_visible(timeout=LOADING)
    await is_accessible(page)


async def test_conversations_are_rehearsed_and_shown_with_what_did_not_hold(room: Room, page: Page) -> None:
    await room.sign_in(page, "/agents/chat?tab=evals")
    await page.get_by_role("button", name="New rehearsal").click()
    await page.get_by_label("What customers write").fill("Is there parking?\nDo you treat elephants?")
    await page.get_by_role("button", name="Play them").click()
    one = page.get_by_role("region", name="One rehearsal")
    await expect(one.get_by_text("Done")).to_be_visible(timeout=30_000)
    await expect(one.get_by_role("row", name=re.compile("It ended as it should 50% .1 of 2."))).to_be_visible()
    await expect(one.get_by_label("Only where this agent answered: 2 of 2")).to_be_visible()
    await page.goto(page.url.replace("/agents/chat", "/agents/scheduling"), wait_until="domcontentloaded")
    await one.get_by_label("Only where this agent answered: 0 of 2").check()
    await expect(one.get_by_text("Do you treat elephants?")).to_have_count(0)
    await is_accessible(page)


async def test_a_provider_is_added_asked_and_its_spending_capped(room: Room, page: Page) -> None:
    await room.sign_in(page, "/agents/models")
    async with model_server() as running:
        running.will(Say("ok"))
        await page.get_by_role("button", name="Add a provider").click()
        await page.get_by_role("combobox", name="Kind").click()
        await page.get_by_role("option", name="openai-compatible").click()
        await page.get_by_role("textbox", name="Address").fill(f"{running.url}/v1")
        await page.get_by_role("textbox", name="Key").fill("sk-local")
        await page.get_by_role("dialog").get_by_role("button", name="Save").click()
        await expect(page.get_by_text("With a key", exact=True)).to_be_visible()
        await page.get_by_role("combobox", name="Agents answer with").fill("own:wire-1")
        await page.get_by_role("button", name="Try", exact=True).first.click()
        await expect(page.get_by_text("Answers in")).to_be_visible(timeout=LOADING)
    await page.get_by_label("Cap for a month").fill("50")
    await page.get_by_role("region", name="Spending").get_by_role("button", name="Save").click()
    await expect(page.get_by_text("of $50.00")).to_be_visible()
    await is_accessible(page)


async def test_voice_outbound_and_a_server_of_tools_are_set_on_the_screen(room: Room, page: Page) -> None:
    async with mcp_server() as tools:
        await room.sign_in(page, "/agents/chat")
        voice = page.get_by_role("region", name="Voice")
        await voice.get_by_label("Speaks with").fill("elevenlabs")
        await voice.get_by_label("Where a call goes on").fill("+4930123456")
        await voice.get_by_label("Call, in minutes").fill("12")
        outbound = page.get_by_role("region", name="Outbound")
        await outbound.get_by_label("Gets in touch by itself").check()
        await outbound.get_by_label("What for").fill("Remind {{name}}.")
        await outbound.get_by_role("button", name="Add a variable").click()
        await outbound.get_by_label("Name of variable 1").fill("name")
        server = page.get_by_role("region", name="MCP server")
        await server.get_by_label("Address").fill(tools.url)
        await page.keyboard.press("Control+s")
        await expect(page.get_by_role("button", name="Saved")).to_be_visible()
        await expect(server.get_by_text("mcp_order_status")).to_be_visible(timeout=LOADING)
        await expect(server.get_by_text("Asks a person")).to_have_count(1)
        await server.get_by_label("Secret").fill("let-me-in")
        await server.get_by_role("button", name="Keep").click()
        await expect(server.get_by_role("button", name="Take out")).to_be_visible()
        await is_accessible(page)

        saved = (await room.api.get("/tenants/agents/chat")).json()
        assert (saved["voice_config"]["tts_provider"], saved["transfer_to"]) == ("elevenlabs", "+4930123456")
        assert (saved["limits"]["max_call_duration_minutes"], saved["agent_type"]) == (12, "outbound")
        assert (saved["outbound_variables"][0]["name"], saved["mcp_server_url"]) == ("name", tools.url)
        assert saved["mcp_secret_set"]
        assert "Bearer let-me-in" in tools.authorization
        await voice.get_by_label("Speaks with").fill("")
        await page.get_by_role("button", name="Save", exact=True).click()
        await expect(page.get_by_role("button", name="Saved")).to_be_visible()
        saved = (await room.api.get("/tenants/agents/chat")).json()
        assert (saved["voice_config"]["tts_provider"], saved["transfer_to"]) == (None, "+4930123456")
