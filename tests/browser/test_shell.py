"""The shell around all screens."""

import asyncio
import re

from playwright.async_api import Page, Route, expect

from dynaris.app.dashboard import SCREENS
from dynaris.core.ids import new_id
from tests.browser.conftest import PHONE, Room
from tests.browser.looking import is_accessible
from tests.browser.test_inbox import conversation


async def test_who_is_signed_out_signs_in_first(room: Room, page: Page) -> None:
    await page.goto(f"{room.url}/inbox/mine?x=1", wait_until="domcontentloaded")
    assert page.url == f"{room.url}/sign-in?next=/inbox/mine%3Fx%3D1"


async def test_every_screen_opens_by_its_address_and_is_accessible(room: Room, page: Page) -> None:
    await room.sign_in(page)
    for path in SCREENS:
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


async def test_enter_is_remembered_until_there_is_something_to_go_to(room: Room, page: Page) -> None:
    script, contact = asyncio.Event(), (await room.api.post("/api/contacts", json={"name": "Ada Lovelace"})).json()

    async def late(route: Route) -> None:
        await script.wait()
        await route.continue_()

    await page.route("**/PaletteResults-*.js", late)
    await room.sign_in(page)
    await expect(page.get_by_role("link", name="Inbox")).to_be_visible()
    await page.keyboard.press("Control+k")
    await page.keyboard.type("task")
    await page.keyboard.press("Enter")
    script.set()
    await expect(page).to_have_url(f"{room.url}/tasks")
    await page.keyboard.press("Control+k")
    await page.keyboard.type("lovelace")
    await page.keyboard.press("Enter")  # before it is searched for
    await expect(page).to_have_url(f"{room.url}/contacts/{contact['id']}")


async def test_what_does_not_exist_is_said_not_to_exist(room: Room, page: Page) -> None:
    await room.sign_in(page)
    for what, address in (
        ("event", "events/xyz"),
        ("event", f"events/{new_id()}"),
        ("conversation", f"inbox/all/{new_id()}"),
        ("conversation", "inbox/all/xyz"),
        ("agent", "agents/zzz"),
        ("queue", "inbox/zzz"),
        ("page", "knowledge/xyz/abc"),
    ):
        await page.goto(f"{room.url}/{address}", wait_until="domcontentloaded")
        await expect(page.get_by_role("heading", name=f"There is no such {what}")).to_be_visible(timeout=15_000)
        await expect(page.get_by_role("navigation", name="Main")).to_be_visible()


async def test_days_that_no_calendar_has_are_today(room: Room, page: Page) -> None:
    await room.sign_in(page, "/scheduling")
    for path in ("scheduling", "scheduling/availability"):
        for day in ("2026-99-99", "2026-02-30", "0000-00-00", "9999-12-31"):
            await page.goto(f"{room.url}/{path}?day={day}", wait_until="domcontentloaded")
            await expect(page.get_by_role("heading", level=1, name="Scheduling")).to_be_visible()
            await expect(page.get_by_text("This could not be read")).to_be_hidden()


async def test_a_screen_that_breaks_leaves_the_way_to_the_others(room: Room, page: Page) -> None:
    async def nonsense(route: Route) -> None:
        await route.fulfill(json={"items": 7})

    await page.route("**/api/accounts?*", nonsense)
    await room.sign_in(page, "/connectors")
    await expect(page.get_by_role("main").get_by_text("This could not be read")).to_be_visible()
    await page.get_by_role("link", name="Contacts").click()
    await expect(page.get_by_role("heading", level=1, name="Contacts")).to_be_visible()


async def test_the_palette_finds_settings_agents_and_conversations_and_names_first(room: Room, page: Page) -> None:
    await room.api.post("/api/contacts", json={"name": "Tag Tester"})
    await conversation(room, "Ada Lovelace", subject="Repair of a lute")
    await room.sign_in(page)
    await expect(page.get_by_role("link", name="Inbox")).to_be_visible()
    await page.keyboard.press("Control+k")
    field, found = page.get_by_role("combobox", name="Search"), page.get_by_role("option")
    for typed, label in (("retention", "Retention"), ("supervisor", "Supervisor"), ("lute", "Repair of a lute")):
        await field.fill(typed)
        await expect(found.filter(has_text=label).first).to_be_visible(timeout=15_000)
    await field.fill("ta")
    await expect(found.filter(has_text="Tag Tester")).to_be_visible()
    order = await found.all_inner_texts()
    assert [text.startswith("Ta") for text in order] == sorted((text.startswith("Ta") for text in order), reverse=True)


async def test_a_phone_has_the_menu_behind_a_button(room: Room, page: Page) -> None:
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    await room.sign_in(page)
    await page.get_by_role("button", name="Menu").click()
    await page.get_by_role("dialog", name="Menu").get_by_role("link", name="Contacts").click()
    await expect(page).to_have_url(f"{room.url}/contacts")
    await expect(page.get_by_role("dialog", name="Menu")).to_be_hidden()


async def test_a_lost_connection_is_told_and_the_screen_catches_up(room: Room, page: Page) -> None:
    await page.route("**/api/live*", lambda route: route.abort())
    await room.sign_in(page)
    lost = page.get_by_text("The connection is lost")
    await expect(lost).to_be_visible()
    await room.rows("UPDATE workspace SET name = 'Renamed Clinic' WHERE id = %(ws)s RETURNING id")
    await page.unroute("**/api/live*")
    await expect(lost).to_be_hidden(timeout=10_000)
    await expect(page.get_by_text("Renamed Clinic")).to_be_visible()


async def test_a_browser_without_a_network_says_so_and_catches_up(room: Room, page: Page) -> None:
    """What was open stays open to the browser: nothing fails by itself."""
    await room.sign_in(page)
    await expect(page.get_by_text("Test Clinic")).to_be_visible()
    lost = page.get_by_text("The connection is lost")
    await page.context.set_offline(True)
    await expect(lost).to_be_visible()
    await room.rows("UPDATE workspace SET name = 'Renamed Clinic' WHERE id = %(ws)s RETURNING id")
    await page.context.set_offline(False)
    await expect(lost).to_be_hidden(timeout=10_000)
    await expect(page.get_by_text("Renamed Clinic")).to_be_visible()


async def test_a_stream_that_is_silent_is_opened_again(room: Room, page: Page) -> None:
    streams: list[str] = []
    page.on("request", lambda request: streams.append(request.url) if "/api/live" in request.url else None)
    answers = True

    async def server(route: Route) -> None:
        if answers:
            await route.continue_()

    await page.route("**/api/live*", server)
    await page.clock.install()
    await room.sign_in(page)
    await expect(page.get_by_text("Test Clinic")).to_be_visible()
    await page.clock.fast_forward(30_000)
    assert len(streams) == 1
    answers = False
    await page.clock.fast_forward(10_000)
    async with page.expect_request("**/api/live*"):
        await page.clock.fast_forward(3_000)
    await expect(page.get_by_text("The connection is lost")).to_be_visible()
    assert len(streams) == 2
    answers = True
    await page.clock.fast_forward(36_000)
    async with page.expect_request("**/api/live*"):
        await page.clock.fast_forward(3_000)
    await expect(page.get_by_text("The connection is lost")).to_be_hidden(timeout=10_000)
    assert len(streams) == 3


async def test_tabs_share_one_stream_which_passes_on_when_its_tab_closes(room: Room, page: Page) -> None:
    streams: list[str] = []
    page.context.on("request", lambda request: streams.append(request.url) if "/api/live" in request.url else None)
    await room.sign_in(page)
    await expect(page.get_by_role("link", name="Inbox")).to_be_visible()
    second = await page.context.new_page()
    await second.goto(room.url, wait_until="domcontentloaded")
    await expect(second.get_by_text("Test Clinic")).to_be_visible()
    assert len(streams) == 1
    for name, last in (("Renamed Clinic", False), ("Renamed Again", True)):
        if last:
            await page.close()
        await room.rows("UPDATE workspace SET name = %(name)s WHERE id = %(ws)s RETURNING id", name=name)
        await expect(second.get_by_text(name)).to_be_visible(timeout=10_000)
    assert len(streams) == 2


async def test_who_goes_to_another_workspace_or_signs_out_does_so_in_every_tab(room: Room, page: Page) -> None:
    await room.sign_in(page)
    made = await page.request.post(
        f"{room.url}/api/workspaces", data={"name": "Second Clinic"}, headers={"origin": room.url}
    )
    assert made.ok, await made.text()
    tabs = [page, await page.context.new_page()]
    await tabs[1].goto(f"{room.url}/contacts", wait_until="domcontentloaded")
    await expect(tabs[1].get_by_role("heading", name="Contacts", exact=True)).to_be_visible()
    for name in ("Test Clinic", "Second Clinic"):
        menu = page.get_by_role("button", name=re.compile("Olivia Owner"))
        await menu.click()
        await page.get_by_role("menuitem", name=name).click()
        for tab in tabs:
            await expect(tab).to_have_url(f"{room.url}/")
            await expect(tab.get_by_role("button", name=name)).to_be_visible()
    await menu.click()
    await page.get_by_role("menuitem", name="Sign out").click()
    for tab in tabs:
        await expect(tab).to_have_url(f"{room.url}/sign-in")
