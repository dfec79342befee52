"""A customer's phone in the sandbox: what people tap, and that nothing which came from outside is live."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import FilePayload, Locator, Page, expect

from dynaris.sandbox.meta.server import RunningMeta, sandbox_meta
from tests.browser.conftest import PHONE
from tests.browser.looking import XSS, is_accessible, is_unharmed
from tests.web import client_at


@dataclass
class Phone:
    """The page with one customer, and the business that writes to them."""

    page: Page
    running: RunningMeta
    graph: httpx.AsyncClient
    control: httpx.AsyncClient
    number: str = "15551234567"

    @property
    def bubbles(self) -> Locator:
        return self.page.get_by_role("log", name="Conversation").get_by_role("article")

    async def says(self, text: str) -> None:
        await self.page.get_by_role("textbox", name="Message", exact=True).fill(text)
        await self.page.keyboard.press("Enter")
        await expect(self.bubbles.filter(has_text=text).last).to_be_visible()

    async def is_sent(self, **message: Any) -> None:
        asked = {"messaging_product": "whatsapp", "to": self.number, **message}
        answer = await self.graph.post(f"{self.running.credentials['phone_number_id']}/messages", json=asked)
        assert answer.status_code == 200, answer.text

    async def messages(self) -> list[dict[str, Any]]:
        return (await self.control.get(f"customers/{self.number}/messages")).json()["messages"]


@pytest.fixture
async def phone(page: Page, tmp_path: Path) -> AsyncIterator[Phone]:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    async with sandbox_meta(tmp_path) as running:
        bearer = {"Authorization": f"Bearer {running.credentials['access_token']}"}
        async with (
            client_at(f"{running.url}/v23.0", headers=bearer) as graph,
            client_at(running.control_url) as control,
        ):
            await page.goto(f"{running.control_url}/")
            await page.get_by_role("textbox", name="Name", exact=True).fill("Ada Lovelace")
            await page.get_by_role("textbox", name="Phone number").first.fill("1 555 123 4567")
            await page.get_by_role("button", name="Add the customer").click()
            await expect(page.get_by_role("heading", name="Ada Lovelace")).to_be_visible()
            yield Phone(page, running, graph, control)
        await page.goto("about:blank")
    assert errors == []


async def test_a_conversation_is_read_answered_and_tapped(phone: Phone) -> None:
    await phone.says("Hello")
    [written] = await phone.messages()
    await phone.is_sent(status="read", message_id=written["id"], typing_indicator={"type": "text"})
    await expect(phone.page.get_by_role("status")).to_have_text("The business is typing …")
    await expect(phone.bubbles.first.get_by_role("img", name="read")).to_be_visible()
    yes = {"type": "reply", "reply": {"id": "yes", "title": "Yes, please"}}
    asked = {"type": "button", "body": {"text": "Shall we book?"}, "action": {"buttons": [yes]}}
    await phone.is_sent(type="interactive", interactive=asked, context={"message_id": written["id"]})
    question = phone.bubbles.filter(has_text="Shall we book?").first
    await expect(question.locator("blockquote")).to_have_text("Hello")
    await expect(phone.page.get_by_role("status")).to_have_text("")
    await question.get_by_role("button", name="Yes, please").click()
    await expect(phone.bubbles.last).to_contain_text("Yes, please")
    _, sent, tapped = await phone.messages()
    assert (sent["status"], tapped["quoted"], tapped["content"]["id"]) == ("read", sent["id"], "yes")
    rows = [{"id": "a", "title": "Level 1", "description": "Near the lift"}]
    action = {"button": "Choose", "sections": [{"rows": rows}]}
    await phone.is_sent(type="interactive", interactive={"type": "list", "body": {"text": "Which?"}, "action": action})
    await phone.bubbles.last.get_by_text("Choose").click()
    await phone.bubbles.last.get_by_role("button", name="Level 1").click()
    await expect(phone.bubbles.last).to_contain_text("Near the lift")


async def test_messages_are_edited_deleted_and_reacted_to_with_the_keyboard(phone: Phone) -> None:
    await phone.says("See you at nine")
    menu = phone.bubbles.last.locator(".acts")
    await menu.locator("summary").press("Enter")
    await menu.get_by_role("button", name="Edit").press("Enter")
    await phone.says("See you at ten")
    await expect(phone.bubbles).to_have_count(1)
    await expect(phone.bubbles.last).to_contain_text("edited")
    await menu.locator("summary").press("Enter")
    await menu.get_by_role("button", name="React with 👍").press("Enter")
    await expect(phone.bubbles.last.get_by_role("img", name="👍 by you")).to_be_visible()
    await menu.locator("summary").press("Enter")
    await menu.get_by_role("button", name="Delete").press("Enter")
    await expect(phone.bubbles.last).to_contain_text("This message was deleted.")


async def test_files_a_place_and_a_card_are_sent(phone: Phone) -> None:
    attach = phone.page.locator("#attach")
    await attach.locator("summary").click()
    sound = FilePayload(name="note.ogg", mimeType="audio/ogg", buffer=b"OggS and so on")
    await attach.get_by_label("Sound as a voice note").set_input_files(sound)
    await expect(phone.bubbles.last.get_by_label("Voice note")).to_be_visible()
    await attach.locator("summary").click()
    bill = FilePayload(name="bill.pdf", mimeType="application/pdf", buffer=b"%PDF")
    await attach.get_by_label("Document").set_input_files(bill)
    await expect(phone.bubbles.last).to_contain_text("bill.pdf")
    await attach.locator("summary").click()
    await attach.get_by_role("button", name="Location").click()
    await phone.page.get_by_role("button", name="Send the location").click()
    await expect(phone.bubbles.last).to_contain_text("Brandenburg Gate")
    await attach.locator("summary").click()
    await attach.get_by_role("button", name="Contact card").click()
    await phone.page.get_by_role("button", name="Send the card").click()
    await expect(phone.bubbles.last).to_contain_text("Charles Babbage")
    assert [each["type"] for each in await phone.messages()] == ["audio", "document", "location", "contacts"]


async def test_templates_are_decided_and_faults_planned(phone: Phone) -> None:
    await phone.page.get_by_role("button", name="Approve spring_offer (en)").click()
    await expect(phone.page.get_by_role("button", name="Approve spring_offer (en)")).to_be_hidden()
    await phone.page.get_by_text("Faults", exact=True).click()
    await phone.page.get_by_role("button", name="Rate limit (130429)").click()
    await expect(phone.page.get_by_text("send error 130429 × 1")).to_be_visible()
    await phone.page.get_by_role("button", name="Forget them").click()
    await expect(phone.page.get_by_text("Nothing is planned.")).to_be_visible()


@pytest.mark.parametrize("vector", XSS)
async def test_what_comes_from_outside_is_text(phone: Phone, vector: str) -> None:
    await phone.says("Hello")
    await phone.is_sent(text={"body": vector})
    asked = {"type": "button", "body": {"text": vector}, "action": {"buttons": []}}
    asked["action"] = {"buttons": [{"type": "reply", "reply": {"id": vector, "title": vector[:20]}}]}
    await phone.is_sent(type="interactive", interactive=asked)
    card = {"name": {"formatted_name": vector}, "phones": [{"phone": vector}]}
    await phone.is_sent(type="contacts", contacts=[card])
    await phone.control.post("customers", json={"name": vector, "username_only": True, "username": vector})
    await expect(phone.bubbles).to_have_count(4)
    await expect(phone.page.get_by_role("button", name=vector).first).to_be_visible()
    await is_unharmed(phone.page)


async def test_the_page_is_for_everybody_also_on_a_phone(phone: Phone) -> None:
    await phone.says("Hello")
    await phone.is_sent(text={"body": "Good morning"})
    await expect(phone.bubbles).to_have_count(2)
    await is_accessible(phone.page)
    await phone.page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    wider = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not await phone.page.evaluate(wider)
    await phone.page.locator("#attach summary").click()
    await is_accessible(phone.page)
