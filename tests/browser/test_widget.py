"""The chat widget on a page of another site, under a strict content security policy."""

import asyncio
import gzip
import hmac
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web
from playwright.async_api import BrowserContext, FilePayload, Locator, Page, Route, expect

from dynaris.app.dashboard import FILES
from dynaris.conversations.presence import type_to_contact
from dynaris.core.ids import new_id
from dynaris.sandbox.mailbox import Mailbox
from tests.browser.conftest import PHONE, Room
from tests.browser.looking import XSS, is_accessible, is_unharmed

LAUNCHER, PANEL = 8_000, 30_000  # bytes, packed
_HTML = """<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>A shop</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="{scheme}"></head>
<body><main><h1>A shop</h1><p>Its own words.</p></main>
<script async src="{product}/widget.js" data-key="{key}" {more}></script></body></html>"""
# No inline script or style, nothing evaluated, no HTML from strings: what the widget needs is named, and no more.
_POLICY = (
    "default-src 'none'; script-src {product}; connect-src {product}; img-src {product}; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


@dataclass
class Site:
    """A page of somebody else's, with the room's widget."""

    url: str
    room: Room
    lang: str = "en"
    scheme: str = "light"
    more: str = ""

    async def visit(self, page: Page) -> "Chat":
        page.on("pageerror", lambda error: self.room.errors.append(str(error)))
        page.on("console", lambda said: self._heard(said.text))
        await page.goto(self.url, wait_until="domcontentloaded")
        return Chat(page, self.room)

    def _heard(self, text: str) -> None:
        if "Content Security Policy" in text or "Trusted" in text:
            self.room.errors.append(text)

    async def set_up(self, **settings: Any) -> None:
        answer = await self.room.api.patch(f"/api/accounts/{await self.account()}", json={"settings": settings})
        assert answer.status_code == 200, answer.text

    async def account(self) -> str:
        accounts = (await self.room.api.get("/api/accounts")).json()["items"]
        return next(each["id"] for each in accounts if each["address"] == self.room.chat_key)


@dataclass
class Chat:
    page: Page
    room: Room

    @property
    def launcher(self) -> Locator:
        return self.page.locator("dynaris-chat .launcher")

    @property
    def panel(self) -> Locator:
        return self.page.get_by_role("dialog")

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log")

    @property
    def input(self) -> Locator:
        return self.panel.locator(".write textarea")

    async def open(self) -> None:
        await self.launcher.click()
        await expect(self.panel).to_be_visible()

    async def say(self, text: str) -> None:
        await self.input.fill(text)
        await self.input.press("Enter")
        await expect(self.log.locator(".out").last).to_contain_text(text[:40])

    async def conversation(self) -> str:
        async with asyncio.timeout(10):
            while True:
                if rows := await self.room.rows("SELECT id FROM conversation WHERE workspace_id = %(ws)s"):
                    return str(rows[0]["id"])
                await asyncio.sleep(0.05)

    async def answered(self, text: str) -> None:
        """By a teammate."""
        path = f"/api/conversations/{await self.conversation()}/messages"
        answer = await self.room.api.post(path, json={"text": text})
        assert answer.is_success, answer.text


@pytest.fixture
async def site(room: Room) -> AsyncIterator[Site]:
    here = Site("", room)

    async def show(_: web.Request) -> web.Response:
        html = _HTML.format(product=room.url, key=room.chat_key, lang=here.lang, scheme=here.scheme, more=here.more)
        headers = {"Content-Security-Policy": _POLICY.format(product=room.url)}
        return web.Response(text=html, content_type="text/html", headers=headers)

    application = web.Application()
    application.router.add_get("/", show)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    here.url = f"http://localhost:{runner.addresses[0][1]}/"
    yield here
    await runner.cleanup()


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


async def test_a_person_answers_and_both_see_each_other_type(site: Site, page: Page) -> None:
    chat = await site.visit(page)
    await chat.open()
    await chat.say("Hello")
    conversation = await chat.conversation()
    async with page.expect_response(re.compile("/typing")) as told:
        await chat.input.press_sequentially("I")
    assert (await told.value).status == 204
    async with site.room.house.db.workspace(site.room.workspace.id) as connection:
        await type_to_contact(connection, site.room.workspace.id, conversation_id=UUID(conversation))
    await expect(chat.panel.get_by_role("status").filter(has_text="typing")).to_be_visible()
    await chat.answered("We **open** at [eight](https://example.com/hours):\n\n- Monday\n- Tuesday")
    said = chat.log.locator(".in").last
    await expect(said.locator("strong")).to_have_text("open")
    await expect(said.locator("li")).to_have_count(2)
    link = said.get_by_role("link", name="eight")
    assert "noopener" in (await link.get_attribute("rel") or "")
    await expect(said).to_contain_text("Team")


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


async def test_the_form_before_the_chat_asks_what_it_must(site: Site, page: Page) -> None:
    await site.set_up(
        pre_chat={"enabled": True, "email": {"required": True}, "name": {"label": "How may we call you?"}},
        privacy_url="https://clinic.example/privacy",
    )
    chat = await site.visit(page)
    await chat.open()
    await expect(chat.input).to_be_hidden()
    await chat.panel.get_by_role("button", name="Start the chat").click()
    await expect(chat.panel.get_by_text("Please fill this in.")).to_be_visible()
    await chat.panel.get_by_role("textbox", name="E-mail").fill("nowhere")
    await chat.panel.get_by_role("button", name="Start the chat").click()
    await expect(chat.panel.get_by_text("Please enter an e-mail address.")).to_be_visible()
    await is_accessible(page)
    await chat.panel.get_by_label("How may we call you?").fill("Ada")
    await chat.panel.get_by_role("textbox", name="E-mail").fill("ada@example.com")
    await chat.panel.get_by_role("button", name="Start the chat").click()
    await expect(chat.input).to_be_focused()
    [contact] = await site.room.rows("SELECT name FROM contact WHERE workspace_id = %(ws)s")
    assert contact["name"] == "Ada"
    chat = await site.visit(page)
    await chat.open()
    await expect(chat.input).to_be_visible()
    assert (
        await chat.panel.get_by_role("link", name="Privacy").get_attribute("href") == "https://clinic.example/privacy"
    )


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


async def test_what_comes_from_outside_is_text_and_runs_nowhere(site: Site, page: Page) -> None:
    await site.set_up(title=XSS[0][:60], greeting=XSS[1])
    chat = await site.visit(page)
    await chat.open()
    files: list[FilePayload] = [
        {"name": "<img src=x onerror=window.__xss=1>.png", "mimeType": "image/png", "buffer": b"no image"}
    ]
    await chat.panel.locator("input[type=file]").set_input_files(files)
    for text in XSS:
        await chat.input.fill(text)
        await chat.input.press("Enter")
    marked = [
        *XSS,
        "[click](javascript:window.__xss=1) [data](data:text/html,<script>window.__xss=1</script>)",
        "**<b onclick=window.__xss=1>bold</b>** `<script>window.__xss=1</script>`",
        '[a](https://example.com/"onmouseover="window.__xss=1)',
        "_" * 300 + "*" * 300 + "[" * 300,
    ]
    for text in marked:
        await chat.answered(text)
    await expect(chat.log.locator(".in")).to_have_count(len(marked) + 1, timeout=15_000)
    assert await chat.log.locator("script, b, img[onerror], [onclick], [onmouseover]").count() == 0
    addresses = await chat.log.locator("a").evaluate_all("links => links.map(link => link.protocol)")
    assert set(addresses) <= {"http:", "https:", "mailto:"}
    chat = await site.visit(page)
    await chat.open()
    await expect(chat.log).to_contain_text("window.__xss=1")
    await is_unharmed(page)


async def test_files_go_both_ways(site: Site, page: Page) -> None:
    chat = await site.visit(page)
    await chat.open()
    dot = bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
        "1f15c4890000000d49444154789c63f8cfc0f01f0005000"
        "1ff8960b3b50000000049454e44ae426082"
    )
    await chat.panel.locator("input[type=file]").set_input_files(
        [
            {"name": "knee.png", "mimeType": "image/png", "buffer": dot},
            {"name": "too-large.bin", "mimeType": "application/octet-stream", "buffer": bytes(6_000_000)},
        ]
    )
    await expect(chat.panel.get_by_role("alert").filter(has_text="too-large.bin is too large")).to_be_visible()
    await chat.say("My knee")
    await expect(chat.log.locator(".out").get_by_role("img", name="knee.png")).to_be_visible()  # it has arrived
    conversation = await chat.conversation()
    path = f"/api/conversations/{conversation}"
    upload = await site.room.api.post(f"{path}/attachments", files={"file": ("plan.txt", b"Three times a day.")})
    given = {"text": "Your plan", "attachments": [upload.json()["id"]]}
    assert (await site.room.api.post(f"{path}/messages", json=given)).is_success
    async with page.expect_download() as began:
        await chat.log.get_by_role("link", name="plan.txt").click()
    kept = await began.value
    assert (kept.suggested_filename, (await kept.path()).read_bytes()) == ("plan.txt", b"Three times a day.")
    chat = await site.visit(page)
    await chat.open()
    await expect(chat.log.get_by_role("img", name="knee.png")).to_be_visible()


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


async def test_keys_alone_are_enough_and_the_focus_is_where_one_expects_it(site: Site, page: Page) -> None:
    chat = await site.visit(page)
    await expect(chat.launcher).to_be_visible()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(chat.input).to_be_focused()
    await page.keyboard.type("Is there parking?")
    await page.keyboard.press("Enter")
    await expect(chat.log.locator(".in").last).to_contain_text("garage")
    await page.keyboard.press("Escape")
    await expect(chat.panel).to_be_hidden()
    await expect(chat.launcher).to_be_focused()
    assert await chat.launcher.get_attribute("aria-expanded") == "false"


@pytest.mark.parametrize(("colour", "scheme"), [("#ffe100", "light"), ("#0b0d12", "dark"), ("#808080", "light dark")])
async def test_it_is_accessible_in_any_colour(site: Site, page: Page, colour: str, scheme: str) -> None:
    await site.set_up(colour=colour, launcher_text="Chat")
    site.scheme, site.more = scheme, 'data-theme="dark"' if scheme == "dark" else ""
    chat = await site.visit(page)
    await expect(chat.launcher).to_be_visible()
    await is_accessible(page)
    await chat.open()
    await chat.say("Is there parking?")
    await expect(chat.log.locator(".in").last).to_contain_text("garage")
    await is_accessible(page)
    await chat.panel.get_by_role("button", name="Send me this chat by e-mail").click()
    await is_accessible(page)
    await chat.panel.get_by_role("button", name="Back to the chat").click()
    await expect(chat.input).to_be_visible()
    await page.emulate_media(color_scheme="dark")  # while it is open
    is_dark = "document.querySelector('dynaris-chat').shadowRoot.querySelector('.dynaris').classList.contains('dark')"
    assert await page.evaluate(is_dark) == (scheme != "light")


async def test_nothing_moves_where_that_is_not_wanted(site: Site, page: Page) -> None:
    await page.emulate_media(reduced_motion="reduce")
    chat = await site.visit(page)
    await chat.open()
    moving = "part => [getComputedStyle(part).animationName, getComputedStyle(part).transitionDuration]"
    for part in (chat.panel, chat.launcher, chat.panel.locator(".dots i").first):
        assert await part.evaluate(moving) == ["none", "0s"]


async def test_the_chat_is_mailed_to_an_address_that_is_confirmed(site: Site, page: Page, mailbox: Mailbox) -> None:
    ada = f"{new_id().hex}@example.com"
    chat = await site.visit(page)
    await chat.open()
    await chat.say("Is there parking?")
    await expect(chat.log.locator(".in").last).to_contain_text("garage")
    await chat.panel.get_by_role("button", name="Send me this chat by e-mail").click()
    await chat.panel.get_by_role("textbox", name="E-mail").fill(ada)
    await chat.panel.get_by_role("button", name="Send transcript").click()
    await expect(chat.panel.get_by_text(f"We sent a code to {ada}")).to_be_visible()
    [code] = re.findall(r"\b\d{6}\b", (await mailed(mailbox, ada, 1))["Subject"])
    for typed, said in ((f"{(int(code) + 1) % 1_000_000:06}", "That code did not work."), (code, "on its way")):
        await chat.panel.get_by_label("Six-digit code").fill(typed)
        await chat.panel.get_by_role("button", name="Confirm").click()
        await expect(chat.panel.get_by_text(said)).to_be_visible()
    transcript = (await mailed(mailbox, ada, 2)).get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "Is there parking?" in transcript
    assert "garage" in transcript


async def mailed(mailbox: Mailbox, address: str, count: int) -> EmailMessage:
    """The last of so many mails, once it is there."""
    inbox = mailbox.inbox(address)
    async with asyncio.timeout(20):
        while len(inbox.uids()) < count:  # noqa: ASYNC110 - the mailbox does not tell
            await asyncio.sleep(0.05)
    return message_from_bytes(inbox.read(inbox.uids()[count - 1]) or b"", policy=policy.default)  # type: ignore[return-value]


async def test_it_speaks_the_pages_language_and_stands_where_it_is_told(site: Site, page: Page) -> None:
    site.lang = "de"
    await site.set_up(position="left")
    chat = await site.visit(page)
    await chat.open()
    await expect(chat.log).to_contain_text("Wie können wir Ihnen helfen?")
    box = await chat.panel.bounding_box()
    assert box
    assert box["x"] < 100
    site.more = 'data-lang="es"'
    chat = await site.visit(page)
    await chat.open()
    await expect(chat.log).to_contain_text("¿En qué podemos ayudarle?")


async def test_a_phone_has_it_on_the_whole_screen(site: Site, page: Page) -> None:
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    chat = await site.visit(page)
    await chat.open()
    box = await chat.panel.bounding_box()
    assert box
    assert (box["width"], box["height"]) == (PHONE["width"], PHONE["height"])
    await expect(chat.launcher).to_be_hidden()
    for _ in range(8):
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.localName") == "dynaris-chat"


async def test_the_demo_clinic_has_a_page(site: Site, page: Page) -> None:
    page.on("console", lambda said: site.room.errors.append(said.text) if said.type == "error" else None)
    await page.goto(f"{site.room.url}/demo", wait_until="domcontentloaded")
    chat = Chat(page, site.room)
    await is_accessible(page)
    await page.get_by_role("button", name="Is there parking?").click()
    await expect(chat.input).to_have_value("Is there parking?")
    await page.keyboard.press("Enter")
    await expect(chat.log.locator(".in").last).to_contain_text("garage")
    assert await page.get_by_role("link", name="sandbox mailbox").get_attribute("href") == "/sandbox/mail"


def test_it_is_small() -> None:
    launcher = (FILES / "widget.js").read_bytes()
    [name] = set(re.findall(rb"panel-[\w-]+\.js", launcher))
    assert len(gzip.compress(launcher)) <= LAUNCHER
    assert len(gzip.compress((FILES / "widget" / name.decode()).read_bytes())) <= PANEL
