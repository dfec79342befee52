"""The chat widget where tabs, networks and signed-in visitors come and go: nothing is lost or shown twice."""

import hmac
import re
from hashlib import sha256

from playwright.async_api import BrowserContext, Page, Route, expect

from tests.browser.site import Site, site

__all__ = ["site"]


async def test_a_conversation_goes_on_after_a_reload_and_in_another_tab(
    site: Site, page: Page, context: BrowserContext
) -> None:
    chat = await site.visit(page)
    await chat.open()
    await expect(chat.log).to_contain_text("How can we help you?")
    await chat.say("Is there parking?")
    await expect(chat.log.locator(".in").last).to_contain_text("garage")

    chat = await site.visit(page)
    await chat.open()
    await expect(chat.log).to_contain_text("Is there parking?")
    await expect(chat.log).to_contain_text("garage")
    await expect(chat.log.locator(".out")).to_have_text([re.compile("Is there parking")])

    other = await site.visit(await context.new_page())
    await other.open()
    await other.say("And your opening hours?")
    for each in (other, chat):
        await expect(each.log.locator(".out").filter(has_text="And your opening hours?")).to_have_count(1)
        await expect(each.log.locator(".in").last).to_contain_text("8:00")
    [count] = await site.room.rows("SELECT count(*) AS n FROM conversation WHERE workspace_id = %(ws)s")
    assert count["n"] == 1


async def test_where_streams_are_blocked_replies_are_asked_for(site: Site, page: Page) -> None:
    await page.route("**/api/chat-widget/sse*", lambda route: route.abort())
    chat = await site.visit(page)
    await chat.open()
    await chat.say("Is there parking?")
    await expect(chat.log.locator(".in").last).to_contain_text("garage", timeout=10_000)


async def test_where_streams_are_held_back_on_the_way_replies_are_asked_for(site: Site, page: Page) -> None:
    async def held_back(_: Route) -> None:
        """A proxy that gathers what it passes on: the stream neither fails nor says anything."""

    await page.route("**/api/chat-widget/sse*", held_back)
    chat = await site.visit(page)
    await chat.open()
    await chat.say("Is there parking?")
    await expect(chat.log.locator(".in").last).to_contain_text("garage", timeout=15_000)


async def test_what_is_written_offline_is_sent_once_later(site: Site, page: Page, context: BrowserContext) -> None:
    chat = await site.visit(page)
    await chat.open()
    await chat.say("Hello")
    await chat.conversation()
    await context.set_offline(True)
    await chat.say("Is there parking?")
    await expect(chat.panel.get_by_text("You are offline")).to_be_visible()
    await chat.say("By the gate?")
    await expect(chat.log.get_by_text("Waiting for the connection")).to_have_count(2)
    await context.set_offline(False)
    await expect(chat.log.locator(".in").last).to_contain_text("garage", timeout=15_000)

    lost = 0

    async def answer_lost(route: Route) -> None:
        """Stored, and the visitor does not hear of it."""
        nonlocal lost
        lost += 1
        if lost == 1:
            await route.fetch()
            await route.abort()
        else:
            await route.continue_()

    await page.route("**/api/chat-widget/message?*", answer_lost)
    await chat.say("My last question")
    await expect(chat.log.get_by_text("Waiting for the connection")).to_be_visible()
    chat = await site.visit(page)  # what waits outlives the page
    await chat.open()
    await expect(chat.log.get_by_text("My last question")).to_have_count(1)
    await expect(chat.log.get_by_text("Waiting for the connection")).to_have_count(0)
    stored = await site.room.rows("SELECT text FROM message WHERE workspace_id = %(ws)s AND text = 'My last question'")
    assert (len(stored), lost) == (1, 2)


async def test_a_site_says_who_is_signed_in_and_a_wrong_hash_is_told(site: Site, page: Page) -> None:
    renewed = await site.room.api.post(
        f"/api/accounts/{await site.account()}/secrets", json={"field": "identity_secret"}
    )
    secret = renewed.json()["issued"]["identity_secret"]

    def who(email: str) -> dict[str, str]:
        return {"email": email, "name": "Ada", "hash": hmac.digest(secret.encode(), email.encode(), sha256).hex()}

    chat = await site.visit(page)
    await expect(chat.launcher).to_be_visible()
    said = await page.evaluate(
        "who => Dynaris.identify(who).then(() => 'known', error => error.message)",
        who("ada@example.com") | {"hash": "0"},
    )
    assert "HMAC-SHA256" in said
    assert await site.room.rows("SELECT id FROM contact WHERE workspace_id = %(ws)s") == []
    await page.evaluate("who => Dynaris.identify(who)", who("ada@example.com"))
    await chat.open()
    await chat.say("Is there parking?")
    await page.evaluate("who => Dynaris.identify(who)", who("eve@example.com"))
    await expect(chat.log.get_by_text("Is there parking?")).to_have_count(0)
    rows = await site.room.rows("SELECT proved FROM conversation WHERE workspace_id = %(ws)s ORDER BY id")
    assert [row["proved"] for row in rows] == [["email:ada@example.com"], ["email:eve@example.com"]]


async def test_a_site_that_vouches_without_a_secret_costs_nobody_their_chat(site: Site, page: Page) -> None:
    chat = await site.visit(page)
    await chat.open()
    await chat.say("Is there parking?")
    await expect(chat.log.locator(".in").last).to_contain_text("garage")
    said = await page.evaluate(
        "who => Dynaris.identify(who).then(() => 'known', error => error.message)",
        {"email": "ada@example.com", "hash": "0"},
    )
    assert "no identity secret" in said
    await expect(chat.log.get_by_text("Is there parking?", exact=True)).to_be_visible()
    chat = await site.visit(page)
    await chat.open()
    await expect(chat.log.get_by_text("Is there parking?", exact=True)).to_be_visible()


async def test_two_tabs_that_wrote_without_a_network_end_with_the_same_order(
    site: Site, page: Page, context: BrowserContext
) -> None:
    one = await site.visit(page)
    await one.open()
    await one.say("Is there parking?")
    await expect(one.log.locator(".in").last).to_contain_text("garage")
    two = await site.visit(await context.new_page())
    await two.open()
    await expect(two.log.get_by_text("Is there parking?", exact=True)).to_be_visible()
    await context.set_offline(True)
    await one.say("Alpha, please")
    await two.say("Beta, please")
    await context.set_offline(False)
    for chat in (one, two):
        for word in ("Alpha", "Beta"):
            await expect(chat.log.get_by_text(f"{word}, please")).to_have_count(1)
        await expect(chat.log.locator(".unsent")).to_have_count(0)
    stored = [
        row["text"]
        for row in await site.room.rows(
            "SELECT text FROM message WHERE workspace_id = %(ws)s AND text LIKE '%%, please' ORDER BY id"
        )
    ]
    assert len(stored) == 2
    for chat in (one, two):
        await expect(chat.log.locator(".out .bubble").filter(has_text="please")).to_have_text(stored)


async def test_what_came_while_it_was_closed_is_counted(site: Site, page: Page) -> None:
    chat = await site.visit(page)
    await chat.open()
    await chat.say("Hello")
    await expect(chat.log.locator(".in")).to_have_count(2, timeout=10_000)
    await page.evaluate("Dynaris.close()")
    await chat.answered("One moment")
    await chat.answered("Here I am")
    await expect(chat.launcher.locator(".badge")).to_have_text("2")
    assert "2 unread" in (await chat.launcher.get_attribute("aria-label") or "")
    await page.reload(wait_until="domcontentloaded")
    await expect(chat.launcher.locator(".badge")).to_have_text("2")
    await page.evaluate("Dynaris.open()")
    await expect(chat.launcher.locator(".badge")).to_be_hidden()
    await page.reload(wait_until="domcontentloaded")
    await expect(chat.launcher).to_be_visible()
    await expect(chat.launcher.locator(".badge")).to_be_hidden()
