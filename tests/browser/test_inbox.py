"""The inbox in a browser: claimed by keyboard, followed live, many closed at once, snoozed and back again."""

import asyncio
import re
from typing import Any
from uuid import UUID

from playwright.async_api import Page, Route, expect

from dynaris.core.ids import new_id
from tests.browser.conftest import Room
from tests.browser.looking import is_accessible, is_unharmed

LOADING = 20_000  # until a screen has opened, on a busy machine
HOSTILE = '"><img src=x onerror=window.__xss=1><svg onload=window.__xss=1>'


async def conversation(room: Room, name: str, **values: Any) -> UUID:
    """With one message of the contact; nobody has taken it."""
    contact_id, conversation_id = new_id(), new_id()
    await room.rows(
        "INSERT INTO contact (workspace_id, id, name) VALUES (%(ws)s, %(id)s, %(name)s) RETURNING id",
        id=contact_id,
        name=name,
    )
    columns = {"holder": "team", "subject": None, "status": "open", "holder_id": None, **values}
    await room.rows(
        """INSERT INTO conversation (workspace_id, id, contact_id, channel, account_id, reply_to, thread_key, holder,
                                     holder_id, subject, status)
           SELECT %(ws)s, %(id)s, %(contact)s, 'webchat', a.id, %(key)s, %(key)s, %(holder)s, %(holder_id)s,
                  %(subject)s, %(status)s
           FROM account a WHERE a.workspace_id = %(ws)s AND a.channel = 'webchat' RETURNING id""",
        id=conversation_id,
        contact=contact_id,
        key=new_id().hex,
        **columns,
    )
    await room.rows(
        """INSERT INTO message (workspace_id, id, conversation_id, contact_id, direction, author, text)
           VALUES (%(ws)s, %(id)s, %(conversation)s, %(contact)s, 'inbound', 'contact', %(text)s) RETURNING id""",
        id=new_id(),
        conversation=conversation_id,
        contact=contact_id,
        text=f"Hello from {name}",
    )
    return conversation_id


def line(page: Page, name: str) -> Any:
    return page.get_by_role("listitem").filter(has_text=name)


async def test_a_conversation_is_claimed_and_handed_back_by_keyboard_alone(room: Room, page: Page) -> None:
    one = await conversation(room, "Ada Lovelace")
    await room.sign_in(page, "/inbox")
    await expect(line(page, "Ada Lovelace")).to_be_visible(timeout=LOADING)
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{room.url}/inbox/unassigned/{one}")
    await expect(page.get_by_text("Nobody has taken it yet")).to_be_visible()
    async with page.expect_response("**/claim"):  # the screen does not wait for it
        await page.keyboard.press("c")
    await expect(page.get_by_role("button", name="Hand back")).to_be_visible()
    await expect(page.get_by_text("Nobody is waiting")).to_be_visible()
    [held] = await room.rows("SELECT holder, holder_id FROM conversation WHERE workspace_id = %(ws)s")
    assert (held["holder"], held["holder_id"]) == ("member", room.workspace.owner_id)
    await page.keyboard.press("a")
    await expect(page.get_by_role("combobox", name="A teammate or team")).to_be_focused()
    await page.keyboard.type("The AI")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("The AI answers", exact=True)).to_be_visible()
    await is_accessible(page)


async def test_what_is_typed_into_a_palette_that_still_loads_does_nothing_to_the_open_conversation(
    room: Room, page: Page
) -> None:
    one = await conversation(room, "Clara Schumann")
    late = asyncio.Event()

    async def withheld(route: Route) -> None:
        await late.wait()
        await route.continue_()

    await page.route(re.compile("/assets/PaletteResults"), withheld)
    await room.sign_in(page, f"/inbox/all/{one}")
    await expect(page.get_by_text("Nobody has taken it yet")).to_be_visible(timeout=LOADING)
    await page.keyboard.press("Control+k")
    await page.keyboard.type("clara")
    await expect(page.get_by_role("combobox", name="Search")).to_have_value("clara")
    late.set()
    await expect(page.get_by_role("option", name="Clara Schumann").first).to_be_visible()
    await is_accessible(page)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await expect(page).to_have_url(f"{room.url}/inbox/all/{one}")
    [held] = await room.rows("SELECT holder FROM conversation WHERE workspace_id = %(ws)s")
    assert held["holder"] == "team"


async def test_a_notification_names_the_contact_and_is_read_with_its_conversation(room: Room, page: Page) -> None:
    one = await conversation(room, "Clara Schumann")
    tom = await room.teammate()
    [member] = await room.rows("SELECT id FROM member WHERE workspace_id = %(ws)s AND person_id = %(tom)s", tom=tom)
    given = await room.api.post(f"/api/conversations/{one}/assign", json={"member_id": str(member["id"])})
    assert given.is_success, given.text
    await room.sign_in(page, person_id=tom)
    await page.get_by_role("button", name="Notifications, 1 unread").click()
    await expect(page.get_by_text("gave you the conversation with Clara Schumann (chat)")).to_be_visible()
    await page.goto(f"{room.url}/inbox/all/{one}", wait_until="domcontentloaded")
    await expect(page.get_by_role("button", name="Notifications", exact=True)).to_be_visible(timeout=LOADING)


async def test_queues_follow_what_happens(room: Room, page: Page) -> None:
    await room.sign_in(page, "/inbox/unassigned")
    await expect(page.get_by_text("Nobody is waiting")).to_be_visible(timeout=LOADING)
    await room.chat("I want to speak to a human, please.")
    await expect(line(page, "Unassigned")).to_be_visible()
    await expect(page.get_by_role("link", name="Unassigned 1")).to_be_visible()
    await is_accessible(page)
    [one] = (await room.api.get("/api/conversations")).json()["items"]
    assert (await room.api.post(f"/api/conversations/{one['id']}/claim")).is_success
    await expect(page.get_by_text("Nobody is waiting")).to_be_visible()
    await expect(page.get_by_role("link", name="Mine 1")).to_be_visible()


async def test_in_manual_mode_an_inquiry_waits_until_somebody_lets_the_ai_answer(room: Room, page: Page) -> None:
    mode = {"enabled": False, "channels": {}, "effects": {}}
    assert (await room.api.put("/api/settings/auto-mode", json=mode)).is_success
    await room.sign_in(page, "/inbox/approval")
    await expect(page.get_by_text("Nothing waits for a yes")).to_be_visible(timeout=LOADING)
    await room.chat("Is there parking?")
    await expect(page.get_by_role("link", name="Approvals 1")).to_be_visible()
    await line(page, "Is there parking?").click()
    await expect(page.get_by_text("Manual Mode: waits for somebody")).to_be_visible()
    await page.get_by_role("button", name="Let the AI answer").click()
    await expect(page.get_by_text("two hours in the garage").first).to_be_visible()
    await expect(page.get_by_role("button", name="Let the AI answer")).to_be_hidden()
    await expect(page.get_by_role("link", name="Approvals 1")).to_be_visible()
    assert await room.rows("SELECT id FROM approval WHERE workspace_id = %(ws)s AND status = 'pending'")


async def test_many_are_selected_and_closed_at_once_and_opened_again(room: Room, page: Page) -> None:
    for name in ("Ada", "Ben", "Clara"):
        await conversation(room, name)
    await room.sign_in(page, "/inbox/unassigned")
    await expect(line(page, "Ada")).to_be_visible(timeout=LOADING)
    for key in ("j", "x", "j", "x"):
        await page.keyboard.press(key)
    await expect(page.get_by_text("2 selected")).to_be_visible()
    await page.keyboard.press("e")
    await expect(page.get_by_role("listitem")).to_have_count(1)
    await expect(line(page, "Ada")).to_be_visible()
    await expect(page.get_by_text("2 conversations: closed")).to_be_visible()
    closed = "SELECT count(*) AS n FROM conversation WHERE workspace_id = %(ws)s AND status = 'closed'"
    assert (await room.rows(closed))[0]["n"] == 2
    await page.get_by_role("button", name="Undo").click()
    await expect(page.get_by_role("listitem")).to_have_count(3)


async def test_what_is_snoozed_goes_and_comes_back_at_its_time(room: Room, page: Page) -> None:
    await conversation(room, "Ada")
    await room.sign_in(page, "/inbox/unassigned")
    await expect(line(page, "Ada")).to_be_visible(timeout=LOADING)
    await page.keyboard.press("j")
    await page.keyboard.press("s")
    await expect(page.get_by_role("combobox", name="When it comes back")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Nobody is waiting")).to_be_visible()
    await expect(page.get_by_role("link", name="Snoozed 1")).to_be_visible()
    await room.rows(
        """UPDATE conversation SET snoozed_until = now() - interval '1 second' WHERE workspace_id = %(ws)s
           RETURNING id"""
    )
    await expect(line(page, "Ada")).to_be_visible(timeout=10_000)


async def test_on_a_sunday_tomorrow_morning_and_monday_morning_are_one_choice(room: Room, page: Page) -> None:
    one = await conversation(room, "Ada")
    await page.clock.set_fixed_time("2026-11-22T12:00:00")
    await room.sign_in(page, f"/inbox/all/{one}")
    await expect(page.get_by_role("button", name="Claim")).to_be_visible(timeout=LOADING)
    await page.keyboard.press("s")
    await expect(page.get_by_role("option", name="Tomorrow morning")).to_be_visible()
    await expect(page.get_by_role("option", name="In a week")).to_be_visible()
    await expect(page.get_by_role("option", name="Monday morning")).to_have_count(0)


async def test_who_claims_what_somebody_else_has_taken_is_told_so(room: Room, page: Page) -> None:
    """On a screen that hears of nothing, so that it still offers to claim."""
    one = await conversation(room, "Ada")
    await page.route("**/api/live*", lambda route: route.abort())
    await room.sign_in(page, f"/inbox/all/{one}", person_id=await room.teammate("Tom"))
    await expect(page.get_by_role("button", name="Claim")).to_be_visible(timeout=LOADING)
    assert (await room.api.post(f"/api/conversations/{one}/claim")).is_success
    await page.keyboard.press("c")
    await expect(page.get_by_text("Olivia Owner holds this conversation")).to_be_visible()
    await expect(page.get_by_role("button", name="Claim")).to_be_hidden()
    [held] = await room.rows("SELECT holder_id FROM conversation WHERE workspace_id = %(ws)s")
    assert held["holder_id"] == room.workspace.owner_id


async def test_what_strangers_call_themselves_is_only_ever_text(room: Room, page: Page) -> None:
    one = await conversation(room, HOSTILE, subject=HOSTILE)
    await room.api.post("/api/tags", json={"name": HOSTILE[:100]})
    await room.sign_in(page, f"/inbox/all/{one}")
    await expect(page.get_by_role("heading", name="onerror").first).to_be_visible(timeout=LOADING)
    await is_unharmed(page)


async def test_who_closes_what_they_had_says_how_it_ended(room: Room, page: Page) -> None:
    ada = await conversation(room, "Ada Byron")
    await room.sign_in(page, f"/inbox/all/{ada}")
    await page.get_by_role("button", name="Claim").click(timeout=LOADING)
    await expect(page.get_by_role("button", name="Hand back")).to_be_visible()
    await page.get_by_role("button", name="Close (e)").click()
    dialog = page.get_by_role("dialog", name="How did it end with Ada Byron?")
    await dialog.get_by_label("Note for colleagues, if any").fill("Comes on Friday")
    await is_accessible(page)
    await dialog.get_by_role("option", name="Booked").click()
    await expect(dialog).to_have_count(0)
    await expect(page.get_by_role("log").get_by_text("Wrapped up: Booked")).to_be_visible()
    await expect(page.get_by_text("Closed: Booked")).to_be_visible()
    await page.goto(f"{room.url}/settings/hand-off", wait_until="domcontentloaded")
    ended = page.get_by_role("region", name="How they ended")
    await expect(ended.get_by_role("row", name="Booked 1")).to_be_visible(timeout=LOADING)
    await is_accessible(page)
