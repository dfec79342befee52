"""SLA targets in a browser: a policy is written down, the inbox counts down by it, the overview tells the shares."""

from playwright.async_api import Page, expect

from tests.browser.conftest import Room
from tests.browser.looking import is_accessible

LOADING = 20_000  # until a screen has opened, on a busy machine


async def passes(room: Room, minutes: int) -> None:
    """For the clocks that run."""
    await room.rows(
        """UPDATE sla_clock SET started_at = started_at - make_interval(mins => %(by)s), to_plan = true
           WHERE workspace_id = %(ws)s RETURNING id""",
        by=minutes,
    )


async def test_a_policy_is_written_down_and_the_inbox_counts_down_by_it(room: Room, page: Page) -> None:
    await room.sign_in(page, "/settings/sla")
    await expect(page.get_by_text("There are no policies.")).to_be_visible(timeout=LOADING)
    await page.get_by_role("button", name="Add a policy").click()
    await page.get_by_role("textbox", name="First response").fill("10")
    await page.get_by_role("switch", name="Only opening hours count").click()
    await is_accessible(page)
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    [policy] = (await room.api.get("/api/sla/policies")).json()["policies"]
    assert (policy["first_response_minutes"], policy["business_hours"]) == (10, False)

    await room.chat("I want to speak to a human, please.")
    await page.goto(f"{room.url}/inbox/unassigned", wait_until="domcontentloaded")
    row = page.get_by_role("listitem").filter(has_text="speak to a human")
    await expect(row).to_contain_text("First response in 10 min", timeout=LOADING)
    await row.click()
    await expect(page.locator("header").get_by_text("First response in")).to_be_visible()
    await passes(room, 9)
    await expect(row.locator('[data-tone="near"]')).to_contain_text("First response")
    await is_accessible(page)
    await passes(room, 5)
    await expect(row.locator('[data-tone="late"]')).to_contain_text("First response was due 4 min ago")

    await page.get_by_role("button", name="Filter and order").click()
    await page.get_by_role("menuitem", name="Missed", exact=True).click()
    await expect(row).to_be_visible()
    assert "sla=breached" in page.url
    [told] = await room.rows("SELECT title FROM notification WHERE workspace_id = %(ws)s AND topic = 'sla_breached'")
    assert "first response" in told["title"]

    await page.goto(f"{room.url}/overview", wait_until="domcontentloaded")
    targets = page.get_by_role("region", name="SLA targets")
    await expect(targets.get_by_role("row").filter(has_text="First response")).to_contain_text(
        "0% (0)", timeout=LOADING
    )
    await is_accessible(page)
