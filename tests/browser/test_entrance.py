"""Coming in with a browser: signing up by the mailed link, an invitation, and a deep link through the sign-in page."""

import re

import pytest
from playwright.async_api import Page, expect

from dynaris.core.ids import new_id
from tests.browser.conftest import PHONE, Room
from tests.browser.looking import is_accessible

PASSWORD = "a long walk at dusk"


async def mailed(page: Page, room: Room, address: str, path: str) -> str:
    """The link of a mail that came to the sandbox mailbox, as somebody reads it there."""
    link = None
    while link is None:  # the mail is on its way; pytest's time limit ends this
        await page.goto(f"{room.url}/sandbox/mail/{address}")
        newest = page.locator("tbody a").first
        if await newest.count():
            await newest.click()
            link = re.search(rf"{re.escape(room.url)}{path}\S*", await page.locator("pre").first.text_content() or "")
        else:
            await page.wait_for_timeout(200)
    return link[0]


async def test_somebody_signs_up_by_the_mailed_link_and_a_deep_link_leads_through_sign_in(
    room: Room, page: Page
) -> None:
    address = f"{new_id().hex}@new.example"
    await page.goto(f"{room.url}/sign-up")
    await page.get_by_label("Your name").fill("Nora New")
    await page.get_by_label("Name of your business").fill("Nora's Practice")
    await page.get_by_label("E-mail address").fill(address)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign up").click()
    await expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    await page.get_by_text("Nothing came?").click()
    await expect(page.get_by_label("E-mail address")).to_have_value(address)
    await page.goto(await mailed(page, room, address, "/verify"))
    await page.get_by_role("button", name="Confirm and begin").click()
    await page.wait_for_url(f"{room.url}/")
    await expect(page.get_by_text("Nora's Practice").first).to_be_visible()

    await page.context.clear_cookies()
    await page.goto(f"{room.url}/knowledge/search?q=is+there+parking%3F")
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await is_accessible(page)
    await page.get_by_label("E-mail address").fill(address)
    await page.get_by_label("Password").fill("wrong, but long enough")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    await is_accessible(page)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_label("A question, as a customer would write it")).to_have_value("is there parking?")


async def test_the_link_that_is_printed_at_the_start_signs_in_by_its_button(room: Room, page: Page) -> None:
    await page.goto(await room.link())
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url(f"{room.url}/")
    await expect(page.get_by_text("Olivia Owner")).to_be_visible()


async def test_an_invitation_is_accepted_in_a_browser(room: Room, page: Page, another: Page) -> None:
    await room.sign_in(page)
    address = f"{new_id().hex}@new.example"
    sent = await page.request.post(
        f"{room.url}/api/invitations", data={"email": address, "role": "teammate"}, headers={"origin": room.url}
    )
    assert sent.status == 201, await sent.text()
    await another.goto(await mailed(another, room, address, "/invitation"))
    await expect(another.get_by_role("heading", name="Invitation to Test Clinic")).to_be_visible()
    await is_accessible(another)
    await another.get_by_label("Your name").fill("Grace Guest")
    await another.get_by_label("Password").fill(PASSWORD)
    await another.get_by_role("button", name="Accept").click()
    await another.wait_for_url(f"{room.url}/")
    await expect(another.get_by_text("Grace Guest")).to_be_visible()
    members = (await room.api.get("/api/members")).json()["items"]
    assert "Grace Guest" in [member["name"] for member in members]


@pytest.mark.parametrize("path", ["/sign-in", "/sign-up", "/forgotten", "/reset?token=x", "/auth/link/x"])
async def test_pages_without_scripts_fit_a_phone_and_are_accessible(room: Room, page: Page, path: str) -> None:
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    await page.goto(f"{room.url}{path}")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await is_accessible(page)
