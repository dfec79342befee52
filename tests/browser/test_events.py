"""Events: found by filters, told as a story, run, replayed and handed off, one by one and in bulk."""

import re

from playwright.async_api import Page, expect

from tests.browser.conftest import PHONE, Room
from tests.browser.looking import XSS, is_accessible, is_unharmed
from tests.browser.test_overview import until, waiting

_BREAK = """UPDATE event SET status = 'done', outcome = 'failed', waiting_for = NULL, reason = 'the model broke',
    settled_at = now() WHERE workspace_id = %(ws)s AND status = 'waiting' RETURNING id"""


async def test_a_story_is_read_from_the_feed_by_deep_link(room: Room, page: Page) -> None:
    await room.chat("Is there parking?")
    [line] = await until(room, lambda lines: len(lines) == 1, outcome="answered")
    await room.sign_in(page, "/events?q=parking&state=answered")
    await expect(page.get_by_role("searchbox").or_(page.get_by_label(re.compile("Search in")))).to_have_value("parking")
    await page.get_by_role("list", name="Inquiries").get_by_role("link").focus()
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{room.url}/events/{line['id']}")
    story = page.get_by_role("list", name="What happened")
    for said in ("Arrived by Chat", "wrote", "The AI answers", "The AI replied", "The message was sent", "Answered"):
        await expect(story.get_by_text(re.compile(said)).first).to_be_visible()
    step = story.get_by_role("button", name=re.compile("model answered"))
    await step.press("Enter")
    await expect(story.get_by_text('"parts"')).to_be_visible()
    await is_accessible(page)
    await page.go_back()
    await expect(page).to_have_url(re.compile("q=parking"))


async def test_failed_events_are_replayed_in_bulk_with_progress(room: Room, page: Page) -> None:
    await waiting(room, *[f"Is there parking? I ask for the {n}. time" for n in range(4)])
    await room.rows(_BREAK)
    await room.api.put("/api/settings/auto-mode", json={"enabled": True})
    await room.sign_in(page, "/events?state=failed")
    await expect(page.get_by_role("list", name="Inquiries").get_by_role("listitem")).to_have_count(4)
    await page.get_by_role("checkbox").first.check()
    await expect(page.get_by_text("1 selected")).to_be_visible()
    await is_accessible(page)
    await page.get_by_role("button", name="All waiting and failed shown").click()
    await page.get_by_role("button", name="Run or replay 4").click()
    await expect(page.get_by_role("status", name="Bulk processing")).to_contain_text("4 of 4 done: 4 replayed")
    await expect(page.get_by_text("Nothing fits these filters")).to_be_visible()
    await page.goto(f"{room.url}/events?state=answered", wait_until="domcontentloaded")
    await expect(page.get_by_role("list", name="Inquiries").get_by_role("listitem")).to_have_count(4)


async def test_all_failed_ones_are_replayed_from_the_dialog(room: Room, page: Page) -> None:
    await waiting(room, "Is there parking?")
    await room.rows(_BREAK)
    await room.api.put("/api/settings/auto-mode", json={"enabled": True})
    await room.sign_in(page, "/events")
    await page.get_by_role("button", name="Process in bulk").click()
    dialog = page.get_by_role("dialog", name="Process in bulk")
    await expect(dialog.get_by_role("radio", name="Replay those that failed (1)")).to_be_focused()
    await is_accessible(page)
    await dialog.get_by_role("button", name="Replay").click()
    await expect(page.get_by_role("status", name="Bulk processing")).to_contain_text("1 of 1 done: 1 replayed")


async def test_a_person_runs_an_event_and_another_is_handed_off(room: Room, page: Page) -> None:
    first, _ = await waiting(room, "Is there parking?", "What are your opening hours?")
    await room.teammate("Tom Teammate")
    await room.sign_in(page, f"/events/{first['id']}")
    await page.get_by_role("button", name="Run").click()
    facts = page.get_by_label("In short")
    await expect(facts.get_by_text("Waits for approval")).to_be_visible()
    await expect(page.get_by_text("Olivia Owner ran it")).to_be_visible()
    await page.get_by_role("button", name="Hand off…").click()
    dialog = page.get_by_role("dialog", name="Hand off to a person")
    await dialog.get_by_label("To whom").select_option("Tom Teammate")
    await dialog.get_by_label("A note for them").fill("He knows the garage")
    await is_accessible(page)
    await dialog.get_by_role("button", name="Hand off").click()
    await expect(dialog).to_be_hidden()
    await expect(facts.get_by_text("Waits for a person")).to_be_visible()
    await expect(facts.get_by_text("Tom Teammate").first).to_be_visible()
    await expect(page.get_by_text("Dynaris itself made it void")).to_be_visible()


async def test_a_story_shows_outside_words_as_words_also_on_a_phone(room: Room, page: Page) -> None:
    line, *_ = await waiting(room, *XSS)
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    await room.sign_in(page, "/events")
    await expect(page.get_by_text(XSS[1]).first).to_be_visible()
    await is_accessible(page)
    await page.goto(f"{room.url}/events/{line['id']}", wait_until="domcontentloaded")
    await expect(page.get_by_role("list", name="What happened")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await is_accessible(page)
    await is_unharmed(page)


async def test_what_is_not_there_says_so_and_an_empty_list_teaches(room: Room, page: Page) -> None:
    await room.sign_in(page, "/events")
    await expect(page.get_by_text("Nothing has arrived yet")).to_be_visible()
    await page.goto(f"{room.url}/events/{room.workspace.id}", wait_until="domcontentloaded")
    await expect(page.get_by_role("heading", name="There is no such event")).to_be_visible()
