"""The overview: what waits, how fast it was, and Auto Mode with its preview."""

import asyncio
import re
from typing import Any

from playwright.async_api import Page, expect

from tests.browser.conftest import PHONE, Room
from tests.browser.looking import XSS, is_accessible, is_unharmed


async def waiting(room: Room, *texts: str) -> list[dict[str, Any]]:
    """Inquiries that wait in Manual mode."""
    await room.api.put("/api/settings/auto-mode", json={"enabled": False})
    for text in texts:
        await room.chat(text)
    return await until(room, lambda lines: len(lines) == len(texts), status="waiting")


async def until(room: Room, fits: Any, **asked: Any) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    for _ in range(200):
        lines = (await room.api.get("/api/ledger", params=asked)).json()["items"]
        if fits(lines):
            return lines
        await asyncio.sleep(0.05)
    raise AssertionError(lines)


async def test_auto_mode_shows_what_it_would_do_and_then_answers_what_waits(room: Room, page: Page) -> None:
    await waiting(room, "What are your opening hours?", "Is there parking?")
    await room.sign_in(page)
    await expect(page.get_by_role("link", name="2 to be run · Olivia Owner")).to_be_visible(timeout=20_000)
    switch = page.get_by_role("switch", name="Auto Mode")
    await expect(switch).not_to_be_checked()
    await switch.focus()
    await page.keyboard.press("Space")
    dialog = page.get_by_role("dialog", name="Switch Auto Mode on?")
    await expect(dialog.get_by_text("chat messages are answered")).to_be_visible()
    await expect(dialog.get_by_text("2 events wait: what happens to them?")).to_be_visible()
    await is_accessible(page)
    confirm = dialog.get_by_role("button", name="Switch on")
    await expect(confirm).to_be_disabled()
    await expect(switch).not_to_be_checked()
    await dialog.get_by_role("radio", name="The AI answers them now").check()
    await confirm.press("Enter")
    await expect(dialog).to_be_hidden()
    await expect(switch).to_be_checked()
    await expect(
        page.get_by_role("link", name=re.compile("Answered by the AI.*2 of 2 that wanted an answer"))
    ).to_be_visible()
    await expect(page.get_by_text("Nothing waits", exact=True)).to_be_visible()


async def test_a_preview_that_is_closed_changes_nothing_and_a_channel_can_stay_manual(room: Room, page: Page) -> None:
    await waiting(room, "Is there parking?")
    await room.sign_in(page)
    await page.get_by_role("switch", name="Auto Mode").press("Space")
    dialog = page.get_by_role("dialog", name="Switch Auto Mode on?")
    await dialog.get_by_role("switch", name="Answer Chat by itself").press("Space")
    await expect(dialog.get_by_text("waits for a teammate")).to_be_visible()
    await expect(dialog.get_by_text("what happens to them?")).to_be_hidden()
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    assert (await room.api.get("/api/settings/auto-mode")).json()["enabled"] is False


async def test_the_overview_follows_what_arrives_and_is_narrowed_by_its_address(room: Room, page: Page) -> None:
    await room.sign_in(page, "/?state=answered")
    await page.get_by_role("heading", name="First response").hover()
    await page.mouse.wheel(0, 900)
    await expect(page.get_by_text("Nothing fits these filters")).to_be_visible()
    await room.chat("Is there parking?")
    await expect(page.get_by_role("list", name="Inquiries").get_by_text("Is there parking?")).to_be_visible()
    await expect(page.get_by_role("row", name=re.compile("Chat 1"))).to_be_visible()
    await page.get_by_role("combobox", name="State").last.select_option("Failed")
    await expect(page).to_have_url(re.compile(r"\?state=failed"))
    await page.get_by_role("switch", name="As a table").press("Space")
    await expect(page.get_by_role("columnheader", name="Answered").last).to_be_visible()


async def test_the_overview_is_for_everybody_and_harmless(room: Room, page: Page) -> None:
    await waiting(room, *XSS)
    await room.sign_in(page)
    await expect(page.get_by_text(XSS[0]).first).to_be_visible()
    await is_accessible(page)
    await is_unharmed(page)
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    await expect(page.get_by_role("heading", name="First response")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await is_accessible(page)
