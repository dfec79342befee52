"""Setting a workspace up in the browser: the checklist, accounts, people, keys."""

import re

from playwright.async_api import Page, expect

from tests.browser.conftest import Room


async def test_the_checklist_checks_itself_and_a_test_chat_is_answered(room: Room, page: Page) -> None:
    await room.sign_in(page, "/onboarding")
    fits = page.locator('[data-item="knowledge_fits"]')
    await fits.get_by_role("button", name="Check again: Answers what customers ask").click()
    await expect(fits).to_contain_text("typical questions find no answer")
    await expect(
        fits.get_by_role("listitem").filter(has_text="opening hours").get_by_role("img")
    ).to_have_accessible_name("Done")

    await page.get_by_label("What the customer writes").fill("Is there parking?")
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_text("Answered", exact=True)).to_be_visible(timeout=15_000)
    await expect(page.get_by_text("two hours in the garage").first).to_be_visible()
    await expect(page.locator('[data-item="verification"]')).to_have_attribute("data-state", "done")
    [event] = await room.rows("SELECT id FROM event WHERE workspace_id = %(ws)s AND outcome = 'answered'")
    await page.get_by_role("link", name="The whole story →").click()
    await expect(page).to_have_url(re.compile(f"/events/{event['id']}"))


async def test_what_is_not_needed_stays_so_with_its_reason(room: Room, page: Page) -> None:
    await room.sign_in(page, "/onboarding")
    await page.get_by_role("button", name="More about CRM connected").click()
    await page.get_by_role("menuitem", name="Not needed here…").click()
    await page.get_by_label("Why this business does not need it").fill("<b>none</b>")
    await page.get_by_role("button", name="Not needed", exact=True).click()
    await page.reload()
    crm = page.locator('[data-item="crm"]')
    await expect(crm).to_have_attribute("data-state", "not_needed")
    await expect(crm).to_contain_text("Not needed, says Olivia Owner: <b>none</b>")
