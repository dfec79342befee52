"""One conversation on the screen: read, answered, approved; by one teammate, and by two at once."""

import asyncio
import re
from typing import Any
from uuid import UUID

import pytest
from playwright.async_api import FilePayload, Locator, Page, Route, expect
from psycopg.types.json import Jsonb

from dynaris.connections.actions import add_account
from dynaris.core.crypto import Vault
from dynaris.core.ids import new_id
from tests.browser.conftest import DESKTOP, KEY, PHONE, Room
from tests.browser.looking import XSS, is_accessible, is_unharmed
from tests.browser.site import Site, site
from tests.web import client_at

__all__ = ["site"]


ASKS_FIRST = {"enabled": True, "channels": {}, "effects": {"send": False}}
MAILS = (
    "<p onclick=window.__xss=1>Hello</p><script>parent.__xss=1;window.__xss=1</script>",
    '<img src="x" onerror="parent.__xss=1"><img data-src="https://example.invalid/a.png" onerror="top.__xss=1">',
    '<a href="javascript:parent.__xss=1">Click</a><form action="javascript:parent.__xss=1"><button>Go</button></form>',
    '<iframe srcdoc="<script>parent.parent.__xss=1</script>"></iframe><svg onload="parent.__xss=1"></svg>',
    '</body></html><style>*{display:none}</style><meta http-equiv="refresh" content="0;url=javascript:parent.__xss=1">',
)


def write_in(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Reply")


def messages(page: Page) -> Locator:
    return page.get_by_role("log", name="Messages")


async def conversation(room: Room) -> str:
    """Of the only visitor, once their message is filed."""
    async with asyncio.timeout(15):
        while True:
            found = (await room.api.get("/api/conversations")).json()["items"]
            if found:
                return found[0]["id"]
            await asyncio.sleep(0.05)


async def opened(room: Room, page: Page, text: str = "Is there parking?", **who: Any) -> tuple[str, str]:
    """A visitor has asked, the thread is on the screen: the visitor's session and the conversation."""
    session = await room.chat(text)
    found = await conversation(room)
    await room.sign_in(page, f"/inbox/all/{found}", **who)
    await expect(messages(page).get_by_text(text).first).to_be_visible()
    return session, found


async def said(room: Room, conversation_id: str) -> list[str]:
    answer = await room.api.get(f"/api/conversations/{conversation_id}/messages", params={"limit": 100})
    return [f"{one['author']}: {one['text']}" for one in answer.json()["items"]]


async def asked(*pages: Page) -> Page:
    """The one whose message has not left."""
    async with asyncio.timeout(20):
        while True:
            for page in pages:
                if await page.get_by_role("alertdialog", name="replied before you").count():
                    return page
            await asyncio.sleep(0.05)


async def is_said(room: Room, conversation_id: str, line: str) -> int:
    """How often, once it is."""
    async with asyncio.timeout(20):
        while True:
            if times := (await said(room, conversation_id)).count(line):
                return times
            await asyncio.sleep(0.05)


async def covered(page: Page, notice: Locator) -> list[str]:
    """What can be pressed or written in below the notice."""
    return await notice.evaluate(
        """notice => {
            const {left, right, top, bottom} = notice.getBoundingClientRect();
            return [...document.querySelectorAll("main button, main textarea, main input, main a")]
                .filter(other => {
                    const box = other.getBoundingClientRect();
                    return box.width && box.left < right && box.right > left && box.top < bottom && box.bottom > top;
                })
                .map(other => other.ariaLabel || other.textContent);
        }"""
    )


async def visitor_sees(room: Room, session: str, text: str) -> None:
    async with (
        client_at(room.url, headers={"x-api-key": room.chat_key}) as visitor,
        asyncio.timeout(15),
    ):
        while True:
            answer = await visitor.get("/api/chat-widget/messages", params={"session_id": session})
            if any(one["content"]["body"] == text for one in answer.json()["messages"]):
                return
            await asyncio.sleep(0.05)


async def test_a_visitor_and_a_teammate_talk_live(room: Room, site: Site, page: Page, another: Page) -> None:
    visitor = await site.visit(another)
    await visitor.open()
    await visitor.say("Is there parking?")
    await expect(visitor.log).to_contain_text("Patients park free")
    await room.sign_in(page, f"/inbox/all/{await visitor.conversation()}")
    await expect(messages(page).get_by_text("Patients park free")).to_be_visible()
    await page.keyboard.press("r")
    await page.keyboard.type("Olivia here. Shall I keep a space for you?")
    await page.keyboard.press("Control+Enter")
    await expect(write_in(page)).to_have_value("")
    await expect(visitor.log).to_contain_text("Shall I keep a space for you?")
    await visitor.input.press_sequentially("Yes please")
    await expect(page.get_by_text("Visitor is typing…")).to_be_visible()
    await visitor.say("Yes please, at nine.")
    await expect(messages(page).get_by_text("Yes please, at nine.")).to_be_visible()
    await expect(page.get_by_text("Visitor is typing…")).to_be_hidden(timeout=1_500)
    mine = messages(page).get_by_role("article").filter(has_text="Olivia here")
    await expect(mine.get_by_role("img", name="Sent")).to_be_visible()
    await is_accessible(page)


async def test_two_teammates_see_each_other_and_cannot_send_twice(room: Room, page: Page, another: Page) -> None:
    session, found = await opened(room, page)
    await expect(messages(page).get_by_text("Patients park free")).to_be_visible()
    await room.sign_in(another, f"/inbox/all/{found}", person_id=await room.teammate())
    await expect(messages(another).get_by_text("Patients park free")).to_be_visible()
    await expect(page.get_by_text("Tom Teammate is here too")).to_be_visible()
    await expect(another.get_by_text("Olivia Owner is here too")).to_be_visible()
    await write_in(another).press_sequentially("From Tom.")
    await expect(page.get_by_text("Tom Teammate is typing…")).to_be_visible()
    await write_in(page).fill("From Olivia.")
    await asyncio.gather(write_in(page).press("Control+Enter"), write_in(another).press("Control+Enter"))
    second = await asked(page, another)
    replies = [line for line in await said(room, found) if line.startswith("member")]
    assert len(replies) == 1, "the second one was asked first"
    mine = "From Olivia." if second is page else "From Tom."
    await expect(write_in(second)).to_have_value(mine)
    await second.get_by_role("button", name="Send anyway").click()
    await visitor_sees(room, session, mine)
    replies = [line for line in await said(room, found) if line.startswith("member")]
    assert sorted(replies) == ["member: From Olivia.", "member: From Tom."]


async def test_who_replies_in_a_colleagues_conversation_is_asked_first(room: Room, page: Page, another: Page) -> None:
    _, found = await opened(room, page)
    await expect(messages(page).get_by_text("Patients park free")).to_be_visible()
    await page.get_by_role("button", name="Claim").click()
    await expect(page.get_by_text("Olivia Owner took the conversation")).to_be_visible()
    await room.sign_in(another, f"/inbox/all/{found}", person_id=await room.teammate())
    await write_in(another).fill("From Tom.")
    await write_in(another).press("Control+Enter")
    asked = another.get_by_role("alertdialog", name="Olivia Owner has this conversation")
    await expect(asked).to_be_visible()
    await is_accessible(another)
    await expect(write_in(another)).to_have_value("From Tom.")
    await asked.get_by_role("button", name="Send anyway").click()
    await expect(messages(page).get_by_text("From Tom.")).to_be_visible()
    await expect(page.get_by_text("Tom Teammate took the conversation")).to_be_visible()


async def test_a_teammates_message_ends_that_they_type(room: Room, page: Page, another: Page) -> None:
    _, found = await opened(room, page)
    await expect(messages(page).get_by_text("Patients park free")).to_be_visible()
    await room.sign_in(another, f"/inbox/all/{found}", person_id=await room.teammate())
    await write_in(another).press_sequentially("From Tom.")
    await expect(page.get_by_text("Tom Teammate is typing…")).to_be_visible()
    await write_in(another).press("Control+Enter")
    await expect(messages(page).get_by_text("From Tom.")).to_be_visible()
    await expect(page.get_by_text("Tom Teammate is typing…")).to_be_hidden(timeout=1_000)


async def test_an_approval_is_edited_and_sent_by_keyboard_alone(room: Room, page: Page) -> None:
    await room.rows("UPDATE workspace SET auto_mode = %(mode)s WHERE id = %(ws)s RETURNING id", mode=Jsonb(ASKS_FIRST))
    session, _ = await opened(room, page)
    card = page.get_by_role("region", name="Waits for your yes")
    await expect(card).to_contain_text("Patients park free")
    await is_accessible(page)
    await page.keyboard.press("y")
    await page.keyboard.press("e")
    await page.keyboard.press("Control+a")
    await page.keyboard.type("Yes: two hours free, dear visitor.")
    await page.keyboard.press("Control+Enter")
    await expect(card).to_be_hidden()
    await visitor_sees(room, session, "Yes: two hours free, dear visitor.")
    sent = messages(page).get_by_role("article").filter(has_text="Yes: two hours free, dear visitor.")
    await expect(sent).to_contain_text("Edited and sent by Olivia Owner")
    await expect(sent.get_by_role("list", name="The draft rested on")).to_be_visible()


async def test_who_edits_an_approval_that_a_colleague_sends_keeps_the_text(
    room: Room, page: Page, another: Page
) -> None:
    await room.rows("UPDATE workspace SET auto_mode = %(mode)s WHERE id = %(ws)s RETURNING id", mode=Jsonb(ASKS_FIRST))
    _, found = await opened(room, page)
    await room.sign_in(another, f"/inbox/all/{found}", person_id=await room.teammate())
    toms = another.get_by_role("region", name="Waits for your yes")
    await toms.get_by_role("button", name="Edit").click()
    await another.keyboard.press("Control+a")
    await another.keyboard.type("Tom's own words.")
    await page.get_by_role("region", name="Waits for your yes").get_by_role("button", name="Send").click()
    late = another.get_by_role("region", name="Decided meanwhile")
    await expect(late).to_contain_text("Olivia Owner sent it meanwhile")
    await is_accessible(another)
    await late.get_by_role("button", name="Put my text into the composer").click()
    await expect(late).to_be_hidden()
    await expect(write_in(another)).to_have_value("Tom's own words.")


async def test_an_approval_is_rejected_with_a_reason_and_drafted_again(room: Room, page: Page) -> None:
    await room.rows("UPDATE workspace SET auto_mode = %(mode)s WHERE id = %(ws)s RETURNING id", mode=Jsonb(ASKS_FIRST))
    await opened(room, page)
    card = page.get_by_role("region", name="Waits for your yes")
    await card.get_by_role("button", name="Reject").click()
    await page.keyboard.type("Too short")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_text("Rejected; the agent drafts again")).to_be_visible()
    async with asyncio.timeout(20):
        while True:
            rows = await room.rows("SELECT status, reason FROM approval WHERE workspace_id = %(ws)s ORDER BY id")
            if len(rows) == 2:
                break
            await asyncio.sleep(0.05)
    assert [(row["status"], row["reason"]) for row in rows] == [("rejected", "Too short"), ("pending", None)]
    await expect(card).to_contain_text("Drafted again after: Too short")


async def test_a_draft_survives_a_reload_and_goes_with_the_sending(room: Room, page: Page) -> None:
    _, found = await opened(room, page)
    await write_in(page).fill("Dear visitor, we")
    await page.reload(wait_until="domcontentloaded")
    await expect(write_in(page)).to_have_value("Dear visitor, we")
    await page.get_by_text("Note", exact=True).click()
    await page.get_by_role("textbox", name="Note").press("Control+Enter")
    assert await is_said(room, found, "member: Dear visitor, we") == 1
    await page.reload(wait_until="domcontentloaded")
    await expect(messages(page).get_by_text("Dear visitor, we")).to_be_visible()
    await expect(write_in(page)).to_have_value("")


async def test_what_could_not_be_sent_comes_back_and_leaves_once(room: Room, page: Page) -> None:
    _, found = await opened(room, page)
    await expect(messages(page).get_by_text("Patients park free")).to_be_visible()
    await page.route(
        "**/api/conversations/*/messages",
        lambda route: route.abort() if route.request.method == "POST" else route.continue_(),
    )
    await write_in(page).fill("Hello there")
    await write_in(page).press("Control+Enter")
    await expect(page.get_by_text("The reply was not sent")).to_be_visible()
    await expect(write_in(page)).to_have_value("Hello there")
    await page.unroute("**/api/conversations/*/messages")
    await write_in(page).press("Control+Enter")
    await expect(write_in(page)).to_have_value("")
    await expect(messages(page).get_by_text("Hello there")).to_be_visible()
    assert await is_said(room, found, "member: Hello there") == 1


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_a_notice_covers_nothing_that_is_used(room: Room, page: Page, size: Any) -> None:
    await page.set_viewport_size(size)
    await opened(room, page)
    await page.route(
        "**/api/conversations/*/messages",
        lambda route: route.abort() if route.request.method == "POST" else route.continue_(),
    )
    await write_in(page).fill("Hello there")
    await write_in(page).press("Control+Enter")
    notice = page.get_by_role("alert").filter(has_text="The reply was not sent")
    await expect(notice).to_be_visible()
    assert await covered(page, notice) == []


async def test_canned_replies_are_written_found_and_filled(room: Room, page: Page) -> None:
    await opened(room, page)
    await page.get_by_role("button", name="Canned replies").click()
    await page.get_by_role("button", name="Manage").click()
    await page.get_by_role("button", name="New canned reply").click()
    await page.get_by_label("Title").fill("Opening hours")
    await page.get_by_label("Shortcut").fill("hours")
    await page.get_by_label("Text").fill("Hi {{contact.first_name|there}}, from 8 to 18. {{member.first_name}}")
    await page.get_by_role("button", name="Keep", exact=True).click()
    await expect(page.get_by_role("dialog").get_by_text("Opening hours")).to_be_visible()
    await page.keyboard.press("Escape")
    await write_in(page).fill("")
    await write_in(page).press_sequentially("Well: /hou")
    await expect(page.get_by_role("option", name="Opening hours")).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(write_in(page)).to_have_value("Well: Hi there, from 8 to 18. Olivia")


async def test_a_file_and_an_agents_draft_leave_together(room: Room, page: Page) -> None:
    session, found = await opened(room, page)
    await expect(messages(page).get_by_text("Patients park free")).to_be_visible()
    png = {
        "name": "plan <img src=x onerror=window.__xss=1>.png",
        "mimeType": "image/png",
        "buffer": b"\x89PNG\r\n\x1a\n",
    }
    await page.get_by_label("Files to attach").set_input_files([png])  # type: ignore[list-item]
    await expect(page.get_by_role("list", name="Attached files").get_by_text("plan")).to_be_visible()
    await page.get_by_role("button", name="AI draft").click()
    await expect(write_in(page)).to_have_value(re.compile("Patients park free"), timeout=20_000)
    await expect(page.get_by_text("Drafted by")).to_be_visible()
    await page.get_by_role("status").get_by_role("button", name="Why").click()
    await expect(page.get_by_role("dialog", name="Why")).to_contain_text("builtin")
    await page.keyboard.press("Escape")
    await write_in(page).fill("Here is the plan")
    await page.get_by_role("button", name="Send", exact=True).click()
    await visitor_sees(room, session, "Here is the plan")
    await expect(messages(page).get_by_role("list", name="Attachments")).to_be_visible()
    await is_unharmed(page)
    (file,) = await room.rows("SELECT message_id, conversation_id FROM attachment WHERE workspace_id = %(ws)s")
    assert (str(file["conversation_id"]), file["message_id"] is not None) == (found, True)


async def test_files_that_are_chosen_together_all_leave(room: Room, page: Page) -> None:
    """Their uploads are answered within one moment, before the screen is drawn again."""
    session, _ = await opened(room, page)
    await expect(messages(page).get_by_text("Patients park free")).to_be_visible()
    everything = asyncio.Event()
    uploads = 0

    async def together(route: Route) -> None:
        nonlocal uploads
        answer = await route.fetch()
        uploads += 1
        if uploads == 3:
            everything.set()
        await everything.wait()
        await route.fulfill(response=answer)

    await page.route("**/api/conversations/*/attachments", together)
    names = ["one.txt", "two.txt", "three.txt"]
    chosen: list[FilePayload] = [{"name": name, "mimeType": "text/plain", "buffer": b"words"} for name in names]
    await page.get_by_label("Files to attach").set_input_files(chosen)
    chips = page.get_by_role("list", name="Attached files")
    await expect(chips.get_by_role("button", name="Remove")).to_have_count(3)
    await write_in(page).fill("All three")
    await page.get_by_role("button", name="Send", exact=True).click()
    await visitor_sees(room, session, "All three")
    await expect(messages(page).get_by_role("list", name="Attachments").get_by_role("listitem")).to_have_count(3)
    files = await room.rows("SELECT filename FROM attachment WHERE workspace_id = %(ws)s AND message_id IS NOT NULL")
    assert sorted(file["filename"] for file in files) == sorted(names)


async def rows_of_mail(room: Room, **more: Any) -> str:
    """A conversation by mail, as the flow leaves it; what the sanitiser would have taken out stands in it."""
    async with room.house.db.transaction(room.workspace.id) as connection:
        account_id = await add_account(
            connection,
            room.workspace.id,
            Vault(KEY),
            channel="email",
            address=f"{new_id().hex}@clinic.example",
            settings={"smtp_url": "smtp://127.0.0.1:1", "imap_url": "imap://a:b@127.0.0.1:1"},
        )
        contact_id, conversation_id = new_id(), new_id()
        names = {"ws": room.workspace.id, "contact": contact_id, "id": conversation_id, "account": account_id}
        names |= {"name": more.get("name", "Ada"), "subject": more.get("subject", "My knee")}
        await connection.execute(
            "INSERT INTO contact (workspace_id, id, name) VALUES (%(ws)s, %(contact)s, %(name)s)", names
        )
        await connection.execute(
            """INSERT INTO conversation (workspace_id, id, contact_id, channel, account_id, reply_to, subject)
               VALUES (%(ws)s, %(id)s, %(contact)s, 'email', %(account)s, 'ada@example.com', %(subject)s)""",
            names,
        )
    return str(conversation_id)


async def add_message(room: Room, conversation_id: str, text: str, **values: Any) -> UUID:
    message_id = new_id()
    given = {"id": message_id, "conversation": conversation_id, "text": text, "html": None, "subject": None, **values}
    await room.rows(
        """INSERT INTO message (workspace_id, id, conversation_id, contact_id, direction, author, text, html, subject)
           SELECT workspace_id, %(id)s, id, contact_id, 'inbound', 'contact', %(text)s, %(html)s, %(subject)s
           FROM conversation WHERE workspace_id = %(ws)s AND id = %(conversation)s RETURNING id""",
        **given,
    )
    return message_id


@pytest.mark.parametrize("payload", XSS)
async def test_nothing_that_somebody_wrote_runs(room: Room, page: Page, payload: str) -> None:
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    found = await rows_of_mail(room, name=payload, subject=payload)
    message = await add_message(room, found, payload, subject=payload + "2")
    await room.rows(
        """INSERT INTO attachment (workspace_id, id, message_id, filename, mime_type, size, storage_key)
           VALUES (%(ws)s, %(id)s, %(message)s, %(name)s, 'image/svg+xml', 3, 'none') RETURNING id""",
        id=new_id(),
        message=message,
        name=payload,
    )
    await room.api.post(f"/api/conversations/{found}/messages", json={"text": payload, "note": True})
    await room.api.post(
        "/api/canned-replies", json={"shortcut": "x", "title": payload, "text": payload.replace("{", "")}
    )
    await room.sign_in(page, f"/inbox/all/{found}")
    await expect(messages(page).get_by_text(payload, exact=True).first).to_be_visible()
    await expect(page.get_by_role("list", name="Attachments").get_by_text(payload)).to_be_visible()
    await write_in(page).press_sequentially("/x")
    await expect(page.get_by_role("option")).to_be_visible()
    await is_unharmed(page)
    assert dialogs == []


async def test_a_hostile_mail_runs_nothing_and_tells_nobody_that_it_was_read(room: Room, page: Page) -> None:
    dialogs: list[str] = []
    requests: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    page.on("request", lambda request: requests.append(request.url))
    found = await rows_of_mail(room)
    for html in MAILS:
        await add_message(room, found, "Hello", html=html)
    tracked = (
        '<p>Dear clinic</p><img data-src="https://tracker.invalid/pixel.gif"><blockquote>What you wrote</blockquote>'
    )
    await add_message(room, found, "Dear clinic", html=tracked)
    await room.sign_in(page, f"/inbox/all/{found}")
    mail = page.frame_locator("iframe").last
    await expect(mail.get_by_text("Dear clinic")).to_be_visible()
    await expect(mail.get_by_text("What you wrote")).to_be_hidden()
    await mail.get_by_text("Quoted text").click()
    await expect(mail.get_by_text("What you wrote")).to_be_visible()
    await page.frame_locator("iframe").nth(2).get_by_text("Click").click()
    await is_unharmed(page)
    for frame in page.frames:
        assert frame == page.main_frame or await frame.evaluate("window.__xss") is None
    assert dialogs == []
    assert not [url for url in requests if "invalid" in url]
    await page.get_by_role("button", name="Show 1 image from elsewhere").last.click()
    async with asyncio.timeout(20):
        while not any("tracker.invalid" in url for url in requests):  # noqa: ASYNC110 - the page does not tell
            await asyncio.sleep(0.05)


async def test_older_messages_come_as_one_scrolls_up_and_nothing_jumps(room: Room, page: Page) -> None:
    found = await rows_of_mail(room)
    for number in range(75):
        await add_message(room, found, f"Message number {number}\nwith a second line")
    await room.sign_in(page, f"/inbox/all/{found}")
    log = messages(page)
    await expect(log.get_by_text("Message number 74")).to_be_in_viewport()
    await expect(log.get_by_text("Message number 3\n")).to_have_count(0)
    anchor = log.get_by_text("Message number 50")
    await anchor.scroll_into_view_if_needed()
    await expect(log.get_by_text("Message number 20")).to_have_count(1)
    await expect(anchor).to_be_in_viewport()
    await expect(page.get_by_role("button", name="To the newest")).to_be_visible()
    await add_message(room, found, "Something new")
    await expect(page.get_by_role("button", name="New message")).to_be_visible()
    await expect(anchor).to_be_in_viewport()
    await page.get_by_role("button", name="New message").click()
    await expect(log.get_by_text("Something new")).to_be_in_viewport()


async def test_a_nameless_visitor_is_called_the_same_on_every_screen(room: Room, page: Page) -> None:
    await opened(room, page)
    await expect(
        page.get_by_role("complementary", name="Contact").get_by_role("heading", name="Visitor")
    ).to_be_visible()
    await page.goto(f"{room.url}/events")
    await expect(page.get_by_role("main").get_by_role("link", name="Visitor", exact=True)).to_be_visible()
    await page.goto(f"{room.url}/contacts")
    await page.get_by_role("main").get_by_role("link", name="Visitor").click()
    await expect(page).to_have_title("Visitor · Dynaris")


async def test_a_thread_on_a_phone(room: Room, page: Page) -> None:
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    await opened(room, page)
    await expect(write_in(page)).to_be_in_viewport()
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    await is_accessible(page)
