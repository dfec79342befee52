"""A conversation rings in the browser, on whatever screen, until it is taken or passed on; teams are set up for it."""

import asyncio
import re

from playwright.async_api import Page, expect

from tests.browser.conftest import PHONE, Room
from tests.browser.looking import is_accessible


async def team_of(room: Room, name: str, *member_ids: str, **changes: object) -> str:
    made = (await room.api.post("/api/teams", json={"name": name, "member_ids": list(member_ids)})).json()
    if changes:
        assert (await room.api.patch(f"/api/teams/{made['id']}", json=changes)).is_success
    return made["id"]


async def given_to(room: Room, team_id: str, text: str = "I want to talk to a person, please.") -> str:
    """A visitor's conversation is the team's."""
    await room.chat(text)
    async with asyncio.timeout(20):
        handed_over = "SELECT id FROM conversation WHERE workspace_id = %(ws)s AND holder = 'team'"
        while not (rows := await room.rows(handed_over)):  # noqa: ASYNC110 - the database does not tell
            await asyncio.sleep(0.05)
    path = f"/api/conversations/{rows[0]['id']}/assign"
    assert (await room.api.post(path, json={"team_id": team_id})).is_success
    return str(rows[0]["id"])


async def test_what_rings_on_any_screen_is_taken_with_one_click(room: Room, page: Page) -> None:
    desk = await team_of(room, "Front desk", str(room.workspace.owner_id), strategy="next_available", ring_seconds=120)
    await room.sign_in(page, "/tasks")
    await expect(page.get_by_role("heading", name="Tasks")).to_be_visible()
    conversation = await given_to(room, desk)
    ringing = page.get_by_role("region", name="Incoming conversation")
    await expect(ringing.get_by_text("waits: will you take it?")).to_be_attached()
    await expect(ringing.get_by_text("Front desk, rings for")).to_be_visible()
    await is_accessible(page)
    await page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    await expect(ringing.get_by_role("button", name="Not now")).to_be_in_viewport()
    await ringing.get_by_role("button", name="Take it").click()
    await page.wait_for_url(f"**/inbox/mine/{conversation}*")
    await expect(page.get_by_text("In short:")).to_be_visible()
    await expect(ringing.get_by_role("button")).to_have_count(0)
    rows = await room.rows("SELECT status, member_id FROM offer WHERE workspace_id = %(ws)s")
    assert rows == [{"status": "accepted", "member_id": room.workspace.owner_id}]
    assert room.errors == []


async def test_what_is_passed_on_rings_no_more(room: Room, page: Page) -> None:
    desk = await team_of(room, "Front desk", str(room.workspace.owner_id), strategy="longest_waiting")
    await room.sign_in(page, "/tasks")
    await expect(page.get_by_role("heading", name="Tasks")).to_be_visible()
    await given_to(room, desk)
    ringing = page.get_by_role("region", name="Incoming conversation")
    async with page.expect_response("**/decline"):
        await ringing.get_by_role("button", name="Not now").click()
    await expect(ringing.get_by_role("button")).to_have_count(0)
    rows = await room.rows("SELECT status FROM offer WHERE workspace_id = %(ws)s")
    assert rows == [{"status": "declined"}]


async def test_who_takes_over_is_offered_an_answer(room: Room, page: Page) -> None:
    await room.api.patch("/api/settings/workspace", json={"vip_tags": ["vip"]})
    session = await room.chat("Is there parking?")
    async with asyncio.timeout(20):
        while not await room.rows("SELECT id FROM event WHERE workspace_id = %(ws)s AND outcome = 'answered'"):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    await room.rows("UPDATE contact SET tags = '{vip}' WHERE workspace_id = %(ws)s RETURNING id")
    await room.chat("Is there parking?", session)
    await room.sign_in(page, "/inbox/unassigned")
    await page.get_by_role("listitem").filter(has_text="Is there parking").click()
    await page.get_by_role("button", name="Claim").click()
    offered = page.get_by_role("region", name="Composer").get_by_role("status")
    await expect(offered).to_contain_text("Patients park free", timeout=20_000)
    await is_accessible(page)
    await offered.get_by_role("button", name="Use it").click()
    await expect(page.get_by_role("textbox", name="Reply")).to_have_value(re.compile("Patients park free"))


async def test_how_conversations_reach_a_team_is_set_in_the_settings(room: Room, page: Page) -> None:
    await team_of(room, "Front desk")
    await team_of(room, "Night")
    await room.sign_in(page, "/settings/teams")
    await expect(page.get_by_text("Everyone is told").first).to_be_visible()
    await page.get_by_role("button", name="Change how conversations reach Front desk").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Strategy").click()
    await page.get_by_role("option", name="Rings at who waits longest").click()
    await dialog.get_by_label("Seconds that it rings at one member").fill("45")
    await dialog.get_by_role("switch", name="Hours of its own").check(force=True)
    await dialog.get_by_label("While it is closed, this team answers").click()
    await page.get_by_role("option", name="Night").click()
    await is_accessible(page)
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Rings at who waits longest, for 45 s each")).to_be_visible()
    (team,) = await room.rows("SELECT * FROM team WHERE workspace_id = %(ws)s AND name = 'Front desk'")
    assert (team["strategy"], team["ring_seconds"], team["business_hours"]["friday"]) == (
        "longest_waiting",
        45,
        ["09:00-17:00"],
    )
    assert team["closed_team_id"] is not None


async def test_what_a_member_speaks_and_knows_is_set_in_the_settings(room: Room, page: Page) -> None:
    await room.sign_in(page, "/settings/members")
    await page.get_by_role("button", name="More about Olivia Owner").click()
    await page.get_by_role("menuitem", name="Languages and skills").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Languages").fill("de")
    await dialog.get_by_label("Languages").press("Enter")
    await dialog.get_by_label("Skills").fill("Billing")
    await dialog.get_by_label("Skills").press("Enter")
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("de, billing")).to_be_visible()
