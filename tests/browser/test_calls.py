"""Telephone calls on the screens: what is said can be read while it is said, and how it ended afterwards."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Page, expect

from dynaris.connections.actions import add_account
from dynaris.core.crypto import Vault
from dynaris.core.ids import new_id
from tests.browser.conftest import KEY, PHONE, Room
from tests.browser.looking import is_accessible
from tests.calls.telephone import Twilio, connected
from tests.web import client_at

SID, TOKEN = "AC00000000000000000000000000000000", "the auth token"


@asynccontextmanager
async def with_a_number(room: Room, **more: str) -> AsyncIterator[Twilio]:
    number = f"+4930{new_id().int % 10**10:010}"
    async with room.house.db.transaction(room.workspace.id) as connection:
        settings = {"account_sid": SID, "auth_token": TOKEN, **more}
        vault = Vault(KEY)
        await add_account(
            connection, room.workspace.id, vault, channel="voice_twilio", address=number, settings=settings
        )
    async with client_at(room.url) as client:
        yield Twilio(client, room.url, SID, TOKEN, number)


async def test_a_call_is_read_while_it_goes_on(room: Room, page: Page) -> None:
    async with with_a_number(room) as twilio:
        url, ticket = await twilio.call("CA0001", "+491701234567", CallerName="Ada Byron")
        (conversation,) = (await room.api.get("/api/conversations")).json()["items"]
        await room.sign_in(page, f"/inbox/all/{conversation['id']}")
        log = page.get_by_role("log", name="Messages")
        await expect(log.get_by_text("Phone call")).to_be_visible()
        async with connected(url.replace("ws", "http", 1), "CA0001", ticket) as phone:
            await expect(log.get_by_text("AI assistant")).to_be_visible()
            await phone.says("Is there parking?")
            await expect(log.get_by_text("Is there parking?")).to_be_visible()
            await expect(log.get_by_text("Patients park free")).to_be_visible(timeout=40_000)
            await phone.hangs_up()
        await expect(page.get_by_role("region", name="Composer")).to_contain_text("A call is not written to")
        await expect(page.get_by_role("textbox", name="Reply")).to_be_hidden()
        await expect(log.get_by_role("link", name="The whole call")).to_have_count(1)
        await is_accessible(page)
        await page.get_by_role("region", name="Composer").get_by_text("Note", exact=True).click()
        await expect(page.get_by_role("textbox", name="Note")).to_be_visible()
        await page.goto(f"{room.url}/events")
        await expect(page.get_by_text("Phone call").first).to_be_visible()
        await expect(page.get_by_role("list", name="Inquiries")).to_contain_text("Answered")


async def test_the_list_shows_a_call_and_its_page_what_is_said_and_how_it_ended(room: Room, page: Page) -> None:
    await room.sign_in(page, "/calls")
    await expect(page.get_by_role("link", name="Connect a number")).to_be_visible()
    async with with_a_number(room) as twilio:
        url, ticket = await twilio.call("CA0002", "+491701234567", CallerName="Ada Byron")
        calls = page.get_by_role("list", name="Calls").get_by_role("listitem")
        await expect(calls).to_contain_text(["Ringing"])
        await page.keyboard.press("j")
        await expect(calls.get_by_role("link", name="Ada Byron", exact=True)).to_be_focused()
        await page.keyboard.press("Enter")
        said = page.get_by_role("log", name="What was said")
        async with connected(url.replace("ws", "http", 1), "CA0002", ticket) as phone:
            await expect(said.get_by_text("AI assistant")).to_be_visible()
            await phone.says("Is there parking?")
            await expect(said.get_by_text("Is there parking?")).to_be_visible()
            await expect(said.get_by_text("Patients park free")).to_be_visible(timeout=40_000)
            short = page.get_by_label("In short")
            await expect(short).to_contain_text(re.compile(r"On the line for\s*0:\d\d"))
            await phone.hangs_up()
        await expect(short).to_contain_text("Answered")
        await expect(page.get_by_role("table")).to_contain_text("runs here, free")
        await expect(page.get_by_role("region", name="Who was on the line")).to_contain_text("AI · Voice")
        await is_accessible(page)
        await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        assert await page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
        await is_accessible(page)
        await page.get_by_role("link", name="Calls", exact=True).first.click()
        await expect(calls).to_contain_text(["Answered"])
        await is_accessible(page)
        await page.goto(f"{room.url}/calls?state=missed")
        await expect(page.get_by_role("heading", name="No call fits these filters")).to_be_visible()


async def test_a_call_that_is_over_is_heard_again_summed_up_and_its_caller_known_to_be_content(
    room: Room, page: Page
) -> None:
    agent = await room.api.patch("/api/agents/voice", json={"voice": {"record_calls": True}})
    assert agent.is_success, agent.text
    async with with_a_number(room) as twilio:
        url, ticket = await twilio.call("CA0003", "+491701234567", CallerName="Ada Byron")
        (call,) = (await room.api.get("/api/calls")).json()["items"]
        await room.sign_in(page, f"/calls/{call['id']}")
        said = page.get_by_role("log", name="What was said")
        async with connected(url.replace("ws", "http", 1), "CA0003", ticket) as phone:
            await expect(said.get_by_text("This call is recorded.")).to_be_visible(timeout=40_000)
            await phone.says("Is there parking?")
            await expect(said.get_by_text("Patients park free")).to_be_visible(timeout=40_000)
            await phone.hangs_up()
        await expect(page.get_by_role("region", name="Summary")).to_contain_text(
            "Asked: Is there parking?", timeout=40_000
        )
        await expect(page.get_by_label("In short")).to_contain_text(re.compile(r"The caller sounded\s*neutral"))
        await page.get_by_role("button", name=re.compile("play from")).last.click()
        player = "document.querySelector('audio[aria-label=\"Play the call\"]')"
        await page.wait_for_function(f"{player}.duration > 5 && {player}.currentTime > 0")
        await is_accessible(page)
        await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        assert await page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
