"""Contacts as teammates work with them: found, merged and parted, written to, brought in from a file."""

import re
from typing import Any

from playwright.async_api import Page, expect

from dynaris.core.ids import new_id
from dynaris.sandbox.mailbox import Mailbox
from tests.browser.conftest import PHONE, Room
from tests.browser.looking import XSS, is_accessible, is_unharmed


async def contact(room: Room, name: str, *addresses: tuple[str, str], **more: Any) -> str:
    body = {"name": name, "addresses": [{"kind": kind, "value": value} for kind, value in addresses], **more}
    answer = await room.api.post("/api/contacts", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def test_contacts_are_found_as_one_types_and_filtered_by_the_address(room: Room, page: Page) -> None:
    for name, city in (("Anna Müller", "Wien"), ("Ben Bauer", "Graz")):
        await contact(room, name, ("email", f"{name.split()[0]}@{city}.example".lower()), fields={"city": city})
    await contact(room, "Cleo Quiet", status="customer", tags=["vip"])
    await room.sign_in(page, "/contacts")
    people = page.get_by_role("list", name="Contacts").get_by_role("listitem")
    await expect(people).to_have_count(3)
    await is_accessible(page)
    await page.keyboard.press("/")
    await page.keyboard.type("muller wien")
    await expect(people).to_have_count(1)
    await expect(page).to_have_url(re.compile("q=muller"))
    await page.goto(f"{room.url}/contacts?status=customer&tag=vip", wait_until="domcontentloaded")
    await expect(people).to_have_text(re.compile("Cleo Quiet"))
    await people.get_by_role("link").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Cleo Quiet")


async def test_a_contact_is_merged_with_a_preview_and_parted_again(room: Room, page: Page) -> None:
    keep = await contact(room, "Ada Lovelace", ("email", "ada@a.example"), fields={"company": "Engines"})
    drop = await contact(room, "Ada L.", ("phone", "+436601234567"), tags=["vip"], fields={"company": "Looms"})
    await room.api.post("/api/tasks", json={"title": "Call back", "contact_id": drop})
    await room.sign_in(page, f"/contacts/{keep}")
    await page.get_by_role("button", name="More", exact=True).click()
    await page.get_by_role("menuitem", name="Merge with another contact").click()
    await page.get_by_label("The other contact").fill("+43 660 123")
    await page.get_by_role("button", name="Ada L.").click()
    preview = page.get_by_role("group", name="What they will be")
    for words in ("Ada Lovelace", "vip", "+43 660 1234567", "1 task", "Looms"):
        await expect(preview).to_contain_text(words)
    await is_accessible(page)
    await page.get_by_role("button", name="Merge", exact=True).click()
    addresses = page.get_by_role("list", name="Addresses")
    await expect(addresses).to_contain_text("+43 660 1234567")
    await expect(page.get_by_role("list", name="Tasks")).to_contain_text("Call back")
    await page.get_by_role("alert").get_by_role("button", name="Undo").click()
    await expect(addresses).not_to_contain_text("+43 660 1234567")
    assert (await room.api.get(f"/api/contacts/{drop}")).json()["tags"] == ["vip"]
    await expect(page.get_by_role("region", name="Merges")).to_contain_text("taken back by Olivia Owner")


async def test_a_proposed_pair_is_compared_merged_or_called_two_people(room: Room, page: Page) -> None:
    await contact(room, "Zdenka Ostermeyer", ("phone", "+436601112223"))
    await contact(room, "Zdenka Ostermeyer", ("whatsapp", "436601112223"))
    await room.api.post("/api/contacts/duplicates/look")
    await room.sign_in(page, "/contacts/duplicates")
    pair = page.get_by_role("article")
    await expect(pair).to_contain_text("same number", timeout=20_000)
    await is_accessible(page)
    await pair.get_by_role("button", name="Not the same").click()
    await expect(pair).to_have_count(0)
    await page.get_by_role("button", name="Undo").click()
    await expect(pair).to_have_count(1)
    await pair.get_by_role("button", name="Merge…").click()
    await page.get_by_role("dialog").get_by_role("button", name="Merge", exact=True).click()
    await expect(pair).to_have_count(0)
    assert len((await room.api.get("/api/contacts")).json()["items"]) == 1


async def test_a_file_says_what_it_would_do_does_it_and_takes_it_back(room: Room, page: Page) -> None:
    known = await contact(room, "Ada Lovelace", ("email", "ada@a.example"))
    rows = (
        "Name;E-Mail;Firma;Notiz\n"
        f"Grace Hopper;grace@navy.example;Navy;{XSS[0]}\n"
        "A. Lovelace;ada@a.example;Engines;\n"
        "Broken;not an address;;\n"
        f"{XSS[1]};x@x.example;;\n"
    )
    await room.sign_in(page, "/contacts/imports")
    file = {"name": f"{XSS[1]}.csv", "mimeType": "text/csv", "buffer": rows.encode()}
    await page.get_by_label("CSV file").set_input_files(file)  # type: ignore[arg-type]
    await expect(page.get_by_role("combobox", name="What Firma becomes")).to_have_value("A field…")
    await page.get_by_role("button", name="See what would happen").click()
    lines = page.get_by_role("region", name="Rows").get_by_role("listitem")
    await expect(lines).to_have_count(4, timeout=20_000)
    for line, words in enumerate(("New", "Changes a contact", "Refused", "New")):
        await expect(lines.nth(line)).to_contain_text(words)
    await expect(lines.nth(1)).to_contain_text("Ada Lovelace")
    await is_accessible(page)
    assert len((await room.api.get("/api/contacts")).json()["items"]) == 1

    await page.get_by_role("button", name="Apply").click()
    await expect(lines.nth(0)).to_contain_text("Added", timeout=20_000)
    assert (await room.api.get(f"/api/contacts/{known}")).json()["fields"] == {"Firma": "Engines"}
    await page.get_by_role("button", name="Take it back").click()
    await page.get_by_role("dialog").get_by_role("button", name="Take it back").click()
    await expect(lines.nth(0)).to_contain_text("Removed again", timeout=20_000)
    [left] = (await room.api.get("/api/contacts")).json()["items"]
    assert (left["id"], left["fields"]) == (known, {})
    await is_unharmed(page)


async def test_a_mail_that_begins_here_is_sent_once_and_stands_in_the_timeline(
    room: Room, page: Page, mailbox: Mailbox
) -> None:
    to = f"{new_id().hex}@example.com"
    ada = await contact(room, "Ada", ("email", to))
    await room.sign_in(page, f"/contacts/{ada}")
    await page.get_by_role("button", name="Write").click()
    dialog = page.get_by_role("dialog", name="Write to Ada")
    await dialog.get_by_label("Subject").fill("Your invoice")
    await dialog.get_by_label("Message").fill("Dear Ada, here it is.")
    await expect(dialog.get_by_role("button", name="Send")).to_be_enabled()
    await is_accessible(page)
    await page.keyboard.press("Control+Enter")
    await expect(dialog).to_be_hidden()
    await expect(page.get_by_role("region", name="Timeline")).to_contain_text("Dear Ada, here it is.")
    await expect(page.get_by_role("region", name="Conversations").get_by_role("link")).to_contain_text("Your invoice")
    await page.get_by_role("button", name="Have the AI come back to it").click()
    await page.get_by_label("What the AI comes back to").fill("Was it paid?")
    await page.get_by_role("button", name="When").click()
    await page.get_by_role("menuitem", name="Tomorrow").click()
    await expect(page.get_by_role("list", name="Follow-ups")).to_contain_text("Was it paid?")
    inbox = mailbox.inbox(to)
    for _ in range(100):
        if inbox.uids():
            break
        await page.wait_for_timeout(100)
    [uid] = inbox.uids()
    assert b"Dear Ada, here it is." in (inbox.read(uid) or b"")

    consent = {"channel": "email", "state": "withdrawn", "source": "a call"}
    await room.api.post(f"/api/contacts/{ada}/consents", json=consent)
    await page.get_by_role("button", name="Write").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("asked for no messages by email")
    await expect(dialog.get_by_role("button", name="Send")).to_be_disabled()


async def test_what_was_written_outside_harms_nobody(room: Room, page: Page) -> None:
    for attack in XSS:
        plain = attack.replace("\n", " ")
        fields = {plain[:90]: attack}
        mean = await contact(room, plain, tags=[plain[:90]], fields=fields)
        await room.api.post("/api/tasks", json={"title": plain, "detail": attack, "contact_id": mean})
        await room.api.post(f"/api/contacts/{mean}/facts", json={"text": attack})
        await room.api.post(
            f"/api/contacts/{mean}/consents", json={"channel": "any", "state": "granted", "source": plain}
        )
    await room.chat(XSS[1])
    await room.sign_in(page, "/contacts")
    await expect(page.get_by_role("list", name="Contacts").get_by_role("listitem")).to_have_count(len(XSS) + 1)
    await is_unharmed(page)
    for each in (await room.api.get("/api/contacts")).json()["items"]:
        await page.goto(f"{room.url}/contacts/{each['id']}", wait_until="domcontentloaded")
        await expect(page.get_by_role("region", name="Timeline").get_by_role("listitem").first).to_be_visible()
        await is_unharmed(page)


async def test_a_contact_is_edited_in_place_on_a_phone_too(room: Room, page: Page) -> None:
    ada = await contact(room, "Ada", ("email", "ada@a.example"), fields={"born": 1815})
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    await room.sign_in(page, f"/contacts/{ada}")
    await page.get_by_role("button", name="Name: Ada. Change").click()
    await page.get_by_label("Name", exact=True).fill("Ada Byron")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Ada Byron")
    await page.get_by_role("button", name="born: 1815. Change").click()
    await page.get_by_label("born", exact=True).fill("1816")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Add an address").click()
    await page.get_by_label("Address", exact=True).fill("ada@b.example")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("list", name="Addresses")).to_contain_text("ada@b.example")
    await is_accessible(page)
    saved = (await room.api.get(f"/api/contacts/{ada}")).json()
    assert (saved["name"], saved["fields"], len(saved["addresses"])) == ("Ada Byron", {"born": 1816}, 2)
