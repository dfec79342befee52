"""WhatsApp on the screens: the reply window, templates in it and beside it, who answers on a number."""

import asyncio
import io
import re

import av
import numpy as np
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import PHONE, Room
from tests.browser.looking import is_accessible
from tests.browser.whatsapp import ADA, Number, number

__all__ = ["number"]

DIALLED = "+49 170 12345678"


def composer(page: Page) -> Locator:
    return page.get_by_role("region", name="Composer")


async def chooses(page: Page, label: str, option: str, within: Locator | None = None) -> None:
    await (within or page).get_by_role("combobox", name=label).click()
    await page.get_by_role("option", name=option).click()


async def test_the_window_is_seen_to_close_and_then_only_a_template_leaves(number: Number, page: Page) -> None:
    room = number.room
    conversation = await number.ada_writes("Is there parking?")
    await room.sign_in(page, f"/inbox/all/{conversation}")
    await expect(composer(page)).to_contain_text("Window closes in 24 hr")
    await expect(page.get_by_role("textbox", name="Reply")).to_be_visible()
    await expect(page.get_by_role("complementary").get_by_text(DIALLED).first).to_be_visible()

    await number.wrote_ago("23 hours 30 minutes")
    await expect(composer(page)).to_contain_text("Window closes in 30 min")
    await number.wrote_ago("25 hours")
    await expect(composer(page)).to_contain_text("More than 24 hours since the contact's last message")
    await expect(page.get_by_role("textbox", name="Reply")).to_be_hidden()
    await expect(composer(page).get_by_role("combobox", name="Template")).to_have_value(
        "answer ready (en)"
    )  # she wrote in English
    await is_accessible(page)

    await chooses(page, "Template", "answer ready (de)", composer(page))
    await expect(composer(page).get_by_role("group", name="How it reads")).to_contain_text("Hallo Ada")
    await chooses(page, "Template", "answer ready (en)", composer(page))
    await expect(composer(page).get_by_role("group", name="How it reads")).to_contain_text(
        "Hello Ada, we have an answer"
    )
    send = composer(page).get_by_role("button", name="Send the template")
    await expect(send).to_be_disabled()
    await composer(page).get_by_role("textbox", name="Gap 2").fill("parking")
    await expect(composer(page).get_by_role("group", name="How it reads")).to_contain_text(
        "your question about parking."
    )
    await send.dblclick()
    log = page.get_by_role("log", name="Messages")
    await expect(log.get_by_text("your question about parking.")).to_be_visible()
    assert [one["type"] for one in await number.got(2)] == ["text", "template"], "pressed twice, it left once"

    await composer(page).get_by_text("Note", exact=True).click()
    await expect(page.get_by_role("textbox", name="Note")).to_be_visible()

    await number.ada_writes("Yes, please")
    await composer(page).get_by_text("Reply", exact=True).click()
    await expect(page.get_by_role("textbox", name="Reply")).to_be_visible()
    await expect(composer(page)).to_contain_text("Window closes in 24 hr")


async def test_the_window_closes_while_somebody_looks(number: Number, page: Page) -> None:
    """Nothing comes from the server at that moment."""
    conversation = await number.ada_writes("Is there parking?")
    await number.wrote_ago("23 hours 59 minutes 52 seconds")
    await number.room.sign_in(page, f"/inbox/all/{conversation}")
    await expect(page.get_by_role("textbox", name="Reply")).to_be_visible()
    await expect(composer(page).get_by_role("button", name="Send the template")).to_be_visible()


async def test_a_contact_who_never_wrote_is_written_to_by_template(number: Number, page: Page) -> None:
    room = number.room
    (await number.control.post("customers", json={"name": "Ada Byron", "wa_id": ADA})).raise_for_status()
    phone = {"kind": "phone", "value": f"+{ADA}"}
    made = (await room.api.post("/api/contacts", json={"name": "Ada Byron", "addresses": [phone]})).json()
    await room.sign_in(page, f"/contacts/{made['id']}")
    await page.get_by_role("button", name="Write", exact=True).click()
    dialog = page.get_by_role("dialog", name="Write to Ada Byron")
    await expect(dialog.get_by_role("combobox", name="To")).to_have_value(f"WhatsApp: {DIALLED}")
    await chooses(page, "Template", "answer ready (en)", dialog)
    await expect(dialog.get_by_role("textbox", name="Gap 1")).to_have_value("Ada")
    await dialog.get_by_role("textbox", name="Gap 2").fill("the opening hours")
    await is_accessible(page)
    await dialog.get_by_role("button", name="Send the template").click()
    await expect(page).to_have_url(re.compile("/inbox/all/"))
    (sent,) = await number.got(1)
    assert sent["text"] == "Hello Ada, we have an answer to your question about the opening hours. Shall we send it?"
    await expect(composer(page)).to_contain_text("The contact has not written here yet")


async def test_templates_show_what_meta_says_and_what_fills_them(number: Number, page: Page) -> None:
    room = number.room
    await room.sign_in(page, "/settings/templates")
    part = page.get_by_role("region", name=f"Templates of {number.name}")
    await expect(part).to_contain_text("Fetched from Meta now")
    rejected = part.get_by_role("button", name="autumn offer")
    await expect(rejected).to_contain_text("Rejected")
    await expect(rejected).to_contain_text("Meta says: it advertises something, which its category does not allow")
    await expect(part.get_by_role("button", name="spring offer")).to_contain_text("Waits for Meta")
    await is_accessible(page)

    await part.get_by_role("button", name=re.compile("answer ready.*English")).click()
    dialog = page.get_by_role("dialog", name="answer ready")
    reads = dialog.get_by_role("group", name="How it reads")
    await expect(reads).to_contain_text("Hello First name, we have an answer to your question about Gap 2.")
    await dialog.get_by_role("textbox", name="What it is for").fill("says that there is an answer")
    await chooses(page, "Gap 2 is filled with", "A text of your own", dialog)
    await dialog.get_by_role("textbox", name="Text of Gap 2").fill("your visit")
    await expect(reads).to_contain_text("your question about your visit.")
    await dialog.get_by_role("switch", name="Agents may send it").click()
    await is_accessible(page)
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_be_hidden()
    await expect(part.get_by_role("button", name=re.compile("answer ready.*English"))).to_contain_text("not for agents")
    [kept] = await room.rows(
        "SELECT purpose, fills, for_agents FROM template WHERE workspace_id = %(ws)s AND name = 'answer_ready'"
        " AND language = 'en'"
    )
    assert kept["fills"] == {"body.1": "first_name", "body.2": "text:your visit"}
    assert (kept["purpose"], kept["for_agents"]) == ("says that there is an answer", False)


async def test_templates_follow_meta_by_themselves_and_on_a_press(number: Number, page: Page) -> None:
    await number.room.sign_in(page, "/settings/templates")
    part = page.get_by_role("region", name=f"Templates of {number.name}")
    row = part.get_by_role("button", name="spring offer")
    await expect(row).to_contain_text("Waits for Meta")
    await number.decides("spring_offer", "APPROVED")
    await expect(row).to_contain_text("Approved")
    await number.decides("spring_offer", "PAUSED")
    await expect(row).to_contain_text("Paused")

    (await number.control.patch("account", json={"token": "expired"})).raise_for_status()
    await part.get_by_role("button", name="Fetch now").click()
    await expect(part.get_by_role("alert")).to_contain_text("The last try to fetch them failed")
    await expect(part.get_by_role("alert")).to_contain_text("the access token has expired")
    (await number.control.patch("account", json={"token": "valid"})).raise_for_status()
    await part.get_by_role("button", name="Fetch now").click()
    await expect(page.get_by_text("7 templates were fetched")).to_be_visible()
    await expect(part.get_by_role("alert")).to_be_hidden()


async def test_who_has_no_number_or_no_template_is_told_how_to_get_one(room: Room, page: Page) -> None:
    await room.sign_in(page, "/settings/templates")
    await expect(page.get_by_text("No WhatsApp number is connected")).to_be_visible()
    await page.get_by_role("link", name="Connect WhatsApp").click()
    await expect(page.get_by_role("heading", name="Connect: WhatsApp")).to_be_visible()


async def test_a_number_without_templates_says_how_one_is_made(number: Number, page: Page) -> None:
    headers = {"authorization": f"Bearer {number.running.credentials['access_token']}"}
    path = f"{number.running.url}/v23.0/{number.running.credentials['waba_id']}/message_templates"
    for one in {one["name"] for one in (await number.control.get("templates")).json()}:
        (await number.control.delete(path, params={"name": one}, headers=headers)).raise_for_status()
    await number.sync()
    await number.room.sign_in(page, "/settings/templates")
    await expect(page.get_by_text("Meta has no templates for this number yet")).to_be_visible()
    await expect(page.get_by_text("Open WhatsApp Manager at Meta")).to_be_visible()
    await is_accessible(page)


async def test_a_number_is_given_to_a_team_at_hours_and_else_to_an_agent(number: Number, page: Page) -> None:
    room = number.room
    team = (await room.api.post("/api/teams", json={"name": "Front desk"})).json()["id"]
    path = f"/api/accounts/{number.account_id}"
    await room.sign_in(page, "/settings/answering")
    await expect(page.get_by_role("main")).to_contain_text("Now: The supervisor decides")
    await page.get_by_role("link", name=number.name).click()
    card = page.get_by_role("region", name="Who answers")
    await chooses(page, "Always", "E-mail and sales", card)
    await card.get_by_role("button", name="Somebody at certain hours").click()
    save = card.get_by_role("button", name="Save who answers")
    await expect(save).to_be_disabled()
    first = card.get_by_role("group", name="Answers 1")
    await chooses(page, "Who", "Front desk", first)
    await expect(first).to_contain_text("Nobody is in this team yet.")
    await first.get_by_text("At these hours").click()
    await first.get_by_label("Monday, until").fill("09:00")
    await is_accessible(page)
    await save.click()
    await expect(first.get_by_role("alert")).to_contain_text("Monday: 09:00-09:00: it closes when it opens")
    assert (await room.api.get(f"{path}/mappings")).json()["items"] == []

    await first.get_by_label("Monday, until").fill("12:00")
    await first.get_by_role("button", name="Add hours on Sunday").click()
    await save.click()
    await expect(page.get_by_text("Saved")).to_be_visible()
    await expect(first.get_by_role("alert")).to_be_hidden()
    kept = (await room.api.get(f"{path}/mappings")).json()["items"]
    assert [(one["ai_agent_id"], one["team_id"], one["hours"]["monday"]) for one in kept] == [
        (None, team, ["09:00-12:00"])
    ]
    assert kept[0]["hours"]["sunday"] == ["09:00-17:00"]
    assert (await room.api.get(path)).json()["agent"] == "email_sales"

    await card.get_by_role("button", name="Somebody at certain hours").click()
    await chooses(page, "Who", "Research", card.get_by_role("group", name="Answers 2"))
    await card.get_by_role("button", name="Ask Research earlier").click()
    await expect(card.get_by_role("group", name="Answers 2")).to_contain_text("Never asked: somebody above")
    await save.click()
    await expect(card).to_contain_text("Now: Research")
    await page.get_by_role("link", name="← Connectors").click()
    await page.goto(f"{room.url}/settings/answering", wait_until="domcontentloaded")
    await expect(page.get_by_role("main")).to_contain_text("Front desk (team): Mon 09:00–12:00; Tue–Fri 09:00–17:00")
    await is_accessible(page)


async def test_a_teammate_reads_who_answers_and_changes_nothing(number: Number, page: Page) -> None:
    room = number.room
    mapped = {"items": [{"ai_agent_id": "research", "hours": {"monday": ["09:00-12:00"]}}]}
    assert (await room.api.put(f"/api/accounts/{number.account_id}/mappings", json=mapped)).is_success
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    tom = await room.teammate()
    await room.sign_in(page, f"/connectors/{number.account_id}", person_id=tom)
    card = page.get_by_role("region", name="Who answers")
    await expect(card).to_contain_text("Research: Mon 09:00–12:00")
    await expect(card).to_contain_text("The supervisor decides: at all other times")
    await expect(card.get_by_role("button")).to_have_count(0)
    await is_accessible(page)
    await page.goto(f"{room.url}/settings/templates", wait_until="domcontentloaded")
    await page.get_by_role("button", name="spring offer").click()
    dialog = page.get_by_role("dialog", name="spring offer")
    await expect(dialog).to_contain_text("An admin of the workspace changes this.")
    await expect(dialog.get_by_role("textbox", name="What it is for")).to_be_disabled()


def recording(seconds: int = 3) -> bytes:
    """As a telephone records: Opus in Ogg."""
    kept = io.BytesIO()
    with av.open(kept, "w", format="ogg") as made:
        stream = made.add_stream("libopus", rate=48_000, layout="mono")
        for second in range(seconds):
            tone = np.sin(np.arange(48_000) * 440 * 2 * np.pi / 48_000) * 8_000
            frame = av.AudioFrame.from_ndarray(tone.astype(np.int16)[None], format="s16", layout="mono")
            frame.sample_rate, frame.pts = 48_000, second * 48_000
            made.mux(stream.encode(frame))
        made.mux(stream.encode(None))
    return kept.getvalue()


async def test_a_voice_note_is_heard_where_it_stands(number: Number, page: Page) -> None:
    conversation = await number.ada_speaks(recording())
    await number.room.sign_in(page, f"/inbox/all/{conversation}")
    note = page.get_by_label("Play voice-message.ogg")
    await expect(note).to_be_visible()
    log = page.get_by_role("log", name="Messages")
    await expect(log.get_by_text("[voice message:")).to_be_hidden()
    await expect(page.get_by_title("Download voice-message.ogg")).to_be_visible()
    await note.focus()
    await page.keyboard.press("Space")
    async with asyncio.timeout(20):
        while not await note.evaluate("played => played.currentTime"):  # noqa: ASYNC110 - sound takes its time
            await asyncio.sleep(0.05)
    await is_accessible(page)
    summary = page.get_by_text("Ada Byron wrote nothing in words")
    await expect(summary.first).to_be_visible()


async def test_a_recording_that_cannot_be_played_can_still_be_kept(number: Number, page: Page) -> None:
    conversation = await number.ada_speaks(b"OggS but no more than that")
    await number.room.sign_in(page, f"/inbox/all/{conversation}")
    await expect(page.get_by_title("Download voice-message.ogg")).to_be_visible()
    await expect(page.get_by_label("Play voice-message.ogg")).to_be_hidden()
