"""What teammates have beside the messages: drafts, presence, files to send, canned replies, what happened."""

import asyncio
from uuid import uuid4

from dynaris.channels.contract import OutboundMessage
from dynaris.channels.registry import channel
from dynaris.connections.actions import add_account
from dynaris.conversations.presence import contact_types
from dynaris.conversations.threads import thread_topic
from dynaris.core.crypto import Vault
from dynaris.core.db import Database
from dynaris.core.ids import new_id
from dynaris.core.live import LiveFeed
from dynaris.privacy.retention import keep_to_it
from tests.flows.conftest import KEY, World
from tests.flows.teammates import Office, office

__all__ = ["office"]

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


async def on_channel(world: World, name: str, reply_to: str = "ada@example.com") -> str:
    """A conversation there, with a first message."""
    async with world.services.db.transaction(world.workspace.id) as connection:
        address = f"{new_id().hex}@clinic.example" if name == "email" else new_id().hex
        settings = {"smtp_url": "smtp://127.0.0.1:1", "imap_url": "imap://a:b@127.0.0.1:1"} if name == "email" else {}
        account_id = await add_account(
            connection, world.workspace.id, Vault(KEY), channel=name, address=address, settings=settings
        )
        contact_id, conversation_id = new_id(), new_id()
        await connection.execute(
            "INSERT INTO contact (workspace_id, id, name) VALUES (%s, %s, 'Ada Byron')",
            (world.workspace.id, contact_id),
        )
        await connection.execute(
            """INSERT INTO conversation (workspace_id, id, contact_id, channel, account_id, reply_to, subject)
               VALUES (%s, %s, %s, %s, %s, %s, 'My knee')""",
            (world.workspace.id, conversation_id, contact_id, name, account_id, reply_to),
        )
        await connection.execute(
            """INSERT INTO message (workspace_id, id, conversation_id, contact_id, direction, author, text)
               VALUES (%s, %s, %s, %s, 'inbound', 'contact', 'Hello')""",
            (world.workspace.id, new_id(), conversation_id, contact_id),
        )
    return str(conversation_id)


async def test_a_draft_is_kept_for_each_member_until_it_is_sent(office: Office) -> None:
    conversation = await office.asked()
    path = f"/api/conversations/{conversation}/draft"
    assert (await office.olivia.get(path)).json()["version"] == 0
    kept = (await office.olivia.put(path, json={"text": "Dear A", "version": 0})).json()
    assert (await office.olivia.get(path)).json() == kept
    assert (kept["text"], kept["version"]) == ("Dear A", 1)
    assert (await office.tom.get(path)).json()["text"] == ""
    await office.tom.post(f"/api/conversations/{conversation}/messages", json={"text": "Tom was faster."})
    assert (await office.olivia.get(path)).json()["text"] == "Dear A"
    await office.olivia.post(f"/api/conversations/{conversation}/messages", json={"text": "Dear Ada"})
    assert (await office.olivia.get(path)).json()["version"] == 0


async def test_of_two_tabs_the_one_behind_is_told_what_is_kept(office: Office) -> None:
    conversation = await office.asked()
    path = f"/api/conversations/{conversation}/draft"
    written = [{"text": text, "version": 0} for text in ("one", "two")]
    answers = await asyncio.gather(*(office.olivia.put(path, json=body) for body in written))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    kept = next(answer for answer in answers if answer.status_code == 200).json()
    refused = next(answer for answer in answers if answer.status_code == 409).json()
    assert {**refused["draft"], "updated_at": ""} == {**kept, "updated_at": ""}
    assert (await office.olivia.put(path, json={"text": "three", "version": 1})).json()["version"] == 2
    await office.olivia.delete(path)
    late = await office.olivia.put(path, json={"text": "four", "version": 2})
    assert late.status_code == 409, "a tab that knows nothing of the sending brings nothing back"
    assert "sent or dropped" in late.json()["detail"]


async def test_teammates_see_who_is_here_and_who_types_and_keys_are_nobody(office: Office) -> None:
    path = f"/api/conversations/{await office.asked()}/presence"
    assert (await office.olivia.get(path)).json()["items"] == []
    await office.olivia.post(path, json={"doing": "viewing"})
    (here,) = (await office.tom.post(path, json={"doing": "viewing"})).json()["items"][:1]
    assert (here["name"], here["typing_until"]) == ("Olivia Owner", None)
    await office.tom.post(path, json={"doing": "typing"})
    assert [each["typing_until"] is not None for each in (await office.olivia.get(path)).json()["items"]] == [
        False,
        True,
    ]
    await office.tom.post(path.replace("presence", "messages"), json={"text": "Here it is", "note": True})
    assert {each["typing_until"] for each in (await office.olivia.get(path)).json()["items"]} == {None}, (
        "a message of theirs ends it"
    )
    await office.tom.post(path, json={"doing": "left"})
    await office.world.rows("UPDATE presence SET until = now() WHERE workspace_id = %s RETURNING until")
    assert (await office.olivia.get(path)).json()["items"] == [], "what nobody renews lapses"


async def test_screens_are_told_of_presence_when_it_is_news_and_of_a_contact_who_types(office: Office) -> None:
    conversation = await on_channel(office.world, "webchat", reply_to="somebody")
    rows = office.world.rows
    await rows("INSERT INTO live_watch VALUES (%s, now() + interval '1 hour') RETURNING until")
    await rows("UPDATE conversation SET thread_key = reply_to WHERE workspace_id = %s RETURNING id")
    path = f"/api/conversations/{conversation}/presence"
    for doing in ("viewing", "viewing", "typing", "typing", "viewing", "left", "left"):
        await office.olivia.post(path, json={"doing": doing})
    told = await rows("SELECT ids FROM change WHERE workspace_id = %s AND kind = 'presence'")
    assert [[str(one) for one in each["ids"]] for each in told] == [[conversation]] * 4
    (account,) = await rows("SELECT account_id FROM conversation WHERE workspace_id = %s AND id = %s", conversation)
    async with office.world.services.db.workspace(office.world.workspace.id) as connection:
        for key in ("somebody", "nobody"):
            await contact_types(connection, office.world.workspace.id, account_id=account["account_id"], key=key)
    told = await rows("SELECT ids FROM change WHERE workspace_id = %s AND kind = 'typing'")
    assert [[str(one) for one in each["ids"]] for each in told] == [[conversation]]


async def test_the_contact_sees_that_a_reply_is_typed_and_not_that_a_note_is(office: Office, db: Database) -> None:
    conversation = await on_channel(office.world, "webchat", reply_to="the visitor")
    (row,) = await office.world.rows(
        "SELECT account_id FROM conversation WHERE workspace_id = %s AND id = %s", conversation
    )
    feed = LiveFeed(office.world.services.settings.database_url or db.url)
    running = asyncio.create_task(feed.run())
    heard = feed.subscribe(office.world.workspace.id, thread_topic(row["account_id"], "the visitor"))
    first = asyncio.ensure_future(anext(heard))
    path = f"/api/conversations/{conversation}/presence"
    async with asyncio.timeout(10):
        while not first.done():
            await office.olivia.post(path, json={"doing": "typing", "note": True})
            await office.olivia.post(f"/api/conversations/{conversation}/messages", json={"text": "Hello"})
            await asyncio.sleep(0.02)
        assert (await first)["type"] == "message"
        await office.olivia.post(path, json={"doing": "typing"})
        while (await anext(heard))["type"] != "typing":
            pass
    running.cancel()


async def upload(office: Office, conversation: str, name: str = "plan.png", content: bytes = PNG) -> dict:
    path = f"/api/conversations/{conversation}/attachments"
    answer = await office.olivia.post(path, files={"file": (name, content, "image/png")})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_file_leaves_with_its_mail_and_is_on_the_message(office: Office, monkeypatch) -> None:
    conversation = await on_channel(office.world, "email")
    file = await upload(office, conversation)
    sent: list[OutboundMessage] = []

    async def keep(message: OutboundMessage, _: object):
        sent.append(message)
        raise RuntimeError("far enough")

    monkeypatch.setattr(channel("email"), "send", keep)
    answer = await office.olivia.post(
        f"/api/conversations/{conversation}/messages", json={"text": "The plan.", "attachments": [file["id"]]}
    )
    assert answer.status_code == 201, answer.text
    await office.delivered()
    (part,) = sent[0].attachments
    assert (part.filename, part.mime_type, part.content) == ("plan.png", "image/png", PNG)
    (shown,) = (await office.newest(conversation))["attachments"]
    assert shown["id"] == file["id"]
    assert (await office.tom.get(f"/api/attachments/{file['id']}")).content == PNG
    again = await office.olivia.post(
        f"/api/conversations/{conversation}/messages", json={"text": "Again.", "attachments": [file["id"]]}
    )
    assert again.status_code == 422, "a file leaves with one message"
    assert (await office.olivia.delete(f"/api/attachments/{file['id']}")).status_code == 409


async def test_a_file_without_words_is_named_and_stands_in_the_visitors_thread(office: Office) -> None:
    conversation = await on_channel(office.world, "webchat", reply_to="v")
    file = await upload(office, conversation)
    await office.olivia.post(f"/api/conversations/{conversation}/messages", json={"attachments": [file["id"]]})
    await office.delivered()
    newest = await office.newest(conversation)
    assert (newest["text"], newest["delivery"]) == ("[1 attachment: plan.png]", "sent")


async def test_limits_of_a_channels_files_are_kept(office: Office) -> None:
    chat = await on_channel(office.world, "webchat", reply_to="w")
    path = f"/api/conversations/{chat}/attachments"
    large = await office.olivia.post(path, files={"file": ("a.bin", bytes(5 * 1024 * 1024 + 1))})
    assert large.status_code == 413
    assert (await office.olivia.post(path, files={"file": ("a.bin", b"")})).status_code == 422
    halves = [(await upload(office, chat, content=bytes(3_000_000)))["id"] for _ in range(2)]
    both = await office.olivia.post(f"/api/conversations/{chat}/messages", json={"text": "x", "attachments": halves})
    assert both.status_code == 413
    plain = await office.asked()
    file = await upload(office, plain)
    message = {"text": "x", "attachments": [file["id"]]}
    refused = await office.olivia.post(f"/api/conversations/{plain}/messages", json=message)
    assert refused.status_code == 409
    assert "carries no files" in refused.json()["detail"]
    noted = await office.olivia.post(f"/api/conversations/{plain}/messages", json={**message, "note": True})
    assert noted.status_code == 201, "colleagues may see any file"


async def test_a_file_that_was_never_sent_goes_and_one_that_a_draft_names_stays(office: Office) -> None:
    conversation = await on_channel(office.world, "email")
    forgotten, drafted, taken_back = [(await upload(office, conversation))["id"] for _ in range(3)]
    draft = {"text": "", "attachments": [drafted], "version": 0}
    kept = (await office.olivia.put(f"/api/conversations/{conversation}/draft", json=draft)).json()
    assert [file["id"] for file in kept["attachments"]] == [drafted]
    assert (await office.olivia.delete(f"/api/attachments/{taken_back}")).status_code == 204
    await office.world.rows(
        "UPDATE attachment SET created_at = now() - interval '8 days' WHERE workspace_id = %s RETURNING id"
    )
    await keep_to_it(office.world.services, office.world.workspace.id)
    statuses = [(await office.olivia.get(f"/api/attachments/{one}")).status_code for one in (forgotten, drafted)]
    assert statuses == [404, 200]


async def test_canned_replies_are_found_and_filled_for_a_conversation(office: Office) -> None:
    text = "Hi {{contact.first_name|there}}, it's {{member.first_name}} of {{business.name}}: {{contact.phone}}"
    new = {"shortcut": "hello", "title": "Greeting", "text": text}
    made = await office.olivia.post("/api/canned-replies", json=new)
    assert made.status_code == 201, made.text
    german = {"shortcut": "hello", "title": "Gruß", "text": "Guten Tag", "language": "de"}
    assert (await office.tom.post("/api/canned-replies", json=german)).status_code == 201
    assert (await office.tom.post("/api/canned-replies", json=german)).status_code == 409
    unknown = await office.tom.post("/api/canned-replies", json={**new, "shortcut": "x", "text": "{{contact.shoe}}"})
    assert unknown.status_code == 422
    assert "contact.first_name" in unknown.json()["detail"]

    conversation = await on_channel(office.world, "email")
    asked = {"q": "GREET", "conversation_id": conversation}
    (found,) = (await office.tom.get("/api/canned-replies", params=asked)).json()["items"]
    assert found["filled"] == "Hi Ada, it's Tom of Test clinic: {{contact.phone}}"
    assert found["missing"] == ["contact.phone"]
    changed = await office.tom.patch(f"/api/canned-replies/{found['id']}", json={"title": "Hello", "language": "fr"})
    assert (changed.json()["title"], changed.json()["text"], changed.json()["language"]) == ("Hello", text, "fr")
    assert (await office.tom.delete(f"/api/canned-replies/{found['id']}")).status_code == 204
    left = (await office.tom.get("/api/canned-replies")).json()
    assert [one["language"] for one in left["items"]] == ["de"]
    assert "contact.name" in left["placeholders"]


async def test_what_happened_in_a_conversation_stands_beside_its_messages(office: Office) -> None:
    conversation = await office.asked("I want to speak to a human, please.")
    await office.olivia.post(f"/api/conversations/{conversation}/claim")
    await office.olivia.post(f"/api/conversations/{conversation}/messages", json={"text": "Here I am."})
    await office.olivia.post(f"/api/conversations/{conversation}/hand-back")
    path = f"/api/conversations/{conversation}/activity"
    lines = (await office.tom.get(path)).json()["items"]
    assert [line["kind"] for line in lines] == ["handed_back", "claimed", "handed_off"]
    assert lines[0]["who"] == "Olivia Owner"
    assert lines[2]["text"]
    page = (await office.tom.get(path, params={"limit": 1})).json()
    after = (await office.tom.get(path, params={"cursor": page["next_cursor"]})).json()
    assert page["items"] + after["items"] == lines
    assert (await office.tom.get(f"/api/conversations/{uuid4()}/activity")).status_code == 404
