"""The calendar in a browser: it follows the booking page, is moved by hand and by keys, and shows text as text."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Page, expect

from dynaris.core.ids import new_id
from tests.browser.conftest import PHONE, Room
from tests.browser.looking import XSS, is_accessible, is_unharmed

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = 52  # pixels, as the grid draws it
EVERY_DAY = {
    day: ["08:00-18:00"] for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
}


async def opened(room: Room, **service: Any) -> dict[str, Any]:
    """Somebody with a calendar, a service, and the booking page: ids."""
    await room.api.patch("/api/settings/workspace", json={"timezone": "Europe/Berlin"})
    await room.api.patch("/api/settings/booking", json={"page": True})
    person = await room.api.post("/api/calendar/people", json={"name": "Anna Weber", "hours": EVERY_DAY})
    body = {"name": "Massage", "duration_minutes": 60, "price": "69", "currency": "EUR", **service}
    made = await room.api.post("/api/services", json=body)
    assert (person.status_code, made.status_code) == (201, 201), made.text
    return {"person": person.json()["id"], "service": made.json()["id"]}


def at(hour: int) -> datetime:
    """In two days, on the clock of the clinic."""
    return (datetime.now(BERLIN) + timedelta(days=2)).replace(hour=hour, minute=0, second=0, microsecond=0)


async def booked(room: Room, ids: dict[str, Any], hour: int, name: str = "Ada Lovelace", note: str = "") -> Any:
    contact = (await room.api.post("/api/contacts", json={"name": name})).json()
    body = {"service_id": ids["service"], "contact_id": contact["id"], "starts_at": at(hour).isoformat(), "note": note}
    answer = await room.api.post("/api/bookings", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_what_a_visitor_books_appears_is_dragged_and_cancelled(room: Room, page: Page, another: Page) -> None:
    ids = await opened(room)
    await room.sign_in(page, f"/scheduling?view=day&day={at(10):%Y-%m-%d}")
    await expect(page.get_by_role("group", name="Anna Weber")).to_be_visible()

    slug = (await room.api.get("/api/me")).json()["workspace"]["slug"]
    await another.goto(f"{room.url}/book/{slug}")
    await another.get_by_role("link", name="Massage").click()
    await another.goto(f"{another.url}?day={at(10):%Y-%m-%d}")
    await another.get_by_role("button", name="10:00").click()
    await another.get_by_label("Name").fill("Ada Lovelace")
    await another.get_by_label("E-mail").fill(f"{new_id().hex}@example.com")
    await another.get_by_role("button", name="Book it").click()
    await expect(another.get_by_role("heading", name="Your appointment is booked")).to_be_visible()

    ten = page.get_by_role("button", name="Ada Lovelace 10:00 Massage until 11:00, with Anna Weber, Confirmed")
    await expect(ten).to_be_visible()
    await is_accessible(page)
    box = await ten.bounding_box()
    assert box
    x, y = box["x"] + 40, box["y"] + 10
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x + 3, y + HOUR, steps=4)
    await page.mouse.move(x, y + 3 * HOUR, steps=4)
    await page.mouse.up()
    asked = page.get_by_role("dialog", name="Move this appointment?")
    await expect(asked).to_contain_text("13:00")
    await asked.get_by_role("button", name="Move").click()
    one = page.get_by_role("button", name="Ada Lovelace 13:00 Massage until 14:00")
    await expect(one).to_be_visible()
    await expect(asked).to_be_hidden()  # shown at once; now it is done
    [moved] = (await room.api.get("/api/bookings")).json()["items"]
    assert datetime.fromisoformat(moved["starts_at"]) == at(13).astimezone(UTC)
    assert moved["staff_id"] == ids["person"]

    await one.click()
    shown = page.get_by_role("dialog", name="Booking")
    await expect(shown.get_by_text("69.00 EUR")).to_be_visible()
    await shown.get_by_role("button", name="Cancel…").click()
    await page.get_by_label("Reason (optional)").fill("Anna is ill")
    await page.get_by_role("button", name="Cancel the booking").click()
    await expect(shown.get_by_text("Anna is ill").first).to_be_visible()
    await expect(one).to_be_hidden()
    await another.reload()
    await expect(another.get_by_role("heading", name="This appointment is cancelled")).to_be_visible()


async def test_keys_alone_open_move_and_decide(room: Room, page: Page) -> None:
    ids = await opened(room, needs_confirmation=True)
    await booked(room, ids, 9)
    await room.sign_in(page, f"/scheduling?view=week&day={at(9):%Y-%m-%d}")
    waiting = page.get_by_role("button", name=re.compile("09:00 Massage until 10:00.*To confirm"))
    await waiting.focus()
    await page.keyboard.press("Enter")
    shown = page.get_by_role("dialog", name="Booking")
    await shown.get_by_role("button", name="Confirm").press("Enter")
    await expect(shown.get_by_text("Confirmed", exact=True).first).to_be_visible()
    await is_accessible(page)
    await shown.get_by_role("button", name="Move…").press("Enter")
    move = page.get_by_role("dialog", name="Move Massage")
    await move.get_by_role("button", name="15:00", exact=True).press("Space")
    await move.get_by_role("button", name=re.compile("Move to .* 15:00")).press("Enter")
    await expect(move).to_be_hidden()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name=re.compile("15:00 Massage until 16:00.*Confirmed"))).to_be_visible()
    await expect(shown).to_be_hidden()
    await page.keyboard.press("d")
    await expect(page.get_by_role("group", name="Anna Weber")).to_be_visible()


async def test_a_booking_is_made_here_for_somebody_new(room: Room, page: Page) -> None:
    await opened(room)
    await room.sign_in(page, f"/scheduling?view=day&day={at(9):%Y-%m-%d}")
    await page.get_by_role("button", name="New booking").click()
    asked = page.get_by_role("dialog", name="New booking")
    await asked.get_by_label("For").fill("Grace Hopper")
    await page.get_by_role("option", name="Add “Grace Hopper” as a new contact").click()
    await asked.get_by_label("Day").fill(f"{at(11):%Y-%m-%d}")
    await asked.get_by_role("button", name=re.compile("^11:00")).click()
    await asked.get_by_role("button", name="Book", exact=True).click()
    await expect(page.get_by_role("button", name="Grace Hopper 11:00 Massage until 12:00")).to_be_visible()


async def test_services_people_and_the_page_are_set_up(room: Room, page: Page) -> None:
    await opened(room)
    await room.sign_in(page, "/scheduling/services")
    await page.get_by_role("button", name="Add a service").click()
    form = page.get_by_role("dialog", name="New service")
    await form.get_by_label("Name").fill("Ultrasound")
    await form.get_by_label("Minutes").fill("20")
    await form.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("link", name="Ultrasound")).to_be_visible()

    await page.get_by_role("link", name="People", exact=True).click()
    await page.get_by_role("link", name="Anna Weber").click()
    person = page.get_by_role("dialog", name="Anna Weber")
    await person.get_by_label("Monday, until").fill("12:00")
    await person.get_by_role("button", name="Add a day off").click()
    await is_accessible(page)
    await person.get_by_role("button", name="Save").click()
    await expect(person).to_be_hidden()
    [anna] = (await room.api.get("/api/calendar/people")).json()["items"]
    assert (anna["hours"]["monday"], len(anna["exceptions"])) == (["08:00-12:00"], 1)
    assert len(anna["service_ids"]) == 2

    await page.get_by_role("link", name="Page and mails").click()
    await page.get_by_label("Introduction").fill("Welcome to the clinic")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Saved").last).to_be_visible()
    await page.get_by_role("button", name="New address").click()
    await page.get_by_role("button", name="Make it").click()
    address = page.get_by_role("dialog", name="The address of the feed").locator("pre")
    await expect(address).to_contain_text("/calendar/")
    feed = await room.api.get(await address.inner_text())
    assert "BEGIN:VCALENDAR" in feed.text
    assert (await room.api.get("/api/settings/booking")).json()["introduction"] == "Welcome to the clinic"


async def test_what_names_services_and_notes_say_is_text(room: Room, page: Page) -> None:
    ids = await opened(room, name=XSS[0], description=XSS[1])
    await room.api.patch(f"/api/calendar/people/{ids['person']}", json={"name": XSS[2]})
    made = [await booked(room, ids, 9 + place, name=attempt, note=attempt) for place, attempt in enumerate(XSS[:3])]
    await room.sign_in(page, f"/scheduling?view=week&day={at(9):%Y-%m-%d}&booking={made[0]['id']}")
    await expect(page.get_by_role("dialog", name="Booking")).to_contain_text(XSS[0])
    for path in ("bookings", "services", "people", "availability"):
        await page.goto(f"{room.url}/scheduling/{path}", wait_until="domcontentloaded")
        await expect(page.get_by_text(XSS[0]).or_(page.get_by_text(XSS[2])).first).to_be_attached()
        await is_unharmed(page)
    slug = (await room.api.get("/api/me")).json()["workspace"]["slug"]
    await page.goto(f"{room.url}/book/{slug}")
    await expect(page.get_by_text(XSS[0])).to_be_visible()
    await is_unharmed(page)


@pytest.mark.parametrize("path", ["", "/bookings", "/services", "/people", "/availability", "/settings"])
async def test_on_a_phone_every_part_fits_and_is_accessible(room: Room, page: Page, path: str) -> None:
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    ids = await opened(room)
    await booked(room, ids, 10)
    await room.sign_in(page, f"/scheduling{path}")
    await expect(page.get_by_role("navigation", name="Parts of scheduling")).to_be_visible()
    await expect(page.get_by_label("Loading")).to_have_count(0)
    assert await page.evaluate("document.querySelector('main').scrollWidth <= innerWidth")
    await is_accessible(page)
