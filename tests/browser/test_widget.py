"""The chat widget on a page of another site: what visitors see and do in it."""

import asyncio
import gzip
import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from uuid import UUID

import pytest
from playwright.async_api import FilePayload, Page, expect

from dynaris.app.dashboard import FILES
from dynaris.conversations.presence import type_to_contact
from dynaris.core.ids import new_id
from dynaris.sandbox.mailbox import Mailbox
from tests.browser.conftest import PHONE
from tests.browser.looking import XSS, is_accessible, is_unharmed
from tests.browser.site import Chat, Site, site

__all__ = ["site"]

LAUNCHER, PANEL = 8_000, 30_000  # bytes, packed


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
