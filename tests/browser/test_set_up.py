"""Setting a workspace up in the browser: the checklist, accounts, people, keys."""

import re
from pathlib import Path
from uuid import UUID

from playwright.async_api import Page, expect

from dynaris.connections.actions import set_send_health
from dynaris.notifications.actions import notify
from dynaris.onboarding.items import ITEMS
from tests.browser.conftest import Room
from tests.browser.looking import XSS, is_accessible, is_unharmed
from tests.web import client_at

WEB = Path(__file__).parents[2] / "web"


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


async def test_a_member_is_invited_and_a_key_is_made_and_shown_once(room: Room, page: Page) -> None:
    await room.sign_in(page, "/settings/members")
    await page.get_by_label("E-mail address").fill("grace@example.com")
    await page.get_by_role("button", name="Invite").click()
    await expect(page.get_by_role("region", name="Invited").get_by_text("grace@example.com")).to_be_visible()

    await page.get_by_role("link", name="API keys").click()
    await page.get_by_label("What it is for").fill("<img src=x onerror=window.__xss=1>")
    await page.get_by_role("button", name="Make key").click()
    key = await page.get_by_role("alert").locator("code").inner_text()
    async with client_at(room.url, headers={"authorization": f"Bearer {key}"}) as program:
        assert (await program.get("/api/me")).json()["role"] == "admin"
    await page.reload()
    row = page.get_by_role("button", name="Revoke <img src=x onerror=window.__xss=1>")
    await expect(row).to_be_visible()
    assert key not in await page.content()
    await row.click()
    await page.get_by_role("button", name="Revoke", exact=True).click()
    await expect(row).to_be_hidden()
    await is_unharmed(page)


async def test_a_status_is_seen_in_another_browser_at_once(room: Room, page: Page, another: Page) -> None:
    tom = await room.teammate("Tom Teammate")
    await room.sign_in(page, "/settings/members")
    await expect(page.get_by_text("Tom Teammate")).to_be_visible()
    await room.sign_in(another, "/settings/teams", person_id=tom)
    await another.get_by_role("button", name="Your status: Available").click()
    await another.get_by_role("menuitem", name="Busy").click()
    await expect(page.get_by_text("Busy")).to_be_visible()


async def test_a_teammate_sees_what_they_may_see(room: Room, page: Page) -> None:
    tom = await room.teammate()
    await room.sign_in(page, "/settings/api-keys", person_id=tom)
    await expect(page.get_by_text("Not for your role")).to_be_visible()
    await expect(page.get_by_role("navigation", name="Settings").get_by_role("link", name="API keys")).to_be_hidden()
    await page.get_by_role("link", name="Business").click()
    await expect(page.get_by_role("textbox", name="Name", exact=True)).to_be_disabled()
    await page.goto(f"{room.url}/connectors/new", wait_until="domcontentloaded")
    await expect(page.get_by_text("Not for your role")).to_be_visible()


async def test_an_account_is_connected_changed_and_taken_away(room: Room, page: Page) -> None:
    await room.sign_in(page, "/connectors")
    await page.get_by_role("link", name="Connect", exact=True).click()
    await page.get_by_role("link", name=re.compile("^E-mail")).click()
    await page.get_by_label("E-mail address").fill("front@clinic.example")
    await page.get_by_role("textbox", name="Name", exact=True).fill("<svg onload=window.__xss=1>")
    await page.get_by_label("IMAP URL").fill("https://no.mailbox")
    await page.get_by_role("button", name="Connect", exact=True).click()
    await expect(page.get_by_text(re.compile("URL must begin with imaps"))).not_to_have_count(0)
    await page.get_by_label("IMAP URL").fill("")
    await page.get_by_role("button", name="Connect", exact=True).click()

    await expect(page.get_by_role("heading", name="front@clinic.example")).to_be_visible()
    await expect(page.get_by_role("region", name="Proof of address")).to_contain_text("Not proved")
    await page.get_by_role("tab", name="By a DNS record").click()
    await page.get_by_role("button", name="Show the record").click()
    await expect(page.get_by_text("Name of the TXT record")).to_be_visible()
    await page.get_by_role("textbox", name="Name", exact=True).fill("Front desk")
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_text("Saved")).to_be_visible()
    await page.get_by_role("button", name="Take away").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    await is_accessible(page)
    await page.get_by_role("dialog").get_by_role("button", name="Take away").click()
    await expect(page).to_have_url(f"{room.url}/connectors")
    await expect(page.get_by_text("front@clinic.example", exact=True)).to_be_hidden()
    await is_unharmed(page)


async def test_a_broken_account_leads_to_its_password_and_is_checked_once_it_has_a_new_one(
    room: Room, page: Page, unused_tcp_port: int
) -> None:
    url = f"smtp://ann:wrong@127.0.0.1:{unused_tcp_port}"
    given = {"channel": "email", "address": "front@clinic.example", "settings": {"smtp_url": url}}
    account = (await room.api.post("/api/accounts", json=given)).json()["id"]
    async with room.house.db.transaction(room.workspace.id) as connection:
        await set_send_health(connection, room.workspace.id, UUID(account), "Authentication failed")
    await room.sign_in(page, "/connectors")
    await expect(page.get_by_role("link").filter(has_text="front@clinic.example")).to_contain_text("Does not work")
    await is_accessible(page)
    await page.get_by_role("link").filter(has_text="front@clinic.example").click()
    health = page.get_by_role("region", name="Health")
    await expect(health).to_contain_text("Nothing can be sent from it: Authentication failed")
    await is_accessible(page)
    await health.get_by_role("button", name="Reconnect").click()
    await expect(page.get_by_label("SMTP URL")).to_be_focused()
    await page.keyboard.type(url.replace("wrong", "right"))
    await page.keyboard.press("Enter")
    await expect(health.get_by_role("list", name="What was found")).to_contain_text("smtp: 127.0.0.1")
    await expect(page.locator("main")).not_to_contain_text(re.compile(r"/api/|DYNARIS_|`"))


async def test_a_double_click_acts_once(room: Room, page: Page) -> None:
    await room.sign_in(page, "/onboarding")
    await page.get_by_label("What the customer writes").fill("Is there parking?")
    await page.get_by_role("button", name="Send").dblclick()
    await expect(page.get_by_text("Answered", exact=True)).to_be_visible(timeout=15_000)
    assert len(await room.rows("SELECT id FROM event WHERE workspace_id = %(ws)s")) == 1

    await page.goto(f"{room.url}/settings/members")
    await page.get_by_label("E-mail address").fill("grace@example.com")
    await page.get_by_role("button", name="Invite").dblclick()
    await expect(page.get_by_role("region", name="Invited").get_by_text("grace@example.com")).to_be_visible()
    await expect(page.get_by_text("Nobody was invited")).to_be_hidden()


async def test_a_widget_is_previewed_as_it_is_set(room: Room, page: Page) -> None:
    [widget] = (await room.api.get("/api/accounts")).json()["items"]
    settings = {"title": "Front desk", "origins": ["https://clinic.example"]}
    assert (await room.api.patch(f"/api/accounts/{widget['id']}", json={"settings": settings})).is_success
    await room.sign_in(page, "/settings/widget")
    async with page.expect_popup() as opened:
        await page.get_by_role("link", name="Preview").click()
    preview = await opened.value
    await preview.locator("dynaris-chat .launcher").click()
    chat = preview.get_by_role("dialog", name="Front desk")
    await chat.locator(".write textarea").fill("Is there parking?")
    await chat.locator(".write textarea").press("Enter")
    await expect(preview.get_by_role("log")).to_contain_text("two hours in the garage")


async def test_notifications_lead_to_what_they_are_about_and_are_harmless(room: Room, page: Page) -> None:
    await room.sign_in(page)
    async with room.house.db.transaction(room.workspace.id) as connection:
        for n, title in enumerate(XSS):
            subject = f"workspace:{room.workspace.id}"
            await notify(
                connection,
                room.workspace.id,
                topic="hand_off",
                cause=f"hand_off:{n}",
                title=title,
                body=title,
                subject=subject,
            )
    bell = page.get_by_role("button", name=f"Notifications, {len(XSS)} unread")
    await bell.click()
    await expect(page.get_by_text(XSS[0]).first).to_be_visible()
    await page.get_by_role("button").filter(has_text=XSS[0]).click()
    await expect(page).to_have_url(f"{room.url}/settings/workspace")
    await page.get_by_role("button", name=f"Notifications, {len(XSS) - 1} unread").click()
    await page.get_by_role("button", name="Mark all as read").click()
    await expect(page.get_by_role("button", name="Notifications", exact=True)).to_be_visible()
    await is_unharmed(page)


async def test_every_section_is_harmless_and_accessible(room: Room, page: Page) -> None:
    for n, name in enumerate(XSS):
        await room.teammate(name)
        assert (await room.api.post("/api/teams", json={"name": name})).is_success
        assert (await room.api.post("/api/tags", json={"name": name})).is_success
        reply = {"title": name, "shortcut": f"x{n}", "text": name.replace("{{", "{ {")}  # no placeholder
        assert (await room.api.post("/api/canned-replies", json=reply)).is_success
        account = {"channel": "generic", "address": name, "settings": {"secret": "s3cret s3cret"}}
        await room.api.post("/api/accounts", json=account)
        await room.api.patch("/api/onboarding/items", json={"item": ITEMS[n], "not_needed": name, "note": name})
    await room.sign_in(page)
    sections = re.findall(r'key: "([a-z-]+)"', (WEB / "app/screens/settings/sections.ts").read_text())
    for path in ("/onboarding", "/connectors", *(f"/settings/{section}" for section in sections)):
        await page.goto(f"{room.url}{path}", wait_until="domcontentloaded")
        await expect(page.locator("main").get_by_role("heading", level=1)).to_be_visible()
        await expect(page.locator("main [aria-busy]")).to_have_count(0)
        await is_accessible(page)
        await is_unharmed(page)
