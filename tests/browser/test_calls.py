"""A telephone call on the screens: what is said stands in the inbox while it is said."""

from playwright.async_api import Page, expect

from dynaris.connections.actions import add_account
from dynaris.core.crypto import Vault
from dynaris.core.ids import new_id
from tests.browser.conftest import KEY, Room
from tests.browser.looking import is_accessible
from tests.calls.telephone import Twilio, connected
from tests.web import client_at

SID, TOKEN = "AC00000000000000000000000000000000", "the auth token"


async def test_a_call_is_read_while_it_goes_on(room: Room, page: Page) -> None:
    number = f"+4930{new_id().int % 10**10:010}"
    async with room.house.db.transaction(room.workspace.id) as connection:
        settings = {"account_sid": SID, "auth_token": TOKEN}
        vault = Vault(KEY)
        await add_account(
            connection, room.workspace.id, vault, channel="voice_twilio", address=number, settings=settings
        )
    async with client_at(room.url) as client:
        twilio = Twilio(client, room.url, SID, TOKEN, number)
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
        await is_accessible(page)
        await page.get_by_role("region", name="Composer").get_by_text("Note", exact=True).click()
        await expect(page.get_by_role("textbox", name="Note")).to_be_visible()
        await page.goto(f"{room.url}/events")
        await expect(page.get_by_text("Phone call").first).to_be_visible()
        await expect(page.get_by_role("list", name="Inquiries")).to_contain_text("Answered")
