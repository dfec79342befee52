"""A teammate at a call that goes on: listens, whispers, speaks in the agent's place, hands back and ends it."""

import asyncio
from pathlib import Path

from playwright.async_api import BrowserType, Page, expect

from tests.browser.conftest import PHONE, Room
from tests.browser.looking import is_accessible
from tests.browser.microphones import at_microphone, said_into
from tests.browser.test_calls import with_a_number
from tests.calls.telephone import connected, loud


async def test_a_teammate_takes_over_and_hands_back(room: Room, browser_type: BrowserType, tmp_path: Path) -> None:
    file = await said_into(
        tmp_path / "teammate.wav", "Hello, this is Olivia. I take over from here, for as long as it needs."
    )
    async with with_a_number(room) as twilio, at_microphone(browser_type, file) as page:
        url, ticket = await twilio.call("CA0009", "+491701234567", CallerName="Ada Byron")
        async with connected(url.replace("ws", "http", 1), "CA0009", ticket) as phone:
            await room.sign_in(page, "/calls")
            await page.get_by_role("link", name="Ada Byron", exact=True).click()
            now = page.get_by_role("region", name="The call now")
            await now.get_by_role("button", name="Listen").click()
            await expect(now.get_by_role("status")).to_have_text("You listen; nobody hears you", timeout=60_000)
            await phone.says("Is there parking?")
            said = now.get_by_role("log", name="What is said")
            await expect(said).to_contain_text("Is there parking?", timeout=60_000)
            await expect(said).to_contain_text("Patients park free", timeout=60_000)
            await now.get_by_role("textbox", name="Whisper to the agent").fill("They come by bicycle.")
            await now.get_by_role("button", name="Whisper", exact=True).click()
            await expect(said).to_contain_text("Olivia Owner whispered: They come by bicycle.")
            await is_accessible(page)
            await now.get_by_role("button", name="Take over").click()
            await expect(now.get_by_role("status")).to_have_text("You speak with the caller")
            taken = len(phone.heard)
            async with asyncio.timeout(60):
                while len(loud(b"".join(sound for _, sound in phone.heard[taken:]))) < 8_000:  # noqa: ASYNC110
                    await asyncio.sleep(0.1)  # it does not tell
            await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
            assert await page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
            await page.set_viewport_size({"width": 1440, "height": 900})
            (row,) = await room.rows("SELECT holder FROM conversation WHERE workspace_id = %(ws)s")
            assert row["holder"] == "member"
            await now.get_by_role("button", name="Hand back to the agent").click()
            await expect(said).to_contain_text("this is the AI assistant again", timeout=60_000)
            await expect(now.get_by_role("status")).to_have_text("You listen; nobody hears you")
            await now.get_by_role("button", name="Stop listening").click()
            await phone.hangs_up()
        legs = page.get_by_role("region", name="Who was on the line")
        await expect(legs).to_contain_text("Olivia Owner")
        await expect(page.get_by_label("In short")).to_contain_text("Put through")
        await expect(page.get_by_role("log", name="What was said")).to_contain_text(
            "Olivia Owner whispered to the agent"
        )
        await is_accessible(page)


async def test_a_contact_is_called_from_their_page(room: Room, page: Page) -> None:
    made = await room.api.post("/api/contacts", json={"name": "Ada Byron"})
    contact = made.json()["id"]
    number = {"kind": "phone", "value": "+491701234567"}
    assert (await room.api.post(f"/api/contacts/{contact}/addresses", json=number)).is_success
    await room.sign_in(page, f"/contacts/{contact}")
    await page.get_by_role("button", name="Call", exact=True).click()
    dialog = page.get_by_role("dialog", name="Call Ada Byron")
    await expect(dialog).to_contain_text("No number of yours can call yet")
    await page.keyboard.press("Escape")
    async with with_a_number(room, api_url="http://127.0.0.1:9"):
        await page.reload()
        await page.get_by_role("button", name="Call", exact=True).click()
        await expect(dialog.get_by_role("button", name="Call", exact=True)).to_be_disabled()
        await dialog.get_by_role("textbox", name="What it is about").fill("your appointment tomorrow at ten")
        await is_accessible(page)
        # Nobody rings, as no Twilio is there: the record says why.
        await dialog.get_by_role("button", name="Call", exact=True).click()
        await expect(page.get_by_label("In short")).to_contain_text("We called", timeout=60_000)
