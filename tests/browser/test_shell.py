"""The shell around all screens."""

import re

from playwright.async_api import Page, expect

from dynaris.app.dashboard import SCREENS
from tests.browser.conftest import PHONE, Room
from tests.browser.looking import is_accessible


async def test_who_is_signed_out_signs_in_first(room: Room, page: Page) -> None:
    await page.goto(f"{room.url}/inbox/mine?x=1", wait_until="domcontentloaded")
    assert page.url == f"{room.url}/sign-in?next=/inbox/mine%3Fx%3D1"


async def test_every_screen_opens_by_its_address_and_is_accessible(room: Room, page: Page) -> None:
    await room.sign_in(page)
    for path in ("", *SCREENS):
        await page.goto(f"{room.url}/{path}", wait_until="domcontentloaded")
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        await is_accessible(page)


async def test_keys_and_the_palette_lead_anywhere(room: Room, page: Page) -> None:
    await room.sign_in(page)
    await expect(page.get_by_role("link", name="Inbox")).to_be_visible()
    await page.keyboard.press("g")
    await page.keyboard.press("i")
    await expect(page).to_have_url(re.compile("/inbox"))
    await page.keyboard.press("Control+k")
    await page.get_by_role("combobox", name="Search").fill("task")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{room.url}/tasks")


async def test_a_phone_has_the_menu_behind_a_button(room: Room, page: Page) -> None:
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    await room.sign_in(page)
    await page.get_by_role("button", name="Menu").click()
    await page.get_by_role("dialog", name="Menu").get_by_role("link", name="Contacts").click()
    await expect(page).to_have_url(f"{room.url}/contacts")
    await expect(page.get_by_role("dialog", name="Menu")).to_be_hidden()
