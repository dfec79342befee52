"""Tasks: added in a line, done with a key, moved, and open by an address of their own."""

import re
from typing import Any

from playwright.async_api import Page, expect

from tests.browser.conftest import Room
from tests.browser.looking import is_accessible


async def task(room: Room, title: str, **more: Any) -> str:
    answer = await room.api.post("/api/tasks", json={"title": title, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def test_a_task_is_added_and_done_with_the_keyboard_alone(room: Room, page: Page) -> None:
    await task(room, "Send the offer", due_at="2026-01-05T09:00:00Z")
    await room.sign_in(page, "/tasks")
    await expect(page.get_by_role("region", name="Overdue")).to_contain_text("Send the offer")
    await page.keyboard.press("n")
    await page.keyboard.type("Call Ada back")
    await page.keyboard.press("Enter")
    undated = page.get_by_role("region", name="Without a date")
    await expect(undated).to_contain_text("Call Ada back")
    await is_accessible(page)
    await page.get_by_role("heading", level=1).click()
    for key in ("j", "j", "x"):
        await page.keyboard.press(key)
    await expect(undated).to_have_count(0)
    [done] = (await room.api.get("/api/tasks", params={"status": "done"})).json()["items"]
    assert done["title"] == "Call Ada back"
    await page.get_by_role("button", name="Undo").click()
    await expect(undated).to_contain_text("Call Ada back")


async def test_a_task_is_moved_given_away_and_found_with_its_contact(room: Room, page: Page) -> None:
    await room.teammate("Tom Teammate")
    ada = (await room.api.post("/api/contacts", json={"name": "Ada"})).json()["id"]
    call = await task(room, "Call Ada", contact_id=ada)
    await room.sign_in(page, f"/tasks?task={call}")
    dialog = page.get_by_role("dialog", name="Task")
    await dialog.get_by_label("More about it").fill("About the engine")
    await dialog.get_by_role("combobox", name="Whose").click()
    await page.get_by_role("option", name="Tom Teammate").click()
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_be_hidden()
    await expect(page.get_by_text("Nothing to do")).to_be_visible()
    await page.get_by_text("Everybody's").click()
    row = page.get_by_role("listitem").filter(has_text="Call Ada")
    await expect(row).to_contain_text("Tom Teammate")
    await row.get_by_role("button", name="Due").click()
    await page.get_by_role("menuitem", name="Tomorrow").click()
    await expect(page.get_by_role("region", name="Tomorrow")).to_contain_text("Call Ada")
    await row.get_by_role("link", name="Ada").click()
    await expect(page).to_have_url(re.compile(f"/contacts/{ada}"))
    async with page.expect_response(lambda answer: answer.request.method == "PATCH"):
        await page.get_by_role("checkbox", name="Done: Call Ada").click()
    await expect(page.get_by_role("button", name="1 done")).to_be_visible()
    assert (await room.api.get(f"/api/tasks/{call}")).json()["status"] == "done"
